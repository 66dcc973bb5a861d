package gateway

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

type memberBody struct {
	ID      string   `json:"id" format:"uuid"`
	Name    string   `json:"name"`
	Email   string   `json:"email"`
	Client  string   `json:"client" doc:"The id of the client whose people it belongs to; empty: of no client."`
	Site    string   `json:"site" doc:"The id of the one site that it is about; empty: of none."`
	Role    string   `json:"role" enum:"owner,admin,member,viewer,custom"`
	RoleID  string   `json:"role_id" doc:"The agency's own role; empty: a fixed one."`
	Allow   []string `json:"allow" doc:"Permissions beside those of the role."`
	Deny    []string `json:"deny" doc:"Permissions that it has not, whatever gives them."`
	Limited bool     `json:"limited" doc:"Whether it reaches the assigned sites alone."`
	Sites   []string `json:"sites" doc:"The assigned sites."`
}

func describeMember(m access.Teammate) memberBody {
	body := memberBody{
		ID: m.ID.String(), Name: m.Name, Email: m.Email, Role: string(m.Role), Allow: m.Allow, Deny: m.Deny, Limited: m.Limited, Sites: []string{},
	}
	for from, to := range map[*uuid.NullUUID]*string{&m.Client: &body.Client, &m.Site: &body.Site, &m.Custom: &body.RoleID} {
		if from.Valid {
			*to = from.UUID.String()
		}
	}
	for _, id := range m.Sites {
		body.Sites = append(body.Sites, id.String())
	}
	return body
}

type memberOutput struct{ Body memberBody }

type membersOutput struct{ Body []memberBody }

type roleBody struct {
	ID          string   `json:"id" format:"uuid"`
	Name        string   `json:"name"`
	Permissions []string `json:"permissions" doc:"Keys of the catalogue, and grants in modules: crm.*, crm.deal.read:own, crm:rep." example:"[\"platform.site.read\",\"platform.site.use\",\"crm.deal.*\"]"`
	Members     int      `json:"members" doc:"How many have it."`
}

func describeRole(r access.CustomRole) roleBody {
	return roleBody{ID: r.ID.String(), Name: r.Name, Permissions: r.Permissions, Members: r.Members}
}

type roleOutput struct{ Body roleBody }

type rolesOutput struct{ Body []roleBody }

type permissionBody struct {
	Key   string   `json:"key" example:"platform.site.manage"`
	Level string   `json:"level" enum:"agency,site"`
	Staff bool     `json:"staff" doc:"Only members of the agency itself hold it."`
	Roles []string `json:"roles" doc:"The fixed roles that hold it."`
}

type permissionsOutput struct{ Body []permissionBody }

// addTeamOperations declares the operations on members and roles.
func addTeamOperations(p *platformAPI) {
	operation(p, access.MemberRead, huma.Operation{
		OperationID: "listMembers", Method: http.MethodGet, Path: "/api/v1/members",
		Summary: "List who belongs to the agency, its clients and its sites", Tags: []string{"Members"},
	}, listTeam)
	operation(p, access.MemberRead, huma.Operation{
		OperationID: "findMember", Method: http.MethodGet, Path: "/api/v1/members/{member}",
		Summary: "Find a member", Tags: []string{"Members"},
	}, findMember)
	operation(p, access.MemberManage, huma.Operation{
		OperationID: "changeMember", Method: http.MethodPatch, Path: "/api/v1/members/{member}",
		Summary: "Change what a member may do", Tags: []string{"Members"},
		Description: "403 beyond_own if the member has, or would get, what the caller has not; 409 last_owner if no owner would be left.",
	}, changeMember)
	operation(p, access.MemberManage, huma.Operation{
		OperationID: "removeMember", Method: http.MethodDelete, Path: "/api/v1/members/{member}",
		Summary: "Remove a member", Tags: []string{"Members"}, DefaultStatus: http.StatusNoContent,
		Description: "The account stays. 409 last_owner if no owner would be left.",
	}, removeMember)
	operation(p, access.SignedIn, huma.Operation{
		OperationID: "listPermissions", Method: http.MethodGet, Path: "/api/v1/permissions",
		Summary: "List the platform's permissions", Tags: []string{"Roles"},
	}, listPermissions)
	operation(p, access.MemberRead, huma.Operation{
		OperationID: "listRoles", Method: http.MethodGet, Path: "/api/v1/roles",
		Summary: "List the agency's own roles", Tags: []string{"Roles"},
	}, listRoles)
	operation(p, access.RoleManage, huma.Operation{
		OperationID: "createRole", Method: http.MethodPost, Path: "/api/v1/roles",
		Summary: "Make a role", Tags: []string{"Roles"}, DefaultStatus: http.StatusCreated,
		Description: "403 beyond_own if it would give what the caller has not.",
	}, createRole)
	operation(p, access.RoleManage, huma.Operation{
		OperationID: "changeRole", Method: http.MethodPatch, Path: "/api/v1/roles/{role}",
		Summary: "Change a role", Tags: []string{"Roles"}, Description: "It holds for its members at once.",
	}, changeRole)
	operation(p, access.RoleManage, huma.Operation{
		OperationID: "deleteRole", Method: http.MethodDelete, Path: "/api/v1/roles/{role}",
		Summary: "Delete a role", Tags: []string{"Roles"}, DefaultStatus: http.StatusNoContent, Description: "409 role_in_use while somebody has it.",
	}, deleteRole)
}

func listTeam(c *call, _ *AgencyInput) (*membersOutput, error) {
	if err := c.oneAgency(); err != nil {
		return nil, err
	}
	found, err := access.ListTeam(c.ctx, c.DB.Pool(), c.agency())
	out := &membersOutput{Body: []memberBody{}}
	for _, m := range found {
		out.Body = append(out.Body, describeMember(m))
	}
	return out, err
}

type memberInput struct {
	AgencyInput
	Member string `path:"member" doc:"The member's id."`
}

func findMember(c *call, _ *memberInput) (*memberOutput, error) {
	m, err := c.teammate()
	return &memberOutput{Body: describeMember(m)}, err
}

type changeMemberInput struct {
	AgencyInput
	Member string `path:"member" doc:"The member's id."`
	Body   struct {
		Role    *string   `json:"role,omitempty" enum:"owner,admin,member,viewer"`
		RoleID  *string   `json:"role_id,omitempty" format:"uuid" doc:"One of the agency's own roles, instead of a fixed one."`
		Allow   *[]string `json:"allow,omitempty"`
		Deny    *[]string `json:"deny,omitempty"`
		Limited *bool     `json:"limited,omitempty"`
		Sites   *[]string `json:"sites,omitempty" doc:"Ids of the sites that it reaches, when it is limited."`
	}
}

func changeMember(c *call, in *changeMemberInput) (*memberOutput, error) {
	m, err := c.teammate()
	if err != nil {
		return nil, err
	}
	to := m.Assignment()
	if in.Body.Role != nil {
		to.Role, to.Custom = access.Role(*in.Body.Role), uuid.NullUUID{}
	}
	if in.Body.RoleID != nil {
		id, err := uuid.Parse(*in.Body.RoleID)
		if err != nil || in.Body.Role != nil {
			return nil, errs.BadFields(errs.Field{Path: "role_id", Code: "option", Message: "Choose one role."})
		}
		to.Custom = uuid.NullUUID{UUID: id, Valid: true}
	}
	set(&to.Allow, in.Body.Allow)
	set(&to.Deny, in.Body.Deny)
	set(&to.Limited, in.Body.Limited)
	if in.Body.Sites != nil {
		if to.Sites, err = siteList(*in.Body.Sites); err != nil {
			return nil, err
		}
	}
	m, err = c.appoint(to)
	return &memberOutput{Body: describeMember(m)}, err
}

// siteList reads ids; what is none is no site of the agency.
func siteList(texts []string) ([]uuid.UUID, error) {
	ids := []uuid.UUID{}
	for _, text := range texts {
		if text == "" {
			continue // of a form that asked and got none
		}
		id, err := uuid.Parse(text)
		if err != nil {
			return nil, errs.BadFields(errs.Field{Path: "sites", Code: "reference_missing", Message: "Choose sites of the agency."})
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func removeMember(c *call, _ *memberInput) (*struct{}, error) {
	_, err := c.removeMember()
	return nil, err
}

func listPermissions(*call, *struct{}) (*permissionsOutput, error) {
	out := &permissionsOutput{}
	for _, d := range access.Catalogue() {
		body := permissionBody{Key: string(d.Key), Level: string(d.Level), Staff: d.Staff}
		for _, r := range d.Roles {
			body.Roles = append(body.Roles, string(r))
		}
		out.Body = append(out.Body, body)
	}
	return out, nil
}

func listRoles(c *call, _ *AgencyInput) (*rolesOutput, error) {
	if err := c.oneAgency(); err != nil {
		return nil, err
	}
	found, err := access.ListRoles(c.ctx, c.DB.Pool(), c.agency())
	out := &rolesOutput{Body: []roleBody{}}
	for _, r := range found {
		out.Body = append(out.Body, describeRole(r))
	}
	return out, err
}

type roleValues struct {
	Name        *string   `json:"name,omitempty" doc:"1 to 60 characters."`
	Permissions *[]string `json:"permissions,omitempty" example:"[\"platform.site.read\",\"platform.site.use\",\"crm.deal.*\"]"`
}

func (v roleValues) apply(r *access.CustomRole) {
	set(&r.Name, v.Name)
	set(&r.Permissions, v.Permissions)
}

type createRoleInput struct {
	AgencyInput
	Body roleValues
}

func createRole(c *call, in *createRoleInput) (*roleOutput, error) {
	if err := c.oneAgency(); err != nil {
		return nil, err
	}
	var role access.CustomRole
	in.Body.apply(&role)
	role, err := c.addRole(role)
	return &roleOutput{Body: describeRole(role)}, err
}

type roleInput struct {
	AgencyInput
	Role string `path:"role" doc:"The role's id."`
}

type changeRoleInput struct {
	AgencyInput
	Role string `path:"role" doc:"The role's id."`
	Body roleValues
}

func changeRole(c *call, in *changeRoleInput) (*roleOutput, error) {
	role, err := c.updateRole(in.Body.apply)
	return &roleOutput{Body: describeRole(role)}, err
}

func deleteRole(c *call, _ *roleInput) (*struct{}, error) {
	_, err := c.deleteRole()
	return nil, err
}

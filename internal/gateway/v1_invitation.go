package gateway

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

type invitationBody struct {
	ID        string    `json:"id" format:"uuid"`
	Email     string    `json:"email"`
	Client    string    `json:"client" doc:"The id of the client whose people it is for; empty: of no client."`
	Site      string    `json:"site" doc:"The id of the one site that it is about; empty: of none."`
	Role      string    `json:"role" enum:"owner,admin,member,viewer,custom"`
	RoleID    string    `json:"role_id" doc:"The agency's own role; empty: a fixed one."`
	State     string    `json:"state" enum:"pending,accepted,revoked,expired"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (c *call) describeInvitation(i access.Invitation) invitationBody {
	body := invitationBody{ID: i.ID.String(), Email: i.Email, Role: string(i.Role), State: i.State(c.Now()), CreatedAt: i.CreatedAt, ExpiresAt: i.ExpiresAt}
	for from, to := range map[*uuid.NullUUID]*string{&i.Client: &body.Client, &i.Site: &body.Site, &i.Custom: &body.RoleID} {
		if from.Valid {
			*to = from.UUID.String()
		}
	}
	return body
}

type invitationOutput struct{ Body invitationBody }

type invitationsOutput struct{ Body []invitationBody }

// addInvitationOperations declares the operations on invitations.
func addInvitationOperations(p *platformAPI) {
	operation(p, access.MemberManage, huma.Operation{
		OperationID: "listInvitations", Method: http.MethodGet, Path: "/api/v1/invitations",
		Summary: "List the agency's invitations", Tags: []string{"Members"},
	}, listInvitations)
	operation(p, access.MemberManage, huma.Operation{
		OperationID: "invite", Method: http.MethodPost, Path: "/api/v1/invitations",
		Summary: "Invite somebody by mail", Tags: []string{"Members"}, DefaultStatus: http.StatusCreated,
		Description: "It is good for seven days, once, and for the account of the address only. 403 beyond_own if it would give what the caller has not.",
	}, inviteMember)
	operation(p, access.MemberManage, huma.Operation{
		OperationID: "resendInvitation", Method: http.MethodPost, Path: "/api/v1/invitations/{invitation}/resend",
		Summary: "Send an invitation again", Tags: []string{"Members"},
		Description: "With a new link and seven more days; the old link opens nothing any more. 409 invitation_over if it was accepted or revoked.",
	}, resendInvitation)
	operation(p, access.MemberManage, huma.Operation{
		OperationID: "revokeInvitation", Method: http.MethodPost, Path: "/api/v1/invitations/{invitation}/revoke",
		Summary: "Take an invitation back", Tags: []string{"Members"}, Description: "409 invitation_over if it was accepted or revoked.",
	}, revokeInvitation)
}

func listInvitations(c *call, _ *AgencyInput) (*invitationsOutput, error) {
	if err := c.oneAgency(); err != nil {
		return nil, err
	}
	found, err := access.ListInvitations(c.ctx, c.DB.Pool(), c.agency())
	out := &invitationsOutput{Body: []invitationBody{}}
	for _, i := range found {
		out.Body = append(out.Body, c.describeInvitation(i))
	}
	return out, err
}

type inviteInput struct {
	AgencyInput
	Body struct {
		Email  string  `json:"email"`
		Role   *string `json:"role,omitempty" enum:"owner,admin,member,viewer" doc:"Of the agency; of a client or site owner or member."`
		RoleID *string `json:"role_id,omitempty" format:"uuid" doc:"One of the agency's own roles, instead of a fixed one."`
		Client *string `json:"client,omitempty" format:"uuid" doc:"For the people of this client."`
		Site   *string `json:"site,omitempty" format:"uuid" doc:"For this one site."`
	}
}

func inviteMember(c *call, in *inviteInput) (*invitationOutput, error) {
	if err := c.oneAgency(); err != nil {
		return nil, err
	}
	var role, about string
	set(&role, in.Body.Role)
	if in.Body.RoleID != nil {
		if in.Body.Role != nil {
			return nil, errs.BadFields(errs.Field{Path: "role_id", Code: "option", Message: "Choose one role."})
		}
		role = *in.Body.RoleID
	}
	if in.Body.Client != nil {
		about = "client:" + *in.Body.Client
	}
	if in.Body.Site != nil {
		if in.Body.Client != nil {
			return nil, errs.BadFields(errs.Field{Path: "site", Code: "option", Message: "Choose a client or a site."})
		}
		about = "site:" + *in.Body.Site
	}
	i, err := c.invite(typedInvitation(in.Body.Email, role, about))
	return &invitationOutput{Body: c.describeInvitation(i)}, err
}

type invitationInput struct {
	AgencyInput
	Invitation string `path:"invitation" doc:"The invitation's id."`
}

func resendInvitation(c *call, _ *invitationInput) (*invitationOutput, error) {
	i, err := c.resendInvitation()
	return &invitationOutput{Body: c.describeInvitation(i)}, err
}

func revokeInvitation(c *call, _ *invitationInput) (*invitationOutput, error) {
	i, err := c.revokeInvitation()
	return &invitationOutput{Body: c.describeInvitation(i)}, err
}

package gateway

import (
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// roleName is how people call what a member is.
func (c *call) roleName(m access.Member) string {
	switch {
	case m.Custom.Valid:
		return m.CustomName
	case m.Client.Valid || m.Site.Valid:
		return c.words.T("role.client." + string(m.Role))
	}
	return c.words.T("role." + string(m.Role))
}

// about is what a member belongs to, and how far it reaches.
func (c *call) about(m access.Teammate) string {
	switch {
	case m.SiteName != "":
		return m.SiteName
	case m.ClientName != "":
		return m.ClientName
	case m.Limited:
		return c.words.T("team.limited", "count", len(m.Sites))
	}
	return c.words.T("team.whole")
}

// teamPage is GET /app/agency/team.
func teamPage(c *call) (answer, error) {
	team, err := access.ListTeam(c.ctx, c.DB.Pool(), c.agency())
	if err != nil {
		return answer{}, err
	}
	f, err := c.frame(c.words.T("team.title"))
	if err != nil {
		return answer{}, err
	}
	view := screen.RegisterPage{Text: c.words.T("team.text"), Icon: "users", Links: []screen.MenuItem{
		{Label: c.words.T("matrix.title"), Icon: "table-2", URL: c.agencyURL("/matrix")},
		{Label: c.words.T("roles.title"), Icon: "shield", URL: c.agencyURL("/roles")},
	}}
	manage := c.actor.CanInAgency(access.MemberManage, c.agency())
	if manage {
		view.Links = append(view.Links, screen.MenuItem{Label: c.words.T("invitations.title"), Icon: "mail", URL: c.agencyURL("/invitations")})
	}
	view.Register = screen.Register{Title: f.Title, Label: c.words.T("invitations.new"), Heads: []string{c.words.T("team.name"), c.words.T("team.email"), c.words.T("team.role"), c.words.T("team.about")}}
	if manage {
		view.Register.New = c.agencyURL("/invitations/new")
	}
	for _, m := range team {
		name := screen.RegisterCell{Text: m.Name}
		if manage {
			name.URL = c.agencyURL("/team/" + m.ID.String())
		}
		if m.Account == c.actor.ID().UUID {
			name.Badge = c.words.T("team.you")
		}
		role := screen.RegisterCell{Text: c.roleName(m.Member)}
		if len(m.Allow)+len(m.Deny) > 0 {
			role.Help = c.words.T("team.changed")
		}
		view.Register.Rows = append(view.Register.Rows, screen.RegisterRow{Cells: []screen.RegisterCell{name, {Text: m.Email}, role, {Text: c.about(m)}}})
	}
	return show(screen.RegisterListPage(f, view))
}

func (c *call) teamCrumb() screen.Crumb {
	return screen.Crumb{Label: c.words.T("team.title"), URL: c.agencyURL("/team")}
}

// roleChoices are the fixed roles that a place has, then the agency's own.
func (c *call) roleChoices(staff bool, chosen access.Role, custom uuid.NullUUID) ([]ui.Choice, error) {
	var choices []ui.Choice
	for _, r := range access.Roles() {
		key := "role." + string(r)
		if !staff {
			if r != access.Owner && r != access.Editor {
				continue
			}
			key = "role.client." + string(r)
		}
		choices = append(choices, ui.Choice{Value: string(r), Label: c.words.T(key), Selected: r == chosen && !custom.Valid})
	}
	own, err := access.ListRoles(c.ctx, c.DB.Pool(), c.agency())
	for _, r := range own {
		choices = append(choices, ui.Choice{Value: r.ID.String(), Label: r.Name, Selected: custom.Valid && custom.UUID == r.ID})
	}
	return choices, err
}

// permissionFields ask for keys: those of the platform to tick, by their level,
// those of modules to type. Only members of the agency itself hold all of them.
func (c *call) permissionFields(name string, staff bool, keys []string) []screen.SheetField {
	var fields []screen.SheetField
	for _, level := range access.Levels() {
		field := screen.SheetField{Name: name, ID: name + "_" + string(level), Kind: "checks", Label: c.words.T("level." + string(level))}
		for _, d := range access.Catalogue() {
			if d.Level != level || d.Staff && !staff {
				continue
			}
			field.Choices = append(field.Choices, ui.Choice{
				Value: string(d.Key), Label: c.words.T("permission." + string(d.Key)), Selected: slices.Contains(keys, string(d.Key)),
			})
		}
		if len(field.Choices) > 0 {
			fields = append(fields, field)
		}
	}
	var typed []string
	for _, key := range keys {
		if !strings.HasPrefix(key, "platform.") {
			typed = append(typed, key)
		}
	}
	return append(fields, screen.SheetField{
		Name: name + "_modules", Kind: "area", Label: c.words.T("roles.modules"), Help: c.words.T("roles.modules.help"), Value: strings.Join(typed, "\n"),
	})
}

func typedKeys(form url.Values, name string) []string {
	return append(slices.Clone(form[name]), strings.Fields(form.Get(name+"_modules"))...)
}

func typedAssignment(form url.Values) (access.Assignment, error) {
	to := access.Assignment{Role: access.Role(form.Get("role")), Allow: typedKeys(form, "allow"), Deny: typedKeys(form, "deny"), Limited: ticked(form, "limited")}
	if id, err := uuid.Parse(form.Get("role")); err == nil {
		to.Role, to.Custom = "custom", uuid.NullUUID{UUID: id, Valid: true}
	}
	var err error
	to.Sites, err = siteList(form["sites"])
	return to, err
}

// memberPage is GET /app/agency/team/{member}.
func memberPage(c *call) (answer, error) {
	m, err := c.teammate()
	if err != nil {
		return answer{}, err
	}
	f, sheet, err := c.memberForm(m, m.Assignment())
	if err != nil {
		return answer{}, err
	}
	return show(screen.SheetPage(f, sheet))
}

func (c *call) memberForm(m access.Teammate, typed access.Assignment) (screen.Frame, screen.Sheet, error) {
	here := c.agencyURL("/team/" + m.ID.String())
	sheet := screen.Sheet{Text: m.Email, Badge: c.about(m), Action: here, Submit: c.words.T("form.save"), Cancel: c.agencyURL("/team")}
	f, err := c.frame(m.Name, c.teamCrumb())
	if err != nil {
		return f, sheet, err
	}
	staff := !m.Client.Valid && !m.Site.Valid
	roles, err := c.roleChoices(staff, typed.Role, typed.Custom)
	if err != nil {
		return f, sheet, err
	}
	sheet.Sections = []screen.SheetSection{{Fields: []screen.SheetField{{Name: "role", Kind: "select", Label: c.words.T("team.role"), Choices: roles}}}}
	if staff {
		sites, err := tenancy.ListSites(c.ctx, c.DB.Pool(), c.agency())
		if err != nil {
			return f, sheet, err
		}
		assigned := screen.SheetField{Name: "sites", Kind: "checks", Label: c.words.T("team.sites")}
		for _, s := range sites {
			assigned.Choices = append(assigned.Choices, ui.Choice{Value: s.ID.String(), Label: s.Name, Selected: slices.Contains(typed.Sites, s.ID)})
		}
		sheet.Sections = append(sheet.Sections, screen.SheetSection{Title: c.words.T("team.reach"), Text: c.words.T("team.reach.text"), Fields: []screen.SheetField{
			{Name: "limited", Kind: "check", Label: c.words.T("team.limit"), Value: boolText(typed.Limited)}, assigned,
		}})
	}
	sheet.Sections = append(
		sheet.Sections,
		screen.SheetSection{Title: c.words.T("team.allow"), Text: c.words.T("team.allow.text"), Fields: c.permissionFields("allow", staff, typed.Allow)},
		screen.SheetSection{Title: c.words.T("team.deny"), Text: c.words.T("team.deny.text"), Fields: c.permissionFields("deny", staff, typed.Deny)},
	)
	sheet.Acts = []screen.SheetAct{{
		ID: "remove", Title: c.words.T("team.remove.title", "name", m.Name), Text: c.words.T("team.remove.text"), Label: c.words.T("team.remove"),
		Action: c.agencyURL("/team/" + m.ID.String() + "/remove"), Danger: true,
	}}
	return f, sheet, nil
}

// refusedMember draws the member's form again; what is beyond one's own is told
// there too, beside what was typed.
func (c *call) refusedMember(m access.Teammate, typed access.Assignment, err error) (answer, error) {
	f, sheet, failed := c.memberForm(m, typed)
	if failed != nil {
		return answer{}, failed
	}
	return c.refusedBeyond(f, sheet, err)
}

// refusedBeyond is refused for what people may not give.
func (c *call) refusedBeyond(f screen.Frame, sheet screen.Sheet, err error) (answer, error) {
	if e := errs.Of(err); e != nil && e.Code == "beyond_own" {
		sheet.Refuse(c.words, e)
		return answer{status: statuses[e.Kind], page: screen.SheetPage(f, sheet)}, nil
	}
	return c.refused(f, sheet, err)
}

// submitMember is POST /app/agency/team/{member}.
func submitMember(c *call) (answer, error) {
	m, err := c.teammate()
	if err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	to, err := typedAssignment(form)
	if err == nil {
		_, err = c.appoint(to)
	}
	if err != nil {
		return c.refusedMember(m, to, err)
	}
	c.flash("flash.record.saved", "")
	return redirect(c.agencyURL("/team"))
}

// submitMemberRemoval is POST /app/agency/team/{member}/remove.
func submitMemberRemoval(c *call) (answer, error) {
	m, err := c.teammate()
	if err != nil {
		return answer{}, err
	}
	if _, err := c.removeMember(); err != nil {
		return c.refusedMember(m, m.Assignment(), err)
	}
	c.flash("flash.member.removed", m.Name)
	return redirect(c.agencyURL("/team"))
}

// rolesPage is GET /app/agency/roles.
func rolesPage(c *call) (answer, error) {
	own, err := access.ListRoles(c.ctx, c.DB.Pool(), c.agency())
	if err != nil {
		return answer{}, err
	}
	f, err := c.frame(c.words.T("roles.title"), c.teamCrumb())
	if err != nil {
		return answer{}, err
	}
	view := screen.RegisterPage{Text: c.words.T("roles.text"), Icon: "shield"}
	view.Register = screen.Register{Title: f.Title, Label: c.words.T("roles.new"), Heads: []string{c.words.T("roles.name"), c.words.T("roles.permissions"), c.words.T("roles.members")}}
	team, err := access.ListTeam(c.ctx, c.DB.Pool(), c.agency())
	if err != nil {
		return answer{}, err
	}
	manage := c.actor.CanInAgency(access.RoleManage, c.agency())
	if manage {
		view.Register.New = c.agencyURL("/roles/new")
	}
	for _, r := range access.Roles() {
		held, members := 0, 0
		for _, d := range access.Catalogue() {
			if slices.Contains(d.Roles, r) {
				held++
			}
		}
		for _, m := range team {
			if m.Role == r && m.Staff() {
				members++
			}
		}
		view.Register.Rows = append(view.Register.Rows, screen.RegisterRow{Cells: []screen.RegisterCell{
			{Text: c.words.T("role." + string(r)), Badge: c.words.T("roles.fixed")}, {Text: c.words.Number(int64(held))}, {Text: c.words.Number(int64(members))},
		}})
	}
	for _, r := range own {
		name := screen.RegisterCell{Text: r.Name}
		if manage {
			name.URL = c.agencyURL("/roles/" + r.ID.String())
		}
		view.Register.Rows = append(view.Register.Rows, screen.RegisterRow{Cells: []screen.RegisterCell{
			name, {Text: c.words.Number(int64(len(r.Permissions)))}, {Text: c.words.Number(int64(r.Members))},
		}})
	}
	return show(screen.RegisterListPage(f, view))
}

func (c *call) roleForm(title string, typed access.CustomRole) (screen.Frame, screen.Sheet, error) {
	f, err := c.frame(title, c.teamCrumb(), screen.Crumb{Label: c.words.T("roles.title"), URL: c.agencyURL("/roles")})
	sheet := screen.Sheet{
		Action: c.agencyURL("/roles"), Submit: c.words.T("roles.create"), Cancel: c.agencyURL("/roles"),
		Sections: []screen.SheetSection{
			{Fields: []screen.SheetField{{Name: "name", Label: c.words.T("roles.name"), Value: typed.Name, Required: true}}},
			{Title: c.words.T("roles.permissions"), Text: c.words.T("roles.form.text"), Fields: c.permissionFields("permissions", true, typed.Permissions)},
		},
	}
	if typed.ID == uuid.Nil {
		return f, sheet, err
	}
	sheet.Action, sheet.Submit = c.agencyURL("/roles/"+typed.ID.String()), c.words.T("form.save")
	sheet.Acts = []screen.SheetAct{{
		ID: "delete", Title: c.words.T("roles.delete.title", "name", title), Text: c.words.T("roles.delete.text"), Label: c.words.T("roles.delete"),
		Action: c.agencyURL("/roles/" + typed.ID.String() + "/delete"), Danger: true,
	}}
	return f, sheet, err
}

// newRolePage is GET /app/agency/roles/new.
func newRolePage(c *call) (answer, error) {
	f, sheet, err := c.roleForm(c.words.T("roles.new"), access.CustomRole{})
	if err != nil {
		return answer{}, err
	}
	return show(screen.SheetPage(f, sheet))
}

// submitNewRole is POST /app/agency/roles.
func submitNewRole(c *call) (answer, error) {
	if err := c.oneAgency(); err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	typed := access.CustomRole{Name: form.Get("name"), Permissions: typedKeys(form, "permissions")}
	role, err := c.addRole(typed)
	if err != nil {
		f, sheet, failed := c.roleForm(c.words.T("roles.new"), typed)
		if failed != nil {
			return answer{}, failed
		}
		return c.refusedBeyond(f, sheet, err)
	}
	c.flash("flash.record.created", role.Name)
	return redirect(c.agencyURL("/roles"))
}

// rolePage is GET /app/agency/roles/{role}.
func rolePage(c *call) (answer, error) {
	role, err := c.role()
	if err != nil {
		return answer{}, err
	}
	f, sheet, err := c.roleForm(role.Name, role)
	if err != nil {
		return answer{}, err
	}
	return show(screen.SheetPage(f, sheet))
}

// submitRole is POST /app/agency/roles/{role}.
func submitRole(c *call) (answer, error) {
	role, err := c.role()
	if err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	change := func(r *access.CustomRole) { r.Name, r.Permissions = form.Get("name"), typedKeys(form, "permissions") }
	if _, err := c.updateRole(change); err != nil {
		typed := role
		change(&typed)
		return c.refusedRole(role, typed, err)
	}
	c.flash("flash.record.saved", "")
	return redirect(c.agencyURL("/roles"))
}

func (c *call) refusedRole(role, typed access.CustomRole, err error) (answer, error) {
	f, sheet, failed := c.roleForm(role.Name, typed)
	if failed != nil {
		return answer{}, failed
	}
	return c.refusedBeyond(f, sheet, err)
}

// submitRoleDeletion is POST /app/agency/roles/{role}/delete.
func submitRoleDeletion(c *call) (answer, error) {
	role, err := c.role()
	if err != nil {
		return answer{}, err
	}
	if _, err := c.deleteRole(); err != nil {
		return c.refusedRole(role, role, err)
	}
	c.flash("flash.role.deleted", role.Name)
	return redirect(c.agencyURL("/roles"))
}

// matrixPage is GET /app/agency/matrix: who may do what, and why.
func matrixPage(c *call) (answer, error) {
	team, err := access.ListTeam(c.ctx, c.DB.Pool(), c.agency())
	if err != nil {
		return answer{}, err
	}
	f, err := c.frame(c.words.T("matrix.title"), c.teamCrumb())
	if err != nil {
		return answer{}, err
	}
	view := screen.RegisterPage{Text: c.words.T("matrix.text"), Icon: "table-2"}
	view.Register = screen.Register{Title: f.Title, Heads: []string{c.words.T("matrix.permission"), c.words.T("matrix.who"), c.words.T("matrix.not")}}
	slices.SortStableFunc(team, func(a, b access.Teammate) int {
		return slices.Index(access.Roles(), a.Role) - slices.Index(access.Roles(), b.Role)
	})
	level, none := access.Level(""), true
	for _, d := range access.Catalogue() {
		who, not := c.matrixCells(team, d.Key)
		row := screen.RegisterRow{Cells: []screen.RegisterCell{{Text: c.words.T("permission." + string(d.Key)), Help: string(d.Key)}, who, not}}
		if d.Level != level {
			level = d.Level
			row.Group = c.words.T("level." + string(level))
		}
		none = none && len(not.Parts) == 0
		view.Register.Rows = append(view.Register.Rows, row)
	}
	if none {
		view.Register.Heads = view.Register.Heads[:2]
		for i := range view.Register.Rows {
			view.Register.Rows[i].Cells = view.Register.Rows[i].Cells[:2]
		}
	}
	return show(screen.RegisterListPage(f, view))
}

// matrixCells are who may do something and who may not in spite of a role, each
// by what gives or takes it.
func (c *call) matrixCells(team []access.Teammate, p access.Permission) (who, not screen.RegisterCell) {
	for _, m := range team {
		why := m.Ruled(uuid.Nil).Why(p)
		label := c.words.T("reason." + string(why))
		switch {
		case why == access.ByRole, why == access.ByCustomRole:
			who.Parts = join(who.Parts, c.roleName(m.Member), m.Name)
		case why.Grants():
			who.Parts = join(who.Parts, label, m.Name)
		case why == access.ByException, why == access.ByRuleDenied:
			not.Parts = join(not.Parts, label, m.Name)
		}
	}
	return who, not
}

// join adds a name to those of the same label.
func join(parts []screen.CellPart, label, name string) []screen.CellPart {
	at := slices.IndexFunc(parts, func(p screen.CellPart) bool { return p.Label == label })
	if at < 0 {
		return append(parts, screen.CellPart{Label: label, Text: name})
	}
	parts[at].Text += ", " + name
	return parts
}

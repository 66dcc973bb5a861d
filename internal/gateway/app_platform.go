package gateway

import (
	"net/url"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// tenantLines is how many agencies a page shows.
const tenantLines = 50

const tenantsURL = "/app/platform/agencies"

// platformMenu is the menu of whoever administers the platform.
func (c *call) platformMenu() screen.MenuGroup {
	if !c.actor.CanOnPlatform(access.TenantRead) {
		return screen.MenuGroup{}
	}
	g := screen.AgencyMenu(c.request.URL.Path, []screen.MenuItem{
		{Label: c.words.T("menu.tenants"), Icon: "building-2", URL: tenantsURL},
		{Label: c.words.T("menu.flags"), Icon: "toggle-right", URL: flagsURL},
	})
	g.Label = c.words.T("menu.platform")
	return g
}

// tenantsPage is GET /app/platform/agencies: all agencies, the newest first.
func tenantsPage(c *call) (answer, error) {
	asked := c.query()
	search := tenancy.TenantSearch{Text: asked.Get("q"), Suspended: asked.Get("state") == "suspended"}
	if id, err := uuid.Parse(asked.Get("before")); err == nil {
		search.Before = uuid.NullUUID{UUID: id, Valid: true}
	}
	found, err := tenancy.ListTenants(c.ctx, c.DB.Pool(), search, tenantLines+1)
	if err != nil {
		return answer{}, err
	}
	f, err := c.frame(c.words.T("tenants.title"))
	if err != nil {
		return answer{}, err
	}
	to := func(before string) string {
		q := url.Values{}
		for name, value := range map[string]string{"q": search.Text, "state": asked.Get("state"), "before": before} {
			if value != "" {
				q.Set(name, value)
			}
		}
		if len(q) == 0 {
			return tenantsURL
		}
		return tenantsURL + "?" + q.Encode()
	}
	view := screen.Tenants{
		Text: search.Text, State: asked.Get("state"), Action: tenantsURL,
		Register: screen.Register{Title: f.Title, Empty: c.words.T("tenants.none"), Heads: []string{
			c.words.T("tenants.name"), c.words.T("planpage.plan"), c.words.T("tenants.members"), c.words.T("tenants.sites"), c.words.T("tenants.since"),
		}},
	}
	if search.Before.Valid {
		view.First = to("")
	}
	if len(found) > tenantLines {
		found = found[:tenantLines]
		view.More = to(found[tenantLines-1].ID.String())
	}
	for _, t := range found {
		name := screen.RegisterCell{Text: t.Name, URL: tenantsURL + "/" + t.ID.String()}
		if t.SuspendedAt != nil {
			name.Badge, name.Tone = c.words.T("tenants.suspended"), ui.Warning
		}
		view.Register.Rows = append(view.Register.Rows, screen.RegisterRow{Cells: []screen.RegisterCell{
			name, c.planCell(t), {Text: c.words.Number(int64(t.Members))}, {Text: c.words.Number(int64(t.Sites))}, {At: t.CreatedAt},
		}})
	}
	return show(screen.TenantsPage(f, view))
}

// planCell is the plan that an agency has at the moment.
func (c *call) planCell(t tenancy.Tenant) screen.RegisterCell {
	standing := standingOf(t)
	cell := screen.RegisterCell{Text: c.planName(standing.Plan(c.Now()).Key)}
	if standing.OnTrial(c.Now()) {
		cell.Badge = c.words.T("tenants.trial")
	}
	return cell
}

// tenantPage is GET /app/platform/agencies/{tenant}: one agency.
func tenantPage(c *call) (answer, error) {
	t, err := c.namedTenant()
	if err != nil {
		return answer{}, err
	}
	f, sheet, err := c.tenantSheet(t, "")
	if err != nil {
		return answer{}, err
	}
	return show(screen.SheetPage(f, sheet))
}

// tenantSheet shows an agency, with the reason that was typed for a suspension.
func (c *call) tenantSheet(t tenancy.Tenant, typed string) (screen.Frame, screen.Sheet, error) {
	sheet := screen.Sheet{Text: c.words.T("tenants.text")}
	f, err := c.frame(t.Name, screen.Crumb{Label: c.words.T("tenants.title"), URL: tenantsURL})
	if err != nil {
		return f, sheet, err
	}
	fixed := func(name, label, value string) screen.SheetField {
		return screen.SheetField{Name: name, Kind: "static", Label: label, Value: value}
	}
	facts := []screen.SheetField{
		fixed("id", c.words.T("tenants.id"), t.ID.String()), fixed("since", c.words.T("tenants.since"), c.words.DateTime(t.CreatedAt)),
	}
	if t.SuspendedAt != nil {
		sheet.Badge = c.words.T("tenants.suspended")
		facts = append(facts, fixed("suspended", c.words.T("tenants.suspended.since"), c.words.DateTime(*t.SuspendedAt)),
			fixed("why", c.words.T("tenants.reason"), t.Reason))
	}
	sheet.Sections = []screen.SheetSection{{Fields: facts}, {Title: c.words.T("planpage.plan"), Fields: c.planFields(t)}}
	sheet.Action, sheet.Submit = tenantsURL+"/"+t.ID.String()+"/plan", c.words.T("tenants.plan")
	uses, err := c.usesRegister(t.ID, standingOf(t))
	if err != nil {
		return f, sheet, err
	}
	people, err := c.tenantPeople(t)
	if err != nil {
		return f, sheet, err
	}
	sites, err := c.tenantSites(t)
	if err != nil {
		return f, sheet, err
	}
	sheet.Tables = []screen.Register{uses, people, sites}
	sheet.Acts = []screen.SheetAct{c.suspensionAct(t, typed)}
	return f, sheet, nil
}

// suspensionAct is what suspends the agency, or lets it go on.
func (c *call) suspensionAct(t tenancy.Tenant, typed string) screen.SheetAct {
	here := tenantsURL + "/" + t.ID.String()
	if t.SuspendedAt != nil {
		return screen.SheetAct{
			Title: c.words.T("tenants.resume.title"), Text: c.words.T("tenants.resume.text"), Label: c.words.T("tenants.resume"), Action: here + "/resume",
		}
	}
	return screen.SheetAct{
		ID: "suspend", Title: c.words.T("tenants.suspend.title", "name", t.Name), Text: c.words.T("tenants.suspend.text"),
		Label: c.words.T("tenants.suspend"), Action: here + "/suspend", Danger: true,
		Field: &screen.SheetField{Name: "reason", Kind: "area", Label: c.words.T("tenants.reason"), Help: c.words.T("tenants.reason.help"), Value: typed, Required: true},
	}
}

func (c *call) tenantPeople(t tenancy.Tenant) (screen.Register, error) {
	r := screen.Register{
		Title: c.words.T("tenants.people"), Empty: c.words.T("tenants.nobody"),
		Heads: []string{c.words.T("team.name"), c.words.T("team.email"), c.words.T("team.role")},
	}
	team, err := access.ListTeam(c.ctx, c.DB.Pool(), t.ID)
	may := c.actor.CanOnPlatform(access.TenantImpersonate) && t.SuspendedAt == nil
	for _, m := range team {
		row := screen.RegisterRow{Cells: []screen.RegisterCell{{Text: m.Name}, {Text: m.Email}, {Text: c.roleName(m.Member)}}}
		if may {
			row.Cells = append(row.Cells, screen.RegisterCell{
				Text: c.words.T("impersonate"), URL: tenantsURL + "/" + t.ID.String() + "/impersonate?member=" + m.ID.String(),
			})
		}
		r.Rows = append(r.Rows, row)
	}
	if may {
		r.Heads = append(r.Heads, c.words.T("register.actions"))
	}
	return r, err
}

func (c *call) tenantSites(t tenancy.Tenant) (screen.Register, error) {
	r := screen.Register{
		Title: c.words.T("tenants.sites"), Empty: c.words.T("tenants.nosites"),
		Heads: []string{c.words.T("sites.name"), c.words.T("sites.client"), c.words.T("sites.address")},
	}
	sites, err := tenancy.ListSites(c.ctx, c.DB.Pool(), t.ID)
	for _, s := range sites {
		r.Rows = append(r.Rows, screen.RegisterRow{Cells: []screen.RegisterCell{{Text: s.Name}, {Text: s.ClientName}, {Text: s.Subdomain + "." + c.BaseURL.Host}}})
	}
	return r, err
}

// submitSuspension is POST /app/platform/agencies/{tenant}/suspend.
func submitSuspension(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	t, err := c.suspendTenant(form.Get("reason"))
	if err != nil {
		return c.refusedTenant(form.Get("reason"), err)
	}
	c.flash("flash.tenant.suspended", t.Name)
	return redirect(tenantsURL + "/" + t.ID.String())
}

// submitResumption is POST /app/platform/agencies/{tenant}/resume.
func submitResumption(c *call) (answer, error) {
	t, err := c.resumeTenant()
	if err != nil {
		return c.refusedTenant("", err)
	}
	c.flash("flash.tenant.resumed", t.Name)
	return redirect(tenantsURL + "/" + t.ID.String())
}

// refusedTenant shows the agency again with why something was refused.
func (c *call) refusedTenant(typed string, why error) (answer, error) {
	if _, ok := formError(why); !ok {
		return answer{}, why
	}
	t, err := c.namedTenant()
	if err != nil {
		return answer{}, err
	}
	f, sheet, err := c.tenantSheet(t, typed)
	if err != nil {
		return answer{}, err
	}
	return c.refused(f, sheet, why)
}

package gateway

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/plan"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// agencyURL is a page of an agency: "/clients". Only who is in several needs to
// be told which.
func (c *call) agencyURL(page string) string {
	return c.ofAgency("/app/agency"+page, c.shownAgency())
}

func (c *call) ofAgency(to string, agency uuid.UUID) string {
	if len(c.actor.Agencies()) < 2 || agency == uuid.Nil {
		return to
	}
	return to + "?agency=" + agency.String()
}

// shownAgency is whose menu a page shows: the site's, the one that ?agency=
// names, or the first of the person's.
func (c *call) shownAgency() uuid.UUID {
	if c.site != nil {
		return c.site.Agency
	}
	all := c.actor.Agencies()
	if id, err := uuid.Parse(c.query().Get("agency")); err == nil && slices.Contains(all, id) {
		return id
	}
	if id := c.agency(); id != uuid.Nil {
		return id
	}
	if len(all) > 0 {
		return all[0]
	}
	return uuid.Nil
}

// agencyMenu is the menu above the sites: what the person may open of it.
func (c *call) agencyMenu() screen.MenuGroup {
	agency := c.shownAgency()
	open := func(p access.Permission, to string) string {
		if !c.actor.CanInAgency(p, agency) {
			return ""
		}
		return to
	}
	return screen.AgencyMenu(c.request.URL.Path, []screen.MenuItem{
		{Label: c.words.T("menu.sites"), Icon: "layout-grid", URL: c.ofAgency("/app", agency)},
		{Label: c.words.T("menu.clients"), Icon: "building-2", URL: open(access.AgencyRead, c.agencyURL("/clients"))},
		{Label: c.words.T("menu.team"), Icon: "users", URL: open(access.MemberRead, c.agencyURL("/team"))},
		{Label: c.words.T("menu.provider"), Icon: "key-round", URL: open(access.ProviderManage, c.agencyURL("/provider"))},
		{Label: c.words.T("menu.modules"), Icon: "blocks", URL: open(access.ModuleRead, c.catalogueURL(agency))},
		{Label: c.words.T("menu.audit"), Icon: "scroll-text", URL: open(access.AuditRead, c.agencyURL("/audit"))},
		{Label: c.words.T("menu.mail"), Icon: "mail", URL: open(access.MailRead, c.ofAgency("/app/platform/mail", agency))},
		{Label: c.words.T("menu.plan"), Icon: "gauge", URL: open(access.PlanRead, c.agencyURL("/plan"))},
		{Label: c.words.T("menu.agency"), Icon: "sliders-horizontal", URL: open(access.AgencyManage, c.agencyURL("/settings"))},
	})
}

// agencyEntries are what the switcher offers to who is in several. The page shows
// times as the agency's place has them, unless the browser has told another.
func (c *call) agencyEntries() ([]screen.AgencyChoice, error) {
	ids := c.actor.Agencies()
	found, err := tenancy.ListAgencies(c.ctx, c.DB.Pool(), ids)
	if err != nil {
		return nil, err
	}
	var list []screen.AgencyChoice
	_, known := c.browserZone()
	for _, a := range found {
		if c.site == nil && !known && a.ID == c.shownAgency() {
			c.words = c.catalogue.Printer(c.words.Language(), tenancy.Site{TimeZone: a.TimeZone}.Zone())
		}
		if a.ID == c.shownAgency() && a.Colour != "" && c.branded(a) {
			c.brandStyle = brandSheet(a.Colour)
		}
		list = append(list, screen.AgencyChoice{Name: a.Name, URL: c.ofAgency("/app", a.ID), Current: a.ID == c.shownAgency()})
	}
	return list, nil
}

// branded reports whether the agency's plan gives app and mail its own look.
func (c *call) branded(a tenancy.Agency) bool {
	return plan.Standing{Key: a.Plan, TrialEndsAt: a.TrialEndsAt}.Plan(c.Now()).Branded
}

// refused draws a sheet again with what was typed, if err is the person's.
func (c *call) refused(f screen.Frame, sheet screen.Sheet, err error) (answer, error) {
	e, ok := formError(err)
	if !ok {
		return answer{}, err
	}
	sheet.Refuse(c.words, c.inWords(e))
	return answer{status: statuses[e.Kind], page: screen.SheetPage(f, sheet)}, nil
}

// refusedRegister draws a table again with why something was refused that is
// done from its lines.
func (c *call) refusedRegister(draw func(*call) (screen.Frame, screen.RegisterPage, error), err error) (answer, error) {
	e := errs.Of(err)
	if _, ok := formError(err); !ok && (e == nil || e.Code != "beyond_own") {
		return answer{}, err
	}
	f, view, failed := draw(c)
	if failed != nil {
		return answer{}, failed
	}
	view.Refuse(c.words, c.inWords(e))
	return answer{status: statuses[e.Kind], page: screen.RegisterListPage(f, view)}, nil
}

// clientsPage is GET /app/agency/clients.
func clientsPage(c *call) (answer, error) {
	found, err := tenancy.ListClients(c.ctx, c.DB.Pool(), c.agency())
	if err != nil {
		return answer{}, err
	}
	f, err := c.frame(c.words.T("clients.title"))
	if err != nil {
		return answer{}, err
	}
	view := screen.RegisterPage{Text: c.words.T("clients.text"), Icon: "building-2", Empty: c.words.T("clients.empty")}
	view.Register = screen.Register{
		Title: f.Title, Empty: c.words.T("clients.empty.text"), Label: c.words.T("clients.new"),
		Heads: []string{c.words.T("clients.name"), c.words.T("clients.sites"), c.words.T("clients.email"), c.words.T("clients.phone")},
	}
	if c.actor.CanInAgency(access.ClientManage, c.agency()) {
		view.Register.New = c.agencyURL("/clients/new")
	}
	for _, line := range found {
		name := screen.RegisterCell{Text: line.Name, URL: c.agencyURL("/clients/" + line.ID.String())}
		if line.ArchivedAt != nil {
			name.Badge = c.words.T("archived")
		}
		view.Register.Rows = append(view.Register.Rows, screen.RegisterRow{Cells: []screen.RegisterCell{
			name, {Text: c.words.Number(int64(line.Sites))}, {Text: line.Email}, {Text: line.Phone},
		}})
	}
	return show(screen.RegisterListPage(f, view))
}

func (c *call) clientsCrumb() screen.Crumb {
	return screen.Crumb{Label: c.words.T("clients.title"), URL: c.agencyURL("/clients")}
}

// clientSheet is the form of a client.
func (c *call) clientSheet(client tenancy.Client) screen.Sheet {
	return screen.Sheet{
		Submit: c.words.T("form.save"), Cancel: c.agencyURL("/clients"),
		Sections: []screen.SheetSection{{Fields: []screen.SheetField{
			{Name: "name", Label: c.words.T("clients.name"), Value: client.Name, Required: true},
			{Name: "email", Kind: "email", Label: c.words.T("clients.email"), Value: client.Email},
			{Name: "phone", Label: c.words.T("clients.phone"), Value: client.Phone},
			{Name: "notes", Kind: "area", Label: c.words.T("clients.notes"), Help: c.words.T("clients.notes.help"), Value: client.Notes},
		}}},
	}
}

func typedClient(form url.Values, into *tenancy.Client) {
	into.Name, into.Email, into.Phone, into.Notes = form.Get("name"), form.Get("email"), form.Get("phone"), form.Get("notes")
}

// newClientPage is GET /app/agency/clients/new.
func newClientPage(c *call) (answer, error) {
	f, sheet, err := c.newClientForm(tenancy.Client{})
	if err != nil {
		return answer{}, err
	}
	return show(screen.SheetPage(f, sheet))
}

func (c *call) newClientForm(client tenancy.Client) (screen.Frame, screen.Sheet, error) {
	f, err := c.frame(c.words.T("clients.new"), c.clientsCrumb())
	sheet := c.clientSheet(client)
	sheet.Action, sheet.Submit = c.agencyURL("/clients"), c.words.T("clients.create")
	return f, sheet, err
}

// submitNewClient is POST /app/agency/clients.
func submitNewClient(c *call) (answer, error) {
	if err := c.oneAgency(); err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	var typed tenancy.Client
	typedClient(form, &typed)
	client, err := c.addClient(typed)
	if err != nil {
		f, sheet, failed := c.newClientForm(typed)
		if failed != nil {
			return answer{}, failed
		}
		return c.refused(f, sheet, err)
	}
	c.flash("flash.record.created", client.Name)
	return redirect(c.agencyURL("/clients/" + client.ID.String()))
}

// clientPage is GET /app/agency/clients/{client}: the client with its sites.
func clientPage(c *call) (answer, error) {
	client, err := c.client()
	if err != nil {
		return answer{}, err
	}
	f, sheet, err := c.clientForm(client, client)
	if err != nil {
		return answer{}, err
	}
	return show(screen.SheetPage(f, sheet))
}

func (c *call) clientForm(client, typed tenancy.Client) (screen.Frame, screen.Sheet, error) {
	sheet := c.clientSheet(typed)
	f, err := c.frame(client.Name, c.clientsCrumb())
	if err != nil {
		return f, sheet, err
	}
	here := "/clients/" + client.ID.String()
	manage := c.actor.CanInAgency(access.ClientManage, c.agency())
	if manage {
		sheet.Action = c.agencyURL(here)
	} else {
		for i := range sheet.Sections[0].Fields {
			sheet.Sections[0].Fields[i].Kind = "static"
		}
	}
	sites, err := tenancy.ListClientSites(c.ctx, c.DB.Pool(), c.agency(), client.ID)
	if err != nil {
		return f, sheet, err
	}
	sheet.Tables = []screen.Register{c.siteRegister(client, sites)}
	if c.actor.CanInAgency(access.MemberManage, c.agency()) {
		rules, err := c.clientRules(client, sites)
		if err != nil {
			return f, sheet, err
		}
		sheet.Tables = append(sheet.Tables, rules)
	}
	act := screen.SheetAct{
		ID: "archive", Title: c.words.T("clients.archive.title", "name", client.Name), Text: c.words.T("clients.archive.text"),
		Label: c.words.T("clients.archive"), Action: c.agencyURL(here + "/archive"), Danger: true,
	}
	if client.ArchivedAt != nil {
		sheet.Badge = c.words.T("archived")
		act = screen.SheetAct{
			Title: c.words.T("clients.restore.title"), Text: c.words.T("clients.restore.text"), Label: c.words.T("clients.restore"), Action: c.agencyURL(here + "/restore"),
		}
	}
	if manage {
		sheet.Acts = append(sheet.Acts, act)
	}
	return f, sheet, nil
}

func (c *call) siteRegister(client tenancy.Client, sites []tenancy.Site) screen.Register {
	r := screen.Register{
		Title: c.words.T("clients.sites"), Empty: c.words.T("clients.nosites"), Label: c.words.T("sites.new"),
		Heads: []string{c.words.T("sites.name"), c.words.T("sites.address")},
	}
	if client.ArchivedAt == nil && c.actor.CanInAgency(access.SiteCreate, c.agency()) {
		to := c.agencyURL("/sites/new")
		join := "?"
		if strings.Contains(to, "?") {
			join = "&"
		}
		r.New = to + join + "client=" + client.ID.String()
	}
	for _, s := range sites {
		at := access.Place{Agency: s.Agency, Client: s.Client, Site: s.ID}
		row := screen.RegisterRow{Cells: []screen.RegisterCell{{Text: s.Name}, {Text: s.Subdomain + "." + c.BaseURL.Host}}}
		switch {
		case s.ArchivedAt != nil:
			row.Cells[0].Badge = c.words.T("archived")
			if c.actor.Can(access.SiteArchive, at) {
				row.Acts = []screen.SheetAct{{Label: c.words.T("sites.restore"), Action: "/app/" + s.ID.String() + "/restore"}}
			}
		case c.actor.Reaches(at):
			row.Cells[0].URL = "/app/" + s.ID.String()
		}
		r.Rows = append(r.Rows, row)
	}
	return r
}

// submitClient is POST /app/agency/clients/{client}.
func submitClient(c *call) (answer, error) {
	client, err := c.client()
	if err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	typed := client
	typedClient(form, &typed)
	if _, err := c.updateClient(func(into *tenancy.Client) { typedClient(form, into) }); err != nil {
		f, sheet, failed := c.clientForm(client, typed)
		if failed != nil {
			return answer{}, failed
		}
		return c.refused(f, sheet, err)
	}
	c.flash("flash.record.saved", "")
	return redirect(c.agencyURL("/clients/" + client.ID.String()))
}

// submitClientArchive is POST /app/agency/clients/{client}/archive.
func submitClientArchive(c *call) (answer, error) {
	client, err := c.client()
	if err != nil {
		return answer{}, err
	}
	if _, err := c.archiveClient(); err != nil {
		return c.refusedClient(client, err)
	}
	c.flash("flash.archived", client.Name)
	return redirect(c.agencyURL("/clients/" + client.ID.String()))
}

// refusedClient draws the client's page again with why something was refused.
func (c *call) refusedClient(client tenancy.Client, err error) (answer, error) {
	f, sheet, failed := c.clientForm(client, client)
	if failed != nil {
		return answer{}, failed
	}
	return c.refused(f, sheet, err)
}

// submitClientRestore is POST /app/agency/clients/{client}/restore.
func submitClientRestore(c *call) (answer, error) {
	client, err := c.client()
	if err != nil {
		return answer{}, err
	}
	if _, err := c.restoreClient(); err != nil {
		return c.refusedClient(client, err)
	}
	c.flash("flash.record.restored", client.Name)
	return redirect(c.agencyURL("/clients/" + client.ID.String()))
}

// countryChoices are the prepared countries, with a first choice of none.
func (c *call) countryChoices(none, chosen string) []ui.Choice {
	choices := []ui.Choice{{Label: none}}
	for _, p := range tenancy.Presets() {
		choices = append(choices, ui.Choice{Value: p.Country, Label: c.words.Country(p.Country), Selected: p.Country == chosen})
	}
	return choices
}

// newSitePage is GET /app/agency/sites/new.
func newSitePage(c *call) (answer, error) {
	f, sheet, err := c.newSiteForm(url.Values{"client": {c.query().Get("client")}})
	if err != nil {
		return answer{}, err
	}
	return show(screen.SheetPage(f, sheet))
}

func (c *call) newSiteForm(typed url.Values) (screen.Frame, screen.Sheet, error) {
	sheet := screen.Sheet{
		Text: c.words.T("sites.new.text"), Action: c.agencyURL("/sites"), Submit: c.words.T("sites.create"), Cancel: c.ofAgency("/app", c.shownAgency()),
	}
	f, err := c.frame(c.words.T("sites.new"))
	if err != nil {
		return f, sheet, err
	}
	clients, err := c.clientChoices(typed.Get("client"))
	if err != nil {
		return f, sheet, err
	}
	sheet.Sections = []screen.SheetSection{{Fields: []screen.SheetField{
		{Name: "client", Kind: "select", Label: c.words.T("sites.client"), Choices: clients, Required: true},
		{Name: "name", Label: c.words.T("sites.name"), Value: typed.Get("name"), Required: true},
		{Name: "subdomain", Label: c.words.T("sites.subdomain"), Help: c.words.T("sites.subdomain.help", "host", c.BaseURL.Host), Value: typed.Get("subdomain")},
		{
			Name: "country", Kind: "select", Label: c.words.T("sites.country"), Help: c.words.T("sites.country.help"),
			Choices: c.countryChoices(c.words.T("sites.country.agency"), typed.Get("country")),
		},
	}}}
	return f, sheet, nil
}

// clientChoices are the agency's clients that are served.
func (c *call) clientChoices(chosen string) ([]ui.Choice, error) {
	clients, err := tenancy.ListClients(c.ctx, c.DB.Pool(), c.agency())
	choices := []ui.Choice{{Label: c.words.T("sites.client.choose")}}
	for _, line := range clients {
		if line.ArchivedAt == nil {
			id := line.ID.String()
			choices = append(choices, ui.Choice{Value: id, Label: line.Name, Selected: id == chosen})
		}
	}
	return choices, err
}

// submitNewSite is POST /app/agency/sites.
func submitNewSite(c *call) (answer, error) {
	if err := c.oneAgency(); err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	wish := newSite{name: form.Get("name"), subdomain: form.Get("subdomain"), country: form.Get("country")}
	wish.client, _ = uuid.Parse(form.Get("client")) // what is none, no agency has
	site, err := c.addSite(wish)
	if err != nil {
		f, sheet, failed := c.newSiteForm(form)
		if failed != nil {
			return answer{}, failed
		}
		return c.refused(f, sheet, err)
	}
	c.flash("flash.record.created", site.Name)
	return redirect("/app/" + site.ID.String())
}

// settingFields are the inputs of what agencies and sites have alike.
func (c *call) settingFields(s tenancy.Settings) []screen.SheetField {
	rate := c.words.TypedDecimal(rateText(s.TaxRate))
	return []screen.SheetField{
		{Name: "locale", Label: c.words.T("place.locale"), Help: c.words.T("place.locale.help"), Value: s.Locale, Required: true},
		{Name: "time_zone", Kind: "select", Label: c.words.T("place.zone"), Choices: named(c.words.Zones(), s.TimeZone)},
		{Name: "currency", Kind: "select", Label: c.words.T("place.currency"), Choices: named(c.words.Currencies(), s.Currency)},
		{Name: "tax_rate", Kind: "number", Label: c.words.T("place.tax"), Help: c.words.T("place.tax.help"), Value: rate},
		{Name: "tax_included", Kind: "check", Label: c.words.T("place.included"), Value: boolText(s.TaxIncluded)},
		{Name: "units", Kind: "select", Label: c.words.T("place.units"), Choices: []ui.Choice{
			{Value: "metric", Label: c.words.T("place.metric"), Selected: s.Units != "imperial"},
			{Value: "imperial", Label: c.words.T("place.imperial"), Selected: s.Units == "imperial"},
		}},
	}
}

func boolText(yes bool) string {
	if yes {
		return "true"
	}
	return "false"
}

// ticked reads a checkbox, whose last value holds.
func ticked(form url.Values, name string) bool {
	values := form[name]
	return len(values) > 0 && values[len(values)-1] == "true"
}

// typedSettings reads the inputs; the rate as people here write numbers.
func (c *call) typedSettings(form url.Values) tenancy.Settings {
	s := tenancy.Settings{
		Locale: form.Get("locale"), TimeZone: form.Get("time_zone"), Currency: form.Get("currency"),
		TaxIncluded: ticked(form, "tax_included"), Units: form.Get("units"),
	}
	s.TaxRate = typedRate(form.Get("tax_rate"), c.words.Locale().Decimal)
	return s
}

// agencySettingsPage is GET /app/agency/settings.
func agencySettingsPage(c *call) (answer, error) {
	a, err := tenancy.FindAgency(c.ctx, c.DB.Pool(), c.agency())
	if err != nil {
		return answer{}, err
	}
	f, sheet, err := c.agencyForm(a)
	if err != nil {
		return answer{}, err
	}
	return show(screen.SheetPage(f, sheet))
}

func (c *call) agencyForm(a tenancy.Agency) (screen.Frame, screen.Sheet, error) {
	f, err := c.frame(c.words.T("agency.title"))
	sheet := screen.Sheet{Text: c.words.T("agency.text"), Action: c.agencyURL("/settings"), Submit: c.words.T("form.save")}
	look := c.words.T("agency.brand.text")
	if has, failed := plan.Branded(c.ctx, c.DB.Pool(), c.agency(), c.Now()); err == nil && (failed != nil || !has) {
		look, err = c.words.T("agency.brand.plan"), failed
	}
	sheet.Sections = []screen.SheetSection{
		{Title: c.words.T("agency.itself"), Fields: []screen.SheetField{
			{Name: "name", Label: c.words.T("agency.name"), Value: a.Name, Required: true},
			{Name: "country", Kind: "select", Label: c.words.T("agency.country"), Choices: named(c.words.Countries(), a.Country)},
		}},
		{Title: c.words.T("agency.place"), Text: c.words.T("agency.place.text"), Fields: c.settingFields(a.Settings)},
		{Title: c.words.T("agency.brand"), Text: look, Fields: []screen.SheetField{
			{Name: "colour", Kind: "color", Label: c.words.T("agency.colour"), Value: a.Colour},
			{Name: "reply_to", Kind: "email", Label: c.words.T("agency.replyto"), Help: c.words.T("agency.replyto.help"), Value: a.ReplyTo},
		}},
		{Title: c.words.T("audit.title"), Text: c.words.T("agency.audit.text"), Fields: []screen.SheetField{
			{Name: "audit_days", Kind: "number", Label: c.words.T("agency.audit.days"), Help: c.words.T("agency.audit.days.help"), Value: strconv.Itoa(a.AuditDays), Required: true},
		}},
	}
	sheet.Acts = []screen.SheetAct{{
		Title: c.words.T("agency.preset"), Text: c.words.T("agency.preset.text"), Label: c.words.T("agency.preset.take"), Action: c.agencyURL("/settings"),
		Field: &screen.SheetField{Name: "preset", Kind: "select", Label: c.words.T("agency.country"), Choices: c.countryChoices(c.words.T("agency.country.choose"), a.Country)},
	}}
	return f, sheet, err
}

// submitAgencySettings is POST /app/agency/settings: all of them, or those that
// are usual in a country.
func submitAgencySettings(c *call) (answer, error) {
	if err := c.oneAgency(); err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	change := func(a *tenancy.Agency) {
		a.Name, a.Country, a.Colour, a.ReplyTo, a.Settings = form.Get("name"), form.Get("country"), form.Get("colour"), form.Get("reply_to"), c.typedSettings(form)
		if form.Has("audit_days") {
			days, _ := strconv.Atoi(strings.TrimSpace(form.Get("audit_days")))
			a.AuditDays = max(days, 1) // what is no number is refused like what is too little
		}
	}
	if preset, ok := tenancy.FindPreset(form.Get("preset")); ok {
		change = func(a *tenancy.Agency) { a.Country, a.Settings = preset.Country, preset.Settings }
	}
	if _, err := c.updateAgency(change); err != nil {
		var typed tenancy.Agency
		change(&typed)
		f, sheet, failed := c.agencyForm(typed)
		if failed != nil {
			return answer{}, failed
		}
		return c.refused(f, sheet, err)
	}
	c.flash("flash.settings.saved", "")
	return redirect(c.agencyURL("/settings"))
}

// siteSettingsPage is GET /app/{site}/settings.
func siteSettingsPage(c *call) (answer, error) {
	f, sheet, err := c.siteForm(*c.site)
	if err != nil {
		return answer{}, err
	}
	return show(screen.SheetPage(f, sheet))
}

func (c *call) siteForm(s tenancy.Site) (screen.Frame, screen.Sheet, error) {
	f, err := c.frame(c.words.T("sitesettings.title"), c.siteCrumb())
	sheet := screen.Sheet{Text: c.words.T("sitesettings.text"), Action: c.siteBase() + "/settings", Submit: c.words.T("form.save")}
	if err != nil {
		return f, sheet, err
	}
	sheet.Sections = []screen.SheetSection{
		{Title: c.words.T("sitesettings.itself"), Fields: []screen.SheetField{
			{Name: "name", Label: c.words.T("sites.name"), Value: s.Name, Required: true},
			{Name: "subdomain", Label: c.words.T("sites.subdomain"), Help: c.words.T("sitesettings.subdomain.help"), Value: s.Subdomain, Required: true},
		}},
		{Title: c.words.T("agency.place"), Text: c.words.T("sitesettings.place.text"), Fields: c.settingFields(s.Settings())},
	}
	if !c.actor.Can(access.SiteArchive, c.place()) {
		return f, sheet, nil
	}
	if c.actor.CanInAgency(access.AgencyRead, c.site.Agency) {
		clients, err := c.clientChoices("")
		if err != nil {
			return f, sheet, err
		}
		clients = slices.DeleteFunc(clients, func(choice ui.Choice) bool { return choice.Value == c.site.Client.String() })
		sheet.Acts = append(sheet.Acts, screen.SheetAct{
			Title: c.words.T("sites.transfer.title"), Text: c.words.T("sites.transfer.text", "client", c.site.ClientName), Label: c.words.T("sites.transfer"),
			Action: c.siteBase() + "/transfer", Field: &screen.SheetField{Name: "client", Kind: "select", Label: c.words.T("sites.client"), Choices: clients},
		})
	}
	sheet.Acts = append(sheet.Acts, screen.SheetAct{
		ID: "archive", Title: c.words.T("sites.archive.title", "name", c.site.Name), Text: c.words.T("sites.archive.text"),
		Label: c.words.T("sites.archive"), Action: c.siteBase() + "/archive", Danger: true,
	})
	return f, sheet, nil
}

// submitSiteSettings is POST /app/{site}/settings.
func submitSiteSettings(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	change := func(s *tenancy.Site) {
		s.Name, s.Subdomain = form.Get("name"), form.Get("subdomain")
		s.Set(c.typedSettings(form))
	}
	if _, err := c.updateSite(change); err != nil {
		typed := *c.site
		change(&typed)
		return c.refusedSite(typed, err)
	}
	c.flash("flash.settings.saved", "")
	return redirect(c.siteBase() + "/settings")
}

func (c *call) refusedSite(typed tenancy.Site, err error) (answer, error) {
	f, sheet, failed := c.siteForm(typed)
	if failed != nil {
		return answer{}, failed
	}
	return c.refused(f, sheet, err)
}

// submitSiteArchive is POST /app/{site}/archive.
func submitSiteArchive(c *call) (answer, error) {
	site, err := c.archiveSite()
	if err != nil {
		return c.refusedSite(*c.site, err)
	}
	c.flash("flash.archived", site.Name)
	return redirect(c.ofAgency("/app", site.Agency))
}

// submitSiteRestore is POST /app/{site}/restore, which the client's page offers.
func submitSiteRestore(c *call) (answer, error) {
	site, err := c.restoreSite()
	if err != nil {
		return c.refusedSiteRestore(err)
	}
	c.flash("flash.record.restored", site.Name)
	return redirect(c.siteBase())
}

// refusedSiteRestore says on the page of the site's client why it stays archived,
// to who may see that page.
func (c *call) refusedSiteRestore(err error) (answer, error) {
	if !c.actor.CanInAgency(access.AgencyRead, c.site.Agency) {
		return answer{}, err
	}
	client, failed := tenancy.FindClient(c.ctx, c.DB.Pool(), c.site.Agency, c.site.Client)
	if failed != nil {
		return answer{}, failed
	}
	return c.refusedClient(client, err)
}

// submitSiteTransfer is POST /app/{site}/transfer.
func submitSiteTransfer(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	client, err := uuid.Parse(form.Get("client"))
	if err != nil {
		return c.refusedSite(*c.site, errs.New(errs.Invalid, "reference_missing", "Choose a client of the agency."))
	}
	site, err := c.transferSite(client)
	if err != nil {
		return c.refusedSite(*c.site, err)
	}
	c.flash("flash.site.transferred", site.ClientName)
	return redirect(c.siteBase() + "/settings")
}

// named are the choices of a list of codes with their names, none first when
// none is chosen.
func named(all []i18n.Named, chosen string) []ui.Choice {
	choices := make([]ui.Choice, 0, len(all)+1)
	found := false
	for _, one := range all {
		choices = append(choices, ui.Choice{Value: one.Code, Label: one.Name, Selected: one.Code == chosen})
		found = found || one.Code == chosen
	}
	if !found {
		choices = slices.Insert(choices, 0, ui.Choice{Value: chosen, Label: chosen, Selected: true})
	}
	return choices
}

// rateText writes millionths as a percentage: 160000 is "16".
func rateText(millionths int64) string {
	text := strconv.FormatInt(millionths/10_000, 10)
	if rest := millionths % 10_000; rest != 0 {
		text += "." + strings.TrimRight(strconv.FormatInt(10_000+rest, 10)[1:], "0")
	}
	return text
}

// typedRate reads a percentage as people type it; -1 is none, which the rules
// refuse.
func typedRate(text, decimal string) int64 {
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "%"))
	if text == "" {
		return 0
	}
	whole, part, _ := strings.Cut(strings.Replace(text, decimal, ".", 1), ".")
	if len(part) > 4 || strings.ContainsAny(whole+part, "+-") {
		return -1
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", 4-len(part)), 10, 32)
	if err != nil {
		return -1
	}
	return n
}

package gateway

import (
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/plan"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
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
			{Name: "country", Kind: "select", Label: c.words.T("agency.country"), Choices: c.countries(a.Country)},
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

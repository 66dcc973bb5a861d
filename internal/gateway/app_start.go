package gateway

import (
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/plan"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

const startURL = "/app/start"

// startSteps are the first steps of a new agency, in their order.
var startSteps = []string{"agency", "client", "site", "module"}

// start is how far an agency has come with its first steps, by what it has.
type start struct {
	agency tenancy.Agency
	client uuid.UUID    // of the step "site"
	site   tenancy.Site // of the step "module"
	offers []module.Offer
	step   string // empty: nothing is left
}

// end is what the first steps lead to.
func (c *call) end(s start) (answer, error) {
	if s.site.ID != uuid.Nil {
		return redirect("/app/" + s.site.ID.String())
	}
	return redirect(c.ofAgency("/app", c.agency()))
}

// steps finds out which of the first steps of the agency is next.
func (c *call) steps(agency uuid.UUID) (s start, err error) {
	if s.agency, err = tenancy.FindAgency(c.ctx, c.DB.Pool(), agency); err != nil {
		return s, err
	}
	if s.agency.Country == "" {
		s.step = "agency"
		return s, nil
	}
	clients, err := tenancy.ListClients(c.ctx, c.DB.Pool(), agency)
	if err != nil {
		return s, err
	}
	clients = slices.DeleteFunc(clients, func(l tenancy.ClientLine) bool { return l.ArchivedAt != nil })
	sites, err := tenancy.ListSites(c.ctx, c.DB.Pool(), agency)
	switch {
	case err != nil:
		return s, err
	case len(clients) == 0 && len(sites) == 0:
		s.step = "client"
		return s, nil
	case len(sites) == 0:
		s.step, s.client = "site", clients[0].ID
		return s, nil
	}
	s.site = sites[0]
	counts, err := c.Modules.Counts(c.ctx, siteIDs(sites))
	if err != nil {
		return s, err
	}
	for _, n := range counts {
		if n > 0 {
			return s, nil
		}
	}
	at := access.Place{Agency: s.site.Agency, Client: s.site.Client, Site: s.site.ID}
	if !c.actor.Can(access.InstallationManage, at) {
		return s, nil
	}
	s.offers, err = c.Modules.Available(c.ctx, module.SiteRef{ID: s.site.ID, Agency: s.site.Agency, Currency: s.site.Currency})
	if len(s.offers) > 0 {
		s.step = "module"
	}
	return s, err
}

// toStart is where a new agency's owner is sent from the sites while a step is
// left; empty for nowhere.
func (c *call) toStart() (string, error) {
	agency := c.shownAgency()
	if !c.actor.CanInAgency(access.AgencyManage, agency) {
		return "", nil
	}
	begun, err := tenancy.Starting(c.ctx, c.DB.Pool(), agency)
	if err != nil || !begun {
		return "", err
	}
	on, err := c.feature(plan.Onboarding, agency)
	if err != nil || !on {
		return "", err
	}
	s, err := c.steps(agency)
	if err != nil || s.step == "" {
		return "", err
	}
	return c.ofAgency(startURL, agency), nil
}

// startPage is GET /app/start: the next of the first steps.
func startPage(c *call) (answer, error) {
	s, err := c.steps(c.agency())
	if err != nil {
		return answer{}, err
	}
	if s.step == "" {
		return c.end(s)
	}
	f, sheet, err := c.startForm(s, "")
	if err != nil {
		return answer{}, err
	}
	return show(screen.SheetPage(f, sheet))
}

// endStart ends the first steps, and leads to what was made.
func (c *call) endStart(s start) (answer, error) {
	if err := c.DB.Tx(c.ctx, func(tx pgx.Tx) error { return tenancy.Started(c.ctx, tx, c.agency()) }); err != nil {
		return answer{}, err
	}
	return c.end(s)
}

// startForm asks what the next step needs.
func (c *call) startForm(s start, typed string) (screen.Frame, screen.Sheet, error) {
	f, err := c.frame(c.words.T("start." + s.step + ".title"))
	at := slices.Index(startSteps, s.step)
	labels := make([]string, len(startSteps))
	for i, step := range startSteps {
		labels[i] = c.words.T("start.steps." + step)
	}
	to := c.ofAgency(startURL, c.agency())
	sheet := screen.Sheet{
		Text: c.words.T("start." + s.step), Badge: c.words.T("start.step", "n", at+1, "of", len(startSteps)), Action: to, Submit: c.words.T("start.next"),
		Skip: c.words.T("start.skip"), Steps: &screen.Steps{Label: c.words.T("start.steps"), Labels: labels, At: at},
	}
	field := screen.SheetField{Name: "name", Value: typed, Required: true}
	switch s.step {
	case "agency":
		field = screen.SheetField{Name: "country", Kind: "select", Label: c.words.T("agency.country"), Help: c.words.T("agency.preset.text"), Choices: c.countries(typed)}
	case "client":
		field.Label, field.Help = c.words.T("clients.name"), c.words.T("start.client.help")
	case "site":
		field.Label, field.Help = c.words.T("sites.name"), c.words.T("start.site.help")
	case "module":
		field = screen.SheetField{Name: "module", Kind: "select", Label: c.words.T("start.module.label")}
		for _, o := range s.offers {
			field.Choices = append(field.Choices, ui.Choice{Value: o.Name, Label: o.Title, Selected: o.Name == typed})
		}
		sheet.Submit = c.words.T("start.finish")
	}
	sheet.Sections = []screen.SheetSection{{Fields: []screen.SheetField{field, {Name: "step", Kind: "hidden", Value: s.step}}}}
	return f, sheet, err
}

// submitStart is POST /app/start. A step that was done meanwhile, in another
// window, is not done again.
func submitStart(c *call) (answer, error) {
	if err := c.oneAgency(); err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	s, err := c.steps(c.agency())
	if err != nil {
		return answer{}, err
	}
	if form.Get("do") == "skip" {
		return c.endStart(start{})
	}
	if form.Get("step") != s.step {
		if s.step == "" {
			return c.endStart(s)
		}
		return redirect(c.ofAgency(startURL, c.agency()))
	}
	typed := form.Get("name")
	switch s.step {
	case "agency":
		typed = form.Get("country")
		err = c.startInCountry(typed)
	case "client":
		_, err = c.addClient(tenancy.Client{Name: typed})
	case "site":
		_, err = c.addSite(newSite{client: s.client, name: typed})
	case "module":
		typed = form.Get("module")
		if !slices.ContainsFunc(s.offers, func(o module.Offer) bool { return o.Name == typed }) {
			err = errs.BadFields(errs.Field{Path: "module", Code: "option", Message: "Choose one of the options."})
			break
		}
		_, err = c.Modules.Install(c.ctx, c.auditor(), module.SiteRef{ID: s.site.ID, Agency: s.site.Agency, Currency: s.site.Currency}, typed, "", nil)
	}
	if err != nil {
		f, sheet, failed := c.startForm(s, typed)
		if failed != nil {
			return answer{}, failed
		}
		return c.refused(f, sheet, err)
	}
	if s.step == "module" {
		return c.endStart(s)
	}
	return redirect(c.ofAgency(startURL, c.agency()))
}

// startInCountry says where the agency is, and gives it the settings that are
// usual there, if they are prepared.
func (c *call) startInCountry(country string) error {
	if country == "" {
		return errs.BadFields(errs.Field{Path: "country", Code: "not_country", Message: "Choose a country."})
	}
	_, err := c.updateAgency(func(a *tenancy.Agency) {
		a.Country = country
		if preset, ok := tenancy.FindPreset(country); ok {
			a.Settings = preset.Settings
		}
	})
	return err
}

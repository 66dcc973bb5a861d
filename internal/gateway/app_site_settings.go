package gateway

import (
	"net/url"
	"slices"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

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

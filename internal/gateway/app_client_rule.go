package gateway

import (
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// clientRules are the rules of the client, as its page lists them: that of all
// sites, then one line for each site.
func (c *call) clientRules(client tenancy.Client, sites []tenancy.Site) (screen.Register, error) {
	r := screen.Register{
		Title: c.words.T("rules.title"), Text: c.words.T("rules.text"),
		Heads: []string{c.words.T("rules.where"), c.words.T("rules.allowed"), c.words.T("rules.denied")},
	}
	rules, err := access.ListClientRules(c.ctx, c.DB.Pool(), c.agency(), client.ID)
	if err != nil {
		return r, err
	}
	line := func(name string, site uuid.NullUUID) {
		to := "/clients/" + client.ID.String() + "/rules"
		cells := []screen.RegisterCell{{Text: name, URL: c.agencyURL(to)}, {Text: "–"}, {Text: "–"}}
		if site.Valid {
			cells[0].URL = withQuery(cells[0].URL, "site", site.UUID.String())
		}
		for _, rule := range rules {
			if rule.Site == site {
				cells[1].Text, cells[2].Text = c.keyWords(rule.Allow), c.keyWords(rule.Deny)
			}
		}
		r.Rows = append(r.Rows, screen.RegisterRow{Cells: cells})
	}
	line(c.words.T("rules.everywhere"), uuid.NullUUID{})
	for _, s := range sites {
		line(s.Name, just(s.ID))
	}
	return r, nil
}

// keyWords are keys as people read them: those of modules as they are.
func (c *call) keyWords(keys []string) string {
	said := make([]string, len(keys))
	for i, key := range keys {
		said[i] = c.words.TOr("permission."+key, key)
	}
	if len(said) == 0 {
		return "–"
	}
	return strings.Join(said, ", ")
}

// withQuery adds a value to an address.
func withQuery(address, name, value string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// clientRulePage is GET /app/agency/clients/{client}/rules.
func clientRulePage(c *call) (answer, error) {
	client, err := c.client()
	if err != nil {
		return answer{}, err
	}
	site, err := ruledSite(c.query().Get("site"))
	if err != nil {
		return answer{}, errs.Missing()
	}
	rule, err := access.FindClientRule(c.ctx, c.DB.Pool(), c.agency(), client.ID, site)
	if err != nil {
		return answer{}, err
	}
	f, sheet, err := c.clientRuleForm(client, rule)
	if err != nil {
		return answer{}, err
	}
	return show(screen.SheetPage(f, sheet))
}

func (c *call) clientRuleForm(client tenancy.Client, typed access.ClientRule) (screen.Frame, screen.Sheet, error) {
	back := c.agencyURL("/clients/" + client.ID.String())
	sheet := screen.Sheet{
		Text: c.words.T("rules.everywhere.text"), Action: c.agencyURL("/clients/" + client.ID.String() + "/rules"), Submit: c.words.T("form.save"), Cancel: back,
	}
	title := c.words.T("rules.title")
	if typed.Site.Valid {
		sites, err := tenancy.ListClientSites(c.ctx, c.DB.Pool(), c.agency(), client.ID)
		if err != nil {
			return screen.Frame{}, sheet, err
		}
		title = ""
		for _, s := range sites {
			if s.ID == typed.Site.UUID {
				title = c.words.T("rules.title.site", "site", s.Name)
			}
		}
		if title == "" {
			return screen.Frame{}, sheet, errs.Missing()
		}
		sheet.Text, sheet.Action = c.words.T("rules.site.text"), withQuery(sheet.Action, "site", typed.Site.UUID.String())
	}
	f, err := c.frame(title, c.clientsCrumb(), screen.Crumb{Label: client.Name, URL: back})
	if err != nil {
		return f, sheet, err
	}
	section := func(name, title, text string, keys []string) screen.SheetSection {
		return screen.SheetSection{Title: title, Text: text, Fields: c.permissionFields(name, false, keys)}
	}
	sheet.Sections = []screen.SheetSection{
		section("allow", c.words.T("team.allow"), c.words.T("rules.allow.text"), typed.Allow),
		section("deny", c.words.T("team.deny"), c.words.T("rules.deny.text"), typed.Deny),
	}
	return f, sheet, nil
}

// submitClientRule is POST /app/agency/clients/{client}/rules.
func submitClientRule(c *call) (answer, error) {
	client, err := c.client()
	if err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	site, err := ruledSite(c.query().Get("site"))
	if err != nil {
		return answer{}, errs.Missing()
	}
	to := access.ClientRule{Site: site, Allow: typedKeys(form, "allow"), Deny: typedKeys(form, "deny")}
	if _, err := c.setClientRule(client, to); err != nil {
		f, sheet, failed := c.clientRuleForm(client, to)
		if failed != nil {
			return answer{}, failed
		}
		return c.refusedBeyond(f, sheet, err)
	}
	c.flash("flash.record.saved", "")
	return redirect(c.agencyURL("/clients/" + client.ID.String()))
}

package gateway

import (
	"net/url"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
)

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

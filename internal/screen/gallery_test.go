package screen

import (
	"flag"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// gallery writes every screen with sample data as HTML files, to look at them:
//
//	go test ./internal/screen -run TestGallery -gallery=/tmp/gallery
//
// The files expect app.css and app.js of web/dist in the same folder.
var gallery = flag.String("gallery", "", "folder to write every screen to")

// render returns a component's HTML.
func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGallery(t *testing.T) {
	pages := screens(t)
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		html := render(t, pages[name])
		if *gallery == "" {
			continue
		}
		if err := os.MkdirAll(*gallery, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(*gallery, name+".html"), []byte(html), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// sampleFrame is a site's frame as a member of an agency sees it.
func sampleFrame(p *i18n.Printer, title string) Frame {
	return Frame{
		Title: title, Words: p,
		Assets: Assets{Style: "app.css", Script: "app.js", Icon: "favicon.svg"},
		Brand:  Brand{Name: "Northwind Studio", Home: "/app"},
		User:   &User{Name: "Ada Lindqvist", Email: "ada@northwind.example", Role: "Administrator", SignOut: "/app/logout"},
		Site:   &Site{Name: "Harbour Tool Hire", Client: "Harbour Group", URL: "/app/s", Public: "http://hire.localhost:8080"},
		Sites: []Site{
			{Name: "Harbour Café", Client: "Harbour Group", URL: "/app/c"},
			{Name: "Harbour Tool Hire", Client: "Harbour Group", URL: "/app/s", Current: true},
			{Name: "Birch & Sons", Client: "Birch & Sons Ltd", URL: "/app/b"},
		},
		Menu: []MenuGroup{
			PlatformMenu(p, "/app/s", "/app/s/modules", "/app/s/languages", "/app/s/jobs", "/app/s/activity", "/app/s/settings", "/app/s/rental/item"),
			{Label: "Equipment rental", Items: []MenuItem{
				{Label: "Rentals", Icon: "calendar-range", URL: "/app/s/rental/rental"},
				{Label: "Rental items", Icon: "drill", URL: "/app/s/rental/item", Current: true},
				{Label: "Categories", Icon: "tags", URL: "/app/s/rental/category"},
				{Label: "Customers", Icon: "users", URL: "/app/s/rental/customer"},
			}},
			{Label: "Guestbook", Items: []MenuItem{{Label: "Entries", Icon: "book-open", URL: "/app/s/guestbook/entry"}}},
		},
		Crumbs: []Crumb{{Label: "Harbour Tool Hire", URL: "/app/s"}, {Label: "Equipment rental"}},
	}
}

// screens draws each screen in each of its states.
func screens(t *testing.T) map[string]templ.Component {
	t.Helper()
	p := words(t, "en")
	all := map[string]templ.Component{}
	listScreens(t, p, all)
	formScreens(t, p, all)
	siteScreens(p, all)
	accountScreens(p, all)
	agencyScreens(p, all)
	moduleScreens(t, p, all)
	everyScreens(t, all)

	bare := Frame{Words: p, Assets: sampleFrame(p, "").Assets}
	bare.Title = p.T("login.title")
	all["login"] = LoginPage(bare, Login{Action: "/app/login", Next: "/app/s"})
	all["login-wrong"] = LoginPage(bare, Login{Action: "/app/login", Email: "ada@northwind.example", Error: LoginWrong})
	all["notfound"] = NotFoundPage(bare, Dead{Home: "/app"})
	all["denied"] = DeniedPage(bare, Dead{Home: "/app"})
	all["failure"] = FailurePage(bare, Failure{Request: "01938f2c-77aa-7c1e-9d55-5a0c8e5f1a2b", Home: "/app"})
	all["refused"] = RefusedPage(bare, "Too many requests. Wait a moment, then try again.", Dead{Home: "/app"})
	return all
}

func listScreens(t *testing.T, p *i18n.Printer, all map[string]templ.Component) {
	t.Helper()
	f := sampleFrame(p, "Rental items")
	page := func(name, rows string, change func(*ListOptions)) {
		o := listOptions()
		change(&o)
		l, err := NewList(p, item(), []byte(rows), o)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = ListPage(f, l)
	}
	full := string(rows(t))
	page("list", full, func(*ListOptions) {})
	page("list-one-page", full, func(o *ListOptions) { o.Offset, o.Total, o.Limit = 0, 20, 50 })
	page("list-empty", "[]", func(o *ListOptions) { o.Offset, o.Total = 0, 0 })
	page("list-empty-readonly", "[]", func(o *ListOptions) { o.Offset, o.Total, o.CanCreate = 0, 0, false })
	page("list-nothing", "[]", func(o *ListOptions) { o.Offset, o.Total, o.Filter = 0, 0, "drill press" })
	page("list-sorted", full, func(o *ListOptions) {
		o.Order, o.Filter, o.Total, o.Capped = "daily_rate->amount.desc", "a", 10000, true
	})
	grouped := *item()
	grouped.List.Group, grouped.List.Totals = "category", []string{"daily_rate", "stock"}
	o := listOptions()
	o.Totals = []collection.Total{
		{Field: "daily_rate", JSON: []byte(`[{"daily_rate":{"amount":1234550,"currency":"EUR"}},{"daily_rate":{"amount":90000,"currency":"USD"}}]`)},
		{Field: "stock", JSON: []byte(`[{"stock":4711}]`)},
	}
	l, err := NewList(p, &grouped, []byte(full), o)
	if err != nil {
		t.Fatal(err)
	}
	all["list-grouped"] = ListPage(f, l)
	all["list-failed"] = ListPage(f, FailedList(p, item(), listOptions(), "01938f2c-77aa-7c1e-9d55-5a0c8e5f1a2b"))
	f.Flash = &Flash{Kind: "success", Text: "Rental item created"}
	f.Theme = Dark
	page("list-dark", full, func(*ListOptions) {})
}

func formScreens(t *testing.T, p *i18n.Printer, all map[string]templ.Component) {
	t.Helper()
	f := sampleFrame(p, "Cordless drill 18 V")
	f.Crumbs = append(f.Crumbs, Crumb{Label: "Rental items", URL: "/app/s/rental/item"})
	page := func(name string, f Frame, change func(*FormOptions)) {
		o := formOptions()
		change(&o)
		form, err := NewForm(p, item(), o)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = FormPage(f, form)
	}
	edit := func(o *FormOptions) { o.ID, o.Record = "01930000-0000-7000-8000-000000000004", []byte(oneRow) }
	typed := url.Values{
		"version": {"2"}, "name": {"Cordless drill 24 V"}, "category_id": {"01930000-0000-7000-8000-100000000001"},
		"daily_rate": {"1,399.00"}, "stock": {"12"}, "bought_on": {"2025-05-05"}, "serial": {"DR-2041"}, "notes": {""},
	}
	page("form-new", f, func(*FormOptions) {})
	page("form-edit", f, edit)
	page("form-readonly", f, func(o *FormOptions) { edit(o); o.CanUpdate, o.CanDelete = false, false })
	page("form-refused", f, func(o *FormOptions) {
		o.Typed = url.Values{"name": {""}, "daily_rate": {"twelve fifty"}, "stock": {"9000"}, "bought_on": {"2026-01-01"}, "notes": {"Kept after the error."}}
		o.Err = refused()
	})
	page("form-conflict", f, func(o *FormOptions) {
		edit(o)
		o.Typed = typed
		o.Err = errs.New(errs.Conflict, "version_conflict", "The record has changed meanwhile.")
		o.Err.Current = []byte(oneRow)
	})
	page("form-failed", f, func(o *FormOptions) {
		edit(o)
		o.Typed = typed
		o.Err = errs.New(errs.Conflict, "in_use", "Rentals refer to this item.").WithHint("Delete those first, or choose another item for them.")
	})
	f.Theme = Dark
	page("form-dark", f, edit)
}

// noon is when everything in the gallery happened.
var noon = time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)

func siteScreens(p *i18n.Printer, all map[string]templ.Component) {
	f := sampleFrame(p, p.T("sites.title"))
	f.Site, f.Crumbs = nil, nil
	f.Menu = []MenuGroup{AgencyMenu("/app", []MenuItem{{Label: "Sites", Icon: "layout-grid", URL: "/app"}, {Label: "Clients", Icon: "building-2", URL: "/app/agency/clients"}, {Label: "Modules", Icon: "blocks", URL: "/app/modules"}})}
	all["sites-empty"] = SitePickerPage(f, SitePicker{})
	all["sites"] = SitePickerPage(f, SitePicker{Catalogue: "/app/modules", Clients: []ClientSites{
		{Name: "Birch & Sons Ltd", Sites: []SiteCard{{Name: "Birch & Sons", URL: "/app/b", Public: "http://birch.localhost:8080", Host: "birch.localhost:8080"}}},
		{Name: "Harbour Group", Sites: []SiteCard{
			{Name: "Harbour Café", URL: "/app/c", Public: "http://cafe.localhost:8080", Host: "cafe.localhost:8080", Modules: 1},
			{Name: "Harbour Tool Hire", URL: "/app/s", Public: "http://hire.localhost:8080", Host: "hire.localhost:8080", Modules: 2},
		}},
	}})
	entries := []Entry{
		{At: noon, Action: "installation.enabled", Actor: "Ada Lindqvist", Subject: "Equipment rental 1.2.0"},
		{At: noon.Add(-time.Minute), Action: "installation.installed", Actor: "Ada Lindqvist", Subject: "Equipment rental 1.2.0", URL: "/app/s/modules/rental"},
		{At: noon.Add(-26 * time.Hour), Action: "installation.settings_changed", Actor: "Tom Birch", Subject: "Guestbook 1.0.0"},
		{At: noon.Add(-50 * time.Hour), Action: "installation.purged", Subject: "Old shop 0.9.1", Detail: "1,204 records"},
		{At: noon.Add(-90 * time.Hour), Action: "something.new", Actor: "api key", Subject: "x"},
	}
	home := sampleFrame(p, "Harbour Tool Hire")
	home.Crumbs = nil
	home.Menu[0] = PlatformMenu(p, "/app/s", "/app/s/modules", "/app/s/languages", "/app/s/jobs", "/app/s/activity", "", "/app/s")
	home.Menu[1].Items[1].Current = false
	all["home"] = SiteHomePage(home, SiteHome{
		Name: "Harbour Tool Hire", Host: "hire.localhost:8080", Public: "http://hire.localhost:8080", Install: "/app/s/modules", More: "/app/s/activity",
		Activity: entries,
		Modules: []HomeModule{
			{Name: "Equipment rental", Icon: "drill", Version: "1.2.0", Enabled: true, URL: "/app/s/rental/item", Links: []HomeLink{
				{Label: "Rentals", Icon: "calendar-range", URL: "/app/s/rental/rental", New: "/app/s/rental/rental/new"},
				{Label: "Rental items", Icon: "drill", URL: "/app/s/rental/item", New: "/app/s/rental/item/new"},
				{Label: "Categories", Icon: "tags", URL: "/app/s/rental/category", New: "/app/s/rental/category/new"},
			}},
			{Name: "Guestbook", Icon: "book-open", Version: "1.0.0"},
		},
	})
	all["home-empty"] = SiteHomePage(home, SiteHome{Name: "Harbour Tool Hire", Host: "hire.localhost:8080", Install: "/app/s/modules"})
	activity := sampleFrame(p, p.T("activity.title"))
	activity.Crumbs = activity.Crumbs[:1]
	all["token"] = TokenPage(activity, Token{Text: p.T("keys.made"), Token: "dmc_live_4f1c09ab77de2c61b5a03d98e4f7c2106b9de8f5a1c34d7790eb2f6481a5cd3e", Back: "/app/s/keys"})
	all["keys"] = RegisterListPage(activity, RegisterPage{Text: p.T("keys.text"), Icon: "key-round", Register: Register{
		Title: p.T("keys.title"), New: "/app/s/keys/new", Label: p.T("keys.new"),
		Heads: []string{p.T("keys.name"), p.T("keys.may"), p.T("keys.limits"), p.T("keys.used"), p.T("keys.state")},
		Rows: []RegisterRow{
			{
				Cells: []RegisterCell{
					{Text: "Feed for the harbour's website", Help: "dmc_live_4f1c09ab…"},
					{Text: "equipment-rental.item.read, equipment-rental.category.read"},
					{Text: "100 a minute, 10,000 a day", Help: "192.0.2.0/24, 2001:db8::/32"},
					{At: noon, Help: "192.0.2.17"},
					{Badge: p.T("keys.state.good"), Tone: ui.Success, Help: "Until 31 Dec 2026, 23:59"},
				},
				Acts: []SheetAct{{ID: "rotate", Label: p.T("keys.rotate"), Title: "Rotate?", Action: "/app/s/keys/1/rotate"}, {ID: "revoke", Label: p.T("keys.revoke"), Title: "Revoke?", Action: "/app/s/keys/1/revoke", Danger: true}},
			},
			{Cells: []RegisterCell{{Text: "Old", Help: "dmc_live_00aa11bb…"}, {Text: p.T("keys.everything")}, {}, {Text: p.T("keys.never")}, {Badge: p.T("keys.state.revoked")}}},
		},
	}})
	all["activity"] = AuditPage(activity, sampleAudit(p, noon))
	jobs := activity
	jobs.Title = p.T("jobs.title")
	views := []ui.Tab{{Label: p.T("jobs.state.dead"), URL: "/app/s/jobs", Current: true}, {Label: p.T("jobs.state.running"), URL: "/app/s/jobs?state=running"}}
	lines := []JobLine{{Name: "job.score", Module: "Rental", At: noon, Attempts: 12, Error: "The other system does not answer.", Kind: "job", Key: "1"}}
	all["jobs"] = JobsPage(jobs, Jobs{Views: views, State: "dead", Jobs: lines, Events: lines, MoreJobs: "/app/s/jobs?after=1", Submit: "/app/s/jobs"})
	failing := []JobLine{lines[0], {Name: "equipment-rental.rental.overdue", Module: "Rental", At: noon.Add(time.Hour), Attempts: 3, Error: "send the reminder: dial tcp: lookup mail.invalid on 127.0.0.53:53: no such host, tried for the third time"}}
	all["jobs-failing"] = JobsPage(jobs, Jobs{Views: views, State: "failing", Jobs: failing, Events: failing[1:]})
	all["jobs-scheduled"] = JobsPage(jobs, Jobs{Views: views, State: "scheduled", Jobs: lines, Upcoming: failing})
	all["jobs-empty"] = JobsPage(jobs, Jobs{Views: views, State: "dead"})
	all["activity-empty"] = AuditPage(activity, Audit{Base: "/app/s/activity"})
	all["activity-none"] = AuditPage(activity, Audit{Base: "/app/s/activity", Filtered: true, Clear: "/app/s/activity", Filter: sampleAudit(p, noon).Filter})
}

// accountScreens are those of people: what is written to them, and what is theirs.
func accountScreens(p *i18n.Printer, all map[string]templ.Component) {
	f := sampleFrame(p, p.T("outbox.title"))
	f.Site, f.Crumbs = nil, nil
	f.Menu = []MenuGroup{AgencyMenu("/app/platform/mail", []MenuItem{{Label: "Sites", Icon: "layout-grid", URL: "/app"}, {Label: "Mail", Icon: "mail", URL: "/app/platform/mail"}})}
	all["outbox-empty"] = OutboxPage(f, Outbox{Leaves: true})
	lines := []OutboxLine{
		{ID: "1", To: "ada@northwind.example", Subject: "Choose a new password", State: "kept", At: noon, Text: "Good day,\n\nsomebody asked for a new password.\n", Link: "http://localhost:8080/app/reset"},
		{ID: "2", To: "tom@birch.example", Subject: "You are invited", State: "refused", At: noon, Error: "550 There is no such mailbox."},
		{ID: "3", To: "zoe@birch.example", Subject: "You are invited", State: "sent", At: noon},
	}
	all["outbox"] = OutboxPage(f, Outbox{Shown: true, Lines: lines, More: "/app/platform/mail?before=3"})
	door := Frame{Title: p.T("reset.title"), Words: p, Assets: Assets{Style: "app.css", Script: "app.js", Icon: "favicon.svg"}, Brand: Brand{Home: "/app"}}
	all["door"] = DoorPage(door, Door{
		Title: p.T("finish.title"), Text: p.T("finish.text", "address", "ada@northwind.example"), Action: "/app/signup/finish", Submit: p.T("finish.submit"),
		Hidden: []Hidden{{Name: "token", Value: "abc"}},
		Fields: []DoorField{
			{Name: "name", Label: p.T("finish.name"), Value: "Ada"},
			{Name: "agency", Label: p.T("finish.agency"), Error: p.T("error.name_length")},
			{Name: "password", Type: "password", Label: p.T("door.password"), Help: p.T("door.password.help"), Autocomplete: "new-password"},
		},
		Links: []Link{{Label: p.T("door.signin"), URL: "/app/login"}},
	})
	all["door-sent"] = DoorPage(door, Door{Title: p.T("forgot.sent.title"), Text: p.T("forgot.sent.text"), Links: []Link{{Label: p.T("door.signin"), URL: "/app/login"}}})
	me := Me{Name: "Ada Lindqvist", Email: "ada@northwind.example", Password: "/app/me/password", NewEmail: "/app/me/email", FactorURL: "/app/me/factor", CodesURL: "/app/me/codes", Sessions: "/app/me/sessions"}
	me.Browsers = []Browser{{ID: "1", Agent: "Firefox, Linux", Address: "198.51.100.7", Since: noon, Seen: noon, Current: true}}
	mine := f
	mine.Title, mine.Menu = p.T("me.title"), nil
	all["me"] = MePage(mine, me)
	me.Factor, me.FactorSince, me.Codes = true, noon, 9
	me.Browsers = append(me.Browsers, Browser{ID: "2", Address: "2001:db8::1", Since: noon.Add(-400 * time.Hour), Seen: noon.Add(-3 * time.Hour)})
	all["me-factor"] = MePage(mine, me)
	mine.Title = p.T("factor.title")
	all["me-authenticator"] = MeFormPage(mine, Door{
		Title: p.T("factor.title"), Text: p.T("factor.text"), Action: "/app/me/factor", Submit: p.T("factor.enable"), Error: p.T("error.code_wrong"),
		Picture: "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", PictureText: p.T("factor.picture"), Secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
		SecretLabel: p.T("factor.secret"), Fields: []DoorField{{Name: "code", Label: p.T("code.code"), Autocomplete: "one-time-code"}},
		Links: []Link{{Label: p.T("me.back"), URL: "/app/me"}},
	})
	all["me-codes"] = MeFormPage(mine, Door{Title: p.T("codes.title"), Text: p.T("codes.text"), Codes: []string{"abcd-efgh-ijkl-mnop-qrst-uvwx", "qrst-uvwx-yz23-4567-abcd-efgh"}, Links: []Link{{Label: p.T("me.back"), URL: "/app/me"}}})
	all["outbox-closed"] = OutboxPage(f, Outbox{Lines: lines[1:]})
}

func moduleScreens(t *testing.T, p *i18n.Printer, all map[string]templ.Component) {
	t.Helper()
	f := sampleFrame(p, p.T("catalogue.title"))
	f.Site, f.Crumbs = nil, nil
	f.Menu = []MenuGroup{AgencyMenu("/app/modules", []MenuItem{{Label: "Sites", Icon: "layout-grid", URL: "/app"}, {Label: "Clients", Icon: "building-2", URL: "/app/agency/clients"}, {Label: "Modules", Icon: "blocks", URL: "/app/modules"}})}
	view := Catalogue{Upload: "/app/modules", MaxBytes: 20 << 20, Modules: []CatalogueModule{
		{ID: "equipment-rental", Name: "Equipment rental", Description: "Rent out tools and machines: items, customers, rentals and returns.", Icon: "drill", Type: "app", Sites: 1, Versions: []CatalogueVersion{
			{Version: "1.2.0", Published: noon, Hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", Sites: 1},
			{Version: "1.1.0", Published: noon.Add(-700 * time.Hour), Hash: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"},
		}},
		{ID: "guestbook", Name: "Guestbook", Icon: "book-open", Type: "widget", Sites: 2, Versions: []CatalogueVersion{{Version: "1.0.0", Published: noon, Hash: "60303ae22b998861"}}},
	}}
	all["catalogue"] = CataloguePage(f, view)
	all["catalogue-empty"] = CataloguePage(f, Catalogue{Upload: "/app/modules"})
	view.Refused = &Refusal{File: "equipment-rental-1.3.0.dramac", Problems: []Problem{
		{File: "collections/item.yaml", Line: 4, Column: 29, Message: `A text field has no "require".`, Hint: `Did you mean "required"?`},
		{File: "collections/rental.yaml", Line: 11, Column: 23, Message: `"currency_amount" is not a kind of field.`, Hint: `Did you mean "money"?`},
		{File: "module.yaml", Line: 8, Message: "The version has to be higher than 1.2.0."},
	}}
	all["catalogue-refused"] = CataloguePage(f, view)

	on := sampleFrame(p, p.T("modules.title"))
	on.Crumbs = on.Crumbs[:1]
	all["modules"] = SiteModulesPage(on, SiteModules{Manage: true, Catalogue: "/app/modules", Installed: []Installation{
		{ID: "equipment-rental", Name: "Equipment rental", Icon: "drill", Version: "1.1.0", State: Enabled, Since: noon, Newest: "1.2.0", URL: "/app/s/rental/item", Manage: "/app/s/modules/equipment-rental"},
		{ID: "guestbook", Name: "Guestbook", Icon: "book-open", Version: "1.0.0", State: Disabled, Since: noon, Manage: "/app/s/modules/guestbook"},
	}, Available: []Available{
		{ID: "opening", Name: "Opening hours", Description: "Shows when you are open, with exceptions for holidays.", Icon: "clock", Version: "2.0.1", URL: "/app/s/modules/opening/install"},
		{ID: "old", Name: "Newsletter", Icon: "mail", Version: "0.4.0", Kept: true, URL: "/app/s/modules/old/install"},
	}})
	all["modules-empty"] = SiteModulesPage(on, SiteModules{Manage: true})

	settings := sampleSettings(t, p, nil, nil)
	install := sampleFrame(p, p.T("install.title", "name", "Equipment rental"))
	plan := VersionPlan{
		Name: "Equipment rental", From: "1.1.0", To: "1.2.0", Action: "/app/s/modules/equipment-rental/version", Cancel: "/app/s/modules/equipment-rental",
		Groups: []PlanGroup{
			{Title: "version.automatic", Text: "version.automatic.text", Changes: []string{`The field "colour" of item is new.`, `The action "return_early" of rental is new.`}},
			{Title: "version.tested", Text: "version.tested.text", Changes: []string{`The field "serial" of item has at most 20 characters instead of 40.`}},
		},
	}
	pending := sampleFrame(p, p.T("version.title", "name", plan.Name))
	all["plan"] = VersionPlanPage(pending, plan)
	back := VersionPlan{
		Name: "Equipment rental", From: "1.2.0", To: "1.1.0", Back: true, Action: plan.Action, Cancel: plan.Cancel,
		Groups: []PlanGroup{
			{Title: "version.back.tested", Text: "version.back.tested.text", Changes: []string{`Field "serial" of "item" is required again.`, `Option "lent" of "status" is not there: no record of "item" may have it.`}},
			{Title: "version.back.lost", Text: "version.back.lost.text", Changes: []string{`Which records of "item" had "fair" in "grade" is not known any more.`}},
			{Title: "version.back.unturned", Text: "version.back.unturned.text", Changes: []string{`Field "code" of "item" shows what it held before the upgrade, and nothing in newer records.`}},
			{Title: "version.back.turned", Text: "version.back.turned.text", Changes: []string{`Field "stock" of "item" changes back to integer; what it cannot hold is rounded.`, `Field "total" of "rental" is computed as before.`}},
			{Title: "version.back.hidden", Text: "version.back.hidden.text", Changes: []string{`Field "colour" of "item" is not shown.`, `Action "return_early" is not there.`}},
			{Title: "version.back.shown", Text: "version.back.shown.text", Changes: []string{`Field "shelf" of "item" is there again, with what it held.`}},
			{Title: "version.back.called", Text: "version.back.called.text", Changes: []string{`Field "remarks" of "rental" is called "notes" again.`}},
			{Title: "version.back.loose", Text: "version.back.loose.text", Changes: []string{`Field "phone" of "customer" may be empty again.`}},
			{Title: "version.back.told", Text: "version.back.told.text", Changes: []string{`Event "returned" has the version of before.`}},
		},
	}
	all["plan-back"] = VersionPlanPage(pending, back)
	back.Groups = nil
	all["plan-back-nothing"] = VersionPlanPage(pending, back)
	plan.Error, plan.Records = "3 records do not fit version 1.2.0.", []PlanRecord{
		{Label: "Cordless drill 18 V", URL: "/app/s/rental/item/1", Reason: "Serial number is too long."}, {Label: "Hammer drill", URL: "/app/s/rental/item/2", Reason: "Serial number is too long."},
	}
	all["plan-refused"] = VersionPlanPage(pending, plan)
	all["install"] = ModuleInstallPage(install, ModuleInstall{
		ID: "equipment-rental", Name: "Equipment rental", Description: "Rent out tools and machines.", Versions: []string{"1.2.0", "1.1.0"}, Version: "1.2.0", Kept: true,
		Collections: []string{"Rental items", "Categories", "Customers", "Rentals"}, Blocks: []string{"Price list"}, Action: "#", Cancel: "/app/s/modules", Settings: settings,
	})
	manage := sampleFrame(p, "Equipment rental")
	manage.Crumbs = []Crumb{{Label: "Harbour Tool Hire", URL: "/app/s"}, {Label: "Modules", URL: "/app/s/modules"}}
	one := ModuleSettings{
		ID: "equipment-rental", Name: "Equipment rental", Description: "Rent out tools and machines.", Version: "1.1.0", Versions: []string{"1.2.0", "1.1.0"},
		State: Enabled, URL: "/app/s/rental/item", Settings: settings, Save: "#", Switch: "#", Enable: "#", Disable: "#", Uninstall: "#",
	}
	all["settings"] = ModuleSettingsPage(manage, one)
	one.State, one.Versions = Disabled, one.Versions[1:]
	one.Settings = sampleSettings(t, p, url.Values{"deposit": {"a lot"}}, errs.BadFields(errs.Field{Path: "deposit", Code: "not_money", Message: "Must be an amount in EUR, like 1,234.50."}))
	all["settings-refused"] = ModuleSettingsPage(manage, one)
}

func sampleSettings(t *testing.T, p *i18n.Printer, typed url.Values, refused *errs.Error) SettingFields {
	t.Helper()
	made, err := NewSettings(p, Settings{Currency: "EUR", Typed: typed, Fields: []manifest.Field{
		{Name: "company", Kind: "text", Label: "Name on contracts", Default: "Harbour Tool Hire Ltd", Required: true},
		{Name: "deposit", Kind: "money", Label: "Deposit", Help: "Taken for each rental, given back on return.", Default: manifest.Money{Amount: 5000}},
		{Name: "terms", Kind: "longtext", Label: "Terms", Placeholder: "What customers agree to", Section: "Contracts"},
		{Name: "sender", Kind: "text", Label: "Sender", Section: "Letters"},
		{Name: "notice", Kind: "integer", Label: "Days of notice", Default: int64(3), Section: "Contracts"},
	}}, refused)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// agencyScreens are the forms and tables of what an agency keeps.
func agencyScreens(p *i18n.Printer, all map[string]templ.Component) {
	f := sampleFrame(p, p.T("team.title"))
	f.Site, f.Crumbs = nil, nil
	f.Agencies = []AgencyChoice{{Name: "Northwind Studio", URL: "/app?agency=1", Current: true}, {Name: "Harbour & Pine", URL: "/app?agency=2"}}
	f.Menu = []MenuGroup{AgencyMenu("/app/agency/team", []MenuItem{{Label: "Sites", Icon: "layout-grid", URL: "/app"}, {Label: "Team", Icon: "users", URL: "/app/agency/team"}})}
	team := RegisterPage{Text: p.T("team.text"), Icon: "users", Empty: p.T("invitations.empty"), Links: []MenuItem{
		{Label: p.T("matrix.title"), Icon: "table-2", URL: "/m"}, {Label: p.T("roles.title"), Icon: "shield", URL: "/r"},
	}}
	team.Register = Register{Title: f.Title, Heads: []string{"Name", "E-mail", "Role", "Reaches", "Good until"}, New: "/new", Label: p.T("invitations.new")}
	all["register-empty"] = RegisterListPage(f, team)
	act := []SheetAct{{Label: "Send again", Action: "/a"}, {Label: "Take back", Action: "/b"}}
	team.Register.Rows = []RegisterRow{
		{Cells: []RegisterCell{{Text: "Ada Lindqvist", URL: "/1", Badge: "You"}, {Text: "ada@northwind.example"}, {Text: "Administrator", Help: "with exceptions"}, {Text: "Whole agency"}, {At: noon}}, Acts: act},
		{Cells: []RegisterCell{{Text: "Tom Birch", URL: "/2"}, {Text: "tom@birch.example"}, {Text: "Client owner"}, {Text: "Birch & Sons Ltd"}, {Badge: "Pending", Tone: ui.Success}}, Acts: act},
	}
	all["register"] = RegisterListPage(f, team)
	matrix := RegisterPage{Text: p.T("matrix.text"), Icon: "table-2", Message: "This invitation was accepted or revoked.", Hint: "Invite the address again."}
	matrix.Register = Register{Title: p.T("matrix.title"), Heads: []string{"Permission", "Who may", "In use"}, Rows: []RegisterRow{
		{Group: "The agency", Cells: []RegisterCell{{Text: "See the team", Help: "platform.member.read"}, {Parts: []CellPart{{"Owner", "Ada Lindqvist"}, {"Allowed", "Tom Birch"}}}, {Share: &Share{Percent: 120, Text: "6 of 5 (120 %)"}, Tone: ui.Bad}}},
		{Group: "Its sites", Cells: []RegisterCell{{Text: "See sites", Help: "platform.site.read"}, {}, {Share: &Share{Percent: 20, Text: "1 of 5 (20 %)"}}}},
	}}
	all["register-refused"] = RegisterListPage(f, matrix)
	sheet := Sheet{
		Text: "tom@birch.example", Badge: "Whole agency", Action: "/save", Submit: p.T("form.save"), Cancel: "/back",
		Sections: []SheetSection{
			{Fields: []SheetField{{Name: "name", Label: "Name", Required: true}, {Name: "role", Kind: "select", Label: "Role", Choices: []ui.Choice{{Label: "Member"}}}}},
			{Title: p.T("team.reach"), Text: p.T("team.reach.text"), Fields: []SheetField{
				{Name: "limited", Kind: "check", Label: p.T("team.limit"), Value: "true"},
				{Name: "sites", Kind: "checks", Label: p.T("team.sites"), Choices: []ui.Choice{{Label: "Harbour Café", Value: "1", Selected: true}, {Label: "Birch & Sons", Value: "2"}}},
				{Name: "notes", Kind: "area", Label: "In modules", Help: p.T("roles.modules.help")},
				{Name: "rate", Kind: "number", Label: "Tax rate", Value: "16"},
				{Name: "colour", Kind: "color", Label: "Colour", Value: "#1e90ff"},
				{Name: "mail", Kind: "email", Label: "E-mail"},
				{Name: "fixed", Kind: "static", Label: "Country", Value: "Zambia"},
			}},
		},
		Tables: []Register{{Title: p.T("clients.sites"), Heads: []string{"Name", "Address"}, New: "/new", Label: p.T("sites.new"), Rows: []RegisterRow{
			{Cells: []RegisterCell{{Text: "Harbour Café", URL: "/3"}, {Text: "cafe.localhost"}}},
			{Cells: []RegisterCell{{Text: "Old Mill", Badge: "Archived"}, {Text: "mill.localhost"}}, Acts: []SheetAct{{Label: "Restore site", Action: "/4"}}},
		}}},
		Acts: []SheetAct{
			{Title: "Move to another client", Text: "People of the clients lose and gain it.", Label: "Move site", Action: "/5", Field: &SheetField{Name: "client", Kind: "select", Label: "Client", Choices: []ui.Choice{{Label: "Birch & Sons"}}}},
			{ID: "remove", Title: "Remove Tom Birch?", Text: "This person loses access at once.", Label: "Remove from team", Action: "/6", Danger: true},
		},
	}
	f.Title = "Tom Birch"
	all["sheet"] = SheetPage(f, sheet)
	sheet.Refuse(p, errs.BadFields(errs.Field{Path: "name", Code: "required"}, errs.Field{Path: "rate", Code: "not_percent", Args: map[string]any{"example": "16.5"}}))
	f.Theme = Dark
	all["sheet-refused"] = SheetPage(f, sheet)
	sheet.Refuse(p, errs.New(errs.Denied, "beyond_own", "You cannot."))
	all["sheet-beyond"] = SheetPage(f, sheet)
}

// sampleAudit is a log with one line of each sort.
func sampleAudit(p *i18n.Printer, noon time.Time) Audit {
	facts := []AuditFact{{p.T("audit.address"), "2001:db8::1"}, {p.T("audit.request"), "0193aaaa-0000-7000-8000-000000000001"}}
	return Audit{
		Text: p.T("audit.text"), Base: "/app/agency/audit", Places: true, Filtered: true, Clear: "/app/agency/audit", Next: "/app/agency/audit?after=x",
		Export: "/app/agency/audit/export", Keep: "/app/agency/settings",
		Filter: []SheetField{
			{Name: "actor", Kind: "select", Label: p.T("audit.who"), Choices: []ui.Choice{{Label: p.T("audit.any")}}},
			{Name: "action", Kind: "select", Label: p.T("audit.what"), Choices: []ui.Choice{{Label: p.T("audit.any")}}},
			{Name: "site", Kind: "select", Label: p.T("audit.site"), Choices: []ui.Choice{{Label: p.T("audit.any")}}},
			{Name: "result", Kind: "select", Label: p.T("audit.result"), Choices: []ui.Choice{{Label: p.T("audit.any")}}},
			{Name: "from", Kind: "date", Label: p.T("audit.from"), Value: "2026-11-01"},
			{Name: "to", Kind: "date", Label: p.T("audit.to")},
		},
		Lines: []AuditLine{
			{ID: "1", At: noon, Times: 1, Action: "member.updated", Actor: "Ada Lovelace", Subject: "Grace Hopper", Facts: facts, Changes: []AuditChange{
				{"role", "member", "admin"}, {"sites", "", `["0193aaaa-0000-7000-8000-000000000001","0193aaaa-0000-7000-8000-000000000002"]`},
			}},
			{ID: "2", At: noon, Times: 1204, Action: "refusal.permission", Actor: "Feed for the harbour's website", Subject: "GET /api/modules/{module}/{collection}", Where: "Harbour Tool Hire", Refused: true, Facts: facts},
			{ID: "3", At: noon, Times: 1, Action: "refusal.sign_in", Actor: p.T("audit.somebody"), Subject: "Ada Lovelace <ada@example.com>", Refused: true, Facts: facts},
			{ID: "4", At: noon, Times: 1, Action: "site.archived", Actor: "Ada Lovelace", Through: "Support", Subject: "Harbour Tool Hire", Where: "Harbour Tool Hire"},
			{ID: "5", At: noon, Times: 1, Action: "installation.purged", Subject: "Old shop 0.9.1"},
		},
	}
}

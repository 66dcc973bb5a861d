package proof

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// seer is who sees a screen.
type seer int

const (
	owner         seer = iota // of the agency whose sites have content
	visitor                   // somebody who is not signed in
	newcomer                  // the owner of an agency that has nothing yet
	administrator             // of the platform; the newcomer, later
)

// view is one kind of screen and how a person gets to see it.
type view struct {
	name string
	by   seer
	show func(*tab, *content)
}

// at is a screen that its address alone shows.
func at(address func(*content) string) func(*tab, *content) {
	return func(b *tab, c *content) { b.open(address(c)) }
}

// inApp is at for an address below a site in the app.
func inApp(site, path string) func(*tab, *content) {
	return at(func(c *content) string { return c.app(site, path) })
}

// agency is at for an address of the owner's agency.
func agency(path string) func(*tab, *content) {
	return at(func(c *content) string { return c.url + "/app/agency" + path })
}

// platform is at for an address of those who administer the platform.
func platform(path string) func(*tab, *content) {
	return at(func(c *content) string { return c.url + "/app/platform" + path })
}

// first shows the first of the first steps.
func first(b *tab, c *content) {
	b.open(c.url + "/app/start")
	b.sees("Where is your agency?")
}

// tenant shows an agency to an administrator.
func tenant(b *tab, c *content) {
	b.open(c.url + "/app/platform/agencies?q=harbour")
	b.press("Harbour & Pine")
}

// views are all kinds of screens.
var views = []view{
	{"login", visitor, at(func(c *content) string { return c.url + "/app/login" })},
	{"login-refused", visitor, func(b *tab, c *content) {
		b.open(c.url + "/app/login")
		b.write("E-mail address", "nobody@northwind.example")
		b.write("Password", "not the password")
		b.press("Sign in")
	}},
	{"site-picker", owner, at(func(c *content) string { return c.url + "/app" })},
	{"site-home", owner, inApp("summit", "")},
	{"account-menu", owner, func(b *tab, c *content) {
		b.open(c.app("summit", ""))
		b.click("Account")
	}},
	{"menu-on-phone", owner, func(b *tab, c *content) {
		b.appearance(390, "light")
		b.open(c.app("summit", ""))
		b.click("Menu")
		b.sees("Customers")
	}},
	{"list", owner, inApp("summit", "/equipment-rental/item")},
	{"list-empty", owner, inApp("bluedoor-events", "/equipment-rental/item")},
	{"list-nothing-found", owner, inApp("summit", "/equipment-rental/item?q=zeppelin")},
	{"form-new", owner, inApp("summit", "/equipment-rental/rental/new")},
	{"form-errors", owner, func(b *tab, c *content) {
		b.open(c.app("summit", "/equipment-rental/rental/new"))
		b.write("Daily rate", "cheap")
		b.press("Create rental")
	}},
	{"form-edit", owner, at(func(c *content) string { return c.app("summit", "/equipment-rental/item/"+c.tent) })},
	{"form-choosing", owner, func(b *tab, c *content) {
		b.open(c.app("summit", "/equipment-rental/item/"+c.tent))
		b.enter("Category")
		b.offers("Water sports")
	}},
	{"form-conflict", owner, func(b *tab, c *content) {
		b.open(c.app("summit", "/equipment-rental/item/"+c.tent))
		b.write("Daily rate", "42")
		c.ask(b.t, http.MethodPatch, c.url+rental+"/item/"+c.tent, c.key("summit"), record{"quantity": 4}, http.StatusOK, nil)
		b.press("Save changes")
	}},
	{"form-delete", owner, func(b *tab, c *content) {
		b.open(c.app("summit", "/equipment-rental/item/"+c.tent))
		b.click("Delete")
	}},
	{"list-states", owner, inApp("summit", "/equipment-rental/rental")},
	{"form-moves", owner, at(func(c *content) string { return c.app("summit", "/equipment-rental/rental/"+c.rental) })},
	{"action", owner, at(func(c *content) string { return c.app("summit", "/equipment-rental/rental/"+c.rental+"/cancel") })},
	{"action-refused", owner, func(b *tab, c *content) {
		b.open(c.app("summit", "/equipment-rental/rental/"+c.rental+"/cancel"))
		b.press("Cancel booking")
	}},
	{"translations", owner, at(func(c *content) string { return c.app("summit", "/equipment-rental/item/"+c.tent+"/translations") })},
	{"translations-refused", owner, func(b *tab, c *content) {
		b.open(c.app("summit", "/equipment-rental/item/"+c.tent+"/translations?language=fr"))
		b.write("Name", strings.Repeat("tente ", 30))
		b.press("Save changes")
	}},
	{"languages", owner, inApp("summit", "/languages")},
	{"fields", owner, inApp("summit", "/modules/equipment-rental/fields")},
	{"jobs", owner, inApp("summit", "/jobs")},
	{"site-modules", owner, inApp("bluedoor", "/modules")},
	{"install", owner, inApp("bluedoor", "/modules/equipment-rental/install")},
	{"settings", owner, inApp("summit", "/modules/equipment-rental")},
	{"catalogue", owner, at(func(c *content) string { return c.url + "/app/modules" })},
	{"catalogue-refused", owner, func(b *tab, c *content) {
		b.open(c.url + "/app/modules")
		b.attach("package", brokenPackage(b.t, "equipment-rental"))
		b.press("Upload package")
	}},
	{"clients", owner, at(func(c *content) string { return c.url + "/app/agency/clients" })},
	{"client-refused", owner, func(b *tab, c *content) {
		b.open(c.url + "/app/agency/clients/new")
		b.press("Create client")
	}},
	{"agency-settings", owner, at(func(c *content) string { return c.url + "/app/agency/settings" })},
	{"site-settings", owner, inApp("summit", "/settings")},
	{"matrix", owner, at(func(c *content) string { return c.url + "/app/agency/matrix" })},
	{"role", owner, at(func(c *content) string { return c.url + "/app/agency/roles/new" })},
	{"invitation", owner, at(func(c *content) string { return c.url + "/app/agency/invitations/new" })},
	{"activity", owner, inApp("summit", "/activity")},
	{"audit", owner, agency("/audit")},
	{"audit-details", owner, func(b *tab, c *content) {
		b.open(c.url + "/app/agency/audit?result=done")
		b.unfold()
	}},
	{"audit-nothing-found", owner, agency("/audit?from=2020-01-01&to=2020-01-02")},
	{"team", owner, agency("/team")},
	{"member", owner, func(b *tab, c *content) {
		b.open(c.url + "/app/agency/team")
		b.press("Vik Larsen")
	}},
	{"roles", owner, agency("/roles")},
	{"role-refused", owner, func(b *tab, c *content) {
		b.open(c.url + "/app/agency/roles/new")
		b.press("Create role")
	}},
	{"invitations-empty", owner, agency("/invitations")},
	{"client", owner, func(b *tab, c *content) {
		b.open(c.url + "/app/agency/clients")
		b.press("Blue Door Café")
	}},
	{"client-rules", owner, func(b *tab, c *content) {
		b.open(c.url + "/app/agency/clients")
		b.press("Summit Gear")
		b.press("On all sites")
	}},
	{"provider", owner, agency("/provider")},
	{"provider-refused", owner, func(b *tab, c *content) {
		b.open(c.url + "/app/agency/provider")
		b.write("Domains", "northwind")
		b.press("Save changes")
	}},
	{"plan", owner, agency("/plan")},
	{"mail", owner, at(func(c *content) string { return c.url + "/app/platform/mail" })},
	{"keys", owner, inApp("summit", "/keys")},
	{"key-new", owner, inApp("summit", "/keys/new")},
	{"key-refused", owner, func(b *tab, c *content) {
		b.open(c.app("summit", "/keys/new"))
		b.write("Requests a minute", "many")
		b.press("Make key")
	}},
	{"key-made", owner, func(b *tab, c *content) {
		b.open(c.app("bluedoor-events", "/keys/new"))
		b.write("Name", "Till of the café")
		b.tick("Everything on this site")
		b.press("Make key")
	}},
	{"key-rotate", owner, func(b *tab, c *content) {
		b.open(c.app("summit", "/keys"))
		b.click("Rotate")
	}},
	{"me", owner, at(func(c *content) string { return c.url + "/app/me" })},
	{"notifications", owner, at(func(c *content) string { return c.url + "/app/me/notifications" })},
	{"notification-settings", owner, at(func(c *content) string { return c.url + "/app/me/notifications/settings" })},
	{"notification-settings-of-site", owner, at(func(c *content) string { return c.url + "/app/me/notifications/settings?site=" + c.site("summit") })},
	{"start", newcomer, first},
	{"start-refused", newcomer, func(b *tab, c *content) {
		first(b, c)
		b.press("Continue")
	}},
	{"plan-on-trial", newcomer, agency("/plan")},
	{"clients-empty", newcomer, agency("/clients")},
	{"notifications-empty", newcomer, at(func(c *content) string { return c.url + "/app/me/notifications" })},
	{"start-client", newcomer, func(b *tab, c *content) {
		first(b, c)
		b.elect("Country", "Zambia")
		b.press("Continue")
		b.sees("Your first client")
	}},
	{"tenants", administrator, platform("/agencies")},
	{"tenants-nothing-found", administrator, platform("/agencies?q=zeppelin")},
	{"tenant", administrator, tenant},
	{"tenant-suspend", administrator, func(b *tab, c *content) {
		tenant(b, c)
		b.click("Suspend agency")
	}},
	{"tenant-refused", administrator, func(b *tab, c *content) {
		tenant(b, c)
		b.click("Suspend agency")
		b.sees("Suspend Harbour & Pine?")
		b.confirm("Suspend agency")
	}},
	{"flags", administrator, platform("/flags")},
	{"flag-refused", administrator, func(b *tab, c *content) {
		b.open(c.url + "/app/platform/flags/onboarding")
		b.write("Agencies in percent", "140")
		b.press("Save changes")
	}},
	{"act-as", administrator, func(b *tab, c *content) {
		tenant(b, c)
		b.press("Act as")
	}},
	{"acting", administrator, func(b *tab, c *content) {
		tenant(b, c)
		b.press("Act as")
		b.write("Reason", "Harriet asked for help with her opening hours.")
		b.press("Act as this person")
	}},
	{"not-found", owner, inApp("summit", "/nothing")},
	{"public-page", visitor, at(func(c *content) string { return c.page("summit") })},
	{"public-errors", visitor, func(b *tab, c *content) {
		b.open(c.page("summit"))
		b.write("E-mail", "nowhere")
		// As a browser that checks nothing itself.
		if _, err := look[bool](b, "[...document.forms].every((f) => f.noValidate = true)"); err != nil {
			b.fail("%v", err)
		}
		b.press("Ask for a rental")
	}},
	{"public-guestbook", visitor, at(func(c *content) string { return c.page("bluedoor") })},
	{"public-not-found", visitor, at(func(c *content) string { return c.page("summit") + "nothing" })},
}

// eachView shows every screen, each as a test of its own, at 1440 × 900 in light
// to a person who is signed in or, for visitor screens, to somebody who is not.
func eachView(t *testing.T, look func(*testing.T, view, *tab)) {
	t.Helper()
	c := withContent(t)
	all := people{content: c, owner: newPerson(t, c.server), visitor: newPerson(t, c.server)}
	all.owner.signIn(c.server, firstOwner)
	for _, v := range views {
		t.Run(v.name, func(t *testing.T) {
			b := *all.front(t, v.by)
			b.t = t
			b.appearance(1440, "light")
			v.show(&b, c)
			look(t, v, &b)
		})
	}
}

// appearance makes the window so wide and the system light or dark. Nothing
// moves, so that what is looked at stands still.
func (b *tab) appearance(width int64, scheme string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, heightFor(width)), emulateScheme(scheme))
}

// heightFor is the height of a window or phone of the width.
func heightFor(width int64) int64 {
	if width < 600 {
		return 844
	}
	return 900
}

package proof

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// view is one kind of screen and how a person gets to see it.
type view struct {
	name string
	// visitor screens are seen by somebody who is not signed in.
	visitor bool
	show    func(*tab, *content)
}

// at is a screen that its address alone shows.
func at(address func(*content) string) func(*tab, *content) {
	return func(b *tab, c *content) { b.open(address(c)) }
}

// inApp is at for an address below a site in the app.
func inApp(site, path string) func(*tab, *content) {
	return at(func(c *content) string { return c.app(site, path) })
}

// views are all kinds of screens.
var views = []view{
	{"login", true, at(func(c *content) string { return c.url + "/app/login" })},
	{"login-refused", true, func(b *tab, c *content) {
		b.open(c.url + "/app/login")
		b.write("E-mail address", "nobody@northwind.example")
		b.write("Password", "not the password")
		b.press("Sign in")
	}},
	{"site-picker", false, at(func(c *content) string { return c.url + "/app" })},
	{"site-home", false, inApp("summit", "")},
	{"account-menu", false, func(b *tab, c *content) {
		b.open(c.app("summit", ""))
		b.click("Account")
	}},
	{"menu-on-phone", false, func(b *tab, c *content) {
		b.appearance(390, "light")
		b.open(c.app("summit", ""))
		b.click("Menu")
		b.sees("Customers")
	}},
	{"list", false, inApp("summit", "/equipment-rental/item")},
	{"list-empty", false, inApp("bluedoor-events", "/equipment-rental/item")},
	{"list-nothing-found", false, inApp("summit", "/equipment-rental/item?q=zeppelin")},
	{"form-new", false, inApp("summit", "/equipment-rental/rental/new")},
	{"form-errors", false, func(b *tab, c *content) {
		b.open(c.app("summit", "/equipment-rental/rental/new"))
		b.write("Daily rate", "cheap")
		b.press("Create rental")
	}},
	{"form-edit", false, at(func(c *content) string { return c.app("summit", "/equipment-rental/item/"+c.tent) })},
	{"form-choosing", false, func(b *tab, c *content) {
		b.open(c.app("summit", "/equipment-rental/item/"+c.tent))
		b.enter("Category")
		b.offers("Water sports")
	}},
	{"form-conflict", false, func(b *tab, c *content) {
		b.open(c.app("summit", "/equipment-rental/item/"+c.tent))
		b.write("Daily rate", "42")
		c.ask(b.t, http.MethodPatch, c.url+rental+"/item/"+c.tent, c.key("summit"), record{"quantity": 4}, http.StatusOK, nil)
		b.press("Save changes")
	}},
	{"form-delete", false, func(b *tab, c *content) {
		b.open(c.app("summit", "/equipment-rental/item/"+c.tent))
		b.click("Delete")
	}},
	{"list-states", false, inApp("summit", "/equipment-rental/rental")},
	{"form-moves", false, at(func(c *content) string { return c.app("summit", "/equipment-rental/rental/"+c.rental) })},
	{"action", false, at(func(c *content) string { return c.app("summit", "/equipment-rental/rental/"+c.rental+"/cancel") })},
	{"action-refused", false, func(b *tab, c *content) {
		b.open(c.app("summit", "/equipment-rental/rental/"+c.rental+"/cancel"))
		b.press("Cancel booking")
	}},
	{"translations", false, at(func(c *content) string { return c.app("summit", "/equipment-rental/item/"+c.tent+"/translations") })},
	{"translations-refused", false, func(b *tab, c *content) {
		b.open(c.app("summit", "/equipment-rental/item/"+c.tent+"/translations?language=fr"))
		b.write("Name", strings.Repeat("tente ", 30))
		b.press("Save changes")
	}},
	{"languages", false, inApp("summit", "/languages")},
	{"fields", false, inApp("summit", "/modules/equipment-rental/fields")},
	{"jobs", false, inApp("summit", "/jobs")},
	{"site-modules", false, inApp("bluedoor", "/modules")},
	{"install", false, inApp("bluedoor", "/modules/equipment-rental/install")},
	{"settings", false, inApp("summit", "/modules/equipment-rental")},
	{"catalogue", false, at(func(c *content) string { return c.url + "/app/modules" })},
	{"catalogue-refused", false, func(b *tab, c *content) {
		b.open(c.url + "/app/modules")
		b.attach("package", brokenPackage(b.t, "equipment-rental"))
		b.press("Upload package")
	}},
	{"clients", false, at(func(c *content) string { return c.url + "/app/agency/clients" })},
	{"client-refused", false, func(b *tab, c *content) {
		b.open(c.url + "/app/agency/clients/new")
		b.press("Create client")
	}},
	{"agency-settings", false, at(func(c *content) string { return c.url + "/app/agency/settings" })},
	{"site-settings", false, inApp("summit", "/settings")},
	{"matrix", false, at(func(c *content) string { return c.url + "/app/agency/matrix" })},
	{"role", false, at(func(c *content) string { return c.url + "/app/agency/roles/new" })},
	{"invitation", false, at(func(c *content) string { return c.url + "/app/agency/invitations/new" })},
	{"activity", false, inApp("summit", "/activity")},
	{"not-found", false, inApp("summit", "/nothing")},
	{"public-page", true, at(func(c *content) string { return c.page("summit") })},
	{"public-errors", true, func(b *tab, c *content) {
		b.open(c.page("summit"))
		b.write("E-mail", "nowhere")
		// As a browser that checks nothing itself.
		if _, err := look[bool](b, "[...document.forms].every((f) => f.noValidate = true)"); err != nil {
			b.fail("%v", err)
		}
		b.press("Ask for a rental")
	}},
	{"public-guestbook", true, at(func(c *content) string { return c.page("bluedoor") })},
	{"public-not-found", true, at(func(c *content) string { return c.page("summit") + "nothing" })},
}

// eachView shows every screen, each as a test of its own, at 1440 × 900 in light
// to a person who is signed in or, for visitor screens, to somebody who is not.
func eachView(t *testing.T, look func(*testing.T, view, *tab)) {
	t.Helper()
	c := withContent(t)
	owner, visitor := newPerson(t, c.server), newPerson(t, c.server)
	owner.signIn(c.server, firstOwner)
	for _, v := range views {
		t.Run(v.name, func(t *testing.T) {
			b := *owner
			if v.visitor {
				b = *visitor
			}
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

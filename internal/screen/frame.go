package screen

import (
	"strings"

	"github.com/dramac-main/dramac-cms/internal/i18n"
)

// Frame is what every page of the app shows around its content. Title and
// Words are required; what is left empty is not drawn.
type Frame struct {
	Title  string // of the page and, with the brand, of the document
	Words  *i18n.Printer
	Assets Assets
	Brand  Brand
	// ReadOnly is why nothing can be changed on the site; empty: it can.
	ReadOnly string
	Theme    Theme

	User *User // nil: nobody is signed in
	// Acting tells that somebody acts as the user; nil: it is the user.
	Acting *Acting
	Bell   *Bell  // nil: there are no notifications for whoever it is
	Site   *Site  // the site we are on; nil above the sites
	Sites  []Site // what the switcher offers
	// Agencies are those of somebody who is in several.
	Agencies []AgencyChoice
	Menu     []MenuGroup
	Crumbs   []Crumb // the way to this page, without the page itself

	Flash *Flash // says what has just been done
}

// Acting is shown on every page while an administrator of the platform acts as
// somebody.
type Acting struct {
	By, As  string // names
	Minutes int    // until it ends by itself
	Stop    string // where its end is posted
}

// Assets are the URLs of the built files, with their content hashes.
type Assets struct {
	Style  string // app.css
	Script string // app.js
	Icon   string // favicon.svg
}

// Brand is how the agency appears. The product's own name shows when Name is empty.
type Brand struct {
	Name string
	Home string // where the name leads: "/app"
	Logo string // URL of an image; empty: the first letter of the name
	// Style is the URL of a style sheet made by BrandStyle; empty: the platform's colours.
	Style string
}

// Theme is the person's choice of light or dark, kept in the cookie "theme".
type Theme string

// The themes. The zero Theme follows the system.
const (
	System Theme = ""
	Light  Theme = "light"
	Dark   Theme = "dark"
)

// ParseTheme reads the cookie; anything unknown follows the system.
func ParseTheme(text string) Theme {
	switch Theme(text) {
	case Light:
		return Light
	case Dark:
		return Dark
	}
	return System
}

// User is the signed-in person.
type User struct {
	Name    string // empty: the address stands in
	Email   string
	Role    string // already in words, empty when there is none to show
	SignOut string // where the sign-out form posts to
	Profile string // the person's own page; empty: there is none
}

// Site is an entry of the site switcher.
type Site struct {
	Name    string
	Client  string // name of the client it belongs to
	URL     string // its start screen
	Public  string // its address on the web; empty when it has none
	Current bool
}

// MenuGroup is a titled part of the left menu: one module, or the platform.
type MenuGroup struct {
	Label string // empty: no heading
	Items []MenuItem
}

// MenuItem is a link of the left menu.
type MenuItem struct {
	Label   string
	Icon    string // a Lucide name; unknown: "box"
	URL     string
	Current bool
}

// Crumb is one step of the way to a page.
type Crumb struct {
	Label string
	URL   string // empty: not a link
}

// Flash is a short message about what has just been done. It never carries the
// only copy of an error.
type Flash struct {
	Kind string // "success" or "info"; anything else is info
	Text string
	Undo string // address that takes back what was done; empty: there is no way
}

// DocumentTitle is the page's title followed by whose app it is.
func (f Frame) DocumentTitle() string {
	if f.Title == "" || f.Title == f.BrandName() {
		return f.BrandName()
	}
	return f.Title + " · " + f.BrandName()
}

// BrandName is the agency's name, or the product's.
func (f Frame) BrandName() string {
	if f.Brand.Name != "" {
		return f.Brand.Name
	}
	return f.Words.T("app.name")
}

// PlatformMenu is the group of what a site's people manage. An empty URL leaves
// its item out; current is the path of the page that is shown.
func PlatformMenu(p *i18n.Printer, home, modules, languages, jobs, activity, settings, current string) MenuGroup {
	group := MenuGroup{}
	group.add(p.T("menu.home"), "house", home, current == home)
	group.add(p.T("menu.modules"), "blocks", modules, below(current, modules))
	group.add(p.T("menu.languages"), "languages", languages, below(current, languages))
	group.add(p.T("menu.jobs"), "list-checks", jobs, below(current, jobs))
	group.add(p.T("menu.activity"), "history", activity, below(current, activity))
	group.add(p.T("menu.settings"), "sliders-horizontal", settings, below(current, settings))
	return group
}

// AgencyMenu is the menu above the sites. An empty URL leaves an item out;
// current is the path of the page that is shown.
func AgencyMenu(current string, items []MenuItem) MenuGroup {
	group := MenuGroup{}
	for _, item := range items {
		path, _, _ := strings.Cut(item.URL, "?")
		group.add(item.Label, item.Icon, item.URL, path == current || path != "/app" && below(current, path))
	}
	return group
}

func (g *MenuGroup) add(label, icon, url string, current bool) {
	if url != "" {
		g.Items = append(g.Items, MenuItem{Label: label, Icon: icon, URL: url, Current: current})
	}
}

// below says that a path is the other one or lies under it.
func below(path, top string) bool {
	return path == top || strings.HasPrefix(path, top+"/")
}

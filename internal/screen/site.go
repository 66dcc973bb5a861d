package screen

import "time"

// SitePicker is the first screen: the sites a person may enter, by client.
type SitePicker struct {
	Clients   []ClientSites
	Catalogue string // URL of the agency's modules; empty: not allowed
	New       string // URL of what adds a site; empty: not allowed
	// Notices are about agencies that are out of service.
	Notices []AgencyNotice
	// Withheld are agencies that ask for another way to sign in first.
	Withheld []WithheldAgency
}

// WithheldAgency is one that is not reached yet.
type WithheldAgency struct {
	Text       string
	Label, URL string // the way there
}

// AgencyNotice tells that an agency is out of service, and why.
type AgencyNotice struct{ Title, Text string }

// ClientSites is one client and its sites.
type ClientSites struct {
	Name  string
	Sites []SiteCard
}

// SiteCard is one site in the picker.
type SiteCard struct {
	Name    string
	URL     string // its start screen
	Public  string // full address on the web; empty when it has none
	Host    string // the address as people say it: "cafe.localhost:8080"
	Modules int    // how many are installed
}

// SiteHome is a site's start screen.
type SiteHome struct {
	Name     string
	Public   string // full address on the web
	Host     string
	Modules  []HomeModule
	Install  string // URL of the site's modules; empty: not allowed
	Activity []Entry
	More     string // URL of the whole activity; empty: not allowed
}

// HomeModule is an installed module with its ways in.
type HomeModule struct {
	Name    string
	Icon    string
	Version string
	Enabled bool
	URL     string // its first collection; empty when it has no screens
	Links   []HomeLink
}

// HomeLink is a quick way into a module: one of its collections.
type HomeLink struct {
	Label string
	Icon  string
	URL   string
	New   string // URL of its empty form; empty: not allowed
}

// Entry is one line of the audit list.
type Entry struct {
	At time.Time
	// Action is the stable key of what was done: "module.installed". Its words are
	// in the catalogue below "activity.action."; an unknown key is shown as it is.
	Action  string
	Actor   string // who did it; empty: the platform
	Subject string // what it was done to: "Guestbook 1.0.0"
	URL     string // where the subject is; empty: no link
	Detail  string // more, in one line
}

package screen

import (
	"net/url"
	"time"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// Catalogue is the agency's modules with their versions, and the upload.
type Catalogue struct {
	Agencies []AgencyChoice // whose modules could be looked at; empty: there is one agency
	Upload   string         // where the form posts the file as "package"; empty: not allowed
	Modules  []CatalogueModule
	Refused  *Refusal // why the last upload was refused
	MaxBytes int64    // largest package, for the help under the field; zero: not said
}

// AgencyChoice is one of several agencies that a person is in.
type AgencyChoice struct {
	Name    string
	URL     string
	Current bool
}

// CatalogueModule is one module of the publisher.
type CatalogueModule struct {
	ID          string
	Name        string
	Description string
	Icon        string
	Type        string
	Sites       int // how many sites run it
	Versions    []CatalogueVersion
}

// CatalogueVersion is one published, immutable version; newest first.
type CatalogueVersion struct {
	Version   string
	Published time.Time
	Hash      string // of the content; shown shortened
	Sites     int
}

// Refusal says why a package was not taken. Nothing of it was kept.
type Refusal struct {
	File     string // name of the uploaded file
	Message  string // one sentence when there is no list
	Hint     string
	Problems []Problem
}

// Problem is one mistake in a package.
type Problem struct {
	File    string // "collections/deal.yaml"; empty: the whole package
	Line    int    // from 1; zero: the whole file
	Column  int    // from 1; zero: the whole line
	Message string
	Hint    string
}

// SiteModules is what a site has installed, and what it could install.
type SiteModules struct {
	Installed []Installation
	Available []Available
	Catalogue string // URL of the agency's modules; empty: not allowed
	Manage    bool   // may install, switch and remove
	Error     *Problem
}

// Installation is one module on the site.
type Installation struct {
	ID          string
	Name        string
	Description string
	Icon        string
	Version     string
	State       string    // "enabled" or "disabled"
	Since       time.Time // installed
	Newest      string    // a newer version that can be switched to; empty: none
	URL         string    // its first screen; empty: none
	Manage      string    // its settings page
}

// Available is a module that the site does not have.
type Available struct {
	ID          string
	Name        string
	Description string
	Icon        string
	Version     string
	Kept        bool   // its data from an earlier installation is still there
	URL         string // page with the install form
}

// ModuleInstall is the page that installs a module on a site: what it brings,
// and the settings to begin with.
type ModuleInstall struct {
	ID          string
	Name        string
	Description string
	Icon        string
	Versions    []string // newest first
	Version     string   // chosen
	Kept        bool     // its data from an earlier installation comes back
	Collections []string // plural labels
	Blocks      []string // labels
	Action      string   // posts "version" and the settings
	Cancel      string
	Settings    SettingFields
	Error       string // one sentence when nothing fits a field
	Hint        string
}

// ModuleSettings is the page of one installation: settings, version, on and
// off, and removal.
type ModuleSettings struct {
	ID          string
	Name        string
	Description string
	Icon        string
	Version     string
	Versions    []string // what can be switched to, newest first, the running one included
	State       string   // "enabled" or "disabled"
	URL         string   // its first screen; empty: none
	Settings    SettingFields
	Save        string // posts the settings; empty: read only
	OwnFields   string // the page of the site's own fields; empty: the module takes none
	Switch      string // asks what a "version" would change
	Enable      string // posts nothing
	Disable     string // posts nothing
	Uninstall   string // posts "confirm", the module's id typed
	Confirm     string // what was typed when removal was refused
	Error       string // one sentence when nothing fits a field
	Hint        string
}

// VersionPlan is what bringing a site to another version of a module changes.
type VersionPlan struct {
	Name     string
	From, To string
	Back     bool // to an older version
	Groups   []PlanGroup
	Action   string // posts "version"
	Cancel   string
	Error    string // why it could not be done
	Hint     string
	Records  []PlanRecord // that stand in the way
}

// PlanGroup is the changes of one kind.
type PlanGroup struct {
	Title, Text string
	Icon        string
	Changes     []string // sentences
}

// PlanRecord is a record that does not fit the version.
type PlanRecord struct {
	Label, URL, Reason string
}

// SettingFields is the part of a form made from a module's settings.
type SettingFields struct {
	Fields []FormField // those of one section together, those of none first
	Errors []FormError
}

// Settings makes the form part of a manifest's settings. Values are by name, as
// stored; typed overrides them with what a person typed, when that was refused.
type Settings struct {
	Fields   []manifest.Field
	Values   []byte     // JSON object; nil: the defaults
	Typed    url.Values // what was posted, by the settings' names with their prefix or without
	Currency string     // of the site
}

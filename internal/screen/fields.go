package screen

import "github.com/dramac-main/dramac-cms/internal/i18n"

// OwnFields is the page on which a site adds fields to a module's collections.
type OwnFields struct {
	Collections []OwnCollection
	Kinds       []string // that a new field may have
	Errors      []FormError
	Error       string // one sentence when nothing fits a field
	Hint        string
}

// OwnCollection is one collection with the fields that the site added.
type OwnCollection struct {
	Name   string
	Plural string
	Fields []OwnField
	Adding OwnField // what was typed when adding one was refused
	Add    string   // posts a new field
	Open   bool     // the form of a new field
}

// OwnField is one field, or what was typed of it.
type OwnField struct {
	ID       string // of its form's inputs, unique on the page
	Key      string
	Name     string // as records have it
	Kind     string
	Label    string
	Help     string
	Options  string // a line for each: "value" or "value: label"
	Required bool
	Retired  bool
	First    bool   // of those in use
	Last     bool   // of those in use
	Address  string // "collection.key"; empty: a new one
	Save     string // posts the field and what to do with it
	Open     bool
	Errors   map[string][]string // by input
}

// about says in a word what a field is.
func (f OwnField) about(p *i18n.Printer) string {
	if f.Retired {
		return p.T("fields.retired")
	}
	return p.T("fields.kind." + f.Kind)
}

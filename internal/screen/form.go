package screen

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// Form is the generated form of one record, new or existing.
type Form struct {
	Collection *manifest.Collection
	Action     string // where it posts
	Cancel     string // the list
	New        bool
	Title      string // how the record is called; empty when new
	Version    string // posted back as "version"
	Sections   []FormSection
	Errors     []FormError // the summary at the top
	Message    string      // one sentence when nothing fits a field
	Hint       string
	Conflict   *FormConflict
	Delete     string // where deletion posts "version"; empty: not allowed
	// Substitutes are the records that may take its place in references which
	// ask for one when it is deleted; nil: none does.
	Substitutes []Option
	Translate   string   // URL of its translations; empty: it has none
	Tabs        []ui.Tab // of the languages, where it is a translation
	ReadOnly    bool     // may look, not change
	Changed     string   // "2 Mar 2026, 14:02", empty when new
	States      []Badge
	Moves       []Move
	Asks        *Question // the form is of an action, not of the record

	untouched bool // it was refused before anything was typed into it
}

// Move is an action that may be run on the record now.
type Move struct {
	Label string
	Icon  string
	URL   string
	Asks  bool // it has a page with questions to answer first
}

// Question is what an action asks before it runs on a record.
type Question struct {
	Label string // the verb
	Text  string // what it does, or the question to answer
	Icon  string
}

// FormSection is a titled group of fields.
type FormSection struct {
	Label  string // empty: no heading
	Fields []FormField
}

// FormField is one input. Values are text as people type them.
type FormField struct {
	ID          string // of the input in the document
	Name        string // as posted: the field's name, "<name>_id" for references
	Section     string // heading it stands below among settings; empty: none
	Label       string
	Kind        string
	Help        string
	Placeholder string
	Value       string
	ValueTitle  string // of the referenced record
	Currency    string // money: the code
	Symbol      string // money: how it is written
	Required    bool
	ReadOnly    bool
	Focus       bool // the first field to be filled
	Secret      bool // is never shown, and stays as it is when left empty
	Set         bool // a secret has a value
	Many        bool // holds several values
	Wide        bool // takes the form's whole width
	Min, Max    string
	Options     []Option    // references: what can be chosen without a script
	OptionsURL  string      // references: answers ?q= with [{"id","title"}]
	Choices     []ui.Choice // of selects, radios and checkboxes
	Parts       []FormField // inputs of a value that has several
	Lines       *FormLines  // lines: the table
	Accept      []string    // files: media types
	Errors      []string
	Redraws     bool // which other fields are shown depends on it

	declared manifest.Field
	locked   bool     // nothing of the form may be changed
	stored   string   // what the record has, for reading
	chosen   []string // ids of a list of references
	label    string   // of the input itself, where no label stands beside it
}

// Option is a record that a reference may point at.
type Option struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// PeopleOptions offers members by name.
func PeopleOptions(people map[string]string) []Option {
	all := make([]Option, 0, len(people))
	for id, name := range people {
		all = append(all, Option{ID: id, Title: name})
	}
	slices.SortFunc(all, func(a, b Option) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)), strings.Compare(a.ID, b.ID))
	})
	return all
}

// FormError is one line of the summary.
type FormError struct {
	Label string // of the field; empty: of the whole form
	ID    string // of the input; empty: no link
	Text  string
}

// FormConflict says that the record changed since the form was drawn. The form
// keeps what was typed and carries the new version: saving again overwrites.
type FormConflict struct {
	Changes []FormChange
	Reload  string // URL that drops what was typed
}

// FormChange is one field that differs.
type FormChange struct {
	Label  string
	Typed  string
	Stored string
}

// FormOptions is what NewForm needs besides the collection.
type FormOptions struct {
	Base       string      // URL of the list; the form posts there or to "/{id}" below it
	ModuleBase string      // URL of the module
	ID         string      // of the record; empty: a new one
	Record     []byte      // the record as JSON; nil when new
	Typed      url.Values  // what was posted, when it was refused; nil: draw Record
	Err        *errs.Error // why it was refused; nil: nothing to say
	Currency   string      // of the site
	CanUpdate  bool        // existing records: may save
	CanDelete  bool
	Today      string // YYYY-MM-DD, for defaults of today()
	// Settings are the values of the module's settings, for defaults that read
	// one: string for text and dates, int64, money.Money, nil for empty.
	Settings map[string]any
	// Options are what each reference offers without a script, by field name.
	Options map[string][]Option
	// People are the names of the site's members by id, for fields of members.
	People map[string]string
	// Offer is what may be done with an existing record as it is.
	Offer collection.Offer
	// Substitutes are what Form.Substitutes offers.
	Substitutes []Option
	Translate   string // URL of the record's translations; empty: it has none
	// Shape is which fields are shown for what stands in the form.
	Shape collection.Shape
	// Visible says which fields the person may see; nil: all.
	Visible func(field string) bool
}

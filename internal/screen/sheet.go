package screen

import (
	"slices"
	"time"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// Sheet is a page with a form of the platform itself: an agency's settings, a
// client, a role. Each of its parts may be empty.
type Sheet struct {
	Text     string // under the title
	Badge    string // beside the title
	Wide     bool   // its tables have many columns
	Action   string // where the form posts; empty: there is none
	Submit   string // label of its button
	Cancel   string // URL of the way out; empty: none
	Skip     string // label of a button that posts do=skip; empty: none
	Steps    *Steps // of which the form is one
	Sections []SheetSection
	// Message is why it was refused as a whole, Hint what to do about it.
	Message, Hint string
	Tables        []Register // below the form
	Acts          []SheetAct // below everything
}

// Steps are forms one after the other.
type Steps struct {
	Label  string
	Labels []string
	At     int // the present one
}

// SheetSection is a titled group of fields.
type SheetSection struct {
	Title, Text string
	Fields      []SheetField
}

// SheetField is one input.
type SheetField struct {
	Name, Label, Help string
	// ID is for where a name is there more than once; empty: the name.
	ID string
	// Kind is "text", "email", "date", "number", "area", "color", "select", "checks",
	// "check", "secret", "static", "hidden" or "copy", which is text to take along; empty: "text".
	Kind     string
	Value    string
	Choices  []ui.Choice
	Required bool
	Errors   []string
}

// SheetAct is something to do that is no part of the form: archive, remove. With
// an ID it asks first.
type SheetAct struct {
	ID     string // of the question
	Title  string
	Text   string
	Label  string // of the button
	Action string // where it posts
	Danger bool
	Hidden []ui.Hidden
	Field  *SheetField // asked along
}

// Register is a table of what the platform keeps: clients, members, keys.
type Register struct {
	Title string // above it, when it is not alone
	Text  string
	Heads []string
	Rows  []RegisterRow
	Empty string // what to say when there is nothing
	New   string // URL of what adds one
	Label string // of that
}

// RegisterRow is one line. The first cell names it.
type RegisterRow struct {
	Group string // heading above the line, where it begins a group; empty: none
	Cells []RegisterCell
	Acts  []SheetAct
}

// RegisterCell is one value; only what is set is drawn.
type RegisterCell struct {
	Text, Help, URL string
	Badge           string
	Tone            ui.Tone
	At              time.Time
	Parts           []CellPart
	Share           *Share
}

// CellPart is one of several values of a cell, with what it is.
type CellPart struct{ Label, Text string }

// Share is how much of something is used, drawn as a bar in the cell's tone.
type Share struct {
	Percent int64 // may be more than 100
	Text    string
}

// RegisterPage is a page with one table.
type RegisterPage struct {
	Text     string
	Icon     string // of the empty state
	Empty    string // title of the empty state
	Register Register
	Links    []MenuItem // further ways, beside the primary one
	// Message is why something was refused, Hint what to do about it.
	Message, Hint string
}

// Refuse says above the table why something was refused.
func (v *RegisterPage) Refuse(p *i18n.Printer, err *errs.Error) {
	if len(err.Fields) > 0 {
		v.Message = sentence(p, err.Fields[0])
		return
	}
	v.Message, v.Hint = p.TOr("error."+err.Code, err.Message), err.Hint
}

// Refuse puts the complaints to their fields, and what belongs to none above.
func (s *Sheet) Refuse(p *i18n.Printer, err *errs.Error) {
	if len(err.Fields) == 0 {
		s.Message, s.Hint = p.TOr("error."+err.Code, err.Message), err.Hint
		return
	}
	for _, complaint := range err.Fields {
		text := sentence(p, complaint)
		field := s.field(complaint.Path)
		if field == nil {
			s.Message = s.asked(complaint.Path) + text
			continue
		}
		field.Errors = append(field.Errors, text)
	}
}

func sentence(p *i18n.Printer, f errs.Field) string {
	args := make([]any, 0, 2*len(f.Args))
	for name, value := range f.Args {
		args = append(args, name, value)
	}
	return p.TOr("error."+f.Code, f.Message, args...)
}

func (s *Sheet) field(name string) *SheetField {
	for i := range s.Sections {
		for j := range s.Sections[i].Fields {
			if f := &s.Sections[i].Fields[j]; f.Name == name {
				return f
			}
		}
	}
	return nil
}

// asked is how a complaint begins of what is asked along with something to do:
// its question is closed by then.
func (s *Sheet) asked(name string) string {
	for _, act := range s.Acts {
		if act.Field != nil && act.Field.Name == name {
			return act.Field.Label + ": "
		}
	}
	return ""
}

// complaints are all fields that need attention.
func (s *Sheet) complaints() []FormError {
	var all []FormError
	for _, section := range s.Sections {
		for _, f := range section.Fields {
			for _, text := range f.Errors {
				all = append(all, FormError{Label: f.Label, ID: f.id(), Text: text})
			}
		}
	}
	return all
}

func (f SheetField) surroundings(p *i18n.Printer) ui.FieldProps {
	props := ui.FieldProps{ID: f.id(), Label: f.Label, Help: f.Help, Errors: f.Errors}
	if f.Required {
		props.Required = p.T("form.required")
	}
	return props
}

func (f SheetField) props(p *i18n.Printer) ui.InputProps {
	props := ui.InputProps{
		ID: f.id(), Name: f.Name, Value: f.Value, Required: f.Required, Autocomplete: "off",
		DescribedBy: f.surroundings(p).DescribedBy(), Invalid: len(f.Errors) > 0,
	}
	switch f.Kind {
	case "email":
		props.Type, props.InputMode = "email", "email"
	case "date":
		props.Type = "date"
	case "secret":
		props.Type, props.Autocomplete, props.Value = "password", "new-password", ""
	}
	return props
}

func (f SheetField) id() string {
	if f.ID != "" {
		return f.ID
	}
	return f.Name
}

// aside is whether the label stands behind the input.
func (f SheetField) aside() bool { return f.Kind == "check" }

// group is whether several inputs are one value.
func (f SheetField) group() bool { return f.Kind == "checks" }

// asked is the field that is asked along. There may be more such questions on
// the page.
func (a SheetAct) asked() SheetField {
	field := *a.Field
	if a.ID != "" {
		field.ID = a.ID + "-" + field.Name
	}
	return field
}

func (a SheetAct) variant() ui.Variant {
	if a.Danger {
		return ui.Danger
	}
	return ui.Secondary
}

// heads are the columns, the last of which holds what can be done.
func (r Register) heads(p *i18n.Printer) []ui.TableHead {
	heads := make([]ui.TableHead, 0, len(r.Heads)+1)
	for _, label := range r.Heads {
		heads = append(heads, ui.TableHead{Label: label})
	}
	if r.acts() {
		heads = append(heads, ui.TableHead{Label: p.T("register.actions")})
	}
	return heads
}

// acts reports whether anything can be done with a row.
func (r Register) acts() bool {
	return slices.ContainsFunc(r.Rows, func(row RegisterRow) bool { return len(row.Acts) > 0 })
}

// head is the label of a cell's column, for narrow screens.
func (r Register) head(at int) string {
	if at < len(r.Heads) {
		return r.Heads[at]
	}
	return ""
}

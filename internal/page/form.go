package page

import (
	"context"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

// Honeypot is the name of an input that people do not see. A form that comes
// with a value in it was filled in by a program and is to be dropped silently.
// No field can have the name, because of its hyphen.
const Honeypot = "homepage-url"

// FormState is what became of a form that was sent.
type FormState struct {
	Module, Collection, Action string
	Values                     url.Values // as typed, to be kept
	// Files are the names of the uploaded files that the values name, by the name
	// of the value.
	Files   map[string]string
	Errors  []errs.Field // what is wrong with which value
	Message string       // in place of the usual sentence; may be empty
	Sent    bool         // accepted: the form gives way to a thank-you
}

// Choice is a record that a reference may be set to.
type Choice struct {
	ID    string
	Title string
}

// form is an action's form as it is drawn.
type form struct {
	id      string
	target  string // URL it posts to
	label   string // of the action
	files   bool   // it takes files
	fields  []field
	refused bool
	message string // above the list of complaints
	errors  []complaint
	sent    string // the thank-you; empty: draw the form
}

// field is one input. Values are text as people type them.
type field struct {
	id, name, kind       string
	label, help, hint    string
	value, currency      string
	fill, keyboard       string // of autocomplete and inputmode
	pattern              string
	min, max             string // of numbers and dates
	minLength, maxLength string
	required             bool
	errors               []string
	choices              []Choice
	chosen               []string // of the choices
	many                 bool     // several may be chosen
	parts                []field  // inputs of a value that has several
	accept               string   // of a file
	kept                 string   // name of the file that was uploaded already
}

// complaint is one line of the summary of a refused form.
type complaint struct {
	label, text string
	id          string // of the input; empty: there is none
}

// formOptions is what newForm needs to know besides the action.
type formOptions struct {
	id       string // unique in the document
	words    Words
	currency string
	today    string // YYYY-MM-DD in the site's time zone
	state    *FormState
	settings map[string]any // of the module, for defaults
	choices  func(manifest.Field) ([]Choice, error)
}

// action finds "collection.action" in the module.
func action(m *manifest.Manifest, name string) (*manifest.Collection, *manifest.Action, bool) {
	of, verb, _ := strings.Cut(name, ".")
	for _, c := range m.Collections {
		if c.Name != of {
			continue
		}
		for i := range c.Actions {
			if c.Actions[i].Name == verb {
				return c, &c.Actions[i], true
			}
		}
	}
	return nil, nil, false
}

// newForm makes the form of an action with what became of it, if it was sent.
func newForm(m *manifest.Manifest, c *manifest.Collection, a *manifest.Action, o formOptions) (form, error) {
	f := form{
		id:     o.id,
		target: "/api/modules/" + m.ID + "/" + c.Name + "/" + a.Name,
		label:  a.Label,
	}
	if f.label == "" {
		f.label = o.words.T("page.form.send")
	}
	state := o.state
	if state != nil && (state.Module != m.ID || state.Collection != c.Name || state.Action != a.Name) {
		state = nil
	}
	if state != nil && state.Sent {
		f.sent = first(state.Message, o.words.T("page.form.sent"))
		return f, nil
	}
	for _, param := range a.Params {
		in, ok, err := newField(f.id, param, o)
		if err != nil {
			return form{}, err
		}
		if ok {
			f.fields, f.files = append(f.fields, in), f.files || in.takesFile()
		}
	}
	if state != nil {
		f.refuse(state, o.words)
	}
	return f, nil
}

// newField makes the input of a field; false when visitors cannot fill it in.
func newField(form string, f manifest.Field, o formOptions) (field, bool, error) {
	if f.Secret || f.Many && f.Kind != manifest.KindChoice {
		return field{}, false, nil
	}
	in := field{
		id: form + "-" + f.Name, name: f.Name, kind: f.Kind,
		label: first(f.Label, f.Name), help: f.Help, hint: f.Placeholder,
		fill: purposes[f.Name], required: f.Required, value: initial(f, o),
	}
	switch f.Kind {
	case manifest.KindText, manifest.KindLongtext:
		in.minLength, in.maxLength = bound(f.Min), bound(f.Max)
		in.keyboard = keyboards[f.Name]
		if f.Kind == manifest.KindText && f.Pattern != "" {
			in.pattern = inputPattern(f.Pattern)
			in.help = first(f.Help, f.Message)
		}
	case manifest.KindInteger:
		in.min, in.max = bound(f.Min), bound(f.Max)
	case manifest.KindMoney:
		in.currency = first(f.Currency, o.currency)
	case manifest.KindDate:
		in.min, in.max = f.MinDate, f.MaxDate
	case manifest.KindReference:
		in.name = f.Name + "_id"
		if o.choices == nil {
			return field{}, false, nil
		}
		choices, err := o.choices(f)
		if err != nil {
			return field{}, false, fmt.Errorf("choices of %s: %w", f.Name, err)
		}
		in.choices = choices
		return in, len(choices) > 0, nil
	default:
		return in.further(f, o)
	}
	return in, true, nil
}

// initial returns the declared default as people would type it.
func initial(f manifest.Field, o formOptions) string {
	switch v := f.Default.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return typedNumber(f, v, o)
	case manifest.Money:
		return o.words.Amount(money.Money{Amount: v.Amount, Currency: first(v.Currency, f.Currency, o.currency)})
	case manifest.Expression:
		if name, reads := v.Setting(); reads {
			return typed(f, o.settings[name], o)
		}
		if f.Kind == manifest.KindDate && strings.TrimPrefix(string(v), "=") == "today()" {
			return o.today
		}
	}
	return ""
}

// typed returns a setting's value as people would type it. An amount in another
// currency than the input's would be taken for one in it, and is left out.
func typed(f manifest.Field, value any, o formOptions) string {
	switch v := value.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return typedNumber(f, v, o)
	case money.Money:
		if own := first(f.Currency, o.currency); v.Currency == "" || v.Currency == own {
			return o.words.Amount(money.Money{Amount: v.Amount, Currency: own})
		}
	}
	return ""
}

// refuse puts what was typed back and the complaints beside their fields.
func (f *form) refuse(state *FormState, words Words) {
	for i := range f.fields {
		f.fields[i].keep(state.Values)
		f.fields[i].keepFile(state.Files)
	}
	if len(state.Errors) == 0 && state.Message == "" {
		return
	}
	f.refused = true
	f.message = first(state.Message, words.T("page.form.refused"))
	for _, e := range state.Errors {
		text := words.TOr("error."+e.Code, e.Message, pairs(e.Args)...)
		at := slices.IndexFunc(f.fields, func(in field) bool { return in.holds(e.Path) })
		if at < 0 {
			f.errors = append(f.errors, complaint{text: text})
			continue
		}
		in := f.fields[at].about(e.Path)
		in.errors = append(in.errors, text)
		if in.help == text {
			in.help = "" // said once is enough
		}
		f.errors = append(f.errors, complaint{label: in.label, text: text, id: in.id})
	}
}

// holds says whether a complaint's path, such as "price.amount", is the field's.
func (f field) holds(path string) bool {
	name := strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' })[0]
	return name == f.name || name+"_id" == f.name
}

// described returns the ids of what explains the input, for aria-describedby.
func (f field) described() string {
	var ids []string
	if len(f.errors) > 0 {
		ids = append(ids, f.id+"-error")
	}
	if f.help != "" {
		ids = append(ids, f.id+"-help")
	}
	if f.currency != "" {
		ids = append(ids, f.id+"-currency")
	}
	return strings.Join(ids, " ")
}

// keyboards tells telephones which keys a text asks for, by the field's name.
var keyboards = map[string]string{"email": "email", "phone": "tel", "website": "url"}

// purposes tells browsers which of a person's data a field asks for.
var purposes = map[string]string{
	"name": "name", "first_name": "given-name", "last_name": "family-name", "email": "email",
	"phone": "tel", "company": "organization", "city": "address-level2", "postal_code": "postal-code",
}

// draw returns the markup of an action's form.
func draw(ctx context.Context, f form, words Words) (template.HTML, error) {
	var b strings.Builder
	if err := formView(f, words).Render(ctx, &b); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil
}

// today returns the day it is in the site's time zone; UTC if that is unknown.
func today(now time.Time, zone string) string {
	location, err := time.LoadLocation(zone)
	if err != nil {
		location = time.UTC
	}
	return now.In(location).Format(time.DateOnly)
}

func bound(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func pairs(args map[string]any) []any {
	if args == nil {
		return nil
	}
	return []any{args}
}

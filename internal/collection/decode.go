package collection

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

// DecodeJSON reads one record as the body of a request: known, writable fields
// only, each of its kind and within its rules; all complaints come at once.
// "version" is allowed and read by Values.Version. A secret that is sent back as
// records show it, {"set": true}, is not among the values. The currency is the site's.
// Fields that are missing are no complaint here, but of Create.
func (c *Collection) DecodeJSON(body []byte, currency string) (Values, error) {
	return c.decodeJSON(body, currency, c.inputs(), true)
}

// DecodeForm reads what people typed into a form, each field as one text by
// the field's key. Inputs that are not fields are skipped, because forms carry
// tokens; "version" is read as in DecodeJSON.
func (c *Collection) DecodeForm(form url.Values, loc Locale) (Values, error) {
	return c.decodeForm(form, loc, c.inputs())
}

// DecodeNewForm is DecodeForm for a record that is about to be made: an input
// that was left empty leaves the value to a default that depends on the record,
// which the form could not show.
func (c *Collection) DecodeNewForm(form url.Values, loc Locale) (Values, error) {
	filled := maps.Clone(form)
	for _, f := range c.inputs() {
		if f.yields(formInputs{form, f.key}) {
			filled.Del(f.key)
		}
	}
	return c.DecodeForm(filled, loc)
}

// yields says that the input is empty and the field has a default that no form
// shows.
func (f *Field) yields(in formInputs) bool {
	e, computed := f.Default.(manifest.Expression)
	return computed && !e.Foreseen() && in.one("") == ""
}

// DecodeAction reads the parameters of an action as the body of a request.
func (c *Collection) DecodeAction(a *manifest.Action, body []byte, currency string) (Values, error) {
	return c.decodeJSON(body, currency, c.parameters(a), false)
}

// DecodeActionForm reads the parameters of an action as a form.
func (c *Collection) DecodeActionForm(a *manifest.Action, form url.Values, loc Locale) (Values, error) {
	return c.decodeForm(form, loc, c.parameters(a))
}

// inputs are the fields that callers may write.
func (c *Collection) inputs() []*Field {
	var fields []*Field
	for _, f := range c.fields {
		if f.settable() {
			fields = append(fields, f)
		}
	}
	return fields
}

// settable reports whether callers may give the field's value. Others are
// written by code, by actions, and by what the manifest says of them.
func (f *Field) settable() bool { return !f.Readonly && f.givable() }

// givable reports whether anybody may give the field's value, code included.
func (f *Field) givable() bool {
	return f.Set == "" && f.Computed == "" && f.Kind != manifest.KindSequence && f.Kind != manifest.KindState
}

// parameters are the fields that an action's parameters are; one that is no
// field of the collection is the action's own. A parameter may say that it is
// required, and have a default of its own.
func (c *Collection) parameters(a *manifest.Action) []*Field {
	if run := c.runs[a.Name]; run != nil && run.Action == a {
		return run.params
	}
	var fields []*Field
	for _, p := range a.Params {
		f, ok := c.byName[p.Name]
		if !ok {
			if own, err := newField(&p, p.Name); err == nil && own.openRows(c.module.Schema, c.stored, Physical{}) == nil {
				fields = append(fields, own)
			}
			continue
		}
		parameter, declared := *f, *f.Field
		declared.Required = f.Required || p.Required
		if p.Default != nil {
			declared.Default = p.Default
		}
		parameter.Field = &declared
		fields = append(fields, &parameter)
	}
	return fields
}

func find(fields []*Field, key string) *Field {
	for _, f := range fields {
		if f.key == key {
			return f
		}
	}
	return nil
}

func (c *Collection) decodeJSON(body []byte, currency string, fields []*Field, versioned bool) (Values, error) {
	pairs, err := objectPairs(body)
	if err != nil {
		return nil, err
	}
	if len(pairs) > MaxKeys {
		return nil, errs.New(errs.Invalid, "limit", "A record has at most %d values here; this one has %d.", MaxKeys, len(pairs))
	}
	values := Values{}
	var found complaints
	for _, pair := range pairs {
		f := find(fields, pair.key)
		switch {
		case pair.again:
			found.add(pair.key, wrong("repeated", "Is given more than once."))
		case f != nil && versioned && f.sealed() && sameJSON(pair.value, []byte(setText)):
			// As the record shows it: it is left as it is.
		case f != nil:
			found.add(f.key, readJSON(values, f, pair.value, c.assumed(f, currency)))
		case pair.key == versionKey && versioned:
			found.add(versionKey, readVersion(values, string(pair.value)))
		default:
			found = append(found, c.notWritable(pair.key, fields))
		}
	}
	return values, found.err()
}

func readJSON(values Values, f *Field, raw json.RawMessage, currency string) *problem {
	var value any
	if !bytes.Equal(raw, []byte("null")) {
		var p *problem
		if value, p = f.kind.decode(f, raw, currency); p != nil {
			return p
		}
	}
	values[f.Name] = value
	return checkGiven(f, value)
}

func readVersion(values Values, text string) *problem {
	n, p := integerKind{}.decode(nil, json.RawMessage(text), "")
	if p != nil {
		return p
	}
	values[versionKey] = n
	return nil
}

// notWritable says why a key of the body is refused.
func (c *Collection) notWritable(key string, fields []*Field) errs.Field {
	if f, ok := c.byName[key]; ok && f.key == key && f.Kind == manifest.KindState {
		return f.moved(c).at(key)
	}
	if f, ok := c.byName[key]; ok && f.key == key && !f.settable() {
		return wrong("readonly", "Cannot be written.").at(key)
	}
	for _, column := range systemColumns() {
		if column.Name == key {
			return wrong("readonly", "Is set by the platform.").at(key)
		}
	}
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	return unknownField(key, keys)
}

// moved is the complaint about a state that is written: it names the actions
// that move it.
func (f *Field) moved(c *Collection) *problem {
	var moves []string
	for i := range c.Actions {
		a := &c.Actions[i]
		if a.To == "" || a.Internal || a.Field != "" && a.Field != f.Name || f.option(a.To) == "" {
			continue
		}
		moves = append(moves, fmt.Sprintf("%s (to %s)", a.Name, a.To))
	}
	if moves == nil {
		return wrong("readonly", "Cannot be written.")
	}
	return wrong("readonly", "Is moved by actions only: %s.", strings.Join(moves, ", ")).with("actions", strings.Join(moves, ", "))
}

// option returns the value if it is one of the field's options.
func (f *Field) option(value string) string {
	if slices.ContainsFunc(f.Options, func(o manifest.Option) bool { return o.Value == value }) {
		return value
	}
	return ""
}

// unknownField is the complaint about a name that does not exist, or that the
// actor may not see.
func unknownField(key string, known []string) errs.Field {
	p := wrong("unknown_field", "There is no field %q.", key)
	if near := expr.Nearest(key, known); near != "" {
		p.message += fmt.Sprintf(" Did you mean %q?", near)
	}
	return p.at(key)
}

func badJSON(cause error) error {
	return errs.New(errs.Invalid, "invalid_json", "The body is not valid JSON.").WithCause(cause)
}

func (c *Collection) decodeForm(form url.Values, loc Locale, fields []*Field) (Values, error) {
	values := Values{}
	var found complaints
	if own := (formInputs{form, currencyField}); c.byName[currencyField] != nil && money.Valid(own.one("")) {
		loc.Currency = own.one("")
	}
	for _, f := range fields {
		if in := (formInputs{form, f.key}); in.given() {
			found.add(f.key, readForm(values, f, in, loc))
		}
	}
	if text := form.Get(versionKey); text != "" {
		found.add(versionKey, readVersion(values, text))
	}
	return values, found.err()
}

// formInputs are the inputs of a form that belong to one field: those of its
// key, and those of its parts behind a point, such as "address.city".
type formInputs struct {
	form url.Values
	key  string
}

func (in formInputs) given() bool {
	if in.form.Has(in.key) {
		return true
	}
	for name := range in.form {
		if strings.HasPrefix(name, in.key+".") {
			return true
		}
	}
	return false
}

// all are the texts of a part; of the field itself if the part is empty.
func (in formInputs) all(part string) []string {
	var texts []string
	for _, text := range in.form[in.key+part] {
		texts = append(texts, strings.TrimSpace(text))
	}
	return texts
}

// one is the last text of a part: a checkbox stands behind a hidden input that
// speaks for it while it is off.
func (in formInputs) one(part string) string {
	texts := in.all(part)
	if len(texts) == 0 {
		return ""
	}
	return texts[len(texts)-1]
}

// ClearSuffix follows the key of a field whose value no form shows in the name
// of the box that clears it.
const ClearSuffix = ".clear"

// leaves says that the form leaves the value as it is: forms cannot show what is
// secret, so that an empty input only stands for nothing when the box to clear
// it is ticked.
func (f *Field) leaves(in formInputs) bool {
	return f.sealed() && in.one("") == "" && in.one(ClearSuffix) == ""
}

func readForm(values Values, f *Field, in formInputs, loc Locale) *problem {
	if f.leaves(in) {
		return nil
	}
	var value any
	var p *problem
	if several, ok := f.kind.(formReader); ok {
		value, p = several.readForm(f, in, loc)
	} else if text := in.one(""); text != "" {
		value, p = f.kind.parse(f, text, loc)
	}
	if p != nil {
		return p
	}
	if b, never := f.kind.(beginner); never && value == nil {
		value = b.initial(f)
	}
	values[f.Name] = value
	return checkGiven(f, value)
}

package screen

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/money"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// fieldMaker makes inputs from declared fields.
type fieldMaker struct {
	p        *i18n.Printer
	prefix   string // of posted names
	id       string // of the inputs in the document; empty: "f-"
	currency string // of the site
	today    string
	settings map[string]any // of the module, for defaults
	stored   record
	typed    map[string][]string
	fresh    bool // an absent value is the default
	locked   bool // nothing may be changed
}

// field makes one input.
func (m fieldMaker) field(f manifest.Field) FormField {
	name := m.prefix + key(f)
	input := FormField{
		ID: firstOf(m.id, "f-") + strings.ReplaceAll(name, ".", "-"), Name: name, Label: f.Label, Kind: f.Kind,
		Help: f.Help, Placeholder: f.Placeholder, Required: f.Required && !(m.fresh && follows(f)),
		ReadOnly: m.locked || !settable(f) || (f.Immutable && !m.fresh),
		Wide:     wide(f), Many: f.Many,
		Section: f.Section,
		Min:     f.MinDate, Max: f.MaxDate, Accept: f.Accept,
		declared: f, locked: m.locked, stored: m.stored.shown(m.p, f),
	}
	if secret(f) {
		// What was typed is not sent back either.
		input.Secret, input.Set = true, m.stored.has(key(f))
		return input
	}
	input.Value = m.value(f, name)
	m.detail(&input)
	return input
}

// follows says that the field's default depends on the record: left empty in a
// new form, it is worked out.
func follows(f manifest.Field) bool {
	e, ok := f.Default.(manifest.Expression)
	return ok && !e.Foreseen()
}

// wide says that an input takes the form's whole width.
func wide(f manifest.Field) bool {
	switch f.Kind {
	case manifest.KindLongtext, manifest.KindRichtext, manifest.KindJSON, manifest.KindLocation, manifest.KindLines, manifest.KindFilter, manifest.KindPerson:
		return !secret(f)
	}
	return false
}

// detail adds what the kind's input needs besides its text.
func (m fieldMaker) detail(input *FormField) {
	f := input.declared
	switch f.Kind {
	case manifest.KindMoney:
		input.Currency = m.moneyCurrency(f)
		input.Symbol = m.p.CurrencySymbol(input.Currency)
	case manifest.KindChoice, manifest.KindState:
		for _, o := range f.Options {
			input.Choices = append(input.Choices, ui.Choice{Value: o.Value, Label: firstOf(o.Label, o.Value), Color: known(o.Color)})
		}
	case manifest.KindCountry:
		input.Choices = choices(m.p.Countries())
	case manifest.KindLanguage:
		input.Choices = choices(m.p.Languages())
	case manifest.KindCurrency:
		input.Choices = choices(m.p.Currencies())
	case manifest.KindTimezone:
		input.Choices = choices(m.p.Zones())
	case manifest.KindDatetime:
		input.Min, input.Max = m.localBound(f.MinDate), m.localBound(f.MaxDate)
	case manifest.KindLocation:
		input.Parts = m.locationParts(*input)
	case manifest.KindPerson:
		input.ValueTitle = m.stored.text(f.Name + "_title")
		input.Parts = m.personParts(*input)
	case manifest.KindLines:
		input.Lines = m.lines(*input)
	case manifest.KindReference, manifest.KindMember, manifest.KindFile, manifest.KindImage, manifest.KindConnection:
		if input.Value == m.stored.text(key(f)) {
			name, _ := m.stored.file(f.Name)
			input.ValueTitle = firstOf(m.stored.text(f.Name+"_title"), name)
		}
		if f.Many {
			input.chosen = m.values(f, input.Name)
		}
	}
	if list(f) && input.Choices == nil && !input.ReadOnly {
		input.Help = firstOf(input.Help, m.p.T("form.list"))
	}
	m.choose(input)
}

func known(color string) string {
	if ui.KnownColor(color) {
		return color
	}
	return ""
}

func choices(all []i18n.Named) []ui.Choice {
	list := make([]ui.Choice, len(all))
	for i, n := range all {
		list[i] = ui.Choice{Value: n.Code, Label: n.Name}
	}
	return list
}

// choose marks what is chosen. A value that is no choice any more stays one as
// long as the record has it.
func (m fieldMaker) choose(input *FormField) {
	if input.Many && input.Kind != manifest.KindChoice {
		input.Choices = nil // too many to tick: the codes are typed
	}
	if input.Choices == nil {
		return
	}
	chosen := []string{input.Value}
	if input.declared.Many {
		chosen = m.values(input.declared, input.Name)
	}
	for _, value := range chosen {
		at := slices.IndexFunc(input.Choices, func(c ui.Choice) bool { return c.Value == value })
		switch {
		case at >= 0:
			input.Choices[at].Selected = true
		case value != "":
			input.Choices = append(input.Choices, ui.Choice{Value: value, Label: shownText(m.p, input.declared, value), Selected: true})
		}
	}
}

// values are the texts of a field that has several.
func (m fieldMaker) values(f manifest.Field, name string) []string {
	if typed, ok := m.posted(name); ok {
		return slices.DeleteFunc(slices.Clone(typed), func(text string) bool { return text == "" })
	}
	if m.stored.has(key(f)) || !m.fresh {
		return m.stored.texts(key(f))
	}
	values, _ := f.Default.([]string)
	return values
}

// posted is what was typed into the inputs of a name, with the prefix or without.
func (m fieldMaker) posted(name string) ([]string, bool) {
	for _, name := range []string{name, strings.TrimPrefix(name, m.prefix)} {
		if texts, ok := m.typed[name]; ok {
			return texts, true
		}
	}
	return nil, false
}

// value is what stands in the input: what was typed, what is stored, or the default.
func (m fieldMaker) value(f manifest.Field, name string) string {
	if texts, ok := m.posted(name); ok && len(texts) > 0 {
		if list(f) {
			return strings.Join(texts, ", ")
		}
		return texts[len(texts)-1] // a checkbox stands behind the input that speaks for it
	}
	if _, ok := m.stored[key(f)]; ok || !m.fresh {
		return m.stored.typed(m.p, f)
	}
	return m.initial(f)
}

// initial writes a field's default.
func (m fieldMaker) initial(f manifest.Field) string {
	e, ok := f.Default.(manifest.Expression)
	if !ok {
		return m.written(f, f.Default)
	}
	if name, reads := e.Setting(); reads {
		return m.written(f, m.settings[name])
	}
	if strings.TrimPrefix(string(e), "=") == "today()" {
		return m.today
	}
	return ""
}

// written writes a default or a setting's value as people type it into the
// field's input. An amount in another currency than the input's would be taken
// for one in it, and is left out.
func (m fieldMaker) written(f manifest.Field, value any) string {
	switch v := value.(type) {
	case string:
		return typedText(m.p, f, v)
	case bool:
		return strconv.FormatBool(v)
	case []string:
		return strings.Join(v, ", ")
	case int64:
		return m.number(f, v)
	case manifest.Money:
		return m.written(f, money.Money{Amount: v.Amount, Currency: v.Currency})
	case money.Money:
		if own := m.moneyCurrency(f); v.Currency == "" || v.Currency == own {
			return m.p.Amount(money.Money{Amount: v.Amount, Currency: own})
		}
	}
	return ""
}

// number writes a number as the field stores it.
func (m fieldMaker) number(f manifest.Field, n int64) string {
	switch f.Kind {
	case manifest.KindMoney:
		return m.p.Amount(money.Money{Amount: n, Currency: m.moneyCurrency(f)})
	case manifest.KindDecimal:
		return m.p.TypedDecimal(collection.FixedText(n, f.Scale))
	case manifest.KindPercent:
		return m.p.TypedDecimal(collection.FixedText(n, collection.PercentScale))
	case manifest.KindDuration:
		return m.p.TypedDecimal(collection.DurationInput(n))
	}
	return strconv.FormatInt(n, 10)
}

// moneyCurrency is the currency of a money field: its own, the record's, the site's.
func (m fieldMaker) moneyCurrency(f manifest.Field) string {
	if f.Currency != "" {
		return f.Currency
	}
	if stored, ok := m.stored.money(f.Name); ok && stored.Currency != "" {
		return stored.Currency
	}
	return m.currency
}

// localBound writes the bound of an instant for its input.
func (m fieldMaker) localBound(text string) string {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return ""
	}
	return m.p.LocalInput(t)
}

// part makes the input of a part of a value.
func (m fieldMaker) part(of FormField, name, label, kind, value string) FormField {
	part := FormField{
		ID: of.ID + "-" + name, Name: of.Name + "." + name, Label: label, Kind: kind, Value: value, ReadOnly: of.ReadOnly,
		declared: manifest.Field{Kind: kind, Name: name},
	}
	if texts, ok := m.posted(part.Name); ok && len(texts) > 0 {
		part.Value = texts[len(texts)-1]
	}
	return part
}

func (m fieldMaker) locationParts(of FormField) []FormField {
	l := m.stored.location(of.declared.Name)
	var parts []FormField
	add := func(name, label, kind string) {
		value := l.part(name)
		if kind == manifest.KindDecimal {
			value = m.p.TypedDecimal(value)
		}
		parts = append(parts, m.part(of, name, label, kind, value))
	}
	add("line1", m.p.T("location.line1"), manifest.KindText)
	add("line2", m.p.T("location.line2"), manifest.KindText)
	add("postal_code", m.p.T("location.postal_code"), manifest.KindText)
	add("city", m.p.T("location.city"), manifest.KindText)
	add("region", m.p.T("location.region"), manifest.KindText)
	add("country", m.p.T("location.country"), manifest.KindCountry)
	add("lat", m.p.T("location.lat"), manifest.KindDecimal)
	add("lng", m.p.T("location.lng"), manifest.KindDecimal)
	country := &parts[5]
	country.Choices = choices(m.p.Countries())
	m.choose(country)
	for _, at := range []int{0, 1} {
		parts[at].Wide = true
	}
	return parts
}

// personParts are the inputs by which a person is found or made, when none of
// the known ones is chosen.
func (m fieldMaker) personParts(of FormField) []FormField {
	name := m.part(of, "name", m.p.T("person.name"), manifest.KindText, "")
	name.Wide = true
	return []FormField{
		name,
		m.part(of, "email", m.p.T("person.email"), manifest.KindEmail, ""),
		m.part(of, "phone", m.p.T("person.phone"), manifest.KindPhone, ""),
	}
}

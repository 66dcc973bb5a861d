package screen

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

// NewForm makes the form of a record: from the record, from the defaults of a
// new one, or from what was typed when that was refused. An error means that
// the record's JSON is malformed.
func NewForm(p *i18n.Printer, c *manifest.Collection, o FormOptions) (Form, error) {
	stored, err := decodeRecord(o.Record)
	if err != nil {
		return Form{}, err
	}
	f := Form{
		Collection: c, New: o.ID == "", Action: o.Base, Cancel: o.Base,
		ReadOnly: o.ID != "" && !o.CanUpdate,
		Version:  stored.text("version"),
	}
	if !f.New {
		f.Action = o.Base + "/" + url.PathEscape(o.ID)
		f.Title = stored.title(p, c)
		f.Changed = p.DateTime(stored.instant("updated_at"))
		if o.CanDelete {
			f.Delete = f.Action + "/delete"
		}
	}
	if typed, ok := o.Typed["version"]; ok && !f.New {
		f.Version = typed
	}
	maker := fieldMaker{p: p, currency: o.Currency, today: o.Today, settings: o.Settings, stored: stored, typed: o.Typed, fresh: f.New, locked: f.ReadOnly}
	for _, s := range sections(c, f.New, o.Visible) {
		section := FormSection{Label: s.Label}
		for _, name := range s.Fields {
			field, _ := fieldOf(c, name)
			section.Fields = append(section.Fields, maker.reference(field, c, o))
		}
		f.Sections = append(f.Sections, section)
	}
	if err := f.complain(p, c, o, stored); err != nil {
		return Form{}, err
	}
	f.focus()
	return f, nil
}

// reference makes a field's input and, for references, what can be chosen.
func (m fieldMaker) reference(field manifest.Field, c *manifest.Collection, o FormOptions) FormField {
	input := m.field(field)
	input.Wide = input.Wide || field.Name == c.Title
	if field.Kind != manifest.KindReference {
		return input
	}
	input.Options = o.Options[field.Name]
	input.OptionsURL = o.ModuleBase + "/" + field.To + "/options"
	if input.Value == "" {
		return input
	}
	for _, option := range input.Options {
		if option.ID == input.Value {
			input.ValueTitle = option.Title
			return input
		}
	}
	// The chosen record stands among the options, however many there are.
	if input.ValueTitle == "" {
		input.ValueTitle = input.Value
	}
	input.Options = append([]Option{{ID: input.Value, Title: input.ValueTitle}}, input.Options...)
	return input
}

// sections returns the form's groups with the fields that are drawn. A required
// field that the manifest's form leaves out is added at the end: without it no
// record could be created.
func sections(c *manifest.Collection, fresh bool, visible func(string) bool) []manifest.Section {
	wanted := c.Form.Sections
	if len(wanted) == 0 {
		wanted = []manifest.Section{{}}
		for _, f := range c.Fields {
			wanted[0].Fields = append(wanted[0].Fields, f.Name)
		}
	}
	seen := map[string]bool{}
	var all []manifest.Section
	add := func(label string, names []string) {
		section := manifest.Section{Label: label}
		for _, name := range names {
			f, ok := fieldOf(c, name)
			if !ok || seen[name] || (visible != nil && !visible(name)) || (fresh && f.Readonly) {
				continue
			}
			seen[name] = true
			section.Fields = append(section.Fields, name)
		}
		if len(section.Fields) > 0 {
			all = append(all, section)
		}
	}
	for _, s := range wanted {
		add(s.Label, s.Fields)
	}
	var forgotten []string
	for _, f := range c.Fields {
		if f.Required && !seen[f.Name] {
			forgotten = append(forgotten, f.Name)
		}
	}
	add("", forgotten)
	return all
}

// complain puts the error beside the fields it is about and into the summary.
func (f *Form) complain(p *i18n.Printer, c *manifest.Collection, o FormOptions, stored record) error {
	if o.Err == nil {
		return nil
	}
	if o.Err.Code == "version_conflict" {
		return f.conflict(p, c, o)
	}
	rest := o.Err.Fields
	for i := range f.Sections {
		var errors []FormError
		errors, rest = blame(p, f.Sections[i].Fields, rest)
		f.Errors = append(f.Errors, errors...)
	}
	for _, e := range rest {
		f.Errors = append(f.Errors, FormError{Text: complaint(p, e)})
	}
	if len(f.Errors) == 0 {
		f.Message, f.Hint = o.Err.Message, o.Err.Hint
	}
	return nil
}

// conflict shows what the record has become beside what was typed. The form
// takes the new version, so that saving again means it.
func (f *Form) conflict(p *i18n.Printer, c *manifest.Collection, o FormOptions) error {
	current, err := decodeRecord(o.Err.Current)
	if err != nil {
		return err
	}
	f.Conflict = &FormConflict{Reload: f.Action}
	if version := current.text("version"); version != "" {
		f.Version = version
	}
	for _, section := range f.Sections {
		for _, input := range section.Fields {
			field, ok := fieldOf(c, strings.TrimSuffix(input.Name, suffix(input.Kind)))
			if !ok || input.ReadOnly {
				continue
			}
			if strings.TrimSpace(input.Value) == current.typed(p, field) {
				continue
			}
			f.Conflict.Changes = append(f.Conflict.Changes, FormChange{
				Label: input.Label, Typed: input.shown(p), Stored: oneLine(current.shown(p, field)),
			})
		}
	}
	return nil
}

// shown writes what is in the input for reading.
func (f FormField) shown(p *i18n.Printer) string {
	switch {
	case f.Value == "":
		return ""
	case f.Kind == manifest.KindReference:
		return f.ValueTitle
	case f.Kind == manifest.KindDate:
		return p.CivilDate(f.Value)
	case f.Kind == manifest.KindMoney:
		return f.Symbol + f.Value
	}
	return oneLine(f.Value)
}

// focus marks the first field of a new record that can be filled; a form with
// errors gives the focus to its summary instead.
func (f *Form) focus() {
	if !f.New || f.HasErrors() {
		return
	}
	for i := range f.Sections {
		for j := range f.Sections[i].Fields {
			if field := &f.Sections[i].Fields[j]; !field.ReadOnly {
				field.Focus = true
				return
			}
		}
	}
}

// HasErrors says that the form was refused.
func (f Form) HasErrors() bool { return len(f.Errors) > 0 || f.Message != "" || f.Conflict != nil }

// NewSettings makes the inputs of a module's settings, named
// "settings.<name>". An error of err is put beside its field whether its path
// begins with "settings." or not; what fits no field has no label.
func NewSettings(p *i18n.Printer, s Settings, err *errs.Error) (SettingFields, error) {
	stored := record{}
	if len(s.Values) > 0 {
		if err := json.Unmarshal(s.Values, &stored); err != nil {
			return SettingFields{}, err
		}
	}
	maker := fieldMaker{p: p, prefix: settingPrefix, currency: s.Currency, stored: stored, typed: s.Typed, fresh: true}
	var all SettingFields
	for _, field := range s.Fields {
		all.Fields = append(all.Fields, maker.field(field))
	}
	all.Fields = bySection(all.Fields)
	if err == nil {
		return all, nil
	}
	var rest []errs.Field
	all.Errors, rest = blame(p, all.Fields, err.Fields)
	for _, e := range rest {
		all.Errors = append(all.Errors, FormError{Text: complaint(p, e)})
	}
	return all, nil
}

// settingPrefix keeps settings apart from what else the form posts.
const settingPrefix = "settings."

// fieldMaker makes inputs from declared fields.
type fieldMaker struct {
	p        *i18n.Printer
	prefix   string // of posted names
	currency string // of the site
	today    string
	settings map[string]any // of the module, for defaults
	stored   record
	typed    map[string]string
	fresh    bool // an absent value is the default
	locked   bool // nothing may be changed
}

// field makes one input.
func (m fieldMaker) field(f manifest.Field) FormField {
	name := m.prefix + f.Name + suffix(f.Kind)
	input := FormField{
		ID: "f-" + strings.ReplaceAll(name, ".", "-"), Name: name, Label: f.Label, Kind: f.Kind,
		Help: f.Help, Placeholder: f.Placeholder, Required: f.Required,
		ReadOnly: m.locked || f.Readonly || (f.Immutable && !m.fresh),
		Wide:     f.Kind == manifest.KindLongtext,
		Section:  f.Section,
		Min:      f.MinDate, Max: f.MaxDate,
	}
	if f.Secret {
		// What was typed is not sent back either.
		input.Secret, input.Set = true, m.stored[f.Name] != nil
		return input
	}
	input.Value = m.value(f, name)
	switch f.Kind {
	case manifest.KindMoney:
		input.Currency = m.moneyCurrency(f)
		input.Symbol = m.p.CurrencySymbol(input.Currency)
	case manifest.KindReference:
		if input.Value == m.stored.text(f.Name+referenceSuffix) {
			input.ValueTitle = m.stored.text(f.Name + "_title")
		}
	}
	return input
}

// value is what stands in the input: what was typed, what is stored, or the default.
func (m fieldMaker) value(f manifest.Field, name string) string {
	for _, key := range []string{name, strings.TrimPrefix(name, m.prefix)} {
		if text, ok := m.typed[key]; ok {
			return text
		}
	}
	if _, ok := m.stored[f.Name+suffix(f.Kind)]; ok || !m.fresh {
		return m.stored.typed(m.p, f)
	}
	return m.initial(f)
}

// initial writes a field's default.
func (m fieldMaker) initial(f manifest.Field) string {
	switch value := f.Default.(type) {
	case string:
		return value
	case int64:
		if f.Kind == manifest.KindMoney {
			return m.p.Amount(money.Money{Amount: value, Currency: m.moneyCurrency(f)})
		}
		return strconv.FormatInt(value, 10)
	case manifest.Money:
		code := value.Currency
		if code == "" {
			code = m.moneyCurrency(f)
		}
		return m.p.Amount(money.Money{Amount: value.Amount, Currency: code})
	case manifest.Expression:
		if name, reads := value.Setting(); reads {
			return m.setting(f, m.settings[name])
		}
		if value == "today()" {
			return m.today
		}
	}
	return ""
}

// setting writes a setting's value as people type it into the field's input. An
// amount in another currency than the input's would be taken for one in it, and
// is left out.
func (m fieldMaker) setting(f manifest.Field, value any) string {
	switch v := value.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case money.Money:
		if own := m.moneyCurrency(f); v.Currency == "" || v.Currency == own {
			return m.p.Amount(money.Money{Amount: v.Amount, Currency: own})
		}
	}
	return ""
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

// suffix is what a kind adds to its field's name in forms.
func suffix(kind string) string {
	if kind == manifest.KindReference {
		return referenceSuffix
	}
	return ""
}

// blame puts complaints beside the inputs they are about. It returns their
// lines for the summary, in the order of the inputs, and what fits no input.
func blame(p *i18n.Printer, inputs []FormField, complaints []errs.Field) (lines []FormError, rest []errs.Field) {
	for i := range inputs {
		input := &inputs[i]
		var others []errs.Field
		for _, e := range complaints {
			if !input.isAt(e.Path) {
				others = append(others, e)
				continue
			}
			text := input.complaint(p, e)
			input.Errors = append(input.Errors, text)
			lines = append(lines, FormError{Label: input.Label, ID: input.ID, Text: text})
		}
		complaints = others
	}
	return lines, complaints
}

// isAt says whether a path of an error means this input: "price",
// "price.amount", "item" and "item_id" do, with the prefix or without it.
func (f FormField) isAt(path string) bool {
	path = strings.TrimPrefix(path, settingPrefix)
	name := strings.TrimPrefix(f.Name, settingPrefix)
	head, _, _ := strings.Cut(path, ".")
	return head == name || head == strings.TrimSuffix(name, suffix(f.Kind))
}

// complaint is the error's sentence in the reader's language.
func complaint(p *i18n.Printer, e errs.Field) string {
	return p.TOr("error."+e.Code, e.Message, e.Args)
}

// complaint writes the limits of the field's kind as people read them: an
// amount, a date, a grouped number.
func (f FormField) complaint(p *i18n.Printer, e errs.Field) string {
	args := make(map[string]any, len(e.Args))
	for name, value := range e.Args {
		args[name] = value
		switch v := value.(type) {
		case int64:
			args[name] = p.Number(v)
			if f.Kind == manifest.KindMoney {
				args[name] = p.Money(money.Money{Amount: v, Currency: f.Currency})
			}
		case int:
			args[name] = p.Number(int64(v))
		case string:
			if f.Kind == manifest.KindDate {
				args[name] = p.CivilDate(v)
			}
		}
	}
	e.Args = args
	return complaint(p, e)
}

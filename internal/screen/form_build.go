package screen

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/money"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// NewForm makes the form of a record: from the record, from the defaults of a
// new one, or from what was typed when that was refused. An error means that
// the record's JSON is malformed.
func NewForm(p *i18n.Printer, c *manifest.Collection, o FormOptions) (Form, error) {
	stored, err := decodeRecord(o.Record)
	if err != nil {
		return Form{}, err
	}
	stored.introduce(p, c.Fields, o.People)
	f := Form{
		Collection: c, New: o.ID == "", Action: o.Base, Cancel: o.Base,
		ReadOnly: o.ID != "" && !o.CanUpdate,
		Version:  stored.text("version"),
	}
	if !f.New {
		f.Action = o.Base + "/" + url.PathEscape(o.ID)
		f.Title = stored.title(p, c)
		f.Translate = o.Translate
		f.Changed = p.DateTime(stored.instant("updated_at"))
		f.States = states(c, stored, o.Visible)
		f.Moves = moves(o, f.Action)
		if o.CanDelete && !o.Offer.Kept {
			f.Delete, f.Substitutes = f.Action+"/delete", o.Substitutes
		}
	}
	if typed := o.Typed.Get("version"); typed != "" && !f.New {
		f.Version = typed
	}
	maker := fieldMaker{p: p, currency: o.Currency, today: o.Today, settings: o.Settings, stored: stored, typed: o.Typed, fresh: f.New, locked: f.ReadOnly}
	for _, s := range sections(c, f.New, o.Visible) {
		section := FormSection{Label: s.Label}
		for _, name := range s.Fields {
			field, _ := fieldOf(c, name)
			own := maker
			own.locked = maker.locked || closed(c, o, name)
			if o.Shape.Hidden[name] {
				continue
			}
			if !settable(field) && !stored.has(key(field)) && !field.Required {
				continue // there is nothing to read yet, and nothing to write
			}
			input := own.reference(field, c, o)
			input.Redraws = o.Shape.Asked[name] && !input.ReadOnly
			section.Fields = append(section.Fields, input)
		}
		if len(section.Fields) > 0 {
			f.Sections = append(f.Sections, section)
		}
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
	if field.Kind == manifest.KindLines {
		input.Lines.offer(o)
		return input
	}
	input.offer(o)
	return input
}

// offer says what a reference may be set to.
func (f *FormField) offer(o FormOptions) {
	if f.Secret || f.Kind != manifest.KindReference && f.Kind != manifest.KindMember {
		return
	}
	f.Options = o.Options[f.declared.Name]
	if f.Kind == manifest.KindReference {
		f.OptionsURL = o.ModuleBase + "/" + f.declared.To + "/options"
	}
	if f.declared.Many {
		f.offerMany()
		return
	}
	if f.Value == "" {
		return
	}
	for _, option := range f.Options {
		if option.ID == f.Value {
			f.ValueTitle = option.Title
			return
		}
	}
	// The chosen record stands among the options, however many there are.
	if f.ValueTitle == "" {
		f.ValueTitle = f.Value
	}
	f.Options = append([]Option{{ID: f.Value, Title: f.ValueTitle}}, f.Options...)
}

// offerMany makes a list of records to tick: the chosen ones first.
func (f *FormField) offerMany() {
	chosen := f.chosen
	for _, o := range f.Options {
		f.Choices = append(f.Choices, ui.Choice{Value: o.ID, Label: o.Title, Selected: slices.Contains(chosen, o.ID)})
	}
	for _, id := range chosen {
		if !slices.ContainsFunc(f.Options, func(o Option) bool { return o.ID == id }) {
			f.Choices = append([]ui.Choice{{Value: id, Label: id, Selected: true}}, f.Choices...)
		}
	}
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
			if !ok || seen[name] || (visible != nil && !visible(name)) || (fresh && !settable(f)) {
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
	if alike(f.Errors, o.Err.Message) {
		f.Errors, f.Message, f.Hint = nil, o.Err.Message, o.Err.Hint
	}
	f.untouched = o.Typed == nil
	return nil
}

// alike says that the one sentence is about all the fields together.
func alike(errors []FormError, message string) bool {
	return !slices.ContainsFunc(errors, func(e FormError) bool { return e.Text != message })
}

// conflict shows what the record has become beside what was typed. The form
// takes the new version, so that saving again means it.
func (f *Form) conflict(p *i18n.Printer, c *manifest.Collection, o FormOptions) error {
	current, err := decodeRecord(o.Err.Current)
	if err != nil {
		return err
	}
	current.introduce(p, c.Fields, o.People)
	f.Conflict = &FormConflict{Reload: f.Action}
	if version := current.text("version"); version != "" {
		f.Version = version
	}
	theirs := fieldMaker{p: p, currency: o.Currency, stored: current}
	for _, section := range f.Sections {
		for _, input := range section.Fields {
			if input.ReadOnly || input.Secret {
				continue
			}
			if saved := theirs.field(input.declared); saved.content() != input.content() {
				f.Conflict.Changes = append(f.Conflict.Changes, FormChange{
					Label: input.Label, Typed: oneLine(input.shown(p)), Stored: oneLine(current.shown(p, input.declared)),
				})
			}
		}
	}
	return nil
}

// focus marks the first field of a new record that can be filled; a form with
// errors gives the focus to its summary instead.
func (f *Form) focus() {
	if !f.New && f.Asks == nil || f.HasErrors() {
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
			at, label := input.at(p, e.Path)
			text := at.complaint(p, e)
			at.Errors = append(at.Errors, text)
			lines = append(lines, FormError{Label: label, ID: at.ID, Text: text})
		}
		complaints = others
	}
	return lines, complaints
}

// isAt says whether a path of an error means this input: "price",
// "price.amount", "tags[2]", "item" and "item_id" do, with the prefix or without.
func (f FormField) isAt(path string) bool {
	head := pathParts(strings.TrimPrefix(path, settingPrefix))[0]
	name := strings.TrimPrefix(f.Name, settingPrefix)
	return head == name || head == strings.TrimSuffix(name, suffix(f.declared))
}

// pathParts takes "guests[2].seats" apart, and "guests.2.seats" likewise.
func pathParts(path string) []string {
	return strings.Split(strings.ReplaceAll(strings.ReplaceAll(path, "[", "."), "]", ""), ".")
}

// at finds the input that a path means within the field: that of a part, or of
// a line, else the field's own. The label says which in the summary.
func (f *FormField) at(p *i18n.Printer, path string) (input *FormField, label string) {
	parts := pathParts(strings.TrimPrefix(path, settingPrefix))[1:]
	if len(parts) > 0 {
		for i := range f.Parts {
			if part := &f.Parts[i]; part.declared.Name == parts[0] {
				return part, p.T("form.part", "label", f.Label, "part", part.Label)
			}
		}
	}
	if f.Lines == nil || len(parts) < 2 {
		return f, f.Label
	}
	n, err := strconv.Atoi(parts[0])
	if err != nil || n < 0 || n >= len(f.Lines.Rows) {
		return f, f.Label
	}
	row := &f.Lines.Rows[n]
	for i := range row.Cells {
		if cell := &row.Cells[i]; parts[1] == key(cell.declared) || parts[1] == cell.declared.Name {
			return cell, p.T("lines.cell", "label", cell.Label, "number", row.Number)
		}
	}
	return f, f.Label
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

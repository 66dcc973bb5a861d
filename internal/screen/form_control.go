package screen

import (
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// any says that one of the form's fields is such.
func (f Form) any(is func(FormField) bool) bool {
	for _, s := range f.Sections {
		if slices.ContainsFunc(s.Fields, is) {
			return true
		}
	}
	return false
}

// buttoned says that the form has buttons before the one that saves. A first,
// hidden one keeps Enter from pressing them.
func (f Form) buttoned() bool {
	return f.any(func(field FormField) bool { return field.Lines != nil && !field.ReadOnly })
}

// encoding is how the form is sent: with files it has to be in parts.
func (f Form) encoding() string {
	if f.any(FormField.takesFiles) {
		return "multipart/form-data"
	}
	return "application/x-www-form-urlencoded"
}

// takesFiles says that the field, or a line of it, takes a file.
func (f FormField) takesFiles() bool {
	return f.Kind == manifest.KindFile || f.Kind == manifest.KindImage ||
		f.Lines != nil && slices.ContainsFunc(f.Lines.Blank.Cells, FormField.takesFiles)
}

// guarded has the script warn before what was typed is lost. What an action asks
// is not worth that.
func (f Form) guarded(p *i18n.Printer) templ.Attributes {
	if f.Asks != nil {
		return nil
	}
	return templ.Attributes{"data-unsaved": p.T("form.unsaved"), "data-untouched": f.untouched}
}

// redraws has the script draw the form again when a field changes on which
// others depend. Without one they follow when the form is sent.
func (f Form) redraws() templ.Attributes {
	if !f.any(func(field FormField) bool { return field.Redraws }) {
		return nil
	}
	return templ.Attributes{
		"hx-post": f.Action, "hx-trigger": "change from:[data-redraws]", "hx-sync": "this:replace", "hx-vals": `{"` + RedrawInput + `":"1"}`,
		"hx-encoding": f.encoding(), "hx-target": "#record", "hx-select": "#record", "hx-swap": "outerHTML",
	}
}

// RedrawInput is the name that a form brings which is only drawn again.
const RedrawInput = "_redraw"

// mostRadios is up to how many choices stand open rather than in a select.
const mostRadios = 4

// radio says that a choice is drawn as radio buttons: few, and one is needed.
func (f FormField) radio() bool {
	return f.Kind == manifest.KindChoice && f.Required && !f.Many && len(f.Choices) <= mostRadios
}

// grouped says that the field is several inputs below one legend.
func (f FormField) grouped() bool {
	if f.Secret || f.static() {
		return false
	}
	switch f.Kind {
	case manifest.KindLocation, manifest.KindPerson, manifest.KindLines:
		return true
	case manifest.KindChoice, manifest.KindReference:
		return f.Many || f.radio()
	}
	return false
}

// static says that the value is shown as text, not in an input. In a form that
// can be changed, plain inputs that are read only stay inputs.
func (f FormField) static() bool {
	switch {
	case !f.ReadOnly, f.Kind == manifest.KindLines:
		return false
	case f.locked:
		return true
	}
	switch f.Kind {
	case manifest.KindText, manifest.KindLongtext, manifest.KindInteger, manifest.KindMoney, manifest.KindDate:
		return f.declared.Computed != "" || f.Many
	case manifest.KindReference:
		return f.Many
	}
	return true
}

// content is all that stands in the field's inputs, to compare it.
func (f FormField) content() string {
	var parts []string
	for _, c := range f.Choices {
		if c.Selected {
			parts = append(parts, c.Value)
		}
	}
	for _, part := range f.Parts {
		parts = append(parts, part.content())
	}
	if f.Lines != nil {
		for _, row := range f.Lines.Rows {
			for _, cell := range row.Cells {
				parts = append(parts, cell.content())
			}
		}
	}
	if parts == nil {
		return strings.TrimSpace(f.Value)
	}
	return strings.Join(parts, "\n")
}

// shown writes what is in the inputs for reading.
func (f FormField) shown(p *i18n.Printer) string {
	switch {
	case f.Lines != nil:
		return p.T("record.lines", "count", len(f.Lines.Rows))
	case f.Choices != nil:
		var labels []string
		for _, c := range f.Choices {
			if c.Selected {
				labels = append(labels, c.Label)
			}
		}
		return strings.Join(labels, ", ")
	case f.Parts != nil:
		var texts []string
		for _, part := range f.Parts {
			if text := part.shown(p); text != "" {
				texts = append(texts, text)
			}
		}
		return strings.Join(append([]string{}, texts...), ", ")
	case f.Value == "":
		return ""
	}
	switch f.Kind {
	case manifest.KindReference, manifest.KindMember, manifest.KindFile, manifest.KindImage, manifest.KindConnection:
		return firstOf(f.ValueTitle, f.Value)
	case manifest.KindDate:
		return p.CivilDate(f.Value)
	case manifest.KindMoney:
		return f.Symbol + f.Value
	case manifest.KindPercent:
		return f.Value + "%"
	case manifest.KindDatetime:
		return p.LocalText(f.Value)
	case manifest.KindBoolean:
		if f.Value == "true" {
			return p.T("record.yes")
		}
		return p.T("record.no")
	}
	return f.Value
}

// line is a line of text with the keyboard that its kind asks for.
func (f FormField) line(p *i18n.Printer) ui.InputProps {
	props := f.props(p)
	switch f.Kind {
	case manifest.KindEmail:
		props.InputMode = "email"
	case manifest.KindPhone:
		props.Type, props.InputMode = "tel", "tel"
	case manifest.KindURL:
		props.InputMode = "url"
	}
	switch f.Kind {
	case manifest.KindEmail, manifest.KindURL, manifest.KindSlug, manifest.KindRecurrence:
		props.Attrs = merged(props.Attrs, templ.Attributes{"spellcheck": "false", "autocapitalize": "none"})
	}
	return props
}

func (f FormField) decimal(p *i18n.Printer) ui.InputProps {
	props := f.props(p)
	props.InputMode = "decimal"
	return props
}

// code is a text for programs.
func (f FormField) code(p *i18n.Printer) ui.InputProps {
	props := f.props(p)
	props.Attrs = merged(props.Attrs, templ.Attributes{"spellcheck": "false", "data-code": true})
	return props
}

func (f FormField) file(p *i18n.Printer) ui.InputProps {
	props := f.props(p)
	props.Name += collection.FileSuffix
	props.Value, props.Placeholder = "", ""
	props.Attrs = merged(props.Attrs, templ.Attributes{"accept": strings.Join(f.Accept, ",")})
	return props
}

// accepted says which files a field takes.
func (f FormField) accepted(p *i18n.Printer) string {
	switch {
	case len(f.Accept) > 0:
		return strings.Join(f.Accept, ", ")
	case f.Kind == manifest.KindImage:
		return p.T("form.file.image")
	}
	return p.T("form.file.any")
}

func (f FormField) fileIcon() string {
	if f.Kind == manifest.KindImage {
		return "image"
	}
	return "paperclip"
}

func (f FormField) personTitle(p *i18n.Printer) string {
	return firstOf(f.ValueTitle, p.T("person.kept"))
}

// withEmpty puts the choice of nothing before the others, unless one is made
// and needed.
func (f FormField) withEmpty(p *i18n.Printer) []ui.Choice {
	if f.Required && f.Value != "" {
		return f.Choices
	}
	return append([]ui.Choice{{Label: f.combobox(p).Empty}}, f.Choices...)
}

// inLine is the input within a table of lines: its name for those who do not
// see the table is the column with the line.
func (f FormField) inLine(p *i18n.Printer, row FormLine) FormField {
	f.Focus, f.Help = false, ""
	f.label = f.Label
	if row.Number > 0 {
		f.label = p.T("lines.cell", "label", f.Label, "number", row.Number)
	}
	return f
}

func (row FormLine) removeLabel(p *i18n.Printer) string {
	if row.Number == 0 {
		return p.T("lines.remove")
	}
	return p.T("lines.removeline", "number", row.Number)
}

func merged(all ...templ.Attributes) templ.Attributes {
	sum := templ.Attributes{}
	for _, attributes := range all {
		for name, value := range attributes {
			sum[name] = value
		}
	}
	return sum
}

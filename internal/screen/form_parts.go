package screen

import (
	"github.com/a-h/templ"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// heading is the page's title: how the record is called, or what a new one is.
func (f Form) heading(p *i18n.Printer) string {
	switch {
	case f.Asks != nil:
		return f.Asks.Label
	case f.New:
		return p.T("form.new", "name", lowerFirst(p, f.Collection.Label))
	}
	return f.Title
}

// subtitle says when the record was last changed, or what a new one is.
func (f Form) subtitle(p *i18n.Printer) string {
	switch {
	case f.Asks != nil:
		return f.Collection.Label + " " + f.Title
	case f.New:
		return f.Collection.Description
	}
	if f.Changed == "" {
		return f.Collection.Label
	}
	return p.T("form.changedat", "label", f.Collection.Label, "when", f.Changed)
}

// save is the primary button's label.
func (f Form) save(p *i18n.Printer) string {
	switch {
	case f.Asks != nil:
		return f.Asks.Label
	case f.Conflict != nil:
		return p.T("form.overwrite")
	case f.New:
		return p.T("form.create", "label", lowerFirst(p, f.Collection.Label))
	}
	return p.T("form.save")
}

// leave is the label of the way out. An action may be called "Cancel" itself.
func (f Form) leave(p *i18n.Printer) string {
	if f.Asks != nil {
		return p.T("form.back")
	}
	return p.T("form.cancel")
}

// surroundings is label, help and complaints of the input.
func (f FormField) surroundings(p *i18n.Printer) ui.FieldProps {
	props := ui.FieldProps{ID: f.ID, Label: f.Label, Help: f.Help, Errors: f.Errors, Wide: f.Wide}
	if f.Required && !f.ReadOnly {
		props.Required = p.T("form.required")
	}
	return props
}

// props is the input itself.
func (f FormField) props(p *i18n.Printer) ui.InputProps {
	props := ui.InputProps{
		ID: f.ID, Name: f.Name, Value: f.Value, Placeholder: f.Placeholder, Min: f.Min, Max: f.Max,
		Required: f.Required, ReadOnly: f.ReadOnly, Autofocus: f.Focus, Autocomplete: "off",
		DescribedBy: f.surroundings(p).DescribedBy(), Invalid: len(f.Errors) > 0,
	}
	if f.label != "" {
		props.Attrs = templ.Attributes{"aria-label": f.label}
	}
	return props
}

// secretProps is the input of a secret: empty, and no browser fills it in.
func (f FormField) secretProps(p *i18n.Printer) ui.InputProps {
	props := f.props(p)
	props.Type, props.Value, props.Autocomplete = "password", "", "new-password"
	if f.Set {
		props.Required = false // empty, it keeps what is there
		props.Placeholder = p.T("form.secret.set")
	}
	return props
}

// combobox is the input of a reference.
func (f FormField) combobox(p *i18n.Printer) ui.ComboboxProps {
	props := ui.ComboboxProps{
		InputProps: f.props(p), OptionsURL: f.OptionsURL,
		Empty: f.Placeholder, Nothing: p.T("combobox.nothing"), Loading: p.T("combobox.loading"),
	}
	switch {
	case props.Empty != "":
	case f.Required:
		props.Empty = p.T("combobox.choose")
	default:
		props.Empty = p.T("combobox.empty")
	}
	props.Choices = append(props.Choices, f.Choices...)
	for _, o := range f.Options {
		props.Choices = append(props.Choices, ui.Choice{Value: o.ID, Label: o.Title, Selected: o.ID == f.Value})
	}
	return props
}

// orEmpty says that a value is empty instead of showing nothing.
func orEmpty(p *i18n.Printer, text string) string {
	if text == "" {
		return p.T("record.empty")
	}
	return text
}

package screen

import "github.com/dramac-main/dramac-cms/sdk/ui"

// Door is a page with one form for somebody who is not in yet, or who has to
// prove something: a title, a few fields and one button.
type Door struct {
	Title string
	Text  string
	Error string // what is wrong with the whole; empty: nothing

	Action string // where the form posts; empty: there is no form
	Hidden []Hidden
	Fields []DoorField
	Submit string // label of the button
	Danger bool   // the button takes something away

	// Picture is an image as a data address, for a phone to read, PictureText says
	// what it is. Secret is the same as text.
	Picture, PictureText string
	Secret, SecretLabel  string
	// Codes are shown once, to be kept.
	Codes []string

	// Passkey is another way to the same; nil: there is none.
	Passkey *Passkey

	Ways  []Link // ways on, as buttons
	Links []Link
}

// Hidden is a value that a form posts back as it is.
type Hidden struct{ Name, Value string }

// Link is a way elsewhere.
type Link struct{ Label, URL string }

// DoorField is one input. Its id is its name.
type DoorField struct {
	Name         string
	Type         string // empty: "text"
	Label        string
	Value        string
	Autocomplete string
	Help         string
	Error        string
}

func (f DoorField) errors() []string {
	if f.Error == "" {
		return nil
	}
	return []string{f.Error}
}

func (f DoorField) input(first bool) ui.InputProps {
	p := ui.InputProps{
		ID: f.Name, Name: f.Name, Type: f.Type, Value: f.Value, Autocomplete: f.Autocomplete, Required: true, Autofocus: first, Invalid: f.Error != "",
	}
	if f.Autocomplete == "one-time-code" {
		p.Required = false
	}
	p.DescribedBy = ui.FieldProps{ID: f.Name, Help: f.Help, Errors: f.errors()}.DescribedBy()
	return p
}

// focused is the field that the cursor begins in: the first one that is wrong,
// or the first that is empty.
func (v Door) focused() int {
	for i, f := range v.Fields {
		if f.Error != "" {
			return i
		}
	}
	for i, f := range v.Fields {
		if f.Value == "" {
			return i
		}
	}
	return -1
}

// way is how the button of a way on looks: one alone is what to do here.
func (v Door) way() ui.Variant {
	if len(v.Ways) == 1 {
		return ui.Primary
	}
	return ui.Secondary
}

func (v Door) variant() ui.Variant {
	if v.Danger {
		return ui.Danger
	}
	return ui.Primary
}

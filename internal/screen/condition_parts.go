package screen

import (
	"github.com/a-h/templ"

	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// redrawn marks an input on which others of the panel depend.
func redrawn() templ.Attributes { return templ.Attributes{"data-redraws": true} }

// redraws has the script draw the panel again when such an input changes.
func (v FilterPanel) redraws() templ.Attributes {
	return templ.Attributes{
		"hx-get": v.Action, "hx-trigger": "change from:[data-redraws]", "hx-sync": "this:replace",
		"hx-vals": `{"` + DoInput + `":"redraw"}`, "hx-target": "this", "hx-select": "#conditions", "hx-swap": "outerHTML",
	}
}

func (r PanelRow) props() ui.InputProps {
	props := ui.InputProps{ID: r.Name + "value", Name: r.Name + "value", Value: r.Value, Autocomplete: "off", Invalid: r.Err != ""}
	if r.Number {
		props.InputMode = "decimal"
	}
	if r.Input == DaysInput {
		props.InputMode = "numeric"
	}
	if r.Err != "" {
		props.DescribedBy = r.Name + "error"
	}
	return props
}

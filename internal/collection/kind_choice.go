package collection

import (
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// choiceWord is one of the options that the manifest lists, by its value.
type choiceWord struct{ asTyped }

func (choiceWord) clean(f *Field, text string) (string, *problem) {
	values := optionValues(f)
	if slices.Contains(values, text) {
		return text, nil
	}
	p := wrong("option", "There is no option %q.", text).with("option", text)
	if near := expr.Nearest(text, values); near != "" {
		p.message += " Did you mean \"" + near + "\"?"
	} else {
		p.message = "Must be one of: " + strings.Join(values, ", ") + "."
	}
	return "", p
}

func optionValues(f *Field) []string {
	values := make([]string, len(f.Options))
	for i, o := range f.Options {
		values[i] = o.Value
	}
	return values
}

func (choiceWord) describe(f *Field) map[string]any {
	return map[string]any{"type": "string", "enum": optionValues(f)}
}

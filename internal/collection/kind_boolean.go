package collection

import (
	"encoding/json"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// booleanKind is yes or no, never empty: an empty one would silently be neither
// in every condition. The value is a bool.
type booleanKind struct{}

func (booleanKind) key(f *Field) string { return f.Name }

func (booleanKind) columns(f *Field) []Column { return []Column{{Name: f.Name, Type: "boolean"}} }

func (booleanKind) names(f *Field) []name {
	return []name{{name: f.Name, column: f.Name, kind: expr.Boolean}}
}

// initial is what a record has that nobody said anything about.
func (booleanKind) initial(*Field) any { return false }

func (booleanKind) decode(_ *Field, raw json.RawMessage, _ string) (any, *problem) {
	switch string(raw) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return nil, notBoolean()
}

func notBoolean() *problem { return wrong("not_boolean", "Must be true or false.") }

// parse takes what checkboxes and selects send, and what people write into files.
func (booleanKind) parse(_ *Field, text string, _ Locale) (any, *problem) {
	switch strings.ToLower(text) {
	case "true", "on", "yes", "1":
		return true, nil
	case "false", "off", "no", "0":
		return false, nil
	}
	return nil, notBoolean()
}

func (booleanKind) literal(_ *Field, value any, _ moment) (any, *problem) {
	if b, ok := value.(bool); ok {
		return b, nil
	}
	return nil, notBoolean()
}

func (booleanKind) check(_ *Field, value any) *problem {
	if _, ok := value.(bool); !ok {
		return notBoolean()
	}
	return nil
}

func (booleanKind) args(value any) []any { return []any{value} }

// selection also answers rows from before the field was declared.
func (booleanKind) selection(f *Field) string { return "coalesce(" + column(f.Name) + ", false)" }

func (booleanKind) schema(*Field) map[string]any { return map[string]any{"type": "boolean"} }

func (booleanKind) text(_ *Field, value any) string {
	if value.(bool) {
		return "true"
	}
	return "false"
}

func (k booleanKind) parseText(f *Field, text, _ string) (any, *problem) {
	return k.parse(f, text, Locale{})
}

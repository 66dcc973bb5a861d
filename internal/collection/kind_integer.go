package collection

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

// integerKind is a whole number of 64 bits. The value is an int64.
type integerKind struct{}

func (integerKind) key(f *Field) string { return f.Name }

func (integerKind) columns(f *Field) []Column { return []Column{{Name: f.Name, Type: "bigint"}} }

func (integerKind) names(f *Field) []name {
	return []name{{name: f.Name, column: f.Name, kind: expr.Integer}}
}

func (integerKind) decode(_ *Field, raw json.RawMessage, _ string) (any, *problem) {
	var n int64
	if err := json.Unmarshal(raw, &n); err != nil {
		return nil, notWhole()
	}
	return n, nil
}

func notWhole() *problem { return wrong("not_integer", "Must be a whole number.") }

func (integerKind) parse(_ *Field, text string, loc Locale) (any, *problem) {
	text = strings.Replace(text, "\u2212", "-", 1)
	sign := ""
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		sign, text = "-", rest
	}
	digits, err := money.Ungroup(text, loc.Group)
	if err != nil {
		return nil, notWhole()
	}
	n, err := strconv.ParseInt(sign+digits, 10, 64)
	if err != nil {
		return nil, notWhole()
	}
	return n, nil
}

func (integerKind) literal(_ *Field, value any, _ moment) (any, *problem) {
	if n, ok := value.(int64); ok {
		return n, nil
	}
	return nil, notWhole()
}

func (integerKind) check(f *Field, value any) *problem {
	n, ok := value.(int64)
	if !ok {
		return notWhole()
	}
	return checkRange(f, n)
}

func (integerKind) args(value any) []any { return []any{value} }

func (integerKind) selection(f *Field) string { return column(f.Name) }

func (integerKind) schema(f *Field) map[string]any {
	s := map[string]any{"type": "integer", "format": "int64"}
	addRange(s, f)
	return s
}

func addRange(schema map[string]any, f *Field) {
	if f.Min != nil {
		schema["minimum"] = *f.Min
	}
	if f.Max != nil {
		schema["maximum"] = *f.Max
	}
}

package collection

import (
	"encoding/json"
	"errors"
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

// decode may be called without a field.
func (integerKind) decode(f *Field, raw json.RawMessage, _ string) (any, *problem) {
	n, err := wholeNumber(string(raw))
	switch {
	case errors.Is(err, strconv.ErrRange):
		return nil, beyond(f, n)
	case err != nil:
		return nil, notWhole()
	}
	return n, nil
}

// wholeNumber reads a whole number as JSON writes it. One that does not fit 64
// bits is strconv.ErrRange and the nearest that does.
func wholeNumber(text string) (int64, error) {
	if strings.HasPrefix(text, "+") {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseInt(text, 10, 64)
}

// beyond complains about a number that does not fit 64 bits; n is the nearest
// that does. The field may be nil.
func beyond(f *Field, n int64) *problem {
	if f != nil {
		if p := checkRange(f, n); p != nil {
			return p
		}
	}
	if n < 0 {
		return wrong("too_small", "Must be at least %d.", n).with("min", n)
	}
	return wrong("too_large", "Must be at most %d.", n).with("max", n)
}

func notWhole() *problem { return wrong("not_integer", "Must be a whole number.") }

func (integerKind) parse(f *Field, text string, loc Locale) (any, *problem) {
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
	switch {
	case errors.Is(err, strconv.ErrRange):
		return nil, beyond(f, n)
	case err != nil:
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

func (integerKind) text(_ *Field, value any) string { return strconv.FormatInt(value.(int64), 10) }

func (k integerKind) parseText(f *Field, text, currency string) (any, *problem) {
	return k.decode(f, json.RawMessage(text), currency)
}

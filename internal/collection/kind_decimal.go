package collection

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

// decimalKind is a number with a fixed number of digits after the point. The
// value is an int64, scaled by 10^scale; the column is a bigint so that it can
// be part of an index. The bounds of the field are scaled too.
type decimalKind struct{}

func (decimalKind) key(f *Field) string { return f.Name }

func (decimalKind) columns(f *Field) []Column { return []Column{{Name: f.Name, Type: "bigint"}} }

func (decimalKind) names(f *Field) []name {
	return []name{{name: f.Name, column: f.Name, kind: expr.Decimal, scale: f.Scale}}
}

func (decimalKind) decode(f *Field, raw json.RawMessage, _ string) (any, *problem) {
	return readFixed(f, string(raw), f.Scale)
}

// readFixed reads a number as JSON writes it and complains in people's words.
func readFixed(f *Field, text string, scale int) (any, *problem) {
	n, err := parseFixed(text, scale)
	switch {
	case errors.Is(err, errPrecision):
		return nil, wrong("too_precise", "May have at most %d digits after the point.", scale).with("decimals", scale)
	case errors.Is(err, strconv.ErrRange):
		if p := checkFixed(f, n, scale, ""); p != nil {
			return nil, p
		}
		p := wrong("too_large", "Must be at most %s.", FixedText(n, scale)).with("max", FixedText(n, scale))
		if n < 0 {
			p = wrong("too_small", "Must be at least %s.", FixedText(n, scale)).with("min", FixedText(n, scale))
		}
		return nil, p
	case err != nil:
		return nil, notNumber()
	}
	return n, nil
}

func notNumber() *problem { return wrong("not_number", "Must be a number.") }

// checkFixed is the min and max of scaled numbers, said as people read them.
func checkFixed(f *Field, n int64, scale int, unit string) *problem {
	switch {
	case f.Min != nil && n < *f.Min:
		least := FixedText(*f.Min, scale) + unit
		return wrong("too_small", "Must be at least %s.", least).with("min", least)
	case f.Max != nil && n > *f.Max:
		most := FixedText(*f.Max, scale) + unit
		return wrong("too_large", "Must be at most %s.", most).with("max", most)
	}
	return nil
}

func (decimalKind) parse(f *Field, text string, loc Locale) (any, *problem) {
	plain, ok := loc.plainNumber(text)
	if !ok {
		return nil, notNumber()
	}
	return readFixed(f, plain, f.Scale)
}

func (decimalKind) literal(f *Field, value any, _ moment) (any, *problem) {
	return fixedLiteral(f, value, f.Scale)
}

// fixedLiteral takes a scaled number, a text, or an exact number, which it rounds.
func fixedLiteral(f *Field, value any, scale int) (any, *problem) {
	switch v := value.(type) {
	case int64:
		return v, nil
	case string:
		return readFixed(f, v, scale)
	case *big.Rat:
		if n, fits := roundFixed(v, scale); fits {
			return n, nil
		}
		return nil, wrong("too_large", "Must be at most %s.", FixedText(math.MaxInt64, scale)).with("max", FixedText(math.MaxInt64, scale))
	}
	return nil, notNumber()
}

func (decimalKind) check(f *Field, value any) *problem {
	n, ok := value.(int64)
	if !ok {
		return notNumber()
	}
	return checkFixed(f, n, f.Scale, "")
}

func (decimalKind) args(value any) []any { return []any{value} }

func (decimalKind) selection(f *Field) string { return fixedSQL(column(f.Name), f.Scale) }

func (decimalKind) encode(f *Field, value any) (json.RawMessage, error) {
	return json.RawMessage(FixedText(value.(int64), f.Scale)), nil
}

func (decimalKind) schema(f *Field) map[string]any { return fixedSchema(f, f.Scale) }

func fixedSchema(f *Field, scale int) map[string]any {
	s := map[string]any{"type": "number"}
	if f.Min != nil {
		s["minimum"] = json.Number(FixedText(*f.Min, scale))
	}
	if f.Max != nil {
		s["maximum"] = json.Number(FixedText(*f.Max, scale))
	}
	return s
}

func (decimalKind) text(f *Field, value any) string { return FixedText(value.(int64), f.Scale) }

func (decimalKind) parseText(f *Field, text, _ string) (any, *problem) {
	return readFixed(f, text, f.Scale)
}

// plainNumber turns a number as people here write it into one as programs do.
func (l Locale) plainNumber(text string) (string, bool) {
	text = strings.Replace(text, "\u2212", "-", 1)
	sign := ""
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		sign, text = "-", strings.TrimSpace(rest)
	}
	whole, fraction, pointed := strings.Cut(text, l.separators().Decimal)
	if whole == "" && pointed {
		whole = "0"
	}
	digits, err := money.Ungroup(whole, l.Group)
	if err != nil || pointed && (fraction == "" || !onlyDigits(fraction)) {
		return "", false
	}
	if pointed {
		digits += "." + fraction
	}
	return sign + digits, true
}

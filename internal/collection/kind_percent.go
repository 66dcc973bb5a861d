package collection

import (
	"encoding/json"
	"math/big"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// percentKind is a share. The value is an int64 in millionths: 16 % is 160000.
// In JSON, in texts and in bounds as people read them it is the number of
// percent: 16, with up to four digits after the point.
type percentKind struct{ decimalKind }

const (
	PercentScale = 4 // of the number of percent
	shareScale   = 6 // of the share: 0.16
)

func (percentKind) names(f *Field) []name {
	return []name{{name: f.Name, column: f.Name, kind: expr.Percent}}
}

func (percentKind) decode(f *Field, raw json.RawMessage, _ string) (any, *problem) {
	return readFixed(f, string(raw), PercentScale)
}

func (percentKind) parse(f *Field, text string, loc Locale) (any, *problem) {
	plain, ok := loc.plainNumber(strings.TrimSpace(strings.TrimSuffix(text, "%")))
	if !ok {
		return nil, wrong("not_percent", "Must be a percentage, like 16 or 16%s5 %%.", loc.separators().Decimal).with("example", "16"+loc.separators().Decimal+"5")
	}
	return readFixed(f, plain, PercentScale)
}

func (percentKind) literal(f *Field, value any, _ moment) (any, *problem) {
	switch v := value.(type) {
	case *big.Rat: // a share, as expressions compute
		return fixedLiteral(f, v, shareScale)
	case string:
		value = strings.TrimSpace(strings.TrimSuffix(v, "%"))
	}
	return fixedLiteral(f, value, PercentScale)
}

func (percentKind) check(f *Field, value any) *problem {
	n, ok := value.(int64)
	if !ok {
		return notNumber()
	}
	return checkFixed(f, n, PercentScale, " %")
}

func (percentKind) selection(f *Field) string { return fixedSQL(column(f.Name), PercentScale) }

func (percentKind) encode(_ *Field, value any) (json.RawMessage, error) {
	return json.RawMessage(FixedText(value.(int64), PercentScale)), nil
}

func (percentKind) schema(f *Field) map[string]any {
	s := fixedSchema(f, PercentScale)
	s["description"] = "In percent: 16 is 16 %."
	return s
}

func (percentKind) text(_ *Field, value any) string { return FixedText(value.(int64), PercentScale) }

func (percentKind) parseText(f *Field, text, _ string) (any, *problem) {
	return readFixed(f, strings.TrimSpace(strings.TrimSuffix(text, "%")), PercentScale)
}

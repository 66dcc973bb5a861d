package collection

import (
	"encoding/json"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// dateKind is a civil date without a time zone. The value is a string,
// YYYY-MM-DD, which also compares as dates do.
type dateKind struct{}

func (dateKind) key(f *Field) string { return f.Name }

func (dateKind) columns(f *Field) []Column { return []Column{{Name: f.Name, Type: "date"}} }

func (dateKind) names(f *Field) []name {
	return []name{{name: f.Name, column: f.Name, kind: expr.Date}}
}

func (dateKind) decode(_ *Field, raw json.RawMessage, _ string) (any, *problem) {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, notDate()
	}
	return civilDate(text)
}

func notDate() *problem { return wrong("not_date", "Must be a date: YYYY-MM-DD.") }

func civilDate(text string) (any, *problem) {
	if day, ok := expr.CanonicalDate(text); ok {
		return day, nil
	}
	return nil, notDate()
}

func (dateKind) parse(_ *Field, text string, loc Locale) (any, *problem) {
	if day, p := civilDate(text); p == nil {
		return day, nil
	}
	if day, p := civilDate(loc.isoDate(text)); p == nil {
		return day, nil
	}
	return nil, wrong("not_date", "Must be a date, like %s.", loc.exampleDate()).with("example", loc.exampleDate())
}

// literal takes a date or today(), which is the day in the site's zone.
func (dateKind) literal(_ *Field, value any, at moment) (any, *problem) {
	switch v := value.(type) {
	case string:
		return civilDate(v)
	case manifest.Expression:
		if strings.TrimSpace(strings.TrimPrefix(string(v), "=")) == "today()" {
			return at.today, nil
		}
	}
	return nil, notDate()
}

func (dateKind) check(f *Field, value any) *problem {
	day, ok := value.(string)
	if ok {
		_, ok = expr.CanonicalDate(day)
	}
	switch {
	case !ok:
		return notDate()
	case f.MinDate != "" && day < f.MinDate:
		return wrong("too_early", "Must not be before %s.", f.MinDate).with("min", f.MinDate)
	case f.MaxDate != "" && day > f.MaxDate:
		return wrong("too_late", "Must not be after %s.", f.MaxDate).with("max", f.MaxDate)
	}
	return nil
}

func (dateKind) args(value any) []any { return []any{value} }

func (dateKind) selection(f *Field) string { return column(f.Name) }

func (dateKind) schema(*Field) map[string]any {
	return map[string]any{"type": "string", "format": "date"}
}

func (dateKind) text(_ *Field, value any) string { return value.(string) }

func (dateKind) parseText(_ *Field, text, _ string) (any, *problem) { return civilDate(text) }

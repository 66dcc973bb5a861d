package collection

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// datetimeKind is an instant. The value is a time.Time in UTC with whole
// microseconds, as PostgreSQL keeps it. Programs give its offset; what people
// type is in the site's zone.
type datetimeKind struct{}

func (datetimeKind) key(f *Field) string { return f.Name }

func (datetimeKind) columns(f *Field) []Column {
	return []Column{{Name: f.Name, Type: "timestamp with time zone"}}
}

func (datetimeKind) names(f *Field) []name {
	return []name{{name: f.Name, column: f.Name, kind: expr.Instant}}
}

func (datetimeKind) decode(_ *Field, raw json.RawMessage, _ string) (any, *problem) {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, notInstant()
	}
	return readInstant(text)
}

func readInstant(text string) (any, *problem) {
	t, err := time.Parse(time.RFC3339Nano, strings.ToUpper(text))
	if err != nil {
		return nil, notInstant()
	}
	return storedInstant(t)
}

// storedInstant refuses years that RFC 3339 cannot write.
func storedInstant(t time.Time) (any, *problem) {
	if t = t.UTC().Truncate(time.Microsecond); t.Year() < 1 || t.Year() > 9999 {
		return nil, notInstant()
	}
	return t, nil
}

func notInstant() *problem {
	return wrong("not_datetime", "Must be a date and time with its offset, like 2026-12-31T18:30:00Z.")
}

func (datetimeKind) parse(_ *Field, text string, loc Locale) (any, *problem) {
	if t, p := readInstant(text); p == nil {
		return t, nil
	}
	example := loc.exampleDate() + " 18:30"
	day, clock, found := cutClock(text)
	if !found {
		return nil, notLocalInstant(example)
	}
	if _, p := civilDate(day); p != nil {
		day = loc.isoDate(day)
	}
	seconds, ok := readClock(clock)
	if _, p := civilDate(day); p != nil || !ok {
		return nil, notLocalInstant(example)
	}
	local := day + " " + seconds
	t, err := time.ParseInLocation(time.DateTime, local, loc.zone())
	if err != nil {
		return nil, notLocalInstant(example)
	}
	if t.Format(time.DateTime) != local {
		return nil, wrong("no_such_time", "The clocks are put forward then: this time does not exist on that day.")
	}
	return storedInstant(t)
}

// cutClock takes a date and a time of day apart.
func cutClock(text string) (day, clock string, found bool) {
	if day, clock, found = strings.Cut(text, "T"); found {
		return day, clock, true
	}
	text = strings.Join(strings.Fields(strings.ReplaceAll(text, ",", " ")), " ")
	at := strings.Index(text, ":")
	if at < 0 {
		return "", "", false
	}
	space := strings.LastIndex(text[:at], " ")
	if space < 0 {
		return "", "", false
	}
	return text[:space], text[space+1:], true
}

func notLocalInstant(example string) *problem {
	return wrong("not_local_datetime", "Must be a date and time, like %s.", example).with("example", example)
}

// literal takes an instant or now(), which is the moment of the write.
func (datetimeKind) literal(_ *Field, value any, at moment) (any, *problem) {
	switch v := value.(type) {
	case time.Time:
		return storedInstant(v)
	case string:
		return readInstant(v)
	case manifest.Expression:
		if strings.TrimSpace(strings.TrimPrefix(string(v), "=")) == "now()" {
			return storedInstant(at.now)
		}
	}
	return nil, notInstant()
}

func (datetimeKind) check(f *Field, value any) *problem {
	t, ok := value.(time.Time)
	if !ok {
		return notInstant()
	}
	least, hasLeast := instantBound(f.MinDate)
	most, hasMost := instantBound(f.MaxDate)
	switch {
	case hasLeast && t.Before(least):
		return wrong("too_early", "Must not be before %s.", f.MinDate).with("min", least)
	case hasMost && t.After(most):
		return wrong("too_late", "Must not be after %s.", f.MaxDate).with("max", most)
	}
	return nil
}

func instantBound(text string) (time.Time, bool) {
	t, p := readInstant(text)
	if p != nil {
		return time.Time{}, false
	}
	return t.(time.Time), true
}

func (datetimeKind) args(value any) []any { return []any{value} }

func (datetimeKind) selection(f *Field) string { return column(f.Name) }

func (datetimeKind) schema(*Field) map[string]any {
	return map[string]any{"type": "string", "format": "date-time"}
}

func (datetimeKind) text(_ *Field, value any) string {
	return value.(time.Time).Format(time.RFC3339Nano)
}

func (datetimeKind) parseText(_ *Field, text, _ string) (any, *problem) { return readInstant(text) }

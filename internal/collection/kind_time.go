package collection

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// timeKind is a time of day without a zone. The value is a string, HH:MM:SS,
// which also compares as times do.
type timeKind struct{}

func (timeKind) key(f *Field) string { return f.Name }

func (timeKind) columns(f *Field) []Column {
	return []Column{{Name: f.Name, Type: "time without time zone"}}
}

func (timeKind) names(f *Field) []name {
	return []name{{name: f.Name, column: f.Name, kind: expr.Clock}}
}

func (timeKind) decode(_ *Field, raw json.RawMessage, _ string) (any, *problem) {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, notClock()
	}
	return strictClock(text)
}

// strictClock reads HH:MM and HH:MM:SS.
func strictClock(text string) (any, *problem) {
	if len(text) != len("15:04") && len(text) != len("15:04:05") {
		return nil, notClock()
	}
	if clock, ok := readClock(text); ok {
		return clock, nil
	}
	return nil, notClock()
}

func notClock() *problem {
	return wrong("not_time", "Must be a time of day, like 18:30.")
}

func (timeKind) parse(_ *Field, text string, _ Locale) (any, *problem) {
	if clock, ok := readClock(text); ok {
		return clock, nil
	}
	return nil, notClock()
}

// readClock reads a time of day as people write it (9:30, 9.30, 18:30:05, 6 pm,
// 9) into HH:MM:SS.
func readClock(text string) (string, bool) {
	text = strings.ToLower(strings.ReplaceAll(text, " ", ""))
	half := ""
	for _, suffix := range []string{"am", "pm", "a.m.", "p.m."} {
		if rest, found := strings.CutSuffix(text, suffix); found {
			half, text = suffix[:1], rest
			break
		}
	}
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ':' || r == '.' })
	if len(parts) == 0 || len(parts) > 3 || strings.Count(text, ":")+strings.Count(text, ".") != len(parts)-1 {
		return "", false
	}
	var numbers [3]int
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || len(part) > 2 || i > 0 && len(part) != 2 || !onlyDigits(part) {
			return "", false
		}
		numbers[i] = n
	}
	hour := numbers[0]
	if half != "" {
		if hour < 1 || hour > 12 {
			return "", false
		}
		hour %= 12
		if half == "p" {
			hour += 12
		}
	}
	if hour > 23 || numbers[1] > 59 || numbers[2] > 59 {
		return "", false
	}
	return clockText(hour, numbers[1], numbers[2]), true
}

func clockText(hour, minute, second int) string {
	two := func(n int) string { return twoDigits(strconv.Itoa(n)) }
	return two(hour) + ":" + two(minute) + ":" + two(second)
}

func (timeKind) literal(_ *Field, value any, _ moment) (any, *problem) {
	if text, ok := value.(string); ok {
		return strictClock(text)
	}
	return nil, notClock()
}

func (timeKind) check(f *Field, value any) *problem {
	text, ok := value.(string)
	if !ok {
		return notClock()
	}
	clock, p := strictClock(text)
	if p != nil {
		return p
	}
	least, _ := readClock(f.MinDate)
	most, _ := readClock(f.MaxDate)
	switch {
	case least != "" && clock.(string) < least:
		return wrong("too_early", "Must not be before %s.", f.MinDate).with("min", f.MinDate)
	case most != "" && clock.(string) > most:
		return wrong("too_late", "Must not be after %s.", f.MaxDate).with("max", f.MaxDate)
	}
	return nil
}

func (timeKind) args(value any) []any { return []any{value} }

func (timeKind) selection(f *Field) string { return column(f.Name) }

func (timeKind) schema(*Field) map[string]any {
	return map[string]any{"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", "description": "Time of day without a zone, HH:MM:SS."}
}

func (timeKind) text(_ *Field, value any) string { return value.(string) }

func (timeKind) parseText(_ *Field, text, _ string) (any, *problem) { return strictClock(text) }

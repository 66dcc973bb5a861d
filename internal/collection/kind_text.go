package collection

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// textKind is text and longtext. The value is a string that is not blank: a
// blank text is empty, because forms cannot tell the two apart.
type textKind struct {
	most  int64 // characters at most
	lines bool  // may have several lines
}

func (textKind) key(f *Field) string { return f.Name }

func (textKind) columns(f *Field) []Column { return []Column{{Name: f.Name, Type: "text"}} }

func (textKind) names(f *Field) []name {
	return []name{{name: f.Name, column: f.Name, kind: expr.Text}}
}

func (k textKind) decode(_ *Field, raw json.RawMessage, _ string) (any, *problem) {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, wrong("not_text", "Must be a text.")
	}
	return k.storable(text)
}

func (k textKind) parse(_ *Field, text string, _ Locale) (any, *problem) {
	return k.storable(text)
}

func (k textKind) literal(_ *Field, value any, _ moment) (any, *problem) {
	text, ok := value.(string)
	if !ok {
		return nil, wrong("not_text", "Must be a text.")
	}
	return k.storable(text)
}

// storable refuses, besides what no text may hold, characters that the field's
// input cannot show: they make two texts look alike, or one look like another.
func (k textKind) storable(text string) (any, *problem) {
	if p := refusedCharacter(text, k.lines); p != nil {
		return nil, p
	}
	if strings.ContainsRune(text, '\r') { // a line has one end, whoever sends it
		text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	}
	return storable(text)
}

// refusedCharacter complains about control characters and, in texts of one
// line, about line breaks, tabs and the marks that turn the direction of text.
func refusedCharacter(text string, lines bool) *problem {
	for _, r := range text {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			if !lines {
				return wrong("not_text", "Must be one line, without line breaks and tabs.")
			}
		case r < ' ' || r == 0x7f:
			return wrong("not_text", "Must not contain the control character %U.", r)
		case !lines && (r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069):
			return wrong("not_text", "Must not contain %U, which turns the direction of text.", r)
		}
	}
	return nil
}

// storable refuses the NUL character and broken UTF-8, which PostgreSQL cannot
// keep, and makes blank text empty.
func storable(text string) (any, *problem) {
	if strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return nil, wrong("not_text", "Contains characters that cannot be kept.")
	}
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	return text, nil
}

func (k textKind) check(f *Field, value any) *problem {
	text, ok := value.(string)
	if !ok {
		return wrong("not_text", "Must be a text.")
	}
	length := int64(utf8.RuneCountInString(text))
	if most := k.longest(f); length > most {
		return wrong("too_long", "May have at most %d characters.", most).with("max", most)
	}
	if f.Min != nil && length < *f.Min {
		return wrong("too_short", "Must have at least %d characters.", *f.Min).with("min", *f.Min)
	}
	if f.pattern != nil && !f.pattern.MatchString(text) {
		if f.Message != "" {
			return wrong("pattern", "%s", f.Message)
		}
		return wrong("pattern", "Does not have the expected form.")
	}
	return nil
}

// longest is the declared maximum, else the kind's.
func (k textKind) longest(f *Field) int64 {
	if f.Max != nil {
		return *f.Max
	}
	return k.most
}

func (textKind) args(value any) []any { return []any{value} }

func (textKind) selection(f *Field) string { return column(f.Name) }

func (k textKind) schema(f *Field) map[string]any {
	s := map[string]any{"type": "string", "maxLength": k.longest(f)}
	if f.Min != nil {
		s["minLength"] = *f.Min
	}
	if f.Pattern != "" {
		s["pattern"] = "^(?:" + f.Pattern + ")$"
	}
	return s
}

func (textKind) text(_ *Field, value any) string { return value.(string) }

func (k textKind) parseText(_ *Field, text, _ string) (any, *problem) { return k.storable(text) }

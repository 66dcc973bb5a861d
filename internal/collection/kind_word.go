package collection

import (
	"encoding/json"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// word is what differs between the kinds whose value is one text in a form of
// its own, such as addresses, codes and choices.
type word interface {
	// clean refuses what is not of the kind and returns the one way in which it
	// is kept. Applied to what it returned, it returns the same. The text is
	// trimmed and not empty; an empty result is an empty value.
	clean(f *Field, text string) (string, *problem)
	// typed turns what a person typed into what clean takes.
	typed(f *Field, text string, loc Locale) (string, *problem)
	// describe is the JSON Schema of the value.
	describe(f *Field) map[string]any
}

// wordKind makes a kind of a word: one column of text. The value is a string.
type wordKind struct{ word }

func (wordKind) key(f *Field) string { return f.Name }

func (wordKind) columns(f *Field) []Column { return []Column{{Name: f.Name, Type: "text"}} }

func (wordKind) names(f *Field) []name {
	return []name{{name: f.Name, column: f.Name, kind: expr.Text}}
}

func (k wordKind) decode(f *Field, raw json.RawMessage, _ string) (any, *problem) {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, wrong("not_text", "Must be a text.")
	}
	return k.read(f, text)
}

func (k wordKind) parse(f *Field, text string, loc Locale) (any, *problem) {
	typed, p := k.typed(f, text, loc)
	if p != nil {
		return nil, p
	}
	return k.read(f, typed)
}

// read keeps the text as the kind has it; blank text is empty.
func (k wordKind) read(f *Field, text string) (any, *problem) {
	if text = strings.TrimSpace(text); text == "" {
		return nil, nil
	}
	if p := refusedCharacter(text, false); p != nil {
		return nil, p
	}
	if _, p := storable(text); p != nil {
		return nil, p
	}
	cleaned, p := k.clean(f, text)
	if p != nil || cleaned == "" {
		return nil, p
	}
	return cleaned, nil
}

func (k wordKind) literal(f *Field, value any, _ moment) (any, *problem) {
	text, ok := value.(string)
	if !ok {
		return nil, wrong("not_text", "Must be a text.")
	}
	return k.read(f, text)
}

func (k wordKind) check(f *Field, value any) *problem {
	text, ok := value.(string)
	if !ok {
		return wrong("not_text", "Must be a text.")
	}
	_, p := k.read(f, text)
	return p
}

func (wordKind) args(value any) []any { return []any{value} }

func (wordKind) selection(f *Field) string { return column(f.Name) }

func (k wordKind) schema(f *Field) map[string]any { return k.describe(f) }

func (wordKind) text(_ *Field, value any) string { return value.(string) }

func (k wordKind) parseText(f *Field, text, _ string) (any, *problem) { return k.read(f, text) }

// asTyped is the typed of words that people write as programs do.
type asTyped struct{}

func (asTyped) typed(_ *Field, text string, _ Locale) (string, *problem) { return text, nil }

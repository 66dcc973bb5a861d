package collection

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// manyKind is a list of values of a kind that is one text. The value is a
// []string without repetitions, nil when it is empty; the column is text[]. The
// field's rules hold for each of the values.
type manyKind struct{ of Kind }

// mostOfMany is how many values a list has at most.
const mostOfMany = 200

func (manyKind) key(f *Field) string { return f.Name }

func (manyKind) columns(f *Field) []Column { return []Column{{Name: f.Name, Type: "text[]"}} }

func (manyKind) names(f *Field) []name {
	return []name{{name: f.Name, column: f.Name, kind: expr.Text}}
}

func (k manyKind) decode(f *Field, raw json.RawMessage, currency string) (any, *problem) {
	var all []json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, wrong("not_list", "Must be a list.")
	}
	return k.list(f, len(all), func(i int) (any, *problem) {
		if bytes.Equal(all[i], []byte("null")) {
			return nil, required()
		}
		return k.of.decode(f, all[i], currency)
	})
}

// list reads the values one by one and complains about each by its place.
func (k manyKind) list(f *Field, count int, read func(i int) (any, *problem)) (any, *problem) {
	if count > mostOfMany {
		return nil, wrong("too_many", "May have at most %d values.", mostOfMany).with("max", int64(mostOfMany))
	}
	var found *problem
	var values []string
	for i := range count {
		value, p := read(i)
		text, _ := value.(string)
		switch {
		case p != nil:
		case text == "":
			p = required()
		default:
			p = k.of.check(f, text)
		}
		if p == nil && slices.ContainsFunc(values, func(have string) bool { return strings.EqualFold(have, text) }) {
			p = wrong("repeated", "Is given more than once.")
		}
		found = found.and(p.within(fmt.Sprintf("[%d]", i)))
		values = append(values, text)
	}
	if found != nil || len(values) == 0 {
		return nil, found
	}
	return values, nil
}

// parse takes values with commas or line breaks between them.
func (k manyKind) parse(f *Field, text string, loc Locale) (any, *problem) {
	return k.parseAll(f, splitList(text), loc)
}

// splitList takes a typed list apart. What is said twice is meant once.
func splitList(text string) []string {
	var all []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == '\n' || r == '\r' }) {
		part = strings.TrimSpace(part)
		if part != "" && !slices.ContainsFunc(all, func(have string) bool { return strings.EqualFold(have, part) }) {
			all = append(all, part)
		}
	}
	return all
}

func (k manyKind) parseAll(f *Field, texts []string, loc Locale) (any, *problem) {
	return k.list(f, len(texts), func(i int) (any, *problem) { return k.of.parse(f, texts[i], loc) })
}

// readForm takes the values of several inputs of one name, such as checkboxes,
// and of a single one, into which several can be typed.
func (k manyKind) readForm(f *Field, inputs formInputs, loc Locale) (any, *problem) {
	texts := inputs.all("")
	if len(texts) == 1 {
		texts = splitList(texts[0])
	}
	return k.parseAll(f, slices.DeleteFunc(texts, func(text string) bool { return text == "" }), loc)
}

func (k manyKind) literal(f *Field, value any, at moment) (any, *problem) {
	texts, ok := value.([]string)
	if !ok {
		return nil, wrong("not_list", "Must be a list.")
	}
	return k.list(f, len(texts), func(i int) (any, *problem) { return k.of.literal(f, texts[i], at) })
}

func (k manyKind) check(f *Field, value any) *problem {
	texts, ok := value.([]string)
	if !ok {
		return wrong("not_list", "Must be a list.")
	}
	_, p := k.literal(f, texts, moment{})
	return p
}

func (manyKind) args(value any) []any { return []any{value} }

// selection answers an empty list as one.
func (manyKind) selection(f *Field) string {
	return "coalesce(" + column(f.Name) + ", '{}'::text[])"
}

func (k manyKind) schema(f *Field) map[string]any {
	return map[string]any{"type": "array", "items": k.of.schema(f), "maxItems": mostOfMany, "uniqueItems": true}
}

// text writes the list as JSON, because its values may hold any separator.
func (manyKind) text(_ *Field, value any) string { return compactJSON(value) }

func (k manyKind) parseText(f *Field, text, currency string) (any, *problem) {
	if strings.HasPrefix(text, "[") {
		return k.decode(f, json.RawMessage(text), currency)
	}
	return k.parse(f, text, Locale{})
}

func compactJSON(value any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}

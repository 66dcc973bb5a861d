package collection

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// jsonKind is any JSON value but null, which is empty. The value is a
// json.RawMessage without spaces; PostgreSQL orders its keys.
type jsonKind struct{}

const longestJSON = 256 << 10 // bytes

func (jsonKind) key(f *Field) string { return f.Name }

func (jsonKind) columns(f *Field) []Column { return []Column{{Name: f.Name, Type: "jsonb"}} }

func (jsonKind) names(f *Field) []name {
	return []name{{name: f.Name, column: f.Name, kind: expr.JSON}}
}

func (k jsonKind) decode(_ *Field, raw json.RawMessage, _ string) (any, *problem) {
	return readDocument(raw)
}

// readDocument refuses what PostgreSQL cannot keep: NUL characters, numbers
// without end, nesting without end.
func readDocument(raw []byte) (any, *problem) {
	if len(raw) > longestJSON {
		return nil, wrong("too_long", "May have at most %d bytes.", longestJSON).with("max", int64(longestJSON))
	}
	if p := storableDocument(raw); p != nil {
		return nil, p
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return nil, notJSON()
	}
	if compact.String() == "null" {
		return nil, nil
	}
	return json.RawMessage(compact.Bytes()), nil
}

func notJSON() *problem { return wrong("not_json", "Must be valid JSON.") }

const deepestJSON = 100

func storableDocument(raw []byte) *problem {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	depth := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			if depth != 0 {
				return notJSON()
			}
			return nil
		}
		if err != nil {
			return notJSON()
		}
		switch v := token.(type) {
		case json.Delim:
			if v == '{' || v == '[' {
				depth++
			} else {
				depth--
			}
			if depth > deepestJSON {
				return wrong("too_deep", "May be nested at most %d levels deep.", deepestJSON).with("max", int64(deepestJSON))
			}
		case string:
			if _, p := storable(v + "."); p != nil {
				return p
			}
		case json.Number:
			if _, _, err := cutExponent(v.String()); err != nil {
				return wrong("too_large", "Holds a number that is too large.")
			}
		}
	}
}

func (jsonKind) parse(_ *Field, text string, _ Locale) (any, *problem) {
	return readDocument([]byte(text))
}

func (jsonKind) literal(_ *Field, value any, _ moment) (any, *problem) {
	if text, ok := value.(string); ok {
		return readDocument([]byte(text))
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return nil, notJSON()
	}
	return readDocument(raw)
}

func (jsonKind) check(_ *Field, value any) *problem {
	raw, ok := value.(json.RawMessage)
	if !ok || !json.Valid(raw) {
		return notJSON()
	}
	return nil
}

func (jsonKind) args(value any) []any {
	if raw, ok := value.(json.RawMessage); ok {
		return []any{string(raw)}
	}
	return []any{nil}
}

func (jsonKind) selection(f *Field) string { return column(f.Name) }

func (jsonKind) schema(*Field) map[string]any {
	return map[string]any{"description": "Any JSON value."}
}

func (jsonKind) text(_ *Field, value any) string { return string(value.(json.RawMessage)) }

func (jsonKind) parseText(_ *Field, text, _ string) (any, *problem) {
	return readDocument([]byte(text))
}

package collection

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Text writes the JSON of the field's value as one text, as CSV files have it:
// in no locale, so that ParseText reads the same value everywhere. Empty is "".
func (f *Field) Text(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) || f.sealed() {
		return ""
	}
	value, p := f.kind.decode(f, raw, "")
	if p != nil { // of an older version of the module: as it is
		var text string
		if json.Unmarshal(raw, &text) == nil {
			return text
		}
		return string(raw)
	}
	if value == nil {
		return ""
	}
	return f.plainText(f.kind, value)
}

// plainText writes a value; kinds without a text of their own write JSON.
func (f *Field) plainText(kind Kind, value any) string {
	if k, ok := kind.(textual); ok {
		return k.text(f, value)
	}
	return compactJSON(value)
}

// ParseText reads what Text wrote into the record that is being made, and
// applies the field's rules. Amounts without a currency are in the given one.
func (f *Field) ParseText(values Values, text, currency string) error {
	var found complaints
	found.add(f.key, f.readText(values, text, currency))
	return found.err()
}

func (f *Field) readText(values Values, text, currency string) *problem {
	value, p := f.fromText(f.kind, text, currency)
	if p != nil {
		return p
	}
	if b, never := f.kind.(beginner); never && value == nil {
		value = b.initial(f)
	}
	values[f.Name] = value
	return checkValue(f, value)
}

func (f *Field) fromText(kind Kind, text, currency string) (any, *problem) {
	if text = strings.TrimSpace(text); text == "" {
		return nil, nil
	}
	if k, ok := kind.(textual); ok {
		return k.parseText(f, text, currency)
	}
	return kind.decode(f, json.RawMessage(text), currency)
}

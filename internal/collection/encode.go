package collection

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// encoder is a kind whose values look different in JSON than encoding/json
// writes them.
type encoder interface {
	encode(f *Field, value any) (json.RawMessage, error)
}

// encodeFields writes values as the JSON object that reading the record would
// give, for the module's code. Fields without a value are null.
func encodeFields(fields []*Field, v Values) (json.RawMessage, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			out.WriteByte(',')
		}
		text, err := encodeValue(f, v[f.Name])
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		fmt.Fprintf(&out, "%q:%s", f.key, text)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func encodeValue(f *Field, value any) (json.RawMessage, error) {
	if value == nil {
		return json.RawMessage("null"), nil
	}
	if e, ok := f.kind.(encoder); ok {
		return e.encode(f, value)
	}
	return json.Marshal(value)
}

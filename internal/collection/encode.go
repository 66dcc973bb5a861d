package collection

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
)

// encoder is a kind whose values look different in JSON than encoding/json
// writes them.
type encoder interface {
	encode(f *Field, value any) (json.RawMessage, error)
}

// encodeFields writes values as the JSON object that reading the record would
// give, for the module's code. Fields without a value are null, lists are empty.
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

// withID puts an id in front of what an object says.
func withID(id uuid.UUID, object json.RawMessage) json.RawMessage {
	rest := bytes.TrimPrefix(object, []byte("{"))
	head := fmt.Sprintf(`{"id":%q`, id)
	if len(rest) > 1 {
		head += ","
	}
	return append(json.RawMessage(head), rest...)
}

// encodeValue writes a value as the data API does, in the units that decode
// reads.
func encodeValue(f *Field, value any) (json.RawMessage, error) {
	if value == nil {
		switch f.kind.(type) {
		case manyKind, listKind, linesKind:
			return json.RawMessage("[]"), nil
		}
		return json.RawMessage("null"), nil
	}
	if e, ok := f.kind.(encoder); ok {
		return e.encode(f, value)
	}
	return json.Marshal(value)
}

// told are the parameters of an action as its handler reads them: what the
// caller gives there is meant for it, also what is secret.
func told(params []*Field) []*Field {
	told := make([]*Field, len(params))
	for i, f := range params {
		told[i] = f
		if k, sealed := f.kind.(sealedKind); sealed {
			open := *f
			open.kind = k.Kind
			told[i] = &open
		}
	}
	return told
}

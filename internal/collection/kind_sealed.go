package collection

import (
	"encoding/json"
	"fmt"
)

// Sealer encrypts values at rest; the key ring of the server is one. A text
// that was sealed for one context does not open in another.
type Sealer interface {
	Seal(plain []byte, context string) (string, error)
	Open(sealed, context string) ([]byte, error)
}

// Sealed is a value as it is stored: the text that a Sealer made of it.
type Sealed string

// sealedKind is a value of another kind that is written and never read: secret,
// or personal and sensitive. It is not selected, filtered or sorted by; answers
// say only whether there is one. The column holds what the Sealer made.
type sealedKind struct{ Kind }

// setText is what is shown of a value.
const setText = `{"set":true}`

func (k sealedKind) columns(f *Field) []Column {
	return []Column{{Name: k.key(f), Type: "text"}}
}

func (sealedKind) names(*Field) []name { return nil }

// check also takes what is sealed already.
func (k sealedKind) check(f *Field, value any) *problem {
	if _, done := value.(Sealed); done {
		return nil
	}
	return k.Kind.check(f, value)
}

// args refuses by emptiness what nobody has sealed: nothing is stored in the clear.
func (sealedKind) args(value any) []any {
	if text, ok := value.(Sealed); ok {
		return []any{string(text)}
	}
	return []any{nil}
}

func (k sealedKind) selection(f *Field) string {
	return "case when " + column(k.key(f)) + " is not null then json_build_object('set', true) end"
}

// encode never writes the value, whether it is sealed already or not.
func (sealedKind) encode(*Field, any) (json.RawMessage, error) {
	return json.RawMessage(setText), nil
}

func (k sealedKind) schema(f *Field) map[string]any {
	s := k.Kind.schema(f)
	s["writeOnly"] = true
	return s
}

// sealed reports whether the field's values are stored encrypted.
func (f *Field) sealed() bool {
	_, ok := f.kind.(sealedKind)
	return ok
}

// seal returns the value as it is stored; an empty one stays empty.
func (f *Field) seal(value any, s Sealer, context string) (any, error) {
	k, ok := f.kind.(sealedKind)
	if _, done := value.(Sealed); !ok || value == nil || done {
		return value, nil
	}
	if s == nil {
		return nil, fmt.Errorf("field %s is secret, and there are no keys to seal it with", f.Name)
	}
	plain := f.plainText(k.Kind, value)
	text, err := s.Seal([]byte(plain), context)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", f.Name, err)
	}
	return Sealed(text), nil
}

// open returns the value that a stored text was made of.
func (f *Field) open(stored Sealed, s Sealer, context string) (any, error) {
	k, ok := f.kind.(sealedKind)
	if !ok || s == nil {
		return nil, fmt.Errorf("field %s is not secret, or there are no keys to open it with", f.Name)
	}
	plain, err := s.Open(string(stored), context)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", f.Name, err)
	}
	value, p := f.fromText(k.Kind, string(plain), "")
	if p != nil {
		return nil, fmt.Errorf("open %s: %s", f.Name, p.message)
	}
	return value, nil
}

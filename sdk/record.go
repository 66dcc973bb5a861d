package sdk

import (
	"encoding/json"
	"time"

	"github.com/dramac-main/dramac-cms/sdk/money"
)

// Record is a record of any collection: JSON values by key. Modules with types
// of their own rarely need it.
type Record map[string]json.RawMessage

// ID returns the record's id.
func (r Record) ID() string { return r.Text("id") }

// Version returns how often the record has been changed, from 1.
func (r Record) Version() int64 { return r.Int("version") }

// Empty reports whether the key is absent or null.
func (r Record) Empty(key string) bool { return isNull(r[key]) }

// Text returns a text, a date, a choice, a state or an id; empty for any other
// value and for none.
func (r Record) Text(key string) string { return as[string](r, key) }

// Int returns a whole number; zero for any other value and for none.
func (r Record) Int(key string) int64 { return as[int64](r, key) }

// Bool returns a boolean; false for any other value and for none.
func (r Record) Bool(key string) bool { return as[bool](r, key) }

// Money returns an amount; the zero Money for any other value and for none.
func (r Record) Money(key string) money.Money { return as[money.Money](r, key) }

// Time returns an instant; the zero Time for any other value and for none.
func (r Record) Time(key string) time.Time { return as[time.Time](r, key) }

// Decode reads a value into a pointer; one that is empty leaves it as it is.
func (r Record) Decode(key string, into any) error {
	if r.Empty(key) {
		return nil
	}
	return json.Unmarshal(r[key], into)
}

// Set puts a value under the key; nil empties it. It panics on a value that
// JSON does not have, which is a fault of the code.
func (r Record) Set(key string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		panic("sdk: " + key + ": " + err.Error())
	}
	r[key] = text
}

func as[T any](r Record, key string) T {
	var value T
	if r.Empty(key) || json.Unmarshal(r[key], &value) != nil {
		var zero T
		return zero
	}
	return value
}

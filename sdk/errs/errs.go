// Package errs is the one vocabulary of failure. Every rule answers with one
// of six kinds; only the gateway knows which HTTP status a kind becomes.
//
// The rule or the database gives the kind, once. Layers above add context with
// fmt.Errorf and %w and never change the kind. An error without a kind is
// Internal: it is logged in full and its text never reaches a client.
package errs

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Kind says what sort of failure an error is.
type Kind int

// The six kinds. The zero Kind is Internal, so an error that nobody classified
// is never shown to a client.
const (
	// Internal is a fault of ours; its text stays in the log. 500.
	Internal Kind = iota
	// Invalid means that the input breaks a rule; Fields says where. 422.
	Invalid
	// NotFound means absent, or another tenant's: the two look the same. 404.
	NotFound
	// Denied means that the actor is known and lacks the permission. 403.
	Denied
	// Conflict means that the present state does not allow the change. 409.
	Conflict
	// Exhausted means that a limit is used up for now. 429.
	Exhausted
)

// String returns the kind's stable name, as it stands in logs.
func (k Kind) String() string {
	return [...]string{"internal", "invalid", "not_found", "denied", "conflict", "exhausted"}[k]
}

// Field is one complaint about one value of the input.
type Field struct {
	// Path names the value as the client sent it: "price.amount".
	Path string `json:"path"`
	// Code is stable and machine readable: "required", "too_long".
	Code string `json:"code"`
	// Message is an English sentence for people.
	Message string `json:"message"`
	// Args fill the placeholders of the translated message of Code.
	Args map[string]any `json:"-"`
}

// Error is a classified failure that may be shown to the client.
type Error struct {
	Kind Kind
	// Code is stable and machine readable, snake case: "version_conflict".
	Code string
	// Message is one English sentence for the person in front of the screen.
	Message string
	// Hint says what to do about it; empty when there is nothing to say.
	Hint string
	// Fields lists what is wrong with which value; only for Invalid.
	Fields []Field
	// Current is the present record as JSON, for version conflicts.
	Current json.RawMessage

	cause error
}

// Error implements error. It includes the cause, so it is for logs; clients get Message.
func (e *Error) Error() string {
	var text strings.Builder
	text.WriteString(e.Message)
	for _, f := range e.Fields {
		fmt.Fprintf(&text, " [%s: %s]", f.Path, f.Message)
	}
	if e.cause != nil {
		text.WriteString(": " + e.cause.Error())
	}
	return text.String()
}

// Unwrap returns the cause, nil if there is none.
func (e *Error) Unwrap() error { return e.cause }

// New returns an error of the kind with a stable code and an English sentence.
func New(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Missing returns the one NotFound error that absent and foreign things share,
// so that nobody learns from its words whether something exists elsewhere.
func Missing() *Error {
	return New(NotFound, "not_found", "Not found.")
}

// MaxFields is how many complaints one error lists; nobody mends more at once.
const MaxFields = 100

// BadFields returns an Invalid error that lists the complaints, the first
// MaxFields of them.
func BadFields(fields ...Field) *Error {
	e := New(Invalid, "invalid", "Some values need attention.")
	if len(fields) > MaxFields {
		e.Hint = fmt.Sprintf("Only the first %d of %d complaints are listed.", MaxFields, len(fields))
		fields = fields[:MaxFields]
	}
	e.Fields = fields
	return e
}

// WithHint returns e with the hint set.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// WithCause returns e with the underlying error set; it shows in logs only.
func (e *Error) WithCause(err error) *Error {
	e.cause = err
	return e
}

// Of returns the classified error inside err, or nil if there is none.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// KindOf returns the kind of err; Internal when nobody classified it.
func KindOf(err error) Kind {
	if e := Of(err); e != nil {
		return e.Kind
	}
	return Internal
}

package sdk

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"
)

// Source says whose records are meant: the module's own, or with a contract
// those of the module that offers it.
type Source struct {
	Contract   string `json:"contract,omitempty"`
	Collection string `json:"collection,omitempty"`
}

// Host is the platform's side of a Call. Everything goes in and out as JSON or marshals to it, so
// that code in other languages is served by the same calls. Queries are in
// PostgREST's notation, as after "?" in an address. Authors use Call instead.
type Host interface {
	// List returns an array of records.
	List(ctx context.Context, of Source, query string) (json.RawMessage, error)
	// Count returns how many records match, at most 10,000 and one.
	Count(ctx context.Context, of Source, query string) (int64, error)
	// Get returns one record; of the query it uses select.
	Get(ctx context.Context, of Source, id, query string) (json.RawMessage, error)
	// Create stores a new record and returns it.
	Create(ctx context.Context, of Source, values json.RawMessage) (json.RawMessage, error)
	// Update changes the given values and returns the record. "version" among
	// them is the version that must still be there.
	Update(ctx context.Context, of Source, id string, values json.RawMessage) (json.RawMessage, error)
	Delete(ctx context.Context, of Source, id string) error
	// Run runs an action: on a record with an id, of a collection without, of the
	// module without a collection.
	Run(ctx context.Context, of Source, id, action string, params json.RawMessage) (json.RawMessage, error)
	// ReadFile returns a file of the module with its content.
	ReadFile(ctx context.Context, id string) (File, error)
	// StoreFile keeps a file for a field, "collection.field".
	StoreFile(ctx context.Context, field, name string, content []byte) (File, error)
	// Emit writes an event.
	Emit(ctx context.Context, event, id string, data json.RawMessage) error
	// Tx runs fn with a host whose calls are one transaction.
	Tx(ctx context.Context, fn func(ctx context.Context, host Host) error) error
	// Setting returns the value of a setting as JSON, null when it is empty.
	Setting(ctx context.Context, name string) (json.RawMessage, error)
	// Secret returns the text of a secret setting, empty when it is not set.
	Secret(ctx context.Context, name string) (string, error)
	Now() time.Time
	NewID() string
	Log() *slog.Logger
}

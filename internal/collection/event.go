package collection

import (
	"encoding/json"
	"slices"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// changeEvents come of every change by the change log; nobody emits them twice.
var changeEvents = []string{"created", "updated", "deleted", "restored"}

// events returns the statements that say what happened besides the change
// itself: the action's event with its parameters, and the declared changes of
// fields with the values after and before.
func (w *writing) events(d *draft) ([]pg.Statement, error) {
	var statements []pg.Statement
	if w.action != nil && w.action.Emits != "" && !slices.Contains(changeEvents, w.action.Emits) {
		data, err := encodeFields(openFields(w.action.params), d.params)
		if err != nil {
			return nil, err
		}
		statements = append(statements, d.emit(w.action.Emits, 1, data, nil))
	}
	for _, e := range w.Collection.Events {
		if d.old == nil || len(e.Changed) == 0 || !slices.ContainsFunc(e.Changed, d.changed) {
			continue
		}
		var fields []*Field
		for _, name := range e.Changed {
			if f, ok := w.Collection.byName[name]; ok && f.lines == nil && !f.virtual {
				fields = append(fields, f)
			}
		}
		after, err := encodeFields(openFields(fields), d.values)
		if err != nil {
			return nil, err
		}
		before, err := encodeFields(openFields(fields), d.old.values)
		if err != nil {
			return nil, err
		}
		statements = append(statements, d.emit(e.Name, max(1, e.Version), after, before))
	}
	return statements, nil
}

// openFields leaves out what never leaves the server.
func openFields(fields []*Field) []*Field {
	return slices.DeleteFunc(slices.Clone(fields), (*Field).sealed)
}

// emit writes an event about the record. It is sent only if the transaction is
// committed.
func (d *draft) emit(name string, version int, data, was json.RawMessage) pg.Statement {
	var before any
	if was != nil {
		before = string(was)
	}
	return pg.Statement{
		SQL:  "select platform.emit($1::text, $2::uuid, $3::text, $4::integer, $5::jsonb, $6::jsonb)",
		Args: []any{d.records.Collection.Name, d.id.String(), name, version, string(data), before},
	}
}

package collection

import (
	"encoding/json"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// referenceKind points at a record of the same module and site. The value is a
// uuid.UUID; column, JSON and filters call it <field>_id.
type referenceKind struct{}

func (referenceKind) key(f *Field) string { return f.Name + "_id" }

func (k referenceKind) columns(f *Field) []Column {
	return []Column{{Name: k.key(f), Type: "uuid"}}
}

func (k referenceKind) names(f *Field) []name {
	return []name{{name: k.key(f), column: k.key(f), kind: expr.UUID}}
}

func (referenceKind) decode(_ *Field, raw json.RawMessage, _ string) (any, *problem) {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, notID()
	}
	return recordID(text)
}

func notID() *problem { return wrong("not_id", "Must be the id of a record.") }

// recordID reads the usual form of a UUID only; uuid.Parse also takes others.
func recordID(text string) (any, *problem) {
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return nil, notID()
	}
	return id, nil
}

func (referenceKind) parse(_ *Field, text string, _ Locale) (any, *problem) { return recordID(text) }

func (referenceKind) literal(_ *Field, value any, _ moment) (any, *problem) {
	if text, ok := value.(string); ok {
		return recordID(text)
	}
	return nil, notID()
}

func (referenceKind) check(_ *Field, value any) *problem {
	if _, ok := value.(uuid.UUID); !ok {
		return notID()
	}
	return nil
}

func (referenceKind) args(value any) []any {
	if id, ok := value.(uuid.UUID); ok {
		return []any{id.String()}
	}
	return []any{nil}
}

func (k referenceKind) selection(f *Field) string { return column(k.key(f)) }

func (referenceKind) schema(f *Field) map[string]any {
	return map[string]any{"type": "string", "format": "uuid", "description": "The id of a record of " + f.To + "."}
}

func (referenceKind) text(_ *Field, value any) string { return value.(uuid.UUID).String() }

func (referenceKind) parseText(_ *Field, text, _ string) (any, *problem) { return recordID(text) }

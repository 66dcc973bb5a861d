package collection

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"

	"github.com/google/uuid"
)

// RecordRef points at a record of any module of the site. Nothing keeps the
// record from going.
type RecordRef struct {
	Collection string    `json:"collection"` // "crm.deal"
	ID         uuid.UUID `json:"id"`
}

// recordKind is a RecordRef, kept as jsonb.
type recordKind struct{}

func (recordKind) key(f *Field) string { return f.Name }

func (recordKind) columns(f *Field) []Column { return []Column{{Name: f.Name, Type: "jsonb"}} }

func (recordKind) names(f *Field) []name {
	return []name{{name: f.Name, column: f.Name, kind: expr.JSON}}
}

func (recordKind) decode(_ *Field, raw json.RawMessage, _ string) (any, *problem) {
	var in struct {
		Collection string `json:"collection"`
		ID         string `json:"id"`
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return nil, notRecord()
	}
	return readRecordRef(in.Collection, in.ID)
}

var collectionPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,60}\.[a-z][a-z0-9_]{0,40}$`)

func readRecordRef(collection, id string) (any, *problem) {
	value, p := recordID(id)
	if p != nil || !collectionPattern.MatchString(collection) {
		return nil, notRecord()
	}
	return RecordRef{Collection: collection, ID: value.(uuid.UUID)}, nil
}

func notRecord() *problem {
	return wrong("not_record", `Must be {"collection": "module.collection", "id": the id of a record}.`)
}

// parse takes what the picker posts: module.collection/id.
func (recordKind) parse(_ *Field, text string, _ Locale) (any, *problem) {
	collection, id, _ := strings.Cut(text, "/")
	return readRecordRef(collection, id)
}

func (k recordKind) literal(f *Field, value any, _ moment) (any, *problem) {
	switch v := value.(type) {
	case RecordRef:
		return v, nil
	case string:
		return k.parse(f, v, Locale{})
	}
	return nil, notRecord()
}

func (recordKind) check(_ *Field, value any) *problem {
	r, ok := value.(RecordRef)
	if !ok || !collectionPattern.MatchString(r.Collection) || r.ID == uuid.Nil {
		return notRecord()
	}
	return nil
}

func (recordKind) args(value any) []any {
	if r, ok := value.(RecordRef); ok {
		return []any{compactJSON(r)}
	}
	return []any{nil}
}

func (recordKind) selection(f *Field) string { return column(f.Name) }

func (recordKind) schema(*Field) map[string]any {
	return map[string]any{
		"type": "object", "additionalProperties": false, "required": []string{"collection", "id"},
		"properties": map[string]any{
			"collection": map[string]any{"type": "string", "pattern": collectionPattern.String()},
			"id":         map[string]any{"type": "string", "format": "uuid"},
		},
	}
}

func (recordKind) text(_ *Field, value any) string {
	r := value.(RecordRef)
	return r.Collection + "/" + r.ID.String()
}

func (k recordKind) parseText(f *Field, text, _ string) (any, *problem) {
	return k.parse(f, text, Locale{})
}

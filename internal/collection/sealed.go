package collection

import (
	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/secret"
)

// SealedColumn is a column whose values are sealed by the key ring.
type SealedColumn struct {
	Table             string // qualified and quoted
	Column            string // quoted
	Collection, Field string
}

// Sealed returns the columns that hold sealed values, in the manifest's order.
func (m *Module) Sealed() []SealedColumn {
	var list []SealedColumn
	for _, c := range m.collections {
		for _, f := range c.fields {
			if !f.Secret && !f.Sensitive {
				continue
			}
			for _, column := range f.columns {
				list = append(list, SealedColumn{Table: c.table, Column: quote(column.Name), Collection: c.stored, Field: f.stored.Name})
			}
		}
	}
	return list
}

// sealedAt is the place to which a secret value of a record is bound.
func (r Records) sealedAt(f *Field, record uuid.UUID) string {
	c := r.Collection
	return secret.RecordContext(r.Scope.Site(), c.module.Schema, c.stored, f.stored.Name, record)
}

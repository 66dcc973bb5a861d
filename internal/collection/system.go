package collection

import (
	"slices"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// systemColumns are the columns that every table has, in order.
func systemColumns() []Column {
	return []Column{
		{"site_id", "uuid"},
		{"id", "uuid"},
		{"version", "bigint"},
		{"created_at", "timestamp with time zone"},
		{"created_by", "uuid"},
		{"updated_at", "timestamp with time zone"},
		{"updated_by", "uuid"},
		{"deleted_at", "timestamp with time zone"},
		{"deleted_by", "uuid"},
		{"custom", "jsonb"},
		{"i18n", "jsonb"},
		{epochColumn, "smallint"},
	}
}

// systemRules are what a table's definition says of a system column besides
// its type.
func systemRules(column string) string {
	switch column {
	case "site_id", "id", "created_at", "updated_at":
		return " not null"
	case "version":
		return " not null default 1"
	case epochColumn:
		return " not null default 1"
	case "custom", "i18n":
		return " not null default '{}'"
	}
	return ""
}

// systemNames are the system columns that records show and filters may name.
// The site, deletion, custom and translated values are not among them.
func systemNames() []name {
	return []name{
		{name: "id", column: "id", kind: expr.UUID},
		{name: "version", column: "version", kind: expr.Integer},
		{name: "created_at", column: "created_at", kind: expr.Instant},
		{name: "created_by", column: "created_by", kind: expr.UUID},
		{name: "updated_at", column: "updated_at", kind: expr.Instant},
		{name: "updated_by", column: "updated_by", kind: expr.UUID},
	}
}

// item is one key of a record's JSON.
type item struct {
	key   string
	sql   string
	field *Field // nil for system values
}

func (c *Collection) addSystem() {
	for _, n := range systemNames() {
		c.addName(n)
		c.items = append(c.items, item{key: n.name, sql: column(n.column)})
	}
}

func (c *Collection) isSystem(name string) bool {
	_, declared := c.byName[name]
	_, known := c.names[name]
	return known && !declared
}

func isSystemColumn(name string) bool {
	return slices.ContainsFunc(systemColumns(), func(c Column) bool { return c.Name == name })
}

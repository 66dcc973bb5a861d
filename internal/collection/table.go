package collection

import (
	"fmt"
	"slices"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// Table is a table as it should be, for comparison with the catalogue.
type Table struct {
	Name    string
	Columns []Column
	Indexes []Index // without the primary key's
	Policy  string  // name of the one row policy
	Log     Log     // what its triggers write to the change log
}

// Index is an index as it should be. All start with site_id and leave deleted
// records out.
type Index struct {
	Name    string
	Columns []string // with " desc" where it is so
	Unique  bool
}

// policyName is the name of the one row policy that each table has.
const policyName = "site"

// Tables returns the module's tables in the manifest's order.
func (m *Module) Tables() []Table {
	tables := make([]Table, len(m.collections))
	for i, c := range m.collections {
		tables[i] = Table{Name: c.Name, Columns: systemColumns(), Indexes: c.indexes, Policy: policyName, Log: c.logOf()}
		for _, f := range c.fields {
			tables[i].Columns = append(tables[i].Columns, f.columns...)
		}
	}
	return tables
}

// planIndexes decides which indexes the table has: newest first, one for each
// reference and each field or list of fields declared, and the unique rules.
func (c *Collection) planIndexes() error {
	c.addIndex(Index{Name: physical(c.Name, "by_created"), Columns: []string{"site_id", "created_at desc", "id"}})
	for _, f := range c.fields {
		switch {
		case f.Unique:
			c.addUnique([]*Field{f}, "")
		case f.Index || f.Kind == manifest.KindReference:
			c.addIndexOver([]*Field{f})
		}
	}
	for _, u := range c.Unique {
		fields, err := c.fieldsOf(u.Fields)
		if err != nil {
			return fmt.Errorf("unique: %w", err)
		}
		c.addUnique(fields, u.Message)
	}
	for _, names := range c.Index {
		fields, err := c.fieldsOf(names)
		if err != nil {
			return fmt.Errorf("index: %w", err)
		}
		c.addIndexOver(fields)
	}
	return nil
}

func (c *Collection) fieldsOf(names []string) ([]*Field, error) {
	if len(names) == 0 {
		return nil, fmt.Errorf("no field is named")
	}
	fields := make([]*Field, len(names))
	for i, n := range names {
		f, ok := c.byName[n]
		if !ok {
			return nil, fmt.Errorf("there is no field %q", n)
		}
		fields[i] = f
	}
	return fields, nil
}

// columnsOf lists the fields' columns; an index over money orders by amount
// first.
func columnsOf(fields []*Field) []string {
	var names []string
	for _, f := range fields {
		for _, column := range f.columns {
			names = append(names, column.Name)
		}
	}
	return names
}

func (c *Collection) addIndexOver(fields []*Field) {
	columns := columnsOf(fields)
	c.addIndex(Index{Name: over(c.Name, "by", columns), Columns: append([]string{"site_id"}, columns...)})
}

func (c *Collection) addUnique(fields []*Field, message string) {
	columns := columnsOf(fields)
	index := Index{Name: over(c.Name, "unique", columns), Columns: append([]string{"site_id"}, columns...), Unique: true}
	if c.addIndex(index) {
		c.uniques = append(c.uniques, unique{index: index.Name, fields: fields, message: message})
	}
}

// addIndex leaves out what is declared twice.
func (c *Collection) addIndex(index Index) bool {
	if slices.ContainsFunc(c.indexes, func(i Index) bool { return i.Name == index.Name }) {
		return false
	}
	c.indexes = append(c.indexes, index)
	return true
}

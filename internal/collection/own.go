package collection

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A site's own fields are kept in the record's column custom, each column of
// their kind under its name without this prefix.
const ownPrefix = "x_"

// ownKey is the key of a column among the values of custom.
func ownKey(c Column) string { return strings.TrimPrefix(c.Name, ownPrefix) }

// ownSQL reads a column of an own field from the column custom of a table.
// Every value was checked when it was written, so that the cast cannot fail.
func ownSQL(table string, c Column) string {
	sql := "(" + table + `."custom"->>'` + ownKey(c) + "')"
	switch c.Type {
	case "text":
		return sql
	case "boolean": // records from before the field was there
		return "coalesce(" + sql + "::boolean, false)"
	}
	return "(" + sql + "::" + c.Type + ")"
}

// own returns the fields that the site defined itself.
func (c *Collection) own() []*Field {
	var own []*Field
	for _, f := range c.fields {
		if f.Own {
			own = append(own, f)
		}
	}
	return own
}

// readTable is what statements read records from: the table, with a column for
// each column of the site's own fields, and translatable values in the
// language of the content. PostgreSQL takes such a query apart, so that indexes
// serve as they do on the table.
func (c *Collection) readTable() string {
	var columns []string
	for _, f := range c.own() {
		for _, column := range f.columns {
			columns = append(columns, ownSQL("s", column)+" as "+quote(column.Name))
		}
	}
	all := []string{"s.*"}
	if c.language != "" && c.Translatable() != nil {
		all = c.translatedColumns()
	}
	if columns == nil && all[0] == "s.*" {
		return c.table
	}
	return "(select " + strings.Join(append(all, columns...), ", ") + " from " + c.table + " s)"
}

// translatedColumns are the table's columns, the translatable ones in the
// language of the content.
func (c *Collection) translatedColumns() []string {
	kept := Table{Columns: systemColumns(), rules: map[string]string{}}
	if c.Ordered != "" {
		kept.Columns = append(kept.Columns, Column{Name: positionColumn})
	}
	kept.addFields(c.stored, stored(c.fields))
	var all []string
	for _, column := range kept.Columns {
		all = append(all, "s."+quote(column.Name))
	}
	for _, f := range c.Translatable() {
		name := quote(f.columns[0].Name)
		all[slices.Index(all, "s."+name)] = translatedSQL(f, c.language) + " as " + name
	}
	return all
}

// selection is the SQL of the field's JSON value over the record t, also where
// t is the table itself, as behind a write.
func (f *Field) selection() string {
	if f.lines != nil || f.list != nil {
		return f.kind.selection(f)
	}
	sql := f.kind.selection(f.stored)
	if f.Own {
		for _, c := range f.columns {
			sql = strings.ReplaceAll(sql, column(c.Name), ownSQL("t", c))
		}
	}
	return sql
}

// stored are the fields that have columns of the table.
func stored(fields []*Field) []*Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f *Field) bool { return f.Own })
}

// ownValues are the values of own fields as the column custom keeps them: of
// the named fields only, with null for what is empty. Empty when none is named.
func (c *Collection) ownValues(v Values, named func(*Field) bool) string {
	values := map[string]any{}
	for _, f := range c.own() {
		if !named(f) {
			continue
		}
		for i, arg := range fieldArgs(f, v[f.Name]) {
			values[ownKey(f.columns[i])] = jsonArg(arg, f.columns[i])
		}
	}
	if len(values) == 0 {
		return ""
	}
	body, err := json.Marshal(values)
	if err != nil { // text, numbers and instants always have a JSON
		panic(fmt.Sprintf("own values: %v", err))
	}
	return string(body)
}

// ownOf are all own values of a new record.
func (c *Collection) ownOf(v Values) string {
	return c.ownValues(v, func(*Field) bool { return true })
}

// addOwn adds the parameter of ownInsert, if the site has own fields.
func (c *Collection) addOwn(args []any, v Values) []any {
	if c.own() == nil {
		return args
	}
	return append(args, c.ownOf(v))
}

// ownInsert is the column custom of a new record, ownUpdate its assignment that
// changes the given values and empties those that are null. Retired fields keep
// theirs.
func ownInsert(values string) string { return "jsonb_strip_nulls(" + values + "::jsonb)" }

func ownUpdate(values string) string {
	return quote("custom") + " = jsonb_strip_nulls(t." + quote("custom") + " || " + values + "::jsonb)"
}

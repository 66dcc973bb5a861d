package collection

import (
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// values are the columns of the field's value in what statements read: those
// of the table, or those that withComputed adds.
func (f *Field) values() []Column {
	if f.virtual {
		return f.kind.columns(f.stored)
	}
	return f.columns
}

// computed returns those of the items that are computed when they are read.
func computed(items []item) []*Field {
	var fields []*Field
	for _, i := range items {
		if i.field != nil && i.field.virtual && !slices.Contains(fields, i.field) {
			fields = append(fields, i.field)
		}
	}
	return fields
}

// withComputed adds to the records under the name t in from the values of the
// fields that are computed when they are read, as the columns that they would
// have in the table, and the titles of what references point at: what selects, sorts and sums need not tell them apart.
// PostgreSQL takes the query apart, and works out what is asked for only.
func (r Records) withComputed(c *Collection, from string, fields, titles []*Field, args *expr.Args) (string, error) {
	if len(fields)+len(titles) == 0 {
		return from, nil
	}
	src := c.source("t", args, r.rootColumns(args))
	called, err := src.withTitles(titles)
	if err != nil {
		return "", err
	}
	parts := append([]string{"t.*"}, called...)
	for _, f := range fields {
		values, err := f.readSQL(src)
		if err != nil {
			return "", err
		}
		if len(values) == 2 { // nothing summed up is nothing of any currency
			values[1] = "coalesce(" + values[1] + ", " + args.Add(currencyOf(f, r.Currency)) + ")"
		}
		for i, column := range f.values() {
			value := "null"
			if i < len(values) {
				value = values[i]
			}
			parts = append(parts, "("+value+")::"+column.Type+" as "+quote(column.Name))
		}
	}
	return "(select " + strings.Join(parts, ", ") + " from " + from + ") t", nil
}

// from is the plan's records with what of it is computed when it is read.
func (b builder) from(p *plan, records string) (string, error) {
	return b.records.withComputed(p.in, records, p.computed, p.titles, b.args)
}

// needs notes that the plan selects or sorts by what may be computed when it
// is read.
func (p *plan) needs(fields ...*Field) {
	for _, f := range fields {
		if f != nil && f.virtual && !slices.Contains(p.computed, f) {
			p.computed = append(p.computed, f)
		}
	}
}

// shown is the select of the JSON of one record, which where finds by the
// table's columns, with all that the access lets see.
func (r Records) shown(a Access, where string, args *expr.Args) (string, error) {
	projection, err := r.Collection.projection(nil, a, nil)
	if err != nil {
		return "", err
	}
	items, err := r.Collection.selected(nil, a)
	if err != nil {
		return "", err
	}
	from, err := r.withComputed(r.Collection, "(select t.* from "+r.Collection.from()+" where "+where+") t", computed(items), nil, args)
	return "select " + asJSON(projection) + " from " + from, err
}

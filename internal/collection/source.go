package collection

import (
	"github.com/dramac-main/dramac-cms/internal/expr"
)

// recordSource is what names are in SQL for a record under an alias: its
// columns, the ways on from it, and values that are computed when they are
// read. Without an alias it only tells types.
type recordSource struct {
	*Collection
	alias string
	args  *expr.Args
	roots expr.Columns // nil: the expression came here from another record
	more  expr.Columns // what roots and all computed values may read

	computed map[string]expr.Column
}

// source reads the records of the collection under an alias.
func (c *Collection) source(alias string, args *expr.Args, roots expr.Columns) *recordSource {
	return &recordSource{c, alias, args, roots, roots, map[string]expr.Column{}}
}

func (s *recordSource) column(name string) string { return aliased(s.alias, name) }

func aliased(alias, name string) string {
	if alias == "" {
		return quote(name)
	}
	return alias + "." + quote(name)
}

// Name implements expr.Source.
func (s *recordSource) Name(step string) (expr.Column, bool) {
	c := s.Collection
	if f, ok := c.byName[step]; ok && !f.sealed() {
		return s.field(f)
	}
	if f := c.stamped(step); f != nil {
		return expr.Column{SQL: s.column(f.stamp), Type: expr.Type{Kind: expr.Instant}}, true
	}
	if t, ok := c.platform(step); ok {
		return expr.Column{SQL: s.column(step), Type: t}, true
	}
	if way, ok := c.inverse(step); ok {
		return expr.Column{Type: expr.Type{Kind: expr.UUID}, Related: s.pointing(way)}, true
	}
	column, ok := s.roots[step]
	return column, ok
}

func (s *recordSource) field(f *Field) (expr.Column, bool) {
	switch {
	case f.virtual:
		return s.computedColumn(f)
	case f.lines != nil:
		return expr.Column{Type: expr.Type{Kind: expr.UUID}, Related: &expr.Related{
			Many: true, From: f.lines.table,
			On: func(alias string) string {
				return alias + ".site_id = " + s.column("site_id") + " and " + alias + ".record_id = " + s.column("id")
			},
			Columns: s.lines(f.lines),
			Order:   func(alias string) string { return alias + ".position" },
		}}, true
	case f.list != nil:
		return listColumn(f.list, s.column("site_id"), s.column("id"), s.records), true
	}
	return plainColumn(f, s.alias, s.reference(f)), true
}

// plainColumn is a field's own column, and where it leads.
func plainColumn(f *Field, alias string, related *expr.Related) expr.Column {
	column := expr.Column{Type: f.valueType(), Related: related}
	if len(f.columns) == 0 {
		return column
	}
	column.SQL = aliased(alias, f.columns[0].Name)
	if column.Type.Kind == expr.Money {
		column.Currency = aliased(alias, f.columns[1].Name)
	}
	return column
}

func (s *recordSource) reference(f *Field) *expr.Related {
	return referenceTo(f, s.column("site_id"), aliased(s.alias, f.columns[0].Name), s.records, s.lines)
}

// referenceTo leads along a reference; nil when that is nowhere in this module.
func referenceTo(f *Field, site, id string, records func(*Collection) func(string) expr.Source, lines func(*Lines) func(string) expr.Source) *expr.Related {
	switch {
	case f.target != nil:
		return &expr.Related{
			From: f.target.view,
			On: func(alias string) string {
				return alias + ".site_id = " + site + " and " + alias + ".id = " + id + " and " + alias + ".deleted_at is null"
			},
			Columns: records(f.target),
		}
	case f.aim != nil:
		return &expr.Related{
			From:    f.aim.table,
			On:      func(alias string) string { return alias + ".site_id = " + site + " and " + alias + ".id = " + id },
			Columns: lines(f.aim),
		}
	}
	return nil
}

// listColumn is a list of references of the row with that id: its ids in order,
// and the records of this module that it leads to.
func listColumn(l *List, site, id string, records func(*Collection) func(string) expr.Source) expr.Column {
	rows := "l.site_id = " + site + " and l." + l.tied() + " = " + id
	column := expr.Column{
		Type:    expr.Type{Kind: expr.UUID, List: true},
		SQL:     "array(select l.target_id from " + l.table + " l where " + rows + " order by l.position)",
		Members: &expr.Members{From: l.table + " l", On: rows, Item: "l.target_id"},
	}
	if l.target == nil {
		return column
	}
	column.Related = &expr.Related{
		Many: true, From: l.target.view, Columns: records(l.target),
		On: func(alias string) string {
			return alias + ".site_id = " + site + " and " + alias + ".deleted_at is null and exists (select 1 from " + l.table +
				" l where " + rows + " and l.target_id = " + alias + ".id)"
		},
		Order: func(alias string) string {
			return "(select l.position from " + l.table + " l where " + rows + " and l.target_id = " + alias + ".id)"
		},
	}
	return column
}

func (s *recordSource) records(c *Collection) func(alias string) expr.Source {
	return func(alias string) expr.Source {
		return &recordSource{c, alias, s.args, nil, s.more, map[string]expr.Column{}}
	}
}

func (s *recordSource) lines(l *Lines) func(alias string) expr.Source {
	return func(alias string) expr.Source { return &lineSource{l, alias, s, nil} }
}

// pointing leads to the live records that point here.
func (s *recordSource) pointing(way holder) *expr.Related {
	site, id := s.column("site_id"), s.column("id")
	related := &expr.Related{Many: true, From: way.from.view, Columns: s.records(way.from), Order: way.from.first}
	switch {
	case way.line != nil && way.line.list == nil:
		related.From, related.Columns = way.field.lines.table, s.lines(way.field.lines)
		related.Order = func(alias string) string { return alias + ".position" }
		related.On = func(alias string) string {
			return alias + ".site_id = " + site + " and " + alias + "." + quote(way.line.columns[0].Name) + " = " + id +
				" and exists (select 1 from " + way.from.table + " p where p.site_id = " + site + " and p.id = " + alias +
				".record_id and p.deleted_at is null)"
		}
	case way.line != nil:
		related.From, related.Columns = way.field.lines.table, s.lines(way.field.lines)
		related.Order = func(alias string) string { return alias + ".position" }
		related.On = func(alias string) string {
			return alias + ".site_id = " + site + " and exists (select 1 from " + way.line.list.table + " l join " + way.from.table +
				" p on p.site_id = l.site_id and p.id = l.record_id and p.deleted_at is null where l.site_id = " + site +
				" and l." + lineColumn + " = " + alias + ".id and l.target_id = " + id + ")"
		}
	case way.field.list != nil:
		related.On = func(alias string) string {
			return alias + ".site_id = " + site + " and " + alias + ".deleted_at is null and exists (select 1 from " +
				way.field.list.table + " l where l.site_id = " + site + " and l.record_id = " + alias + ".id and l.target_id = " + id + ")"
		}
	default:
		related.On = func(alias string) string {
			return alias + ".site_id = " + site + " and " + alias + "." + quote(way.field.columns[0].Name) + " = " + id + " and " + alias + ".deleted_at is null"
		}
	}
	return related
}

// first is the order in which records of the collection are met.
func (c *Collection) first(alias string) string {
	if c.Ordered != "" {
		return alias + "." + quote(positionColumn) + ", " + alias + ".id"
	}
	return alias + ".created_at, " + alias + ".id"
}

// computedColumn compiles a value that is computed when it is read, once for
// each source, because the compiler asks more than once and every time its
// parameters would join the statement.
func (s *recordSource) computedColumn(f *Field) (expr.Column, bool) {
	if s.alias == "" {
		return expr.Column{Type: f.valueType(), SQL: "null"}, true
	}
	if column, ok := s.computed[f.Name]; ok {
		return column, true
	}
	inner := *s
	inner.roots = s.more
	column, err := expr.CompileValue(f.rules.computed, &inner, s.args)
	if err != nil { // it compiled when the module was
		return expr.Column{}, false
	}
	s.computed[f.Name] = column
	return column, true
}

// lineSource is what names are in SQL for a line under an alias.
type lineSource struct {
	*Lines
	alias  string
	record *recordSource // for its parameters and what its records may read
	roots  expr.Columns
}

// Name implements expr.Source.
func (s *lineSource) Name(step string) (expr.Column, bool) {
	site := aliased(s.alias, "site_id")
	if f, ok := s.byName[step]; ok && !f.sealed() {
		if f.list != nil {
			return listColumn(f.list, site, aliased(s.alias, "id"), s.record.records), true
		}
		return plainColumn(f, s.alias, referenceTo(f, site, aliased(s.alias, f.columns[0].Name), s.record.records, s.record.lines)), true
	}
	switch step {
	case "id":
		return expr.Column{SQL: aliased(s.alias, "id"), Type: expr.Type{Kind: expr.UUID}}, true
	case positionColumn:
		return expr.Column{SQL: aliased(s.alias, positionColumn), Type: expr.Type{Kind: expr.Integer}}, true
	case "parent":
		return expr.Column{Related: &expr.Related{
			From: s.of.table,
			On: func(alias string) string {
				return alias + ".site_id = " + site + " and " + alias + ".id = " + aliased(s.alias, "record_id")
			},
			Columns: s.record.records(s.of),
		}}, true
	}
	column, ok := s.roots[step]
	return column, ok
}

// readSQL is the SQL of a value that is computed when it is read, over the
// record that the source reads, as tables keep the columns of its kind.
func (f *Field) readSQL(s *recordSource) ([]string, error) {
	column, err := expr.CompileValue(f.rules.computed, s, s.args)
	if err != nil {
		return nil, err
	}
	if column.Type.Kind == expr.Money {
		return []string{column.Stored(), column.Currency}, nil
	}
	return []string{column.Stored()}, nil
}

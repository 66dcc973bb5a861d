package collection

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// load reads a live record that the actor may write as a draft, and locks it
// until the end of the transaction; nil when there is none. All its values are
// read, also those that the actor does not see, because rules speak of them.
func (r Records) load(ctx context.Context, id uuid.UUID) (*draft, error) {
	lock := " for no key update"
	if r.Collection.AppendOnly { // such records never change, and nobody may lock them
		lock = ""
	}
	return r.loadLocked(ctx, id, lock)
}

func (r Records) loadLocked(ctx context.Context, id uuid.UUID, lock string) (*draft, error) {
	args := r.newArgs()
	where, err := r.one(id, args)
	if err != nil {
		return nil, err
	}
	d, err := r.loadWhere(ctx, id, where+lock, args)
	if err != nil || d == nil {
		return nil, err
	}
	return d, r.loadLines(ctx, d)
}

func (r Records) loadWhere(ctx context.Context, id uuid.UUID, where string, args *expr.Args) (*draft, error) {
	c := r.Collection
	parts := []string{"t.version", "t.created_at", "t.created_by::text"}
	for _, f := range c.fields {
		for _, column := range f.columns {
			parts = append(parts, readable("t."+quote(column.Name), column))
		}
		if f.stamp != "" {
			parts = append(parts, "t."+quote(f.stamp))
		}
	}
	var d *draft
	sql := "select " + strings.Join(parts, ", ") + " from " + c.from() + " where " + where
	err := r.Scope.Batch(ctx, pg.Statement{SQL: sql, Args: args.Values, Read: func(rows pgx.Rows) error {
		if !rows.Next() {
			return rows.Err()
		}
		values, err := rows.Values()
		if err != nil {
			return err
		}
		d = r.newDraft(id)
		d.version, _ = values[0].(int64)
		d.created, _ = values[1].(time.Time)
		d.created, d.creator = d.created.UTC(), values[2]
		values = values[3:]
		for _, f := range c.fields {
			n := len(f.columns)
			if n > 0 {
				d.values[f.Name] = f.fromColumns(values[:n])
			}
			if values = values[n:]; f.stamp != "" {
				if at, ok := values[0].(time.Time); ok {
					d.stamps[f.Name] = at.UTC()
				}
				values = values[1:]
			}
		}
		return nil
	}})
	return d, err
}

// loadLines reads the record's lines and lists.
func (r Records) loadLines(ctx context.Context, d *draft) error {
	var statements []pg.Statement
	for _, f := range r.Collection.fields {
		switch {
		case f.lines != nil:
			statements = append(statements, d.linesStatement(f))
		case f.list != nil:
			statements = append(statements, d.listStatement(f.list, func(of uuid.UUID, ids []uuid.UUID) { d.values[f.Name] = ids }))
		}
	}
	for _, f := range r.Collection.fields {
		if f.lines == nil {
			continue
		}
		for _, line := range f.lines.fields {
			if line.list == nil {
				continue
			}
			statements = append(statements, d.listStatement(line.list, func(of uuid.UUID, ids []uuid.UUID) {
				for _, l := range d.lines[f.Name] {
					if l.id == of {
						l.values[line.Name] = ids
					}
				}
			}))
		}
	}
	if len(statements) == 0 {
		return nil
	}
	return r.Scope.Batch(ctx, statements...)
}

func (d *draft) linesStatement(f *Field) pg.Statement {
	parts := []string{"t.id"}
	for _, line := range f.lines.fields {
		for _, column := range line.columns {
			parts = append(parts, readable("t."+quote(column.Name), column))
		}
	}
	args := d.records.newArgs()
	return pg.Statement{
		SQL: "select " + strings.Join(parts, ", ") + " from " + f.lines.table + " t where t.site_id = $1::uuid and t.record_id = " +
			args.Add(d.id.String()) + "::uuid order by t.position",
		Args: args.Values,
		Read: func(rows pgx.Rows) error {
			for rows.Next() {
				values, err := rows.Values()
				if err != nil {
					return err
				}
				l := &draftLine{of: f.lines, record: d, values: Values{}, place: len(d.lines[f.Name]) + 1}
				id, _ := values[0].([16]byte)
				l.id = id
				values = values[1:]
				for _, line := range f.lines.fields {
					if n := len(line.columns); n > 0 {
						l.values[line.Name] = line.fromColumns(values[:n])
						values = values[n:]
					}
				}
				d.lines[f.Name] = append(d.lines[f.Name], l)
			}
			return rows.Err()
		},
	}
}

// listStatement reads a list of references of the record, or of all its lines.
func (d *draft) listStatement(l *List, take func(of uuid.UUID, ids []uuid.UUID)) pg.Statement {
	args := d.records.newArgs()
	return pg.Statement{
		SQL: "select x." + l.tied() + ", array_agg(x.target_id order by x.position) from " + l.table +
			" x where x.site_id = $1::uuid and x.record_id = " + args.Add(d.id.String()) + "::uuid group by 1",
		Args: args.Values,
		Read: func(rows pgx.Rows) error {
			for rows.Next() {
				var of uuid.UUID
				var ids []uuid.UUID
				if err := rows.Scan(&of, &ids); err != nil {
					return err
				}
				take(of, ids)
			}
			return rows.Err()
		},
	}
}

// tied is the column that ties a list's row to what has the list.
func (l *List) tied() string {
	if l.of != nil {
		return lineColumn
	}
	return "record_id"
}

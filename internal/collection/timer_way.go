package collection

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Moved are changes of records of one collection of the module, with the columns
// that changed as they were before.
type Moved struct {
	Collection string
	Records    []uuid.UUID
	Previous   []map[string]json.RawMessage
}

// farEnd stands in the SQL of a way for the ids at its far end.
const farEnd = "{ids}"

// way leads from records at the far end, which timers read, back to the records
// that have the timers: SQL for the ids of these, $1 being the site.
type way struct {
	sql string
	// When the last step is a reference that the far record has, the record that
	// it pointed at before is concerned too: its column, and the way from there.
	column, former string
	// whole says that a change does not tell where it pointed before, so that all
	// records are concerned.
	whole bool
}

// here is the way from the record itself.
func here() way { return way{sql: farEnd} }

// beyond adds a step, written as the SQL of the ids before it.
func (w way) beyond(step string) way { return way{sql: strings.ReplaceAll(w.sql, farEnd, step)} }

// ids is the select of the ids that a table's rows have in a column, of the rows
// that lead to the far end by another.
func (w way) through(table, from, to, more string) way {
	return w.beyond("select x." + from + " from " + table + " x where x.site_id = $1::uuid and x." + to + " in (" + farEnd + ")" + more)
}

// walk is where a path has come to: a collection, or lines of its records.
type walk struct {
	in    *Collection
	lines *Lines
	way   way
}

// follow walks all paths of an expression and notes at which
// collections they come by, and how one gets back.
func (w walk) follow(n expr.Node, seen map[string][]way) {
	for _, path := range expr.Paths(n) {
		at := w
		for _, step := range path {
			next, computed, ok := at.step(step)
			if computed != nil {
				at.follow(computed, seen)
			}
			if !ok {
				break
			}
			at = next
			if at.way != here() && !slices.Contains(seen[at.in.Name], at.way) {
				seen[at.in.Name] = append(seen[at.in.Name], at.way)
			}
		}
	}
}

// step goes on by one name; false where it leads to no other records. What is
// computed when it is read is an expression of the same record.
func (w walk) step(name string) (walk, expr.Node, bool) {
	field, ok := w.in.byName[name]
	if w.lines != nil {
		if name == "parent" {
			return walk{in: w.in, way: w.way}, nil, true
		}
		field, ok = w.lines.byName[name]
	}
	if !ok {
		next, inverse := w.back(name)
		return next, nil, inverse
	}
	table, id, live := w.in.table, "id", " and x.deleted_at is null"
	if w.lines != nil {
		table, id, live = w.lines.table, "record_id", ""
	}
	switch {
	case field.virtual:
		return w, field.rules.computed, false
	case field.lines != nil:
		return walk{w.in, field.lines, w.way}, nil, true
	case field.list != nil && field.list.target != nil:
		return walk{in: field.list.target, way: w.way.through(field.list.table, "record_id", "target_id", "")}, nil, true
	case field.target != nil:
		return walk{in: field.target, way: w.way.through(table, id, quote(field.columns[0].Name), live)}, nil, true
	case field.aim != nil:
		there := w.way.through(table, id, quote(field.columns[0].Name), live).through(field.aim.table, "id", "record_id", "")
		return walk{field.aim.of, field.aim, there}, nil, true
	}
	return w, nil, false
}

// back goes to the records that point here.
func (w walk) back(name string) (walk, bool) {
	by, ok := w.in.inverse(name)
	if !ok || w.lines != nil {
		return w, false
	}
	next := walk{in: by.from}
	switch {
	case by.line != nil && by.line.list != nil:
		next.way = w.way.through(by.line.list.table, "target_id", "record_id", "")
	case by.line != nil:
		next.lines, next.way = by.field.lines, w.way.through(by.field.lines.table, quote(by.line.columns[0].Name), "record_id", "")
	case by.field.list != nil:
		next.way = w.way.through(by.field.list.table, "target_id", "record_id", "")
	default:
		column := by.field.columns[0].Name
		next.way = w.way.through(by.from.table, quote(column), "id", "")
		next.way.column, next.way.former = column, w.way.sql
		return next, true
	}
	next.way.whole = true
	return next, true
}

// DuesReading is Dues of the records whose timers read records that were
// changed, a thousand after the id. Those changed records themselves are not
// among them, unless they read one another.
func (r Records) DuesReading(ctx context.Context, moved Moved, after uuid.UUID) ([]Due, error) {
	ways := r.Collection.timerWays(moved.Collection)
	if len(ways) == 0 {
		return nil, nil
	}
	return r.dues(ctx, func(args *expr.Args) string {
		next := "t.id > " + args.Add(after.String()) + "::uuid order by t.id limit 1000"
		if slices.ContainsFunc(ways, func(w way) bool { return w.whole }) {
			return next
		}
		changed := args.Add(idTexts(moved.Records))
		var parts []string
		for _, w := range ways {
			parts = append(parts, w.from(changed))
			if before := formerIDs(moved.Previous, w.column); len(before) > 0 {
				parts = append(parts, way{sql: w.former}.from(args.Add(before)))
			}
		}
		return "t.id in (" + strings.Join(parts, " union ") + ") and " + next
	})
}

// from is the SQL of the way from the ids in a parameter.
func (w way) from(parameter string) string {
	return strings.ReplaceAll(w.sql, farEnd, "select unnest("+parameter+"::uuid[])")
}

// formerIDs are what a column of references held before.
func formerIDs(previous []map[string]json.RawMessage, column string) []string {
	var ids []string
	for _, values := range previous {
		var id *uuid.UUID
		if raw, ok := values[column]; ok && json.Unmarshal(raw, &id) == nil && id != nil {
			ids = append(ids, id.String())
		}
	}
	return ids
}

// timerWays are the ways back from a collection to the records whose timers read
// it.
func (c *Collection) timerWays(from string) []way {
	var all []way
	for _, t := range c.timers {
		for _, w := range t.reads[from] {
			if !slices.Contains(all, w) {
				all = append(all, w)
			}
		}
	}
	return all
}

// dues answers Dues for the records t of a condition.
func (r Records) dues(ctx context.Context, where func(*expr.Args) string) ([]Due, error) {
	args := r.newArgs()
	columns, err := r.dueColumns(args)
	if err != nil {
		return nil, err
	}
	var list []Due
	err = r.Scope.Batch(ctx, pg.Statement{
		SQL:  "select t.id" + columns + " from " + r.Collection.table + " t where t.site_id = $1::uuid and t.deleted_at is null and " + where(args),
		Args: args.Values,
		Read: func(rows pgx.Rows) error {
			for rows.Next() {
				dues, err := r.Collection.readDues(rows, r.Now().Location())
				if err != nil {
					return err
				}
				list = append(list, dues...)
			}
			return rows.Err()
		},
	})
	return list, err
}

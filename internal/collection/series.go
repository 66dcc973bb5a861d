package collection

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// seriesName is the table of a module's number series. No collection can have
// the name.
const seriesName = "_sequence"

// seriesTable has a row for each series of numbers of a site: of a field, of a
// value of the field it runs on its own for, and of a period. Who draws a
// number locks the row until the end of the transaction, so a rollback gives
// the number back.
func seriesTable() Table {
	return Table{
		Name: seriesName,
		Columns: []Column{
			{"site_id", "uuid"},
			{"id", "uuid"},
			{"collection", "text"},
			{"field", "text"},
			{"per", "text"},
			{"period", "text"},
			{"next", "bigint"},
		},
		Indexes: []Index{{
			Name: seriesName + "_unique", Columns: []string{"site_id", "collection", "field", "per", "period"}, Unique: true,
		}},
		Rights: []string{"INSERT", "SELECT", "UPDATE"}, Policy: policyName,
		rules: map[string]string{
			"site_id": " not null", "id": " not null", "collection": " not null", "field": " not null",
			"per": " not null", "period": " not null", "next": " not null",
		},
	}
}

// drawAtCreation is what draws a number where the manifest names no action.
const drawAtCreation = "create"

// drawn is what draws the field's number.
func drawn(f *Field) string {
	if f.Sequence.Draw == "" {
		return drawAtCreation
	}
	return f.Sequence.Draw
}

// due are the fields whose numbers the write draws, in their order. A number
// that was drawn stays, and what is not shown now has none.
func (d *draft) due(run *runnable) []*Field {
	var due []*Field
	for _, f := range d.records.Collection.fields {
		now := d.old == nil && drawn(f) == drawAtCreation || run != nil && run.Name == drawn(f)
		if f.Kind == manifest.KindSequence && now && d.values[f.Name] == nil && !d.absent[f.key] {
			due = append(due, f)
		}
	}
	return due
}

// drawFirst draws, of the numbers that are due, those that something else is
// worked out of: it reports whether there were any. It is for the open
// transaction of the write, which gives them back if it is refused.
func (w *writing) drawFirst(ctx context.Context, d *draft, s *scheme) (bool, error) {
	var statements []pg.Statement
	numbers := Values{}
	for _, f := range d.due(w.action) {
		if !w.Collection.worksWith(f, s) && (d.old == nil || !w.Collection.tells(f)) {
			continue
		}
		args := w.newArgs()
		statements = append(statements, pg.Statement{
			SQL: "with n as (" + d.draw(f, args) + ") select " + d.numberSQL(f, args.Add) + " from n", Args: args.Values,
			Read: func(rows pgx.Rows) (err error) {
				numbers[f.Name], err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
				return err
			},
		})
	}
	if len(statements) == 0 {
		return false, nil
	}
	if err := w.Scope.Batch(ctx, statements...); err != nil {
		return false, fmt.Errorf("draw a number: %w", err)
	}
	if w.numbers == nil {
		w.numbers = Values{}
	}
	maps.Copy(w.numbers, numbers)
	return true, nil
}

// worksWith reports whether a value or a rule of a write reads the number of the
// field.
func (c *Collection) worksWith(f *Field, s *scheme) bool {
	is := func(name string) bool { return name == f.Name }
	in := func(of *Lines, n expr.Node) bool {
		return slices.ContainsFunc(expr.Paths(n), func(path []string) bool { return slices.ContainsFunc(c.reading(of, path).steps, is) })
	}
	for _, one := range s.steps {
		if slices.ContainsFunc(one.reads, is) || one.required != nil && in(one.of, one.required) || one.filter != nil && in(one.of, one.filter) {
			return true
		}
		if slices.ContainsFunc(one.field.Options, func(o manifest.Option) bool { return slices.Contains(o.Requires, f.Name) }) ||
			one.field.lines != nil && slices.ContainsFunc(one.field.lines.checks, func(on rule) bool { return in(one.field.lines, on.node) }) {
			return true
		}
	}
	return slices.ContainsFunc(c.checks, func(on check) bool { return slices.ContainsFunc(on.reads, is) })
}

// tells reports whether an event says that the field has changed.
func (c *Collection) tells(f *Field) bool {
	return slices.ContainsFunc(c.Events, func(e manifest.Event) bool { return slices.Contains(e.Changed, f.Name) })
}

// drawsFirst reports whether a new record, as the action makes it if there is
// one, has a number that something else is worked out of.
func (c *Collection) drawsFirst(run *runnable, s *scheme) bool {
	return slices.ContainsFunc(c.fields, func(f *Field) bool {
		return f.Kind == manifest.KindSequence && (drawn(f) == drawAtCreation || run != nil && run.Name == drawn(f)) && c.worksWith(f, s)
	})
}

// draws returns the statements that draw the numbers of a record that is there:
// after the change is stored, and the gapless ones last of all, so that everybody
// waits for their row as short as can be. A new record is stored with its numbers.
func (d *draft) draws(run *runnable, gapless bool) []pg.Statement {
	if d.old == nil {
		return nil
	}
	r := d.records
	var statements []pg.Statement
	for _, f := range d.due(run) {
		if f.Sequence.Gapless != gapless {
			continue
		}
		args := r.newArgs()
		statements = append(statements, pg.Statement{
			SQL: "with n as (" + d.draw(f, args) + ") update " + r.Collection.table + " as t set " + quote(f.columns[0].Name) + " = " +
				d.numberSQL(f, args.Add) + " from n where t.site_id = $1::uuid and t.id = " + args.Add(d.id.String()) + "::uuid",
			Args: args.Values,
		})
	}
	return statements
}

// insertNumbered is the insert of a record together with the numbers that are
// due: one statement, and no later change, which a record that is never changed
// could not have.
func (d *draft) insertNumbered(due []*Field) (string, []any) {
	args := &expr.Args{Values: d.insertArgs(due)}
	numbers := map[*Field]string{}
	var draws []string
	for i, f := range due {
		n := quote(fmt.Sprintf("%s.%d", seriesName, i)) // no field can be called so
		draws = append(draws, n+" as ("+d.draw(f, args)+")")
		numbers[f] = "(select " + d.numberSQL(f, args.Add) + " from " + n + " n)"
	}
	return "with " + strings.Join(draws, ", ") + " " + d.records.Collection.insertStatement(numbers), args.Values
}

var placeholders = regexp.MustCompile(`\{[^{}]*\}`)

// draw is the statement that takes the next number of the series.
func (d *draft) draw(f *Field, args *expr.Args) string {
	per := ""
	if f.Sequence.Per != "" && d.values[f.Sequence.Per] != nil {
		per = fmt.Sprint(d.values[f.Sequence.Per])
	}
	c := d.records.Collection
	return "insert into " + quote(c.module.Schema) + "." + quote(seriesName) +
		" as s (site_id, id, collection, field, per, period, next) values ($1::uuid, " + args.Add(uuid.NewString()) + "::uuid, " +
		args.Add(c.stored) + ", " + args.Add(f.stored.Name) + ", " + args.Add(per) + ", " + args.Add(period(f.Sequence.Reset, d.records.Now())) +
		", 2) on conflict (site_id, collection, field, per, period) do update set next = s.next + 1 returning s.next - 1 as next"
}

// period is the part of the date within which numbers run.
func period(reset string, now time.Time) string {
	switch reset {
	case "yearly":
		return now.Format("2006")
	case "monthly":
		return now.Format("2006-01")
	case "daily":
		return now.Format(time.DateOnly)
	}
	return ""
}

// numberSQL writes a drawn number, which is called n.next, in its format.
func (d *draft) numberSQL(f *Field, add func(any) string) string {
	var parts []string
	text := func(s string) {
		if s != "" {
			parts = append(parts, add(s)+"::text")
		}
	}
	format, now := f.Sequence.Format, d.records.Now()
	at := 0
	for _, found := range placeholders.FindAllStringIndex(format, -1) {
		text(format[at:found[0]])
		at = found[1]
		switch name := format[found[0]+1 : found[1]-1]; {
		case strings.Trim(name, "#") == "" && name != "":
			parts = append(parts, fmt.Sprintf("lpad(n.next::text, greatest(%d, length(n.next::text)), '0')", len(name)))
		case name == "yyyy":
			text(now.Format("2006"))
		case name == "yy":
			text(now.Format("06"))
		case name == "mm":
			text(now.Format("01"))
		case name == "dd":
			text(now.Format("02"))
		case strings.HasPrefix(name, "setting."):
			if value := d.records.Settings[strings.TrimPrefix(name, "setting.")]; value != nil {
				text(fmt.Sprint(value))
			}
		}
	}
	text(format[at:])
	if len(parts) == 0 {
		return "n.next::text"
	}
	return strings.Join(parts, " || ")
}

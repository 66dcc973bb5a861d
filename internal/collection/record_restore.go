package collection

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Kept is how long a deleted record can be restored.
const Kept = 30 * 24 * time.Hour

// Restore takes back the deletion of a record, with that of the records which
// went along with it, and returns it as JSON. A record that is not deleted is
// returned as it is. What was deleted longer than Kept ago, what never was and
// what the actor cannot see is NotFound. A record that has since been made in
// its place is Conflict, and a reference to a record that is deleted itself is
// Invalid: restore that one first. It meets the rules of a change: what decides
// whether a record may be changed, and its lock; the hooks of saving; what is
// required now, the bounds and options of its fields, which may have been others
// in the version that it was deleted in, and the checks that are declared, but for
// what the clock alone may have broken. So does all that comes along; more than MaxWritten of these
// are Conflict "too_many_records".
func (r Records) Restore(ctx context.Context, id uuid.UUID) ([]byte, error) {
	if r.Collection.AppendOnly { // nothing of the kind is in the trash
		return nil, appendOnly()
	}
	var record []byte
	if r.Collection.restoresAtOnce() && !r.Collection.takesAlong() {
		if err := r.restoreAlone(ctx, id, &record); err != nil {
			return nil, err
		}
		return record, nil
	}
	err := r.transact(ctx, func(r Records) error {
		when, err := r.deletedAt(ctx, id)
		if err != nil {
			return err
		}
		if when == nil {
			return r.restoreAlone(ctx, id, &record)
		}
		with := newDeparture()
		with.begin(r.Collection, id)
		if err := with.gather(ctx, r, id, *when); err != nil {
			return err
		}
		if err := r.restoreAll(ctx, id, with); err != nil {
			return fmt.Errorf("restore %s: %w", r.Collection.Name, err)
		}
		look, err := r.lookStatement(id)
		if err != nil {
			return err
		}
		look.Read = pg.JSON(&record)
		return r.Scope.Batch(ctx, look)
	})
	return record, err
}

// takesAlong reports whether records go with those of the collection.
func (c *Collection) takesAlong() bool {
	return slices.ContainsFunc(c.referrers, func(by referrer) bool { return by.field.OnDelete == "cascade" })
}

// restoresAtOnce reports whether no rule but those of the database speaks of a
// record that comes back.
func (c *Collection) restoresAtOnce() bool {
	if c.yields() || len(c.checks) > 0 || len(c.watches) > 0 || c.closed.node != nil || c.builtIn["update"].node != nil ||
		slices.Contains(c.Hooks, beforeSave) || slices.Contains(c.Hooks, afterSave) {
		return false
	}
	return !slices.ContainsFunc(c.fields, func(f *Field) bool {
		return f.ruled() || f.Tree || f.rules.when != nil || f.rules.required != nil || f.Required && f.target != nil ||
			f.lines != nil || f.list != nil || f.Kind == manifest.KindState && slices.ContainsFunc(f.Options, requires)
	})
}

// ruled reports whether the field's kind has rules that another version may not
// have had.
func (f *Field) ruled() bool {
	return len(f.Options) > 0 || f.Min != nil || f.Max != nil || f.MinDate != "" || f.MaxDate != "" || f.Pattern != "" || f.Currency != ""
}

// restoreAll brings back a record and all that went with it, and then tests the
// rules, when all of them are there.
func (r Records) restoreAll(ctx context.Context, id uuid.UUID, with *departure) error {
	var back []*draft
	for _, c := range r.Collection.module.collections {
		for _, one := range with.going[c.Name] {
			there := r.beside(c)
			if c == r.Collection && one == id {
				there = r
			}
			restore, err := there.restoreStatement(one, with)
			if err != nil {
				return err
			}
			if c.restoresAtOnce() {
				if err := r.Scope.Batch(ctx, restore); err != nil {
					return c.explain(err)
				}
				continue
			}
			d, err := there.loadDeleted(ctx, one)
			if err != nil {
				return err
			}
			back = append(back, d)
			if err := d.yielding(ctx, append(d.holds(), restore)...); err != nil {
				return err
			}
		}
	}
	for _, d := range back {
		if err := d.settleBack(ctx); err != nil {
			return err
		}
	}
	return nil
}

// settleBack holds a record that has come back against the rules of a change of
// it. What follows from a hook, or from fields that are not shown any more, is
// written as one.
func (d *draft) settleBack(ctx context.Context) error {
	r := d.records
	if err := r.permits(ctx, "update", d); err != nil {
		return err
	}
	if r.Collection.closed.node != nil {
		closed, err := d.admits(ctx, r.Collection.closed)
		if err != nil {
			return err
		}
		if closed {
			return errs.New(errs.Conflict, "locked", "This record is closed and cannot be taken back.")
		}
	}
	if err := r.Scope.Batch(ctx, d.dangling()...); err != nil {
		return err
	}
	w := &writing{Records: r, begin: func() (*draft, error) {
		n := d.next()
		n.back = true
		return n, nil
	}}
	n, err := w.settle(ctx)
	if err != nil {
		return err
	}
	_, err = w.write(ctx, n)
	return err
}

// dangling looks whether all that lists and lines point at is there, and keeps
// it there, as it is for references of the record itself.
func (d *draft) dangling() []pg.Statement {
	var statements []pg.Statement
	look := func(f *Field, table, column string, target *Collection) {
		if target == nil {
			return
		}
		pointed := "from " + table + " l where l.site_id = $1::uuid and l.record_id = $2::uuid and l." + column
		there := "from " + target.table + " x where x.site_id = $1::uuid and x.deleted_at is null and x.id"
		args := []any{d.records.Scope.Site().String(), d.id.String()}
		if !target.AppendOnly { // nobody may change or lock it
			statements = append(statements, pg.Statement{SQL: "select 1 " + there + " in (select l." + column + " " + pointed + " is not null) for share", Args: args})
		}
		statements = append(statements, pg.Statement{
			SQL: "select 1 " + pointed + " is not null and not exists (select 1 " + there + " = l." + column + ") limit 1", Args: args,
			Read: func(rows pgx.Rows) error {
				if rows.Next() {
					return errs.BadFields(wrong("reference_missing", "Does not exist.").at(f.key))
				}
				return rows.Err()
			},
		})
	}
	for _, f := range d.records.Collection.fields {
		switch {
		case f.list != nil:
			look(f, f.list.table, "target_id", f.list.target)
		case f.lines != nil:
			for _, line := range f.lines.fields {
				if line.list != nil {
					look(f, line.list.table, "target_id", line.list.target)
				} else if line.target != nil {
					look(f, f.lines.table, quote(line.columns[0].Name), line.target)
				}
			}
		}
	}
	return statements
}

// loadDeleted reads a record that is about to come back.
func (r Records) loadDeleted(ctx context.Context, id uuid.UUID) (*draft, error) {
	args := r.newArgs()
	d, err := r.loadWhere(ctx, id, "t.site_id = $1::uuid and t.id = "+args.Add(id.String())+"::uuid and t.deleted_at is not null for no key update", args)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, errs.Missing()
	}
	d.back = true
	return d, r.loadLines(ctx, d)
}

// restoreAlone restores one record and nothing else.
func (r Records) restoreAlone(ctx context.Context, id uuid.UUID, into *[]byte) error {
	restore, err := r.restoreStatement(id, newDeparture())
	if err != nil {
		return err
	}
	look, err := r.lookStatement(id)
	if err != nil {
		return err
	}
	look.Read = pg.JSON(into)
	if err := r.Scope.Batch(ctx, restore, look); err != nil {
		return fmt.Errorf("restore %s: %w", r.Collection.Name, r.Collection.explain(err))
	}
	if *into == nil {
		return errs.Missing()
	}
	return nil
}

// deletedAt is when a record was deleted that the actor may restore; nil when
// there is none.
func (r Records) deletedAt(ctx context.Context, id uuid.UUID) (when *time.Time, err error) {
	args := r.newArgs()
	where, err := r.restorable(id, args)
	if err != nil {
		return nil, err
	}
	err = r.Scope.Batch(ctx, pg.Statement{
		SQL:  "select t.deleted_at from " + r.Collection.table + " t where " + where + " for no key update",
		Args: args.Values,
		Read: func(rows pgx.Rows) error {
			if !rows.Next() {
				return rows.Err()
			}
			return rows.Scan(&when)
		},
	})
	return when, err
}

// restorable is the WHERE of one deleted record that the actor may restore.
func (r Records) restorable(id uuid.UUID, args *expr.Args) (string, error) {
	where := "t.site_id = $1::uuid and t.id = " + args.Add(id.String()) + "::uuid and t.deleted_at > " +
		args.Add(r.stamp().Add(-Kept)) + "::timestamptz"
	if r.Access.When == nil {
		return where, nil
	}
	when, err := r.condition(r.Collection, r.Access.When, args)
	return where + " and " + when, err
}

// restoreStatement also looks up every reference anew, as a write of it would,
// but for those to what comes back as well.
func (r Records) restoreStatement(id uuid.UUID, with *departure) (pg.Statement, error) {
	args := r.newArgs()
	now := r.stamp()
	sets := []string{
		"version = t.version + 1", "deleted_at = null", "deleted_by = null",
		"updated_at = " + args.Add(now) + "::timestamptz",
		"updated_by = " + args.Add(r.actor()) + "::uuid",
	}
	for _, f := range r.Collection.fields {
		if f.target == nil {
			continue
		}
		column := quote(f.columns[0].Name)
		value := f.valueSQL("t."+column, f.columns[0])
		if f.target == r.Collection { // it may point at itself, and is still deleted here
			value = "case when t." + column + " = t.id then t.id else " + value + " end"
		}
		if back := with.going[f.target.Name]; len(back) > 0 {
			value = "case when t." + column + " = any (" + args.Add(idTexts(back)) + "::uuid[]) then t." + column + " else " + value + " end"
		}
		sets = append(sets, column+" = "+value)
	}
	where, err := r.restorable(id, args)
	if err != nil {
		return pg.Statement{}, err
	}
	return pg.Statement{
		SQL:  "update " + r.Collection.table + " as t set " + strings.Join(sets, ", ") + " where " + where,
		Args: args.Values,
	}, nil
}

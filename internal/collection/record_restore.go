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
// Invalid: restore that one first. The checks that are declared hold for what
// comes back, but for those that the clock alone may break; more than MaxWritten
// records that would come along are Conflict "too_many_records".
func (r Records) Restore(ctx context.Context, id uuid.UUID) ([]byte, error) {
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
	return len(c.checks) == 0 && len(c.watches) == 0 && !slices.ContainsFunc(c.fields, func(f *Field) bool { return f.Tree })
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
			statements := []pg.Statement{restore}
			var d *draft
			if !c.restoresAtOnce() {
				if d, err = there.loadDeleted(ctx, one); err != nil {
					return err
				}
				back, statements = append(back, d), append(d.holds(), restore)
			}
			if err := r.Scope.Batch(ctx, statements...); err != nil {
				if d != nil {
					return c.explainFor(err, d)
				}
				return c.explain(err)
			}
		}
	}
	for _, d := range back {
		if err := d.keeps(); err != nil {
			return err
		}
		statements, err := d.verify()
		if err != nil {
			return err
		}
		if err := r.Scope.Batch(ctx, statements...); err != nil {
			return err
		}
	}
	return nil
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

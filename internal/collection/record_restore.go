package collection

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

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
// Invalid: restore that one first.
func (r Records) Restore(ctx context.Context, id uuid.UUID) ([]byte, error) {
	var record []byte
	if !r.Collection.takesAlong() {
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
		if err := r.restoreAlone(ctx, id, &record); err != nil || when == nil {
			return err
		}
		return r.restoreAlong(ctx, id, *when)
	})
	return record, err
}

// takesAlong reports whether records go with those of the collection.
func (c *Collection) takesAlong() bool {
	return slices.ContainsFunc(c.referrers, func(by referrer) bool { return by.field.OnDelete == "cascade" })
}

// restoreAlone restores one record and nothing else.
func (r Records) restoreAlone(ctx context.Context, id uuid.UUID, into *[]byte) error {
	restore, err := r.restoreStatement(id)
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

// deletedAt is when a record was deleted; nil when it is not.
func (r Records) deletedAt(ctx context.Context, id uuid.UUID) (when *time.Time, err error) {
	err = r.Scope.Batch(ctx, pg.Statement{
		SQL:  "select t.deleted_at from " + r.Collection.table + " t where t.site_id = $1::uuid and t.id = $2::uuid for no key update",
		Args: []any{r.Scope.Site().String(), id.String()},
		Read: func(rows pgx.Rows) error {
			if !rows.Next() {
				return rows.Err()
			}
			return rows.Scan(&when)
		},
	})
	return when, err
}

// restoreAlong restores the records that went with one: they point at it and
// were deleted at the same moment.
func (r Records) restoreAlong(ctx context.Context, id uuid.UUID, when time.Time) error {
	for _, by := range r.Collection.referrers {
		if by.field.OnDelete != "cascade" {
			continue
		}
		there := r.beside(by.from)
		var ids []uuid.UUID
		err := r.Scope.Batch(ctx, pg.Statement{
			SQL: "select x.id from " + by.from.table + " x where x.site_id = $1::uuid and x." + quote(by.field.columns[0].Name) +
				" = $2::uuid and x.deleted_at = $3::timestamptz order by x.id",
			Args: []any{r.Scope.Site().String(), id.String(), when},
			Read: func(rows pgx.Rows) (err error) {
				ids, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
				return err
			},
		})
		if err != nil {
			return err
		}
		for _, child := range ids {
			var record []byte
			if err := there.restoreAlone(ctx, child, &record); err != nil {
				return err
			}
			if err := there.restoreAlong(ctx, child, when); err != nil {
				return err
			}
		}
	}
	return nil
}

// restoreStatement also looks up every reference anew, as a write of it would.
func (r Records) restoreStatement(id uuid.UUID) (pg.Statement, error) {
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
		sets = append(sets, column+" = "+value)
	}
	where := "t.site_id = $1::uuid and t.id = " + args.Add(id.String()) + "::uuid and t.deleted_at > " +
		args.Add(now.Add(-Kept)) + "::timestamptz"
	if r.Access.When != nil {
		when, err := r.condition(r.Collection, r.Access.When, args)
		if err != nil {
			return pg.Statement{}, err
		}
		where += " and " + when
	}
	return pg.Statement{
		SQL:  "update " + r.Collection.table + " as t set " + strings.Join(sets, ", ") + " where " + where,
		Args: args.Values,
	}, nil
}

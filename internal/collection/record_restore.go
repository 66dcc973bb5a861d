package collection

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Kept is how long a deleted record can be restored.
const Kept = 30 * 24 * time.Hour

// Restore takes back the deletion of a record and returns it as JSON. A record
// that is not deleted is returned as it is. What was deleted longer than Kept
// ago, what never was and what the actor cannot see is NotFound. A record that
// has since been made in its place is Conflict, and a reference to a record
// that is deleted itself is Invalid: restore that one first.
func (r Records) Restore(ctx context.Context, id uuid.UUID) ([]byte, error) {
	restore, err := r.restoreStatement(id)
	if err != nil {
		return nil, err
	}
	look, err := r.lookStatement(id)
	if err != nil {
		return nil, err
	}
	var record []byte
	look.Read = pg.JSON(&record)
	if err := r.Scope.Batch(ctx, restore, look); err != nil {
		return nil, fmt.Errorf("restore %s: %w", r.Collection.Name, r.Collection.explain(err))
	}
	if record == nil {
		return nil, errs.Missing()
	}
	return record, nil
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

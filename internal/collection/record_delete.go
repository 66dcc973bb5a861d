package collection

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Delete hides a record from everything; it can be restored until it is purged.
// References that say so become empty; other live records that still point at
// it are Conflict "in_use". A version is treated as Update treats it.
func (r Records) Delete(ctx context.Context, id uuid.UUID, version *int64) error {
	projection, err := r.Collection.projection(nil, r.answer(), nil)
	if err != nil {
		return err
	}
	var deleted, current []byte
	var users []string
	statements, err := r.deleteStatements(id, version, &deleted)
	if err != nil {
		return err
	}
	look, err := r.lookStatement(id, projection)
	if err != nil {
		return err
	}
	look.Read = pg.JSON(&current)
	statements = append(statements, look)
	if users := r.usersStatement(id, &users); users.SQL != "" {
		statements = append(statements, users)
	}
	if err := r.Scope.Batch(ctx, statements...); err != nil {
		return fmt.Errorf("delete %s: %w", r.Collection.Name, err)
	}
	switch {
	case deleted != nil:
		return nil
	case current == nil:
		return errs.Missing()
	case len(users) > 0 && (version == nil || versionOf(current) == *version):
		return errs.New(errs.Conflict, "in_use", "It is still used by %s.", strings.Join(users, ", ")).
			WithHint("Change or delete those records first.")
	}
	return conflict(current)
}

// versionOf reads the version out of a record's JSON.
func versionOf(record []byte) int64 {
	var r struct{ Version int64 }
	if json.Unmarshal(record, &r) != nil {
		return 0
	}
	return r.Version
}

// deleteStatements lock the record, delete it, and empty the references that
// are to be emptied. The lock comes in a statement of its own: whoever is just
// pointing a record at this one holds a lock that it waits for, and only the
// next statement sees that record.
func (r Records) deleteStatements(id uuid.UUID, version *int64, deleted *[]byte) ([]pg.Statement, error) {
	lockArgs, args := r.newArgs(), r.newArgs()
	locked, err := r.one(id, lockArgs)
	if err != nil {
		return nil, err
	}
	now, actor := args.Add(r.stamp())+"::timestamptz", args.Add(r.actor())+"::uuid"
	where, err := r.one(id, args)
	if err != nil {
		return nil, err
	}
	where += versionIs(version, args)
	for _, by := range r.Collection.referrers {
		if !by.cleared() {
			where += " and not " + by.exists("t.id")
		}
	}
	statements := []pg.Statement{
		{SQL: "select 1 from " + r.Collection.table + " t where " + locked + " for no key update", Args: lockArgs.Values},
		{
			SQL: "update " + r.Collection.table + " as t set version = t.version + 1, updated_at = " + now + ", updated_by = " + actor +
				", deleted_at = " + now + ", deleted_by = " + actor + " where " + where + " returning '{}'::json",
			Args: args.Values,
			Read: pg.JSON(deleted),
		},
	}
	for _, by := range r.Collection.referrers {
		if by.cleared() {
			statements = append(statements, r.clearStatement(by, id))
		}
	}
	return statements, nil
}

// cleared reports whether the reference becomes empty when its target goes.
func (by referrer) cleared() bool { return by.field.OnDelete == "clear" }

// exists is SQL for "a live record points at this id". $1 is the site.
func (by referrer) exists(id string) string {
	return "exists (select 1 from " + by.from.table + " x where x.site_id = $1::uuid and x." + quote(by.field.key) +
		" = " + id + " and x.deleted_at is null)"
}

func (r Records) clearStatement(by referrer, id uuid.UUID) pg.Statement {
	args := r.newArgs()
	sql := "update " + by.from.table + " as x set " + quote(by.field.key) + " = null, version = x.version + 1, updated_at = " +
		args.Add(r.stamp()) + "::timestamptz, updated_by = " + args.Add(r.actor()) + "::uuid where x.site_id = $1::uuid and x." +
		quote(by.field.key) + " = " + args.Add(id.String()) + "::uuid and x.deleted_at is null and exists (select 1 from " +
		r.Collection.table + " t where t.site_id = $1::uuid and t.id = x." + quote(by.field.key) + " and t.deleted_at is not null)"
	return pg.Statement{SQL: sql, Args: args.Values}
}

// usersStatement finds the labels of the collections that keep the record from
// being deleted; an empty statement when there are none that could.
func (r Records) usersStatement(id uuid.UUID, into *[]string) pg.Statement {
	args := r.newArgs()
	var parts []string
	target := args.Add(id.String()) + "::uuid"
	for _, by := range r.Collection.referrers {
		if !by.cleared() {
			parts = append(parts, "select "+args.Add(by.from.plural())+"::text where "+by.exists(target))
		}
	}
	if len(parts) == 0 {
		return pg.Statement{}
	}
	return pg.Statement{SQL: strings.Join(parts, " union "), Args: args.Values, Read: func(rows pgx.Rows) error {
		for rows.Next() {
			*into = append(*into, string(rows.RawValues()[0]))
		}
		return nil
	}}
}

// plural is how people call the records.
func (c *Collection) plural() string {
	if c.Plural != "" {
		return c.Plural
	}
	return c.Name
}

package module

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/change"
	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// trashBatch is how many records of one table one transaction takes out of the
// trash.
const trashBatch = 500

// trashSite is a module's tables on a site.
type trashSite struct {
	Site  uuid.UUID
	Short string
}

// PurgeTrash deletes the records that were deleted longer ago than they can be
// restored, with their values in the change log, and returns how many. A record
// that others still refer to stays until they are gone. It may be stopped at
// any point and run again.
func (c *Catalogue) PurgeTrash(ctx context.Context, now time.Time) (int64, error) {
	sites, err := pg.All[trashSite](ctx, c.db.Pool(), `
		select i.site_id as site, m.short_id as short from platform.installation i join platform.module m on m.id = i.module_id
		where i.state in ('installed', 'enabled', 'disabled')`)
	if err != nil {
		return 0, err
	}
	var count int64
	var failed []error
	for _, s := range sites {
		n, err := c.emptyTrash(ctx, s, now.Add(-collection.Kept))
		if err != nil {
			failed = append(failed, fmt.Errorf("empty the trash of %s on site %s: %w", SchemaName(s.Short), s.Site, err))
		}
		count += n
		if ctx.Err() != nil {
			break
		}
	}
	return count, errors.Join(failed...)
}

// emptyTrash takes out of the trash what was deleted before the limit. Tables
// that refer to others come first, so that a record goes after those of its own.
func (c *Catalogue) emptyTrash(ctx context.Context, s trashSite, limit time.Time) (int64, error) {
	refers, err := references(ctx, c.db.Pool(), SchemaName(s.Short))
	if err != nil {
		return 0, err
	}
	single, together := eraseOrder(refers)
	var count int64
	for _, table := range append(single, together...) {
		for {
			n, err := c.purgeRecords(ctx, s, table, limit)
			count += int64(n)
			if err != nil {
				return count, err
			}
			if n < trashBatch {
				break
			}
		}
	}
	return count, nil
}

// purgeRecords deletes one batch of a table's records.
func (c *Catalogue) purgeRecords(ctx context.Context, s trashSite, table string, limit time.Time) (int, error) {
	owner, _ := RoleNames(s.Short, c.db.Deployment())
	schema := SchemaName(s.Short)
	var inTrash bool
	err := c.db.Pool().QueryRow(ctx, `
		select exists (select from pg_attribute where attrelid = to_regclass($1) and attname = 'deleted_at' and not attisdropped)`, quote(schema, table)).Scan(&inTrash)
	if err != nil || !inTrash {
		return 0, pg.Translate(err)
	}
	users, err := usersOf(ctx, c.db.Pool(), schema, table)
	if err != nil {
		return 0, err
	}
	n := 0
	err = c.db.Tx(ctx, func(tx pgx.Tx) error {
		var gone []uuid.UUID
		err := pg.As(ctx, tx, owner, s.Site, func() error {
			sql := "delete from " + quote(schema, table) + " where site_id = $1 and id in (select t.id from " + quote(schema, table) +
				" t where t.site_id = $1 and t.deleted_at < $2"
			for _, u := range users {
				sql += " and not exists (select from " + quote(schema, u.Table) + " x where x.site_id = t.site_id and x." + quote(u.Column) + " = t.id)"
			}
			rows, err := tx.Query(ctx, fmt.Sprintf("%s limit %d for update skip locked) returning id", sql, trashBatch), s.Site, limit)
			if err != nil {
				return err
			}
			gone, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
			return err
		})
		if n = len(gone); err != nil || n == 0 {
			return err
		}
		return change.Empty(ctx, tx, c.db.Keeper(), s.Site, s.Short, gone)
	})
	return n, err
}

// user is a column that refers to a table and keeps its rows from being deleted.
type user struct{ Table, Column string }

// usersOf lists the columns that refer to a table; those that go with the row
// do not keep it.
func usersOf(ctx context.Context, q pg.Querier, schema, table string) ([]user, error) {
	return pg.All[user](ctx, q, `
		select c.relname::text as table, a.attname::text as column
		from pg_constraint f join pg_class c on c.oid = f.conrelid join pg_class t on t.oid = f.confrelid
		     join pg_namespace n on n.oid = t.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum = f.conkey[2]
		where f.contype = 'f' and n.nspname = $1 and t.relname = $2 and f.confdeltype <> 'c' and array_length(f.conkey, 1) = 2`, schema, table)
}

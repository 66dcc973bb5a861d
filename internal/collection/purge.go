package collection

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// purgeBatch is how many records one transaction takes out of the trash.
const purgeBatch = 1000

// Purge deletes for good what has been in the trash of a site longer than Kept,
// with its lines and lists, and returns how many records that were. It works as
// the owner role, since no other may delete, on one site at a time. Records that
// others still point at stay until those are gone. It may be stopped and run
// again.
func (m *Module) Purge(ctx context.Context, db *pg.DB, owner string, site uuid.UUID, now time.Time) (int64, error) {
	var count int64
	for again := true; again; {
		again = false
		for _, c := range m.collections {
			n, err := c.purge(ctx, db, owner, site, now)
			if err != nil {
				return count, fmt.Errorf("purge %s: %w", c.Name, err)
			}
			count += n
			again = again || n > 0
		}
	}
	return count, nil
}

func (c *Collection) purge(ctx context.Context, db *pg.DB, owner string, site uuid.UUID, now time.Time) (int64, error) {
	var count int64
	free := ""
	for _, by := range c.referrers {
		free += " and not exists (select 1 from " + by.from.table + " x where x.site_id = t.site_id and x." + quote(by.field.columns[0].Name) + " = t.id and x.id <> t.id)"
	}
	for _, by := range c.holders {
		var table, key string
		switch {
		case by.line == nil:
			table, key = by.field.list.table, "target_id"
		case by.line.list != nil:
			table, key = by.line.list.table, "target_id"
		default:
			table, key = by.field.lines.table, quote(by.line.columns[0].Name)
		}
		free += " and not exists (select 1 from " + table + " x where x.site_id = t.site_id and x." + key + " = t.id)"
	}
	err := db.Tx(ctx, func(tx pgx.Tx) error {
		return pg.As(ctx, tx, owner, site, func() error {
			tag, err := tx.Exec(ctx, "delete from "+c.table+" where site_id = $1 and id in (select t.id from "+c.table+
				" t where t.site_id = $1 and t.deleted_at <= $2"+free+fmt.Sprintf(" limit %d)", purgeBatch), site, now.Add(-Kept))
			count = tag.RowsAffected()
			return err
		})
	})
	return count, err
}

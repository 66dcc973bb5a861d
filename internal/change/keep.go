// Package change looks after the change log and the events: it makes their
// parts ahead of time and drops old ones, and it takes values out of them where
// the law or the end of a record says so. Everything here works as the keeper,
// the role that owns the log; nobody else can rewrite it.
package change

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Months is how many months of the change log are kept, besides the present one.
const Months = 24

// eventMonths is the same for events, which are read when they are delivered.
const eventMonths = 6

// ahead is how many months have their part before they begin.
const ahead = 2

// logs are the partitioned tables and how long they are kept.
var logs = []struct {
	name   string
	months int
}{{"changes", Months}, {"event", eventMonths}}

// asKeeper runs fn in one transaction as the keeper.
func asKeeper(ctx context.Context, db *pg.DB, fn func(tx pgx.Tx) error) error {
	return db.Tx(ctx, func(tx pgx.Tx) error {
		return pg.As(ctx, tx, db.Keeper(), uuid.Nil, func() error { return fn(tx) })
	})
}

// Keep makes the parts of the present month and of those ahead, drops what is
// older than it is kept, and returns how many parts were dropped. What was
// written before its part was there is moved into it.
func Keep(ctx context.Context, db *pg.DB, now time.Time) (int, error) {
	dropped := 0
	for _, l := range logs {
		parts, err := partsOf(ctx, db, l.name)
		if err != nil {
			return dropped, err
		}
		this := month(now)
		for n := range ahead + 1 {
			from := this.AddDate(0, n, 0)
			if !parts[partName(l.name, from)] {
				if err := asKeeper(ctx, db, func(tx pgx.Tx) error { return makePart(ctx, tx, l.name, from) }); err != nil {
					return dropped, fmt.Errorf("make the part of %s for %s: %w", l.name, from.Format("2006-01"), err)
				}
			}
		}
		for part := range parts {
			from, err := time.Parse("200601", strings.TrimPrefix(part, l.name+"_"))
			if err != nil || !from.AddDate(0, l.months, 0).Before(this) {
				continue // the default part, or not old enough
			}
			err = asKeeper(ctx, db, func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, `drop table platform.`+pgx.Identifier{part}.Sanitize())
				return err
			})
			if err != nil {
				return dropped, fmt.Errorf("drop %s: %w", part, err)
			}
			dropped++
		}
	}
	return dropped, nil
}

func month(t time.Time) time.Time {
	year, month, _ := t.UTC().Date()
	return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
}

func partName(table string, from time.Time) string { return table + "_" + from.Format("200601") }

// partsOf lists the parts of a table.
func partsOf(ctx context.Context, db *pg.DB, table string) (map[string]bool, error) {
	rows, err := db.Pool().Query(ctx, `select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
		where i.inhparent = ('platform.' || $1)::regclass`, table)
	if err != nil {
		return nil, pg.Translate(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	parts := make(map[string]bool, len(names))
	for _, n := range names {
		parts[n] = true
	}
	return parts, pg.Translate(err)
}

// makePart makes the part of one month. The default part is closed meanwhile,
// so that nothing is written beside what is moved.
func makePart(ctx context.Context, tx pgx.Tx, table string, from time.Time) error {
	part := "platform." + partName(table, from)
	bounds := fmt.Sprintf("from ('%s') to ('%s')", from.Format(time.RFC3339), from.AddDate(0, 1, 0).Format(time.RFC3339))
	// The months of a part are ours, so they may stand in the statements.
	within := fmt.Sprintf("at >= '%s' and at < '%s'", from.Format(time.RFC3339), from.AddDate(0, 1, 0).Format(time.RFC3339))
	_, err := tx.Exec(ctx, strings.Join([]string{
		"lock table platform." + table + "_default in access exclusive mode",
		"create table " + part + " (like platform." + table + " including defaults including constraints)",
		"with moved as (delete from platform." + table + "_default where " + within + " returning *) insert into " + part + " select * from moved",
		"alter table platform." + table + " attach partition " + part + " for values " + bounds,
	}, ";\n"))
	return err
}

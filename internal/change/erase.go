package change

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Erased stands in the log where a value was taken out.
const Erased = `{"erased": true}`

// Subject is whose values are taken out of the log: columns of records of one
// collection.
type Subject struct {
	Site       uuid.UUID
	Module     string // short id
	Collection string
	Records    []uuid.UUID
	Columns    []string
}

// Erase replaces the columns' values in everything that the log and the events
// hold of the records by a marker, and returns how many lines that changed.
// Who did what and when stays.
func Erase(ctx context.Context, db *pg.DB, s Subject) (int64, error) {
	var n int64
	err := asKeeper(ctx, db, func(tx pgx.Tx) error {
		for _, l := range []struct{ table, before, after string }{
			{"changes", "before", "after"}, {"event", "previous", "data"},
		} {
			tag, err := tx.Exec(ctx, fmt.Sprintf(`
				update platform.%[1]s l set
					%[2]s = (select jsonb_object_agg(key, case when key = any ($5) then '`+Erased+`'::jsonb else value end) from jsonb_each(l.%[2]s)),
					%[3]s = coalesce((select jsonb_object_agg(key, case when key = any ($5) then '`+Erased+`'::jsonb else value end) from jsonb_each(l.%[3]s)), l.%[3]s)
				where site_id = $1 and module = $2 and collection = $3 and record = any ($4) and (l.%[2]s ?| $5 or l.%[3]s ?| $5)`,
				l.table, l.before, l.after), s.Site, s.Module, s.Collection, s.Records, s.Columns)
			if err != nil {
				return err
			}
			n += tag.RowsAffected()
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("erase values from the change log: %w", err)
	}
	return n, nil
}

// Empty takes all values of records that are gone for good out of the log: what
// leaves the trash takes its values along. Who did what and when stays.
func Empty(ctx context.Context, tx pgx.Tx, keeper string, site uuid.UUID, module string, records []uuid.UUID) error {
	return pg.As(ctx, tx, keeper, uuid.Nil, func() error {
		if _, err := tx.Exec(ctx, `update platform.changes set before = null, after = null
			where site_id = $1 and module = $2 and record = any ($3) and (before is not null or after is not null)`, site, module, records); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update platform.event set data = '{}', previous = null
			where site_id = $1 and module = $2 and record = any ($3)`, site, module, records)
		return err
	})
}

// Forget deletes all that the log and the events hold of a module on a site,
// when its records are purged after it was uninstalled.
func Forget(ctx context.Context, tx pgx.Tx, keeper string, site uuid.UUID, module string) error {
	return pg.As(ctx, tx, keeper, uuid.Nil, func() error {
		for _, table := range []string{"changes", "event"} {
			if _, err := tx.Exec(ctx, `delete from platform.`+table+` where site_id = $1 and module = $2`, site, module); err != nil {
				return err
			}
		}
		return nil
	})
}

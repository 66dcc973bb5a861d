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

// Subject is whose values are taken out of the log, and where it keeps them.
type Subject struct {
	Site        uuid.UUID
	Module      string   // short id
	Collections []string // all names that the collection has had
	Records     []uuid.UUID

	Columns []string            // of records, also within their translations
	Own     []string            // keys of the site's own fields
	Parts   map[string][]string // columns of lines and lists, by part
	Keys    []string            // of what events carry
}

// Erase replaces values in everything that the log and the events hold of the
// records by a marker, and returns how many lines that changed. Who did what and
// when stays. What the records hold now is not touched: who changes them does so
// before, since the change is logged with what was there.
func Erase(ctx context.Context, db *pg.DB, s Subject) (int64, error) {
	var n int64
	err := asKeeper(ctx, db, func(tx pgx.Tx) error {
		rewrite := func(table, before, after, where string, top, own []string, more ...any) error {
			tag, err := tx.Exec(ctx, fmt.Sprintf(`update platform.%s l set %s = b.told, %s = a.told
				from platform.%[1]s o, lateral (select %[4]s as told) b, lateral (select %[5]s as told) a
				where o.site_id = $1 and o.module = $2 and o.collection = any ($3) and o.record = any ($4)
				  and l.site_id = o.site_id and l.record = o.record and l.at = o.at and l.seq = o.seq
				  and (b.told is distinct from o.%[2]s or a.told is distinct from o.%[3]s) and `+where,
				table, before, after, erasing("o."+before), erasing("o."+after)),
				append([]any{s.Site, s.Module, s.Collections, s.Records, top, own}, more...)...)
			n += tag.RowsAffected()
			return err
		}
		if err := rewrite("changes", "before", "after", "o.part is null", s.Columns, s.Own); err != nil {
			return err
		}
		for part, columns := range s.Parts {
			if err := rewrite("changes", "before", "after", "o.part = $7", columns, nil, part); err != nil {
				return err
			}
		}
		return rewrite("event", "previous", "data", "true", s.Keys, nil)
	})
	if err != nil {
		return 0, fmt.Errorf("erase values from the change log: %w", err)
	}
	return n, nil
}

// erasing is SQL for the values of one side of a change with markers: $5 are the
// columns or keys, which translations have too, $6 the keys of own fields.
func erasing(values string) string {
	marked := func(of, keys, otherwise string) string {
		return "(select coalesce(jsonb_object_agg(m.key, case when m.key = any (" + keys + ") then '" + Erased + "'::jsonb else " +
			otherwise + " end), '{}') from jsonb_each(" + of + ") m)"
	}
	languages := "(select coalesce(jsonb_object_agg(t.key, " + marked("t.value", "$5", "m.value") + "), '{}') from jsonb_each(v.value) t)"
	return "case when jsonb_typeof(" + values + ") = 'object' then (select coalesce(jsonb_object_agg(v.key, case when v.key = any ($5) then '" + Erased +
		"'::jsonb when v.key = 'custom' and jsonb_typeof(v.value) = 'object' then " + marked("v.value", "$6", "m.value") +
		" when v.key = 'i18n' and jsonb_typeof(v.value) = 'object' then " + languages + " else v.value end), '{}') from jsonb_each(" + values +
		") v) else " + values + " end"
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

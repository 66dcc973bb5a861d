package module

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// eraseBatch is how many records one statement deletes.
const eraseBatch = 5000

// erase deletes all records of the installation's site from every table that
// any version of the module made, and returns how many there were. It works as
// the module's owner, to whom row security shows that site only. Which tables
// there are it asks the database, so that no lost package keeps records alive.
func (c *Catalogue) erase(ctx context.Context, tx pgx.Tx, i Installation) (int64, error) {
	schema := SchemaName(i.Short)
	owner, _ := RoleNames(i.Short, c.db.Deployment())
	refers, err := references(ctx, tx, schema)
	if err != nil || len(refers) == 0 {
		return 0, err
	}
	// However many records there are, they go.
	if _, err := tx.Exec(ctx, `set local statement_timeout = 0`); err != nil {
		return 0, err
	}
	single, together := eraseOrder(refers)
	var count int64
	err = pg.As(ctx, tx, owner, i.Site, func() error {
		for _, table := range single {
			n, err := eraseTable(ctx, tx, quote(schema, table), i.Site)
			if err != nil {
				return err
			}
			count += n
		}
		n, err := eraseTogether(ctx, tx, schema, together, i.Site)
		count += n
		return err
	})
	if err != nil {
		return count, err
	}
	_, err = tx.Exec(ctx, `set local statement_timeout to default`)
	return count, err
}

// references returns the tables of the schema, each with those it refers to.
func references(ctx context.Context, q pg.Querier, schema string) (map[string]map[string]bool, error) {
	type row struct {
		Table string
		To    []string
	}
	rows, err := pg.All[row](ctx, q, `
		select c.relname::text as table, array(
			select distinct t.relname::text from pg_constraint f join pg_class t on t.oid = f.confrelid
			where f.conrelid = c.oid and f.contype = 'f' and t.relnamespace = c.relnamespace) as to
		from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = $1 and c.relkind = 'r'`, schema)
	if err != nil {
		return nil, err
	}
	refers := make(map[string]map[string]bool, len(rows))
	for _, r := range rows {
		refers[r.Table] = map[string]bool{}
		for _, to := range r.To {
			refers[r.Table][to] = true
		}
	}
	return refers, nil
}

// provisioned returns the releases whose tables were made, oldest first.
func (c *Catalogue) provisioned(ctx context.Context, q pg.Querier, module uuid.UUID) ([]*Release, error) {
	versions, err := pg.All[Version](ctx, q, `
		select `+versionColumns+`
		from platform.module m join platform.module_version v on v.module_id = m.id
		where m.id = $1 and v.provisioned_at is not null`, module)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(versions, func(a, b Version) int { return compareVersions(a.Version, b.Version) })
	list := make([]*Release, 0, len(versions))
	for _, v := range versions {
		r, err := c.release(ctx, v)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// eraseOrder puts the tables in an order in which each one's records can be
// deleted: those who refer before those they refer to. Tables that refer to
// themselves or to one another in a ring, and what only goes after them, come
// back as together.
func eraseOrder(refers map[string]map[string]bool) (single, together []string) {
	left := maps.Clone(refers)
	for len(left) > 0 {
		var free []string
		for _, table := range slices.Sorted(maps.Keys(left)) {
			if !referredTo(left, table) {
				free = append(free, table)
			}
		}
		if len(free) == 0 {
			return single, slices.Sorted(maps.Keys(left))
		}
		for _, table := range free {
			delete(left, table)
		}
		single = append(single, free...)
	}
	return single, nil
}

func referredTo(refers map[string]map[string]bool, table string) bool {
	for _, targets := range refers {
		if targets[table] {
			return true
		}
	}
	return false
}

// eraseTable deletes the site's records of one table in batches.
func eraseTable(ctx context.Context, tx pgx.Tx, table string, site uuid.UUID) (int64, error) {
	sql := fmt.Sprintf(`delete from %[1]s where site_id = $1 and id in (select id from %[1]s where site_id = $1 limit %d)`,
		table, eraseBatch)
	var count int64
	for {
		tag, err := tx.Exec(ctx, sql, site)
		if err != nil {
			return count, err
		}
		count += tag.RowsAffected()
		if tag.RowsAffected() < eraseBatch {
			return count, nil
		}
	}
}

// eraseTogether deletes the site's records of several tables in one statement,
// at whose end foreign keys are checked, so that rings do not matter.
func eraseTogether(ctx context.Context, tx pgx.Tx, schema string, tables []string, site uuid.UUID) (int64, error) {
	if len(tables) == 0 {
		return 0, nil
	}
	var parts, counts []string
	for n, table := range tables {
		parts = append(parts, fmt.Sprintf("t%d as (delete from %s where site_id = $1 returning 1)", n, quote(schema, table)))
		counts = append(counts, fmt.Sprintf("(select count(*) from t%d)", n))
	}
	var count int64
	err := tx.QueryRow(ctx, "with "+strings.Join(parts, ", ")+" select "+strings.Join(counts, " + "), site).Scan(&count)
	return count, err
}

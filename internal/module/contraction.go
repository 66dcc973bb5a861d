package module

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Contract drops the tables and columns that only versions use which no site
// has been on for 30 days, and returns how many versions that were. The newest
// version keeps what it uses, whether or not it has sites. Each module is one
// transaction; one that fails does not hold up the others.
func (c *Catalogue) Contract(ctx context.Context, now time.Time) (int, error) {
	due, err := pg.All[struct{ Module uuid.UUID }](ctx, c.db.Pool(), `
		select distinct module_id as module from platform.module_version 
		where left_at <= $1 and provisioned_at is not null and layout >= $2`, now.Add(-Kept), collection.Layout)
	if err != nil {
		return 0, fmt.Errorf("look for versions that nobody uses: %w", err)
	}
	count := 0
	var failed []error
	for _, d := range due {
		n, err := c.contract(ctx, d.Module, now)
		count += n
		if err != nil {
			failed = append(failed, fmt.Errorf("contract module %s: %w", d.Module, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return count, errors.Join(failed...)
}

func (c *Catalogue) contract(ctx context.Context, module uuid.UUID, now time.Time) (count int, err error) {
	err = c.db.Change(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, lockKey(module)); err != nil {
			return err
		}
		versions, err := versionsOfModule(ctx, tx, module)
		if err != nil {
			return err
		}
		gone, err := pg.All[struct{ Version string }](ctx, tx, `
			select version from platform.module_version
			where module_id = $1 and left_at <= $2 and provisioned_at is not null and layout >= $3`, module, now.Add(-Kept), collection.Layout)
		if err != nil {
			return err
		}
		var drop, keep []*Release
		for n, v := range versions {
			r, err := c.release(ctx, v)
			if err != nil {
				return err
			}
			left := slices.ContainsFunc(gone, func(g struct{ Version string }) bool { return g.Version == v.Version })
			switch {
			case left && n > 0:
				drop, count = append(drop, r), count+1
			case n == 0 || v.ProvisionedAt != nil:
				keep = append(keep, r)
			}
		}
		if len(drop) == 0 {
			return errUnchanged
		}
		if err := c.dropUnused(ctx, tx, drop, keep); err != nil {
			return err
		}
		if err := dropTranslations(ctx, tx, module, drop, keep); err != nil {
			return fmt.Errorf("drop translations: %w", err)
		}
		names := make([]string, len(drop))
		for n, r := range drop {
			names[n] = r.Manifest.Version
		}
		_, err = tx.Exec(ctx, `update platform.module_version set provisioned_at = null, contracted_at = $3 where module_id = $1 and version = any($2)`,
			module, names, now)
		return err
	})
	if errors.Is(err, errUnchanged) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return count, nil
}

// dropUnused drops what the tables of some releases have and those of others
// have not. It works as the owner, and for the tables as wholes; finders are
// dropped as the role to which they belong.
func (c *Catalogue) dropUnused(ctx context.Context, tx pgx.Tx, drop, keep []*Release) error {
	used := newUsed(keep)
	var functions, tables []string
	for _, r := range drop {
		functions = append(functions, used.dropFunctions(r)...)
		for _, t := range r.Module.Tables() {
			tables = append(tables, used.dropParts(r, t)...)
		}
	}
	if len(functions) > 0 && !slices.ContainsFunc(keep, func(r *Release) bool { return len(r.Module.Finders()) > 0 }) {
		tables = append(tables, "revoke usage on schema "+quote(drop[0].Schema())+" from "+quote(drop[0].Finder))
	}
	if _, err := tx.Exec(ctx, `set local lock_timeout = '5s'`); err != nil {
		return err
	}
	return define(ctx, tx, definitions{drop[0].Finder, functions}, definitions{drop[0].Owner, tables})
}

// dropTranslations takes the translations of fields that only the dropped
// releases translate out of the records of all sites, deleted ones included. It
// is no change of a record: nobody could see them any more, so neither versions
// nor the change log tell of it.
func dropTranslations(ctx context.Context, tx pgx.Tx, module uuid.UUID, drop, keep []*Release) error {
	stale := map[string][]string{}
	for _, r := range drop {
		for table, columns := range r.Module.Translated() {
			for _, column := range columns {
				kept := slices.ContainsFunc(keep, func(k *Release) bool { return slices.Contains(k.Module.Translated()[table], column) })
				there := slices.ContainsFunc(keep, func(k *Release) bool {
					return slices.ContainsFunc(k.Module.Tables(), func(t collection.Table) bool { return quote(k.Schema(), t.Name) == table })
				})
				if there && !kept && !slices.Contains(stale[table], column) {
					stale[table] = append(stale[table], column)
				}
			}
		}
	}
	if len(stale) == 0 {
		return nil
	}
	sites, err := pg.All[struct{ Site uuid.UUID }](ctx, tx,
		`select site_id as site from platform.installation where module_id = $1 and state <> 'purged' order by site_id`, module)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `set local statement_timeout = 0`); err != nil {
		return err
	}
	logged := func(table, how string) error {
		return define(ctx, tx, definitions{drop[0].Owner, []string{"alter table " + table + " " + how + " trigger log_update"}})
	}
	for table, columns := range stale {
		if err := logged(table, "disable"); err != nil {
			return err
		}
		for _, s := range sites {
			err := pg.As(ctx, tx, drop[0].Owner, s.Site, func() error {
				_, err := tx.Exec(ctx, `
					update `+table+` t set i18n = (
						select coalesce(jsonb_object_agg(l.key, l.value - $2::text[]) filter (where l.value - $2::text[] <> '{}'), '{}')
						from jsonb_each(t.i18n) l)
					where t.site_id = $1 and t.i18n <> '{}' and exists (select from jsonb_each(t.i18n) l where l.value ?| $2::text[])`, s.Site, columns)
				return err
			})
			if err != nil {
				return err
			}
		}
		if err := logged(table, "enable"); err != nil {
			return err
		}
	}
	return nil
}

// used is what some releases of a module use of its schema, by qualified and
// quoted name. What was dropped counts as used, so that it is dropped once.
type used map[string]bool

func newUsed(by []*Release) used {
	u := used{}
	for _, r := range by {
		for _, f := range r.Module.Finders() {
			u[quote(r.Schema(), f.Name)] = true
		}
		for _, t := range r.Module.Tables() {
			name := quote(r.Schema(), t.Name)
			u[name] = true
			u[findOn(name)] = u[findOn(name)] || t.Found
			for _, column := range t.Columns {
				u[columnOf(name, column.Name)] = true
			}
			for _, index := range t.Indexes {
				u[quote(r.Schema(), index.Name)] = true
			}
		}
	}
	return u
}

// columnOf and findOn name what has no name of its own in the schema.
func columnOf(table, column string) string { return table + "." + quote(column) }

func findOn(table string) string { return table + " policy " + collection.FinderPolicy }

// take reports whether nobody uses the thing, the first time that it is asked.
func (u used) take(name string) bool {
	taken := !u[name]
	u[name] = true
	return taken
}

// dropFunctions are the statements that drop a release's finders.
func (u used) dropFunctions(r *Release) []string {
	var statements []string
	for _, f := range r.Module.Finders() {
		if name := quote(r.Schema(), f.Name); u.take(name) {
			statements = append(statements, "drop function if exists "+name+"(text, text, text)")
		}
	}
	return statements
}

// dropParts are the statements that drop a table which nobody needs, or what of
// it nobody needs: columns, indexes, and that a finder sees it.
func (u used) dropParts(r *Release, t collection.Table) []string {
	name := quote(r.Schema(), t.Name)
	if u.take(name) {
		for _, column := range t.Columns {
			u[columnOf(name, column.Name)] = true
		}
		for _, index := range t.Indexes {
			u[quote(r.Schema(), index.Name)] = true
		}
		u[findOn(name)] = true
		return []string{"drop table " + name + " cascade"}
	}
	var statements []string
	for _, column := range t.Columns {
		if u.take(columnOf(name, column.Name)) {
			statements = append(statements, "alter table "+name+" drop column "+quote(column.Name)+" cascade")
		}
	}
	for _, index := range t.Indexes { // those on a dropped column are gone with it
		if index := quote(r.Schema(), index.Name); u.take(index) {
			statements = append(statements, "drop index if exists "+index)
		}
	}
	if t.Found && u.take(findOn(name)) {
		statements = append(statements, "drop policy if exists "+quote(collection.FinderPolicy)+" on "+name)
		statements = append(statements, "revoke select on "+name+" from "+quote(r.Finder))
	}
	return statements
}

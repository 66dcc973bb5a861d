package module

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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
		select distinct module_id as module from platform.module_version where left_at <= $1 and provisioned_at is not null`, now.Add(-Kept))
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
			select version from platform.module_version where module_id = $1 and left_at <= $2 and provisioned_at is not null`, module, now.Add(-Kept))
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
// have not. It works as the owner, and for the tables as wholes.
func (c *Catalogue) dropUnused(ctx context.Context, tx pgx.Tx, drop, keep []*Release) error {
	needed := map[string]map[string]bool{}
	for _, r := range keep {
		for _, t := range r.Module.Tables() {
			if needed[t.Name] == nil {
				needed[t.Name] = map[string]bool{}
			}
			for _, column := range t.Columns {
				needed[t.Name][column.Name] = true
			}
		}
	}
	var statements []string
	seen := map[string]bool{}
	for _, r := range drop {
		for _, t := range r.Module.Tables() {
			statements = append(statements, dropped(r, t, needed[t.Name], seen)...)
		}
	}
	if len(statements) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, `set local lock_timeout = '5s'`); err != nil {
		return err
	}
	return pg.As(ctx, tx, drop[0].Owner, uuid.Nil, func() error {
		_, err := tx.Exec(ctx, strings.Join(statements, ";\n"))
		return err
	})
}

// dropped are the statements that drop a table which nobody needs, or the
// columns of it that nobody needs.
func dropped(r *Release, t collection.Table, needed, seen map[string]bool) []string {
	name := quote(r.Schema(), t.Name)
	if needed == nil {
		if seen[name] {
			return nil
		}
		seen[name] = true
		return []string{"drop table " + name + " cascade"}
	}
	var statements []string
	for _, column := range t.Columns {
		if key := name + "." + column.Name; !needed[column.Name] && !seen[key] {
			seen[key] = true
			statements = append(statements, "alter table "+name+" drop column "+quote(column.Name)+" cascade")
		}
	}
	return statements
}

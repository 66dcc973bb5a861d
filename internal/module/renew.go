package module

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Renew adds to the tables of versions what an older server made them without,
// and returns how many versions that were. Each module is one transaction, which
// writes to its tables wait for; one that fails does not hold up the others.
func (c *Catalogue) Renew(ctx context.Context) (int, error) {
	old, err := pg.All[struct{ Module uuid.UUID }](ctx, c.db.Pool(), `
		select distinct module_id as module from platform.module_version where provisioned_at is not null and layout < $1`, collection.Layout)
	if err != nil {
		return 0, fmt.Errorf("look for tables of older servers: %w", err)
	}
	count := 0
	var failed []error
	for _, o := range old {
		n, err := c.renew(ctx, o.Module)
		count += n
		if err != nil {
			failed = append(failed, fmt.Errorf("renew module %s: %w", o.Module, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return count, errors.Join(failed...)
}

// renew makes the tables of one module's versions anew. A version whose package
// cannot be read is left as it is: doctor tells of it.
func (c *Catalogue) renew(ctx context.Context, module uuid.UUID) (count int, err error) {
	err = c.db.Change(ctx, func(tx pgx.Tx) error {
		count = 0
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, lockKey(module)); err != nil {
			return err
		}
		versions, err := versionsOfModule(ctx, tx, module)
		if err != nil {
			return err
		}
		for _, v := range versions {
			if v.ProvisionedAt == nil || v.Layout >= collection.Layout {
				continue
			}
			r, err := c.release(ctx, v)
			if err != nil {
				c.log.ErrorContext(ctx, "tables are not made anew", "module", v.Name, "version", v.Version, "error", err)
				continue
			}
			if err := c.build(ctx, tx, r); err != nil {
				return fmt.Errorf("%s %s: %w", v.Name, v.Version, err)
			}
			_, err = tx.Exec(ctx, `update platform.module_version set layout = $3 where module_id = $1 and version = $2`, module, v.Version, collection.Layout)
			if err != nil {
				return err
			}
			count++
		}
		if count == 0 {
			return errUnchanged
		}
		return nil
	})
	if errors.Is(err, errUnchanged) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return count, nil
}

package module

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/blob"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// packagesLock is the advisory lock that publishing shares from before it
// stores a package until its rows are committed, and that DropOrphans has alone.
const packagesLock = 7_248_301_004

// orphanAge is how long bytes are left alone that no version names.
const orphanAge = 24 * time.Hour

// DropOrphans deletes the packages that are older than a day before now and
// that no version names, as a publishing that failed at its end leaves them,
// and returns how many there were. Call it only when this database alone keeps
// content in the store.
func (c *Catalogue) DropOrphans(ctx context.Context, now time.Time) (int, error) {
	count := 0
	err := c.db.Tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, packagesLock); err != nil {
			return err
		}
		old, err := c.blobs.List(ctx, now.Add(-orphanAge))
		if err != nil || len(old) == 0 {
			return err
		}
		named, err := named(ctx, tx)
		if err != nil {
			return err
		}
		for _, hash := range old {
			if named[hash] {
				continue
			}
			if err := c.blobs.Delete(ctx, hash); err != nil {
				return err
			}
			count++
		}
		return nil
	})
	if err != nil {
		return count, fmt.Errorf("drop packages that no version names: %w", err)
	}
	return count, nil
}

// named returns the hashes of all packages that a version names.
func named(ctx context.Context, q pg.Querier) (map[blob.Hash]bool, error) {
	type row struct{ Blob string }
	rows, err := pg.All[row](ctx, q, `select distinct encode(blob, 'hex') as blob from platform.module_version`)
	if err != nil {
		return nil, err
	}
	all := make(map[blob.Hash]bool, len(rows))
	for _, r := range rows {
		all[blob.Hash(r.Blob)] = true
	}
	return all, nil
}

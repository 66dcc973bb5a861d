package module

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/change"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Purge deletes the records of every installation that was uninstalled more
// than 30 days before now, and returns how many installations that were. Each
// is one transaction. One that fails does not hold up the others; the next run
// tries it again.
func (c *Catalogue) Purge(ctx context.Context, now time.Time) (int, error) {
	due, err := pg.All[expired](ctx, c.db.Pool(), `
		select i.site_id as site, s.agency_id as agency, i.module_id as module
		from platform.installation i join platform.site s on s.id = i.site_id
		where i.state = 'uninstalled' and i.uninstalled_at <= $1
		order by i.uninstalled_at`, now.Add(-Kept))
	if err != nil {
		return 0, fmt.Errorf("look for installations to purge: %w", err)
	}
	count := 0
	var failed []error
	for _, e := range due {
		done, err := c.purgeExpired(ctx, e, now)
		if err != nil {
			failed = append(failed, fmt.Errorf("purge module %s on site %s: %w", e.Module, e.Site, err))
		}
		if done {
			count++
		}
		if ctx.Err() != nil {
			break
		}
	}
	return count, errors.Join(failed...)
}

// expired is an installation whose records are due to be deleted.
type expired struct {
	Site, Agency, Module uuid.UUID
}

// purgeExpired purges one installation; false says that somebody else did, or
// that the module came back.
func (c *Catalogue) purgeExpired(ctx context.Context, e expired, now time.Time) (bool, error) {
	err := c.db.Change(ctx, func(tx pgx.Tx) error {
		if err := lockSite(ctx, tx, SiteRef{ID: e.Site, Agency: e.Agency}); err != nil {
			return err
		}
		list, err := installations(ctx, tx, e.Site, "")
		if err != nil {
			return err
		}
		for _, i := range list {
			if until := i.KeptUntil(); i.Module == e.Module && until != nil && !now.Before(*until) {
				_, err := c.purge(ctx, tx, audit.System(), e.Agency, i)
				return err
			}
		}
		return errUnchanged
	})
	if errors.Is(err, errUnchanged) {
		return false, nil
	}
	return err == nil, err
}

// purge deletes the site's records of a module and says so in the
// installation. The caller holds the lock on the site.
func (c *Catalogue) purge(ctx context.Context, tx pgx.Tx, by audit.Actor, agency uuid.UUID, i Installation) (Installation, error) {
	next, err := i.State.After(Purge)
	if err != nil {
		return i, err
	}
	records, err := c.erase(ctx, tx, i)
	if err != nil {
		return i, fmt.Errorf("delete the records of %s: %w", i.Name, err)
	}
	if err := change.Forget(ctx, tx, c.db.Keeper(), i.Site, i.Short); err != nil {
		return i, fmt.Errorf("forget the changes of %s: %w", i.Name, err)
	}
	if _, err := tx.Exec(ctx, `delete from platform.timer where site_id = $1 and module = $2`, i.Site, i.Short); err != nil {
		return i, err
	}
	if _, err := tx.Exec(ctx, `delete from platform.custom_field where site_id = $1 and module_id = $2`, i.Site, i.Module); err != nil {
		return i, err
	}
	i.State, i.Settings, i.UpdatedAt = next, []byte(`{}`), c.now()
	if err := save(ctx, tx, i); err != nil {
		return i, err
	}
	if err := noteUse(ctx, tx, i.Module, c.now()); err != nil {
		return i, err
	}
	return i, c.logStep(ctx, tx, by, agency, i, "purged", map[string]any{"records": records})
}

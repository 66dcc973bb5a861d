package module

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk"
)

// A step in the life of an installation for which the module may have code.
const (
	stepInstall   = "install"
	stepEnable    = "enable"
	stepConfigure = "configure"
	stepUpgrade   = "upgrade"
	stepDisable   = "disable"
	stepUninstall = "uninstall"
)

// live runs the module's handler of a step inside the transaction that takes
// it, with the module's own rights on the site. The error of the handler
// refuses the step, but for disable and uninstall, which no module holds up:
// there what the handler did is undone, and the step goes on.
func (c *Catalogue) live(ctx context.Context, tx pgx.Tx, site SiteRef, i Installation, r *Release, step string, change sdk.Change) error {
	code := r.Module.Code()
	if code == nil {
		return nil
	}
	input, err := json.Marshal(change)
	if err != nil {
		return err
	}
	err = c.alone(ctx, tx, site, i, r, func(acting collection.Acting) error {
		_, err := code.Run(ctx, collection.Run{Name: step, Input: input, For: acting, AsModule: true})
		return err
	})
	switch {
	case err == nil:
		return nil
	case step == stepDisable || step == stepUninstall:
		c.log.ErrorContext(ctx, "a module's code failed", "module", i.Name, "step", step, "site", site.ID, "error", err)
		return nil
	}
	return fmt.Errorf("%s %s: %w", step, i.Name, err)
}

// alone runs fn as the module itself on the site, inside the transaction.
func (c *Catalogue) alone(ctx context.Context, tx pgx.Tx, site SiteRef, i Installation, r *Release, fn func(collection.Acting) error) error {
	at, err := sitePlace(ctx, tx, site.ID)
	if err != nil {
		return err
	}
	now := func() time.Time { return c.now().In(at.zone()) }
	acting := collection.Acting{
		Currency: site.Currency, Country: at.country(), Language: at.Locale, Now: now,
		Settings: r.Settings(i.Settings, site.Currency, now().Format(time.DateOnly)),
	}
	if c.keys != nil {
		acting.Sealer = c.keys
	}
	scope := c.db.Scope(pg.ScopeOptions{Site: site.ID, Role: r.Runtime, ActorKind: string(sdk.Own)})
	return scope.Enter(ctx, tx, func(inner pg.Scope) error {
		acting.Scope = inner
		return fn(c.Alone(acting))
	})
}

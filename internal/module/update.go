package module

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/sdk"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Change is what to change of an installation; nil leaves a thing as it is.
type Change struct {
	// Enabled switches the module on or off.
	Enabled *bool
	// Settings replace all settings of the module.
	Settings json.RawMessage
	// Version puts the site on another published version, newer or older. The
	// settings that it does not take are dropped.
	Version *string
}

// step is one change that was made, for the audit log.
type step struct {
	action  string
	details map[string]any
}

// Update changes an installation, all or nothing. What is so already is no
// change: it is not logged. Settings that break their rules, a version that is
// not published and enabling a module whose required settings are missing are
// errs.Invalid. Switching off works whether or not the package can be read.
func (c *Catalogue) Update(ctx context.Context, by audit.Actor, site SiteRef, name string, change Change) (Installation, error) {
	var i Installation
	err := c.db.Change(ctx, func(tx pgx.Tx) error {
		var err error
		if i, err = present(ctx, tx, site, name); err != nil {
			return err
		}
		if !i.State.Live() {
			return errs.New(errs.Conflict, "wrong_state", "The module is %s: install it again to change it.", i.State)
		}
		steps, err := c.apply(ctx, tx, site, &i, change)
		if err != nil {
			return err
		}
		if len(steps) == 0 {
			return errUnchanged
		}
		i.UpdatedAt = c.now()
		if err := save(ctx, tx, i); err != nil {
			return err
		}
		if err := noteUse(ctx, tx, i.Module, c.now()); err != nil {
			return err
		}
		for _, s := range steps {
			if err := c.logStep(ctx, tx, by, site.Agency, i, s.action, s.details); err != nil {
				return err
			}
		}
		return nil
	})
	if err := settle(err); err != nil {
		return Installation{}, fmt.Errorf("change %s: %w", name, err)
	}
	return i, nil
}

// apply makes the change in i and returns the steps it took. The version comes
// first, because settings belong to a version; whether the module may be
// enabled is asked last.
func (c *Catalogue) apply(ctx context.Context, tx pgx.Tx, site SiteRef, i *Installation, change Change) ([]step, error) {
	// Before the version is turned: what was sent back as it was is no change,
	// although the other version may not take all of it.
	changed := given(change.Settings) && !sameJSON(change.Settings, i.ShownSettings())
	steps, err := c.turn(ctx, tx, site, i, change)
	if err != nil {
		return nil, err
	}
	if changed {
		release, err := c.releaseOf(ctx, tx, *i)
		if err != nil {
			return nil, err
		}
		if err := release.checkSettings(change.Settings, site.Currency); err != nil {
			return nil, err
		}
		if i.Settings, err = c.seal(release, *i, change.Settings); err != nil {
			return nil, err
		}
		steps = append(steps, step{"settings_changed", nil})
	}
	if change.Enabled != nil {
		move, action := Disable, "disabled"
		if *change.Enabled {
			move, action = Enable, "enabled"
		}
		next, err := i.State.After(move)
		if err != nil {
			return nil, err
		}
		if next != i.State {
			i.State = next
			steps = append(steps, step{action, nil})
		}
	}
	if len(steps) > 0 && i.State == Enabled {
		release, err := c.releaseOf(ctx, tx, *i)
		if err != nil {
			return nil, err
		}
		if missing := release.missingSettings(i.Settings, site.Currency); len(missing) > 0 {
			return nil, settingsMissing(missing)
		}
		if err := c.resetTimers(ctx, tx, site, *i, release); err != nil {
			return nil, err
		}
	}
	return steps, c.liveThrough(ctx, tx, site, *i, steps)
}

// liveThrough gives the module's code its turn at what was changed. That a
// module is switched off does not need its package.
func (c *Catalogue) liveThrough(ctx context.Context, tx pgx.Tx, site SiteRef, i Installation, steps []step) error {
	handlers := map[string]string{"settings_changed": stepConfigure, "enabled": stepEnable, "disabled": stepDisable}
	for _, s := range steps {
		handler, ok := handlers[s.action]
		if !ok {
			continue
		}
		release, err := c.releaseOf(ctx, tx, i)
		if err != nil && handler == stepDisable {
			continue
		}
		if err != nil {
			return err
		}
		if err := c.live(ctx, tx, site, i, release, handler, sdk.Change{From: i.Version, To: i.Version}); err != nil {
			return err
		}
	}
	return nil
}

// releaseOf returns the release that the installation is on.
func (c *Catalogue) releaseOf(ctx context.Context, tx pgx.Tx, i Installation) (*Release, error) {
	v, err := versionOf(ctx, tx, i.Module, i.Version)
	if err != nil {
		return nil, err
	}
	return c.release(ctx, v)
}

// turn puts the installation on the wanted version, if that is another one.
func (c *Catalogue) turn(ctx context.Context, tx pgx.Tx, site SiteRef, i *Installation, change Change) ([]step, error) {
	if change.Version == nil || *change.Version == i.Version {
		return nil, nil
	}
	versions, err := versionsOf(ctx, tx, site.Agency, i.Name)
	if err != nil {
		return nil, err
	}
	v, err := pick(versions, *change.Version)
	if err != nil {
		return nil, err
	}
	if v.Module != i.Module {
		return nil, errors.New("the site's agency does not own the installed module")
	}
	moved, err := c.move(ctx, tx, site, i, v)
	return []step{moved}, err
}

// move puts the installation on the version: its tables are made, the settings
// that it does not take are dropped, and the module's code gets its turn.
func (c *Catalogue) move(ctx context.Context, tx pgx.Tx, site SiteRef, i *Installation, v Version) (step, error) {
	release, err := c.release(ctx, v)
	if err != nil {
		return step{}, err
	}
	if err := release.runs(); err != nil {
		return step{}, err
	}
	if err := c.travel(ctx, tx, site, *i, v.Version); err != nil {
		return step{}, err
	}
	action, wanted := "upgraded", i.Settings
	if compareVersions(v.Version, i.Version) < 0 {
		action = "rolled_back"
		// The settings come back as they were when the site left this version.
		before, err := stepsOf(ctx, tx, *i)
		if err != nil {
			return step{}, err
		}
		wanted = before.settings(*i, v.Version, true)
	}
	if err := remember(ctx, tx, *i, v.Version, c.now()); err != nil {
		return step{}, err
	}
	details := map[string]any{"from": i.Version}
	fits, dropped, err := release.fitting(wanted, site.Currency)
	if err != nil {
		return step{}, err
	}
	if len(dropped) > 0 {
		details["settings_dropped"] = dropped
	}
	// What was plain and is secret in this version is sealed from now on.
	if fits, err = c.seal(release, *i, fits); err != nil {
		return step{}, err
	}
	change := sdk.Change{From: i.Version, To: v.Version}
	i.Version, i.Title, i.Settings = v.Version, v.Title, fits
	return step{action, details}, c.live(ctx, tx, site, *i, release, stepUpgrade, change)
}

func settingsMissing(names []string) error {
	bad := errs.New(errs.Invalid, "settings_missing", "These settings are needed first: %s.", strings.Join(names, ", "))
	for _, name := range names {
		bad.Fields = append(bad.Fields, errs.Field{
			Path: "settings." + name, Code: "required", Message: "This setting is required.",
		})
	}
	return bad
}

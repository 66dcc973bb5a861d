package module

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Install puts a version of a module of the agency's publisher on the site;
// an empty version is the newest one that is no pre-release, or the newest when
// there are only such. The module is enabled at once when no
// required setting is missing, else it waits in the state Installed.
//
// A module of another publisher is errs.NotFound. A module of that name that
// is on the site already is errs.Conflict "already_installed". Within 30 days
// of an uninstallation the site's records are taken back and, when settings is
// empty, those of its settings that the version takes.
func (c *Catalogue) Install(ctx context.Context, by audit.Actor, site SiteRef, name, version string, settings json.RawMessage) (Installation, error) {
	return c.install(ctx, by, site, wish{name: name, version: version, settings: settings, enable: true})
}

// InstallDisabled is Install for a module that is to be set up first: it stays
// in the state Installed.
func (c *Catalogue) InstallDisabled(ctx context.Context, by audit.Actor, site SiteRef, name, version string, settings json.RawMessage) (Installation, error) {
	return c.install(ctx, by, site, wish{name: name, version: version, settings: settings})
}

// wish is what somebody wants installed.
type wish struct {
	name, version string
	settings      json.RawMessage
	enable        bool
}

func (c *Catalogue) install(ctx context.Context, by audit.Actor, site SiteRef, w wish) (Installation, error) {
	if w.name == "" {
		return Installation{}, errs.Missing()
	}
	var i Installation
	err := c.db.Change(ctx, func(tx pgx.Tx) error {
		if err := lockSite(ctx, tx, site); err != nil {
			return err
		}
		v, err := c.choose(ctx, tx, site, w)
		if err != nil {
			return err
		}
		if c.Admits != nil {
			if err := c.Admits(ctx, tx, site, v.Module); err != nil {
				return err
			}
		}
		i, err = c.place(ctx, tx, by, site, v, w)
		return err
	})
	if pg.Violated(err) == "installation_one_of_a_name" {
		return Installation{}, alreadyInstalled(w.name)
	}
	if err != nil {
		return Installation{}, fmt.Errorf("install %s: %w", w.name, err)
	}
	return i, nil
}

// choose returns the version to install, having checked that the site has no
// live module of that name.
func (c *Catalogue) choose(ctx context.Context, tx pgx.Tx, site SiteRef, w wish) (Version, error) {
	versions, err := versionsOf(ctx, tx, site.Agency, w.name)
	if err != nil {
		return Version{}, err
	}
	if len(versions) == 0 {
		return Version{}, errs.Missing()
	}
	list, err := installations(ctx, tx, site.ID, w.name)
	if err != nil {
		return Version{}, err
	}
	for _, i := range list {
		if i.State.Live() {
			return Version{}, alreadyInstalled(w.name)
		}
	}
	if w.version == "" {
		return newest(versions)
	}
	return pick(versions, w.version)
}

func alreadyInstalled(name string) error {
	return errs.New(errs.Conflict, "already_installed", "A module called %q is on this site already.", name)
}

// place makes the tables, writes the row and takes the first steps.
func (c *Catalogue) place(ctx context.Context, tx pgx.Tx, by audit.Actor, site SiteRef, v Version, w wish) (Installation, error) {
	release, err := c.release(ctx, v)
	if err != nil {
		return Installation{}, err
	}
	if err := release.runs(); err != nil {
		return Installation{}, err
	}
	if err := c.provision(ctx, tx, v, release); err != nil {
		return Installation{}, err
	}
	i, err := c.earlier(ctx, tx, by, site, v)
	if err != nil {
		return Installation{}, err
	}
	details := map[string]any{}
	change := sdk.Change{To: v.Version}
	if i.State == Uninstalled {
		details["taken_back"] = true
	}
	if err := c.setUp(release, &i, w.settings, site.Currency, details); err != nil {
		return Installation{}, err
	}
	if i.State, err = i.State.After(Install); err != nil {
		return Installation{}, err
	}
	if err := c.insert(ctx, tx, &i); err != nil {
		return Installation{}, err
	}
	if err := noteUse(ctx, tx, i.Module, c.now()); err != nil {
		return Installation{}, err
	}
	if err := c.logStep(ctx, tx, by, site.Agency, i, "installed", details); err != nil {
		return Installation{}, err
	}
	if details["taken_back"] == nil {
		if err := c.sow(ctx, tx, site, i, release); err != nil {
			return Installation{}, err
		}
	}
	if err := c.live(ctx, tx, site, i, release, stepInstall, change); err != nil {
		return Installation{}, err
	}
	if !w.enable || len(release.missingSettings(i.Settings, site.Currency)) > 0 {
		return i, nil
	}
	if i.State, err = i.State.After(Enable); err != nil {
		return Installation{}, err
	}
	if err := save(ctx, tx, i); err != nil {
		return Installation{}, err
	}
	if err := c.logStep(ctx, tx, by, site.Agency, i, "enabled", nil); err != nil {
		return Installation{}, err
	}
	return i, c.live(ctx, tx, site, i, release, stepEnable, sdk.Change{From: v.Version, To: v.Version})
}

// setUp gives the installation its settings: those that are given, which must
// all be right, or else what fits of those it had before.
func (c *Catalogue) setUp(r *Release, i *Installation, settings json.RawMessage, currency string, details map[string]any) error {
	wanted := orEmpty(settings)
	if given(settings) || i.State != Uninstalled {
		if err := r.checkSettings(wanted, currency); err != nil {
			return err
		}
	} else {
		left, dropped, err := r.fitting(i.Settings, currency)
		if err != nil {
			return err
		}
		if len(dropped) > 0 {
			details["settings_dropped"] = dropped
		}
		wanted = left
	}
	var err error
	i.Settings, err = c.seal(r, *i, wanted)
	return err
}

// earlier returns the site's old installation of the module, put on the
// version, or a new one. What is older than Kept is purged first, whether or
// not the job came by.
func (c *Catalogue) earlier(ctx context.Context, tx pgx.Tx, by audit.Actor, site SiteRef, v Version) (Installation, error) {
	old, err := installations(ctx, tx, site.ID, v.Name)
	if err != nil {
		return Installation{}, err
	}
	i := Installation{Site: site.ID, Module: v.Module, Name: v.Name, Short: v.Short}
	for _, o := range old {
		if o.Module != v.Module {
			continue
		}
		i = o
		if until := o.KeptUntil(); until != nil && !c.now().Before(*until) {
			if i, err = c.purge(ctx, tx, audit.System(), site.Agency, o); err != nil {
				return Installation{}, err
			}
		}
	}
	if i.State == Uninstalled && i.Version != v.Version {
		if err := c.travel(ctx, tx, site, i, v.Version); err != nil {
			return Installation{}, err
		}
		if err := remember(ctx, tx, i, v.Version, c.now()); err != nil {
			return Installation{}, err
		}
	}
	i.Version, i.Title = v.Version, v.Title
	at := c.now()
	i.InstalledAt, i.UpdatedAt, i.UninstalledAt = at, at, nil
	return i, nil
}

// insert writes the row of an installation that is new or comes back, at the
// end of the menu.
func (c *Catalogue) insert(ctx context.Context, tx pgx.Tx, i *Installation) error {
	return tx.QueryRow(ctx, `
		insert into platform.installation
			(site_id, module_id, name, version, state, settings, position, installed_at, updated_at)
		values ($1, $2, $3, $4, $5, $6,
			(select coalesce(max(position), 0) + 1 from platform.installation
			 where site_id = $1 and state in ('installed', 'enabled', 'disabled')), $7, $7)
		on conflict (site_id, module_id) do update
		set version = excluded.version, state = excluded.state, settings = excluded.settings, position = excluded.position,
			installed_at = excluded.installed_at, updated_at = excluded.updated_at, uninstalled_at = null
		returning position`,
		i.Site, i.Module, i.Name, i.Version, i.State, i.Settings, i.InstalledAt).Scan(&i.Position)
}

// Uninstall takes the module from the site. Its records are kept for 30 days.
func (c *Catalogue) Uninstall(ctx context.Context, by audit.Actor, site SiteRef, name string) error {
	err := c.db.Change(ctx, func(tx pgx.Tx) error {
		i, err := present(ctx, tx, site, name)
		if err != nil {
			return err
		}
		if i.State, err = i.State.After(Uninstall); err != nil {
			return err
		}
		// A package that is lost or damaged keeps nobody from going.
		if release, err := c.releaseOf(ctx, tx, i); err == nil {
			if err := c.live(ctx, tx, site, i, release, stepUninstall, sdk.Change{From: i.Version}); err != nil {
				return err
			}
		}
		now := c.now()
		i.UpdatedAt, i.UninstalledAt = now, &now
		if err := save(ctx, tx, i); err != nil {
			return err
		}
		return c.logStep(ctx, tx, by, site.Agency, i, "uninstalled", map[string]any{"kept_until": now.Add(Kept)})
	})
	if err != nil {
		return fmt.Errorf("uninstall %s: %w", name, err)
	}
	return nil
}

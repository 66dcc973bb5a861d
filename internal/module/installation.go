package module

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Installation is a module on a site.
type Installation struct {
	Site          uuid.UUID
	Module        uuid.UUID // the module's id
	Name          string    // the module's id in its manifest: "guestbook"
	Short         string    // names the module's schema and roles
	Title         string    // how people call the module
	Version       string    // the site is on this one
	State         State
	Settings      json.RawMessage // as they were given; Release.Settings adds the defaults
	Layout        int             // in which the version's tables were made, see collection.Layout
	Position      int             // in the menu and on the home page, from 1
	InstalledAt   time.Time
	UpdatedAt     time.Time
	UninstalledAt *time.Time
}

// KeptUntil returns when the records of an uninstalled module are deleted; nil
// when there is no such moment.
func (i Installation) KeptUntil() *time.Time {
	if i.State != Uninstalled || i.UninstalledAt == nil {
		return nil
	}
	until := i.UninstalledAt.Add(Kept)
	return &until
}

// searchedFrom is the first collection.Layout that has finders.
const searchedFrom = 1

// Finds reports whether the database has the finder functions of the version.
func (i Installation) Finds() bool { return i.Layout >= searchedFrom }

const installationColumns = `
	i.site_id as site, i.module_id as module, i.name, m.short_id as short, v.name as title, i.version, i.state,
	v.layout, i.settings, i.position, i.installed_at, i.updated_at, i.uninstalled_at`

const installationTables = `
	platform.installation i
	join platform.module m on m.id = i.module_id
	join platform.module_version v on v.module_id = i.module_id and v.version = i.version`

// installations returns every row of the site, dead ones included, in order;
// of one manifest id only when name is not empty.
func installations(ctx context.Context, q pg.Querier, site uuid.UUID, name string) ([]Installation, error) {
	return pg.All[Installation](ctx, q, `
		select `+installationColumns+` from `+installationTables+`
		where i.site_id = $1 and ($2 = '' or i.name = $2)
		order by i.position, i.name, i.module_id`, site, name)
}

// List returns what is installed on the site, working or not, in the order of
// the menu. Uninstalled modules are not in it.
func (c *Catalogue) List(ctx context.Context, site uuid.UUID) ([]Installation, error) {
	list, err := installations(ctx, c.db.Pool(), site, "")
	return slices.DeleteFunc(list, func(i Installation) bool { return !i.State.Live() }), err
}

// Find returns the installation of the module with that manifest id.
// Uninstalled is errs.NotFound.
func (c *Catalogue) Find(ctx context.Context, site uuid.UUID, name string) (Installation, error) {
	list, err := installations(ctx, c.db.Pool(), site, name)
	if err != nil {
		return Installation{}, err
	}
	for _, i := range list {
		if name != "" && i.State.Live() {
			return i, nil
		}
	}
	return Installation{}, errs.Missing()
}

// lockSite makes changes of one site wait for one another, and refuses a site
// that is not the agency's.
func lockSite(ctx context.Context, tx pgx.Tx, site SiteRef) error {
	var one int
	err := tx.QueryRow(ctx, `select 1 from platform.site where id = $1 and agency_id = $2 for no key update`,
		site.ID, site.Agency).Scan(&one)
	if errors.Is(err, pgx.ErrNoRows) {
		return errs.Missing()
	}
	return err
}

// present returns the installation that a change is about: the live one of the
// name, or else the one that was uninstalled last. None and purged ones are
// errs.NotFound.
func present(ctx context.Context, tx pgx.Tx, site SiteRef, name string) (Installation, error) {
	if err := lockSite(ctx, tx, site); err != nil {
		return Installation{}, err
	}
	list, err := installations(ctx, tx, site.ID, name)
	if err != nil {
		return Installation{}, err
	}
	var found Installation
	for _, i := range list {
		if i.State.Live() {
			return i, nil
		}
		if i.State == Uninstalled {
			found = i
		}
	}
	if found.State == None || name == "" {
		return Installation{}, errs.Missing()
	}
	return found, nil
}

// save writes what may change of an installation that has a row.
func save(ctx context.Context, tx pgx.Tx, i Installation) error {
	_, err := tx.Exec(ctx, `
		update platform.installation
		set version = $3, state = $4, settings = $5, position = $6, installed_at = $7, updated_at = $8, uninstalled_at = $9
		where site_id = $1 and module_id = $2`,
		i.Site, i.Module, i.Version, i.State, i.Settings, i.Position, i.InstalledAt, i.UpdatedAt, i.UninstalledAt)
	return err
}

// logStep writes one step of an installation to the audit log.
func (c *Catalogue) logStep(ctx context.Context, tx pgx.Tx, by audit.Actor, agency uuid.UUID, i Installation, action string, details map[string]any) error {
	if details == nil {
		details = map[string]any{}
	}
	details["module"], details["version"] = i.Name, i.Version
	return audit.Write(ctx, tx, audit.Entry{
		Agency: agency, Site: orNil(i.Site), At: c.now(), Actor: by,
		Action: "installation." + action, Subject: i.Title + " " + i.Version, Details: details,
	})
}

// Package module is the life of modules: publishers upload packages, which
// become immutable versions; sites install a version, set it up, enable and
// disable it, change to another version and uninstall it. The first
// installation of a version makes its tables; 30 days after the uninstallation
// a site's rows are purged. Drift compares the tables with what the versions
// declare.
//
// Every change is one transaction that writes the audit log and moves the
// revision on; what fails has changed nothing.
package module

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/blob"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pack"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/secret"
)

// Kept is how long a site's records outlive the uninstallation of their module.
const Kept = 30 * 24 * time.Hour

// Catalogue is the door to everything in this package. Safe for concurrent use.
type Catalogue struct {
	db       *pg.DB
	blobs    blob.Store
	keys     *secret.Ring
	now      func() time.Time
	log      *slog.Logger
	releases *releases
	// limits hold for packages of strangers.
	packed pack.Limits
	sized  manifest.Limits
	linked map[string]Linked // by content hash; written by Link alone
	// Admits is asked in the transaction of an installation whether there is room
	// for the module; nil: there always is. Set before the first use.
	Admits func(ctx context.Context, tx pgx.Tx, site SiteRef, module uuid.UUID) error
}

// New returns a catalogue over the database and the store of packages, which
// seals secret settings with the keys.
func New(db *pg.DB, blobs blob.Store, keys *secret.Ring, now func() time.Time, log *slog.Logger) *Catalogue {
	return &Catalogue{
		db:       db,
		blobs:    blobs,
		keys:     keys,
		now:      func() time.Time { return now().UTC().Truncate(time.Microsecond) }, // as it is stored
		log:      log,
		releases: newReleases(),
		packed:   pack.DefaultLimits(),
		sized:    manifest.Strangers(),
		linked:   map[string]Linked{},
	}
}

// Within returns the catalogue whose changes are part of an open transaction of
// the login role.
func (c *Catalogue) Within(tx pgx.Tx) *Catalogue {
	inside := *c
	inside.db = c.db.Within(tx)
	return &inside
}

// SiteRef is what the catalogue needs to know of a site. The caller has
// resolved it and checked the actor's permission; the catalogue checks that
// the site belongs to the agency.
type SiteRef struct {
	ID       uuid.UUID
	Agency   uuid.UUID
	Currency string // ISO 4217, of settings that are money without a currency
}

// errUnchanged ends a transaction in which nothing had to change, so that the
// revision does not move and nobody drops what they remember.
var errUnchanged = errors.New("nothing to change")

// settle turns errUnchanged into success.
func settle(err error) error {
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// orNil returns the id as a nullable value; the zero UUID is null.
func orNil(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: id != uuid.Nil} }

// quote returns the name as an SQL identifier.
func quote(names ...string) string { return pgx.Identifier(names).Sanitize() }

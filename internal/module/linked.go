package module

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/blob"
	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pack"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Linked is a module that is linked into the server. The platform itself is its
// publisher, every agency sees it, and there is one version of it: the one that
// the server holds.
type Linked struct {
	Files    fs.FS
	Manifest *manifest.Manifest
	// Code returns what runs the handlers over a compiled release.
	Code func(*collection.Module) collection.Code
}

// linkedLock is the advisory lock under which linked modules are published, so
// that servers which start at once do it one after another.
const linkedLock = 7_248_301_005

// Link publishes the modules that this server holds, brings their tables up to
// date and puts every installation on the version that is held. Call it once,
// before anything else; when all is so already it changes nothing.
//
// A linked version may be published again with other content, because nobody
// but the server holds it; so modules are worked on without a new version for
// each start. The records of all its sites are brought along in the transaction
// that publishes it: if those of one site do not fit, the content is refused and
// with it the start, because no site could tell which content its records have. A version
// that is older than the published one is refused: it is the server that is too
// old.
//
// An installation is moved, with the module's upgrade handler, in a transaction
// of its own. One that fails is logged and stays on its version, which this
// server does not run; the next start tries it again.
func (c *Catalogue) Link(ctx context.Context, modules ...Linked) error {
	for _, l := range modules {
		u, err := c.packLinked(l)
		if err != nil {
			return fmt.Errorf("link %s: %w", l.Manifest.ID, err)
		}
		c.linked[u.hash] = l
		if err := c.publishLinked(ctx, u); err != nil {
			return fmt.Errorf("link %s: %w", u.subject(), err)
		}
		if err := c.follow(ctx, u); err != nil {
			return fmt.Errorf("link %s: %w", u.subject(), err)
		}
	}
	return nil
}

// packLinked makes the package that a linked module is stored as.
func (c *Catalogue) packLinked(l Linked) (upload, error) {
	var data bytes.Buffer
	info, err := pack.Build(l.Files, &data)
	if err != nil {
		return upload{}, err
	}
	if _, err := collection.Compile(l.Manifest, SchemaName("00000000")); err != nil {
		return upload{}, err
	}
	if _, err := compileSettings(l.Manifest); err != nil {
		return upload{}, err
	}
	return upload{
		by: audit.System(), manifest: l.Manifest, hash: info.Hash, data: data.Bytes(), blob: blob.HashOf(data.Bytes()),
	}, nil
}

// publishLinked makes the held version the published one.
func (c *Catalogue) publishLinked(ctx context.Context, u upload) error {
	if v, err := linkedVersion(ctx, c.db.Pool(), u.manifest.ID); err == nil && v.Version == u.manifest.Version && v.Hash == u.hash {
		return c.storeAgain(ctx, v, u)
	}
	return c.db.Change(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, linkedLock); err != nil {
			return err
		}
		publisher, err := c.platform(ctx, tx)
		if err != nil {
			return err
		}
		if err := c.claim(ctx, tx, publisher, u.manifest); err != nil {
			return err
		}
		id, err := c.module(ctx, tx, publisher, u.manifest.ID)
		if err != nil {
			return err
		}
		if err := c.store(ctx, tx, u); err != nil {
			return err
		}
		old, err := c.replace(ctx, tx, id, u)
		if err != nil {
			return err
		}
		if err := c.expand(ctx, tx, id, u); err != nil || old == nil || old.Manifest.Version != u.manifest.Version {
			return err
		}
		return c.bringAlong(ctx, tx, old)
	})
}

// bringAlong brings the records of all sites from what a version was to what it
// is now under the same number; of sites too that may take the module back.
func (c *Catalogue) bringAlong(ctx context.Context, tx pgx.Tx, old *Release) error {
	v, err := versionOf(ctx, tx, old.ID, old.Manifest.Version)
	if err != nil {
		return err
	}
	now, err := c.read(ctx, v)
	if err != nil {
		return err
	}
	sites, err := pg.All[behind](ctx, tx, `
		select i.site_id as site, s.agency_id as agency, s.currency from platform.installation i
		join platform.site s on s.id = i.site_id
		where i.module_id = $1 and i.version = $2 and i.state <> 'purged' order by i.site_id`, v.Module, v.Version)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `set local statement_timeout = 0`); err != nil {
		return err
	}
	for _, at := range sites {
		site := SiteRef{ID: at.Site, Agency: at.Agency, Currency: at.Currency}
		i, err := present(ctx, tx, site, v.Name)
		if err != nil {
			return err
		}
		if err := c.leg(ctx, tx, site, i, nil, old, now); err != nil {
			return fmt.Errorf("the manifest has changed under the same version, and the records of site %s do not follow; change them, or raise the version: %w", site.ID, err)
		}
		if i.State != Enabled {
			continue
		}
		if err := c.resetTimers(ctx, tx, site, i, now); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `set local statement_timeout to default`)
	return err
}

// storeAgain brings a package back that was lost.
func (c *Catalogue) storeAgain(ctx context.Context, v Version, u upload) error {
	if _, err := c.blobs.Open(ctx, blob.Hash(v.Blob)); err == nil {
		return nil
	}
	return c.db.Tx(ctx, func(tx pgx.Tx) error { return c.store(ctx, tx, u) })
}

// platform finds or makes the platform's own publisher.
func (c *Catalogue) platform(ctx context.Context, tx pgx.Tx) (uuid.UUID, error) {
	var id uuid.UUID
	err := tx.QueryRow(ctx, `select id from platform.publisher where agency_id is null`).Scan(&id)
	if !errors.Is(err, pgx.ErrNoRows) {
		return id, err
	}
	if id, err = uuid.NewV7(); err != nil {
		return uuid.Nil, err
	}
	_, err = tx.Exec(ctx, `insert into platform.publisher (id, agency_id, name, created_at) values ($1, null, 'DRAMAC', $2)`, id, c.now())
	return id, err
}

// linkedVersion returns the published version of a linked module.
func linkedVersion(ctx context.Context, q pg.Querier, name string) (Version, error) {
	return pg.One[Version](ctx, q, `
		select `+versionColumns+`
		from platform.publisher p
		join platform.module m on m.publisher_id = p.id
		join platform.module_version v on v.module_id = m.id
		where p.agency_id is null and m.name = $1 and v.state = 'published'`, name)
}

// replace puts the held version in the place of the one that is published, if
// sites that are on that one can follow. It returns that one; nil when there was
// none, when it was the same, and when its package is lost.
func (c *Catalogue) replace(ctx context.Context, tx pgx.Tx, id uuid.UUID, u upload) (*Release, error) {
	before, err := linkedVersion(ctx, tx, u.manifest.ID)
	if errs.KindOf(err) == errs.NotFound {
		return nil, c.writeLinked(ctx, tx, id, u)
	}
	if err != nil || before.Version == u.manifest.Version && before.Hash == u.hash {
		return nil, err
	}
	if compareVersions(u.manifest.Version, before.Version) < 0 {
		return nil, fmt.Errorf("version %s is published already, and this server holds the older %s", before.Version, u.manifest.Version)
	}
	old, err := c.read(ctx, before)
	if err != nil {
		c.log.ErrorContext(ctx, "a new version cannot be compared with this one", "module", before.Name, "version", before.Version, "error", err)
		old = nil
	}
	physical, wrong := succeed(before, old, u.manifest, before.Physical.Epoch+1)
	if len(wrong) > 0 {
		return nil, fmt.Errorf("sites that are on %s could not follow: %w", before.Version, errors.Join(wrong...))
	}
	u.physical = physical
	_, err = tx.Exec(ctx, `update platform.module_version set state = 'deprecated' where module_id = $1 and state = 'published'`, id)
	if err != nil {
		return nil, err
	}
	c.releases.forget(releaseKey{id, u.manifest.Version})
	return old, c.writeLinked(ctx, tx, id, u)
}

// writeLinked writes the row of the held version, or the content that is new in
// one that is there.
func (c *Catalogue) writeLinked(ctx context.Context, tx pgx.Tx, id uuid.UUID, u upload) error {
	content, err := hex.DecodeString(u.hash)
	if err != nil {
		return err
	}
	stored, err := hex.DecodeString(string(u.blob))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into platform.module_version as v
			(module_id, version, state, content_hash, blob, size, name, description, created_at, published_at, physical)
		values ($1, $2, 'published', $3, $4, $5, $6, $7, $8, $8, $9)
		on conflict (module_id, version) do update
		set state = 'published', content_hash = excluded.content_hash, blob = excluded.blob, size = excluded.size,
			name = excluded.name, description = excluded.description, published_at = excluded.published_at, provisioned_at = null, physical = excluded.physical`,
		id, u.manifest.Version, content, stored, len(u.data), u.manifest.Name, u.manifest.Description, c.now(), u.physical)
	return err
}

// expand makes the tables of the held version where some version has tables.
func (c *Catalogue) expand(ctx context.Context, tx pgx.Tx, id uuid.UUID, u upload) error {
	var used bool
	err := tx.QueryRow(ctx, `select exists (select from platform.installation where module_id = $1)`, id).Scan(&used)
	if err != nil || !used {
		return err
	}
	v, err := versionOf(ctx, tx, id, u.manifest.Version)
	if err != nil {
		return err
	}
	release, err := c.release(ctx, v)
	if err != nil {
		return err
	}
	return c.provision(ctx, tx, v, release)
}

// behind is an installation of a linked module that is on another version.
type behind struct {
	Site, Agency uuid.UUID
	Currency     string
}

// follow moves the installations that are on other versions to the held one.
func (c *Catalogue) follow(ctx context.Context, u upload) error {
	v, err := linkedVersion(ctx, c.db.Pool(), u.manifest.ID)
	if err != nil {
		return err
	}
	list, err := pg.All[behind](ctx, c.db.Pool(), `
		select i.site_id as site, s.agency_id as agency, s.currency from platform.installation i
		join platform.site s on s.id = i.site_id
		where i.module_id = $1 and i.version <> $2 and i.state in ('installed', 'enabled', 'disabled')
		order by i.site_id`, v.Module, v.Version)
	if err != nil {
		return err
	}
	for _, at := range list {
		site := SiteRef{ID: at.Site, Agency: at.Agency, Currency: at.Currency}
		if err := c.followOn(ctx, site, v); err != nil {
			if ctx.Err() != nil {
				return err
			}
			c.log.ErrorContext(ctx, "a site does not follow to the version of a linked module", "module", v.Name, "version", v.Version, "site", site.ID, "error", err)
		}
	}
	return nil
}

// followOn moves one installation.
func (c *Catalogue) followOn(ctx context.Context, site SiteRef, v Version) error {
	return settle(c.db.Change(ctx, func(tx pgx.Tx) error {
		i, err := present(ctx, tx, site, v.Name)
		if err != nil {
			return err
		}
		if i.Module != v.Module || i.Version == v.Version || !i.State.Live() {
			return errUnchanged
		}
		s, err := c.move(ctx, tx, site, &i, v)
		if err != nil {
			return err
		}
		i.UpdatedAt = c.now()
		if err := save(ctx, tx, i); err != nil {
			return err
		}
		if i.State == Enabled {
			release, err := c.release(ctx, v)
			if err != nil {
				return err
			}
			if err := c.resetTimers(ctx, tx, site, i, release); err != nil {
				return err
			}
		}
		return c.logStep(ctx, tx, audit.System(), site.Agency, i, s.action, s.details)
	}))
}

// reserved refuses an id of a linked module to everybody else.
func (c *Catalogue) reserved(ctx context.Context, q pg.Querier, name string) error {
	_, err := linkedVersion(ctx, q, name)
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return errs.New(errs.Conflict, "id_taken", "The id %s belongs to a module of the platform.", name).
		WithHint("Give your module another id in module.yaml.")
}

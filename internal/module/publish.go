package module

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/blob"
	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pack"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// upload is a package on its way to become a version.
type upload struct {
	agency   uuid.UUID
	by       audit.Actor
	manifest *manifest.Manifest
	hash     string // of the content
	data     []byte
	blob     blob.Hash // of data
	physical collection.Physical
}

// subject is how the audit log calls the upload.
func (u upload) subject() string { return u.manifest.Name + " " + u.manifest.Version }

// Publish makes a package a published version of a module of the agency's
// publisher, both of which come into being when they must. The same content
// again returns the version that is there, and false; it brings a package back
// that was lost.
//
// Everything wrong with the package or its manifest is one errs.Invalid; a
// field's path is then file:line:column. A version that exists with another
// content is errs.Conflict "version_exists", one that is not newer than all
// published ones "version_not_newer". A difference that would break sites on
// the newest version is errs.Invalid "breaking_change". A failure leaves no
// rows behind, so the version can be used again.
func (c *Catalogue) Publish(ctx context.Context, by audit.Actor, agency uuid.UUID, data []byte) (Version, bool, error) {
	u, err := c.check(by, agency, data)
	if err != nil {
		return Version{}, false, err
	}
	var v Version
	created := true
	err = c.db.Change(ctx, func(tx pgx.Tx) error {
		var err error
		if v, err = c.enter(ctx, tx, u); errors.Is(err, errUnchanged) {
			created = false
		}
		return err
	})
	if err := settle(err); err != nil {
		return Version{}, false, fmt.Errorf("publish %s: %w", u.subject(), err)
	}
	return v, created, nil
}

// check opens the package and holds it against every rule that needs no database.
func (c *Catalogue) check(by audit.Actor, agency uuid.UUID, data []byte) (upload, error) {
	p, err := pack.Open(data, c.packed)
	if err != nil {
		return upload{}, err
	}
	m, err := manifest.Read(p.FS())
	if err != nil {
		return upload{}, badManifest(err)
	}
	if err := m.Check(c.sized); err != nil {
		return upload{}, badManifest(err)
	}
	if _, err := collection.Compile(m, SchemaName("00000000")); err != nil {
		return upload{}, badManifest(err)
	}
	if _, err := compileSettings(m); err != nil {
		return upload{}, badManifest(err)
	}
	return upload{agency: agency, by: by, manifest: m, hash: p.Hash(), data: data, blob: blob.HashOf(data)}, nil
}

// badManifest tells every problem of a manifest as a field of one error.
func badManifest(err error) error {
	if errs.Of(err) != nil {
		return err
	}
	bad := errs.New(errs.Invalid, "manifest_invalid", "The module's manifest has mistakes.")
	var problems manifest.Problems
	if !errors.As(err, &problems) {
		bad.Fields = []errs.Field{{Path: "module.yaml", Code: "manifest", Message: err.Error()}}
		return bad
	}
	for _, p := range problems {
		message := p.Message
		if p.Hint != "" {
			message += ". " + p.Hint
		}
		bad.Fields = append(bad.Fields, errs.Field{
			Path: fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column), Code: "manifest", Message: message,
		})
	}
	return bad
}

// enter writes the version's rows, or answers errUnchanged with the version
// that is there. Uploads of one agency wait for one another.
func (c *Catalogue) enter(ctx context.Context, tx pgx.Tx, u upload) (Version, error) {
	publisher, err := c.publisher(ctx, tx, u.agency)
	if err != nil {
		return Version{}, err
	}
	if err := c.reserved(ctx, tx, u.manifest.ID); err != nil {
		return Version{}, err
	}
	versions, err := versionsOf(ctx, tx, u.agency, u.manifest.ID)
	if err != nil {
		return Version{}, err
	}
	for _, v := range versions {
		if v.Version != u.manifest.Version {
			continue
		}
		if v.Hash == u.hash {
			return v, c.mend(ctx, tx, v, u)
		}
		return Version{}, errs.New(errs.Conflict, "version_exists",
			"Version %s of %s is published with other content.", v.Version, u.manifest.ID).
			WithHint("A published version never changes. Raise the version in module.yaml.")
	}
	if u.physical, err = c.follows(ctx, versions, u.manifest); err != nil {
		return Version{}, err
	}
	if err := c.claim(ctx, tx, publisher, u.manifest); err != nil {
		return Version{}, err
	}
	id, err := c.module(ctx, tx, publisher, u.manifest.ID)
	if err != nil {
		return Version{}, err
	}
	if err := c.store(ctx, tx, u); err != nil {
		return Version{}, err
	}
	if err := c.advance(ctx, tx, id, u); err != nil {
		return Version{}, err
	}
	return versionOf(ctx, tx, id, u.manifest.Version)
}

// mend stores the package of a version again, should it have been lost.
func (c *Catalogue) mend(ctx context.Context, tx pgx.Tx, v Version, u upload) error {
	if v.Blob == string(u.blob) {
		if err := c.store(ctx, tx, u); err != nil {
			return err
		}
	}
	return errUnchanged
}

// store keeps the bytes, durably before the row that names them. What fails
// after it leaves bytes without a row, which DropOrphans finds.
func (c *Catalogue) store(ctx context.Context, tx pgx.Tx, u upload) error {
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock_shared($1)`, packagesLock); err != nil {
		return err
	}
	if err := c.blobs.Put(ctx, u.blob, u.data); err != nil {
		return fmt.Errorf("store the package: %w", err)
	}
	return nil
}

// follows holds a new version against those there are, newest first, and says
// how it calls what they have made in the database.
func (c *Catalogue) follows(ctx context.Context, versions []Version, m *manifest.Manifest) (collection.Physical, error) {
	none := collection.Physical{}
	if len(versions) == 0 {
		return collection.Physical{Epoch: 1}, nil
	}
	if newest := versions[0]; compareVersions(m.Version, newest.Version) <= 0 {
		return none, errs.New(errs.Conflict, "version_not_newer",
			"Version %s is not newer than %s, which is published.", m.Version, newest.Version).
			WithHint("Raise the version in module.yaml above %s.", newest.Version)
	}
	before, old, err := c.readable(ctx, versions)
	if err != nil {
		return none, err
	}
	physical, wrong := succeed(before, old, m, versions[0].Physical.Epoch+1)
	if len(wrong) > 0 {
		bad := errs.New(errs.Invalid, "breaking_change", "Sites that are on %s could not be brought to version %s.", before.Version, m.Version)
		for _, one := range wrong {
			bad.Fields = append(bad.Fields, errs.Field{Path: "manifest", Code: "breaking_change", Message: one.Error()})
		}
		return none, bad
	}
	return physical, nil
}

// succeed returns how the version after another calls what that has made in the
// database, and why sites could not be brought to it. Of a version that cannot
// be read nothing is known to differ.
func succeed(before Version, old *Release, m *manifest.Manifest, epoch int) (physical collection.Physical, wrong []error) {
	if old == nil {
		return before.Physical.Next(m, epoch, nil), nil
	}
	differences := manifest.Difference(old.Manifest, m)
	for _, d := range differences.Of(manifest.Refused) {
		wrong = append(wrong, errors.New(d.String()))
	}
	physical = before.Physical.Next(m, epoch, differences)
	if wrong != nil {
		return physical, wrong
	}
	next, err := collection.CompileAs(m, old.Schema(), physical)
	if err != nil {
		return physical, []error{err}
	}
	return physical, collection.Evolution{Old: old.Module, New: next, Diff: differences}.Check()
}

// readable returns the newest version whose package can be read. When none can,
// it is the newest and nil: a package that was lost must not end a module's life.
func (c *Catalogue) readable(ctx context.Context, versions []Version) (Version, *Release, error) {
	for _, v := range versions {
		old, err := c.release(ctx, v)
		if err == nil {
			return v, old, nil
		}
		if ctx.Err() != nil {
			return Version{}, nil, err
		}
		c.log.ErrorContext(ctx, "a new version cannot be compared with this one", "module", v.Name, "version", v.Version, "error", err)
	}
	return versions[0], nil, nil
}

// publisher finds or makes the agency's publisher and locks the agency's row.
func (c *Catalogue) publisher(ctx context.Context, tx pgx.Tx, agency uuid.UUID) (uuid.UUID, error) {
	var name string
	err := tx.QueryRow(ctx, `select name from platform.agency where id = $1 for no key update`, agency).Scan(&name)
	if err != nil {
		return uuid.Nil, err
	}
	var id uuid.UUID
	err = tx.QueryRow(ctx, `select id from platform.publisher where agency_id = $1`, agency).Scan(&id)
	if !errors.Is(err, pgx.ErrNoRows) {
		return id, err
	}
	if id, err = uuid.NewV7(); err != nil {
		return uuid.Nil, err
	}
	_, err = tx.Exec(ctx, `insert into platform.publisher (id, agency_id, name, created_at) values ($1, $2, $3, $4)`,
		id, agency, name, c.now())
	return id, err
}

// module finds or makes the publisher's module of that name.
func (c *Catalogue) module(ctx context.Context, tx pgx.Tx, publisher uuid.UUID, name string) (uuid.UUID, error) {
	var id uuid.UUID
	err := tx.QueryRow(ctx, `select id from platform.module where publisher_id = $1 and name = $2`, publisher, name).Scan(&id)
	if !errors.Is(err, pgx.ErrNoRows) {
		return id, err
	}
	if id, err = uuid.NewV7(); err != nil {
		return uuid.Nil, err
	}
	// Short ids have 32 bits, so a deployment with many modules meets one that is taken.
	for attempt := range 100 {
		tag, err := tx.Exec(ctx, `
			insert into platform.module (id, publisher_id, name, short_id, created_at) values ($1, $2, $3, $4, $5)
			on conflict (short_id) do nothing`, id, publisher, name, shortID(id, attempt), c.now())
		if err != nil || tag.RowsAffected() == 1 {
			return id, err
		}
	}
	return uuid.Nil, errors.New("no short id is free")
}

// advance takes the version from draft to published, step by step.
func (c *Catalogue) advance(ctx context.Context, tx pgx.Tx, module uuid.UUID, u upload) error {
	content, err := hex.DecodeString(u.hash)
	if err != nil {
		return err
	}
	bytes, err := hex.DecodeString(string(u.blob))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into platform.module_version
			(module_id, version, state, content_hash, blob, size, name, description, created_at, created_by, physical)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		module, u.manifest.Version, Draft, content, bytes, len(u.data), u.manifest.Name, u.manifest.Description, c.now(), orNil(u.by.ID), u.physical)
	if err != nil {
		return err
	}
	if err := c.logVersion(ctx, tx, u, "module_version.uploaded"); err != nil {
		return err
	}
	for _, step := range []VersionState{Validated, Published} {
		_, err := tx.Exec(ctx, `
			update platform.module_version
			set state = $3, published_at = case when $3 = 'published' then $4::timestamptz end
			where module_id = $1 and version = $2`, module, u.manifest.Version, step, c.now())
		if err != nil {
			return err
		}
		if err := c.logVersion(ctx, tx, u, "module_version."+string(step)); err != nil {
			return err
		}
	}
	return nil
}

func (c *Catalogue) logVersion(ctx context.Context, tx pgx.Tx, u upload, action string) error {
	return audit.Write(ctx, tx, audit.Entry{
		Agency: u.agency, At: c.now(), Actor: u.by, Action: action, Subject: u.subject(),
		Details: map[string]string{"module": u.manifest.ID, "version": u.manifest.Version, "hash": u.hash},
	})
}

package module

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/blob"
	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pack"
)

// Release is a version made ready to work with: its manifest and the compiled
// collections. It is immutable; many requests share one.
type Release struct {
	ID       uuid.UUID // the module's
	Manifest *manifest.Manifest
	Module   *collection.Module
	// Owner and Runtime are the module's roles in the database.
	Owner, Runtime string
	// Finder owns the module's finder functions.
	Finder string

	// Language is the one of the module's translations that its texts are in;
	// empty: the manifest's own.
	Language string

	settings map[string]*collection.Collection // by the setting's name
	own      []OwnField                        // of the site that it is for
	heading  string                            // over them in forms
	variants *variants                         // of the version
}

// Schema returns the schema of the module's tables.
func (r *Release) Schema() string { return r.Module.Schema }

// Release returns a published version, from memory when it was asked for
// before. The package's bytes are checked against their hash when they are read.
// One whose code this server does not hold is an error: without its code a
// module would not keep its own rules.
func (c *Catalogue) Release(ctx context.Context, id uuid.UUID, version string) (*Release, error) {
	if found, ok := c.releases.find(releaseKey{id, version}); ok {
		return found, found.runs()
	}
	v, err := versionOf(ctx, c.db.Pool(), id, version)
	if err != nil {
		return nil, err
	}
	r, err := c.release(ctx, v)
	if err != nil {
		return nil, err
	}
	return r, r.runs()
}

// Offers reports whether the module offers the contract.
func (r *Release) Offers(contract string) bool {
	return slices.ContainsFunc(r.Manifest.Offers, func(o manifest.Offer) bool { return o.Contract == contract })
}

// runs is nil when everything that the release needs to run is here.
func (r *Release) runs() error {
	if r.Module.Code() == nil && len(r.Manifest.Handlers()) > 0 {
		return fmt.Errorf("this server does not hold the code of %s %s", r.Manifest.ID, r.Manifest.Version)
	}
	return nil
}

// Compiled returns the collections of a published version, like Release.
func (c *Catalogue) Compiled(ctx context.Context, id uuid.UUID, version string) (*collection.Module, error) {
	r, err := c.Release(ctx, id, version)
	if err != nil {
		return nil, err
	}
	return r.Module, nil
}

// release is Release for a version whose row is known. It does not ask the
// database, so it may be called while a transaction holds a connection.
func (c *Catalogue) release(ctx context.Context, v Version) (*Release, error) {
	return c.releases.load(ctx, releaseKey{v.Module, v.Version}, func(ctx context.Context) (*Release, error) {
		loaded, err := c.read(ctx, v)
		if err != nil {
			return nil, fmt.Errorf("load %s %s: %w", v.Name, v.Version, err)
		}
		return loaded, nil
	})
}

// read brings a version from the store. It was checked when it was published,
// so everything that is wrong here is damage: Internal, whatever the reader says.
func (c *Catalogue) read(ctx context.Context, v Version) (*Release, error) {
	data, err := c.blobs.Open(ctx, blob.Hash(v.Blob))
	if err != nil {
		return nil, damaged(err)
	}
	p, err := pack.Open(data, c.packed)
	if err != nil {
		return nil, damaged(err)
	}
	if p.Hash() != v.Hash {
		return nil, fmt.Errorf("the package has the content hash %s, its version %s", p.Hash(), v.Hash)
	}
	m, err := manifest.ReadLinked(p.FS())
	if err != nil {
		return nil, damaged(err)
	}
	compiled, err := collection.CompileAs(m, SchemaName(v.Short), v.Physical)
	if err != nil {
		return nil, damaged(err)
	}
	if l, ok := c.linked[v.Hash]; ok {
		compiled.Bind(l.Code(compiled))
	}
	settings, err := compileSettings(m)
	if err != nil {
		return nil, damaged(err)
	}
	owner, runtime := RoleNames(v.Short, c.db.Deployment())
	r := &Release{
		ID: v.Module, Manifest: m, Module: compiled, Owner: owner, Runtime: runtime,
		Finder: FinderName(v.Short, c.db.Deployment()), settings: settings,
	}
	r.variants = &variants{plain: r}
	return r, nil
}

// damaged takes the kind from an error: what a stored package is told is no
// fault of the request at hand.
func damaged(err error) error { return fmt.Errorf("the stored package is damaged: %v", err) }

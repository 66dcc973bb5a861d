package module

import (
	"context"
	"fmt"
	"slices"
	"sync"

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

	// Language is the one of the module's translations that its texts are in;
	// empty: the manifest's own.
	Language string

	settings map[string]*collection.Collection // by the setting's name
	spoken   *spoken
}

// spoken are the translations of one release that were asked for.
type spoken struct {
	own        *Release // in the manifest's own texts
	mu         sync.Mutex
	byLanguage map[string]*Release
}

// Schema returns the schema of the module's tables.
func (r *Release) Schema() string { return r.Module.Schema }

// In returns the release with the module's texts in the translation that fits
// a BCP 47 tag best, from memory when it was asked for before. Without such a
// translation they are the manifest's own.
func (r *Release) In(tag string) (*Release, error) {
	language := r.Manifest.Speaks(tag)
	switch language {
	case r.Language:
		return r, nil
	case "":
		return r.spoken.own, nil
	}
	r.spoken.mu.Lock()
	defer r.spoken.mu.Unlock()
	if found := r.spoken.byLanguage[language]; found != nil {
		return found, nil
	}
	out := *r.spoken.own
	out.Language = language
	if err := out.compile(out.Manifest.In(language)); err != nil {
		return nil, fmt.Errorf("%s %s in %s: %w", r.Manifest.ID, r.Manifest.Version, language, err)
	}
	if r.spoken.byLanguage == nil {
		r.spoken.byLanguage = map[string]*Release{}
	}
	r.spoken.byLanguage[language] = &out
	return &out, nil
}

// compile gives the release a manifest over its own tables.
func (r *Release) compile(m *manifest.Manifest) error {
	compiled, err := r.Module.Variant(m)
	if err != nil {
		return err
	}
	settings, err := compileSettings(m)
	if err != nil {
		return err
	}
	r.Manifest, r.Module, r.settings = m, compiled, settings
	return nil
}

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
	compiled, err := collection.Compile(m, SchemaName(v.Short))
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
	release := &Release{ID: v.Module, Manifest: m, Module: compiled, Owner: owner, Runtime: runtime, settings: settings}
	release.spoken = &spoken{own: release}
	return release, nil
}

// damaged takes the kind from an error: what a stored package is told is no
// fault of the request at hand.
func damaged(err error) error { return fmt.Errorf("the stored package is damaged: %v", err) }

package module

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"
	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Version is one immutable release of a module.
type Version struct {
	Module      uuid.UUID // the module's id
	Name        string    // the module's id in its manifest: "guestbook"
	Short       string    // names the module's schema and roles
	Version     string    // SemVer 2
	State       VersionState
	Hash        string // content hash, 64 hexadecimal digits
	Blob        string // under which the package is stored
	Size        int64  // of the package in bytes
	Title       string // how people call the module
	Description string
	CreatedAt   time.Time
	PublishedAt *time.Time
	// ProvisionedAt is when its tables were made; nil before the first installation.
	ProvisionedAt *time.Time
	// ContractedAt is when what only this version used was dropped, because no
	// site had been on it for 30 days; nil: its records are all there.
	ContractedAt *time.Time
	// Layout is the way in which its tables were made, see collection.Layout.
	Layout int
	// Physical says how the version calls what the database keeps.
	Physical collection.Physical
}

// installable reports whether a site may be put on the version.
func (v Version) installable() bool { return v.State == Published }

// ModuleInfo is a module with all its versions, newest first.
type ModuleInfo struct {
	ID          uuid.UUID
	Name        string // the manifest's id
	Title       string // of the newest version
	Description string // of the newest version
	Versions    []Version
}

const versionColumns = `
	m.id as module, m.name as name, m.short_id as short, v.version, v.state,
	encode(v.content_hash, 'hex') as hash, encode(v.blob, 'hex') as blob, v.size,
	v.name as title, v.description, v.created_at, v.published_at, v.provisioned_at, v.contracted_at, v.layout, v.physical`

// versionsOf returns the versions of the modules that the agency's sites may
// install: those of its own publisher and the published ones of the platform's,
// of one module only when name is not empty: by module, newest first.
func versionsOf(ctx context.Context, q pg.Querier, agency uuid.UUID, name string) ([]Version, error) {
	list, err := pg.All[Version](ctx, q, `
		select `+versionColumns+`
		from platform.publisher p
		join platform.module m on m.publisher_id = p.id
		join platform.module_version v on v.module_id = m.id
		where (p.agency_id = $1 or p.agency_id is null and v.state = 'published') and ($2 = '' or m.name = $2)`, agency, name)
	slices.SortFunc(list, func(a, b Version) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), compareVersions(b.Version, a.Version))
	})
	return list, err
}

// versionOf returns one version of a module.
func versionOf(ctx context.Context, q pg.Querier, id uuid.UUID, version string) (Version, error) {
	return pg.One[Version](ctx, q, `
		select `+versionColumns+`
		from platform.module m join platform.module_version v on v.module_id = m.id
		where m.id = $1 and v.version = $2`, id, version)
}

// compareVersions orders by the precedence of SemVer 2, in which what follows
// a plus sign does not count. Stored versions are valid.
func compareVersions(a, b string) int {
	x, errX := semver.StrictNewVersion(a)
	y, errY := semver.StrictNewVersion(b)
	if err := errors.Join(errX, errY); err != nil {
		return strings.Compare(a, b)
	}
	return x.Compare(y)
}

// newest returns the version to install when none is named, among those of one
// module, newest first: the newest that is no pre-release or, when there are
// only such, the newest. It returns errs.NotFound when nothing is published.
func newest(versions []Version) (Version, error) {
	var found *Version
	for n := range versions {
		v := &versions[n]
		switch {
		case !v.installable():
		case !preRelease(v.Version):
			return *v, nil
		case found == nil:
			found = v
		}
	}
	if found == nil {
		return Version{}, errs.Missing()
	}
	return *found, nil
}

// preRelease reports whether the version says of itself that it is not done.
func preRelease(version string) bool {
	v, err := semver.StrictNewVersion(version)
	return err == nil && v.Prerelease() != ""
}

// pick returns the published version of that name among those of one module.
// It returns errs.NotFound when the module has none at all.
func pick(versions []Version, wanted string) (Version, error) {
	if len(versions) == 0 {
		return Version{}, errs.Missing()
	}
	for _, v := range versions {
		if v.installable() && v.Version == wanted {
			return v, nil
		}
	}
	return Version{}, NoVersion(wanted)
}

// NoVersion says that a module has no published version of that name.
func NoVersion(name string) error {
	return errs.BadFields(errs.Field{
		Path: "version", Code: "version_unknown",
		Message: fmt.Sprintf("There is no published version %q of this module.", name),
	})
}

// Modules returns the modules of the agency's publisher and the platform's, by
// name.
func (c *Catalogue) Modules(ctx context.Context, agency uuid.UUID) ([]ModuleInfo, error) {
	versions, err := versionsOf(ctx, c.db.Pool(), agency, "")
	if err != nil {
		return nil, err
	}
	var list []ModuleInfo
	for _, v := range versions {
		if len(list) == 0 || list[len(list)-1].ID != v.Module {
			list = append(list, ModuleInfo{ID: v.Module, Name: v.Name, Title: v.Title, Description: v.Description})
		}
		last := &list[len(list)-1]
		last.Versions = append(last.Versions, v)
	}
	return list, nil
}

// Offer is a module that a site may install.
type Offer struct {
	Version // what is installed when no version is named
	// KeptUntil is set when the site had the module: its records are there
	// until then, and installing takes them back.
	KeptUntil *time.Time
}

// Available returns what the site can install and has not, by name.
func (c *Catalogue) Available(ctx context.Context, site SiteRef) ([]Offer, error) {
	modules, err := c.Modules(ctx, site.Agency)
	if err != nil {
		return nil, err
	}
	had, err := installations(ctx, c.db.Pool(), site.ID, "")
	if err != nil {
		return nil, err
	}
	var offers []Offer
	for _, m := range modules {
		version, err := newest(m.Versions)
		if errs.KindOf(err) == errs.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		offer := Offer{Version: version}
		taken := false
		for _, i := range had {
			taken = taken || i.State.Live() && i.Name == m.Name
			if i.Module == m.ID {
				offer.KeptUntil = i.KeptUntil()
			}
		}
		if !taken {
			offers = append(offers, offer)
		}
	}
	return offers, nil
}

package module

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// route returns the versions that lead from one to another, both included, in
// order of travel: a site goes through every published version between.
func route(versions []Version, from, to string) ([]Version, error) {
	sorted := slices.Clone(versions)
	slices.SortFunc(sorted, func(a, b Version) int { return compareVersions(a.Version, b.Version) })
	at := func(name string) int {
		return slices.IndexFunc(sorted, func(v Version) bool { return v.Version == name })
	}
	a, b := at(from), at(to)
	if a < 0 || b < 0 {
		return nil, errs.Missing()
	}
	if a <= b {
		return sorted[a : b+1], nil
	}
	back := slices.Clone(sorted[b : a+1])
	slices.Reverse(back)
	return back, nil
}

// travel brings the site's records to another version, from version to version,
// in the caller's transaction. Tables of all versions on the way are made first. A
// version whose package was lost is passed over, so that a site can leave it.
func (c *Catalogue) travel(ctx context.Context, tx pgx.Tx, site SiteRef, i Installation, to string) error {
	versions, err := versionsOfModule(ctx, tx, i.Module)
	if err != nil {
		return err
	}
	way, err := route(versions, i.Version, to)
	if err != nil {
		return err
	}
	var releases []*Release
	steps, err := stepsOf(ctx, tx, i)
	if err != nil {
		return err
	}
	for n, v := range way {
		r, err := c.release(ctx, v)
		if err != nil && n < len(way)-1 && ctx.Err() == nil {
			c.log.ErrorContext(ctx, "records are not brought along from this version", "module", v.Name, "version", v.Version, "error", err)
			continue
		}
		if err != nil {
			return err
		}
		if v.ContractedAt != nil && n > 0 && compareVersions(v.Version, way[0].Version) < 0 {
			return errs.New(errs.Conflict, "version_contracted", "What version %s kept was dropped on %s, because no site had used it for 30 days.",
				v.Version, v.ContractedAt.UTC().Format(time.DateOnly)).WithHint("Stay on %s, or install the module anew.", way[0].Version)
		}
		if err := c.provision(ctx, tx, v, r); err != nil {
			return err
		}
		releases = append(releases, r)
	}
	// However many records there are, they are brought along.
	if _, err := tx.Exec(ctx, `set local statement_timeout = 0`); err != nil {
		return err
	}
	for n := 1; n < len(releases); n++ {
		from, to := releases[n-1], releases[n]
		if err := c.leg(ctx, tx, site, i, steps, from, to); err != nil {
			return fmt.Errorf("from %s to %s: %w", from.Manifest.Version, to.Manifest.Version, err)
		}
	}
	_, err = tx.Exec(ctx, `set local statement_timeout to default`)
	return err
}

// leg is one step between two versions that follow one another.
func (c *Catalogue) leg(ctx context.Context, tx pgx.Tx, site SiteRef, i Installation, steps steps, from, to *Release) error {
	at, err := sitePlace(ctx, tx, site.ID)
	if err != nil {
		return err
	}
	now := c.now().In(at.zone())
	back := compareVersions(from.Manifest.Version, to.Manifest.Version) > 0
	settings := func(r *Release) map[string]any {
		return r.Settings(steps.settings(i, r.Manifest.Version, back), site.Currency, now.Format(time.DateOnly))
	}
	left := steps.crossed(from.Manifest.Version, to.Manifest.Version)
	e := collection.Evolution{
		Old: from.Module, New: to.Module, Site: site.ID, Now: now, Sealer: c.keys,
		Currency: site.Currency, Country: at.country(), Language: at.Locale,
		Settings: settings(to), Leaving: settings(from), Left: left.At, LeftAt: left.Change,
	}
	if back {
		e.Old, e.New = to.Module, from.Module
	}
	e.Diff = manifest.Difference(e.Old.Manifest, e.New.Manifest)
	err = pg.As(ctx, tx, to.Owner, site.ID, func() error {
		if back {
			return e.Down(ctx, tx)
		}
		return e.Up(ctx, tx)
	})
	if err != nil {
		return err
	}
	return follow(ctx, tx, i, e.Diff, back)
}

// follow lets the fields that the site added go with the collections that are
// called otherwise in the version it comes to.
func follow(ctx context.Context, tx pgx.Tx, i Installation, diff manifest.Diff, back bool) error {
	var from, to []string
	for _, c := range diff {
		if c.Treatment == manifest.Renamed && c.Part == "collection" {
			from, to = append(from, c.Old), append(to, c.Collection)
		}
	}
	if from == nil {
		return nil
	}
	if back {
		from, to = to, from
	}
	_, err := tx.Exec(ctx, `update platform.custom_field f set collection = r.new from unnest($3::text[], $4::text[]) as r (old, new)
		where f.site_id = $1 and f.module_id = $2 and f.collection = r.old`, i.Site, i.Module, from, to)
	return err
}

// remember keeps what the site leaves behind with its version.
func remember(ctx context.Context, tx pgx.Tx, i Installation, to string, at any) error {
	_, err := tx.Exec(ctx, `
		insert into platform.installation_step (site_id, module_id, n, from_version, to_version, settings, at, change)
		select $1, $2, coalesce(max(n), 0) + 1, $3, $4, $5, $6, nextval('platform.change_seq') from platform.installation_step where site_id = $1 and module_id = $2`,
		i.Site, i.Module, i.Version, to, i.Settings, at)
	return err
}

// steps are the changes of version that a site has made, oldest first.
type steps []versionStep

// versionStep is one of them, with the settings before it.
type versionStep struct {
	FromVersion, ToVersion string
	Settings               json.RawMessage
	At                     time.Time
	Change                 int64 // its place in the change log; 0: not known
}

func stepsOf(ctx context.Context, tx pgx.Tx, i Installation) (steps, error) {
	return pg.All[versionStep](ctx, tx, `
		select from_version, to_version, settings, at, coalesce(change, 0) as change from platform.installation_step
		where site_id = $1 and module_id = $2 order by n`, i.Site, i.Module)
}

// left returns the settings with which the site last left the version; nil when
// it never did.
func (s steps) left(version string) json.RawMessage {
	for _, one := range slices.Backward(s) {
		if one.FromVersion == version {
			return one.Settings
		}
	}
	return nil
}

// settings are those that count in a version on the way: on the way back those
// that the site had there, else what it has.
func (s steps) settings(i Installation, version string, back bool) json.RawMessage {
	if was := s.left(version); back && version != i.Version && was != nil {
		return was
	}
	return i.Settings
}

// crossed returns the step by which the site last went from one of two versions
// that follow one another to the other, whichever way; zero when it never did. It
// is the opposite way of the one that it goes now.
func (s steps) crossed(a, b string) versionStep {
	low, high := a, b
	if compareVersions(low, high) > 0 {
		low, high = high, low
	}
	for _, one := range slices.Backward(s) {
		from, to := one.FromVersion, one.ToVersion
		if compareVersions(from, to) > 0 {
			from, to = to, from
		}
		if compareVersions(from, low) <= 0 && compareVersions(to, high) >= 0 {
			return one
		}
	}
	return versionStep{}
}

// Plan is what a change of version would do to a site.
type Plan struct {
	From, To string
	Back     bool          // to an older version
	Changes  manifest.Diff // of all versions on the way, in order
}

// Plan returns what bringing the site to the version would mean. What stands in
// the way is found when it is done.
func (c *Catalogue) Plan(ctx context.Context, site SiteRef, name, version string) (Plan, error) {
	i, err := c.Find(ctx, site.ID, name)
	if err != nil {
		return Plan{}, err
	}
	versions, err := versionsOfModule(ctx, c.db.Pool(), i.Module)
	if err != nil {
		return Plan{}, err
	}
	wanted, err := pick(versions, version)
	if version == "" {
		wanted, err = newest(versions)
	}
	if err != nil {
		return Plan{}, err
	}
	version = wanted.Version
	way, err := route(versions, i.Version, version)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{From: i.Version, To: version, Back: compareVersions(version, i.Version) < 0}
	for n := 1; n < len(way); n++ {
		a, err := c.release(ctx, way[n-1])
		if err != nil {
			return Plan{}, err
		}
		b, err := c.release(ctx, way[n])
		if err != nil {
			return Plan{}, err
		}
		if p.Back {
			a, b = b, a
		}
		p.Changes = append(p.Changes, manifest.Difference(a.Manifest, b.Manifest)...)
	}
	return p, nil
}

// versionsOfModule returns all versions of a module, newest first.
func versionsOfModule(ctx context.Context, q pg.Querier, module uuid.UUID) ([]Version, error) {
	versions, err := pg.All[Version](ctx, q, `
		select `+versionColumns+` from platform.module m join platform.module_version v on v.module_id = m.id where m.id = $1`, module)
	slices.SortFunc(versions, func(a, b Version) int { return compareVersions(b.Version, a.Version) })
	return versions, err
}

// noteUse marks the versions of a module that have no site any more, and
// unmarks those that have one.
func noteUse(ctx context.Context, tx pgx.Tx, module uuid.UUID, at any) error {
	_, err := tx.Exec(ctx, `
		update platform.module_version v
		set left_at = case when used.n > 0 then null else coalesce(v.left_at, $2) end
		from (
			select w.version, count(i.site_id) as n
			from platform.module_version w
			left join platform.installation i on i.module_id = w.module_id and i.version = w.version and i.state <> 'purged'
			where w.module_id = $1 group by w.version) used
		where v.module_id = $1 and v.version = used.version and v.provisioned_at is not null`, module, at)
	return err
}

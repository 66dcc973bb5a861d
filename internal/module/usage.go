package module

import (
	"context"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Usage says on how many sites the modules of a publisher live.
type Usage map[usageKey]int

type usageKey struct {
	module  uuid.UUID
	version string // empty: all versions
}

// OfModule returns how many sites have the module installed.
func (u Usage) OfModule(id uuid.UUID) int { return u[usageKey{module: id}] }

// OfVersion returns how many sites are on the version.
func (u Usage) OfVersion(id uuid.UUID, version string) int { return u[usageKey{id, version}] }

// Usage counts the live installations on the agency's sites.
func (c *Catalogue) Usage(ctx context.Context, agency uuid.UUID) (Usage, error) {
	type row struct {
		Module  uuid.UUID `db:"module_id"`
		Version string    `db:"version"`
		Sites   int       `db:"sites"`
	}
	rows, err := pg.All[row](ctx, c.db.Pool(), `
		select i.module_id, i.version, count(*)::int as sites
		from platform.installation i
		join platform.module m on m.id = i.module_id
		join platform.publisher p on p.id = m.publisher_id
		join platform.site s on s.id = i.site_id
		where s.agency_id = $1 and (p.agency_id = $1 or p.agency_id is null) and i.state in ('installed', 'enabled', 'disabled')
		group by i.module_id, i.version`, agency)
	if err != nil {
		return nil, err
	}
	usage := Usage{}
	for _, r := range rows {
		usage[usageKey{r.Module, r.Version}] = r.Sites
		usage[usageKey{module: r.Module}] += r.Sites
	}
	return usage, nil
}

// Counts returns how many modules are installed on each of the sites.
func (c *Catalogue) Counts(ctx context.Context, sites []uuid.UUID) (map[uuid.UUID]int, error) {
	type row struct {
		Site    uuid.UUID `db:"site_id"`
		Modules int       `db:"modules"`
	}
	rows, err := pg.All[row](ctx, c.db.Pool(), `
		select site_id, count(*)::int as modules from platform.installation
		where site_id = any($1) and state in ('installed', 'enabled', 'disabled')
		group by site_id`, sites)
	if err != nil {
		return nil, err
	}
	counts := map[uuid.UUID]int{}
	for _, r := range rows {
		counts[r.Site] = r.Modules
	}
	return counts, nil
}

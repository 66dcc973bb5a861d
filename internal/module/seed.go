package module

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// sow writes the records that the version begins with on a site to which the
// module is new: of each collection those of the site's country, or the general
// ones. What it takes back, and what another version brings, has none.
func (c *Catalogue) sow(ctx context.Context, tx pgx.Tx, site SiteRef, i Installation, r *Release) error {
	if len(r.Manifest.Seeds) == 0 {
		return nil
	}
	return c.alone(ctx, tx, site, i, r, func(acting collection.Acting) error {
		seeds := seedsFor(r.Manifest.Seeds, acting.Country)
		if len(seeds) == 0 {
			return nil
		}
		return acting.Sow(ctx, r.Module, seeds)
	})
}

// seedsFor are the seeds of a site in the country.
func seedsFor(all []manifest.Seed, country string) []manifest.Seed {
	var seeds []manifest.Seed
	for _, s := range all {
		own := slices.ContainsFunc(all, func(o manifest.Seed) bool {
			return !o.Demo && o.Collection == s.Collection && o.Country != "" && o.Country == country
		})
		if !s.Demo && (s.Country == country && s.Country != "" || s.Country == "" && !own) {
			seeds = append(seeds, s)
		}
	}
	return seeds
}

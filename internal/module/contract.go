package module

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// claim makes the publisher the owner of the contracts that the module offers.
// A name belongs to whoever offered it first, for ever.
func (c *Catalogue) claim(ctx context.Context, tx pgx.Tx, publisher uuid.UUID, m *manifest.Manifest) error {
	for _, offer := range m.Offers {
		var owner uuid.UUID
		err := tx.QueryRow(ctx, `
			insert into platform.contract as k (name, publisher_id, created_at) values ($1, $2, $3)
			on conflict (name) do update set name = k.name
			returning publisher_id`, offer.Contract, publisher, c.now()).Scan(&owner)
		if err != nil {
			return err
		}
		if owner != publisher {
			return errs.New(errs.Conflict, "contract_taken", "The contract %s belongs to another publisher.", offer.Contract).
				WithHint("Offer it under another name.")
		}
	}
	return nil
}

package pg

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// As runs fn inside the open transaction as another role, with the site set,
// and then becomes the login role again. It is the platform's way to work as a
// module's owner, whom forced row security shows that one site's rows only; a
// zero site shows none. When fn fails the transaction must be rolled back.
func As(ctx context.Context, tx pgx.Tx, role string, site uuid.UUID, fn func() error) error {
	value := ""
	if site != uuid.Nil {
		value = site.String()
	}
	// Statements instead of set_config: a module's role may not call it.
	enter := `set local app.site_id = '` + value + `'; set local role ` + pgx.Identifier{role}.Sanitize()
	if _, err := tx.Exec(ctx, enter); err != nil {
		return err
	}
	if err := fn(); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `set local role none; set local app.site_id = ''`)
	return err
}

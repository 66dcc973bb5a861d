package tenancy

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Starting reports whether the agency is being led through its first steps.
func Starting(ctx context.Context, q pg.Querier, agency uuid.UUID) (bool, error) {
	var yes bool
	err := q.QueryRow(ctx, `select starting from platform.agency where id = $1`, agency).Scan(&yes)
	return yes, pg.Translate(err)
}

// Start leads a new agency through its first steps.
func Start(ctx context.Context, tx pgx.Tx, agency uuid.UUID) error {
	return setStarting(ctx, tx, agency, true)
}

// Started ends that.
func Started(ctx context.Context, tx pgx.Tx, agency uuid.UUID) error {
	return setStarting(ctx, tx, agency, false)
}

func setStarting(ctx context.Context, tx pgx.Tx, agency uuid.UUID, starting bool) error {
	if _, err := tx.Exec(ctx, `update platform.agency set starting = $2 where id = $1`, agency, starting); err != nil {
		return fmt.Errorf("first steps: %w", pg.Translate(err))
	}
	return nil
}

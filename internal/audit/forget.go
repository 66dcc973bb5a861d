package audit

import (
	"context"
	"fmt"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// forgetBatch is how many entries of an agency go with one statement.
const forgetBatch = 5_000

// Forget deletes what is older than its agency keeps it, and returns how many
// entries went. The database decides by its own clock what that is.
func Forget(ctx context.Context, q pg.Querier) (int64, error) {
	var all int64
	for {
		var gone int64
		if err := q.QueryRow(ctx, `select platform.forget_audit($1)`, forgetBatch).Scan(&gone); err != nil {
			return all, fmt.Errorf("forget old audit entries: %w", pg.Translate(err))
		}
		if all += gone; gone == 0 {
			return all, nil
		}
	}
}

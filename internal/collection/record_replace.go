package collection

import (
	"context"

	"github.com/google/uuid"
)

// Replace is Put of a record that exists and has the version: what is not given
// becomes empty. Nil is any version. A record that is not within update is NotFound.
func (r Records) Replace(ctx context.Context, row Row, update Access, version *int64) (Written, error) {
	r.Access = update
	if _, err := r.Update(ctx, row.ID, r.replacing(row.Values), version); err != nil {
		return Written{}, err
	}
	return Written{IDs: []uuid.UUID{row.ID}}, nil
}

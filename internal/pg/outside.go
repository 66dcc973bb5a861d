package pg

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// Outside runs fn as the login role inside the transaction that the scope works
// in, and then goes on in the scope's role: so that a job, a delivery or another
// row of the platform stands or falls with what the scope writes. It is never
// given to a module's code.
func (s Scope) Outside(ctx context.Context, fn func(tx pgx.Tx) error) error {
	if s.in == nil {
		return errors.New("the scope works in no open transaction")
	}
	before := s.in.role
	if _, err := s.in.tx.Exec(ctx, `set local role none`); err != nil {
		return Translate(err)
	}
	if err := fn(s.in.tx); err != nil {
		// A refusal that is no error of the database leaves the transaction
		// usable, and then it must not go on as the login role.
		_ = s.in.become(ctx, before)
		return Translate(err)
	}
	return Translate(s.in.become(ctx, before))
}

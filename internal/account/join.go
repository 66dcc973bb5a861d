package account

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Join makes an account for an address that found proves, in the same
// transaction, to be read by whoever asks: an invitation that was sent to it. It
// returns the token of the account's first session. An address that has an
// account is errs.Conflict.
func (s *Accounts) Join(ctx context.Context, address, name, password string, by By, found func(ctx context.Context, tx pgx.Tx, a Account) error) (string, error) {
	if err := CheckPassword(password, name, address); err != nil {
		return "", err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return "", err
	}
	a, session := Account{ID: uuid.Must(uuid.NewV7()), Email: Normalize(address), Name: name}, ""
	err = s.DB.Change(ctx, func(tx pgx.Tx) error {
		if err := insert(ctx, tx, a, hash); err != nil {
			if errs.KindOf(err) == errs.Conflict {
				return errs.New(errs.Conflict, "address_known", "There is an account with this address. Sign in with it.")
			}
			return err
		}
		if err := found(ctx, tx, a); err != nil {
			return err
		}
		if session, err = s.open(ctx, tx, a.ID, by); err != nil {
			return err
		}
		return by.Note(ctx, tx, a, "account.created")
	})
	if err != nil {
		return "", fmt.Errorf("join: %w", err)
	}
	return session, nil
}

package account

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// errSignIn is the one answer to every failed sign-in: it does not tell
// whether the address is known.
func errSignIn() error {
	return errs.New(errs.Invalid, "sign_in_failed", "The address or the password is not right.")
}

// Entry is how far somebody has come in signing in.
type Entry struct {
	Account Account
	// Token is the session's, for the cookie; empty while the second factor is
	// missing.
	Token string
	// Pending is the token of a sign-in that waits for the second factor.
	Pending string
}

// SignIn checks the password and opens a session, or asks for the second factor
// where the account has one. An old session of the browser, which the token
// old names, ends.
func (s *Accounts) SignIn(ctx context.Context, email, password, old string, by By) (Entry, error) {
	a, hash, err := s.credentials(ctx, email)
	if err != nil {
		return Entry{}, fmt.Errorf("sign in: %w", err)
	}
	ok, err := s.matches(ctx, hash, password)
	if err != nil {
		return Entry{}, err
	}
	if !ok || a.ID == uuid.Nil {
		return Entry{}, errSignIn()
	}
	if outdated(hash) {
		if err := s.rehash(ctx, a.ID, hash, password); err != nil {
			return Entry{}, err
		}
	}
	entry := Entry{Account: a}
	err = s.replacing(old)(ctx, func(tx pgx.Tx) error {
		second, err := hasSecondFactor(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if second {
			entry.Pending, err = Issue(ctx, tx, Ticket{Kind: ticketSecondFactor, Account: uuid.NullUUID{UUID: a.ID, Valid: true}}, s.Now())
			return err
		}
		entry.Token, err = s.enter(ctx, tx, a, old, by)
		return err
	})
	return entry, err
}

// replacing is how the session of somebody who signs in is written: nobody
// remembers one that is new, and an old one that ends moves the revision on.
func (s *Accounts) replacing(old string) func(context.Context, func(pgx.Tx) error) error {
	if old == "" {
		return s.DB.Tx
	}
	return s.DB.Change
}

// enter opens the session of somebody who has proven who they are.
func (s *Accounts) enter(ctx context.Context, tx pgx.Tx, a Account, old string, by By) (string, error) {
	if old != "" {
		if _, err := tx.Exec(ctx, `delete from platform.session where token_hash = $1`, secret.Hash(old)); err != nil {
			return "", pg.Translate(err)
		}
	}
	token, err := s.open(ctx, tx, a.ID, by)
	if err != nil {
		return "", err
	}
	return token, by.Note(ctx, tx, a, "account.signed_in")
}

// credentials are the account of an address and the hash of its password; of an
// unknown address the decoy, and no account.
func (s *Accounts) credentials(ctx context.Context, email string) (Account, string, error) {
	a, hash := Account{}, s.decoy
	err := s.DB.Pool().QueryRow(ctx, `select id, email, name, password_hash from platform.account where email = $1`, Normalize(email)).
		Scan(&a.ID, &a.Email, &a.Name, &hash)
	if err = pg.Translate(err); errs.KindOf(err) == errs.NotFound {
		return Account{}, s.decoy, nil
	}
	if hash == NoPassword {
		hash = s.decoy
	}
	return a, hash, err
}

// NoPassword stands in the place of a hash where there is no password.
const NoPassword = "none"

// rehash stores a password under the present parameters.
func (s *Accounts) rehash(ctx context.Context, id uuid.UUID, old, password string) error {
	hash, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	_, err = s.DB.Pool().Exec(ctx, `update platform.account set password_hash = $3 where id = $1 and password_hash = $2`, id, old, hash)
	return pg.Translate(err)
}

// checkOwn refuses a password that is not the account's. The answer tells its
// owner, who is signed in.
func (s *Accounts) checkOwn(ctx context.Context, id uuid.UUID, password string) error {
	hash := s.decoy
	err := s.DB.Pool().QueryRow(ctx, `select password_hash from platform.account where id = $1`, id).Scan(&hash)
	if err != nil {
		return pg.Translate(err)
	}
	if hash == NoPassword {
		hash = s.decoy
	}
	ok, err := s.matches(ctx, hash, password)
	if err == nil && !ok {
		return errs.BadFields(errs.Field{Path: "current", Code: "password_wrong", Message: "This is not your present password."})
	}
	return err
}

// Confirm proves with the password, with a code of the second factor or with a
// passkey that the account's owner is still there. It returns the session's new
// token.
func (s *Accounts) Confirm(ctx context.Context, in Session, password string, proof Proof, by By) (token string, err error) {
	shown := proof != Proof{}
	if !shown {
		if err := s.checkOwn(ctx, in.ID, password); err != nil {
			return "", err
		}
	}
	err = s.DB.Change(ctx, func(tx pgx.Tx) error {
		if shown {
			if err := s.use(ctx, tx, in.ID, proof); err != nil {
				return err
			}
		}
		if token, err = s.rotate(ctx, tx, in.Session); err != nil {
			return err
		}
		return by.Note(ctx, tx, in.Account, "account.confirmed")
	})
	return token, err
}

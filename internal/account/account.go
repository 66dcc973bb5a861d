// Package account is who can sign in: accounts, passwords and the sessions of
// browsers. What an account may do is access's business.
package account

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// SessionLife is how long a signed-in browser stays signed in.
const SessionLife = 30 * 24 * time.Hour

// Account is a login.
type Account struct {
	ID    uuid.UUID `db:"id"`
	Email string    `db:"email"` // lower case
	Name  string    `db:"name"`
}

// Accounts signs people in and out.
type Accounts struct {
	db      *pg.DB
	now     func() time.Time
	hashing hashing
	decoy   string // a hash that nothing matches, so that unknown addresses take as long
}

// New returns the accounts of the database.
func New(db *pg.DB, now func() time.Time) (*Accounts, error) {
	decoy, err := HashPassword(rand.Text())
	if err != nil {
		return nil, err
	}
	return &Accounts{db: db, now: now, hashing: newHashing(), decoy: decoy}, nil
}

// Create adds an account with a password. Two accounts never share an address.
func Create(ctx context.Context, tx pgx.Tx, a Account, password string) error {
	hash, err := HashPassword(password)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into platform.account (id, email, name, password_hash) values ($1, $2, $3, $4)`,
		a.ID, Normalize(a.Email), a.Name, hash)
	if err != nil {
		return fmt.Errorf("create account: %w", pg.Translate(err))
	}
	return nil
}

// Normalize returns an address as it is stored and compared.
func Normalize(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// errSignIn is the one answer to every failed sign-in: it does not tell
// whether the address is known.
func errSignIn() error {
	return errs.New(errs.Invalid, "sign_in_failed", "The address or the password is not right.")
}

// SignIn checks the password and opens a session. It returns the token for the
// cookie; only its hash is stored.
func (s *Accounts) SignIn(ctx context.Context, email, password, address, agent string) (token string, err error) {
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	var id uuid.UUID
	hash := s.decoy
	err = s.db.Pool().QueryRow(ctx, `select id, password_hash from platform.account where email = $1`, Normalize(email)).
		Scan(&id, &hash)
	if err = pg.Translate(err); err != nil && errs.KindOf(err) != errs.NotFound {
		return "", fmt.Errorf("sign in: %w", err)
	}
	if len(password) > 1024 || !passwordMatches(hash, password) || id == uuid.Nil {
		return "", errSignIn()
	}
	return s.openSession(ctx, id, address, agent)
}

func (s *Accounts) openSession(ctx context.Context, id uuid.UUID, address, agent string) (string, error) {
	token := secret.NewToken()
	now := s.now()
	if len(agent) > 200 {
		agent = strings.ToValidUTF8(agent[:200], "")
	}
	_, err := s.db.Pool().Exec(ctx, `
		insert into platform.session (token_hash, account_id, created_at, expires_at, address, agent)
		values ($1, $2, $3, $4, $5, $6)`, secret.Hash(token), id, now, now.Add(SessionLife), address, agent)
	if err != nil {
		return "", fmt.Errorf("open session: %w", pg.Translate(err))
	}
	return token, nil
}

// SignOut ends the session of the token, at once and in every process.
func (s *Accounts) SignOut(ctx context.Context, token string) error {
	return s.db.Change(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `delete from platform.session where token_hash = $1`, secret.Hash(token))
		return err
	})
}

// Session is a signed-in browser and its account.
type Session struct {
	Account
	ExpiresAt time.Time `db:"expires_at"`
}

// FindSession returns the session of a cookie's token, if it has not expired.
func FindSession(ctx context.Context, q pg.Querier, token string) (Session, error) {
	return pg.One[Session](ctx, q, `
		select a.id, a.email, a.name, s.expires_at from platform.session s
		join platform.account a on a.id = s.account_id
		where s.token_hash = $1`, secret.Hash(token))
}

// DropExpired deletes sessions that have ended, at most 10,000 a call, and
// returns how many.
func DropExpired(ctx context.Context, q pg.Querier, now time.Time) (int64, error) {
	tag, err := q.Exec(ctx, `delete from platform.session where token_hash in (
		select token_hash from platform.session where expires_at < $1 limit 10000)`, now)
	return tag.RowsAffected(), pg.Translate(err)
}

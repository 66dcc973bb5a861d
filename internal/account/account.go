// Package account is who can sign in: accounts, passwords, second factors, the
// sessions of browsers, and the tickets that are sent by mail. What an account
// may do is access's business.
//
// An address is only ever an account's after somebody has read mail there. No
// answer tells whether an address is known.
package account

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/mail"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Account is a login.
type Account struct {
	ID    uuid.UUID `db:"id"`
	Email string    `db:"email"` // lower case
	Name  string    `db:"name"`
}

// Config is what accounts work with. All of it is required.
type Config struct {
	DB   *pg.DB
	Keys secret.Sealer
	Mail *mail.Service
	Now  func() time.Time
	// BaseURL is the platform's own address, for links in mail: "http://localhost:8080".
	BaseURL string
}

// Accounts signs people in and out, and changes what they sign in with.
type Accounts struct {
	Config
	hashing hashing
	relying *webauthn.WebAuthn // nil: no passkeys
	decoy   string             // a hash that nothing matches, so that unknown addresses take as long
}

// New returns the accounts of the database.
func New(c Config) (*Accounts, error) {
	decoy, err := HashPassword(rand.Text())
	if err != nil {
		return nil, err
	}
	relying, err := relyingParty(c.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("passkeys at %s: %w", c.BaseURL, err)
	}
	return &Accounts{Config: c, hashing: newHashing(), decoy: decoy, relying: relying}, nil
}

// By is whoever asks for a change, as far as it is written down and written to.
type By struct {
	// Address and Agent are the network address and the browser's name.
	Address, Agent string
	// Words are the person's language.
	Words mail.Words
	// Note writes what was done into the audit log, in the change's transaction.
	Note func(ctx context.Context, tx pgx.Tx, a Account, action string) error
}

// Create adds an account with a password. Two accounts never share an address.
// The caller has made sure that whoever is behind it reads mail at the address.
func Create(ctx context.Context, tx pgx.Tx, a Account, password string) error {
	hash, err := HashPassword(password)
	if err != nil {
		return err
	}
	return insert(ctx, tx, a, hash)
}

func insert(ctx context.Context, tx pgx.Tx, a Account, hash string) error {
	_, err := tx.Exec(ctx, `insert into platform.account (id, email, name, password_hash) values ($1, $2, $3, $4)`,
		a.ID, Normalize(a.Email), a.Name, hash)
	if err != nil {
		return fmt.Errorf("create account: %w", pg.Translate(err))
	}
	return nil
}

// Normalize returns an address as it is stored and compared.
func Normalize(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// Find returns an account by its id.
func Find(ctx context.Context, q pg.Querier, id uuid.UUID) (Account, error) {
	return pg.One[Account](ctx, q, `select id, email, name from platform.account where id = $1`, id)
}

// FindByEmail returns the account of an address.
func FindByEmail(ctx context.Context, q pg.Querier, email string) (Account, error) {
	return pg.One[Account](ctx, q, `select id, email, name from platform.account where email = $1`, Normalize(email))
}

// write sends the account a message, in the name of the first agency that it
// belongs to, or the platform's: mail of agencies that are suspended waits.
func (s *Accounts) write(ctx context.Context, tx pgx.Tx, a Account, m mail.Message) error {
	err := tx.QueryRow(ctx, `select m.agency_id from platform.member m join platform.agency g on g.id = m.agency_id
		where m.account_id = $1 and g.suspended_at is null order by m.id limit 1`, a.ID).Scan(&m.Agency)
	if err = pg.Translate(err); err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	if m.To == "" {
		m.To = a.Email
	}
	return s.Mail.Send(ctx, tx, m)
}

// link is an address of the app with a token.
func (s *Accounts) link(path, token string) string {
	return strings.TrimSuffix(s.BaseURL, "/") + path + "?token=" + token
}

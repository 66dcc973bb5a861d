package account

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// TicketKind says what a ticket is good for.
type TicketKind string

// The kinds of tickets, and how long they work.
const (
	ticketSignUp       TicketKind = "sign_up"
	ticketReset        TicketKind = "reset_password"
	ticketEmail        TicketKind = "change_email"
	ticketSecondFactor TicketKind = "second_factor"
	// The questions that passkeys are asked.
	ticketPasskeyAdd    TicketKind = "passkey_add"
	ticketPasskeySignIn TicketKind = "passkey_sign_in"
	ticketPasskeyProof  TicketKind = "passkey_proof"
)

var ticketLife = map[TicketKind]time.Duration{
	ticketSignUp:       24 * time.Hour,
	ticketReset:        time.Hour,
	ticketEmail:        24 * time.Hour,
	ticketSecondFactor: PendingLife,

	ticketPasskeyAdd:    PendingLife,
	ticketPasskeySignIn: PendingLife,
	ticketPasskeyProof:  PendingLife,
	ticketProvider:      PendingLife,
}

// PendingLife is how long a sign-in waits for its second factor, or for a
// provider's answer.
const PendingLife = 10 * time.Minute

// Ticket is what a token is good for. It works once, until it expires.
type Ticket struct {
	Kind    TicketKind      `db:"kind"`
	Account uuid.NullUUID   `db:"account_id"`
	Address string          `db:"address"`
	Data    json.RawMessage `db:"data"`
	Tries   int             `db:"tries"`
}

// Issue writes a ticket and returns its token, of which only the hash is
// stored. Older ones of the same kind for the same account no longer work.
func Issue(ctx context.Context, tx pgx.Tx, t Ticket, now time.Time) (string, error) {
	token := secret.NewToken()
	if t.Data == nil {
		t.Data = json.RawMessage(`{}`)
	}
	if t.Account.Valid {
		if _, err := tx.Exec(ctx, `delete from platform.ticket where account_id = $1 and kind = $2 and used_at is null`, t.Account, t.Kind); err != nil {
			return "", fmt.Errorf("issue %s: %w", t.Kind, pg.Translate(err))
		}
	}
	_, err := tx.Exec(ctx, `
		insert into platform.ticket (token_hash, kind, account_id, address, data, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)`,
		secret.Hash(token), t.Kind, t.Account, t.Address, t.Data, now, now.Add(ticketLife[t.Kind]))
	if err != nil {
		return "", fmt.Errorf("issue %s: %w", t.Kind, pg.Translate(err))
	}
	return token, nil
}

// errTicket is the one answer to every token that does not work: unknown, used
// or expired.
func errTicket() error {
	return errs.New(errs.Invalid, "link_expired", "This link does not work any more. It may have been used, or too much time has passed. Ask for another one.")
}

// Redeem takes a ticket in the transaction of what it is good for. Of two at
// once one gets it; the other waits, and is refused like everybody else.
func Redeem(ctx context.Context, tx pgx.Tx, kind TicketKind, token string, now time.Time) (Ticket, error) {
	t, err := pg.One[Ticket](ctx, tx, `
		update platform.ticket set used_at = $3 where token_hash = $1 and kind = $2 and used_at is null and expires_at > $3
		returning kind, account_id, address, data, tries`, secret.Hash(token), kind, now)
	if errs.KindOf(err) == errs.NotFound {
		return t, errTicket()
	}
	return t, err
}

// peek returns a ticket that would work, without using it.
func (s *Accounts) peek(ctx context.Context, kind TicketKind, token string) (Ticket, error) {
	t, err := pg.One[Ticket](ctx, s.DB.Pool(), `
		select kind, account_id, address, data, tries from platform.ticket
		where token_hash = $1 and kind = $2 and used_at is null and expires_at > $3`, secret.Hash(token), kind, s.Now())
	if errs.KindOf(err) == errs.NotFound {
		return t, errTicket()
	}
	return t, err
}

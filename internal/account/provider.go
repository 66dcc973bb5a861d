package account

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// ticketProvider is a sign-in that has gone to an identity provider and may come
// back.
const ticketProvider TicketKind = "provider_sign_in"

// Journey is a sign-in on its way by the identity provider of an agency.
type Journey struct {
	Provider uuid.UUID `json:"provider"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"`
	Next     string    `json:"next"` // where to go afterwards
	// Session is the one whose owner proves to be there still; not valid: a new
	// one is to be opened.
	Session uuid.NullUUID `json:"session"`
	BeganAt time.Time     `json:"began_at"`
	// Browser is the hash of what only the browser knows that began it.
	Browser string `json:"browser"`
}

// BeginJourney writes down that a browser goes to a provider. It returns the
// state that comes back with the provider's answer, and the token for the
// browser's cookie, without which the state is worth nothing.
func (s *Accounts) BeginJourney(ctx context.Context, j Journey) (state, browser string, err error) {
	browser = secret.NewToken()
	j.Browser, j.BeganAt = hex.EncodeToString(secret.Hash(browser)), s.Now()
	data, err := json.Marshal(j)
	if err != nil {
		return "", "", err
	}
	err = s.DB.Tx(ctx, func(tx pgx.Tx) error {
		state, err = Issue(ctx, tx, Ticket{Kind: ticketProvider, Data: data}, s.Now())
		return err
	})
	return state, browser, err
}

// EndJourney takes the journey that comes back, which works once and in the
// browser that began it. What comes of it is decided afterwards.
func (s *Accounts) EndJourney(ctx context.Context, state, browser string) (Journey, error) {
	var j Journey
	t, err := pg.One[Ticket](ctx, s.DB.Pool(), `
		update platform.ticket set used_at = $3
		where token_hash = $1 and kind = $2 and used_at is null and expires_at > $3 and data->>'browser' = $4
		returning kind, account_id, address, data, tries`, secret.Hash(state), ticketProvider, s.Now(), hex.EncodeToString(secret.Hash(browser)))
	if errs.KindOf(err) == errs.NotFound {
		return j, errTicket()
	}
	if err != nil {
		return j, err
	}
	return j, json.Unmarshal(t.Data, &j)
}

// EnterByProvider opens, in the transaction, the session of somebody for whom an
// agency's provider vouches. It reaches that agency only, and is never more than
// what the provider said: the browser is not remembered as the account's, and
// how fresh the proof is, the provider says. An old session of the browser ends.
func (s *Accounts) EnterByProvider(ctx context.Context, tx pgx.Tx, a Account, provider uuid.UUID, old string, provenAt time.Time, by By) (string, error) {
	if old != "" {
		if _, err := tx.Exec(ctx, `delete from platform.session where token_hash = $1`, secret.Hash(old)); err != nil {
			return "", pg.Translate(err)
		}
	}
	token, err := s.open(ctx, tx, a.ID, by)
	if err != nil {
		return "", err
	}
	var proven *time.Time
	if !provenAt.IsZero() {
		proven = &provenAt
	}
	_, err = tx.Exec(ctx, `update platform.session set provider_id = $2, confirmed_at = $3 where token_hash = $1`, secret.Hash(token), provider, proven)
	if err != nil {
		return "", pg.Translate(err)
	}
	return token, by.Note(ctx, tx, a, "account.signed_in_by_provider")
}

// ConfirmByProvider marks the session as one whose owner has proven to be there
// still. It returns its new token.
func (s *Accounts) ConfirmByProvider(ctx context.Context, tx pgx.Tx, in Session, by By) (string, error) {
	token, err := s.rotate(ctx, tx, in.Session)
	if err != nil {
		return "", err
	}
	return token, by.Note(ctx, tx, in.Account, "account.confirmed")
}

// EndProviderSessions ends what a provider opened: of one account, or of all.
func EndProviderSessions(ctx context.Context, tx pgx.Tx, provider uuid.UUID, of uuid.NullUUID) error {
	_, err := tx.Exec(ctx, `delete from platform.session where provider_id = $1 and ($2::uuid is null or account_id = $2)`, provider, of)
	return pg.Translate(err)
}

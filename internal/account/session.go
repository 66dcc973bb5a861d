package account

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

const (
	// SessionLife is how long a signed-in browser stays signed in at most.
	SessionLife = 30 * 24 * time.Hour
	// SessionIdle is how long a session that nobody uses goes on.
	SessionIdle = 7 * 24 * time.Hour
	// Fresh is how long somebody who has proven who they are may do what is
	// dangerous without doing so again.
	Fresh = 10 * time.Minute
	// seenStep is how exactly it is known when a session was last used.
	seenStep = 5 * time.Minute
)

// Session is a signed-in browser and its account.
type Session struct {
	Account
	Session     uuid.UUID  `db:"session_id"`
	SeenAt      time.Time  `db:"seen_at"`
	ConfirmedAt *time.Time `db:"confirmed_at"`
	ExpiresAt   time.Time  `db:"expires_at"`
	// Provider is the identity provider that vouches for the session, Agency the
	// one that the session reaches then; not valid: the account's own owner.
	Provider uuid.NullUUID `db:"provider_id"`
	Agency   uuid.NullUUID `db:"agency_id"`
}

// Live reports whether the session goes on.
func (s Session) Live(now time.Time) bool {
	return now.Before(s.ExpiresAt) && now.Before(s.SeenAt.Add(SessionIdle))
}

// Confirmed reports whether whoever uses the session has proven who they are a
// short while ago.
func (s Session) Confirmed(now time.Time) bool {
	return s.ConfirmedAt != nil && now.Before(s.ConfirmedAt.Add(Fresh))
}

// Stale reports whether the session's last use should be written down again.
func (s Session) Stale(now time.Time) bool { return !now.Before(s.SeenAt.Add(seenStep)) }

// FindSession returns the session of a cookie's token, live or not.
func FindSession(ctx context.Context, q pg.Querier, token string) (Session, error) {
	return pg.One[Session](ctx, q, `
		select a.id, a.email, a.name, s.id as session_id, s.seen_at, s.confirmed_at, s.expires_at, s.provider_id, p.agency_id
		from platform.session s join platform.account a on a.id = s.account_id left join platform.identity_provider p on p.id = s.provider_id
		where s.token_hash = $1`, secret.Hash(token))
}

// open makes a session in the transaction and returns the token for the cookie;
// only its hash is stored.
func (s *Accounts) open(ctx context.Context, tx pgx.Tx, id uuid.UUID, by By) (string, error) {
	token, now := secret.NewToken(), s.Now()
	agent := by.Agent
	if len(agent) > 200 {
		agent = strings.ToValidUTF8(agent[:200], "")
	}
	_, err := tx.Exec(ctx, `
		insert into platform.session (token_hash, account_id, created_at, seen_at, confirmed_at, expires_at, address, agent)
		values ($1, $2, $3, $3, $3, $4, $5, $6)`, secret.Hash(token), id, now, now.Add(SessionLife), by.Address, agent)
	if err != nil {
		return "", fmt.Errorf("open session: %w", pg.Translate(err))
	}
	return token, nil
}

// Seen writes down that the session is in use.
func (s *Accounts) Seen(ctx context.Context, id uuid.UUID) error {
	now := s.Now()
	_, err := s.DB.Pool().Exec(ctx, `update platform.session set seen_at = $2 where id = $1 and seen_at <= $3`, id, now, now.Add(-seenStep))
	return pg.Translate(err)
}

// SignOut ends the session of the token, at once and in every process.
func (s *Accounts) SignOut(ctx context.Context, token string) error {
	return s.DB.Change(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `delete from platform.session where token_hash = $1`, secret.Hash(token))
		return err
	})
}

// rotate gives a session another token, and marks it as confirmed. The old one
// no longer works.
func (s *Accounts) rotate(ctx context.Context, tx pgx.Tx, session uuid.UUID) (string, error) {
	token := secret.NewToken()
	tag, err := tx.Exec(ctx, `update platform.session set token_hash = $2, confirmed_at = $3, seen_at = $3 where id = $1`, session, secret.Hash(token), s.Now())
	if err != nil {
		return "", pg.Translate(err)
	}
	if tag.RowsAffected() == 0 {
		return "", errs.Missing()
	}
	return token, nil
}

// endOthers ends all sessions of an account but one; uuid.Nil keeps none.
func endOthers(ctx context.Context, tx pgx.Tx, account, keep uuid.UUID) error {
	_, err := tx.Exec(ctx, `delete from platform.session where account_id = $1 and id <> $2`, account, keep)
	return pg.Translate(err)
}

// Browser is a session as its owner sees it.
type Browser struct {
	ID        uuid.UUID `db:"id"`
	CreatedAt time.Time `db:"created_at"`
	SeenAt    time.Time `db:"seen_at"`
	Address   string    `db:"address"`
	Agent     string    `db:"agent"`
}

// Browsers returns the live sessions of an account, the last used first.
func (s *Accounts) Browsers(ctx context.Context, account uuid.UUID) ([]Browser, error) {
	now := s.Now()
	return pg.All[Browser](ctx, s.DB.Pool(), `
		select id, created_at, seen_at, address, agent from platform.session
		where account_id = $1 and expires_at > $2 and seen_at > $3 order by seen_at desc, id limit 200`, account, now, now.Add(-SessionIdle))
}

// EndSession ends one of the account's sessions.
func (s *Accounts) EndSession(ctx context.Context, a Account, session uuid.UUID, by By) error {
	return s.DB.Change(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `delete from platform.session where id = $1 and account_id = $2`, session, a.ID)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return errs.Missing()
		}
		return by.Note(ctx, tx, a, "account.session_ended")
	})
}

// EndOtherSessions ends all sessions of the account but the one that asks.
func (s *Accounts) EndOtherSessions(ctx context.Context, in Session, by By) error {
	return s.DB.Change(ctx, func(tx pgx.Tx) error {
		if err := endOthers(ctx, tx, in.ID, in.Session); err != nil {
			return err
		}
		return by.Note(ctx, tx, in.Account, "account.sessions_ended")
	})
}

// DropExpired deletes sessions and tickets that have ended, at most 10,000 a
// call each, and returns how many.
func DropExpired(ctx context.Context, q pg.Querier, now time.Time) (int64, error) {
	tag, err := q.Exec(ctx, `delete from platform.session where token_hash in (
		select token_hash from platform.session where expires_at < $1 or seen_at < $2 limit 10000)`, now, now.Add(-SessionIdle))
	if err != nil {
		return 0, pg.Translate(err)
	}
	tickets, err := q.Exec(ctx, `delete from platform.ticket where token_hash in (
		select token_hash from platform.ticket where expires_at < $1 limit 10000)`, now.Add(-24*time.Hour))
	if err != nil {
		return 0, pg.Translate(err)
	}
	persons, err := q.Exec(ctx, `delete from platform.person_session where token_hash in (
		select token_hash from platform.person_session where expires_at < $1 limit 10000)`, now)
	return tag.RowsAffected() + tickets.RowsAffected() + persons.RowsAffected(), pg.Translate(err)
}

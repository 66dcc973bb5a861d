// Package replay remembers the answers of writes that carry a key of the
// caller's, so that a write which is sent again, because its answer was lost on
// the way, happens once.
//
// What makes that hold is one transaction: the key is claimed, the write is
// done and its answer is stored in it, and all become true at its commit. A
// process that dies before leaves nothing, and the key is free. Who comes with
// a key while its write runs waits for the end of that transaction, whichever
// process runs it.
package replay

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Kept is how long an answer is remembered.
const Kept = 7 * 24 * time.Hour

// patience is how long one waits for another request with the same key, as
// PostgreSQL writes it.
const patience = "3s"

// Request is a write that may come again.
type Request struct {
	// Tenant is the site, or the agency where no site is concerned.
	Tenant uuid.UUID
	// Actor tells callers apart; nobody meets another one's keys.
	Actor string
	// Key is the caller's word for the write.
	Key string
	// Fingerprint is the same for the same request only.
	Fingerprint [sha256.Size]byte
}

// Answer is what was answered.
type Answer struct {
	Status int
	Header map[string][]string
	Body   []byte
}

// Claim makes the key the request's own in the open transaction, as the login
// role, and returns false; the caller then does the write and calls Store. When
// the request was answered before, Claim returns that answer and true. A key
// that another request was sent with is errs.Conflict "idempotency_mismatch",
// one whose request still runs is errs.Conflict "busy".
func Claim(ctx context.Context, tx pgx.Tx, r Request, now time.Time) (Answer, bool, error) {
	claimed, err := insert(ctx, tx, r, now)
	if err != nil || claimed {
		return Answer{}, false, err
	}
	var (
		fingerprint []byte
		a           Answer
	)
	err = tx.QueryRow(ctx, `
		select fingerprint, status, header, body from platform.idempotency
		where tenant_id = $1 and actor = $2 and key = $3`, r.Tenant, r.Actor, r.Key).
		Scan(&fingerprint, &a.Status, &a.Header, &a.Body)
	if errors.Is(err, pgx.ErrNoRows) { // dropped in this very moment
		return Answer{}, false, errs.New(errs.Conflict, "busy", "Somebody else is changing this. Try again.").WithCause(err)
	}
	if err != nil {
		return Answer{}, false, err
	}
	if subtle.ConstantTimeCompare(fingerprint, r.Fingerprint[:]) == 0 {
		return Answer{}, false, errs.New(errs.Conflict, "idempotency_mismatch", "This Idempotency-Key was sent with another request.").
			WithHint("Send a new key with each new request, and the same key only with the same request.")
	}
	return a, true, nil
}

// insert reports whether the key is the request's own now. It waits for
// another transaction that has claimed it. A row that is kept too long is as
// good as none, whether or not the job came by.
func insert(ctx context.Context, tx pgx.Tx, r Request, now time.Time) (bool, error) {
	if _, err := tx.Exec(ctx, `set local lock_timeout = '`+patience+`'`); err != nil {
		return false, err
	}
	tag, err := tx.Exec(ctx, `
		insert into platform.idempotency as i (tenant_id, actor, key, fingerprint, created_at) values ($1, $2, $3, $4, $5)
		on conflict (tenant_id, actor, key) do update
		set fingerprint = excluded.fingerprint, created_at = excluded.created_at, status = null, header = null, body = null
		where i.created_at <= $6`,
		r.Tenant, r.Actor, r.Key, r.Fingerprint[:], now, now.Add(-Kept))
	if err != nil {
		return false, pg.Translate(err)
	}
	_, err = tx.Exec(ctx, `set local lock_timeout to default`)
	return tag.RowsAffected() == 1, err
}

// Store keeps the answer of the claimed request. It must be the transaction's
// last doing.
func Store(ctx context.Context, tx pgx.Tx, r Request, a Answer) error {
	_, err := tx.Exec(ctx, `
		update platform.idempotency set status = $4, header = $5, body = $6
		where tenant_id = $1 and actor = $2 and key = $3`, r.Tenant, r.Actor, r.Key, a.Status, a.Header, a.Body)
	return err
}

// DropExpired forgets what is kept too long, and returns how many answers that
// were.
func DropExpired(ctx context.Context, q pg.Querier, now time.Time) (int64, error) {
	tag, err := q.Exec(ctx, `delete from platform.idempotency where created_at <= $1`, now.Add(-Kept))
	return tag.RowsAffected(), pg.Translate(err)
}

package identity

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Link is an account that a provider knows.
type Link struct {
	Account  uuid.UUID `db:"account_id"`
	Name     string    `db:"name"`
	Email    string    `db:"email"`
	LinkedAt time.Time `db:"created_at"`
	SeenAt   time.Time `db:"seen_at"`
}

const linkQuery = `select i.account_id, a.name, a.email, i.created_at, i.seen_at
	from platform.identity i join platform.account a on a.id = i.account_id`

// ListLinks returns whom the provider knows, by name, at most 1,000.
func ListLinks(ctx context.Context, q pg.Querier, provider uuid.UUID) ([]Link, error) {
	return pg.All[Link](ctx, q, linkQuery+` where i.provider_id = $1 order by a.name, a.id limit 1000`, provider)
}

// FindLinked returns the account that the provider means by the subject.
func FindLinked(ctx context.Context, q pg.Querier, provider uuid.UUID, subject string) (uuid.UUID, error) {
	var id uuid.UUID
	err := q.QueryRow(ctx, `select account_id from platform.identity where provider_id = $1 and subject = $2`, provider, subject).Scan(&id)
	return id, pg.Translate(err)
}

// Join links the account to the subject. An account that the provider knows by
// another subject is errs.Conflict: an address that went to somebody else must
// not bring them into the account of before.
func Join(ctx context.Context, tx pgx.Tx, provider uuid.UUID, subject string, account uuid.UUID, now time.Time) error {
	tag, err := tx.Exec(ctx, `
		insert into platform.identity (provider_id, subject, account_id, created_at, seen_at) values ($1, $2, $3, $4, $4)
		on conflict do nothing`, provider, subject, account, now)
	if err != nil {
		return pg.Translate(err)
	}
	if tag.RowsAffected() == 0 {
		return errs.New(errs.Conflict, "identity_taken", "The provider knows this account as somebody else.")
	}
	return nil
}

// Seen writes down that the provider has vouched for the subject.
func Seen(ctx context.Context, tx pgx.Tx, provider uuid.UUID, subject string, now time.Time) error {
	_, err := tx.Exec(ctx, `update platform.identity set seen_at = $3 where provider_id = $1 and subject = $2`, provider, subject, now)
	return pg.Translate(err)
}

// Unlink lets the provider know an account no more, until it is linked anew.
func Unlink(ctx context.Context, tx pgx.Tx, provider, account uuid.UUID) (Link, error) {
	link, err := pg.One[Link](ctx, tx, linkQuery+` where i.provider_id = $1 and i.account_id = $2`, provider, account)
	if err != nil {
		return link, err
	}
	_, err = tx.Exec(ctx, `delete from platform.identity where provider_id = $1 and account_id = $2`, provider, account)
	return link, pg.Translate(err)
}

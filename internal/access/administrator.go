package access

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Administrator is an account that administers the platform.
type Administrator struct {
	Account   uuid.UUID `db:"account_id"`
	Email     string    `db:"email"`
	Name      string    `db:"name"`
	GrantedAt time.Time `db:"granted_at"`
	// Factor is whether the account has a second factor, without which it may not act.
	Factor bool `db:"factor"`
}

// hasFactor is whether an account is asked for more than its password.
func hasFactor(account string) string {
	return `(exists (select from platform.authenticator f where f.account_id = ` + account + ` and f.active_at is not null)
		or exists (select from platform.passkey k where k.account_id = ` + account + `))`
}

// ListAdministrators returns who administers the platform, by address.
func ListAdministrators(ctx context.Context, q pg.Querier) ([]Administrator, error) {
	return pg.All[Administrator](ctx, q, `
		select p.account_id, a.email, a.name, p.granted_at,
			`+hasFactor("a.id")+` as factor
		from platform.administrator p join platform.account a on a.id = p.account_id where p.revoked_at is null order by a.email`)
}

// Administers reports whether the account administers the platform, and whether
// it has the second factor that it needs to act as such.
func Administers(ctx context.Context, q pg.Querier, account uuid.UUID) (yes, factor bool, err error) {
	err = q.QueryRow(ctx, `select exists (select from platform.administrator where account_id = $1 and revoked_at is null),
		`+hasFactor("$1"), account).Scan(&yes, &factor)
	return yes, factor, pg.Translate(err)
}

// MakeAdministrator lets the account administer the platform.
func MakeAdministrator(ctx context.Context, tx pgx.Tx, account uuid.UUID, now time.Time) error {
	tag, err := tx.Exec(ctx, `insert into platform.administrator (account_id, granted_at) values ($1, $2)
		on conflict (account_id) where revoked_at is null do nothing`, account, now)
	if err != nil {
		return fmt.Errorf("make an administrator: %w", pg.Translate(err))
	}
	if tag.RowsAffected() == 0 {
		return errs.New(errs.Conflict, "administrator", "This account administers the platform already.")
	}
	return nil
}

// EndAdministrator takes that back.
func EndAdministrator(ctx context.Context, tx pgx.Tx, account uuid.UUID, now time.Time) error {
	tag, err := tx.Exec(ctx, `update platform.administrator set revoked_at = $2 where account_id = $1 and revoked_at is null`, account, now)
	if err != nil {
		return fmt.Errorf("end an administrator: %w", pg.Translate(err))
	}
	if tag.RowsAffected() == 0 {
		return errs.Missing()
	}
	return nil
}

package account

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/mail"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// What happens whenever an account gets or loses a second factor, of whatever kind.

// factorAdded follows a second factor that was added to what the account had. It
// returns recovery codes if it is the first, and the session's new token.
func (s *Accounts) factorAdded(ctx context.Context, tx pgx.Tx, in Session, had Factor, what string, by By) (codes []string, token string, err error) {
	if !had.Asked() {
		if codes, err = newRecoveryCodes(ctx, tx, in.ID); err != nil {
			return nil, "", err
		}
	}
	token, err = s.factorsChanged(ctx, tx, in, what, by)
	return codes, token, err
}

// removeFactor removes one by the statement; errs.NotFound if there is none.
// It returns the session's new token.
func (s *Accounts) removeFactor(ctx context.Context, in Session, what string, by By, sql string, args ...any) (token string, err error) {
	err = s.DB.Change(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, sql, args...)
		if err != nil {
			return pg.Translate(err)
		}
		if tag.RowsAffected() == 0 {
			return errs.Missing()
		}
		if err := dropCodes(ctx, tx, in.ID); err != nil {
			return err
		}
		token, err = s.factorsChanged(ctx, tx, in, what, by)
		return err
	})
	return token, err
}

// dropCodes removes the recovery codes of an account that is asked for nothing
// beside its password any more.
func dropCodes(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	_, err := tx.Exec(ctx, `delete from platform.recovery_code where account_id = $1
		and not exists (select from platform.authenticator where account_id = $1 and active_at is not null)
		and not exists (select from platform.passkey where account_id = $1)`, id)
	return pg.Translate(err)
}

// factorsChanged ends what was open before the second factor changed, tells the
// owner, and returns the session's new token.
func (s *Accounts) factorsChanged(ctx context.Context, tx pgx.Tx, in Session, what string, by By) (string, error) {
	if err := endOthers(ctx, tx, in.ID, in.Session); err != nil {
		return "", err
	}
	token, err := s.rotate(ctx, tx, in.Session)
	if err != nil {
		return "", err
	}
	if err := s.write(ctx, tx, in.Account, mail.Message{Kind: what, Words: by.Words, Link: s.BaseURL + "/app/me"}); err != nil {
		return "", err
	}
	return token, by.Note(ctx, tx, in.Account, "account."+what)
}

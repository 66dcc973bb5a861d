package access

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// ImpersonationLife is how long an administrator of the platform acts as
// somebody at most.
const ImpersonationLife = 30 * time.Minute

// maxReason is how long the reason for it may be.
const maxReason = 500

// Impersonation is an administrator of the platform who acts as a member of an
// agency, and has nothing but what that member has there.
type Impersonation struct {
	ID        uuid.UUID `db:"id"`
	Session   uuid.UUID `db:"session_id"` // the administrator's
	Admin     uuid.UUID `db:"admin_id"`
	AdminName string    `db:"admin_name"`
	Account   uuid.UUID `db:"account_id"`
	Name      string    `db:"name"`
	Email     string    `db:"email"`
	Agency    uuid.UUID `db:"agency_id"`
	Reason    string    `db:"reason"`
	StartedAt time.Time `db:"started_at"`
	ExpiresAt time.Time `db:"expires_at"`
}

const impersonationQuery = `select i.id, i.session_id, i.admin_id, x.name admin_name, i.account_id, a.name, a.email, i.agency_id, i.reason, i.started_at, i.expires_at
	from platform.impersonation i join platform.account x on x.id = i.admin_id join platform.account a on a.id = i.account_id
	where i.ended_at is null`

const nowAdministers = `exists (select from platform.administrator p where p.account_id = %s and p.revoked_at is null)`

// FindImpersonation returns as whom a session acts; errs.NotFound if it acts in
// person. It is over when the administrator is none any more, when the other has
// become one, and when that is no member any more.
func FindImpersonation(ctx context.Context, q pg.Querier, session uuid.UUID) (Impersonation, error) {
	return pg.One[Impersonation](ctx, q, impersonationQuery+` and i.session_id = $1
		and `+fmt.Sprintf(nowAdministers, "i.admin_id")+` and not `+fmt.Sprintf(nowAdministers, "i.account_id")+`
		and exists (select from platform.member m where m.account_id = i.account_id and m.agency_id = i.agency_id)`, session)
}

// Impersonate lets the session of an administrator act as a member of an agency,
// never as one who administers the platform too.
func Impersonate(ctx context.Context, tx pgx.Tx, by Actor, session, agency, member uuid.UUID, reason string, now time.Time) (Impersonation, error) {
	m, err := FindTeammate(ctx, tx, agency, member)
	if err != nil {
		return Impersonation{}, err
	}
	if !by.CanOnPlatform(TenantImpersonate) {
		return Impersonation{}, errs.New(errs.Denied, "denied", "You do not have permission to do this.")
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return Impersonation{}, oneField("reason", "required", "Say why.")
	}
	if len([]rune(reason)) > maxReason {
		return Impersonation{}, errs.BadFields(errs.Field{Path: "reason", Code: "too_long", Message: "Use at most 500 characters.", Args: map[string]any{"max": maxReason}})
	}
	if m.Suspended {
		return Impersonation{}, errs.New(errs.Conflict, "suspended", "This agency is suspended already.")
	}
	yes, _, err := Administers(ctx, tx, m.Account)
	if err != nil {
		return Impersonation{}, err
	}
	if yes || m.Account == by.id {
		return Impersonation{}, errs.New(errs.Conflict, "administrator", "Nobody acts as somebody who administers the platform.")
	}
	i := Impersonation{
		ID: uuid.Must(uuid.NewV7()), Session: session, Admin: by.id, AdminName: by.name, Account: m.Account, Name: m.Name, Email: m.Email,
		Agency: agency, Reason: reason, StartedAt: now, ExpiresAt: now.Add(ImpersonationLife),
	}
	_, err = tx.Exec(ctx, `insert into platform.impersonation (id, session_id, admin_id, account_id, agency_id, reason, started_at, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, i.ID, i.Session, i.Admin, i.Account, i.Agency, i.Reason, i.StartedAt, i.ExpiresAt)
	if err = pg.Translate(err); errs.KindOf(err) == errs.Conflict {
		return i, errs.New(errs.Conflict, "impersonating", "This browser acts as somebody already.")
	}
	return i, err
}

// EndImpersonation ends it; errs.NotFound if it has ended.
func EndImpersonation(ctx context.Context, tx pgx.Tx, id uuid.UUID, now time.Time) error {
	tag, err := tx.Exec(ctx, `update platform.impersonation set ended_at = $2 where id = $1 and ended_at is null`, id, now)
	if err != nil {
		return fmt.Errorf("end an impersonation: %w", pg.Translate(err))
	}
	if tag.RowsAffected() == 0 {
		return errs.Missing()
	}
	return nil
}

// OverdueImpersonations returns those whose time is over or whose session has
// ended, and which nobody ended.
func OverdueImpersonations(ctx context.Context, q pg.Querier, now time.Time) ([]Impersonation, error) {
	return pg.All[Impersonation](ctx, q, impersonationQuery+` and (i.expires_at <= $1
		or not exists (select from platform.session s where s.id = i.session_id)) order by i.id limit 1000`, now)
}

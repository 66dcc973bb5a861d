package tenancy

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// maxReason is how long the reason of a suspension may be.
const maxReason = 500

// Tenant is an agency as those see it who administer the platform.
type Tenant struct {
	ID        uuid.UUID `db:"id"`
	Name      string    `db:"name"`
	Locale    string    `db:"locale"`
	CreatedAt time.Time `db:"created_at"`
	// SuspendedAt is since when it is suspended, Reason why; nil: it is not.
	SuspendedAt *time.Time `db:"suspended_at"`
	Reason      string     `db:"suspended_reason"`
	Plan        string     `db:"plan"` // after a trial
	TrialEndsAt *time.Time `db:"trial_ends_at"`
	NarrowedAt  *time.Time `db:"narrowed_at"`
	Members     int        `db:"members"` // accounts, each once
	Sites       int        `db:"sites"`   // that are served
}

const tenantQuery = `select a.id, a.name, a.locale, a.created_at, a.suspended_at, a.suspended_reason, a.plan, a.trial_ends_at, a.narrowed_at,
	(select count(distinct m.account_id) from platform.member m where m.agency_id = a.id) members,
	(select count(*) from platform.site s where s.agency_id = a.id and s.archived_at is null) sites
	from platform.agency a`

// TenantSearch says which agencies are looked for.
type TenantSearch struct {
	// Text is part of the agency's name, a subdomain, or the address of one of its
	// people; empty: all.
	Text string
	// Suspended looks for suspended ones only.
	Suspended bool
	// Before continues below the last one that was seen.
	Before uuid.NullUUID
}

// likeText makes of a text what LIKE takes literally.
func likeText(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

// ListTenants returns agencies, the newest first, at most limit.
func ListTenants(ctx context.Context, q pg.Querier, search TenantSearch, limit int) ([]Tenant, error) {
	text := strings.ToLower(strings.TrimSpace(search.Text))
	return pg.All[Tenant](ctx, q, tenantQuery+`
		where ($1 = '' or lower(a.name) like '%' || $2 || '%'
			or exists (select from platform.site s where s.agency_id = a.id and s.subdomain = $1)
			or exists (select from platform.member m join platform.account x on x.id = m.account_id where m.agency_id = a.id and x.email = $1))
		and (not $3 or a.suspended_at is not null)
		and ($4::uuid is null or (a.created_at, a.id) < (select b.created_at, b.id from platform.agency b where b.id = $4))
		order by a.created_at desc, a.id desc limit $5`, text, likeText(text), search.Suspended, search.Before, limit)
}

// FindTenant returns one agency; errs.NotFound if there is none.
func FindTenant(ctx context.Context, q pg.Querier, id uuid.UUID) (Tenant, error) {
	return pg.One[Tenant](ctx, q, tenantQuery+` where a.id = $1`, id)
}

// Suspend puts an agency out of service: its people and keys are refused, its
// sites show a notice, and what waits to be done for it waits on.
func Suspend(ctx context.Context, tx pgx.Tx, id uuid.UUID, reason string, now time.Time) (Tenant, error) {
	t, err := lockTenant(ctx, tx, id)
	if err != nil {
		return t, err
	}
	var c complaints
	if c.text("reason", &reason, maxReason); reason == "" {
		c.add("reason", "required", "Say why.")
	}
	if err := c.err(); err != nil {
		return t, err
	}
	if t.SuspendedAt != nil {
		return t, errs.New(errs.Conflict, "suspended", "This agency is suspended already.")
	}
	t.SuspendedAt, t.Reason = &now, reason
	_, err = tx.Exec(ctx, `update platform.agency set suspended_at = $2, suspended_reason = $3 where id = $1`, id, now, reason)
	return t, pg.Translate(err)
}

// Resume puts an agency back into service.
func Resume(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Tenant, error) {
	t, err := lockTenant(ctx, tx, id)
	if err != nil {
		return t, err
	}
	if t.SuspendedAt == nil {
		return t, errs.New(errs.Conflict, "not_suspended", "This agency is not suspended.")
	}
	_, err = tx.Exec(ctx, `update platform.agency set suspended_at = null, suspended_reason = '' where id = $1`, id)
	return t, pg.Translate(err)
}

// lockTenant is FindTenant for whoever is about to change it.
func lockTenant(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Tenant, error) {
	if _, err := tx.Exec(ctx, `select from platform.agency where id = $1 for no key update`, id); err != nil {
		return Tenant{}, pg.Translate(err)
	}
	return FindTenant(ctx, tx, id)
}

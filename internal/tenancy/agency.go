package tenancy

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Agency serves clients; it is who the platform deals with. Its settings are
// what new sites begin with.
type Agency struct {
	ID   uuid.UUID `db:"id" json:"-"`
	Name string    `db:"name" json:"name"`
	// Country is an ISO 3166 code; empty: not said.
	Country string `db:"country" json:"country"`
	Settings
	Colour  string `db:"colour" json:"colour"`     // "#1e90ff"; empty: the platform's
	ReplyTo string `db:"reply_to" json:"reply_to"` // of its mail; empty: nobody's
	// AuditDays is how long its audit log is kept.
	AuditDays int `db:"audit_days" json:"audit_days"`
	// Plan is the one after a trial.
	Plan        string     `db:"plan" json:"-"`
	TrialEndsAt *time.Time `db:"trial_ends_at" json:"-"`
}

// How many days an agency keeps its audit log: usually, at least and at most.
const (
	AuditDays    = 730
	MinAuditDays = 90
	MaxAuditDays = 3650
)

const agencyColumns = `id, name, coalesce(country, '') country, locale, time_zone, currency::text, tax_rate, tax_included, units, colour, reply_to, audit_days, plan, trial_ends_at`

// FindAgency returns an agency; errs.NotFound if there is none.
func FindAgency(ctx context.Context, q pg.Querier, id uuid.UUID) (Agency, error) {
	return pg.One[Agency](ctx, q, `select `+agencyColumns+` from platform.agency where id = $1`, id)
}

// ListAgencies returns the agencies with the ids, by name.
func ListAgencies(ctx context.Context, q pg.Querier, ids []uuid.UUID) ([]Agency, error) {
	return pg.All[Agency](ctx, q, `select `+agencyColumns+` from platform.agency where id = any($1) order by name, id`, ids)
}

// CountAgencies returns how many agencies the platform has.
func CountAgencies(ctx context.Context, q pg.Querier) (int, error) {
	var n int
	err := q.QueryRow(ctx, `select count(*) from platform.agency`).Scan(&n)
	return n, pg.Translate(err)
}

var colourPattern = regexp.MustCompile(`^#[0-9a-f]{6}$`)

func (a *Agency) check() error {
	var c complaints
	c.name(&a.Name)
	c.settings(&a.Settings)
	if a.Country = strings.ToUpper(strings.TrimSpace(a.Country)); a.Country != "" && !i18n.IsCountry(a.Country) {
		c.add("country", "not_country", "Choose a country.")
	}
	if a.Colour = strings.ToLower(strings.TrimSpace(a.Colour)); a.Colour != "" && !colourPattern.MatchString(a.Colour) {
		c.add("colour", "not_color", "Enter a colour like #1e90ff.")
	}
	c.email("reply_to", &a.ReplyTo)
	if a.AuditDays == 0 {
		a.AuditDays = AuditDays
	}
	if a.AuditDays < MinAuditDays || a.AuditDays > MaxAuditDays {
		c.add("audit_days", "audit_days", "Keep the log between 90 and 3,650 days.")
	}
	return c.err()
}

// CreateAgency adds an agency. Settings that are empty get their defaults.
func CreateAgency(ctx context.Context, tx pgx.Tx, a Agency) error {
	if err := a.check(); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		insert into platform.agency (id, name, country, locale, time_zone, currency, tax_rate, tax_included, units, colour, reply_to, audit_days)
		values ($1, $2, nullif($3, ''), $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		a.ID, a.Name, a.Country, a.Locale, a.TimeZone, a.Currency, a.TaxRate, a.TaxIncluded, a.Units, a.Colour, a.ReplyTo, a.AuditDays)
	if err != nil {
		return fmt.Errorf("create agency %s: %w", a.Name, pg.Translate(err))
	}
	return nil
}

// UpdateAgency changes the agency and returns it as it was and is.
func UpdateAgency(ctx context.Context, tx pgx.Tx, id uuid.UUID, change func(*Agency)) (before, after Agency, err error) {
	before, err = pg.One[Agency](ctx, tx, `select `+agencyColumns+` from platform.agency where id = $1 for no key update`, id)
	if err != nil {
		return before, after, err
	}
	after = before
	change(&after)
	after.ID = id
	if err := after.check(); err != nil {
		return before, after, err
	}
	_, err = tx.Exec(ctx, `
		update platform.agency set name = $2, country = nullif($3, ''), locale = $4, time_zone = $5, currency = $6, tax_rate = $7,
			tax_included = $8, units = $9, colour = $10, reply_to = $11, audit_days = $12
		where id = $1`,
		id, after.Name, after.Country, after.Locale, after.TimeZone, after.Currency, after.TaxRate, after.TaxIncluded, after.Units, after.Colour, after.ReplyTo, after.AuditDays)
	if err != nil {
		return before, after, fmt.Errorf("update agency %s: %w", after.Name, pg.Translate(err))
	}
	return before, after, nil
}

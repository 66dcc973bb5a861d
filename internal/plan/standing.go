package plan

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// TrialLife is how long an agency tries the plan Trial, once.
const TrialLife = 14 * 24 * time.Hour

// Standing is which plan an agency has.
type Standing struct {
	Key         string     `db:"plan" json:"plan"` // after a trial
	TrialEndsAt *time.Time `db:"trial_ends_at" json:"trial_ends_at"`
}

// OnTrial reports whether the agency tries a plan that is wider than its own.
func (s Standing) OnTrial(now time.Time) bool {
	return s.Key == None && s.TrialEndsAt != nil && now.Before(*s.TrialEndsAt)
}

// Plan is the one that holds at the moment.
func (s Standing) Plan(now time.Time) Plan {
	key := s.Key
	if s.OnTrial(now) {
		key = Trial
	}
	p, ok := Find(key)
	if !ok {
		p, _ = Find(None)
	}
	return p
}

// StandingOf returns which plan the agency has.
func StandingOf(ctx context.Context, q pg.Querier, agency uuid.UUID) (Standing, error) {
	return pg.One[Standing](ctx, q, `select plan, trial_ends_at from platform.agency where id = $1`, agency)
}

// Try begins the trial of an agency that never had one.
func Try(ctx context.Context, tx pgx.Tx, agency uuid.UUID, now time.Time) error {
	tag, err := tx.Exec(ctx, `update platform.agency set trial_ends_at = $2 where id = $1 and trial_ends_at is null`, agency, now.Add(TrialLife))
	if err != nil {
		return fmt.Errorf("begin a trial: %w", pg.Translate(err))
	}
	if tag.RowsAffected() == 0 {
		return errs.New(errs.Conflict, "trial_used", "This agency has had its trial.")
	}
	return nil
}

// Give gives the agency a plan, wider or narrower, and returns what it had and
// has. What it has beyond a narrower one stays; it only cannot have more.
func Give(ctx context.Context, tx pgx.Tx, agency uuid.UUID, key string) (before, after Standing, err error) {
	if _, ok := Find(key); !ok {
		return before, after, errs.BadFields(errs.Field{Path: "plan", Code: "option", Message: "Choose one of the plans."})
	}
	before, err = pg.One[Standing](ctx, tx, `select plan, trial_ends_at from platform.agency where id = $1 for no key update`, agency)
	if err != nil {
		return before, after, err
	}
	after = before
	after.Key = key
	_, err = tx.Exec(ctx, `update platform.agency set plan = $2 where id = $1`, agency, key)
	return before, after, pg.Translate(err)
}

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
	// NarrowedAt is when it last got a plan for fewer sites; nil: never.
	NarrowedAt *time.Time `db:"narrowed_at" json:"-"`
}

// Grace is how long sites go on that a narrower plan has no room for.
const Grace = 30 * 24 * time.Hour

// graceEnds is when the grace for sites beyond the plan ends, after it became
// narrower or a trial was over; false if neither has been.
func (s Standing) graceEnds(now time.Time) (time.Time, bool) {
	since := s.NarrowedAt
	if ended := s.TrialEndsAt; s.Key == None && ended != nil && !now.Before(*ended) && (since == nil || since.Before(*ended)) {
		since = ended
	}
	if since == nil || s.OnTrial(now) {
		return time.Time{}, false
	}
	return since.Add(Grace), true
}

// ReadOnly reports whether nothing can be changed on a site any more, because the
// plan has no room for it. The sites that came first have it; older is how many
// came before.
func (s Standing) ReadOnly(older int64, now time.Time) bool {
	ends, ok := s.graceEnds(now)
	if !ok || now.Before(ends) {
		return false
	}
	most, bounded := s.Plan(now).Most[Sites]
	return bounded && older >= most
}

// ReadOnlyFrom is when sites beyond the plan become read-only, of an agency that
// has so many; false if none do.
func (s Standing) ReadOnlyFrom(sites int64, now time.Time) (time.Time, bool) {
	most, bounded := s.Plan(now).Most[Sites]
	if !bounded || sites <= most {
		return time.Time{}, false
	}
	return s.graceEnds(now)
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
	return pg.One[Standing](ctx, q, `select plan, trial_ends_at, narrowed_at from platform.agency where id = $1`, agency)
}

// Branded reports whether the app and mail bear the agency's own look.
func Branded(ctx context.Context, q pg.Querier, agency uuid.UUID, now time.Time) (bool, error) {
	s, err := StandingOf(ctx, q, agency)
	return s.Plan(now).Branded, err
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
// has. What it has beyond a narrower one stays; it only cannot have more, and
// after Grace cannot change the sites that are beyond it.
func Give(ctx context.Context, tx pgx.Tx, agency uuid.UUID, key string, now time.Time) (before, after Standing, err error) {
	to, ok := Find(key)
	if !ok {
		return before, after, errs.BadFields(errs.Field{Path: "plan", Code: "option", Message: "Choose one of the plans."})
	}
	before, err = pg.One[Standing](ctx, tx, `select plan, trial_ends_at, narrowed_at from platform.agency where id = $1 for no key update`, agency)
	if err != nil {
		return before, after, err
	}
	after = before
	had, hadBound := before.Plan(now).Most[Sites]
	if has, bounded := to.Most[Sites]; bounded && (!hadBound || has < had) {
		after.NarrowedAt = &now
	}
	after.Key = key
	_, err = tx.Exec(ctx, `update platform.agency set plan = $2, narrowed_at = $3 where id = $1`, agency, key, after.NarrowedAt)
	return before, after, pg.Translate(err)
}

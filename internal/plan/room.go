package plan

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Use is how much of a limit is used.
type Use struct {
	Limit Limit
	Used  int64
	Most  int64 // zero with Bounded false: there is no limit
	// Bounded is whether there is a limit at all.
	Bounded bool
}

// Percent is how much of the limit is used, in whole percent; zero without one.
func (u Use) Percent() int64 {
	switch {
	case !u.Bounded:
		return 0
	case u.Most == 0:
		return 100
	}
	return u.Used * 100 / u.Most
}

// Over is why Room refused: the plan, and what is used of it. It is the cause of
// an errs.Denied with the code CodeOver.
type Over struct {
	Plan string
	Use
	// Wider is a plan that has more; empty: none has. WiderMost is how much; zero:
	// there is no limit then.
	Wider     string
	WiderMost int64
}

// CodeOver is the code of what a plan has no room for.
const CodeOver = "plan_limit"

// Error implements error.
func (o *Over) Error() string {
	return fmt.Sprintf("the plan %s has %d %s, and %d are used", o.Plan, o.Most, o.Limit, o.Used)
}

// OverOf returns why Room refused, if that is what err is about.
func OverOf(err error) (*Over, bool) {
	var over *Over
	return over, errors.As(err, &over)
}

// counts are the statements that count what an agency ($1) uses.
var counts = map[Limit]string{
	Sites: `select count(*) from platform.site where agency_id = $1`,
	Members: `select (select count(distinct account_id) from platform.member where agency_id = $1 and client_id is null and site_id is null)
		+ (select count(*) from platform.invitation where agency_id = $1 and client_id is null and site_id is null
			and accepted_at is null and revoked_at is null and expires_at > $2)`,
	Modules: `select count(distinct i.module_id) from platform.site s join platform.installation i on i.site_id = s.id
		join platform.module m on m.id = i.module_id join platform.publisher p on p.id = m.publisher_id
		where s.agency_id = $1 and p.agency_id = $1 and i.state in ('installed', 'enabled', 'disabled')`,
	Storage: `select coalesce(sum(f.size), 0)::bigint from platform.site s join platform.file f on f.site_id = s.id
		where s.agency_id = $1 and f.state <> 'orphan'`,
	Mails: `select count(*) from platform.mail where agency_id = $1 and created_at >= date_trunc('month', $2::timestamptz at time zone 'UTC') at time zone 'UTC'`,
}

// used counts how much the agency uses of one limit.
func used(ctx context.Context, q pg.Querier, agency uuid.UUID, l Limit, now time.Time) (n int64, err error) {
	args := []any{agency}
	if l == Members || l == Mails {
		args = append(args, now)
	}
	if err := q.QueryRow(ctx, counts[l], args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count %s: %w", l, pg.Translate(err))
	}
	return n, nil
}

// Uses counts how much the agency uses of everything.
func Uses(ctx context.Context, q pg.Querier, agency uuid.UUID, p Plan, now time.Time) ([]Use, error) {
	var all []Use
	for _, l := range Limits() {
		n, err := used(ctx, q, agency, l, now)
		if err != nil {
			return nil, err
		}
		most, bounded := p.Most[l]
		all = append(all, Use{Limit: l, Used: n, Most: most, Bounded: bounded})
	}
	return all, nil
}

// Room refuses to add that much to what the agency uses, if its plan has no room
// for it. It is asked in the transaction that adds, before anything is locked
// there: additions of one agency wait for each other until they are committed,
// so that two at once do not both take the last place. It returns the use with
// what is added.
func Room(ctx context.Context, tx pgx.Tx, agency uuid.UUID, l Limit, more int64, now time.Time) (Use, error) {
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('plan ' || $1, 0))`, agency.String()); err != nil {
		return Use{}, fmt.Errorf("wait for others: %w", pg.Translate(err))
	}
	standing, err := StandingOf(ctx, tx, agency)
	if err != nil {
		return Use{}, err
	}
	p := standing.Plan(now)
	most, bounded := p.Most[l]
	u := Use{Limit: l, Most: most, Bounded: bounded}
	if !bounded {
		return u, nil
	}
	if u.Used, err = used(ctx, tx, agency, l, now); err != nil {
		return u, err
	}
	if l.Refuses() && u.Used+more > most {
		over := &Over{Plan: p.Key, Use: u}
		hint := ""
		if wider, ok := p.Wider(l); ok {
			over.Wider, over.WiderMost = wider.Key, wider.Most[l]
			hint = "The plan " + wider.Key + " has room for more."
		}
		return u, errs.New(errs.Denied, CodeOver, "The plan has no room for more: %d of %d %s are used.", u.Used, most, l).WithHint("%s", hint).WithCause(over)
	}
	u.Used += more
	return u, nil
}

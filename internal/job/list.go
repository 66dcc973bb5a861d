package job

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/rivertype"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// State is what a job of a site is up to.
type State string

// The states of jobs that people see.
const (
	Running   State = "running"
	Scheduled State = "scheduled" // waiting for its time or for a worker
	Failing   State = "failing"   // failed, and tried again
	Dead      State = "dead"      // failed for good
)

// which says of a state which rows it means.
var which = map[State]string{
	Running:   `state in ('available', 'running')`,
	Scheduled: `state = 'pending' and attempt = 0`,
	Failing:   `state = 'pending' and attempt > 0`,
	Dead:      `state = 'discarded'`,
}

// Entry is a job as people see it.
type Entry struct {
	ID       int64
	Module   string // short id
	Name     string
	DueAt    time.Time
	Attempts int
	Most     int
	Error    string // of the last attempt
	EndedAt  *time.Time
}

// row is an Entry as the database has it.
type row struct {
	ID       int64
	Module   string
	Name     string
	DueAt    time.Time
	Attempts int
	Most     int
	Last     []byte
	EndedAt  *time.Time
}

// List lists a site's jobs of a state: the oldest first, dead ones the newest
// first. after is the id of the last one seen; zero begins.
func List(ctx context.Context, q pg.Querier, of uuid.UUID, s State, after int64, most int) ([]Entry, error) {
	condition, ok := which[s]
	if !ok {
		return nil, fmt.Errorf("no job is %q", s)
	}
	compare, order := "id > $2", "id"
	if s == Dead {
		compare, order = "($2 = 0 or id < $2)", "id desc"
	}
	rows, err := pg.All[row](ctx, q, `
		select id, args ->> 'module' as module, args ->> 'name' as name, scheduled_at as due_at, attempt::int as attempts,
		       max_attempts::int as most, errors[array_upper(errors, 1)] as last, finalized_at as ended_at
		from river.river_job where kind = 'site' and args ->> 'site' = $1 and `+condition+` and `+compare+`
		order by `+order+` limit $3`, of.String(), after, most)
	if err != nil {
		return nil, err
	}
	list := make([]Entry, len(rows))
	for i, r := range rows {
		list[i] = Entry{ID: r.ID, Module: r.Module, Name: r.Name, DueAt: r.DueAt, Attempts: r.Attempts, Most: r.Most, EndedAt: r.EndedAt}
		var last rivertype.AttemptError
		if r.Last != nil && json.Unmarshal(r.Last, &last) == nil {
			list[i].Error = last.Error
		}
	}
	return list, nil
}

// TryAgain gives a dead job of the site all its attempts once more, in its turn
// among others.
func TryAgain(ctx context.Context, tx pgx.Tx, of uuid.UUID, id int64, now time.Time) error {
	return change(ctx, tx, of, id, `state = 'pending', attempt = 0, finalized_at = null, scheduled_at = $3`, now)
}

// Drop gives a dead job of the site up for good.
func Drop(ctx context.Context, tx pgx.Tx, of uuid.UUID, id int64, now time.Time) error {
	return change(ctx, tx, of, id, `state = 'cancelled', finalized_at = $3`, now)
}

func change(ctx context.Context, tx pgx.Tx, of uuid.UUID, id int64, set string, now time.Time) error {
	tag, err := tx.Exec(ctx, `update river.river_job set `+set+`
		where id = $2 and kind = 'site' and args ->> 'site' = $1 and state = 'discarded'`, of.String(), id, now)
	if err != nil {
		return pg.Translate(err)
	}
	if tag.RowsAffected() == 0 {
		return errs.Missing()
	}
	return nil
}

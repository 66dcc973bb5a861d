package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

const (
	// siteQueue holds the jobs of sites.
	siteQueue = "site"
	// siteAttempts is how often a job of a site is tried unless it says
	// otherwise. With the pauses between that is more than a day.
	siteAttempts = 12
	// siteTimeout is how long a job of a site may take unless it says otherwise.
	siteTimeout = 5 * time.Minute
	// maxError is how much of an error's text is kept, in bytes.
	maxError = 4000
)

// Job is work for one module on one site.
type Job struct {
	Site   uuid.UUID
	Module string // short id
	Name   string // what to do: "job.score"
	Input  json.RawMessage
	// DueAt is when it runs at the earliest, by the clock of the processes; zero
	// is at once.
	DueAt time.Time
	// Attempts is how often it is tried before it is a dead letter; zero is
	// twelve times.
	Attempts int
	// Timeout bounds one attempt; zero is five minutes.
	Timeout time.Duration
	// Cause is the event that it follows from, Depth the number of handlers
	// between it and what somebody did.
	Cause uuid.NullUUID
	Depth int
}

// site is what the database keeps of a Job.
type site struct {
	Site    uuid.UUID       `json:"site"`
	Module  string          `json:"module"`
	Name    string          `json:"name"`
	Input   json.RawMessage `json:"input,omitempty"`
	Timeout int             `json:"timeout,omitempty"` // seconds
	Cause   *uuid.UUID      `json:"cause,omitempty"`
	Depth   int             `json:"depth,omitempty"`
	DueAt   time.Time       `json:"due_at"`
}

// Kind names the sort of job in the database.
func (site) Kind() string { return "site" }

// Run is one attempt at a Job.
type Run struct {
	Job
	ID      int64
	Attempt int // from 1 on

	holder  string
	settled bool
}

// ErrLost says that the job is no longer ours: another process works on it or
// has done it. The transaction must be rolled back.
var ErrLost = errors.New("the job is held by somebody else")

// Settle marks the job as done in the transaction that holds its effect, so
// that the effect happens once. The transaction runs as the login role.
func (r *Run) Settle(ctx context.Context, tx pgx.Tx) error {
	tag, err := tx.Exec(ctx, `update river.river_job set state = 'completed', finalized_at = now()
		where id = $1 and state = 'running' and attempt = $2 and attempted_by[array_upper(attempted_by, 1)] = $3`, r.ID, r.Attempt, r.holder)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return ErrLost
	}
	r.settled = true
	return nil
}

// Enter puts a job in, in the transaction of what causes it: it runs if that
// is committed, and not otherwise. The transaction runs as the login role.
func (r *Runner) Enter(ctx context.Context, tx pgx.Tx, j Job) error {
	if j.Site == uuid.Nil || j.Module == "" || j.Name == "" {
		return errors.New("a job needs a site, a module and a name")
	}
	due := j.DueAt
	if due.IsZero() {
		due = r.now()
	}
	args := site{
		Site: j.Site, Module: j.Module, Name: j.Name, Input: j.Input, Timeout: int(j.Timeout.Seconds()), Depth: j.Depth, DueAt: due,
	}
	if j.Cause.Valid {
		args.Cause = &j.Cause.UUID
	}
	attempts := j.Attempts
	if attempts == 0 {
		attempts = siteAttempts
	}
	// Pending jobs are not River's to start: share.go lets them through, site by
	// site. And none of them sends a notification, which would make business
	// transactions wait for one another.
	_, err := r.client.InsertTx(ctx, tx, args, &river.InsertOpts{Queue: siteQueue, Pending: true, ScheduledAt: due, MaxAttempts: attempts})
	if err != nil {
		return fmt.Errorf("enter the job %s: %w", j.Name, err)
	}
	return nil
}

// siteWorker runs the jobs of sites.
type siteWorker struct {
	river.WorkerDefaults[site]
	runner *Runner
}

// Timeout bounds one attempt.
func (w *siteWorker) Timeout(j *river.Job[site]) time.Duration {
	if j.Args.Timeout > 0 {
		return min(time.Duration(j.Args.Timeout)*time.Second, longest)
	}
	return siteTimeout
}

// Work runs one attempt and writes down how it ended. River finds the job
// ended and leaves it at that.
func (w *siteWorker) Work(ctx context.Context, j *river.Job[site]) error {
	r := w.runner
	defer r.rouse()
	run := &Run{
		Job: Job{
			Site: j.Args.Site, Module: j.Args.Module, Name: j.Args.Name, Input: j.Args.Input, DueAt: j.Args.DueAt, Depth: j.Args.Depth,
		},
		ID: j.ID, Attempt: j.Attempt, holder: r.process.ID.String(),
	}
	if j.Args.Cause != nil {
		run.Cause = uuid.NullUUID{UUID: *j.Args.Cause, Valid: true}
	}
	err := r.attempt(ctx, run)
	switch {
	case err == nil || errors.Is(err, ErrLost):
		return nil
	case errors.Is(err, pg.ErrResting), r.stopping.Load() && ctx.Err() != nil:
		return r.putBack(context.WithoutCancel(ctx), run)
	}
	r.log.WarnContext(ctx, "a job failed", "job", run.ID, "name", run.Name, "module", run.Module, "site", run.Site, "attempt", run.Attempt, "error", err)
	return r.fail(context.WithoutCancel(ctx), run, j.JobRow, err)
}

// attempt calls the handler, and settles what it did not settle itself.
func (r *Runner) attempt(ctx context.Context, run *Run) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the job panicked: %v\n%s", p, debug.Stack())
		}
	}()
	if err := r.handle(ctx, run); err != nil || run.settled {
		return err
	}
	return r.db.Tx(ctx, func(tx pgx.Tx) error { return run.Settle(ctx, tx) })
}

// pause is how long to wait after an attempt that failed: 5 s, three times as
// long each time, 6 h at most.
func pause(attempt int) time.Duration {
	wait := 5 * time.Second
	for range min(attempt, 10) - 1 {
		wait *= 3
	}
	return min(wait, 6*time.Hour)
}

// fail puts a job back for another attempt, or makes it a dead letter.
func (r *Runner) fail(ctx context.Context, run *Run, row *rivertype.JobRow, why error) error {
	text := strings.ReplaceAll(why.Error(), "\x00", "")
	if len(text) > maxError {
		text = strings.ToValidUTF8(text[:maxError], "")
	}
	said, err := json.Marshal(rivertype.AttemptError{At: r.now(), Attempt: run.Attempt, Error: text})
	if err != nil {
		return err
	}
	_, err = r.db.Pool().Exec(ctx, `
		update river.river_job set errors = array_append(errors, $4::jsonb),
			state = (case when attempt >= $5 then 'discarded' else 'pending' end)::river.river_job_state,
			finalized_at = case when attempt >= $5 then now() end,
			scheduled_at = case when attempt >= $5 then scheduled_at else $6 end
		where id = $1 and state = 'running' and attempt = $2 and attempted_by[array_upper(attempted_by, 1)] = $3`,
		run.ID, run.Attempt, run.holder, said, row.MaxAttempts, r.now().Add(pause(run.Attempt)))
	if err != nil || r.dead == nil || run.Attempt < row.MaxAttempts {
		return pg.Translate(err)
	}
	if err := r.db.Tx(ctx, func(tx pgx.Tx) error { return r.dead(ctx, tx, run) }); err != nil {
		r.log.ErrorContext(ctx, "nobody is told of a job that failed for good", "job", run.ID, "error", err)
	}
	return nil
}

// putBack gives a job back untried, because the process stops or the site rests.
func (r *Runner) putBack(ctx context.Context, run *Run) error {
	_, err := r.db.Pool().Exec(ctx, `
		update river.river_job set state = 'pending', attempt = attempt - 1
		where id = $1 and state = 'running' and attempt = $2 and attempted_by[array_upper(attempted_by, 1)] = $3`,
		run.ID, run.Attempt, run.holder)
	return pg.Translate(err)
}

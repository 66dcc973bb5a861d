// Package job runs work that nobody waits for. It is a thin frame around
// River, whose tables live in the schema river of the same database, so that a
// job is leased to one process at a time, is tried again when it fails and is
// not lost when a process dies.
//
// So far there are periodic jobs only: each runs once an interval in the whole
// deployment, however many processes there are.
package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

const (
	// workers is how many jobs one process runs at a time.
	workers = 2
	// longest is how long one run of a job may take.
	longest = 15 * time.Minute
	// attempts is how often a run is tried; after that the next interval's run
	// is the next try.
	attempts = 3
	// idlePoll is how often an idle process looks for jobs that no
	// notification told it of.
	idlePoll = 30 * time.Second
	// fetchPause is the shortest time between two fetches.
	fetchPause = 200 * time.Millisecond
)

// nameRE is what a job may be called; River panics at some other names.
var nameRE = regexp.MustCompile(`^[a-z][a-z0-9_]+$`)

// Periodic is a job that runs again and again.
type Periodic struct {
	// Name tells the job from others; it is kept in the database and in logs.
	// Lower-case letters, digits and _, two at least.
	Name string
	// Every is the interval between two runs. The first run is at the start,
	// unless another process has run the job within the interval.
	Every time.Duration
	// Run does the work. It must bear being stopped at any point and being
	// run again.
	Run func(ctx context.Context) error
}

// Runner works off jobs. Make one with New, then Start it once.
type Runner struct {
	client *river.Client[pgx.Tx]
}

// New brings River's schema up to date and returns a runner of the jobs, which
// does not work yet. It needs two free connections of the pool.
func New(ctx context.Context, db *pg.DB, log *slog.Logger, jobs ...Periodic) (*Runner, error) {
	byName, err := index(jobs)
	if err != nil {
		return nil, err
	}
	log = quiet(log)
	if err := migrate(ctx, db, log); err != nil {
		return nil, err
	}
	known := river.NewWorkers()
	if err := river.AddWorkerSafely(known, &worker{jobs: byName, log: log}); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	client, err := river.NewClient(riverpgxv5.New(db.Pool()), &river.Config{
		Schema:            schema,
		Logger:            log,
		Workers:           known,
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}},
		PeriodicJobs:      schedules(jobs),
		JobTimeout:        longest,
		FetchCooldown:     fetchPause,
		FetchPollInterval: idlePoll,
		MaxAttempts:       attempts,
	})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return &Runner{client: client}, nil
}

// Start begins to work and returns at once. Cancelling ctx stops the runner
// hard; use Stop to let running jobs end.
func (r *Runner) Start(ctx context.Context) error {
	if err := r.client.Start(ctx); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	return nil
}

// Stop takes no further jobs and waits until the running ones end. When ctx is
// done first, they are cancelled; they will run again.
func (r *Runner) Stop(ctx context.Context) error {
	err := r.client.Stop(ctx)
	if err == nil {
		return nil
	}
	if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("stop jobs: %w", err)
	}
	hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := r.client.StopAndCancel(hard); err != nil {
		return fmt.Errorf("stop jobs: %w", err)
	}
	return nil
}

func index(jobs []Periodic) (map[string]Periodic, error) {
	byName := make(map[string]Periodic, len(jobs))
	for _, j := range jobs {
		if !nameRE.MatchString(j.Name) || j.Every < time.Second || j.Run == nil {
			return nil, fmt.Errorf("job %q needs a name, an interval of a second or more, and work to do", j.Name)
		}
		if _, ok := byName[j.Name]; ok {
			return nil, fmt.Errorf("there are two jobs called %q", j.Name)
		}
		byName[j.Name] = j
	}
	return byName, nil
}

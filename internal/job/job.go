// Package job runs work that nobody waits for. It is a thin frame around
// River, whose tables live in the schema river of the same database, so that a
// job is leased to one process at a time, is tried again when it fails and is
// not lost when a process dies.
//
// There are two sorts. Periodic jobs are the platform's own: each runs once an
// interval in the whole deployment, however many processes there are. Jobs of
// sites are entered one by one, with the site and the module they are for.
package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"sync/atomic"
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
	// sitePause is the same for the jobs of sites, of which there are many.
	sitePause = 50 * time.Millisecond
	// deadKept is how long a job that failed for good can be tried again.
	deadKept = 30 * 24 * time.Hour
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

// Config says what a runner works with.
type Config struct {
	DB  *pg.DB
	Log *slog.Logger
	// Now is the clock by which the jobs of sites are due.
	Now func() time.Time
	// Process is who holds what is being worked on. The runner shows it as alive
	// from Start to Stop.
	Process *pg.Process
	// Periodic are the platform's own jobs.
	Periodic []Periodic
	// Handle does a job of a site. It is called again when it fails, and may be
	// called again although it did not: whoever writes does so in one transaction
	// with Run.Settle.
	Handle func(ctx context.Context, r *Run) error
	// Dead is told that a job failed for good; nil: nobody is. When it fails, the job
	// is a dead letter all the same.
	Dead func(ctx context.Context, tx pgx.Tx, r *Run) error
}

// Workers is how many jobs of sites one process runs at a time.
const Workers = 4

// Runner works off jobs. Make one with New, then Start it once. One that is not
// started can enter jobs all the same.
type Runner struct {
	db      *pg.DB
	log     *slog.Logger
	now     func() time.Time
	process *pg.Process
	handle  func(ctx context.Context, r *Run) error
	dead    func(ctx context.Context, tx pgx.Tx, r *Run) error
	client  *river.Client[pgx.Tx]

	wake     chan struct{}
	stopping atomic.Bool
	end      context.CancelFunc
	loops    sync.WaitGroup
}

// New brings River's schema up to date and returns a runner of the jobs, which
// does not work yet. It needs two free connections of the pool.
func New(ctx context.Context, c Config) (*Runner, error) {
	byName, err := index(c.Periodic)
	if err != nil {
		return nil, err
	}
	if c.Now == nil || c.Process == nil || c.Handle == nil {
		return nil, errors.New("jobs: a runner needs a clock, a process and a handler")
	}
	told := quiet(c.Log)
	if err := migrate(ctx, c.DB, told); err != nil {
		return nil, err
	}
	r := &Runner{db: c.DB, log: c.Log, now: c.Now, process: c.Process, handle: c.Handle, dead: c.Dead, wake: make(chan struct{}, 1)}
	known := river.NewWorkers()
	if err := river.AddWorkerSafely(known, &worker{jobs: byName, log: told}); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	if err := river.AddWorkerSafely(known, &siteWorker{runner: r}); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	r.client, err = river.NewClient(riverpgxv5.New(c.DB.Pool()), &river.Config{
		ID:      c.Process.ID.String(),
		Schema:  schema,
		Logger:  told,
		Workers: known,
		Queues: map[string]river.QueueConfig{
			river.QueueDefault: {MaxWorkers: workers},
			siteQueue:          {MaxWorkers: Workers, FetchCooldown: sitePause, FetchPollInterval: poll},
		},
		PeriodicJobs:                schedules(c.Periodic),
		JobTimeout:                  longest,
		FetchCooldown:               fetchPause,
		FetchPollInterval:           idlePoll,
		MaxAttempts:                 attempts,
		DiscardedJobRetentionPeriod: deadKept,
	})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return r, nil
}

// Start begins to work and returns at once. Cancelling ctx stops the runner
// hard; use Stop to let running jobs end.
func (r *Runner) Start(ctx context.Context) error {
	if err := r.process.Beat(ctx); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	if err := r.client.Start(ctx); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	looping, end := context.WithCancel(ctx)
	r.end = end
	r.loops.Go(func() { r.shareAlways(looping) })
	r.loops.Go(func() { r.beatAlways(looping) })
	return nil
}

// Stop takes no further jobs and waits until the running ones end. When ctx is
// done first, they are cancelled; they will run again.
func (r *Runner) Stop(ctx context.Context) error {
	r.stopping.Store(true)
	err := r.stop(ctx)
	if r.end != nil {
		r.end()
		r.loops.Wait()
	}
	return errors.Join(err, r.process.Leave(context.WithoutCancel(ctx)))
}

func (r *Runner) stop(ctx context.Context) error {
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

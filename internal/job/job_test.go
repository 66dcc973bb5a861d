package job_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/internal/job"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/testkit"
	"github.com/dramac-main/dramac-cms/testkit/postgres"
)

var quiet = slog.New(slog.DiscardHandler)

// config is that of a process of its own.
func config(t testing.TB, db *pg.DB, jobs ...job.Periodic) job.Config {
	t.Helper()
	process, err := db.NewProcess(job.Workers)
	if err != nil {
		t.Fatal(err)
	}
	return job.Config{
		DB: db, Log: quiet, Now: time.Now, Process: process, Periodic: jobs,
		Handle: func(context.Context, *job.Run) error { return nil },
	}
}

func start(t *testing.T, db *pg.DB, jobs ...job.Periodic) *job.Runner {
	t.Helper()
	began := time.Now()
	r, err := job.New(t.Context(), config(t, db, jobs...))
	if err != nil {
		t.Fatal(err)
	}
	made := time.Since(began)
	if err := r.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Logf("New %v, Start %v", made, time.Since(began)-made)
	return r
}

func stop(t *testing.T, r *job.Runner) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Second)
	defer cancel()
	if err := r.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 200 {
		if done() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("waited in vain for %s", what)
}

func TestAJobRunsOnceInAnIntervalHoweverManyProcesses(t *testing.T) {
	t.Parallel()
	db := testkit.NewDatabase(t)
	var runs atomic.Int32
	count := job.Periodic{Name: "count", Every: 24 * time.Hour, Run: func(context.Context) error {
		runs.Add(1)
		return nil
	}}
	first, second := start(t, db, count), start(t, db, count)
	waitFor(t, "the first run", func() bool { return runs.Load() > 0 })
	stop(t, first)
	stop(t, second)
	third := start(t, db, count)
	time.Sleep(500 * time.Millisecond)
	stop(t, third)
	if n := runs.Load(); n != 1 {
		t.Errorf("the job ran %d times in one interval, want once", n)
	}
}

func TestAFailedJobIsKeptForAnotherTry(t *testing.T) {
	t.Parallel()
	db := testkit.NewDatabase(t)
	r := start(t, db, job.Periodic{Name: "flaky", Every: 24 * time.Hour, Run: func(context.Context) error {
		return errors.New("not yet")
	}})
	var state string
	var attempt int
	waitFor(t, "the failure", func() bool {
		err := db.Pool().QueryRow(t.Context(), `
			select state::text, attempt from river.river_job where cardinality(errors) > 0`).Scan(&state, &attempt)
		return err == nil
	})
	stop(t, r)
	if attempt != 1 || state != "retryable" && state != "available" {
		t.Errorf("after a failure the job is %s after attempt %d", state, attempt)
	}
}

func TestStopDoesNotWaitForeverForAJob(t *testing.T) {
	t.Parallel()
	db := testkit.NewDatabase(t)
	running := make(chan struct{})
	r := start(t, db, job.Periodic{Name: "endless", Every: 24 * time.Hour, Run: func(ctx context.Context) error {
		close(running)
		<-ctx.Done()
		return ctx.Err()
	}})
	<-running
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := r.Stop(ctx); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("Stop took %v", took)
	}
}

// TestMigratingWaitsForAnotherServer lets another server migrate for longer
// than a connection of the pool would wait for it.
func TestMigratingWaitsForAnotherServer(t *testing.T) {
	t.Parallel()
	db, err := pg.Open(t.Context(), pg.Options{DSN: postgres.EmptyDatabase(t) + "&lock_timeout=50ms", MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Pool().Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Exec(t.Context(), `select pg_advisory_lock(7248301002)`); err != nil {
		t.Fatal(err)
	}
	made := make(chan error, 1)
	go func() {
		_, err := job.New(t.Context(), config(t, db))
		made <- err
	}()
	select {
	case err := <-made:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(500 * time.Millisecond):
	}
	if _, err := conn.Exec(t.Context(), `select pg_advisory_unlock(7248301002)`); err != nil {
		t.Fatal(err)
	}
	if err := <-made; err != nil {
		t.Fatal(err)
	}
}

func TestJobsAreChecked(t *testing.T) {
	t.Parallel()
	work := func(context.Context) error { return nil }
	for name, jobs := range map[string][]job.Periodic{
		"no name":     {{Every: time.Hour, Run: work}},
		"bad name":    {{Name: "No name!", Every: time.Hour, Run: work}},
		"no interval": {{Name: "work", Run: work}},
		"no work":     {{Name: "work", Every: time.Hour}},
		"one twice":   {{Name: "work", Every: time.Hour, Run: work}, {Name: "work", Every: time.Minute, Run: work}},
	} {
		if _, err := job.New(t.Context(), job.Config{Periodic: jobs}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

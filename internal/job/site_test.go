package job_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/job"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/testkit"
)

// clock is a process's clock, which tests turn.
type clock struct{ offset atomic.Int64 }

func (c *clock) Now() time.Time      { return time.Now().Add(time.Duration(c.offset.Load())) }
func (c *clock) Add(d time.Duration) { c.offset.Add(int64(d)) }

// runner starts a process that does jobs of sites.
func runner(t *testing.T, db *pg.DB, now func() time.Time, handle func(context.Context, *job.Run) error) *job.Runner {
	t.Helper()
	c := config(t, db)
	c.Now, c.Handle = now, handle
	r, err := job.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	return r
}

func enter(t *testing.T, db *pg.DB, r *job.Runner, jobs ...job.Job) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx pgx.Tx) error {
		for _, j := range jobs {
			if err := r.Enter(t.Context(), tx, j); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAJobOfASiteRunsWhenItIsDueAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	db := testkit.NewDatabase(t)
	var c clock
	var runs atomic.Int32
	var broken atomic.Bool
	broken.Store(true)
	r := runner(t, db, c.Now, func(_ context.Context, run *job.Run) error {
		runs.Add(1)
		if broken.Load() {
			return errors.New("not yet")
		}
		return nil
	})
	defer stop(t, r)
	site := uuid.New()
	enter(t, db, r, job.Job{Site: site, Module: "00000001", Name: "job.score", DueAt: c.Now().Add(time.Hour), Attempts: 2})
	time.Sleep(700 * time.Millisecond)
	if n := runs.Load(); n != 0 {
		t.Fatalf("an hour early it ran %d times", n)
	}
	listed := func(s job.State, want int) []job.Entry {
		t.Helper()
		list, err := job.List(t.Context(), db.Pool(), site, s, 0, 10)
		if err != nil || len(list) != want {
			t.Errorf("%s: %+v, %v", s, list, err)
		}
		return list
	}
	listed(job.Scheduled, 1)
	c.Add(time.Hour)
	waitFor(t, "the first attempt", func() bool { return runs.Load() == 1 })
	waitFor(t, "its end", func() bool {
		list, err := job.List(t.Context(), db.Pool(), site, job.Failing, 0, 10)
		return err == nil && len(list) == 1 && list[0].Error == "not yet"
	})
	c.Add(time.Minute)
	waitFor(t, "the last attempt", func() bool {
		list, err := job.List(t.Context(), db.Pool(), site, job.Dead, 0, 10)
		return err == nil && len(list) == 1
	})
	c.Add(24 * time.Hour)
	time.Sleep(700 * time.Millisecond)
	dead := listed(job.Dead, 1)
	if n := runs.Load(); n != 2 || dead[0].Attempts != 2 || dead[0].Name != "job.score" {
		t.Errorf("%d runs, %+v", n, dead)
	}
	broken.Store(false)
	again := func(of uuid.UUID) error {
		return db.Tx(t.Context(), func(tx pgx.Tx) error { return job.TryAgain(t.Context(), tx, of, dead[0].ID, c.Now()) })
	}
	if err := again(uuid.New()); err == nil {
		t.Error("another site's job is tried again")
	}
	if err := again(site); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the run after trying again", func() bool { return runs.Load() == 3 })
	waitFor(t, "its end", func() bool {
		list, err := job.List(t.Context(), db.Pool(), site, job.Running, 0, 10)
		return err == nil && len(list) == 0
	})
	listed(job.Dead, 0)
	listed(job.Failing, 0)
}

func TestAJobIsThereOnlyIfItsCauseIsCommitted(t *testing.T) {
	t.Parallel()
	db := testkit.NewDatabase(t)
	var runs atomic.Int32
	r := runner(t, db, time.Now, func(context.Context, *job.Run) error { runs.Add(1); return nil })
	defer stop(t, r)
	undone := errors.New("undone")
	err := db.Tx(t.Context(), func(tx pgx.Tx) error {
		return errors.Join(r.Enter(t.Context(), tx, job.Job{Site: uuid.New(), Module: "00000001", Name: "a"}), undone)
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	enter(t, db, r, job.Job{Site: uuid.New(), Module: "00000001", Name: "b"})
	waitFor(t, "the job", func() bool { return runs.Load() > 0 })
	time.Sleep(700 * time.Millisecond)
	if n := runs.Load(); n != 1 {
		t.Errorf("%d jobs ran", n)
	}
}

func TestNoSiteHasMoreThanHalfOfTheWorkers(t *testing.T) {
	t.Parallel()
	db := testkit.NewDatabase(t)
	busy, calm := uuid.New(), uuid.New()
	hold, started := make(chan struct{}), make(chan uuid.UUID, 64)
	work := func(_ context.Context, run *job.Run) error {
		started <- run.Site
		<-hold
		return nil
	}
	first, second := runner(t, db, time.Now, work), runner(t, db, time.Now, work)
	for range 30 {
		enter(t, db, first, job.Job{Site: busy, Module: "00000001", Name: "flood"})
	}
	waitFor(t, "half of the workers", func() bool { return len(started) == job.Workers })
	time.Sleep(time.Second)
	if n := len(started); n != job.Workers {
		t.Errorf("the only site has %d of %d workers", n, 2*job.Workers)
	}
	for range job.Workers {
		<-started
	}
	enter(t, db, second, job.Job{Site: calm, Module: "00000001", Name: "one"})
	select {
	case site := <-started:
		if site != calm {
			t.Error("the busy site got one more")
		}
	case <-time.After(10 * time.Second):
		t.Error("the calm site waits behind the busy one")
	}
	close(hold)
	stop(t, first)
	stop(t, second)
}

// TestAJobOfADeadProcessHasItsEffectOnce lets a process hang until others take
// it for dead, and come to itself after another has done the job.
func TestAJobOfADeadProcessHasItsEffectOnce(t *testing.T) {
	t.Parallel()
	db := testkit.NewDatabase(t)
	if _, err := db.Pool().Exec(t.Context(), `create table public.effect (n int)`); err != nil {
		t.Fatal(err)
	}
	hold, entered := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var late error
	done := make(chan struct{})
	effect := func(ctx context.Context, run *job.Run) error {
		return db.Tx(ctx, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `insert into public.effect values (1)`); err != nil {
				return err
			}
			return run.Settle(ctx, tx)
		})
	}
	work := func(ctx context.Context, run *job.Run) error {
		first := false
		once.Do(func() { first = true })
		if !first {
			return effect(ctx, run)
		}
		close(entered)
		<-hold
		late = effect(context.WithoutCancel(ctx), run)
		close(done)
		return late
	}
	hung := runner(t, db, time.Now, work)
	enter(t, db, hung, job.Job{Site: uuid.New(), Module: "00000001", Name: "once"})
	<-entered
	if _, err := db.Pool().Exec(t.Context(), `update platform.process set seen_at = now() - interval '1 hour'`); err != nil {
		t.Fatal(err)
	}
	other := runner(t, db, time.Now, work)
	waitFor(t, "the effect", func() bool {
		var n int
		return db.Pool().QueryRow(t.Context(), `select count(*) from public.effect`).Scan(&n) == nil && n > 0
	})
	close(hold)
	<-done
	if !errors.Is(late, job.ErrLost) {
		t.Errorf("the hung process could still settle: %v", late)
	}
	stop(t, hung)
	stop(t, other)
	var n, left int
	err := db.Pool().QueryRow(t.Context(), `select (select count(*) from public.effect), (select count(*) from river.river_job where kind = 'site' and state <> 'completed')`).Scan(&n, &left)
	if err != nil || n != 1 || left != 0 {
		t.Errorf("%d effects, %d jobs not completed, %v", n, left, err)
	}
}

func TestManyJobsOnTwoProcessesEachHappenOnce(t *testing.T) {
	t.Parallel()
	db := testkit.NewDatabase(t)
	if _, err := db.Pool().Exec(t.Context(), `create table public.effect (name text primary key)`); err != nil {
		t.Fatal(err)
	}
	work := func(ctx context.Context, run *job.Run) error {
		return db.Tx(ctx, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `insert into public.effect values ($1)`, run.Name); err != nil {
				return err
			}
			return run.Settle(ctx, tx)
		})
	}
	first, second := runner(t, db, time.Now, work), runner(t, db, time.Now, work)
	var jobs []job.Job
	for i := range 100 {
		jobs = append(jobs, job.Job{Site: uuid.New(), Module: "00000001", Name: fmt.Sprint(i)})
	}
	enter(t, db, first, jobs...)
	waitFor(t, "all effects", func() bool {
		var n int
		return db.Pool().QueryRow(t.Context(), `select count(*) from public.effect`).Scan(&n) == nil && n == len(jobs)
	})
	stop(t, first)
	stop(t, second)
}

package outbox_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/job"
	"github.com/dramac-main/dramac-cms/internal/outbox"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/testkit/postgres"
)

// workOn makes the test program a process that works off jobs and events of
// the database until it is killed.
var workOn = flag.String("work-on", "", "address of a database to work on")

func TestMain(m *testing.M) {
	flag.Parse()
	if *workOn != "" {
		if err := workUntilKilled(context.Background(), *workOn); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// effect does what an event or a job is for: a row, in the transaction that
// settles it. A name that is there already breaks the primary key.
func effect(ctx context.Context, db *pg.DB, name string, settle func(context.Context, pgx.Tx) error) error {
	return db.Tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `insert into public.effect (name) values ($1)`, name); err != nil {
			return err
		}
		return settle(ctx, tx)
	})
}

func workUntilKilled(ctx context.Context, dsn string) error {
	db, err := pg.Open(ctx, pg.Options{DSN: dsn, MaxConns: 12})
	if err != nil {
		return err
	}
	process, err := db.NewProcess(job.Workers)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	runner, err := job.New(ctx, job.Config{DB: db, Log: log, Now: time.Now, Process: process, Handle: func(ctx context.Context, r *job.Run) error {
		return effect(ctx, db, r.Name, r.Settle)
	}})
	if err != nil {
		return err
	}
	dispatcher, err := outbox.New(outbox.Config{DB: db, Log: log, Now: time.Now, Process: process, Subscriptions: []outbox.Subscription{{
		Name: "effects", Pattern: "*", Backlog: true,
		Handle: func(ctx context.Context, d *outbox.Delivery) error { return effect(ctx, db, d.Name, d.Settle) },
	}}})
	if err != nil {
		return err
	}
	if err := runner.Start(ctx); err != nil {
		return err
	}
	if err := dispatcher.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// TestKilledProcessesLoseNothing runs two processes beside each other and kills
// one of them again and again, while 2,000 events and 200 jobs come in. Each has
// its effect, once, and each record's events have theirs in order.
func TestKilledProcessesLoseNothing(t *testing.T) {
	t.Parallel()
	const events, jobs, records, kills = 2000, 200, 40, 4
	dsn := postgres.EmptyDatabase(t)
	db, err := pg.Open(t.Context(), pg.Options{DSN: dsn, MaxConns: 6})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if _, err := db.Pool().Exec(t.Context(), `create table public.effect (n bigint generated always as identity, name text primary key)`); err != nil {
		t.Fatal(err)
	}
	begin := func() *exec.Cmd {
		program := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], "-work-on="+dsn)
		program.Stderr = os.Stderr
		if err := program.Start(); err != nil {
			t.Fatal(err)
		}
		return program
	}
	working := []*exec.Cmd{begin(), begin()}
	kill := func(n int) {
		_ = working[n].Process.Kill() // SIGKILL
		_ = working[n].Wait()
	}
	defer func() {
		for n := range working {
			kill(n)
		}
	}()

	process, err := db.NewProcess(0)
	if err != nil {
		t.Fatal(err)
	}
	runner, err := job.New(t.Context(), job.Config{
		DB: db, Log: slog.New(slog.DiscardHandler), Now: time.Now, Process: process,
		Handle: func(context.Context, *job.Run) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	w := world{TB: t, db: db}
	sites := []uuid.UUID{uuid.New(), uuid.New(), uuid.New(), uuid.New()}
	ids := make([]uuid.UUID, records)
	for i := range ids {
		ids[i] = uuid.New()
	}
	for i := range events {
		w.emit(db.Pool(), sites[i%len(sites)], ids[i%records], fmt.Sprintf("e%02d_%05d", i%records, i))
		if i%(events/jobs) == 0 {
			err := db.Tx(t.Context(), func(tx pgx.Tx) error {
				return runner.Enter(t.Context(), tx, job.Job{Site: sites[rand.IntN(len(sites))], Module: "00000001", Name: fmt.Sprintf("job%05d", i)})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if i%(events/kills) == events/kills/2 {
			n := rand.IntN(len(working))
			kill(n)
			working[n] = begin()
		}
	}
	done := 0
	for range 1200 {
		if err := db.Pool().QueryRow(t.Context(), `select count(*) from public.effect`).Scan(&done); err != nil {
			t.Fatal(err)
		}
		if done == events+jobs {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	var disorder, dead int
	err = db.Pool().QueryRow(t.Context(), `
		select (select count(*) from (select n, lag(n) over (partition by substr(name, 1, 3) order by name) as before
		          from public.effect where name like 'e%') x where n < before),
		       (select count(*) from platform.delivery where state = 'dead') + (select count(*) from river.river_job where state = 'discarded')`).
		Scan(&disorder, &dead)
	if err != nil || done != events+jobs || disorder != 0 || dead != 0 {
		t.Errorf("%d effects of %d, %d out of order, %d given up: %v", done, events+jobs, disorder, dead, err)
	}
}

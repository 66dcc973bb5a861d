package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/outbox"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/testkit/postgres"
)

// clock is a process's clock, which tests turn.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a database of the test's own with a clock.
type world struct {
	testing.TB
	db *pg.DB
	*clock
}

func newWorld(t testing.TB) world {
	t.Helper()
	return world{t, postgres.NewDatabase(t), &clock{now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}}
}

// dispatcher makes a dispatcher of a process of its own.
func (w world) dispatcher(subscriptions ...outbox.Subscription) *outbox.Dispatcher {
	w.Helper()
	process, err := w.db.NewProcess(4)
	if err != nil {
		w.Fatal(err)
	}
	if err := process.Beat(w.Context()); err != nil {
		w.Fatal(err)
	}
	d, err := outbox.New(outbox.Config{
		DB: w.db, Log: slog.New(slog.DiscardHandler), Now: w.Now, Process: process, Subscriptions: subscriptions, Attempts: 3,
	})
	if err != nil {
		w.Fatal(err)
	}
	if err := d.Prepare(w.Context()); err != nil {
		w.Fatal(err)
	}
	return d
}

// turn routes and delivers all there is.
func (w world) turn(d *outbox.Dispatcher) {
	w.Helper()
	if _, err := d.Route(w.Context()); err != nil {
		w.Fatal(err)
	}
	if err := d.Deliver(w.Context()); err != nil {
		w.Fatal(err)
	}
}

// emit writes an event in an open transaction, or in one of its own.
func (w world) emit(q pg.Querier, site, record uuid.UUID, name string) {
	w.Helper()
	_, err := q.Exec(w.Context(), `insert into platform.event (site_id, module, collection, record, name, actor_kind)
		values ($1, '00000001', 'deal', $2, $3, 'system')`, site, record, name)
	if err != nil {
		w.Fatal(err)
	}
}

// notes collects what a handler saw; safe for concurrent use.
type notes struct {
	mu   sync.Mutex
	list []string
}

func (n *notes) add(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, text)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return fmt.Sprint(n.list)
}

func (n *notes) handle(_ context.Context, d *outbox.Delivery) error {
	n.add(d.Name)
	return nil
}

func TestALateCommitIsNotSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var seen notes
	d := w.dispatcher(outbox.Subscription{Name: "test", Pattern: "*", Handle: seen.handle})
	site := uuid.New()
	late, err := w.db.Pool().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.emit(late, site, uuid.New(), "late")
	w.emit(w.db.Pool(), site, uuid.New(), "early")
	w.turn(d)
	if got := seen.String(); got != "[]" {
		t.Errorf("while a transaction is open that began before, %s is delivered", got)
	}
	if err := late.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.emit(w.db.Pool(), site, uuid.New(), "after")
	w.turn(d)
	if got := seen.String(); got != "[late early after]" {
		t.Errorf("delivered %s", got)
	}
	w.turn(d)
	if got := seen.String(); got != "[late early after]" {
		t.Errorf("delivered again: %s", got)
	}
}

// TestARecordsOrderIsThatOfItsWrites lets a transaction that began first write a
// record last, while a third one holds the log up between the two.
func TestARecordsOrderIsThatOfItsWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var seen notes
	d := w.dispatcher(outbox.Subscription{Name: "test", Pattern: "*", Handle: seen.handle})
	site, record := uuid.New(), uuid.New()
	begin := func() pgx.Tx {
		tx, err := w.db.Pool().Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), `select pg_current_xact_id()`); err != nil {
			t.Fatal(err)
		}
		return tx
	}
	end := func(tx pgx.Tx) {
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	first, between, second := begin(), begin(), begin()
	w.emit(second, site, record, "one")
	end(second)
	w.emit(first, site, record, "two")
	end(first)
	w.turn(d)
	if got := seen.String(); got != "[one two]" {
		t.Errorf("delivered %s", got)
	}
	end(between)
	w.emit(w.db.Pool(), site, record, "three")
	w.turn(d)
	if got := seen.String(); got != "[one two three]" {
		t.Errorf("delivered %s", got)
	}
}

func TestAFailedDeliveryIsTriedAgainAndThenADeadLetter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var seen notes
	broken := true
	d := w.dispatcher(outbox.Subscription{Name: "test", Pattern: "*", Handle: func(ctx context.Context, e *outbox.Delivery) error {
		_ = seen.handle(ctx, e)
		if broken && e.Name == "bad" {
			return errors.New("it does not work")
		}
		return nil
	}})
	site, record := uuid.New(), uuid.New()
	for _, name := range []string{"bad", "next"} {
		w.emit(w.db.Pool(), site, record, name)
	}
	w.emit(w.db.Pool(), site, uuid.New(), "other")
	w.turn(d)
	w.turn(d)
	if got := seen.String(); got != "[bad other]" {
		t.Errorf("before the pause: %s", got)
	}
	w.Add(6 * time.Second)
	w.turn(d)
	w.Add(16 * time.Second)
	w.turn(d)
	if got := seen.String(); got != "[bad other bad bad next]" {
		t.Errorf("the third attempt is the last, and what waited behind it comes: %s", got)
	}
	dead, err := outbox.Dead(t.Context(), w.db.Pool(), site, "", 10)
	if err != nil || len(dead) != 1 || dead[0].Error != "it does not work" || dead[0].Attempts != 3 {
		t.Fatalf("dead letters: %+v %v", dead, err)
	}
	broken = false
	for range 2 { // a second click changes nothing
		_ = w.db.Tx(t.Context(), func(tx pgx.Tx) error { return outbox.TryAgain(t.Context(), tx, site, dead[0].Key(), w.Now()) })
	}
	w.turn(d)
	if got := seen.String(); got != "[bad other bad bad next bad]" {
		t.Errorf("after trying again: %s", got)
	}
	if dead, err = outbox.Dead(t.Context(), w.db.Pool(), site, "", 10); err != nil || len(dead) > 0 {
		t.Errorf("dead letters: %+v %v", dead, err)
	}
}

// TestOneSitesTroubleStopsNobodyElse has a site of which it cannot be told for a
// while who gets its events.
func TestOneSitesTroubleStopsNobodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var seen notes
	bad, good, record := uuid.New(), uuid.New(), uuid.New()
	broken := true
	d := w.dispatcher(outbox.Subscription{Name: "test", Pattern: "*", Handle: seen.handle, Targets: func(context.Context) (outbox.Targets, error) {
		return func(_ context.Context, e outbox.Event) ([]string, error) {
			if broken && e.Site == bad {
				return nil, errors.New("nobody knows")
			}
			return []string{"one", "two"}, nil
		}, nil
	}})
	w.emit(w.db.Pool(), bad, record, "first")
	w.emit(w.db.Pool(), good, uuid.New(), "other")
	w.turn(d)
	if got := seen.String(); got != "[other other]" {
		t.Errorf("of the other site: %s", got)
	}
	failing, err := outbox.Failing(t.Context(), w.db.Pool(), bad, 10)
	if err != nil || len(failing) != 1 || failing[0].Error != "nobody knows" {
		t.Errorf("what is tried again: %+v %v", failing, err)
	}
	broken = false
	w.emit(w.db.Pool(), bad, record, "second") // may not overtake the first
	w.emit(w.db.Pool(), bad, uuid.New(), "third")
	w.turn(d)
	if got := seen.String(); got != "[other other third third]" {
		t.Errorf("before the pause: %s", got)
	}
	w.Add(6 * time.Second)
	w.turn(d)
	if got := seen.String(); got != "[other other third third first first second second]" {
		t.Errorf("after the pause: %s", got)
	}
}

// TestProcessesShareTheWork runs three dispatchers over many events of few
// records, with handlers that fail now and then. Every effect
// is there once, and each record's in order.
func TestProcessesShareTheWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.db.Pool().Exec(t.Context(), `create table public.effect (n bigint generated always as identity, record uuid, name text, unique (record, name))`); err != nil {
		t.Fatal(err)
	}
	s := outbox.Subscription{Name: "test", Pattern: "*", Handle: func(ctx context.Context, d *outbox.Delivery) error {
		if d.Attempt == 1 && d.Seq%7 == 0 {
			return errors.New("not yet")
		}
		return w.db.Tx(ctx, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `insert into public.effect (record, name) values ($1, $2)`, d.Record, d.Name); err != nil {
				return err
			}
			return d.Settle(ctx, tx)
		})
	}}
	const records, each = 12, 20
	var all []*outbox.Dispatcher
	for range 3 {
		d := w.dispatcher(s)
		if err := d.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	site := uuid.New()
	var writing sync.WaitGroup
	for range records {
		writing.Go(func() {
			record := uuid.New()
			for i := range each {
				w.emit(w.db.Pool(), site, record, fmt.Sprintf("e%03d", i))
			}
		})
	}
	writing.Wait()
	for range 600 {
		w.Add(time.Second)
		var done int
		if err := w.db.Pool().QueryRow(t.Context(), `select count(*) from public.effect`).Scan(&done); err != nil {
			t.Fatal(err)
		}
		if done == records*each {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	for _, d := range all {
		if err := d.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
	var done, disorder, left int
	err := w.db.Pool().QueryRow(t.Context(), `
		select (select count(*) from public.effect),
		       (select count(*) from public.effect a join public.effect b on a.record = b.record and a.n < b.n and a.name > b.name),
		       (select count(*) from platform.delivery where state <> 'done' or held_by is not null)`).Scan(&done, &disorder, &left)
	if err != nil || done != records*each || disorder != 0 || left != 0 {
		t.Errorf("%d effects of %d, %d out of order, %d not done: %v", done, records*each, disorder, left, err)
	}
}

func TestNoSiteTakesMoreThanHalf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hold, started := make(chan struct{}), make(chan uuid.UUID, 16)
	d := w.dispatcher(outbox.Subscription{Name: "test", Pattern: "*", Handle: func(_ context.Context, d *outbox.Delivery) error {
		started <- d.Site
		<-hold
		return nil
	}})
	busy, calm := uuid.New(), uuid.New()
	for range 20 {
		w.emit(w.db.Pool(), busy, uuid.New(), "flood")
	}
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	first, second := <-started, <-started
	time.Sleep(300 * time.Millisecond)
	if first != busy || second != busy || len(started) != 0 {
		t.Errorf("of four workers the only site holds %d more than two", len(started))
	}
	w.emit(w.db.Pool(), calm, uuid.New(), "one")
	select {
	case third := <-started:
		if third != calm {
			t.Error("the busy site got more than half")
		}
	case <-time.After(10 * time.Second):
		t.Error("the calm site waits behind the busy one")
	}
	close(hold)
	if err := d.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestWhatADeadProcessHeldIsDoneByAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	site := uuid.New()
	entered := make(chan struct{})
	var settling error
	hung := w.dispatcher(outbox.Subscription{Name: "test", Pattern: "*", Handle: func(ctx context.Context, d *outbox.Delivery) error {
		close(entered)
		<-ctx.Done()
		settling = w.db.Tx(context.WithoutCancel(ctx), func(tx pgx.Tx) error { return d.Settle(context.WithoutCancel(ctx), tx) })
		return settling
	}})
	w.emit(w.db.Pool(), site, uuid.New(), "once")
	if err := hung.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-entered
	// It shows itself no more.
	if _, err := w.db.Pool().Exec(t.Context(), `update platform.process set seen_at = now() - interval '1 minute'`); err != nil {
		t.Fatal(err)
	}
	var seen notes
	other := w.dispatcher(outbox.Subscription{Name: "test", Pattern: "*", Handle: seen.handle})
	if err := other.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := 0; seen.String() == "[]" && i < 200; i++ {
		time.Sleep(50 * time.Millisecond)
	}
	if err := other.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if got := seen.String(); got != "[once]" {
		t.Errorf("the other process did %s", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := hung.Stop(ended); err != nil {
		t.Error(err)
	}
	if !errors.Is(settling, outbox.ErrLost) {
		t.Errorf("the first process could still settle: %v", settling)
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		pattern, name string
		matches       bool
	}{
		{"crm.deal.won", "crm.deal.won", true},
		{"crm.deal.won", "crm.deal.lost", false},
		{"crm.deal.won", "crm.deal", false},
		{"crm.deal", "crm.deal.won", false},
		{"crm.*", "crm.deal.won", true},
		{"crm.*", "crm.synced", true},
		{"crm.*", "crmx.deal.won", false},
		{"crm.*.won", "crm.deal.won", true},
		{"crm.*.won", "crm.deal.lost", false},
		{"*.*.deleted", "crm.deal.deleted", true},
		{"*.*.deleted", "crm.deleted", false},
		{"*", "crm.deal.won", true},
		{"", "crm.deal.won", false},
	} {
		if got := outbox.Matches(row.pattern, row.name); got != row.matches {
			t.Errorf("%q means %q: %v", row.pattern, row.name, got)
		}
	}
}

package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

const (
	// poll is how often the log is looked at, and so how late an event is at most.
	poll = 500 * time.Millisecond
	// longest is how long a handler may take for one event.
	longest = 5 * time.Minute
	// handlers is how many deliveries one process works on at a time.
	handlers = 4
	// kept is how long it is remembered what was delivered.
	kept = 30 * 24 * time.Hour
)

// Config says what a dispatcher works with.
type Config struct {
	DB  *pg.DB
	Log *slog.Logger
	Now func() time.Time
	// Process is who holds what is being worked on. It must show itself.
	Process *pg.Process
	// Subscriptions are all that this program knows.
	Subscriptions []Subscription
	// Attempts is how often a delivery is tried; zero is Attempts.
	Attempts int
}

// Dispatcher reads the log and delivers. Any number of processes may run one
// each over the same database.
type Dispatcher struct {
	db       *pg.DB
	log      *slog.Logger
	now      func() time.Time
	process  *pg.Process
	list     []Subscription
	byName   map[string]Subscription
	attempts int

	mu      sync.Mutex
	modules map[string]string // manifest id by short id

	wake    chan struct{}
	stop    context.CancelFunc // stops taking
	cut     context.CancelFunc // cancels what runs
	running sync.WaitGroup
}

// New returns a dispatcher that does not work yet.
func New(c Config) (*Dispatcher, error) {
	d := &Dispatcher{
		db: c.DB, log: c.Log, now: c.Now, process: c.Process, list: c.Subscriptions, byName: map[string]Subscription{},
		attempts: c.Attempts, modules: map[string]string{}, wake: make(chan struct{}, 1),
	}
	if d.attempts == 0 {
		d.attempts = Attempts
	}
	for _, s := range c.Subscriptions {
		if s.Name == "" || strings.ContainsAny(s.Name, ".?") || s.Pattern == "" || s.Handle == nil {
			return nil, fmt.Errorf("subscription %q needs a name without points and question marks, a pattern and a handler", s.Name)
		}
		if _, ok := d.byName[s.Name]; ok {
			return nil, fmt.Errorf("there are two subscriptions %q", s.Name)
		}
		d.byName[s.Name] = s
		if s.Targets != nil {
			waiting := Subscription{Name: unaddressed(s.Name), Handle: d.address(s)}
			d.byName[waiting.Name] = waiting
		}
	}
	return d, nil
}

// Prepare gives every subscription that is new its place in the log. From then
// on nothing escapes it.
func (d *Dispatcher) Prepare(ctx context.Context) error {
	for _, s := range d.list {
		_, err := d.db.Pool().Exec(ctx, `insert into platform.subscription (name, xid, seq)
			values ($1, case when $2 then '0'::xid8 else (`+horizonSQL+`) end, 0) on conflict do nothing`, s.Name, s.Backlog)
		if err != nil {
			return fmt.Errorf("make the subscription %s: %w", s.Name, pg.Translate(err))
		}
	}
	return nil
}

// Start begins to work and returns at once.
func (d *Dispatcher) Start(ctx context.Context) error {
	if err := d.Prepare(ctx); err != nil {
		return err
	}
	running, cut := context.WithCancel(context.WithoutCancel(ctx))
	taking, stop := context.WithCancel(running)
	d.cut, d.stop = cut, stop
	d.running.Go(func() { d.routeAlways(taking) })
	d.running.Go(func() { d.deliverAlways(taking, running) })
	d.running.Go(func() { d.rescueAlways(taking) })
	return nil
}

// Stop takes nothing more and waits for what runs. When ctx is done first, that
// is cancelled and will be delivered again.
func (d *Dispatcher) Stop(ctx context.Context) error {
	if d.stop == nil {
		return nil
	}
	d.stop()
	ended := make(chan struct{})
	go func() {
		d.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		d.cut()
		<-ended
	}
	d.cut()
	return nil
}

// routeAlways routes whatever appears in the log.
func (d *Dispatcher) routeAlways(ctx context.Context) {
	for ctx.Err() == nil {
		found, err := d.Route(ctx)
		if err != nil && ctx.Err() == nil {
			d.log.ErrorContext(ctx, "events are not routed", "error", err)
		}
		if found > 0 {
			d.rouse()
		}
		if found < window {
			rest(ctx, poll, nil)
		}
	}
}

// Route reads one window for each subscription and returns the largest.
func (d *Dispatcher) Route(ctx context.Context) (int, error) {
	found := 0
	var failed []error
	for _, s := range d.list {
		n, err := d.route(ctx, s)
		if err != nil {
			failed = append(failed, err)
		}
		found = max(found, n)
	}
	return found, errors.Join(failed...)
}

// deliverAlways works on what is due, so many at a time.
func (d *Dispatcher) deliverAlways(taking, running context.Context) {
	free := make(chan struct{}, handlers)
	var working sync.WaitGroup
	defer working.Wait()
	for taking.Err() == nil {
		list, err := d.claim(taking, handlers-len(free))
		if err != nil && taking.Err() == nil {
			d.log.ErrorContext(taking, "deliveries are not taken", "error", err)
		}
		for _, c := range list {
			free <- struct{}{}
			working.Go(func() {
				d.work(running, c)
				<-free
				d.rouse()
			})
		}
		if len(list) == 0 || len(free) == handlers {
			rest(taking, poll, d.wake)
		}
	}
}

// rescueAlways takes from dead processes what they held.
func (d *Dispatcher) rescueAlways(ctx context.Context) {
	for ctx.Err() == nil {
		if err := d.rescue(ctx); err != nil && ctx.Err() == nil {
			d.log.ErrorContext(ctx, "what dead processes held is not taken", "error", err)
		}
		rest(ctx, pg.Seen/3, nil)
	}
}

// Deliver works on what is due until nothing is, in the caller's goroutine.
func (d *Dispatcher) Deliver(ctx context.Context) error {
	for {
		list, err := d.claim(ctx, handlers)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, c := range list {
			d.work(ctx, c)
		}
	}
}

// rouse lets the deliverer look again at once.
func (d *Dispatcher) rouse() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// rest waits for the time, the end or a signal.
func rest(ctx context.Context, wait time.Duration, signal <-chan struct{}) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-signal:
	}
}

// names are the subscriptions that this program knows; those of another
// release are left to its processes.
func (d *Dispatcher) names() []string {
	return slices.Sorted(maps.Keys(d.byName))
}

// Forget removes what was delivered so long ago that it cannot come again.
func Forget(ctx context.Context, q pg.Querier, now time.Time) error {
	_, err := q.Exec(ctx, `delete from platform.delivery where state in ('done', 'dropped') and ended_at < $1`, now.Add(-kept))
	return pg.Translate(err)
}

package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Attempts is how often a delivery is tried before it is a dead letter. With
// the pauses between them that is more than a day.
const Attempts = 12

// pause is how long to wait after an attempt that failed: 5 s, three times as
// long each time, 6 h at most.
func pause(attempt int) time.Duration {
	wait := 5 * time.Second
	for range min(attempt, 10) - 1 {
		wait *= 3
	}
	return min(wait, 6*time.Hour)
}

// claimed is a delivery that this process holds.
type claimed struct {
	Site         uuid.UUID
	Subscription string
	Target       string
	Event        uuid.UUID
	Name         string
	At           time.Time
	Seq          int64
	Record       uuid.UUID
	Change       bool
	Attempts     int
	Turn         int64 // of its site
	DueAt        time.Time
}

// claim takes up to so many deliveries that are due. Sites take turns, and none
// gets more than its share of all workers; those that rest get nothing. What
// waits behind an earlier event of its record is not due.
func (d *Dispatcher) claim(ctx context.Context, most int) ([]claimed, error) {
	var list []claimed
	err := d.db.Tx(ctx, func(tx pgx.Tx) error {
		all, err := pg.Workers(ctx, tx)
		if err != nil {
			return err
		}
		list, err = pg.All[claimed](ctx, tx, `
			with recursive sites as (
				(select site_id from platform.delivery where state = 'waiting' and held_by is null order by site_id limit 1)
				union all
				select (select n.site_id from platform.delivery n
				        where n.state = 'waiting' and n.held_by is null and n.site_id > s.site_id order by n.site_id limit 1)
				from sites s where s.site_id is not null
			), due as (
				select x.*, row_number() over (partition by x.site_id order by x.due_at, x.seq) as turn
				from sites s
				cross join lateral (select count(*) as n from platform.delivery h where h.site_id = s.site_id and h.held_by is not null) held
				cross join lateral (
					select w.site_id, w.subscription, w.target, w.event, w.due_at, w.seq from platform.delivery w
					where w.site_id = s.site_id and w.state = 'waiting' and w.held_by is null and w.due_at <= $1
					  and w.subscription = any ($2)
					  and not exists (select from platform.delivery e where e.site_id = w.site_id and e.subscription = w.subscription
					                  and e.target = w.target and e.record = w.record and e.state = 'waiting' and e.seq < w.seq)
					order by w.due_at, w.seq limit greatest($3 - held.n, 0)
				) x
				where s.site_id is not null and not exists (select from platform.resting_site r where r.site_id = s.site_id)
			), mine as (
				select w.site_id, w.subscription, w.target, w.event, q.turn from platform.delivery w
				join (select * from due order by turn, due_at, seq limit $4) q
				  on w.site_id = q.site_id and w.subscription = q.subscription and w.target = q.target and w.event = q.event
				where w.state = 'waiting' and w.held_by is null
				  -- Whom others take for dead, takes nothing more until it shows itself.
				  and exists (select from platform.process p where p.id = $5 and p.seen_at > now() - make_interval(secs => $6))
				for update of w skip locked
			)
			update platform.delivery w set held_by = $5, attempts = w.attempts + 1 from mine m
			where w.site_id = m.site_id and w.subscription = m.subscription and w.target = m.target and w.event = m.event
			returning w.site_id as site, w.subscription, w.target, w.event, w.name, w.at, w.seq, w.record, w.change, w.attempts, m.turn, w.due_at`,
			d.now(), d.names(), pg.Share(all), most, d.process.ID, pg.Seen.Seconds())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim deliveries: %w", err)
	}
	// An update returns its rows in whatever order it met them.
	slices.SortFunc(list, func(a, b claimed) int {
		return cmp.Or(cmp.Compare(a.Turn, b.Turn), a.DueAt.Compare(b.DueAt), cmp.Compare(a.Seq, b.Seq))
	})
	return list, nil
}

// work runs one delivery to its end.
func (d *Dispatcher) work(ctx context.Context, c claimed) {
	err := d.handle(ctx, c)
	if err == nil || errors.Is(err, ErrLost) {
		return
	}
	// The end of the process is no fault of the handler, nor is a site that rests.
	stopped := ctx.Err() != nil || errors.Is(err, pg.ErrResting)
	ctx = context.WithoutCancel(ctx)
	if stopped {
		err = d.release(ctx, c)
	} else {
		d.log.WarnContext(ctx, "a delivery failed", "event", c.Event, "name", c.Name, "subscriber", c.Subscription, "target", c.Target,
			"site", c.Site, "attempt", c.Attempts, "error", err)
		err = d.fail(ctx, c, err)
	}
	if err != nil {
		d.log.ErrorContext(ctx, "a delivery is not put back", "event", c.Event, "error", err)
	}
}

// handle calls the subscription's handler.
func (d *Dispatcher) handle(ctx context.Context, c claimed) (err error) {
	e, err := d.load(ctx, c)
	if err != nil {
		return err
	}
	delivery := &Delivery{
		Event: e, Subscription: c.Subscription, Target: c.Target, Attempt: c.Attempts, holder: d.process.ID, now: d.now, change: c.Change,
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the handler panicked: %v\n%s", p, debug.Stack())
		}
	}()
	if err := d.byName[c.Subscription].Handle(ctx, delivery); err != nil || delivery.settled {
		return err
	}
	return d.db.Tx(ctx, func(tx pgx.Tx) error { return delivery.Settle(ctx, tx) })
}

// load reads the event with its payload.
func (d *Dispatcher) load(ctx context.Context, c claimed) (Event, error) {
	from, payload := "platform.event", `data, previous, version`
	if c.Change {
		from, payload = "platform.changes", `after, before, coalesce(version, 1)::int`
	}
	e := Event{ID: c.Event, Site: c.Site, At: c.At, Seq: c.Seq, Record: c.Record}
	var data, previous []byte
	var request *string
	err := d.db.Pool().QueryRow(ctx, `select module::text, collection, actor, actor_kind, request, cause, depth::int, `+payload+`
		from `+from+` where site_id = $1 and record = $2 and at = $3 and seq = $4`, c.Site, c.Record, c.At, c.Seq).
		Scan(&e.Short, &e.Collection, &e.Actor, &e.ActorKind, &request, &e.Cause, &e.Depth, &data, &previous, &e.Version)
	if err != nil {
		return Event{}, fmt.Errorf("read event %s: %w", c.Event, pg.Translate(err))
	}
	if request != nil {
		e.Request = *request
	}
	if c.Change {
		e.Version = 1
	}
	if e.Module, err = d.moduleOf(ctx, d.db.Pool(), e.Short); err != nil {
		return Event{}, err
	}
	e.Name = c.Name[strings.LastIndexByte(c.Name, '.')+1:]
	if e.Data, err = decodeValues(data); err != nil {
		return Event{}, err
	}
	e.Previous, err = decodeValues(previous)
	return e, err
}

// fail puts a delivery back for another attempt, or makes it a dead letter.
func (d *Dispatcher) fail(ctx context.Context, c claimed, why error) error {
	now := d.now()
	text := why.Error()
	if len(text) > maxError {
		text = strings.ToValidUTF8(text[:maxError], "")
	}
	_, err := d.db.Pool().Exec(ctx, `
		update platform.delivery set held_by = null, error = $6, due_at = $7,
			state = case when attempts >= $8 then 'dead' else 'waiting' end, ended_at = case when attempts >= $8 then $9::timestamptz end
		where site_id = $1 and subscription = $2 and target = $3 and event = $4 and held_by = $5`,
		c.Site, c.Subscription, c.Target, c.Event, d.process.ID, strings.ReplaceAll(text, "\x00", ""), now.Add(pause(c.Attempts)), d.attempts, now)
	return pg.Translate(err)
}

// maxError is how much of an error's text is kept, in bytes.
const maxError = 4000

// release gives a delivery back untried.
func (d *Dispatcher) release(ctx context.Context, c claimed) error {
	_, err := d.db.Pool().Exec(ctx, `
		update platform.delivery set held_by = null, attempts = attempts - 1
		where site_id = $1 and subscription = $2 and target = $3 and event = $4 and held_by = $5`,
		c.Site, c.Subscription, c.Target, c.Event, d.process.ID)
	return pg.Translate(err)
}

// rescue takes from dead processes what they held.
func (d *Dispatcher) rescue(ctx context.Context) error {
	_, err := d.db.Pool().Exec(ctx, `
		update platform.delivery w set held_by = null
		where w.held_by is not null and not exists (
			select from platform.process p where p.id = w.held_by and p.seen_at > now() - make_interval(secs => $1))`, pg.Seen.Seconds())
	return pg.Translate(err)
}

package outbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// unaddressed is the subscription under which events wait of which it could not
// be told who gets them. Processes of releases that do not know it leave them
// alone.
func unaddressed(subscription string) string { return subscription + "?" }

// address finds out whom an event is for that could not be told when it was
// routed, and enters its deliveries. It fails for as long as that cannot be
// told, and so it is tried again as every delivery is.
func (d *Dispatcher) address(s Subscription) func(context.Context, *Delivery) error {
	return func(ctx context.Context, w *Delivery) error {
		name, err := s.Targets(ctx)
		if err != nil {
			return err
		}
		targets, err := name(ctx, w.Event)
		if err != nil {
			return err
		}
		return d.db.Tx(ctx, func(tx pgx.Tx) error {
			var batch pgx.Batch
			for _, target := range targets {
				enter(&batch, s.Name, target, w.Event, w.change, d.now())
			}
			if batch.Len() > 0 {
				if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
					return err
				}
			}
			return w.Settle(ctx, tx)
		})
	}
}

// enter adds a delivery. One that is beyond MaxDepth is a dead letter at once.
func enter(batch *pgx.Batch, subscription, target string, e Event, change bool, now time.Time) {
	state, why := "waiting", ""
	if e.Depth > MaxDepth {
		state, why = "dead", fmt.Sprintf("more than %d handlers set each other off", MaxDepth)
	}
	batch.Queue(`insert into platform.delivery
		(site_id, subscription, target, event, name, at, seq, record, change, state, due_at, error, ended_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, case when $10 = 'dead' then $11::timestamptz end)
		on conflict do nothing`,
		e.Site, subscription, target, e.ID, e.Key(), e.At, e.Seq, e.Record, change, state, now, why)
}

// addressing tells for the events of one window whom they are for. Where that
// cannot be told, the rest of the site's events wait to be told, and everybody
// else's go on.
type addressing struct {
	name    Targets
	sites   map[uuid.UUID]bool // of which it cannot be told now
	records map[ofRecord]bool  // whose earlier events wait to be told
}

type ofRecord struct{ Site, Record uuid.UUID }

// addressing begins a window.
func (d *Dispatcher) addressing(ctx context.Context, tx pgx.Tx, s Subscription, lines []line) (*addressing, error) {
	a := &addressing{name: itself, sites: map[uuid.UUID]bool{}, records: map[ofRecord]bool{}}
	if s.Targets == nil {
		return a, nil
	}
	var err error
	if a.name, err = s.Targets(ctx); err != nil {
		return nil, err
	}
	sites := make([]uuid.UUID, len(lines))
	for i, l := range lines {
		sites[i] = l.Site
	}
	rows, err := tx.Query(ctx, `select distinct site_id, record from platform.delivery
		where site_id = any ($1) and subscription = $2 and state = 'waiting'`, slices.Compact(sites), unaddressed(s.Name))
	if err != nil {
		return nil, err
	}
	waiting, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ofRecord])
	for _, w := range waiting {
		a.records[w] = true
	}
	return a, err
}

// of are the targets of an event; false when that cannot be told yet.
func (a *addressing) of(ctx context.Context, e Event) ([]string, bool, error) {
	if !a.sites[e.Site] && !a.records[ofRecord{e.Site, e.Record}] {
		targets, err := a.name(ctx, e)
		if err == nil {
			return targets, true, nil
		}
		if ctx.Err() != nil {
			return nil, false, err
		}
		a.sites[e.Site] = true
	}
	return nil, false, nil
}

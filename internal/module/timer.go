package module

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/job"
	"github.com/dramac-main/dramac-cms/internal/outbox"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// timerJob begins the names of jobs that timers enter: "timer.deal.rotting".
const timerJob = "timer."

// timed names the module of an event, if it has timers that the change may
// move.
func (w *Work) timed(ctx context.Context) (outbox.Targets, error) {
	revision, err := w.db.Revision(ctx)
	return func(ctx context.Context, e outbox.Event) ([]string, error) {
		if !isChange(e) {
			return nil, nil
		}
		list, err := w.enabledAt(ctx, e.Site, revision)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(list, func(in Installation) bool { return in.Short == e.Short })
		if at < 0 {
			return nil, nil
		}
		r, err := w.declaring(ctx, list[at])
		moves := func(c *collection.Collection) bool { return c.HasTimers(r.called(e).Collection) }
		// One that cannot be read may have some; the delivery is tried until it can.
		if err != nil || slices.ContainsFunc(r.Module.Collections(), moves) {
			return []string{e.Short}, nil
		}
		return nil, nil
	}, err
}

// setTimers sets the timers that a change may have moved: those of the record
// itself, and those of the records whose timers read it. What else waits to be
// told of the same collection is done with it, since timers follow from how
// records are now.
func (w *Work) setTimers(ctx context.Context, d *outbox.Delivery) error {
	return w.do(ctx, d.Site, d.Target, uuid.NullUUID{}, 0, func(a *acting) error {
		return a.within(ctx, func(inside collection.Acting) error {
			var more []outbox.Event
			err := inside.Scope.Outside(ctx, func(tx pgx.Tx) (err error) {
				more, err = d.Absorb(ctx, tx, maxAbsorbed)
				return err
			})
			if err != nil {
				return fmt.Errorf("take what else waits: %w", err)
			}
			return a.move(ctx, inside, movedBy(a.release.called(d.Event).Collection, append(more, d.Event)))
		}, d.Settle)
	})
}

// maxAbsorbed is how many changes are done with in one transaction.
const maxAbsorbed = 1000

// movedBy are the changes of records of a collection, each record once.
func movedBy(name string, events []outbox.Event) collection.Moved {
	moved := collection.Moved{Collection: name}
	for _, e := range events {
		moved.Records, moved.Previous = append(moved.Records, e.Record), append(moved.Previous, e.Previous)
	}
	slices.SortFunc(moved.Records, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	moved.Records = slices.Compact(moved.Records)
	return moved
}

// move sets the timers that changes may have moved.
func (a *acting) move(ctx context.Context, inside collection.Acting, moved collection.Moved) error {
	for _, c := range a.release.Module.Collections() {
		if !c.HasTimers(moved.Collection) {
			continue
		}
		records := inside.Own(c)
		if c.Name == moved.Collection {
			dues, err := records.Dues(ctx, moved.Records, uuid.Nil)
			if err != nil {
				return err
			}
			if err := a.write(ctx, inside, c.Stored(), moved.Records, dues); err != nil {
				return err
			}
		}
		err := a.writeAll(ctx, inside, c, func(after uuid.UUID) ([]collection.Due, error) { return records.DuesReading(ctx, moved, after) })
		if err != nil {
			return err
		}
	}
	return nil
}

// resetTimers sets all timers of a module on a site anew, within the change that
// may have moved them: of its settings, its version, or of whether it runs.
func (c *Catalogue) resetTimers(ctx context.Context, tx pgx.Tx, site SiteRef, i Installation, r *Release) error {
	var timed []*collection.Collection
	for _, in := range r.Module.Collections() {
		if in.HasTimers(in.Name) {
			timed = append(timed, in)
		}
	}
	if timed == nil {
		return nil
	}
	at, err := sitePlace(ctx, tx, site.ID)
	if err != nil {
		return err
	}
	now := func() time.Time { return c.now().In(at.zone()) }
	a := &acting{Installation: i, release: r, zone: at.zone(), site: site.ID, Acting: collection.Acting{
		Currency: site.Currency, Country: at.country(), Language: at.Locale, Now: now,
		Settings: r.Settings(i.Settings, site.Currency, now().Format(time.DateOnly)),
	}}
	scope := c.db.Scope(pg.ScopeOptions{Site: site.ID, Role: r.Runtime, ActorKind: "module"})
	return scope.Enter(ctx, tx, func(inner pg.Scope) error {
		a.Scope = inner
		for _, in := range timed {
			records := a.Own(in)
			err := a.writeAll(ctx, a.Acting, in, func(after uuid.UUID) ([]collection.Due, error) { return records.Dues(ctx, nil, after) })
			if err != nil {
				return fmt.Errorf("set the timers of %s: %w", in.Name, err)
			}
		}
		return nil
	})
}

// writeAll writes the instants of a collection's timers, a page of records after
// the other.
func (a *acting) writeAll(ctx context.Context, inside collection.Acting, c *collection.Collection, page func(after uuid.UUID) ([]collection.Due, error)) error {
	var after uuid.UUID
	for {
		dues, err := page(after)
		if err != nil || len(dues) == 0 {
			return err
		}
		if err := a.write(ctx, inside, c.Stored(), nil, dues); err != nil {
			return err
		}
		after = dues[len(dues)-1].Record
	}
}

// write writes instants of timers down. Of the records that are meant, those
// that have none, because they are not there any more, have no timers.
func (a *acting) write(ctx context.Context, inside collection.Acting, collection string, meant []uuid.UUID, dues []collection.Due) error {
	var batch pgx.Batch
	if len(meant) > 0 {
		there := make([]uuid.UUID, len(dues))
		for i, d := range dues {
			there[i] = d.Record
		}
		batch.Queue(`delete from platform.timer where site_id = $1 and module = $2 and collection = $3 and record = any ($4) and record <> all ($5)`,
			a.site, a.Short, collection, meant, there)
	}
	for _, d := range dues {
		batch.Queue(`insert into platform.timer (site_id, module, collection, record, name, due_at) values ($1, $2, $3, $4, $5, $6)
			on conflict (site_id, module, collection, record, name) do update
			set due_at = case when timer.ran_for is not distinct from excluded.due_at then null else excluded.due_at end
			where timer.due_at is distinct from case when timer.ran_for is not distinct from excluded.due_at then null else excluded.due_at end`,
			a.site, a.Short, collection, d.Record, d.Timer, d.At)
	}
	if batch.Len() == 0 {
		return nil
	}
	return inside.Scope.Outside(ctx, func(tx pgx.Tx) error { return tx.SendBatch(ctx, &batch).Close() })
}

// rung is a timer that is due.
type rung struct {
	Site       uuid.UUID
	Module     string
	Collection string // as it is stored
	Record     uuid.UUID
	Name       string
	DueAt      time.Time
}

// RingTimers enters a job for each timer that is due, and returns how many. It
// is entered in the transaction that marks the instant as done, so a timer runs
// once for each record and instant, however many processes look.
func (w *Work) RingTimers(ctx context.Context) (int, error) {
	total := 0
	for {
		found := 0
		err := w.db.Tx(ctx, func(tx pgx.Tx) error {
			due, err := pg.All[rung](ctx, tx, `select site_id as site, module::text, collection, record, name, due_at from platform.timer
				where due_at <= $1 order by due_at limit 200 for update skip locked`, w.now())
			if err != nil {
				return err
			}
			found = len(due)
			for _, t := range due {
				if err := w.ring(ctx, tx, t); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return total, err
		}
		if total += found; found == 0 {
			return total, nil
		}
	}
}

// timerInput is what the job of a timer is told.
type timerInput struct {
	Record uuid.UUID `json:"record"`
	At     time.Time `json:"at"`
}

func (w *Work) ring(ctx context.Context, tx pgx.Tx, t rung) error {
	input, err := json.Marshal(timerInput{t.Record, t.DueAt.UTC()})
	if err != nil {
		return err
	}
	err = w.Enter(ctx, tx, job.Job{Site: t.Site, Module: t.Module, Name: timerJob + t.Collection + "." + t.Name, Input: input, DueAt: t.DueAt})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update platform.timer set ran_for = due_at, due_at = null
		where site_id = $1 and module = $2 and collection = $3 and record = $4 and name = $5`,
		t.Site, t.Module, t.Collection, t.Record, t.Name)
	return err
}

// runTimer does what a timer declares, in one transaction with the end of its
// job.
func (w *Work) runTimer(ctx context.Context, r *job.Run) error {
	var input timerInput
	if err := json.Unmarshal(r.Input, &input); err != nil {
		return err
	}
	of, name, _ := strings.Cut(strings.TrimPrefix(r.Name, timerJob), ".")
	return w.do(ctx, r.Site, r.Module, r.Cause, r.Depth, func(a *acting) error {
		c, ok := a.release.Module.Logged(of)
		if !ok {
			return nil
		}
		return a.within(ctx, func(inside collection.Acting) error {
			return inside.Own(c).RingDue(ctx, name, input.Record, input.At)
		}, r.Settle)
	})
}

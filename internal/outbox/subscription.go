package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Subscription is a reader of what happens, with a place of its own in the log.
type Subscription struct {
	// Name tells it from others; it is kept in the database.
	Name string
	// Pattern says which events it wants, as Matches reads it.
	Pattern string
	// Backlog begins with the oldest event that is kept instead of the first
	// after the subscription was made.
	Backlog bool
	// Targets is asked for each window of the log for who names those that get
	// its events, each as a subscriber of its own that is tried again by itself.
	// Nil is the subscription itself. An event of which they cannot be told waits
	// as a delivery does, and with it what follows of its record.
	Targets func(ctx context.Context) (Targets, error)
	// Handle does what is to be done. It is called again when it fails, and may
	// be called again although it did not: whoever writes does so in one
	// transaction with Settle, so that the effect happens once; whoever calls
	// another system passes on the event's id.
	Handle func(ctx context.Context, d *Delivery) error
}

// Targets names those who get an event.
type Targets func(ctx context.Context, e Event) ([]string, error)

// itself are the targets of a subscription that has no others.
func itself(context.Context, Event) ([]string, error) { return []string{""}, nil }

// Delivery is one event for one subscriber.
type Delivery struct {
	Event
	Subscription string
	Target       string
	Attempt      int // from 1 on

	holder  uuid.UUID
	now     func() time.Time
	change  bool // it is kept in platform.changes
	settled bool
}

// ErrLost says that the delivery is no longer ours: another process works on it
// or has done it. The transaction must be rolled back.
var ErrLost = errors.New("the delivery is held by somebody else")

// Settle marks the delivery as done in the transaction that holds its effect.
// The transaction runs as the login role.
func (d *Delivery) Settle(ctx context.Context, tx pgx.Tx) error {
	tag, err := tx.Exec(ctx, `
		update platform.delivery set state = 'done', held_by = null, error = '', ended_at = $6
		where site_id = $1 and subscription = $2 and target = $3 and event = $4 and held_by = $5 and state = 'waiting'`,
		d.Site, d.Subscription, d.Target, d.ID, d.holder, d.now())
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return ErrLost
	}
	d.settled = true
	return nil
}

// Absorb settles with this delivery others that wait for the same subscriber and
// tell of changes of records of the same collection, so many at most, for a
// handler to which many changes are one. It returns them without what they are
// now; Previous is there. It is called in the transaction of Settle.
func (d *Delivery) Absorb(ctx context.Context, tx pgx.Tx, most int) ([]Event, error) {
	var names []string
	for _, name := range []string{"created", "updated", "deleted", "restored"} {
		names = append(names, key(d.Module, d.Collection, name))
	}
	rows, err := tx.Query(ctx, `
		with taken as (
			select site_id, subscription, target, event from platform.delivery
			where site_id = $1 and subscription = $2 and target = $3 and state = 'waiting' and held_by is null and change and name = any ($4)
			limit $5 for update skip locked
		), settled as (
			update platform.delivery w set state = 'done', error = '', ended_at = $6 from taken t
			where w.site_id = t.site_id and w.subscription = t.subscription and w.target = t.target and w.event = t.event
			returning w.site_id, w.record, w.at, w.seq
		)
		select s.record, c.before from settled s
		join platform.changes c on c.site_id = s.site_id and c.record = s.record and c.at = s.at and c.seq = s.seq`,
		d.Site, d.Subscription, d.Target, names, most, d.now())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Event, error) {
		e := Event{Site: d.Site, Module: d.Module, Short: d.Short, Collection: d.Collection}
		var previous []byte
		if err := row.Scan(&e.Record, &previous); err != nil {
			return Event{}, err
		}
		e.Previous, err = decodeValues(previous)
		return e, err
	})
}

// decodeValues reads an object of a payload; null is no values.
func decodeValues(raw []byte) (map[string]json.RawMessage, error) {
	if raw == nil {
		return nil, nil
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(raw, &values); err != nil {
		return nil, fmt.Errorf("read a payload: %w", err)
	}
	return values, nil
}

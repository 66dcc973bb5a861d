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
	// Nil is the subscription itself.
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

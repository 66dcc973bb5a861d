package outbox

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Letter is a delivery as people see it: one that is being tried again, or a
// dead letter.
type Letter struct {
	Subscription string
	Target       string
	Event        uuid.UUID
	Name         string
	Record       uuid.UUID
	At           time.Time // when the event happened
	Attempts     int
	Error        string
	DueAt        time.Time  // next attempt
	EndedAt      *time.Time // of a dead letter: when it was given up
}

// Key names the letter within its site, in addresses.
func (l Letter) Key() string { return l.Event.String() + "." + l.Subscription + "." + l.Target }

const letterColumns = `subscription, target, event, name, record, at, attempts, error, due_at, ended_at`

// Dead lists a site's dead letters, newest first, that come after the one with
// the key; "" begins at the newest.
func Dead(ctx context.Context, q pg.Querier, site uuid.UUID, after string, most int) ([]Letter, error) {
	event, _ := parseKey(after)
	return pg.All[Letter](ctx, q, `select `+letterColumns+` from platform.delivery d where site_id = $1 and state = 'dead'
		and ($2::uuid is null or (ended_at, event) < (select x.ended_at, x.event from platform.delivery x where x.site_id = $1 and x.event = $2 and x.state = 'dead' limit 1))
		order by ended_at desc, event desc limit $3`, site, event.event, most)
}

// Failing lists a site's deliveries that failed and are tried again, the next
// first.
func Failing(ctx context.Context, q pg.Querier, site uuid.UUID, most int) ([]Letter, error) {
	return pg.All[Letter](ctx, q, `select `+letterColumns+` from platform.delivery
		where site_id = $1 and state = 'waiting' and error <> '' order by due_at limit $2`, site, most)
}

// TryAgain gives a dead letter all its attempts once more.
func TryAgain(ctx context.Context, q pg.Querier, site uuid.UUID, key string, now time.Time) error {
	return change(ctx, q, site, key, `state = 'waiting', attempts = 0, due_at = $5, ended_at = null`, now)
}

// Drop gives a dead letter up for good.
func Drop(ctx context.Context, q pg.Querier, site uuid.UUID, key string, now time.Time) error {
	return change(ctx, q, site, key, `state = 'dropped', ended_at = $5`, now)
}

func change(ctx context.Context, q pg.Querier, site uuid.UUID, key, set string, now time.Time) error {
	k, ok := parseKey(key)
	if !ok {
		return errs.Missing()
	}
	tag, err := q.Exec(ctx, `update platform.delivery set `+set+`
		where site_id = $1 and event = $2 and subscription = $3 and target = $4 and state = 'dead'`,
		site, k.event, k.subscription, k.target, now)
	if err != nil {
		return pg.Translate(err)
	}
	if tag.RowsAffected() == 0 {
		return errs.Missing()
	}
	return nil
}

type letterKey struct {
	event                *uuid.UUID
	subscription, target string
}

func parseKey(key string) (letterKey, bool) {
	event, rest, _ := strings.Cut(key, ".")
	subscription, target, ok := strings.Cut(rest, ".")
	id, err := uuid.Parse(event)
	if err != nil || !ok {
		return letterKey{}, false
	}
	return letterKey{&id, subscription, target}, true
}

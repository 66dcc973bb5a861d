// Package audit keeps the log of what was done to the tenants' structure:
// publishing, installing, settings, members, keys. It is append only. Changes
// of module records are not its business.
package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Actor is who did something, as the log keeps it.
type Actor struct {
	// Kind is "member", "key" or "system".
	Kind string
	// ID is the account or key; the zero UUID for the system.
	ID uuid.UUID
	// Name is how people know the actor, as it was at that moment.
	Name string
	// RequestID ties the entry to the log line of the request; may be empty.
	RequestID string
}

// System is the platform itself, when a job acts.
func System() Actor { return Actor{Kind: "system", Name: "System"} }

// Entry is one line of the log.
type Entry struct {
	Agency  uuid.UUID
	Site    uuid.NullUUID
	At      time.Time
	Actor   Actor
	Action  string // "installation.enabled"
	Subject string // what it was done to, for people: "Guestbook 1.0.0"
	Details any    // marshalled to JSON; nil for none
	// Before and After are what was changed, as JSON objects; of them the log
	// keeps what differs. Nil: there was nothing before, is nothing after.
	Before, After any
}

// Change is one value that a change is about.
type Change struct {
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// changes are the values that differ between two JSON objects, by name.
func changes(before, after any) (map[string]Change, error) {
	was, err := object(before)
	if err != nil {
		return nil, err
	}
	is, err := object(after)
	if err != nil {
		return nil, err
	}
	all := map[string]Change{}
	for name, value := range was {
		if !bytes.Equal(value, is[name]) {
			all[name] = Change{Before: value, After: is[name]}
		}
	}
	for name, value := range is {
		if _, known := was[name]; !known {
			all[name] = Change{After: value}
		}
	}
	return all, nil
}

func object(of any) (map[string]json.RawMessage, error) {
	text, err := json.Marshal(of)
	if err != nil {
		return nil, err
	}
	var values map[string]json.RawMessage
	return values, json.Unmarshal(text, &values)
}

// marshal is the entry's details with its changes under "changes".
func (e Entry) marshal() ([]byte, error) {
	if e.Before == nil && e.After == nil {
		if e.Details == nil {
			return []byte("{}"), nil
		}
		return json.Marshal(e.Details)
	}
	all := map[string]any{}
	if e.Details != nil {
		given, err := object(e.Details)
		if err != nil {
			return nil, err
		}
		for name, value := range given {
			all[name] = value
		}
	}
	differ, err := changes(e.Before, e.After)
	if err != nil {
		return nil, err
	}
	all["changes"] = differ
	return json.Marshal(all)
}

// Write appends the entry in the transaction of the change it tells of.
func Write(ctx context.Context, tx pgx.Tx, e Entry) error {
	details, err := e.marshal()
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	actor := uuid.NullUUID{UUID: e.Actor.ID, Valid: e.Actor.ID != uuid.Nil}
	_, err = tx.Exec(ctx, `
		insert into platform.audit (agency_id, id, site_id, at, actor_kind, actor_id, actor_name, action, subject, details, request_id)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		e.Agency, id, e.Site, e.At, e.Actor.Kind, actor, e.Actor.Name, e.Action, e.Subject, details, e.Actor.RequestID)
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, pg.Translate(err))
	}
	return nil
}

// Line is an entry as it is read back.
type Line struct {
	ID        uuid.UUID `db:"id"`
	At        time.Time `db:"at"`
	ActorKind string    `db:"actor_kind"`
	ActorName string    `db:"actor_name"`
	Action    string    `db:"action"`
	Subject   string    `db:"subject"`
}

// SiteLines returns the newest entries of one site, at most limit.
func SiteLines(ctx context.Context, q pg.Querier, site uuid.UUID, limit int) ([]Line, error) {
	return pg.All[Line](ctx, q, `
		select id, at, actor_kind, actor_name, action, subject from platform.audit
		where site_id = $1 order by id desc limit $2`, site, limit)
}

// SiteLinesBefore is SiteLines from below an entry's id on; an id that is
// empty or malformed begins at the newest.
func SiteLinesBefore(ctx context.Context, q pg.Querier, site uuid.UUID, before string, limit int) ([]Line, error) {
	id, err := uuid.Parse(before)
	if err != nil {
		return SiteLines(ctx, q, site, limit)
	}
	return pg.All[Line](ctx, q, `
		select id, at, actor_kind, actor_name, action, subject from platform.audit
		where site_id = $1 and id < $2 order by id desc limit $3`, site, id, limit)
}

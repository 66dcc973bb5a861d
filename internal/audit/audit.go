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
	// Kind is "visitor", "member", "key", "person", "module" or "system".
	Kind string
	// ID is the account or key; the zero UUID for the system.
	ID uuid.UUID
	// Name is how people know the actor, as it was at that moment.
	Name string
	// RequestID ties the entry to the log line of the request; may be empty.
	RequestID string
	// Address is the network address that the request came from; may be empty.
	Address string
	// Impersonator is the account that acts as the actor, and its name; the zero
	// UUID when the actor acts in person.
	Impersonator     uuid.UUID
	ImpersonatorName string
}

// System is the platform itself, when a job acts.
func System() Actor { return Actor{Kind: "system", Name: "System"} }

// Entry is one line of the log.
type Entry struct {
	Agency  uuid.UUID     // the zero UUID: the platform itself
	Client  uuid.NullUUID // not valid: the site's at that moment, if there is one
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

// known is the id as the table has it: null for the zero UUID.
func known(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: id != uuid.Nil} }

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
	by := e.Actor
	_, err = tx.Exec(ctx, `
		insert into platform.audit (agency_id, client_id, site_id, id, at, actor_kind, actor_id, actor_name, impersonator_id, impersonator_name,
			action, subject, details, request_id, address)
		values ($1, coalesce($2, (select client_id from platform.site where id = $3)), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		known(e.Agency), e.Client, e.Site, id, e.At, by.Kind, known(by.ID), by.Name, known(by.Impersonator), by.ImpersonatorName,
		e.Action, e.Subject, details, by.RequestID, by.Address)
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, pg.Translate(err))
	}
	return nil
}

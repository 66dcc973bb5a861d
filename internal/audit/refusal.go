package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Window is the time within which equal refusals are one line.
const Window = time.Hour

// Refusal is something that was not let happen, so many times within one window.
type Refusal struct {
	Agency  uuid.UUID // the zero UUID: nobody's, as of an unknown key
	Client  uuid.NullUUID
	Site    uuid.NullUUID
	Actor   Actor
	Action  string // "refusal.permission"
	Subject string // what was asked for: "GET /app/agency/team"
	Details map[string]string
	// At is the first time, LastAt the last, both within one window.
	At, LastAt time.Time
	Times      int64
}

// Key is what refusals of one line have in common.
func (r Refusal) Key() [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join([]string{
		r.Agency.String(), r.Site.UUID.String(), r.Actor.Kind, r.Actor.ID.String(), r.Actor.Impersonator.String(), r.Actor.Address,
		r.Action, r.Subject, r.At.UTC().Truncate(Window).Format(time.RFC3339),
	}, "\n")))
}

// noted is a refusal as platform.note_refusals takes it.
type noted struct {
	Agency           uuid.NullUUID     `json:"agency_id"`
	Client           uuid.NullUUID     `json:"client_id"`
	Site             uuid.NullUUID     `json:"site_id"`
	ID               uuid.UUID         `json:"id"`
	At               time.Time         `json:"at"`
	LastAt           time.Time         `json:"last_at"`
	Times            int64             `json:"times"`
	ActorKind        string            `json:"actor_kind"`
	ActorID          uuid.NullUUID     `json:"actor_id"`
	ActorName        string            `json:"actor_name"`
	Impersonator     uuid.NullUUID     `json:"impersonator_id"`
	ImpersonatorName string            `json:"impersonator_name"`
	Action           string            `json:"action"`
	Subject          string            `json:"subject"`
	Details          map[string]string `json:"details"`
	RequestID        string            `json:"request_id"`
	Address          string            `json:"address"`
	Fingerprint      string            `json:"fingerprint"`
}

// Note writes refusals in one statement. What has a line in its window already
// is counted there, whichever process wrote it.
func Note(ctx context.Context, q pg.Querier, list []Refusal) error {
	if len(list) == 0 {
		return nil
	}
	lines := make([]noted, len(list))
	for i, r := range list {
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("note refusals: %w", err)
		}
		details := r.Details
		if details == nil {
			details = map[string]string{}
		}
		key := r.Key()
		lines[i] = noted{
			Agency: known(r.Agency), Client: r.Client, Site: r.Site, ID: id, At: r.At, LastAt: r.LastAt, Times: r.Times,
			ActorKind: r.Actor.Kind, ActorID: known(r.Actor.ID), ActorName: r.Actor.Name,
			Impersonator: known(r.Actor.Impersonator), ImpersonatorName: r.Actor.ImpersonatorName,
			Action: r.Action, Subject: r.Subject, Details: details, RequestID: r.Actor.RequestID, Address: r.Actor.Address,
			Fingerprint: hex.EncodeToString(key[:]),
		}
	}
	text, err := json.Marshal(lines)
	if err != nil {
		return fmt.Errorf("note refusals: %w", err)
	}
	if _, err := q.Exec(ctx, `select platform.note_refusals($1)`, text); err != nil {
		return fmt.Errorf("note refusals: %w", pg.Translate(err))
	}
	return nil
}

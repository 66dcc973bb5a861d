package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Line is an entry as it is read back.
type Line struct {
	ID               uuid.UUID       `db:"id"`
	At               time.Time       `db:"at"`
	LastAt           *time.Time      `db:"last_at"` // of a refusal
	Times            int64           `db:"times"`
	ActorKind        string          `db:"actor_kind"`
	ActorID          uuid.NullUUID   `db:"actor_id"`
	ActorName        string          `db:"actor_name"`
	Impersonator     uuid.NullUUID   `db:"impersonator_id"`
	ImpersonatorName string          `db:"impersonator_name"`
	Client           uuid.NullUUID   `db:"client_id"`
	ClientName       string          `db:"client_name"` // as it is called now; "" for none
	Site             uuid.NullUUID   `db:"site_id"`
	SiteName         string          `db:"site_name"`
	Action           string          `db:"action"`
	Subject          string          `db:"subject"`
	Details          json.RawMessage `db:"details"`
	RequestID        string          `db:"request_id"`
	Address          string          `db:"address"`
	Result           string          `db:"result"` // "done" or "refused"
}

// Refused reports whether the entry tells of something that was not let happen.
func (l Line) Refused() bool { return l.Result == "refused" }

// Changes are the values that the entry says differ, by name.
func (l Line) Changes() map[string]Change {
	var details struct {
		Changes map[string]Change `json:"changes"`
	}
	if json.Unmarshal(l.Details, &details) != nil {
		return nil
	}
	return details.Changes
}

// Filter says which entries are meant. What is empty does not narrow.
type Filter struct {
	// Agency is whose log it is; the zero UUID: the platform's own.
	Agency uuid.UUID
	Site   uuid.NullUUID
	Actor  uuid.NullUUID // or impersonator
	Action string        // a whole key, or with a dot at its end what it begins with: "member."
	Result string        // "done" or "refused"
	// From is the first moment, To the one after the last.
	From, To time.Time
}

// Cursor is the entry after which a list goes on; the zero Cursor begins it.
type Cursor struct {
	At time.Time
	ID uuid.UUID
}

// ParseCursor reads a cursor's text; what is none begins the list.
func ParseCursor(text string) Cursor {
	at, id, ok := strings.Cut(text, "~")
	when, err := time.Parse(time.RFC3339Nano, at)
	if !ok || err != nil {
		return Cursor{}
	}
	of, err := uuid.Parse(id)
	if err != nil {
		return Cursor{}
	}
	return Cursor{At: when, ID: of}
}

// Cursor is where a list goes on after the line, as text for an address.
func (l Line) Cursor() string { return l.At.UTC().Format(time.RFC3339Nano) + "~" + l.ID.String() }

const columns = `a.id, a.at, a.last_at, a.times, a.actor_kind, a.actor_id, a.actor_name, a.impersonator_id, a.impersonator_name,
	a.client_id, coalesce(c.name, '') client_name, a.site_id, coalesce(s.name, '') site_name, a.action, a.subject, a.details,
	a.request_id, a.address, a.result`

// where is the condition of the filter and its arguments.
func (f Filter) where(after Cursor) (string, []any) {
	args := []any{f.Agency}
	var text strings.Builder
	text.WriteString(`a.agency_id = $1`)
	if f.Agency == uuid.Nil {
		text.Reset()
		text.WriteString(`a.agency_id is null and $1::uuid is not null`)
	}
	add := func(condition string, values ...any) {
		numbers := make([]any, len(values))
		for i, value := range values {
			args = append(args, value)
			numbers[i] = len(args)
		}
		fmt.Fprintf(&text, " and "+condition, numbers...)
	}
	if f.Site.Valid {
		add(`a.site_id = $%d`, f.Site.UUID)
	}
	if f.Actor.Valid {
		add(`(a.actor_id = $%[1]d or a.impersonator_id = $%[1]d)`, f.Actor.UUID)
	}
	if prefix, ok := strings.CutSuffix(f.Action, "."); ok {
		add(`a.action >= $%d and a.action < $%d`, prefix+".", prefix+"/") // the character after the dot
	} else if f.Action != "" {
		add(`a.action = $%d`, f.Action)
	}
	switch f.Result { // spelled out, for the index over refusals alone
	case "refused":
		text.WriteString(` and a.result = 'refused'`)
	case "done":
		text.WriteString(` and a.result = 'done'`)
	}
	if !f.From.IsZero() {
		add(`a.at >= $%d`, f.From)
	}
	if !f.To.IsZero() {
		add(`a.at < $%d`, f.To)
	}
	if after.ID != uuid.Nil {
		add(`(a.at, a.id) < ($%d, $%d)`, after.At, after.ID)
	}
	return text.String(), args
}

// List returns entries, newest first, at most limit.
func List(ctx context.Context, q pg.Querier, f Filter, after Cursor, limit int) ([]Line, error) {
	where, args := f.where(after)
	args = append(args, limit)
	return pg.All[Line](ctx, q, `
		select `+columns+` from platform.audit a
		left join platform.client c on c.id = a.client_id
		left join platform.site s on s.id = a.site_id
		where `+where+fmt.Sprintf(` order by a.at desc, a.id desc limit $%d`, len(args)), args...)
}

// Detail is a text among the entry's details; empty for none.
func (l Line) Detail(name string) string {
	var details map[string]any
	if json.Unmarshal(l.Details, &details) != nil {
		return ""
	}
	text, _ := details[name].(string)
	return text
}

// Somebody is who acted in a log.
type Somebody struct {
	ID   uuid.UUID `db:"actor_id"`
	Name string    `db:"name"`
}

const (
	// recent is among how many of the newest entries is looked for who acted.
	recent = 5_000
	// maxActors bounds whom a choice offers.
	maxActors = 200
)

// Actors returns who acted lately in the log of the filter's agency or site, by
// name, and whom the filter names.
func Actors(ctx context.Context, q pg.Querier, f Filter) ([]Somebody, error) {
	of := Filter{Agency: f.Agency, Site: f.Site}
	where, args := of.where(Cursor{})
	args = append(args, f.Actor)
	return pg.All[Somebody](ctx, q, `
		with found as (
			(select a.actor_id, a.actor_name, a.at from platform.audit a where `+where+` and a.actor_id is not null order by a.at desc, a.id desc limit `+fmt.Sprint(recent)+`)
			union all
			(select a.actor_id, a.actor_name, a.at from platform.audit a where `+where+fmt.Sprintf(` and a.actor_id = $%d order by a.at desc limit 1)
		)
		select actor_id, (array_agg(actor_name order by at desc))[1] name from found group by actor_id order by 2, 1 limit %d`, len(args), maxActors), args...)
}

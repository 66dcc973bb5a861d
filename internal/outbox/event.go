// Package outbox hands what happened to whoever subscribed to it. Changes of
// records and events of modules are written in the transaction in which they
// happen (platform.changes, platform.event); the dispatcher reads them after the
// commit and delivers each to every subscriber at least once, the events of one
// record one at a time and in their order.
package outbox

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Event is something that happened to a record, or to a module as a whole.
type Event struct {
	ID         uuid.UUID
	Site       uuid.UUID
	At         time.Time // when its transaction began
	Seq        int64     // the order of events of one record
	Module     string    // manifest id
	Short      string    // short id: the module's schema is mod_<short>
	Collection string    // "" for a module's own event
	Record     uuid.UUID // nil for a module's own event
	Name       string    // the last part: "won", "updated"
	Version    int       // of the payload's shape, for events of modules
	// Data are the columns as they are after a change, those that changed only,
	// or what the module said. Previous are those columns before. Values that
	// are secret are in neither.
	Data, Previous map[string]json.RawMessage
	Actor          uuid.NullUUID // account or key
	ActorKind      string        // visitor, member, key, module, system
	Request        string        // id of the request, "" for none
	Cause          uuid.NullUUID // the event whose handler did this
	Depth          int           // handlers between this and what somebody did
}

// Key is the whole name: "crm.deal.won", or "crm.synced" for a module's own.
func (e Event) Key() string { return key(e.Module, e.Collection, e.Name) }

func key(module, collection, name string) string {
	if collection == "" {
		return module + "." + name
	}
	return module + "." + collection + "." + name
}

// Only returns the event without the columns that keep refuses.
func (e Event) Only(keep func(column string) bool) Event {
	refuse := func(column string, _ json.RawMessage) bool { return !keep(column) }
	e.Data, e.Previous = maps.Clone(e.Data), maps.Clone(e.Previous)
	maps.DeleteFunc(e.Data, refuse)
	maps.DeleteFunc(e.Previous, refuse)
	return e
}

// eventID gives what follows from a change an id: the same one whenever it is
// read.
func eventID(site uuid.UUID, seq int64) uuid.UUID {
	return uuid.NewSHA1(site, []byte("change/"+strconv.FormatInt(seq, 10)))
}

// Matches reports whether a pattern means the event of that name. A pattern is
// the name, where * stands for any one part, and for all the rest at the end:
// "crm.deal.won", "crm.*.deleted", "crm.*", "*".
func Matches(pattern, name string) bool {
	for {
		want, more, further := strings.Cut(pattern, ".")
		got, rest, longer := strings.Cut(name, ".")
		if want == "*" && !further {
			return true
		}
		if want != "*" && want != got || further != longer {
			return false
		}
		if !further {
			return true
		}
		pattern, name = more, rest
	}
}

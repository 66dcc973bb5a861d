package sdk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Sort says what a handler may be bound to.
type Sort string

// The sorts of handlers.
const (
	SortHook     Sort = "hook"
	SortAction   Sort = "action"
	SortJob      Sort = "job"
	SortOn       Sort = "subscription"
	SortEndpoint Sort = "endpoint"
	SortLife     Sort = "life cycle"
)

// Handler is one function of a module: from a call and a JSON value to a JSON
// value. Make one with Hook, Action, Job, On, Endpoint or Life. The zero
// Handler is bound to nothing.
type Handler struct {
	sort Sort
	run  func(c *Call, in json.RawMessage) (json.RawMessage, error)
}

// Sort returns what the handler was made for; empty for the zero Handler.
func (h Handler) Sort() Sort { return h.sort }

// Run calls the handler. It is the platform's; tests of a module may use it too.
func (h Handler) Run(c *Call, in json.RawMessage) (json.RawMessage, error) {
	if h.run == nil {
		return nil, errors.New("a handler without a function")
	}
	return h.run(c, in)
}

// None is the input of an action without parameters, and the answer of one that
// has nothing to say beyond what the action itself answers.
type None struct{}

// Hook makes the handler of before_save, after_save, before_delete or
// after_delete. R is a struct with the record's keys as json tags, or Record.
//
// record is the record as it is about to be or was saved or deleted; old is the
// record as it was, nil at creation and when records are deleted. Only
// before_save may change record: what differs afterwards is written, within the
// rules of the fields. Keys that R does not have stay as they are.
//
// An error refuses the write and undoes it: errs.BadFields shows its complaints
// at the fields of the form. A hook runs inside the transaction of the write,
// for every record, also of imports, and has 250 ms of its own. It has the
// module's own rights, whoever writes: it is the module's rule.
func Hook[R any](fn func(c *Call, record, old *R) error) Handler {
	return Handler{SortHook, func(c *Call, in json.RawMessage) (json.RawMessage, error) {
		var got struct{ Record, Old *R }
		if err := decode(in, &got); err != nil {
			return nil, err
		}
		if got.Record == nil {
			return nil, errors.New("a hook was called without a record")
		}
		before, err := keys(got.Record)
		if err != nil {
			return nil, err
		}
		if err := fn(c, got.Record, got.Old); err != nil {
			return nil, err
		}
		return changes(before, got.Record)
	}}
}

// keys returns a record's JSON by key.
func keys(record any) (map[string]json.RawMessage, error) {
	text, err := json.Marshal(record)
	if err != nil {
		return nil, err
	}
	var all map[string]json.RawMessage
	return all, json.Unmarshal(text, &all)
}

// changes are the keys of the record that differ from before, null for those
// that are gone; nil when nothing differs.
func changes(before map[string]json.RawMessage, record any) (json.RawMessage, error) {
	after, err := keys(record)
	if err != nil {
		return nil, err
	}
	changed := map[string]json.RawMessage{}
	for key, value := range after {
		if !bytes.Equal(before[key], value) {
			changed[key] = value
		}
	}
	for key := range before {
		if _, still := after[key]; !still {
			changed[key] = json.RawMessage("null")
		}
	}
	if len(changed) == 0 {
		return nil, nil
	}
	return json.Marshal(changed)
}

// Action makes the handler of an action that says "code: true". In is a struct
// with the parameters' keys as json tags, and for an action on a record "id";
// None takes none. Out is what the action declares as "returns"; None answers
// what the action answers without code.
//
// It runs inside the transaction of the action and has 250 ms. The action is
// permitted, its conditions hold and the record is locked; what the action sets
// itself and the state it leads to are written afterwards. It has the rights of
// who runs it, or the module's own when the action says "as: module".
func Action[In, Out any](fn func(c *Call, in In) (Out, error)) Handler {
	return Handler{SortAction, func(c *Call, raw json.RawMessage) (json.RawMessage, error) {
		var in In
		if err := decode(raw, &in); err != nil {
			return nil, err
		}
		out, err := fn(c, in)
		if err != nil {
			return nil, err
		}
		if _, nothing := any(out).(None); nothing {
			return nil, nil
		}
		return json.Marshal(out)
	}}
}

// Job makes the handler of a job. It runs on the job's schedule, for each site
// apart, outside of a transaction: every call to the platform is one of its
// own, and Call.Tx joins several. It has the module's own rights.
//
// A job may be stopped at any point and be run again, so what it does twice
// must come to the same. An error is tried again later.
func Job(fn func(c *Call) error) Handler {
	return Handler{SortJob, func(c *Call, _ json.RawMessage) (json.RawMessage, error) {
		return nil, fn(c)
	}}
}

// Event is something that happened to a record.
type Event[T any] struct {
	// ID tells the event from all others, so that a handler can know it again.
	ID string `json:"id"`
	// Name is the event's own: "helpdesk.ticket.closed".
	Name string `json:"name"`
	// Version is that of the payload, 1 when none is declared.
	Version int `json:"version"`
	// Record is the id of the record that it happened to; empty for none.
	Record string `json:"record"`
	// At is when the change was made.
	At time.Time `json:"at"`
	// Data is the payload.
	Data T `json:"data"`
}

// On makes the handler of a subscription. T is a struct for the event's
// payload, or Record.
//
// Events of one record arrive one after another, each at least once: a handler
// that fails is called again, and one whose effect must not double asks for
// the event's ID. It runs outside of a transaction, like a job, with the
// module's own rights.
func On[T any](fn func(c *Call, event Event[T]) error) Handler {
	return Handler{SortOn, func(c *Call, in json.RawMessage) (json.RawMessage, error) {
		var event Event[T]
		if err := decode(in, &event); err != nil {
			return nil, err
		}
		return nil, fn(c, event)
	}}
}

// Change says between which versions of the module a site moves. From is empty
// when the module is new to the site; To is empty when it leaves.
type Change struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Life makes the handler of a step in the life of an installation: install,
// enable, configure, upgrade, disable or uninstall. It runs inside the
// transaction of the step, with the module's own rights; an error refuses the
// step, but for disable and uninstall, which nothing can hold up: there it is
// logged.
func Life(fn func(c *Call, change Change) error) Handler {
	return Handler{SortLife, func(c *Call, in json.RawMessage) (json.RawMessage, error) {
		var change Change
		if err := decode(in, &change); err != nil {
			return nil, err
		}
		return nil, fn(c, change)
	}}
}

// decode reads what the platform sends. What does not fit the handler's type is
// a fault of the module, unless the type itself refuses a value.
func decode(in json.RawMessage, into any) error {
	if len(in) == 0 {
		return nil
	}
	err := json.Unmarshal(in, into)
	if err == nil || errs.Of(err) != nil {
		return err
	}
	return fmt.Errorf("the handler's type does not take its input: %w", err)
}

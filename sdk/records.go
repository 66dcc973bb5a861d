package sdk

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Records are the records of one collection on the call's site. All writes go
// through the data engine: rules, hooks, history and events are those that the
// API has.
//
// The functions List, First, Get, Create, Update and Run of this package read
// into types of the module; the methods of the same names give Record.
type Records struct {
	call *Call
	of   Source
}

func (r Records) about(err error, did string) error {
	if err == nil {
		return nil
	}
	name := r.of.Collection
	if r.of.Contract != "" {
		name = r.of.Contract + "." + name
	}
	return fmt.Errorf("%s %s: %w", did, name, err)
}

// List returns the records that the query asks for, 50 when it has no limit and
// 1,000 at most; none is an empty list. The newest come first unless it orders
// them.
func (r Records) List(q Query) ([]Record, error) { return List[Record](r, q) }

// First returns the first record that the query asks for; none is
// errs.NotFound.
func (r Records) First(q Query) (Record, error) { return First[Record](r, q) }

// Get returns one record. Absent, deleted, another site's and out of reach are
// all errs.NotFound.
func (r Records) Get(id string) (Record, error) { return Get[Record](r, id) }

// Create stores a new record and returns it with what the platform added.
// values marshals to a JSON object of the fields to set; the others get their
// defaults. Fields that are readonly to callers may be set.
func (r Records) Create(values any) (Record, error) { return Create[Record](r, values) }

// Update changes the given values of a record and returns it. A "version" among
// them is the one that must still be there, else it is errs.Conflict.
func (r Records) Update(id string, values any) (Record, error) { return Update[Record](r, id, values) }

// Delete deletes a record as the collection says.
func (r Records) Delete(id string) error {
	return r.about(r.call.host.Delete(r.call.ctx, r.of, id), "delete")
}

// Count returns how many records match the query. Beyond 10,000 it says 10,001.
func (r Records) Count(q Query) (int64, error) {
	n, err := r.call.host.Count(r.call.ctx, r.of, q.Encode())
	return n, r.about(err, "count")
}

// Run runs an action on a record, or with an empty id one of the collection.
// params is nil or marshals to a JSON object; into is nil or a pointer that
// takes the answer.
func (r Records) Run(id, action string, params, into any) error {
	body := json.RawMessage(`{}`)
	if params != nil {
		var err error
		if body, err = json.Marshal(params); err != nil {
			return r.about(err, action)
		}
	}
	answer, err := r.call.host.Run(r.call.ctx, r.of, id, action, body)
	if err != nil || into == nil || isNull(answer) {
		return r.about(err, action)
	}
	return r.about(json.Unmarshal(answer, into), action)
}

// List is Records.List into the module's own type, whose json tags are the
// record's keys.
func List[T any](r Records, q Query) ([]T, error) {
	answer, err := r.call.host.List(r.call.ctx, r.of, q.Encode())
	if err != nil {
		return nil, r.about(err, "list")
	}
	list := []T{}
	return list, r.about(json.Unmarshal(answer, &list), "list")
}

// First is Records.First into the module's own type.
func First[T any](r Records, q Query) (T, error) {
	q.Limit = 1
	list, err := List[T](r, q)
	if err == nil && len(list) == 0 {
		err = r.about(errs.Missing(), "find")
	}
	if err != nil {
		var zero T
		return zero, err
	}
	return list[0], nil
}

// Get is Records.Get into the module's own type.
func Get[T any](r Records, id string) (T, error) {
	answer, err := r.call.host.Get(r.call.ctx, r.of, id, "")
	return one[T](r, "get", answer, err)
}

// Create is Records.Create into the module's own type.
func Create[T any](r Records, values any) (T, error) {
	body, err := json.Marshal(values)
	if err != nil {
		return one[T](r, "create", nil, err)
	}
	answer, err := r.call.host.Create(r.call.ctx, r.of, body)
	return one[T](r, "create", answer, err)
}

// Update is Records.Update into the module's own type.
func Update[T any](r Records, id string, values any) (T, error) {
	body, err := json.Marshal(values)
	if err != nil {
		return one[T](r, "update", nil, err)
	}
	answer, err := r.call.host.Update(r.call.ctx, r.of, id, body)
	return one[T](r, "update", answer, err)
}

// one reads one record.
func one[T any](r Records, did string, answer json.RawMessage, err error) (T, error) {
	var record T
	if err == nil && len(answer) == 0 {
		err = errors.New("the platform answered nothing")
	}
	if err == nil {
		err = json.Unmarshal(answer, &record)
	}
	if err != nil {
		var zero T
		return zero, r.about(err, did)
	}
	return record, nil
}

package host

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// records are those that a handler means, with what it may do the verb with.
// Inside a transaction they work in it.
func (s *session) records(ctx context.Context, of sdk.Source, verb string) (collection.Records, error) {
	if of.Contract != "" {
		return s.contractRecords(ctx, of, verb)
	}
	in, ok := s.module.Collection(of.Collection)
	if !ok {
		var known []string
		for _, c := range s.module.Collections() {
			known = append(known, c.Name)
		}
		return collection.Records{}, fmt.Errorf("there is no collection %q.%s", of.Collection, suggestion(of.Collection, known))
	}
	if s.own || s.acting.Caller == nil {
		return s.acting.Own(in), nil
	}
	found, err := s.acting.Caller.Records(ctx, s.module.Manifest.ID, of.Collection, verb)
	return s.here(found), err
}

// here puts records into the transaction that is open, if one is.
func (s *session) here(r collection.Records) collection.Records {
	if s.acting.Scope.Inside() {
		r.Scope = r.Scope.Beside(s.acting.Scope)
	}
	return r
}

// write does one write. Inside a transaction it is a part that is undone alone
// when it is refused, so that a handler may go on.
func (s *session) write(ctx context.Context, of sdk.Source, verb string, fn func(r collection.Records) (json.RawMessage, error)) (out json.RawMessage, err error) {
	err = s.watch.during(ctx, func() error {
		r, err := s.records(ctx, of, verb)
		if err != nil {
			return err
		}
		if !r.Scope.Inside() {
			out, err = fn(r)
			return err
		}
		return r.Scope.Tx(ctx, func(tx pgx.Tx) error {
			r.Scope = r.Scope.Within(tx)
			out, err = fn(r)
			return err
		})
	})
	return out, err
}

// query reads a handler's query for the collection.
func query(in *collection.Collection, text string) (collection.Query, error) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return collection.Query{}, fmt.Errorf("the query %q cannot be read: %w", text, err)
	}
	return in.ParseQuery(values)
}

// List implements sdk.Host.
func (s *session) List(ctx context.Context, of sdk.Source, text string) (out json.RawMessage, err error) {
	err = s.watch.during(ctx, func() error {
		page, err := s.page(ctx, of, text, collection.CountNone)
		out = page.JSON
		return err
	})
	return out, err
}

// Count implements sdk.Host.
func (s *session) Count(ctx context.Context, of sdk.Source, text string) (n int64, err error) {
	err = s.watch.during(ctx, func() error {
		page, err := s.page(ctx, of, text, collection.CountCapped)
		n = page.Total
		if page.Capped {
			n++
		}
		return err
	})
	return n, err
}

func (s *session) page(ctx context.Context, of sdk.Source, text string, count collection.Count) (collection.Page, error) {
	r, err := s.records(ctx, of, "read")
	if err != nil {
		return collection.Page{}, err
	}
	q, err := query(r.Collection, text)
	if err != nil {
		return collection.Page{}, err
	}
	if q.Count = count; count != collection.CountNone {
		q.Limit = -1
	}
	return r.List(ctx, q)
}

// Get implements sdk.Host.
func (s *session) Get(ctx context.Context, of sdk.Source, id, text string) (out json.RawMessage, err error) {
	err = s.watch.during(ctx, func() error {
		key, err := recordID(id)
		if err != nil {
			return err
		}
		r, err := s.records(ctx, of, "read")
		if err != nil {
			return err
		}
		q, err := query(r.Collection, text)
		if err != nil {
			return err
		}
		out, err = r.Get(ctx, key, q)
		return err
	})
	return out, err
}

// recordID reads an id; what is not a UUID cannot exist.
func recordID(text string) (uuid.UUID, error) {
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return uuid.Nil, errs.Missing()
	}
	return id, nil
}

// Create implements sdk.Host.
func (s *session) Create(ctx context.Context, of sdk.Source, values json.RawMessage) (json.RawMessage, error) {
	return s.write(ctx, of, "create", func(r collection.Records) (json.RawMessage, error) {
		v, err := r.Collection.DecodeCode(values, r.Currency)
		if err != nil {
			return nil, err
		}
		return r.Create(ctx, v)
	})
}

// Update implements sdk.Host.
func (s *session) Update(ctx context.Context, of sdk.Source, id string, values json.RawMessage) (json.RawMessage, error) {
	return s.write(ctx, of, "update", func(r collection.Records) (json.RawMessage, error) {
		key, err := recordID(id)
		if err != nil {
			return nil, err
		}
		v, err := r.Collection.DecodeCode(values, r.Currency)
		if err != nil {
			return nil, err
		}
		var expected *int64
		if n, ok := v.Version(); ok {
			expected = &n
		}
		return r.Update(ctx, key, v, expected)
	})
}

// Delete implements sdk.Host.
func (s *session) Delete(ctx context.Context, of sdk.Source, id string) error {
	_, err := s.write(ctx, of, "delete", func(r collection.Records) (json.RawMessage, error) {
		key, err := recordID(id)
		if err != nil {
			return nil, err
		}
		return nil, r.Delete(ctx, key, nil)
	})
	return err
}

// Run implements sdk.Host.
func (s *session) Run(ctx context.Context, of sdk.Source, id, action string, params json.RawMessage) (json.RawMessage, error) {
	of, action = named(of, action)
	if of.Collection == "" {
		return s.runModule(ctx, of, action, params)
	}
	return s.write(ctx, of, action, func(r collection.Records) (json.RawMessage, error) {
		a, ok := actionOf(r.Collection, action)
		if !ok {
			return nil, fmt.Errorf("there is no action %q of %s", action, r.Collection.Name)
		}
		return run(ctx, r, a, id, params)
	})
}

// runModule runs an action of a module, the own one or that of a contract.
func (s *session) runModule(ctx context.Context, of sdk.Source, action string, params json.RawMessage) (out json.RawMessage, err error) {
	err = s.watch.during(ctx, func() error {
		actions, err := s.actions(ctx, of, action)
		if err != nil {
			return err
		}
		a, ok := actions.Module.Action(action)
		if !ok {
			return fmt.Errorf("there is no action %q of the module", action)
		}
		values, err := actions.Decode(a, params)
		if err != nil {
			return err
		}
		out, err = actions.Run(ctx, a, values)
		return err
	})
	return out, err
}

// actions are the module's own, or those of the module that offers a contract.
func (s *session) actions(ctx context.Context, of sdk.Source, action string) (collection.Actions, error) {
	if of.Contract != "" {
		return s.contractActions(ctx, of, action)
	}
	if s.own || s.acting.Caller == nil {
		return collection.Actions{Acting: s.acting, Module: s.module}, nil
	}
	found, err := s.acting.Caller.Actions(ctx, s.module.Manifest.ID, action)
	if s.acting.Scope.Inside() {
		found.Scope = found.Scope.Beside(s.acting.Scope)
	}
	return found, err
}

func actionOf(in *collection.Collection, name string) (*manifest.Action, bool) {
	for i := range in.Actions {
		if in.Actions[i].Name == name {
			return &in.Actions[i], true
		}
	}
	return nil, false
}

package module

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// caller is what a module may reach on its site when no actor stands behind it,
// as in a job: everything that its manifest names under uses, with the rights
// of the module that offers it. What of it is offered the host sees to.
type caller struct {
	c      *Catalogue
	acting collection.Acting

	mu   sync.Mutex
	list []Installation // nil until it is asked for
}

// Alone completes who acts for work that nobody asked for: the module itself.
func (c *Catalogue) Alone(a collection.Acting) collection.Acting {
	a.Caller = &caller{c: c, acting: a}
	return a
}

// enabled returns what runs on the site, read once for each run.
func (k *caller) enabled(ctx context.Context) ([]Installation, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.list == nil {
		all, err := k.c.List(ctx, k.acting.Scope.Site())
		if err != nil {
			return nil, err
		}
		k.list = []Installation{}
		for _, i := range all {
			if i.State == Enabled {
				k.list = append(k.list, i)
			}
		}
	}
	return k.list, nil
}

// of opens a module of the site.
func (k *caller) of(ctx context.Context, name string) (*Release, collection.Acting, error) {
	all, err := k.enabled(ctx)
	if err != nil {
		return nil, collection.Acting{}, err
	}
	for _, i := range all {
		if i.Name != name {
			continue
		}
		r, err := k.c.Release(ctx, i.Module, i.Version)
		if err != nil {
			return nil, collection.Acting{}, err
		}
		a := k.acting
		a.Scope, a.Finds = a.Scope.As(r.Runtime), i.Finds()
		a.Settings = r.Settings(i.Settings, a.Currency, a.Now().Format(time.DateOnly))
		a.Caller = k
		return r, a, nil
	}
	return nil, collection.Acting{}, errs.Missing()
}

// Records implements collection.Caller.
func (k *caller) Records(ctx context.Context, module, name, _ string) (collection.Records, error) {
	r, a, err := k.of(ctx, module)
	if err != nil {
		return collection.Records{}, err
	}
	in, ok := r.Module.Collection(name)
	if !ok {
		return collection.Records{}, errs.Missing()
	}
	return a.Own(in), nil
}

// Whole implements collection.Caller.
func (k *caller) Whole(ctx context.Context, module, name string) (collection.Records, error) {
	return k.Records(ctx, module, name, "")
}

// Actions implements collection.Caller.
func (k *caller) Actions(ctx context.Context, module, action string) (collection.Actions, error) {
	r, a, err := k.of(ctx, module)
	if err != nil {
		return collection.Actions{}, err
	}
	if _, ok := r.Module.Action(action); !ok {
		return collection.Actions{}, errs.Missing()
	}
	return collection.Actions{Acting: a, Module: r.Module}, nil
}

// Provider implements collection.Caller.
func (k *caller) Provider(ctx context.Context, contract string) (*collection.Module, bool, error) {
	all, err := k.enabled(ctx)
	if err != nil {
		return nil, false, err
	}
	for _, i := range all {
		// A module that does not run offers nothing.
		if r, err := k.c.Release(ctx, i.Module, i.Version); err == nil && r.Offers(contract) {
			return r.Module, true, nil
		}
	}
	return nil, false, nil
}

// Secret implements collection.Caller.
func (k *caller) Secret(ctx context.Context, module, name string) (json.RawMessage, error) {
	all, err := k.enabled(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range all {
		if i.Name == module {
			return k.c.Secret(i, name)
		}
	}
	return nil, errs.Missing()
}

package gateway

import (
	"context"
	"encoding/json"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// caller is what the actor of a call may do elsewhere on the site, for the code
// of modules (collection.Caller). What it asks for was remembered when the call
// was let in, and the scope asserts that it is still true.
type caller struct{ of *call }

// in returns the call as if it were for another module of the site.
func (k caller) in(module string) (*call, error) {
	c := *k.of
	if c.running != nil && c.running.Name == module && c.running.release != nil {
		return &c, nil
	}
	c.running = nil
	return &c, c.runModule(module)
}

// Records implements collection.Caller.
func (k caller) Records(_ context.Context, module, name, verb string) (collection.Records, error) {
	c, err := k.in(module)
	if err != nil {
		return collection.Records{}, err
	}
	return c.records(name, verb)
}

// Whole implements collection.Caller.
func (k caller) Whole(_ context.Context, module, name string) (collection.Records, error) {
	c, err := k.in(module)
	if err != nil {
		return collection.Records{}, err
	}
	in, ok := c.running.release.Module.Collection(name)
	if !ok {
		return collection.Records{}, errs.Missing()
	}
	return c.acting().Own(in), nil
}

// Actions implements collection.Caller.
func (k caller) Actions(_ context.Context, module, action string) (collection.Actions, error) {
	c, err := k.in(module)
	if err != nil {
		return collection.Actions{}, err
	}
	return c.actions(action)
}

// Provider implements collection.Caller.
func (k caller) Provider(_ context.Context, contract string) (*collection.Module, bool, error) {
	all, err := k.of.installed()
	if err != nil {
		return nil, false, err
	}
	for _, one := range all {
		if one.release != nil && one.release.Offers(contract) {
			return one.release.Module, true, nil
		}
	}
	return nil, false, nil
}

// Secret implements collection.Caller.
func (k caller) Secret(_ context.Context, module, name string) (json.RawMessage, error) {
	c, err := k.in(module)
	if err != nil {
		return nil, err
	}
	return c.Modules.Secret(c.running.Installation, name)
}

// actions are the running module's own, of which the actor may run the named one.
func (c *call) actions(name string) (collection.Actions, error) {
	module := c.running.release.Module
	if _, ok := module.Action(name); !ok {
		return collection.Actions{}, errs.Missing()
	}
	if !c.running.grants.Can("", name) {
		return collection.Actions{}, denied()
	}
	return collection.Actions{Acting: c.acting(), Module: module}, nil
}

// acting is the call's actor, for what belongs to no collection.
func (c *call) acting() collection.Acting {
	acting := collection.Acting{
		Scope: c.scope(), Finds: c.running.Finds(),
		Currency: c.site.Currency, Country: c.site.Country(), Language: c.site.Locale, Now: c.localNow,
		Settings: c.settings(), Caller: caller{c},
	}
	if c.Keys != nil {
		acting.Sealer = c.Keys
	}
	return acting
}

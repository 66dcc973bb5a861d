package sdk

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Site is the site that a call is for.
type Site struct {
	ID       string // UUID
	Zone     *time.Location
	Currency string // ISO 4217
}

// String returns the site's id.
func (s Site) String() string { return s.ID }

// ActorKind says what sort of actor a call is made for.
type ActorKind string

// The kinds of actors.
const (
	Visitor ActorKind = "visitor" // somebody on the site without a credential
	Member  ActorKind = "member"  // somebody of the agency or the client who is signed in
	Person  ActorKind = "person"  // somebody who is signed in on the site
	Key     ActorKind = "key"     // a program
	Own     ActorKind = "module"  // the module itself, as in a job
)

// Actor is for whom a call is made.
type Actor struct {
	Kind ActorKind
	ID   string // of the account or key; empty for visitors and the module itself
}

// Call is one run of a handler, and everything that it can reach. It ends with
// the handler: one that is kept reaches nothing. It is used by one goroutine.
type Call struct {
	ctx   context.Context
	host  Host
	site  Site
	actor Actor
}

// NewCall returns a call that reaches the platform through the host. The
// platform makes calls, and so do tests that bring a host of their own.
func NewCall(ctx context.Context, host Host, site Site, actor Actor) *Call {
	return &Call{ctx: ctx, host: host, site: site, actor: actor}
}

// Context is done when the call has used up its time, or when nobody waits for
// its answer any more. Code that computes for long looks at it.
func (c *Call) Context() context.Context { return c.ctx }

// Site returns the site that the call is for. There is no way to another one.
func (c *Call) Site() Site { return c.site }

// Actor returns for whom the call is made.
func (c *Call) Actor() Actor { return c.actor }

// Host returns the platform's side of the call, for packages that extend it.
func (c *Call) Host() Host { return c.host }

// Now returns the present moment in the site's time zone. It is the platform's
// clock, which tests turn.
func (c *Call) Now() time.Time { return c.host.Now().In(c.zone()) }

func (c *Call) zone() *time.Location {
	if c.site.Zone == nil {
		return time.UTC
	}
	return c.site.Zone
}

// NewID returns a new id, a UUID of version 7: ids grow with time.
func (c *Call) NewID() string { return c.host.NewID() }

// Log returns the log of the platform; every line names module, site and
// handler. It is for the operator: no values of records and no secrets.
func (c *Call) Log() *slog.Logger { return c.host.Log() }

// Setting reads a setting of the module on the site into a pointer: what the
// site says, else the declared default. One that is empty leaves it as it is.
func (c *Call) Setting(name string, into any) error {
	value, err := c.host.Setting(c.ctx, name)
	if err != nil || isNull(value) {
		return err
	}
	if err := json.Unmarshal(value, into); err != nil {
		return fmt.Errorf("setting %s: %w", name, err)
	}
	return nil
}

// Secret returns the text of a setting that says "secret: true"; empty when the
// site has not set it. It belongs into no record, answer or log.
func (c *Call) Secret(name string) (string, error) { return c.host.Secret(c.ctx, name) }

// Emit announces an event of the module on one of its collections, which
// declares it under events: Emit("ticket.escalated", id, data). It is written
// with the transaction, and delivered only if that is committed. data is nil, or
// marshals to a JSON object with the declared fields; id is the record's.
func (c *Call) Emit(event, id string, data any) error {
	payload := json.RawMessage(`{}`)
	if data != nil {
		var err error
		if payload, err = json.Marshal(data); err != nil {
			return fmt.Errorf("emit %s: %w", event, err)
		}
	}
	return c.host.Emit(c.ctx, event, id, payload)
}

// Tx joins what fn does to one transaction: all of it happens, or nothing when
// fn answers an error. Inside a hook or an action, which have a transaction
// already, it marks a part that can be undone on its own. fn must use the call
// it is given. It has 250 ms.
func (c *Call) Tx(fn func(c *Call) error) error {
	return c.host.Tx(c.ctx, func(ctx context.Context, host Host) error {
		return fn(&Call{ctx: ctx, host: host, site: c.site, actor: c.actor})
	})
}

// Records returns the records of one of the module's collections.
func (c *Call) Records(collection string) Records {
	return Records{call: c, of: Source{Collection: collection}}
}

// Contract returns a contract of another module that the manifest names under
// uses.
func (c *Call) Contract(name string) Contract { return Contract{call: c, name: name} }

// Contract is what another module offers: records with some of their fields,
// and actions. Calls of it are part of the caller's transaction and need the
// actor's own grant with the module that offers it; a job has the module's own
// right to what its manifest names under uses.
//
// When no module on the site offers the contract and is enabled, every call
// answers an error for which Absent is true.
type Contract struct {
	call *Call
	name string
}

// Records returns the contract's records of that name. Only the offered fields
// are seen, filtered and sorted by.
func (k Contract) Records(collection string) Records {
	return Records{call: k.call, of: Source{Contract: k.name, Collection: collection}}
}

// Run runs an action of the contract that belongs to no record: "post_entry",
// or "ticket.open" for one of a collection. params is nil or marshals to a JSON
// object; into is nil or a pointer that takes the answer.
func (k Contract) Run(action string, params, into any) error {
	return Records{call: k.call, of: Source{Contract: k.name}}.Run("", action, params, into)
}

// codeAbsent is the code of the error that Absent knows.
const codeAbsent = "contract_absent"

// Absent reports whether an error says that no enabled module of the site offers
// the contract. A module that names it as optional does without.
func Absent(err error) bool {
	e := errs.Of(err)
	return e != nil && e.Code == codeAbsent
}

// AbsentError is the error of a contract that nobody on the site offers.
func AbsentError(contract string) error {
	return errs.New(errs.Conflict, codeAbsent, "No enabled module on this site offers %s.", contract).
		WithHint("Install and enable a module that offers it.")
}

// isNull reports whether there is no value.
func isNull(value json.RawMessage) bool { return len(value) == 0 || string(value) == "null" }

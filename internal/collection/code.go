package collection

import (
	"context"
	"encoding/json"
	"time"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Code runs what a module's author wrote beside the declarations: the hooks of
// collections and the handlers of actions, by the names that the manifest
// derives. Every handler is one function from a call and a JSON value to a JSON
// value, whatever language it is written in.
//
// The engine calls it inside the transaction of the write. An error refuses the
// write and undoes the transaction; refusals have a kind (errs), all else is
// Internal.
type Code interface {
	Run(ctx context.Context, run Run) (json.RawMessage, error)
}

// Run is one run of a handler.
//
//	deal.before_save    {"record": …, "old": … or null} → the values it changes as an object, or null
//	deal.after_save     {"record": …, "old": … or null} → ignored
//	deal.before_delete  {"record": …} → ignored
//	deal.after_delete   {"record": …} → ignored
//	deal.convert        {"id": …, parameters…} → what the action returns; null: what it returns without code
//	deal.import_all     {parameters…} → the same, of an action of the collection
//	enrol_segment       {parameters…} → the same, of an action of the module
//
// Records are as the data API writes them, before_save's without what the
// platform adds on writing. The handler of an action on a record runs when the
// action is permitted and the record locked, before what the action itself
// writes: it may change the record, and the engine reads it again afterwards.
type Run struct {
	Name  string
	Input json.RawMessage
	// For is who acts. Its scope works within the open transaction.
	For Acting
	// AsModule gives the handler the module's own rights instead of the actor's.
	// Hooks always have them: they are the module's rules, not the actor's wish.
	AsModule bool
}

// Acting is who acts on which site at which moment, apart from any collection.
type Acting struct {
	Scope    pg.Scope
	Currency string           // of the site
	Now      func() time.Time // the present in the site's zone
	Settings map[string]any   // as Records has them
	Caller   Caller
}

// Caller opens what the actor may do elsewhere on the site, in the module that
// is running or in another one. Nil: no actor acts but the module itself, as in
// a job, and it may do everything with its own collections.
type Caller interface {
	// Records are those of a collection with what the actor may do the verb with,
	// over a scope of its own. A module or collection that is not on the site, or
	// not enabled, is NotFound; a permission that is not held is Denied.
	Records(ctx context.Context, module, collection, verb string) (Records, error)
	// Actions are the module's own, for an action that belongs to no collection.
	// The refusals are those of Records.
	Actions(ctx context.Context, module, action string) (Actions, error)
}

// Acting is who the records are read and written for.
func (r Records) Acting() Acting {
	return Acting{Scope: r.Scope, Currency: r.Currency, Now: r.Now, Settings: r.Settings, Caller: r.Caller}
}

// Bind gives the module the code that its manifest names. It is called once,
// before anybody else knows the module.
func (m *Module) Bind(code Code) { m.code = code }

// Code returns what runs the module's handlers; nil when it has none.
func (m *Module) Code() Code { return m.code }

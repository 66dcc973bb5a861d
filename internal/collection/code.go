package collection

import (
	"context"
	"encoding/json"
	"time"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Code runs what a module's author wrote beside the declarations: the hooks of
// collections and the handlers of actions, by the names that the manifest
// derives. Every handler is one function from a call and a JSON value to a JSON
// value, whatever language it is written in.
//
// Hooks and actions are called inside the transaction of the write. An error
// refuses the write and undoes the transaction; refusals have a kind (errs), all
// else is Internal.
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
//	install             {"from": version, "to": version} → ignored; so are enable,
//	                    configure, upgrade, disable and uninstall. Nothing happens
//	                    when the code has none of that name
//
// Outside of a transaction, with a scope that opens its own:
//
//	job.score           null → ignored
//	on.deals.deal.won   an event as sdk.Event has it → ignored
//	endpoint.calendar   a request as sdk.Request has it → an answer as sdk.Response
//
// Records are as the data API writes them, before_save's without what the
// platform adds on writing. The handler of an action on a record runs when the
// action is permitted and the record locked, before what the action itself
// writes: it may change the record, and the engine reads it again afterwards.
type Run struct {
	Name  string
	Input json.RawMessage
	// For is who acts. Within a transaction its scope works in it.
	For Acting
	// AsModule gives the handler of an action the module's own rights instead of
	// the actor's. All other handlers always have them: they are the module's
	// rules, not the actor's wish.
	AsModule bool
}

// Acting is who acts on which site at which moment, apart from any collection.
type Acting struct {
	Scope    pg.Scope
	Finds    bool             // as Records has it
	Currency string           // of the site
	Country  string           // as Records has it
	Language string           // as Records has it
	Now      func() time.Time // the present in the site's zone
	Settings map[string]any   // as Records has them
	Sealer   Sealer           // as Records has it
	Caller   Caller
}

// Caller opens what the actor may do elsewhere on the site, in the module that
// is running or in another one. It is asked while a transaction is open, so it
// answers from memory where it can.
//
// Nil: nobody acts but the module itself, as in a timer. Then it may do
// everything with its own collections and reaches nothing else.
type Caller interface {
	// Records are those of a collection with what the actor may do the verb with,
	// over a scope of its own. A module or collection that is not on the site, or
	// not enabled, is NotFound; a permission that is not held is Denied.
	Records(ctx context.Context, module, collection, verb string) (Records, error)
	// Whole are the records of a collection of an enabled module of the site, to
	// look whether one is there: no permission is asked.
	Whole(ctx context.Context, module, collection string) (Records, error)
	// Actions are the module's own, for an action that belongs to no collection.
	// The refusals are those of Records.
	Actions(ctx context.Context, module, action string) (Actions, error)
	// Provider is the enabled module of the site that offers the contract; false
	// when there is none.
	Provider(ctx context.Context, contract string) (*Module, bool, error)
	// Secret is the value of a secret setting of a module as JSON; NotFound when
	// it is not set. It is asked for the module that is running only.
	Secret(ctx context.Context, module, name string) (json.RawMessage, error)
}

// Acting is who the records are read and written for.
func (r Records) Acting() Acting {
	return Acting{
		Scope: r.Scope, Finds: r.Finds, Currency: r.Currency, Country: r.Country, Language: r.Language, Now: r.Now,
		Settings: r.Settings, Sealer: r.Sealer, Caller: r.Caller,
	}
}

// Bind gives the module the code that its manifest names. It is called once,
// before anybody else knows the module.
func (m *Module) Bind(code Code) { m.code = code }

// Code returns what runs the module's handlers; nil when it has none.
func (m *Module) Code() Code { return m.code }

// Own returns the records of one of the module's collections with the module's
// own rights: every row and every field.
func (a Acting) Own(in *Collection) Records {
	return Records{
		Scope: a.Scope, Collection: in, Reach: func(*Collection) (Access, bool) { return Access{}, true },
		Finds: a.Finds, Currency: a.Currency, Country: a.Country, Language: a.Language, Now: a.Now,
		Settings: a.Settings, Sealer: a.Sealer, Caller: a.Caller,
	}
}

// Module returns the module that the collection belongs to.
func (c *Collection) Module() *Module { return c.module }

// DecodeCode reads what the module's own code writes into a record: like
// DecodeJSON, and fields that are readonly to callers too.
func (c *Collection) DecodeCode(body []byte, currency string) (Values, error) {
	var fields []*Field
	for _, f := range c.fields {
		if f.Computed == "" && f.Set == "" {
			fields = append(fields, f)
		}
	}
	return c.decodeJSON(body, currency, fields, true)
}

// EncodeSetting writes the value of a declared setting as JSON, null for none.
func EncodeSetting(declared manifest.Field, value any) (json.RawMessage, error) {
	f, err := newField(&declared, declared.Name)
	if err != nil {
		return nil, err
	}
	return encodeValue(f, value)
}

package collection

import (
	"time"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Records reads and writes the records of one collection on one site, as one
// actor. Whether the actor holds the permission has been asked before; which
// rows and fields it reaches is in Access. Every method is one round trip.
type Records struct {
	Scope      pg.Scope
	Collection *Collection
	Access     Access  // what the actor may do this with
	Answer     *Access // what of a record a write may answer, which is asked of what it became; nil: what Access shows
	// Reach is what the actor may see of another collection of the module, false
	// for nothing. Nil: of none, so nothing can be embedded.
	Reach func(*Collection) (Access, bool)
	// Finds says that the database has the module's finder functions.
	Finds    bool
	Currency string           // of the site, for money defaults
	Country  string           // of the site, ISO 3166; empty when it is not known
	Language string           // of the site, BCP 47
	Now      func() time.Time // the present in the site's zone
	// Settings are the values of the module's settings on the site, for defaults:
	// string for text and dates, int64, money.Money, nil for empty.
	Settings map[string]any
	// May tells on which records the actor may run an action of the collection,
	// which a write that moves a state turns out to be. Nil: every one on all.
	May func(action string) (Access, bool)
	// Sealer encrypts what is kept secret; nil: nothing secret can be written.
	Sealer Sealer
	// Caller opens what the actor may do elsewhere, for the module's code.
	Caller Caller

	// later collects the records whose checks across records are tested at the
	// end; nil: each is tested when it is written.
	later *[]*draft
}

// answer is what of a record a write shows: no more than may be read.
func (r Records) answer() Access {
	if r.Answer != nil {
		return *r.Answer
	}
	return r.Access
}

// today is the date in the site's zone.
func (r Records) today() string { return r.Now().Format(time.DateOnly) }

func (r Records) moment() moment {
	return moment{now: r.Now(), today: r.today(), currency: r.Currency, settings: r.Settings}
}

// actor is the parameter for created_by and its like; nil for visitors.
func (r Records) actor() any {
	if actor := r.Scope.Actor(); actor.Valid {
		return actor.UUID.String()
	}
	return nil
}

// stamp is the moment of a write. PostgreSQL keeps microseconds.
func (r Records) stamp() time.Time { return r.Now().UTC().Truncate(time.Microsecond) }

// newArgs starts a statement's parameters with the site as $1.
func (r Records) newArgs() *expr.Args {
	args := &expr.Args{Now: r.Now()}
	args.Add(r.Scope.Site().String())
	return args
}

// live is the WHERE of everything: the site, not deleted, and admitted by the
// actor's reach. $1 is the site.
func (r Records) live(args *expr.Args) (string, error) {
	where := "t.site_id = $1::uuid and t.deleted_at is null"
	if r.Access.When == nil {
		return where, nil
	}
	when, err := r.condition(r.Collection, r.Access.When, args)
	if err != nil {
		return "", err
	}
	return where + " and " + when, nil
}

// condition is a checked condition as SQL over the record t.
func (r Records) condition(c *Collection, n expr.Node, args *expr.Args) (string, error) {
	return expr.Compile(n, c.source("t", args, r.rootColumns(args)), args)
}

func conflict(current []byte) error {
	e := errs.New(errs.Conflict, "version_conflict", "Somebody else has changed this record in the meantime.").
		WithHint("Look at the current record, and send your change again with its version.")
	e.Current = current
	return e
}

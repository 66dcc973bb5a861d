package collection

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Offer is what may be done with a record as it is now, for screens to show. It
// promises nothing: a write asks all of it again.
type Offer struct {
	Actions []*manifest.Action // that the actor may run, in the manifest's order
	Locked  bool               // only states and what the lock excepts change
	Kept    bool               // it may not be deleted
}

// Offers looks what a record offers to the actor. Conditions that ask for
// parameters are taken to hold. NotFound: there is no such record within reach.
func (r Records) Offers(ctx context.Context, id uuid.UUID) (Offer, error) {
	var offer Offer
	d, err := r.loadLocked(ctx, id, "")
	if err != nil {
		return offer, err
	}
	if d == nil {
		return offer, errs.Missing()
	}
	if offer.Locked, err = d.admitsRule(ctx, r.Collection.closed, false); err != nil {
		return offer, err
	}
	deletable, err := d.admitsRule(ctx, r.Collection.leaves, true)
	if err != nil {
		return offer, err
	}
	offer.Kept = !deletable || r.Collection.AppendOnly || r.Collection.Delete.Mode == deleteNever
	for i := range r.Collection.Actions {
		a := &r.Collection.Actions[i]
		run := r.Collection.runs[a.Name]
		if run == nil || a.Internal || a.Scope == scopeCollection {
			continue
		}
		offered, err := d.offers(ctx, run)
		if err != nil {
			return offer, err
		}
		if offered {
			offer.Actions = append(offer.Actions, a)
		}
	}
	return offer, nil
}

// offers reports whether the actor may run the action on the record now.
func (d *draft) offers(ctx context.Context, run *runnable) (bool, error) {
	state := run.state
	if state == nil && len(run.From) > 0 {
		state = d.records.Collection.stateOf(run.Action)
	}
	if state != nil {
		if from, _ := d.values[state.Name].(string); !run.leaves(from) {
			return false, nil
		}
	}
	may, err := d.mayRun(ctx, run)
	if err != nil || !may || asks(run.when) {
		return may, err
	}
	return d.admitsRule(ctx, run.when, true)
}

// asks reports whether a rule reads what only the caller of an action gives.
func asks(when rule) bool {
	return when.node != nil && slices.ContainsFunc(expr.Paths(when.node), func(path []string) bool { return path[0] == "params" })
}

// admitsRule is admits where there is a rule, and otherwise none.
func (d *draft) admitsRule(ctx context.Context, on rule, none bool) (bool, error) {
	if on.node == nil {
		return none, nil
	}
	return d.admits(ctx, on)
}

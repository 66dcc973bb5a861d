package host

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk"
)

// named splits "ticket.open" of a contract into its collection and action.
func named(of sdk.Source, action string) (sdk.Source, string) {
	if of.Contract != "" && of.Collection == "" {
		if in, name, dotted := strings.Cut(action, "."); dotted {
			of.Collection, action = in, name
		}
	}
	return of, action
}

// provider returns the module that offers the contract on the site, and what it
// offers. The manifest must name the contract under uses.
func (s *session) provider(ctx context.Context, contract string) (*collection.Module, manifest.Offer, error) {
	var known []string
	for _, use := range s.module.Manifest.Uses {
		known = append(known, use.Contract)
	}
	if !slices.Contains(known, contract) {
		return nil, manifest.Offer{}, fmt.Errorf("the manifest names no contract %q under uses.%s", contract, suggestion(contract, known))
	}
	if s.acting.Caller == nil {
		return nil, manifest.Offer{}, fmt.Errorf("the contract %q cannot be called here", contract)
	}
	module, there, err := s.acting.Caller.Provider(ctx, contract)
	if err != nil {
		return nil, manifest.Offer{}, err
	}
	if there {
		for _, offer := range module.Manifest.Offers {
			if offer.Contract == contract {
				return module, offer, nil
			}
		}
	}
	return nil, manifest.Offer{}, sdk.AbsentError(contract)
}

// contractRecords are those that another module offers: read only, and of them
// only the offered fields, within what the actor may read there.
func (s *session) contractRecords(ctx context.Context, of sdk.Source, verb string) (collection.Records, error) {
	module, offer, err := s.provider(ctx, of.Contract)
	if err != nil {
		return collection.Records{}, err
	}
	if slices.Contains(offer.Actions, of.Collection+"."+verb) {
		found, err := s.acting.Caller.Records(ctx, module.Manifest.ID, of.Collection, verb)
		return s.here(found), err
	}
	fields, ok := offer.Records[of.Collection]
	switch {
	case !ok:
		return collection.Records{}, fmt.Errorf("the contract %s offers no %s of %q", of.Contract, verb, of.Collection)
	case verb != "read":
		return collection.Records{}, fmt.Errorf("the records %s.%s can be read; they are changed by the actions of the contract", of.Contract, of.Collection)
	}
	found, err := s.acting.Caller.Records(ctx, module.Manifest.ID, of.Collection, verb)
	if err != nil {
		return collection.Records{}, err
	}
	found.Access.Fields = both(found.Access, found.Collection.Spelled(fields))
	found.Reach = nil // what lies beyond the records is not offered
	return s.here(found), nil
}

// both returns the offered fields that the actor may see.
func both(visible collection.Access, offered []string) []string {
	shared := []string{}
	for _, f := range offered {
		if visible.Visible(f) {
			shared = append(shared, f)
		}
	}
	return shared
}

// contractActions are those of the module that offers the contract.
func (s *session) contractActions(ctx context.Context, of sdk.Source, action string) (collection.Actions, error) {
	module, offer, err := s.provider(ctx, of.Contract)
	if err != nil {
		return collection.Actions{}, err
	}
	if !slices.Contains(offer.Actions, action) {
		return collection.Actions{}, fmt.Errorf("the contract %s offers no action %q.%s", of.Contract, action, suggestion(action, offer.Actions))
	}
	found, err := s.acting.Caller.Actions(ctx, module.Manifest.ID, action)
	if s.acting.Scope.Inside() {
		found.Scope = found.Scope.Beside(s.acting.Scope)
	}
	return found, err
}

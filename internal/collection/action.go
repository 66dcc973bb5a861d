package collection

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Run creates a record from an action's parameters, what the action sets, and
// defaults, in this order of precedence, and returns {"id": "..."}. Parameters
// may be fields that the actor cannot see or write otherwise: the action is the
// permission. Names that are not parameters are Invalid.
func (r Records) Run(ctx context.Context, a *manifest.Action, v Values) ([]byte, error) {
	c := r.Collection
	params := c.parameters(a)
	found := c.checkParameters(params, v)
	values := maps.Clone(v)
	if values == nil {
		values = Values{}
	}
	delete(values, versionKey)
	if err := c.set(values, a, r.moment()); err != nil {
		return nil, err
	}
	missing := fill(c.withParameters(params), values, r.moment())
	for _, f := range missing {
		if !slices.ContainsFunc(found, func(e errs.Field) bool { return e.Path == f.Path }) {
			found = append(found, f)
		}
	}
	if err := found.err(); err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make an id: %w", err)
	}
	if _, err := r.insert(ctx, id, values); err != nil {
		return nil, err
	}
	return []byte(`{"id":"` + id.String() + `"}`), nil
}

// withParameters are the collection's fields, with the parameters in the place
// of the fields that they are.
func (c *Collection) withParameters(params []*Field) []*Field {
	fields := slices.Clone(c.fields)
	for i, f := range fields {
		if p := find(params, f.key); p != nil {
			fields[i] = p
		}
	}
	return fields
}

// checkParameters applies the rules of the parameters to what was given.
func (c *Collection) checkParameters(params []*Field, v Values) complaints {
	var found complaints
	for _, f := range params {
		value, given := v[f.Name]
		if given {
			found.add(f.key, checkValue(f, value))
		}
	}
	for name := range v {
		isParam := slices.ContainsFunc(params, func(f *Field) bool { return f.Name == name })
		if !isParam && name != versionKey {
			found = append(found, unknownField(name, nil))
		}
	}
	slices.SortStableFunc(found, func(x, y errs.Field) int { return strings.Compare(x.Path, y.Path) })
	return found
}

// set adds what the action writes itself, where the caller gave no value. An
// empty setting is as if nothing was set. A value that does not fit is a fault
// of the manifest.
func (c *Collection) set(v Values, a *manifest.Action, at moment) error {
	for name, declared := range a.Set {
		f, ok := c.byName[name]
		if !ok {
			return fmt.Errorf("action %s sets %q, which is no field", a.Name, name)
		}
		if given, ok := v[f.Name]; ok && given != nil {
			continue
		}
		if declared == nil {
			v[f.Name] = nil
			continue
		}
		if at.emptySetting(declared) {
			continue
		}
		value, p := f.computed(declared, at)
		if p != nil {
			return fmt.Errorf("action %s sets %q: %s", a.Name, name, p.message)
		}
		v[f.Name] = value
	}
	return nil
}

package collection

import (
	"context"
	"maps"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Replace is Put of a record that exists and has the version: what is not given
// becomes empty. Nil is any version. A record that is not within update is NotFound.
func (r Records) Replace(ctx context.Context, row Row, update Access, version *int64) (Written, error) {
	r.Access = update
	if _, err := r.Update(ctx, row.ID, r.replacing(row.Values), version); err != nil {
		return Written{}, err
	}
	return Written{IDs: []uuid.UUID{row.ID}}, nil
}

// Put creates the record with its id, or replaces the one that has it: what is
// not given becomes empty. The reaches are as Upsert has them.
func (r Records) Put(ctx context.Context, row Row, update Access) (out Written, err error) {
	err = r.transact(ctx, func(r Records) (err error) {
		changing := r
		changing.Access = update
		out, err = r.upsert(ctx, []Row{row}, nil, false, func(id uuid.UUID, row Row) error {
			_, err := changing.Update(ctx, id, changing.replacing(row.Values), nil)
			if errs.KindOf(err) == errs.NotFound {
				return mayNot()
			}
			return err
		})
		return err
	})
	return out, err
}

// replacing adds to the values an empty one for every field that the actor
// could have given and did not. A secret stays: whoever gives back what was read
// cannot give it.
func (r Records) replacing(v Values) Values {
	all := maps.Clone(v)
	for _, i := range r.Collection.items {
		f := i.field
		if f == nil || !f.settable() || f.Immutable || f.sealed() || !r.Access.sees(i) {
			continue
		}
		if _, given := all[f.Name]; given {
			continue
		}
		all[f.Name] = nil
		if never, ok := f.kind.(beginner); ok {
			all[f.Name] = never.initial(f)
		}
	}
	return all
}

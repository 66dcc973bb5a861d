package collection

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// UpdateWhere changes the given values of every record that the query finds,
// in one transaction, as Update changes one. The query is answered within what
// the actor may read; what it may read and not write is left out and counted.
// A query without a condition is Invalid "unfiltered_write".
func (r Records) UpdateWhere(ctx context.Context, q Query, v Values) (out Written, err error) {
	err = r.forEach(ctx, q, &out, func(r Records, id uuid.UUID) error {
		_, err := r.Update(ctx, id, v, seen(v))
		return err
	})
	return out, err
}

// DeleteWhere is Remove of every record that the query finds, as UpdateWhere.
// None of them is held by another one that goes as well.
func (r Records) DeleteWhere(ctx context.Context, q Query, how Removal) (out Written, err error) {
	how.with = newDeparture()
	now := r.Now()
	r.Now = func() time.Time { return now } // what goes together is known by the moment
	err = r.forAll(ctx, q, &out, func(r Records, ids []uuid.UUID) error {
		how.with.going[r.Collection.Name] = slices.Clone(ids)
		for _, id := range ids {
			if err := r.Remove(ctx, id, how); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// Each runs fn on every record that the query finds and the actor's reach
// admits, as UpdateWhere does.
func (r Records) Each(ctx context.Context, q Query, fn func(Records, uuid.UUID) error) (out Written, err error) {
	err = r.forEach(ctx, q, &out, fn)
	return out, err
}

func (r Records) forEach(ctx context.Context, q Query, out *Written, fn func(Records, uuid.UUID) error) error {
	return r.forAll(ctx, q, out, func(r Records, ids []uuid.UUID) error {
		for _, id := range ids {
			if err := fn(r, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// forAll runs fn on all records that the query finds at once.
func (r Records) forAll(ctx context.Context, q Query, out *Written, fn func(Records, []uuid.UUID) error) error {
	if !q.filtered() {
		return errs.New(errs.Invalid, "unfiltered_write", "Name the records to write: a condition is missing.").
			WithHint("Add a filter to the address, like id=eq.<id> or id=in.(<id>,<id>).")
	}
	if r.Collection.AppendOnly { // such records never change, and nobody may lock them
		return appendOnly()
	}
	return r.Within(ctx, func(r Records) error {
		ids, err := r.matching(ctx, q, out)
		if err != nil {
			return err
		}
		out.IDs = ids
		return fn(r, ids)
	})
}

// filtered reports whether anything narrows the records down.
func (q Query) filtered() bool {
	if q.Where != nil {
		return true
	}
	return slices.ContainsFunc(q.Select.embeds(), func(e *Embed) bool { return e.Inner || e.None })
}

// matching finds and locks the records of a query that the actor may write.
func (r Records) matching(ctx context.Context, q Query, out *Written) ([]uuid.UUID, error) {
	reading := r
	if r.Reach != nil {
		if readable, ok := r.Reach(r.Collection); ok {
			reading.Access = readable
		}
	}
	asked := q
	asked.Select = Selection{}
	for _, s := range q.Select {
		if s.Embed != nil { // the values that are answered are another question
			asked.Select = append(asked.Select, s)
		}
	}
	p, err := reading.plan(asked)
	if err != nil {
		return nil, err
	}
	args := r.newArgs()
	b := builder{records: reading, args: args}
	where, err := b.live(p)
	if err != nil {
		return nil, err
	}
	admitted := "true"
	if r.Access.When != nil {
		if admitted, err = r.condition(r.Collection, r.Access.When, args); err != nil {
			return nil, err
		}
	}
	most := MaxWritten + 1
	if q.Limit != 0 {
		most = min(p.limit, most)
	}
	p.limit = most
	page, err := b.page(p)
	if err != nil {
		return nil, err
	}
	from, err := b.from(p, r.Collection.from())
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	found := 0
	read := func(rows pgx.Rows) error {
		for rows.Next() {
			var id uuid.UUID
			var may bool
			if err := rows.Scan(&id, &may); err != nil {
				return err
			}
			if found++; may {
				ids = append(ids, id)
			}
		}
		return rows.Err()
	}
	err = r.Scope.Batch(ctx, pg.Statement{
		SQL:  "select t.id, coalesce(" + admitted + ", false) from " + from + " where " + where + page + " for no key update",
		Args: args.Values, Read: read,
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("find %s: %w", r.Collection.Name, err)
	case found > MaxWritten:
		return nil, errs.New(errs.Invalid, "too_many_records", "More than %d records match.", MaxWritten).
			WithHint("Narrow the filter down, or add a limit.")
	}
	out.LeftOut = found - len(ids)
	return ids, nil
}

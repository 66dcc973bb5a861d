package collection

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// told is the select of what a write answers of the record that where finds: as
// much as the writer may read of what it has become, and of what it may not read
// any more that it was written.
func (r Records) told(where string, args *expr.Args) (string, error) {
	a := r.answer()
	if a.When == nil {
		return r.shown(a, where, args)
	}
	when, err := r.condition(r.Collection, a.When, args)
	if err != nil {
		return "", err
	}
	readable, err := r.shown(a, where+" and "+when, args)
	if err != nil {
		return "", err
	}
	written, err := r.shown(Access{Fields: []string{}}, where+" and ("+when+") is not true", args)
	return readable + " union all " + written, err
}

// bounded reports whether a change of the values may move a record within or out
// of a reach that the write is bound by, or that its answer is.
func (r Records) bounded(v Values) bool {
	for _, when := range []expr.Node{r.Access.When, r.Access.Stay, r.answer().When} {
		if when == nil {
			continue
		}
		var on rule
		r.Collection.follow(when, &on)
		if slices.ContainsFunc(on.reads, func(name string) bool { _, given := v[fieldIn(name)]; return given }) {
			return true
		}
	}
	return false
}

// outOfReach is the answer to a write after which the writer could not write the
// record again.
func outOfReach() error {
	return errs.New(errs.Denied, "out_of_reach", "This would not be one of the records that you may write.")
}

// stays returns the statement that asks whether a stored record is still one
// that the writer may write. What an action moves may leave, as far as it does
// so by the action: see leaves.
func (w *writing) stays(d *draft) ([]pg.Statement, error) {
	if w.Access.Stay == nil || w.action != nil && (!w.moved || d.old != nil) {
		return nil, nil
	}
	args := w.newArgs()
	when, err := w.condition(w.Collection, w.Access.Stay, args)
	if err != nil {
		return nil, err
	}
	return []pg.Statement{{
		SQL: "select 1 from " + w.Collection.from() + " where t.site_id = $1::uuid and t.id = " + args.Add(d.id.String()) +
			"::uuid and (" + when + ") is not true",
		Args: args.Values,
		Read: func(rows pgx.Rows) error {
			if rows.Next() {
				return outOfReach()
			}
			return rows.Err()
		},
	}}, nil
}

// leaves refuses a change that turned out to be an action if it takes the record
// out of reach by what else was given.
func (w *writing) leaves(ctx context.Context) error {
	if w.Access.Stay == nil || !w.moved {
		return nil
	}
	d, err := w.begin()
	if err != nil || d.old == nil {
		return err
	}
	for _, f := range w.Collection.fields {
		if f.Kind == manifest.KindState {
			d.values[f.Name], d.stamps[f.Name] = d.old.values[f.Name], d.old.stamps[f.Name]
		}
	}
	on := rule{node: w.Access.Stay}
	w.Collection.follow(on.node, &on)
	stays, err := d.admits(ctx, on)
	if err == nil && !stays {
		err = outOfReach()
	}
	return err
}

// sighting is a record that a writer points at, of a collection of which it
// reads some records and others not.
type sighting struct {
	sighted
	hide func() // points at nothing instead, in the draft where it was found
}

// sighted is what a sighting is about.
type sighted struct {
	of *Collection
	in *Lines // the id is of a line of such a record; nil: it is the record's own
	id uuid.UUID
}

// pointsInto is the collection that a field points into, and the lines of it if
// it is those; nil: none of this module.
func (f *Field) pointsInto() (of *Collection, in *Lines) {
	switch {
	case f.aim != nil:
		return f.aim.of, f.aim
	case f.list != nil:
		return f.list.target, nil
	}
	return f.target, nil
}

// limited is what a field points at, if the writer reads a part of it only.
func (r Records) limited(f *Field) (of *Collection, in *Lines) {
	of, in = f.pointsInto()
	if of == nil || r.mayPointAt(of).When == nil {
		return nil, nil
	}
	return of, in
}

// mayPointAt is what of a collection the actor sees to point at: what it reads. Of one
// that it may not read at all it knows the ids from elsewhere.
func (r Records) mayPointAt(of *Collection) Access {
	if r.Reach == nil {
		return Access{}
	}
	readable, ok := r.Reach(of)
	if !ok {
		return Access{}
	}
	return readable
}

// sightings are what a value points at and did not before, and the writer has to
// see; put changes the value where it stands.
func (r Records) sightings(f *Field, was, is any, put func(any)) []sighting {
	of, in := r.limited(f)
	if of == nil || is == nil {
		return nil
	}
	switch v := is.(type) {
	case uuid.UUID:
		if v != was {
			return []sighting{{sighted{of, in, v}, func() { put(uuid.Nil) }}}
		}
	case []uuid.UUID:
		before, _ := was.([]uuid.UUID)
		var all []sighting
		for i, id := range v {
			if slices.Contains(before, id) {
				continue
			}
			all = append(all, sighting{sighted{of, nil, id}, func() {
				v = slices.Clone(v)
				v[i] = uuid.Nil
				put(v)
			}})
		}
		return all
	}
	return nil
}

// newSightings are those of what the writer has given.
func (d *draft) newSightings() []sighting {
	var all []sighting
	for _, f := range d.records.Collection.fields {
		if !d.given[f.Name] {
			continue
		}
		if f.lines == nil {
			var was any
			if d.old != nil {
				was = d.old.values[f.Name]
			}
			all = append(all, d.records.sightings(f, was, d.values[f.Name], func(v any) { d.keep(f, v) })...)
			continue
		}
		for _, l := range d.lines[f.Name] {
			for _, line := range f.lines.fields {
				if l.given[line.Name] {
					all = append(all, d.records.sightings(line, l.old[line.Name], l.values[line.Name], func(v any) { l.values[line.Name] = v })...)
				}
			}
		}
	}
	return all
}

// sees has the write go on as if what the writer points at and does not see were
// not there: nothing is worked out of it, and it is refused in the same words.
func (w *writing) sees(ctx context.Context) error {
	d, err := w.begin()
	if err != nil {
		return nil // settling says so
	}
	unseen, err := w.unseen(ctx, d.newSightings())
	if err != nil || len(unseen) == 0 {
		return err
	}
	begin := w.begin
	w.begin = func() (*draft, error) {
		d, err := begin()
		if err != nil {
			return nil, err
		}
		for _, s := range d.newSightings() {
			if unseen[s.sighted] {
				s.hide()
			}
		}
		return d, nil
	}
	return nil
}

// unseen are those of the records that the writer may not read, or that are not
// there.
func (r Records) unseen(ctx context.Context, all []sighting) (map[sighted]bool, error) {
	type place struct {
		of *Collection
		in *Lines
	}
	unseen, byPlace := map[sighted]bool{}, map[place][]uuid.UUID{}
	for _, s := range all {
		unseen[s.sighted] = true
		byPlace[place{s.of, s.in}] = append(byPlace[place{s.of, s.in}], s.id)
	}
	var statements []pg.Statement
	for at, ids := range byPlace {
		reader := r
		reader.Collection = at.of
		reader.Access = r.mayPointAt(at.of)
		args := reader.newArgs()
		where, err := reader.live(args)
		if err != nil {
			return nil, err
		}
		sql := "select t.id from " + at.of.from() + " where " + where + " and t.id"
		if at.in != nil {
			sql = "select l.id from " + at.in.table + " l, " + at.of.from() + " where " + where + " and l.site_id = t.site_id and l.record_id = t.id and l.id"
		}
		sql += " = any (" + args.Add(idTexts(ids)) + "::uuid[])"
		statements = append(statements, pg.Statement{SQL: sql, Args: args.Values, Read: func(rows pgx.Rows) error {
			seen, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
			for _, id := range seen {
				delete(unseen, sighted{at.of, at.in, id})
			}
			return err
		}})
	}
	if len(statements) == 0 {
		return nil, nil
	}
	if err := r.Scope.Batch(ctx, statements...); err != nil {
		return nil, fmt.Errorf("look at what is pointed at: %w", err)
	}
	return unseen, nil
}

// pointsOut reports whether the values point at what the writer has to see.
func (r Records) pointsOut(v Values) bool {
	return slices.ContainsFunc(r.Collection.fields, func(f *Field) bool {
		of, _ := r.limited(f)
		return of != nil && v[f.Name] != nil
	})
}

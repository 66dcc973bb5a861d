package collection

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Create stores a new record and returns it as JSON. Missing values get their
// defaults; what breaks a rule is Invalid with all complaints, a record like it
// that exists is Conflict.
func (r Records) Create(ctx context.Context, v Values) ([]byte, error) {
	id, err := newRecordID()
	if err != nil {
		return nil, err
	}
	if err := r.Collection.newLines(v).err(); err != nil {
		return nil, err
	}
	return r.createAs(ctx, id, v)
}

// createAs is Create of a record whose id is known.
func (r Records) createAs(ctx context.Context, id uuid.UUID, v Values) ([]byte, error) {
	record, err := r.create(ctx, id, r.Collection.check(v, r.Access), v, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", r.Collection.Name, err)
	}
	return record, nil
}

// create stores a new record, as an action does if there is one. What needs no
// answer of the database on the way is one statement in one round trip; the
// rest is a transaction.
func (r Records) create(ctx context.Context, id uuid.UUID, found complaints, v Values, run *runnable, params Values) ([]byte, error) {
	if !r.Collection.createsAtOnce(v, run) || r.Access.Stay != nil || r.pointsOut(v) || r.mentionsIn(r.Collection.fields, v) || r.mentionsIn(run.ownParams(r.Collection), params) {
		if err := found.err(); err != nil && len(r.Collection.scheme.steps) == 0 {
			return nil, err
		}
		var record []byte
		err := r.transact(ctx, func(r Records) error {
			w := r.creation(id, v, run, params)
			if err := w.sees(ctx); err != nil {
				return err
			}
			d, err := w.settle(ctx)
			if err = found.with(err); err != nil {
				return err
			}
			if err := r.permits(ctx, "create", d); err != nil {
				return err
			}
			record, err = w.write(ctx, d)
			return err
		})
		return record, err
	}
	w := r.creation(id, v, run, params)
	d, err := w.settle(ctx)
	if err = found.with(err); err != nil {
		return nil, err
	}
	if err := d.seal(); err != nil {
		return nil, err
	}
	var record []byte
	statements, err := d.insertAndLook(w.action, &record)
	if err != nil {
		return nil, err
	}
	events, err := w.events(d)
	if err != nil {
		return nil, err
	}
	if err := r.Scope.Batch(ctx, append(statements, events...)...); err != nil {
		return nil, r.Collection.explainFor(err, d)
	}
	return record, nil
}

func (r Records) creation(id uuid.UUID, v Values, run *runnable, params Values) *writing {
	return &writing{
		Records: r, action: run, params: params,
		begin: func() (*draft, error) {
			d := r.newDraft(id)
			return d, d.give(v)
		},
	}
}

// with joins complaints with an error that may hold more of them; of two about
// one value the first stays. An error that is not about values comes before all
// complaints.
func (c complaints) with(err error) error {
	e := errs.Of(err)
	if err != nil && (e == nil || len(e.Fields) == 0 || e.Code != "invalid") {
		if len(c) > 0 && e != nil && e.Kind != errs.Internal {
			return c.err()
		}
		return err
	}
	all := slices.Clone(c)
	if e != nil {
		for _, f := range e.Fields {
			if !slices.ContainsFunc(all, func(have errs.Field) bool { return have.Path == f.Path }) {
				all = append(all, f)
			}
		}
	}
	return all.err()
}

// permits asks the condition that the collection sets on one of the built-in
// actions.
func (r Records) permits(ctx context.Context, verb string, d *draft) error {
	on, ok := r.Collection.builtIn[verb]
	if !ok || on.node == nil {
		return nil
	}
	holds, err := d.admits(ctx, on)
	if err != nil {
		return fmt.Errorf("%s: when: %w", verb, err)
	}
	if !holds {
		return refused(on.message, verb)
	}
	return nil
}

// fieldArgs are the parameters of a field's columns.
func fieldArgs(f *Field, value any) []any {
	if value == nil {
		return make([]any, len(f.columns))
	}
	return f.kind.args(value)
}

// insertStatement writes every column always, so that a collection has one
// statement for creation. $1 site, $2 id, $3 now, $4 actor, then the fields but
// for those whose value is SQL of its own.
func (c *Collection) insertStatement(own map[*Field]string) string {
	columns := []string{"site_id", "id", "created_at", "created_by", "updated_at", "updated_by"}
	values := []string{"$1::uuid", "$2::uuid", "$3::timestamptz", "$4::uuid", "$3::timestamptz", "$4::uuid"}
	at := 4
	add := func(name, kind string) {
		at++
		columns = append(columns, quote(name))
		values = append(values, fmt.Sprintf("$%d::%s", at, kind))
	}
	if c.Ordered != "" {
		add(positionColumn, "text")
	}
	for _, f := range stored(c.fields) {
		if sql, ok := own[f]; ok {
			columns, values = append(columns, quote(f.columns[0].Name)), append(values, sql)
			continue
		}
		for _, column := range f.columns {
			at++
			columns = append(columns, quote(column.Name))
			values = append(values, f.valueSQL(fmt.Sprintf("$%d", at), column))
		}
		if f.stamp != "" {
			add(f.stamp, "timestamptz")
		}
	}
	if c.own() != nil {
		columns = append(columns, quote("custom"))
		values = append(values, ownInsert(fmt.Sprintf("$%d", at+1)))
	}
	if c.physical.Epoch > 1 {
		columns, values = append(columns, quote(epochColumn)), append(values, strconv.Itoa(c.physical.Epoch))
	}
	return "insert into " + c.table + " as t (" + strings.Join(columns, ", ") + ") values (" +
		strings.Join(values, ", ") + ") returning "
}

// valueSQL is what a write puts into a column; a reference is looked up.
func (f *Field) valueSQL(placeholder string, column Column) string {
	value := placeholder + "::" + column.Type
	if f.target == nil {
		return value
	}
	return liveID(f.target, value)
}

// appendOnly refuses what would change a record that is never changed.
func appendOnly() error {
	return errs.New(errs.Conflict, "append_only", "Records of this kind are never changed.")
}

// Update changes the given values of a record and returns it as JSON. With a
// version the record must still have it, else the error is Conflict
// "version_conflict" with the current record. What the actor cannot see is
// NotFound.
func (r Records) Update(ctx context.Context, id uuid.UUID, v Values, version *int64) ([]byte, error) {
	if err := r.Collection.check(v, r.Access).err(); err != nil {
		return nil, err
	}
	if r.Collection.AppendOnly {
		return nil, appendOnly()
	}
	if !v.empty() && (r.Collection.fixes(v) || !r.Collection.updatesAtOnce(v) || r.bounded(v) || r.pointsOut(v) || r.mentionsIn(r.Collection.fields, v)) {
		record, err := r.change(ctx, id, v, version, nil, nil)
		if err != nil {
			return nil, fmt.Errorf("update %s: %w", r.Collection.Name, err)
		}
		return record, nil
	}
	return r.updateAtOnce(ctx, id, v, version)
}

// fixes reports whether there is a value among the given that never changes.
func (c *Collection) fixes(v Values) bool {
	return slices.ContainsFunc(c.fields, func(f *Field) bool {
		_, given := v[f.Name]
		return given && f.Immutable
	})
}

// keepsFixed complains about given values that differ from what the record was
// created with and keeps.
func (d *draft) keepsFixed(v Values) error {
	if !d.records.Collection.fixes(v) {
		return nil
	}
	next := d.next()
	if err := next.give(v); err != nil {
		return err
	}
	var found complaints
	for _, f := range d.records.Collection.fields {
		if f.Immutable && next.given[f.Name] && next.changed(f.Name) {
			found.add(f.key, wrong("immutable", "Cannot be changed after creation."))
		}
	}
	return found.err()
}

// change updates a record in a transaction, as an action does if there is one.
func (r Records) change(ctx context.Context, id uuid.UUID, v Values, version *int64, run *runnable, params Values) ([]byte, error) {
	var record []byte
	err := r.transact(ctx, func(r Records) error {
		old, err := r.present(ctx, id, version)
		if err != nil {
			return err
		}
		if run == nil {
			if err := old.keepsFixed(v); err != nil {
				return err
			}
			if err := r.permits(ctx, "update", old); err != nil {
				return err
			}
		}
		record, err = r.changeFrom(ctx, old, v, run, params)
		return err
	})
	return record, err
}

// changeFrom writes the change of a loaded record.
func (r Records) changeFrom(ctx context.Context, old *draft, v Values, run *runnable, params Values) ([]byte, error) {
	w := &writing{
		Records: r, action: run, params: params,
		begin: func() (*draft, error) {
			d := old.next()
			return d, d.give(v)
		},
	}
	if err := w.sees(ctx); err != nil {
		return nil, err
	}
	d, err := w.settle(ctx)
	if err != nil {
		return nil, err
	}
	return w.write(ctx, d)
}

// present loads a record to be written. With a version it must still have it;
// what the actor sees and may not write is Denied.
func (r Records) present(ctx context.Context, id uuid.UUID, version *int64) (*draft, error) {
	old, err := r.load(ctx, id)
	if err != nil {
		return nil, err
	}
	if old == nil {
		return nil, r.absent(ctx, id)
	}
	if version != nil && *version != old.version {
		var current []byte
		look, err := old.look(&current)
		if err != nil {
			return nil, err
		}
		if err := r.Scope.Batch(ctx, look); err != nil {
			return nil, err
		}
		return nil, conflict(current)
	}
	return old, nil
}

// absent is the error for a record that the actor may not write: NotFound,
// unless it may be read, which is Denied.
func (r Records) absent(ctx context.Context, id uuid.UUID) error {
	if r.Reach == nil || r.Access.When == nil {
		return errs.Missing()
	}
	readable, ok := r.Reach(r.Collection)
	if !ok {
		return errs.Missing()
	}
	reader := r
	reader.Access = readable
	args := reader.newArgs()
	where, err := reader.one(id, args)
	if err != nil {
		return err
	}
	var seen []byte
	err = r.Scope.Batch(ctx, pg.Statement{
		SQL: "select '{}'::json from " + r.Collection.from() + " where " + where, Args: args.Values, Read: pg.JSON(&seen),
	})
	if err == nil && seen != nil {
		return errs.New(errs.Denied, "denied", "You may see this record, but not change it.")
	}
	if err != nil {
		return err
	}
	return errs.Missing()
}

// updateAtOnce is an update from which nothing follows but what was given: one
// round trip.
func (r Records) updateAtOnce(ctx context.Context, id uuid.UUID, v Values, version *int64) ([]byte, error) {
	if v.empty() {
		return r.unchanged(ctx, id)
	}
	projection, err := r.Collection.projection(nil, r.answer(), nil)
	if err != nil {
		return nil, err
	}
	var updated, current []byte
	update, err := r.updateStatement(id, v, version, projection)
	if err != nil {
		return nil, err
	}
	update.Read = pg.JSON(&updated)
	// The record as it is tells a stale version from an absent record.
	look, err := r.lookStatement(id)
	if err != nil {
		return nil, err
	}
	look.Read = pg.JSON(&current)
	if err := r.Scope.Batch(ctx, update, look); err != nil {
		return nil, fmt.Errorf("update %s: %w", r.Collection.Name, r.Collection.explain(err))
	}
	switch {
	case updated != nil:
		return updated, nil
	case current != nil:
		return nil, conflict(current)
	}
	return nil, r.absent(ctx, id)
}

// unchanged answers an update that changes nothing.
func (r Records) unchanged(ctx context.Context, id uuid.UUID) ([]byte, error) {
	look, err := r.lookStatement(id)
	if err != nil {
		return nil, err
	}
	var current []byte
	look.Read = pg.JSON(&current)
	if err := r.Scope.Batch(ctx, look); err != nil {
		return nil, fmt.Errorf("look at %s: %w", r.Collection.Name, err)
	}
	if current == nil {
		return nil, errs.Missing()
	}
	return current, nil
}

func (r Records) updateStatement(id uuid.UUID, v Values, version *int64, projection string) (pg.Statement, error) {
	args := r.newArgs()
	sets := []string{
		"version = t.version + 1",
		"updated_at = " + args.Add(r.stamp()) + "::timestamptz",
		"updated_by = " + args.Add(r.actor()) + "::uuid",
	}
	for _, f := range stored(r.Collection.fields) {
		value, given := v[f.Name]
		if !given {
			continue
		}
		value, err := f.seal(value, r.Sealer, r.sealedAt(f, id))
		if err != nil {
			return pg.Statement{}, err
		}
		for i, arg := range fieldArgs(f, value) {
			column := f.columns[i]
			sets = append(sets, quote(column.Name)+" = "+f.valueSQL(args.Add(arg), column))
		}
	}
	if own := r.Collection.ownValues(v, func(f *Field) bool { _, given := v[f.Name]; return given }); own != "" {
		sets = append(sets, ownUpdate(args.Add(own)))
	}
	where, err := r.one(id, args)
	if err != nil {
		return pg.Statement{}, err
	}
	where += versionIs(version, args)
	return pg.Statement{
		SQL:  "update " + r.Collection.table + " as t set " + strings.Join(sets, ", ") + " where " + where + " returning " + asJSON(projection),
		Args: args.Values,
	}, nil
}

// one is the WHERE of a single record.
func (r Records) one(id uuid.UUID, args *expr.Args) (string, error) {
	where, err := r.live(args)
	return where + " and t.id = " + args.Add(id.String()) + "::uuid", err
}

func versionIs(version *int64, args *expr.Args) string {
	if version == nil {
		return ""
	}
	return " and t.version = " + args.Add(*version) + "::bigint"
}

// lookStatement reads the record as a write answers it.
func (r Records) lookStatement(id uuid.UUID) (pg.Statement, error) {
	args := r.newArgs()
	where, err := r.one(id, args)
	if err != nil {
		return pg.Statement{}, err
	}
	sql, err := r.told(where, args)
	return pg.Statement{SQL: sql, Args: args.Values}, err
}

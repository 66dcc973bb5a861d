package collection

import (
	"context"
	"fmt"
	"maps"
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
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make an id: %w", err)
	}
	return r.createAs(ctx, id, v)
}

// createAs is Create of a record that has its id already.
func (r Records) createAs(ctx context.Context, id uuid.UUID, v Values) ([]byte, error) {
	found := r.Collection.check(v, r.Access)
	v = maps.Clone(v)
	if v == nil {
		v = Values{}
	}
	found = append(found, fill(r.Collection.fields, v, r.moment())...)
	if err := found.err(); err != nil {
		return nil, err
	}
	return r.insert(ctx, id, v)
}

// insert stores checked values.
func (r Records) insert(ctx context.Context, id uuid.UUID, v Values) ([]byte, error) {
	projection, err := r.Collection.projection(nil, r.answer(), nil)
	if err != nil {
		return nil, err
	}
	args := []any{r.Scope.Site().String(), id.String(), r.stamp(), r.actor()}
	for _, f := range r.Collection.fields {
		args = append(args, fieldArgs(f, v[f.Name])...)
	}
	var record []byte
	err = r.Scope.Batch(ctx, pg.Statement{
		SQL: r.Collection.insert + asJSON(projection), Args: args, Read: pg.JSON(&record),
	})
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", r.Collection.Name, r.Collection.explain(err))
	}
	return record, nil
}

// fieldArgs are the parameters of a field's columns.
func fieldArgs(f *Field, value any) []any {
	if value == nil {
		return make([]any, len(f.columns))
	}
	return f.kind.args(value)
}

// insertStatement writes every column always, so that a collection has one
// statement for creation. $1 site, $2 id, $3 now, $4 actor, then the fields.
func (c *Collection) insertStatement() string {
	columns := []string{"site_id", "id", "created_at", "created_by", "updated_at", "updated_by"}
	values := []string{"$1::uuid", "$2::uuid", "$3::timestamptz", "$4::uuid", "$3::timestamptz", "$4::uuid"}
	at := 4
	for _, f := range c.fields {
		for _, column := range f.columns {
			at++
			columns = append(columns, quote(column.Name))
			values = append(values, f.valueSQL(fmt.Sprintf("$%d", at), column))
		}
	}
	return "insert into " + c.table + " as t (" + strings.Join(columns, ", ") + ") values (" +
		strings.Join(values, ", ") + ") returning "
}

// valueSQL is what a write puts into a column. A reference is looked up among
// the live records of the site ($1) and locked against deletion until the end
// of the transaction. When it is not there the nil id is written instead, which
// no record has: the foreign key then refuses the write, in the words that a
// record of another site or one that never was also gets.
func (f *Field) valueSQL(placeholder string, column Column) string {
	value := placeholder + "::" + column.Type
	if f.target == nil {
		return value
	}
	return "case when " + value + " is not null then coalesce((select x.id from " + f.target.table +
		" x where x.site_id = $1::uuid and x.id = " + value + " and x.deleted_at is null for share), '" +
		uuid.Nil.String() + "'::uuid) end"
}

// Update changes the given values of a record and returns it as JSON. With a
// version the record must still have it, else the error is Conflict
// "version_conflict" with the current record. What the actor cannot see is
// NotFound.
func (r Records) Update(ctx context.Context, id uuid.UUID, v Values, version *int64) ([]byte, error) {
	found := r.Collection.check(v, r.Access)
	for _, f := range r.Collection.fields {
		if _, given := v[f.Name]; given && f.Immutable {
			found.add(f.key, wrong("immutable", "Cannot be changed after creation."))
		}
	}
	if err := found.err(); err != nil {
		return nil, err
	}
	projection, err := r.Collection.projection(nil, r.answer(), nil)
	if err != nil {
		return nil, err
	}
	var updated, current []byte
	if v.empty() {
		return r.unchanged(ctx, id, projection)
	}
	update, err := r.updateStatement(id, v, version, projection)
	if err != nil {
		return nil, err
	}
	update.Read = pg.JSON(&updated)
	// The record as it is tells a stale version from an absent record.
	look, err := r.lookStatement(id, projection)
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
	return nil, errs.Missing()
}

// unchanged answers an update that changes nothing.
func (r Records) unchanged(ctx context.Context, id uuid.UUID, projection string) ([]byte, error) {
	look, err := r.lookStatement(id, projection)
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
	for _, f := range r.Collection.fields {
		value, given := v[f.Name]
		if !given {
			continue
		}
		for i, arg := range fieldArgs(f, value) {
			column := f.columns[i]
			sets = append(sets, quote(column.Name)+" = "+f.valueSQL(args.Add(arg), column))
		}
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

func (r Records) lookStatement(id uuid.UUID, projection string) (pg.Statement, error) {
	args := r.newArgs()
	where, err := r.one(id, args)
	return pg.Statement{
		SQL:  "select " + asJSON(projection) + " from " + r.Collection.table + " t where " + where,
		Args: args.Values,
	}, err
}

package collection

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

// Run runs an action: on the record of that id, or, where its scope is the
// collection, on none. Of what stands in a new value, what the caller gave
// comes before what the action sets, and that before defaults. Parameters may
// be fields that the actor cannot see or write otherwise: the action is the
// permission. Names that are not parameters are Invalid, a state that the
// action does not start from is Conflict "illegal_move", and a rule of the
// action that does not hold is Conflict "refused".
//
// It returns what the action's code answers; else {"id": "..."} where a record
// was made or nothing may be read, and the record where Answer says what of it
// may be.
func (r Records) Run(ctx context.Context, a *manifest.Action, id uuid.UUID, v Values) ([]byte, error) {
	run, ok := r.Collection.runs[a.Name]
	if !ok {
		return nil, errs.Missing()
	}
	params, found, err := r.given(run, v)
	if err != nil {
		return nil, err
	}
	atLarge := run.Scope == scopeCollection || run.Scope == "" && id == uuid.Nil
	astray, err := r.astray(ctx, run, params, atLarge)
	if err != nil {
		return nil, fmt.Errorf("run %s of %s: %w", a.Name, r.Collection.Name, err)
	}
	found = append(found, astray...)
	var answer []byte
	if atLarge {
		answer, err = r.runAtLarge(ctx, run, params, found)
	} else if err = found.err(); err == nil {
		answer, err = r.runOn(ctx, run, id, params, seen(v))
	}
	if err != nil {
		return nil, fmt.Errorf("run %s of %s: %w", a.Name, r.Collection.Name, err)
	}
	return answer, nil
}

// Result is what an action did with one of many records.
type Result struct {
	ID     uuid.UUID
	Answer []byte
	Err    error // nil: it ran
}

// RunMany runs an action on each of the records, each for itself: one that is
// refused holds up no other. Only an end of the context ends it.
func (r Records) RunMany(ctx context.Context, a *manifest.Action, ids []uuid.UUID, v Values) []Result {
	results := make([]Result, len(ids))
	for i, id := range ids {
		results[i].ID = id
		if results[i].Err = ctx.Err(); results[i].Err == nil {
			results[i].Answer, results[i].Err = r.Run(ctx, a, id, v)
		}
	}
	return results
}

// given checks the parameters and adds the defaults of those that have one of
// their own; what is missing is a complaint.
func (r Records) given(run *runnable, v Values) (Values, complaints, error) {
	found := r.Collection.checkParameters(run.params, v)
	params := maps.Clone(v)
	if params == nil {
		params = Values{}
	}
	delete(params, versionKey)
	for _, f := range run.params {
		if _, given := params[f.Name]; given {
			continue
		}
		own := r.Collection.byName[f.Name]
		declared := slices.IndexFunc(run.Params, func(p manifest.Field) bool { return p.Name == f.Name })
		if own != nil && (declared < 0 || run.Params[declared].Default == nil) {
			if declared >= 0 && run.Params[declared].Required && f.Default == nil {
				found.add(f.key, required())
			}
			continue // the field's own default comes when the record is worked out
		}
		if f.Default == nil {
			if f.Required {
				found.add(f.key, required())
			}
			continue
		}
		value, err := r.parameterDefault(f)
		if err != nil {
			return nil, nil, err
		}
		found.add(f.key, checkValue(f, value))
		params[f.Name] = value
	}
	if run.Code { // which runs before the record is worked out
		for name, value := range params {
			if m, ok := value.(money.Money); ok && m.Currency == "" {
				m.Currency = r.Currency
				params[name] = m
			}
		}
	}
	return params, found, nil
}

// parameterDefault works out a parameter's default, which reads no record.
func (r Records) parameterDefault(f *Field) (any, error) {
	if _, computed := expressionOf(f.Default); !computed {
		value, p := f.kind.literal(f, f.Default, r.moment())
		if p != nil {
			return nil, fmt.Errorf("default of %s: %s", f.Name, p.message)
		}
		return value, nil
	}
	d := r.newDraft(uuid.Nil)
	n, err := f.expression(f.Default, recordSchema{r.Collection, r.Collection.module.roots()})
	if err != nil {
		return nil, fmt.Errorf("default of %s: %w", f.Name, err)
	}
	return d.evaluate(f, n)
}

// runAtLarge runs an action that has no record to begin with: its code, or else
// the making of a record from its parameters.
func (r Records) runAtLarge(ctx context.Context, run *runnable, params Values, found complaints) ([]byte, error) {
	if run.Code {
		if err := found.err(); err != nil {
			return nil, err
		}
		var answer []byte
		err := r.transact(ctx, func(r Records) (err error) {
			answer, err = r.runCode(ctx, run, nil, params)
			return err
		})
		return answer, err
	}
	id, err := newRecordID()
	if err != nil {
		return nil, err
	}
	if _, err := r.create(ctx, id, found, r.fieldsOf(params), run, params); err != nil {
		return nil, err
	}
	return idOnly(id), nil
}

func idOnly(id uuid.UUID) []byte { return []byte(`{"id":"` + id.String() + `"}`) }

// fieldsOf are those parameters that are fields of the collection.
func (r Records) fieldsOf(params Values) Values {
	values := Values{}
	for name, value := range params {
		if f, ok := r.Collection.byName[name]; ok {
			values[f.Name] = value
		}
	}
	return values
}

// runOn runs an action on a record.
func (r Records) runOn(ctx context.Context, run *runnable, id uuid.UUID, params Values, version *int64) ([]byte, error) {
	var answer []byte
	err := r.transact(ctx, func(r Records) error {
		old, err := r.present(ctx, id, version)
		if err != nil {
			return err
		}
		if run.state != nil || len(run.From) > 0 {
			state := run.state
			if state == nil {
				state = r.Collection.stateOf(run.Action)
			}
			if from, _ := old.values[state.Name].(string); !run.leaves(from) {
				return old.illegal(state, from, run.To)
			}
		}
		if err := old.allows(ctx, run, params); err != nil {
			return err
		}
		var said []byte
		if run.Code {
			if said, err = r.runCode(ctx, run, &id, params); err != nil {
				return err
			}
			if old, err = r.present(ctx, id, nil); err != nil {
				return err
			}
		}
		record := idOnly(id)
		values := r.fieldsOf(params)
		if !run.Reads {
			if record, err = r.changeFrom(ctx, old, values, run, params); err != nil {
				return err
			}
		}
		switch {
		case said != nil && !bytes.Equal(said, []byte("null")):
			answer = said
		case r.Answer != nil:
			answer = record
		default:
			answer = idOnly(id)
		}
		return nil
	})
	return answer, err
}

// runCode calls the action's handler with the parameters, and the record's id
// if there is one.
func (r Records) runCode(ctx context.Context, run *runnable, id *uuid.UUID, params Values) ([]byte, error) {
	input, err := encodeFields(told(run.params), params)
	if err != nil {
		return nil, err
	}
	if id != nil {
		input = withID(*id, input)
	}
	return r.code(ctx, r.Collection.Name+"."+run.Name, input, run.AsModule)
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

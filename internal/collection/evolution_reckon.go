package collection

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// reckon works out anew the stored computed values that may come out otherwise
// in the version that the site comes to: those that the version it leaves does
// not keep or computes by other rules, and those that are made of what has got
// other values on the way. It writes what differs, so that records whose values
// stay are not touched, and tests what it wrote against the fields' rules.
func (w passage) reckon(ctx context.Context, tx pgx.Tx, found *offending) error {
	for _, c := range w.to.collections {
		if w.from.sharing(c) == nil {
			continue
		}
		var due []*step
		for _, one := range w.stale(c) {
			if len(due) > 0 && (due[0].of != one.of || slices.ContainsFunc(due, one.readsFrom)) {
				if err := w.reckonAll(ctx, tx, c, due, found); err != nil {
					return err
				}
				due = nil
			}
			due = append(due, one)
		}
		if err := w.reckonAll(ctx, tx, c, due, found); err != nil {
			return err
		}
	}
	return nil
}

// readsFrom says whether the step is worked out of another.
func (s *step) readsFrom(other *step) bool { return slices.Contains(s.reads, other.name()) }

// stale are the steps of the collection whose values may come out otherwise, in
// the order in which they are worked out.
func (w passage) stale(c *Collection) []*step {
	var due []*step
	hit := map[string]bool{}
	for _, one := range c.scheme.steps {
		at := seat{c, one.of, one.field}
		twin := w.from.twin(at).field
		switch {
		case one.computed == nil:
			hit[one.name()] = twin == nil || w.moved[at.place()]
			continue
		case twin == nil, twin.virtual, twin.rules.computed == nil, !sameRules(twin, one.field):
		case !slices.ContainsFunc(one.reads, func(name string) bool { return hit[name] }):
			continue
		}
		hit[one.name()] = true
		due = append(due, one)
	}
	return due
}

// sameRules says whether two versions of a field take and compute the same
// values. Names in formulas that a rename has changed count as another formula.
func sameRules(a, b *Field) bool {
	same := func(x, y *int64) bool { return x == y || x != nil && y != nil && *x == *y }
	return a.Kind == b.Kind && a.Many == b.Many && a.Scale == b.Scale && a.virtual == b.virtual &&
		a.Currency == b.Currency && a.CurrencyOf == b.CurrencyOf && a.sealed() == b.sealed() &&
		a.Computed == b.Computed && a.When == b.When && a.Required == b.Required && a.RequiredWhen == b.RequiredWhen &&
		same(a.Min, b.Min) && same(a.Max, b.Max) && a.MinDate == b.MinDate && a.MaxDate == b.MaxDate && a.Pattern == b.Pattern &&
		slices.EqualFunc(a.Options, b.Options, func(x, y manifest.Option) bool { return x.Value == y.Value })
}

// reckonAll works out steps of one table that do not depend on one another.
func (w passage) reckonAll(ctx context.Context, tx pgx.Tx, c *Collection, due []*step, found *offending) error {
	if len(due) == 0 {
		return nil
	}
	at := seat{of: c, lines: due[0].of}
	args := w.args()
	src := w.rows(c, at.lines, args)
	var values, sets, differ []string
	var all []valued
	for _, one := range due {
		at.field = one.field
		w.moved[at.place()] = true
		if one.field.sealed() {
			if err := w.sealStep(ctx, tx, at, one); err != nil {
				return fmt.Errorf("field %s: %w", one.name(), err)
			}
			continue
		}
		all = append(all, valued{at, func(args *expr.Args) (made, error) {
			return w.compile(at, one.computed, w.rows(c, at.lines, args), args)
		}})
		m, err := w.compile(at, one.computed, src, args)
		if err != nil {
			return fmt.Errorf("field %s: %w", one.name(), err)
		}
		for i, sql := range m.parts {
			name, column := "c"+strconv.Itoa(len(values)), one.field.columns[i]
			values = append(values, "("+sql+")::"+column.Type+" as "+name)
			sets = append(sets, quote(column.Name)+" = n."+name)
			differ = append(differ, "t."+quote(column.Name)+" is distinct from n."+name)
		}
	}
	if len(sets) == 0 {
		return nil
	}
	if at.lines == nil {
		sets = append(sets, "version = t.version + 1")
	}
	sql := "update " + at.table() + " as t set " + strings.Join(sets, ", ") +
		" from (select t.id, " + strings.Join(values, ", ") + " from " + at.table() + " t where t.site_id = $1::uuid) n" +
		" where t.site_id = $1::uuid and t.id = n.id and (" + strings.Join(differ, " or ") + ")"
	err := w.bounded(ctx, tx, found, all, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, w.counted(at, sql), args.Values...)
		return c.explain(err)
	})
	if err != nil {
		return err
	}
	for _, v := range all {
		if err := w.testField(ctx, tx, v.at, "", found); err != nil {
			return err
		}
	}
	return nil
}

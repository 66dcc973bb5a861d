package collection

import (
	"slices"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// createsAtOnce reports whether a new record is one statement: nothing that
// only the database knows decides its values, and nothing is tested
// after it is written.
func (c *Collection) createsAtOnce(v Values, run *runnable) bool {
	s := c.scheme
	if run != nil {
		s = run.scheme
	}
	if c.yields() || s.levels > 0 || c.drawsFirst(run, s) || len(c.watches) > 0 || len(c.apart) > 0 || len(c.builtIn) > 0 ||
		slices.Contains(c.Hooks, beforeSave) || slices.Contains(c.Hooks, afterSave) || c.hasVirtual() ||
		slices.ContainsFunc(c.checks, func(on check) bool { return on.related }) {
		return false
	}
	for _, f := range c.fields {
		_, given := v[f.Name]
		switch {
		case given && f.Kind == manifest.KindState:
			return false
		case (f.lines != nil || f.list != nil) && given, (f.rules.filter != nil || f.Tree) && v[f.Name] != nil:
			return false
		case f.rules.required != nil && c.relates(f.rules.required):
			return false
		}
	}
	return true
}

func (c *Collection) hasVirtual() bool {
	return slices.ContainsFunc(c.fields, func(f *Field) bool { return f.virtual })
}

// relates reports whether an expression reads other records.
func (c *Collection) relates(n expr.Node) bool {
	var on rule
	c.follow(n, &on)
	return on.related
}

// updatesAtOnce reports whether nothing follows from the given values: no other
// value, no rule of the record as a whole, no event.
func (c *Collection) updatesAtOnce(v Values) bool {
	if c.yields() || c.closed.node != nil || len(c.watches) > 0 || len(c.apart) > 0 || len(c.builtIn) > 0 || c.hasVirtual() ||
		slices.Contains(c.Hooks, beforeSave) || slices.Contains(c.Hooks, afterSave) {
		return false
	}
	if v.undenominated() {
		return false
	}
	given := func(name string) bool {
		_, ok := v[fieldIn(name)]
		return ok
	}
	if hit := c.scheme.touched(given); len(hit) > len(v)-versions(v) {
		return false
	}
	if slices.ContainsFunc(c.checks, func(on check) bool { return on.related || slices.ContainsFunc(on.reads, given) }) ||
		slices.ContainsFunc(c.Events, func(e manifest.Event) bool { return slices.ContainsFunc(e.Changed, given) }) ||
		c.within != nil && given(c.within.Name) {
		return false
	}
	for _, f := range c.fields {
		switch {
		case f.rules.required != nil, f.Kind == manifest.KindState && len(f.Options) > 0 && slices.ContainsFunc(f.Options, requires):
			return false
		case given(f.Name) && (f.stamp != "" || f.lines != nil || f.list != nil || f.Kind == manifest.KindState || f.Tree || f.rules.filter != nil || f.rules.when != nil):
			return false
		case f.rules.filter != nil:
			for _, path := range expr.Paths(f.rules.filter) {
				if path[0] != candidate && slices.ContainsFunc(c.reading(nil, path).steps, given) {
					return false
				}
			}
		}
	}
	return true
}

func requires(o manifest.Option) bool { return len(o.Requires) > 0 }

// versions counts what of the values is no field.
func versions(v Values) int {
	if _, ok := v[versionKey]; ok {
		return 1
	}
	return 0
}

// plain reports whether storing a record asks for nothing beyond checking its
// values and filling in literal defaults, so that many are one statement.
func (c *Collection) plain() bool {
	if c.yields() || len(c.checks) > 0 || len(c.watches) > 0 || len(c.apart) > 0 || len(c.builtIn) > 0 || len(c.Hooks) > 0 || len(c.Events) > 0 ||
		c.Ordered != "" || c.closed.node != nil || c.leaves.node != nil || c.AppendOnly {
		return false
	}
	return !slices.ContainsFunc(c.fields, func(f *Field) bool {
		r := f.rules
		return r.when != nil || r.required != nil || r.initial != nil || r.set != nil || r.computed != nil || r.filter != nil ||
			f.stamp != "" || f.lines != nil || f.list != nil || f.sealed() || f.Tree || f.Kind == manifest.KindSequence ||
			f.Kind == manifest.KindSlug && f.From != ""
	})
}

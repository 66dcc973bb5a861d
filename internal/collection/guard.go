package collection

import (
	"slices"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// guardOf is a guard that a collection declares: a permission of its own.
type guardOf struct {
	in   *Collection
	name string
}

// findGuards notes what opens each field. It comes when all expressions of the
// module are there.
func (m *Module) findGuards() {
	for _, c := range m.collections {
		for _, f := range c.fields {
			var w guardWalk
			w.field(c, f)
			if f.guards = w.found; len(f.guards) > 0 {
				c.guarded = append(c.guarded, f)
			}
		}
	}
}

// guardWalk collects the guards on the way to a value: the field's own, or else,
// of what expressions work out, those of all that they read.
type guardWalk struct {
	found []guardOf
	seen  []*Field
}

func (w *guardWalk) field(in *Collection, f *Field) {
	if w.own(in, f) || slices.Contains(w.seen, f) {
		return
	}
	w.seen = append(w.seen, f)
	w.rules(in, nil, f)
	if f.lines != nil {
		for _, line := range f.lines.fields {
			w.rules(in, f.lines, line)
		}
	}
}

// own takes the guard that the field names itself, in the place of any other.
func (w *guardWalk) own(in *Collection, f *Field) bool {
	if f.Guard != "" && f.Guard != manifest.NoGuard && !slices.Contains(w.found, guardOf{in, f.Guard}) {
		w.found = append(w.found, guardOf{in, f.Guard})
	}
	return f.Guard != ""
}

// rules follows the expressions that give a field its value.
func (w *guardWalk) rules(in *Collection, of *Lines, f *Field) {
	for _, n := range []expr.Node{f.rules.computed, f.rules.set, f.rules.initial} {
		for _, path := range expr.Paths(n) {
			w.path(in, of, path)
		}
	}
	if f.Kind == manifest.KindSlug && f.From != "" {
		w.path(in, of, []string{f.From})
	}
}

// path follows what an expression of a collection, or of lines of it, reads.
func (w *guardWalk) path(in *Collection, of *Lines, path []string) {
	if len(path) == 0 {
		return
	}
	step, rest := path[0], path[1:]
	if of != nil {
		if line, ok := of.byName[step]; ok {
			if !slices.Contains(w.seen, line) {
				w.seen = append(w.seen, line)
				w.rules(in, of, line)
			}
			w.beyond(line, rest)
			return
		}
		if step == "parent" {
			w.path(in, nil, rest)
			return
		}
	}
	f, ok := in.byName[step]
	if !ok {
		f = in.stamped(step)
	}
	switch way, inverse := in.inverse(step); {
	case f != nil && f.lines != nil: // of lines only what is read of them
		if !w.own(in, f) {
			w.path(in, f.lines, rest)
		}
	case f != nil:
		w.field(in, f)
		w.beyond(f, rest)
	case inverse && way.line != nil:
		w.path(way.from, nil, []string{way.field.Name, way.line.Name})
		w.path(way.from, way.field.lines, rest)
	case inverse:
		w.field(way.from, way.field)
		w.path(way.from, nil, rest)
	case step == "old":
		w.path(in, nil, rest)
	case step == "my" && len(rest) > 0:
		if there := in.module.byName[rest[0]]; there != nil {
			w.path(there, nil, rest[1:])
		}
	}
}

// beyond follows what is read of what a reference points at.
func (w *guardWalk) beyond(f *Field, rest []string) {
	switch {
	case f.aim != nil:
		w.path(f.aim.of, f.aim, rest)
	case f.target != nil:
		w.path(f.target, nil, rest)
	case f.listed() != nil:
		w.path(f.listed(), nil, rest)
	}
}

// Closed leaves out of what an actor sees the fields for which it does not hold
// every guard, with the moments at which they changed. What is left out is as
// unknown as what the reach hides.
func (c *Collection) Closed(a Access, holds func(in *Collection, guard string) bool) Access {
	hidden := map[string]bool{}
	for _, f := range c.guarded {
		if slices.ContainsFunc(f.guards, func(g guardOf) bool { return !holds(g.in, g.name) }) {
			hidden[f.Name], hidden[f.key], hidden[f.Name+"_at"] = true, true, f.stamp != ""
		}
	}
	if len(hidden) == 0 {
		return a
	}
	shown := []string{}
	if a.Fields != nil {
		shown = slices.Clone(a.Fields)
	} else {
		for _, i := range c.items {
			shown = append(shown, i.key)
		}
		shown = c.Spelled(shown)
	}
	a.Fields = slices.DeleteFunc(shown, func(name string) bool { return hidden[name] })
	return a
}

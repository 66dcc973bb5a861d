package expr

import (
	"slices"
	"strings"
)

// path resolves a path that is read as a value.
func (c checker) path(p Path) (Path, Type, error) {
	w, err := c.walk(p)
	if err != nil {
		return p, Type{}, err
	}
	name := w.path.name()
	if w.many > 0 && !(w.many == len(p.Steps) && w.end.Type.List) {
		return p, Type{}, fail(p.At, "operator", "%q are many records.", name).about(name).
			hint("Write sum, count, min, max, avg or first of them.")
	}
	if w.typ.Kind == None {
		e := fail(p.At, "unknown_field", "%q is not a value.", name).about(name)
		if w.end.Target != nil {
			e.hint("Write one of its names after a point.")
		}
		return p, Type{}, e
	}
	return w.path, w.typ, nil
}

// walked is a resolved path.
type walked struct {
	path Path
	end  Meaning // of the last step that is no part of a value
	typ  Type    // with the parts
	many int     // steps up to the first that leads to many records; 0: none does
	in   Schema  // of those records
}

// walk resolves the steps of a path.
func (c checker) walk(p Path) (walked, error) {
	p.up, p.skip, p.checked = 0, 0, true
	s := c.scope
	for s.outer != nil && p.skip < len(p.Steps)-1 && p.Steps[p.skip] == "this" {
		s = s.outer
		p.skip++
		p.up++
	}
	m, ok := s.schema.Name(p.Steps[p.skip])
	if !ok {
		if m, p.up, ok = s.constant(p.Steps[p.skip], p.up); !ok {
			return walked{}, unknownName(p, p.skip, s.schema)
		}
	}
	var w walked
	references := 0
	for i := p.skip; ; i++ {
		if m.Many {
			if w.many > 0 {
				return w, fail(p.At, "operator", "%q leads through two lists of records.", p.name()).about(p.name())
			}
			w.many, w.in = i+1, m.Target
		}
		if i == len(p.Steps)-1 || m.Target == nil {
			w.end, p.part = m, len(p.Steps)-1-i
			break
		}
		if m.Type.Kind != None {
			references++
		}
		if references > MaxReferences {
			return w, fail(p.At, "limit", "%q leads over more than %d records.", p.name(), MaxReferences).about(p.name())
		}
		next, ok := m.Target.Name(p.Steps[i+1])
		if !ok {
			return w, unknownName(p, i+1, m.Target)
		}
		m = next
	}
	p.whole, p.constant, p.identity, p.options = m.Type, m.Constant, m.Identity, m.Options
	w.path = p
	var err error
	w.typ, err = p.partType()
	return w, err
}

// constant looks for a constant outwards: it means the same everywhere.
func (s *scope) constant(step string, up int) (Meaning, int, bool) {
	for s = s.outer; s != nil; s = s.outer {
		up++
		if m, ok := s.schema.Name(step); ok && (m.Constant || m.Type.Kind == None && m.Target != nil && !m.Many) {
			return m, up, true
		}
	}
	return Meaning{}, up, false
}

// partType is the type of the value, or of the part of it that the path names.
func (p Path) partType() (Type, error) {
	if p.part == 0 {
		return p.whole, nil
	}
	if p.whole == (Type{Kind: JSON}) {
		if p.json {
			return Type{Kind: JSON}, nil
		}
		return Type{Kind: Text}, nil
	}
	known := parts(p.whole)
	index := len(p.Steps) - p.part
	m, ok := known.Name(p.Steps[index])
	if ok && p.part == 1 {
		return m.Type, nil
	}
	if known != nil {
		return Type{}, unknownName(p, index, known)
	}
	return Type{}, fail(p.At, "unknown_field", "There is no field %q.", p.name()).about(p.name()).
		hint("%q is %s and has no parts.", dotted(p.Steps[:index]), p.whole)
}

// unknownName complains about one step of a path.
func unknownName(p Path, index int, s Schema) *Error {
	p.checked = false
	err := fail(p.At, "unknown_field", "There is no field %q.", p.name()).about(p.name())
	known := s.Known()
	near := nameWithin(p.Steps[index], known)
	if near == "" {
		near = Nearest(p.Steps[index], known)
	}
	if near == "" {
		return err
	}
	if p.url && strings.Contains(near, ".") {
		near = PrintName(near)
	}
	before := dotted(p.Steps[:index])
	if p.url && p.arrow > 0 && index >= p.arrow {
		return err.hint("Did you mean %q?", before+"->"+near)
	}
	return err.hint("Did you mean %q?", strings.TrimPrefix(before+"."+near, "."))
}

// nameWithin finds the part that was probably meant by the whole: price →
// price.amount, item → item_id.
func nameWithin(name string, known []string) string {
	for _, k := range known {
		if strings.HasPrefix(k, name+".") || k == name+"_id" {
			return k
		}
	}
	return ""
}

// partName is the name of a part of a value, in the notation of its path.
func partName(n Node, part string) string {
	p, ok := bare(n).(Path)
	if !ok {
		return nameOf(n) + "." + part
	}
	q := Path{Steps: append(slices.Clone(p.Steps), part), url: p.url, arrow: p.arrow, json: part == "amount"}
	if q.arrow == 0 {
		q.arrow = len(p.Steps)
	}
	return q.name()
}

package collection

import "github.com/dramac-main/dramac-cms/internal/expr"

// kindsOf answers which kind a name has; false when it does not exist.
type kindsOf func(name string) (expr.Kind, bool)

// schema is what names mean in the filters of one actor: the record's own
// values that it sees, and no way on from them; and who the actor is.
type schema struct {
	kinds kindsOf
	known []string // to suggest
	in    *Collection
}

// Name implements expr.Schema.
func (s schema) Name(step string) (expr.Meaning, bool) {
	kind, ok := s.kinds(step)
	if _, money := s.kinds(step + ".amount"); !ok && !money {
		return s.who(step)
	}
	if f, own := s.in.byName[step]; own {
		return expr.Meaning{Type: f.valueType()}, true
	}
	return expr.Meaning{Type: expr.Type{Kind: kind}}, true
}

// who resolves the roots behind @me and @person. There are no teams that @teams
// could stand for.
func (s schema) who(step string) (expr.Meaning, bool) {
	if step == "me" || step == "actor" {
		return s.in.module.roots()[step], true
	}
	return expr.Meaning{}, false
}

// Known implements expr.Schema.
func (s schema) Known() []string { return s.known }

package expr

import "slices"

// Schema says what names mean where an expression stands: the fields of a
// record, and roots like setting, old, params, me.
type Schema interface {
	// Name resolves one step of a path; false when there is no such name.
	Name(step string) (Meaning, bool)
	// Known returns the names to suggest after a mistake.
	Known() []string
}

// Meaning is what one step of a path is.
type Meaning struct {
	// Type is the value's when a path ends here; its Kind is None when none may.
	Type Type
	// Options are the only values of a text; nil admits every text.
	Options []string
	// Target is what a further step resolves in: the record that a reference
	// points at, or the names below a root. The parts of money (amount, currency)
	// and the keys of JSON need none.
	Target Schema
	// Many marks related records: lines, several references, the records that
	// point here. Only aggregates read them; Type is then what the record itself
	// is for first(), its id.
	Many bool
	// Constant marks what is the same for every row, as settings, parameters and
	// the actor are. A constant is also found from within an aggregate's
	// condition, where bare names are the related record's.
	Constant bool
	// Identity marks who acts. An empty identity equals nothing: for somebody
	// who is no member, owner == me is false also where owner is empty. That
	// me == null is true then, all the same.
	Identity bool
}

// Names is a Schema made of a table.
type Names map[string]Meaning

// Name implements Schema.
func (n Names) Name(step string) (Meaning, bool) {
	m, ok := n[step]
	return m, ok
}

// Known implements Schema.
func (n Names) Known() []string {
	names := make([]string, 0, len(n))
	for name := range n {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// parts is what a value consists of by itself.
func parts(t Type) Names {
	if t == (Type{Kind: Money}) {
		return Names{"amount": {Type: Type{Kind: Integer}}, "currency": {Type: Type{Kind: Text}}}
	}
	return nil
}

package expr

// Row is what a tree is evaluated on.
type Row interface {
	// Value returns the value at a path: nil when it is empty, else as the
	// comment of its Kind says. A reference that is empty makes all beyond it
	// empty. The parts of money and the keys of JSON are not asked for: the path
	// ends at the whole value.
	Value(path []string) any
	// Rows returns the related records at a path, in their order; false when they
	// are not in memory, which makes Eval fail.
	Rows(path []string) ([]Row, bool)
}

// Values is a Row made of a table; its keys are paths joined by dots. It has
// no related records.
type Values map[string]any

// Value implements Row.
func (v Values) Value(path []string) any { return v[dotted(path)] }

// Rows implements Row.
func (Values) Rows([]string) ([]Row, bool) { return nil, false }

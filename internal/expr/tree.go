package expr

// Node is a condition: Compare, In, Like, IsNull, And, Or, Not, or a Literal
// of kind Boolean. Nodes are immutable once parsed.
type Node interface{ node() }

// Operand is what a condition speaks about: Path, Literal or Today.
type Operand interface{ operand() }

// Literal is a value that somebody wrote. Value is nil for None, and else as
// the comment of its Kind says.
type Literal struct {
	Kind  Kind
	Value any
	At    int // byte position in the text
}

// Path names a value of the row: "status", or "price.amount" for a part.
type Path struct {
	Name string
	At   int
}

// Today is the current date in the site's zone.
type Today struct{ At int }

// Op is a comparison.
type Op int

// The comparisons, each in SQL's meaning save that Eq and Ne are never unknown.
const (
	Eq Op = iota
	Ne
	Lt
	Le
	Gt
	Ge
)

// Compare holds when Left stands in the relation to Right.
type Compare struct {
	Op          Op
	Left, Right Operand
	At          int
}

// In holds when Left equals one of the values; never with an empty list.
type In struct {
	Left   Operand
	Values []Literal
	At     int
}

// Like matches text against a pattern in which * and % stand for any run of
// characters, _ for one, and a backslash takes the next character literally.
type Like struct {
	Left    Operand
	Pattern string
	Fold    bool // upper and lower case are the same
	At      int
}

// IsNull holds when Left is empty.
type IsNull struct {
	Left Operand
	At   int
}

// And holds when all its conditions hold; it has at least two when parsed.
type And struct{ Nodes []Node }

// Or holds when one of its conditions holds; it has at least two when parsed.
type Or struct{ Nodes []Node }

// Not holds when its condition is false; not when that is unknown.
type Not struct{ Node Node }

func (Literal) node() {}
func (Compare) node() {}
func (In) node()      {}
func (Like) node()    {}
func (IsNull) node()  {}
func (And) node()     {}
func (Or) node()      {}
func (Not) node()     {}

func (Literal) operand() {}
func (Path) operand()    {}
func (Today) operand()   {}

// Names returns the names the condition reads, each once, in order of first
// use. The part of a money value is written with a dot: "price.amount".
func Names(n Node) []string {
	var names []string
	seen := map[string]bool{}
	walk(n, func(o Operand) {
		if p, ok := o.(Path); ok && !seen[p.Name] {
			seen[p.Name] = true
			names = append(names, p.Name)
		}
	})
	return names
}

// All joins conditions with "and"; nil ones are left out. It returns nil when
// nothing is left, which every user of a condition takes as "every row".
func All(nodes ...Node) Node {
	var kept []Node
	for _, n := range nodes {
		if n != nil {
			kept = append(kept, n)
		}
	}
	switch len(kept) {
	case 0:
		return nil
	case 1:
		return kept[0]
	}
	return And{Nodes: kept}
}

// Count returns the number of single conditions in the tree.
func Count(n Node) int {
	switch n := n.(type) {
	case nil:
		return 0
	case And:
		return countAll(n.Nodes)
	case Or:
		return countAll(n.Nodes)
	case Not:
		return Count(n.Node)
	}
	return 1
}

func countAll(nodes []Node) (sum int) {
	for _, n := range nodes {
		sum += Count(n)
	}
	return sum
}

// Equal reports whether two trees say the same in the same order; positions
// do not matter.
func Equal(a, b Node) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case Literal:
		c, ok := b.(Literal)
		return ok && sameOperand(a, c)
	case Compare:
		c, ok := b.(Compare)
		return ok && a.Op == c.Op && sameOperand(a.Left, c.Left) && sameOperand(a.Right, c.Right)
	case In:
		c, ok := b.(In)
		if !ok || !sameOperand(a.Left, c.Left) || len(a.Values) != len(c.Values) {
			return false
		}
		for i := range a.Values {
			if !sameOperand(a.Values[i], c.Values[i]) {
				return false
			}
		}
		return true
	case Like:
		c, ok := b.(Like)
		return ok && a.Pattern == c.Pattern && a.Fold == c.Fold && sameOperand(a.Left, c.Left)
	case IsNull:
		c, ok := b.(IsNull)
		return ok && sameOperand(a.Left, c.Left)
	case Not:
		c, ok := b.(Not)
		return ok && Equal(a.Node, c.Node)
	case And:
		c, ok := b.(And)
		return ok && equalAll(a.Nodes, c.Nodes)
	case Or:
		c, ok := b.(Or)
		return ok && equalAll(a.Nodes, c.Nodes)
	}
	return false
}

func equalAll(a, b []Node) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func sameOperand(a, b Operand) bool {
	switch a := a.(type) {
	case Literal:
		c, ok := b.(Literal)
		return ok && a.Kind == c.Kind && a.Value == c.Value
	case Path:
		c, ok := b.(Path)
		return ok && a.Name == c.Name
	case Today:
		_, ok := b.(Today)
		return ok
	}
	return false
}

// walk calls visit for every operand, from left to right.
func walk(n Node, visit func(Operand)) {
	switch n := n.(type) {
	case Compare:
		visit(n.Left)
		visit(n.Right)
	case In:
		visit(n.Left)
		for _, v := range n.Values {
			visit(v)
		}
	case Like:
		visit(n.Left)
	case IsNull:
		visit(n.Left)
	case Not:
		walk(n.Node, visit)
	case And:
		for _, c := range n.Nodes {
			walk(c, visit)
		}
	case Or:
		for _, c := range n.Nodes {
			walk(c, visit)
		}
	}
}

package expr

import (
	"slices"
	"strconv"
	"strings"
)

// Canonical returns the tree with the parts of each "and" and "or" ordered by
// what they compare, and only where that is the same by their values. Trees
// that differ in order only make the same SQL text then, which the database
// plans once, and filters that are stored have one form.
func Canonical(n Node) Node {
	switch n := n.(type) {
	case Not:
		return Not{Node: Canonical(n.Node)}
	case And:
		return And{Nodes: canonicalAll(n.Nodes)}
	case Or:
		return Or{Nodes: canonicalAll(n.Nodes)}
	}
	return n
}

func canonicalAll(nodes []Node) []Node {
	type keyed struct {
		shape, values string
		node          Node
	}
	list := make([]keyed, len(nodes))
	for i, n := range nodes {
		n = Canonical(n)
		list[i] = keyed{shapeOf(n, false), shapeOf(n, true), n}
	}
	slices.SortStableFunc(list, func(a, b keyed) int {
		if d := strings.Compare(a.shape, b.shape); d != 0 {
			return d
		}
		return strings.Compare(a.values, b.values)
	})
	sorted := make([]Node, len(list))
	for i, k := range list {
		sorted[i] = k.node
	}
	return sorted
}

// shapeOf is the tree's text, without its values unless they are asked for.
func shapeOf(n Node, values bool) string {
	var b strings.Builder
	writeShape(&b, n, values)
	return b.String()
}

func writeShape(b *strings.Builder, n Node, values bool) {
	switch n := n.(type) {
	case nil:
	case Literal:
		b.WriteString("?")
		if values {
			b.WriteString(n.text())
		}
		return
	case List:
		if !values {
			b.WriteString("[?]")
			return
		}
	case Path:
		b.WriteString(dotted(n.Steps))
		if n.json {
			b.WriteString("->")
		}
		return
	case Compare:
		b.WriteString("compare " + strconv.Itoa(int(n.Op)))
	case In:
		b.WriteString("in")
	case Like:
		b.WriteString("like " + strconv.Itoa(patternWord(n)))
		if values {
			b.WriteString(n.Pattern)
		}
	case Search:
		b.WriteString("search " + strconv.Itoa(int(n.Form)))
		if values {
			b.WriteString(n.Config + n.Query)
		}
	case IsNull:
		b.WriteString("null")
	case And:
		b.WriteString("and")
	case Or:
		b.WriteString("or")
	case Not:
		b.WriteString("not")
	case Binary:
		b.WriteString(string(n.Op))
	case Negate:
		b.WriteString("-")
	case Call:
		b.WriteString(n.Func)
	case Aggregate:
		b.WriteString(n.Func + " " + shapeOf(n.Where, values))
	}
	b.WriteString("(")
	for i, child := range children(n) {
		if i > 0 {
			b.WriteString(",")
		}
		writeShape(b, child, values)
	}
	b.WriteString(")")
}

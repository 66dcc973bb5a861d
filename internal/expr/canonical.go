package expr

import (
	"fmt"
	"slices"
	"strings"
)

// Canonical returns the tree with the parts of each "and" and "or" ordered by
// what they compare, whatever the values. Trees that differ in order only make
// the same SQL text then, which the database plans once.
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
		key  string
		node Node
	}
	list := make([]keyed, len(nodes))
	for i, n := range nodes {
		n = Canonical(n)
		list[i] = keyed{key: shape(n), node: n}
	}
	slices.SortStableFunc(list, func(a, b keyed) int { return strings.Compare(a.key, b.key) })
	ordered := make([]Node, len(list))
	for i, k := range list {
		ordered[i] = k.node
	}
	return ordered
}

// shape is the tree's text without its values.
func shape(n Node) string {
	switch n := n.(type) {
	case Compare:
		return fmt.Sprint(nameOf(n.Left), " ", int(n.Op), " ", nameOf(n.Right))
	case In:
		return nameOf(n.Left) + " in"
	case Like:
		return fmt.Sprint(nameOf(n.Left), " like ", n.Fold)
	case IsNull:
		return nameOf(n.Left) + " null"
	case Not:
		return "not " + shape(n.Node)
	case And:
		return "and(" + shapes(n.Nodes) + ")"
	case Or:
		return "or(" + shapes(n.Nodes) + ")"
	}
	return ""
}

func shapes(nodes []Node) string {
	parts := make([]string, len(nodes))
	for i, n := range nodes {
		parts[i] = shape(n)
	}
	return strings.Join(parts, ",")
}

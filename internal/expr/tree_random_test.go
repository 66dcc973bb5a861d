package expr

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// testKinds is the row that the tests of this package speak about.
func testKinds(name string) (Kind, bool) {
	kind, ok := map[string]Kind{
		"name": Text, "price.currency": Text, "qty": Integer, "price.amount": Integer,
		"due_on": Date, "created_at": Instant, "item_id": UUID, "done": Boolean,
	}[name]
	return kind, ok
}

var testNames = []string{"name", "price.amount", "price.currency", "qty", "due_on", "created_at", "item_id", "done"}

// randomLiteral makes a value of the kind, nasty text included.
func randomLiteral(r *rand.Rand, kind Kind) Literal {
	switch kind {
	case Text:
		texts := []string{"", "a", "A", "null", "a,b", `"q"`, `back\slash`, "(x)", "eq.1", "ä ß", "'; drop table x; --", "*", "%", "not.in.(1)", " lead", "true"}
		return Literal{Kind: Text, Value: texts[r.IntN(len(texts))]}
	case Integer:
		if r.IntN(4) == 0 {
			return Literal{Kind: Decimal, Value: []string{"1.5", "-0.25", "9223372036854775808"}[r.IntN(3)]}
		}
		return Literal{Kind: Integer, Value: int64(r.IntN(7) - 3)}
	case Boolean:
		return Literal{Kind: Boolean, Value: r.IntN(2) == 0}
	case Date:
		return Literal{Kind: Date, Value: fmt.Sprintf("2026-01-%02d", 1+r.IntN(28))}
	case Instant:
		return Literal{Kind: Instant, Value: fmt.Sprintf("2026-01-01T10:00:%02d.5Z", r.IntN(60))}
	}
	return Literal{Kind: UUID, Value: fmt.Sprintf("01890000-0000-7000-8000-%012x", r.IntN(4))}
}

// randomTree makes a checked tree. Filters are the trees that URLs can say,
// the others those that manifests can.
func randomTree(r *rand.Rand, depth int, filter bool) Node {
	if depth > 0 {
		switch r.IntN(5) {
		case 0:
			return And{Nodes: randomTrees(r, depth, filter)}
		case 1:
			return Or{Nodes: randomTrees(r, depth, filter)}
		case 2:
			return Not{Node: randomTree(r, depth-1, filter)}
		}
	}
	name := testNames[r.IntN(len(testNames))]
	kind, _ := testKinds(name)
	path := Path{Name: name}
	switch r.IntN(6) {
	case 0:
		return IsNull{Left: path}
	case 1:
		in := In{Left: path}
		for range r.IntN(4) {
			in.Values = append(in.Values, randomLiteral(r, kind))
		}
		if !filter && r.IntN(3) == 0 {
			in.Values = append(in.Values, Literal{})
		}
		return in
	case 2:
		if filter && kind == Text {
			return Like{Left: path, Pattern: strings.Repeat("*a_", r.IntN(3)) + `\`, Fold: r.IntN(2) == 0}
		}
		if !filter && kind == Date {
			return Compare{Op: Op(r.IntN(6)), Left: path, Right: Today{}}
		}
		if !filter && r.IntN(5) == 0 {
			return Literal{Kind: Boolean, Value: true}
		}
	case 3:
		if !filter {
			return Compare{Op: Op(r.IntN(6)), Left: path, Right: path}
		}
	}
	return Compare{Op: Op(r.IntN(6)), Left: path, Right: randomLiteral(r, kind)}
}

func randomTrees(r *rand.Rand, depth int, filter bool) []Node {
	nodes := make([]Node, 2+r.IntN(2))
	for i := range nodes {
		nodes[i] = randomTree(r, depth-1, filter)
	}
	return nodes
}

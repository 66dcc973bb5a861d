package expr

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// testNow is the present of this package's tests.
var testNow = time.Date(2026, 1, 1, 10, 30, 0, 0, time.UTC)

// testNames is the row that the tests of this package speak about, and
// testColumns its columns.
var (
	testNames   = Names{}
	testColumns = Columns{}
)

var testKinds = map[string]Kind{
	"name": Text, "qty": Integer, "price": Money, "due_on": Date, "created_at": Instant, "item_id": UUID, "done": Boolean,
	"rate": Decimal, "share": Percent, "lasts": Duration, "opens": Clock, "tags": Text, "data": JSON,
}

func TestMain(m *testing.M) {
	for name, kind := range testKinds {
		t := Type{Kind: kind, List: name == "tags"}
		if kind == Decimal {
			t.Scale = 4
		}
		testNames[name] = Meaning{Type: t}
		c := Column{Type: t, SQL: `"` + name + `"`}
		if kind == Money {
			c.SQL, c.Currency = `"price_amount"`, `"price_currency"`
		}
		testColumns[name] = c
	}
	testNames["me"] = Meaning{Type: Type{Kind: UUID}, Constant: true, Identity: true}
	testColumns["me"] = Column{Type: Type{Kind: UUID}, Constant: true, Identity: true, Value: "01890000-0000-7000-8000-000000000001"}
	m.Run()
}

// reads reports whether a tree has a node of the type.
func reads[T Node](n Node) bool {
	if _, ok := n.(T); ok {
		return true
	}
	for _, c := range children(n) {
		if reads[T](c) {
			return true
		}
	}
	return false
}

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
	names := []string{"name", "price.amount", "price.currency", "qty", "due_on", "created_at", "item_id", "done"}
	name := names[r.IntN(len(names))]
	kind := map[string]Kind{"price.amount": Integer, "price.currency": Text}[name]
	if kind == None {
		kind = testKinds[name]
	}
	path := Name(strings.Split(name, ".")...)
	switch r.IntN(6) {
	case 0:
		return IsNull{Left: path}
	case 1:
		var list List
		for range r.IntN(4) {
			list.Items = append(list.Items, randomLiteral(r, kind))
		}
		if !filter && r.IntN(3) == 0 {
			list.Items = append(list.Items, Literal{})
		}
		return In{Left: path, Right: list}
	case 2:
		if filter && kind == Text {
			return Like{Left: path, Pattern: strings.Repeat("*a_", r.IntN(3)) + `\`, Fold: r.IntN(2) == 0}
		}
		if !filter && kind == Date {
			return Compare{Op: Op(r.IntN(6)), Left: path, Right: Call{Func: "today"}}
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

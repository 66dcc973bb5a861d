package expr

import (
	"fmt"
	"math/big"
	"time"

	"github.com/dramac-main/dramac-cms/sdk/money"
)

// Eval returns the value of a checked tree for a row, as a Row holds values of
// its type: nil for empty and unknown, a date as text, an instant as time.Time
// in UTC, a decimal as *big.Rat, or scaled to int64 if CheckValue asked for it.
// It gives what PostgreSQL gives for the SQL that the compiler makes. now is
// the present in the site's zone.
//
// The error says that the tree cannot be evaluated in memory: a search, or
// records that the row does not have. A number that does not fit 64 bits is an
// *Error with the code "overflow".
func Eval(n Node, row Row, now time.Time) (any, error) {
	if n == nil {
		return true, nil
	}
	e := evaluator{rows: []Row{row}, now: now}
	v := e.eval(n)
	if e.err != nil {
		return nil, e.err
	}
	to := Type{}
	if conversion, ok := n.(as); ok {
		to = conversion.To
	}
	return outcome(v, to)
}

// Admits reports whether a condition is true for a row; nil admits every row.
func Admits(n Node, row Row, now time.Time) (bool, error) {
	v, err := Eval(n, row, now)
	return v == true, err
}

// outcome turns a computed value into what a Row holds.
func outcome(v any, to Type) (any, error) {
	switch v := v.(type) {
	case number:
		t := Type{Kind: v.kind}
		if v.kind == Decimal || v.kind == Integer && to.Kind == Decimal {
			if to.Kind != Decimal {
				return v.Rat, nil
			}
			t = to
		}
		return fitted(v.scaled(t))
	case amount:
		n, err := fitted(whole(v.Rat))
		if err != nil {
			return nil, err
		}
		return money.Money{Amount: n.(int64), Currency: v.currency}, nil
	case civil:
		return v.String(), nil
	case list:
		return []string(v), nil
	}
	return v, nil
}

func fitted(n *big.Int) (any, error) {
	if !n.IsInt64() {
		return nil, fail(0, "overflow", "The result does not fit 64 bits.")
	}
	return n.Int64(), nil
}

// evaluator computes checked nodes. What it computes with: nil, bool, string
// (text, ids, times of day), number, amount, civil, time.Time, list, and
// decoded JSON.
type evaluator struct {
	rows []Row // the innermost last
	now  time.Time
	err  error
}

func (e *evaluator) fail(format string, args ...any) any {
	if e.err == nil {
		e.err = fmt.Errorf("expr: "+format, args...)
	}
	return nil
}

func (e *evaluator) eval(n Node) any {
	switch n := n.(type) {
	case nil:
		return nil
	case Literal:
		return e.literal(n)
	case List:
		return e.list(n)
	case Path:
		return e.path(n)
	case Compare:
		return e.compare(n).value()
	case In:
		return e.in(n).value()
	case Like:
		text, ok := e.eval(n.Left).(string)
		if !ok {
			return nil
		}
		return n.matches(text)
	case Search:
		return e.fail("a full text search is answered by the database only")
	case IsNull:
		return e.isNull(n.Left)
	case Not:
		return (yes - e.truth(n.Node)).value()
	case And:
		all := yes
		for _, c := range n.Nodes {
			all = min(all, e.truth(c))
		}
		return all.value()
	case Or:
		one := no
		for _, c := range n.Nodes {
			one = max(one, e.truth(c))
		}
		return one.value()
	case Binary:
		return calculate(n.Op, e.eval(n.Left), e.eval(n.Right))
	case Negate:
		return negated(e.eval(n.Node))
	case Call:
		return e.call(n)
	case Aggregate:
		return e.aggregate(n)
	case as:
		return e.convert(n)
	}
	return e.fail("%T cannot be evaluated", n)
}

// truth is SQL's three-valued logic.
type truth int

const (
	no truth = iota
	unknown
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (t truth) value() any {
	if t == unknown {
		return nil
	}
	return t == yes
}

func (e *evaluator) truth(n Node) truth {
	switch v := e.eval(n).(type) {
	case bool:
		return truthOf(v)
	case nil:
		return unknown
	default:
		e.fail("%T is no truth", v)
		return unknown
	}
}

// convert makes a date the instant of its midnight, and rounds what is stored.
func (e *evaluator) convert(n as) any {
	v := e.eval(n.Node)
	switch v := v.(type) {
	case civil:
		if n.To.Kind == Instant {
			return v.midnight(e.now.Location())
		}
	case number:
		if n.To.Kind == Decimal {
			return number{v.Rat, Decimal}
		}
	}
	return v
}

func (e *evaluator) list(n List) any {
	items := list{}
	for _, item := range n.Items {
		switch v := e.eval(item).(type) {
		case string:
			items = append(items, v)
		case nil:
		default:
			return e.fail("a list of %T", v)
		}
	}
	return items
}

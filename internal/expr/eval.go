package expr

import (
	"cmp"
	"strings"
	"time"
	"unicode"
)

// Row is what a condition is evaluated on.
type Row struct {
	// Value returns the value of a name: nil when empty, else as the comment
	// of its Kind says; an Instant may also be a time.Time.
	Value func(name string) any
	Today string // YYYY-MM-DD in the site's zone
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

// Eval reports whether a checked condition admits the row. It gives the same
// answer as PostgreSQL does for the SQL that Compile makes. A nil node admits
// every row; an unchecked literal never equals anything.
func Eval(n Node, row Row) bool {
	return n == nil || eval(n, row) == yes
}

func eval(n Node, row Row) truth {
	switch n := n.(type) {
	case Literal:
		return truthOf(n.Value == true)
	case Compare:
		return evalCompare(n.Op, row.operand(n.Left), row.operand(n.Right))
	case In:
		left := row.operand(n.Left)
		for _, v := range n.Values {
			if evalCompare(Eq, left, value(v)) == yes {
				return yes
			}
		}
		return no
	case Like:
		text, ok := row.operand(n.Left).(string)
		if !ok {
			return unknown
		}
		return truthOf(matchPattern(text, sqlPattern(n.Pattern), n.Fold))
	case IsNull:
		return truthOf(row.operand(n.Left) == nil)
	case Not:
		return yes - eval(n.Node, row)
	case And:
		all := yes
		for _, c := range n.Nodes {
			all = min(all, eval(c, row))
		}
		return all
	case Or:
		one := no
		for _, c := range n.Nodes {
			one = max(one, eval(c, row))
		}
		return one
	}
	return unknown
}

// number is the text of a Decimal, so that it is not taken for text.
type number string

func value(l Literal) any {
	if l.Kind == Decimal {
		return number(l.Value.(string))
	}
	if l.Kind == Instant {
		if at, err := time.Parse(time.RFC3339Nano, l.Value.(string)); err == nil {
			return at
		}
	}
	return l.Value
}

func (r Row) operand(o Operand) any {
	switch o := o.(type) {
	case Path:
		return r.Value(o.Name)
	case Today:
		return r.Today
	case Literal:
		return value(o)
	}
	return nil
}

func evalCompare(op Op, a, b any) truth {
	if a == nil || b == nil {
		switch op {
		case Eq:
			return truthOf(a == nil && b == nil)
		case Ne:
			return truthOf(a != nil || b != nil)
		}
		return unknown
	}
	d := order(a, b)
	switch op {
	case Eq:
		return truthOf(d == 0)
	case Ne:
		return truthOf(d != 0)
	case Lt:
		return truthOf(d < 0)
	case Le:
		return truthOf(d <= 0)
	case Gt:
		return truthOf(d > 0)
	}
	return truthOf(d >= 0)
}

// order compares two values that are not empty. Text, dates and ids compare by
// bytes, as their SQL does.
func order(a, b any) int {
	switch x := a.(type) {
	case string:
		switch y := b.(type) {
		case string:
			return cmp.Compare(x, y)
		case time.Time: // an instant kept as text in the row
			if at, err := time.Parse(time.RFC3339Nano, x); err == nil {
				return at.Compare(y)
			}
		}
	case time.Time:
		switch y := b.(type) {
		case time.Time:
			return x.Compare(y)
		case string:
			return -order(b, a)
		}
	case bool:
		if y, ok := b.(bool); ok {
			return cmp.Compare(truthOf(x), truthOf(y))
		}
	case int64:
		if y, ok := b.(int64); ok {
			return cmp.Compare(x, y)
		}
	}
	x, y := exact(a), exact(b)
	if x != nil && y != nil {
		return x.Cmp(y)
	}
	return -1
}

// matchPattern is SQL's LIKE: % is any run of characters, _ is one, and a
// backslash takes the next one literally. It needs time in the product of the
// lengths at most.
func matchPattern(text, pattern string, fold bool) bool {
	if fold {
		text, pattern = strings.Map(unicode.ToLower, text), strings.Map(unicode.ToLower, pattern)
	}
	t, p := []rune(text), []rune(pattern)
	i, j := 0, 0
	star, resume := -1, 0
	for i < len(t) {
		switch {
		case j < len(p) && p[j] == '%':
			star, resume = j, i
			j++
		case j < len(p) && p[j] == '_':
			i, j = i+1, j+1
		case j+1 < len(p) && p[j] == '\\' && p[j+1] == t[i]:
			i, j = i+1, j+2
		case j < len(p) && p[j] != '\\' && p[j] == t[i]:
			i, j = i+1, j+1
		case star >= 0:
			resume++
			i, j = resume, star+1
		default:
			return false
		}
	}
	for j < len(p) && p[j] == '%' {
		j++
	}
	return j == len(p)
}

package expr

import (
	"cmp"
	"slices"
	"time"
)

func (e *evaluator) compare(n Compare) truth {
	a, b := e.eval(n.Left), e.eval(n.Right)
	if n.Op >= Contains {
		return compareLists(n.Op, a, b)
	}
	if (a == nil || b == nil) && (n.Op == Eq || n.Op == Ne) && (isIdentity(n.Left) || isIdentity(n.Right)) {
		return truthOf(n.Op == Ne)
	}
	return compare(n.Op, a, b)
}

func compare(op Op, a, b any) truth {
	if a == nil || b == nil {
		switch op {
		case Eq:
			return truthOf(a == nil && b == nil)
		case Ne:
			return truthOf(a != nil || b != nil)
		}
		return unknown
	}
	if x, ok := a.(amount); ok {
		if y, ok := b.(amount); ok && !x.meets(y) {
			switch op {
			case Eq, Ne:
				return truthOf(op == Ne)
			}
			return unknown
		}
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

// order compares two values that are not empty. Text, ids and times of day
// compare by bytes, as their SQL does.
func order(a, b any) int {
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			return cmp.Compare(x, y)
		}
	case number:
		if y, ok := b.(number); ok {
			return x.Cmp(y.Rat)
		}
	case amount:
		if y, ok := b.(amount); ok {
			return x.Cmp(y.Rat)
		}
	case civil:
		if y, ok := b.(civil); ok {
			return cmp.Compare(x, y)
		}
	case time.Time:
		if y, ok := b.(time.Time); ok {
			return x.Compare(y)
		}
	case bool:
		if y, ok := b.(bool); ok {
			return cmp.Compare(truthOf(x), truthOf(y))
		}
	case list:
		if y, ok := b.(list); ok {
			return slices.Compare(x, y)
		}
	}
	if contains(a, b, false) && contains(b, a, false) {
		return 0
	}
	return -1
}

func compareLists(op Op, a, b any) truth {
	if a == nil || b == nil {
		return unknown
	}
	x, isList := a.(list)
	y, also := b.(list)
	if !isList || !also {
		if op == Within {
			a, b = b, a
		}
		return truthOf(contains(a, b, true))
	}
	within := func(some, all list) bool {
		return !slices.ContainsFunc(some, func(item string) bool { return !slices.Contains(all, item) })
	}
	switch op {
	case Contains:
		return truthOf(within(y, x))
	case Within:
		return truthOf(within(x, y))
	}
	return truthOf(slices.ContainsFunc(x, func(item string) bool { return slices.Contains(y, item) }))
}

func (e *evaluator) in(n In) truth {
	left := e.eval(n.Left)
	items, ok := n.Right.(List)
	if !ok {
		values, _ := e.eval(n.Right).(list)
		text, ok := left.(string)
		return truthOf(ok && slices.Contains(values, text))
	}
	for _, item := range items.Items {
		v := e.eval(item)
		if v == nil && !isNull(item) {
			continue // an empty identity is equal to nothing
		}
		if compare(Eq, left, v) == yes {
			return yes
		}
	}
	return no
}

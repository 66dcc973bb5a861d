package expr

import (
	"math/big"
	"slices"
)

// aggregate reads related records that the row has in memory.
func (e *evaluator) aggregate(n Aggregate) any {
	if n.many == 0 {
		return e.fail("a measure is answered by the database only")
	}
	p := *n.Of
	row := e.rows[len(e.rows)-1-p.up]
	way := p.Steps[p.skip:n.many]
	rows, ok := row.Rows(way)
	if !ok {
		return e.fail("the records of %q are not in memory", dotted(way))
	}
	var items []any
	for _, r := range rows {
		inner := evaluator{rows: append(slices.Clip(slices.Clone(e.rows)), r), now: e.now}
		if n.Where != nil && inner.truth(n.Where) != yes {
			e.take(&inner)
			continue
		}
		item := any(true)
		if n.many < len(p.Steps) || n.Func == "first" {
			item = inner.item(n)
		}
		e.take(&inner)
		if n.Func == "first" {
			return item
		}
		if item != nil {
			items = append(items, item)
		}
	}
	return reduce(n.Func, items, p)
}

func (e *evaluator) take(inner *evaluator) {
	if e.err == nil {
		e.err = inner.err
	}
}

// item is the value of one record; the record itself is its id.
func (e *evaluator) item(n Aggregate) any {
	p := *n.Of
	row := e.rows[len(e.rows)-1]
	if n.many == len(p.Steps) {
		return e.load(row.Value([]string{"id"}), Type{Kind: UUID})
	}
	end := len(p.Steps) - p.part
	return e.part(e.load(row.Value(p.Steps[n.many:end]), p.whole), p.whole, p.Steps[end:])
}

// reduce makes one value of those that are not empty.
func reduce(function string, items []any, p Path) any {
	switch function {
	case "count":
		return number{ratOf(int64(len(items))), Integer}
	case "min", "max":
		if !oneCurrency(items) {
			return nil
		}
		return extreme(function, items)
	case "first":
		return nil
	}
	t, _ := p.partType()
	var sum any = number{new(big.Rat), t.Kind}
	if t.Kind == Money {
		sum = amount{Rat: new(big.Rat)}
	}
	for _, item := range items {
		if sum = calculate(Plus, sum, item); sum == nil {
			return nil
		}
	}
	if function == "sum" {
		return sum
	}
	if len(items) == 0 {
		return nil
	}
	count := number{ratOf(int64(len(items))), Integer}
	return calculate(Divide, sum, count)
}

func oneCurrency(items []any) bool {
	currency := amount{}
	for _, item := range items {
		a, ok := item.(amount)
		if ok && !currency.meets(a) {
			return false
		}
		currency.currency = currency.common(a)
	}
	return true
}

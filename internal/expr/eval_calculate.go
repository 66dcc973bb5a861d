package expr

import (
	"math/big"
	"time"
)

// calculate is arithmetic; anything empty makes the result empty.
func calculate(op Arithmetic, a, b any) any {
	if a == nil || b == nil {
		return nil
	}
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			return x + y
		}
	case civil, time.Time:
		return calculateTime(op, a, b)
	case number:
		switch y := b.(type) {
		case number:
			return calculateNumbers(op, x, y)
		case amount:
			return amount{new(big.Rat).Mul(x.Rat, y.Rat), y.currency}
		case civil, time.Time:
			return calculateTime(op, b, a)
		}
	case amount:
		switch y := b.(type) {
		case number:
			r := apply(op, x.Rat, y.Rat)
			if r == nil {
				return nil
			}
			return amount{r, x.currency}
		case amount:
			return calculateMoney(op, x, y)
		}
	}
	return nil
}

// apply is exact arithmetic; nil for a division by zero.
func apply(op Arithmetic, a, b *big.Rat) *big.Rat {
	switch op {
	case Plus:
		return new(big.Rat).Add(a, b)
	case Minus:
		return new(big.Rat).Sub(a, b)
	case Times:
		return new(big.Rat).Mul(a, b)
	}
	return quotient(a, b)
}

func calculateNumbers(op Arithmetic, a, b number) any {
	r := apply(op, a.Rat, b.Rat)
	if r == nil {
		return nil
	}
	t, _ := arithmetic(op, Type{Kind: a.kind}, Type{Kind: b.kind})
	return number{r, t.Kind}
}

func calculateMoney(op Arithmetic, a, b amount) any {
	if !a.meets(b) {
		return nil
	}
	r := apply(op, a.Rat, b.Rat)
	switch {
	case r == nil:
		return nil
	case op == Divide:
		return number{r, Decimal}
	}
	return amount{r, a.common(b)}
}

// calculateTime moves dates and instants and measures what lies between two.
func calculateTime(op Arithmetic, a, b any) any {
	switch x := a.(type) {
	case civil:
		if y, ok := b.(civil); ok {
			return number{ratOf((int64(x) - int64(y)) * day), Duration}
		}
		by, ok := b.(number)
		if !ok {
			return nil
		}
		at := x.time()
		if by.kind == Duration {
			days := new(big.Rat).Quo(by.Rat, ratOf(day))
			by = number{new(big.Rat).SetInt(new(big.Int).Quo(days.Num(), days.Denom())), Duration}
			by.Mul(by.Rat, ratOf(day))
		}
		moved, ok := move(op, at, by)
		if !ok {
			return nil
		}
		return civilOf(moved)
	case time.Time:
		if y, ok := b.(time.Time); ok {
			micros := ratOf(x.UnixMicro() - y.UnixMicro())
			return number{micros.Quo(micros, ratOf(1000)), Duration}
		}
		if by, ok := b.(number); ok {
			if moved, ok := move(op, x, by); ok {
				return moved
			}
		}
	}
	return nil
}

// move adds a duration or months; false outside the years 1 to 9999, and when
// it is too far.
func move(op Arithmetic, at time.Time, by number) (time.Time, bool) {
	n, limit := whole(by.Rat), maxMoment
	if by.kind == Months {
		limit = maxMonths
	}
	if !n.IsInt64() || n.Int64() > limit || n.Int64() < -limit {
		return at, false
	}
	d := n.Int64()
	if op == Minus {
		d = -d
	}
	if by.kind == Months {
		at = addMonths(at, int(d))
	} else {
		at = time.UnixMicro(at.UnixMicro() + d*1000).UTC()
	}
	return at, at.Year() >= 1 && at.Year() <= 9999
}

// addMonths keeps the day, or takes the last one of a shorter month.
func addMonths(at time.Time, months int) time.Time {
	first := time.Date(at.Year(), at.Month()+time.Month(months), 1, at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(at.Day(), last)-1)
}

func negated(v any) any {
	switch v := v.(type) {
	case number:
		return number{new(big.Rat).Neg(v.Rat), v.kind}
	case amount:
		return amount{new(big.Rat).Neg(v.Rat), v.currency}
	}
	return nil
}

package expr

import (
	"math/big"
	"strings"
	"time"
	"unicode/utf8"
)

func (e *evaluator) call(n Call) any {
	switch n.Func {
	case "now":
		return e.now.UTC().Truncate(time.Microsecond)
	case "today":
		return civilOf(e.now)
	case "if":
		if e.truth(n.Args[0]) == yes {
			return e.eval(n.Args[1])
		}
		return e.eval(n.Args[2])
	}
	values := make([]any, len(n.Args))
	for i, a := range n.Args {
		values[i] = e.eval(a)
	}
	switch n.Func {
	case "coalesce":
		for _, v := range values {
			if v != nil {
				return v
			}
		}
		return nil
	case "min", "max":
		return extreme(n.Func, values)
	case "round":
		return e.round(n, values[0])
	}
	if values[0] == nil {
		return nil
	}
	return e.simple(n.Func, values[0])
}

// extreme takes the smallest or largest of the values that are not empty, pair
// by pair. Two currencies have none.
func extreme(function string, values []any) any {
	var best any
	for _, v := range values {
		switch {
		case v == nil:
		case best == nil:
			best = v
		default:
			best = better(function, best, v)
		}
	}
	return best
}

func better(function string, a, b any) any {
	x, isMoney := a.(amount)
	if isMoney {
		y, _ := b.(amount)
		if !x.meets(y) {
			return nil
		}
		currency := x.common(y)
		a, b = amount{x.Rat, currency}, amount{y.Rat, currency}
	}
	if d := order(a, b); function == "min" && d > 0 || function == "max" && d < 0 {
		return b
	}
	return a
}

func (e *evaluator) round(n Call, v any) any {
	digits := 0
	if len(n.Args) == 2 {
		digits = int(n.Args[1].(Literal).Value.(int64))
	}
	switch v := v.(type) {
	case number:
		kind := v.kind
		switch {
		case kind == Percent:
		case digits == 0:
			kind = Integer
		default:
			kind = Decimal
		}
		return number{roundTo(v.Rat, digits), kind}
	case amount:
		return amount{new(big.Rat).SetInt(whole(v.Rat)), v.currency}
	}
	return nil
}

// simple are the functions of one value.
func (e *evaluator) simple(function string, v any) any {
	switch v := v.(type) {
	case string:
		switch function {
		case "len":
			return number{ratOf(int64(utf8.RuneCountInString(v))), Integer}
		case "lower":
			return strings.Map(asciiLower, v)
		case "trim":
			return strings.Trim(v, " \t\n\r")
		}
	case list:
		return number{ratOf(int64(len(v))), Integer}
	case civil:
		return v.start(function)
	case time.Time:
		return civilOf(v.In(e.now.Location())).start(function)
	}
	return e.fail("%s of %T", function, v)
}

func asciiLower(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// start is the first day of the period in which the date lies; weeks begin on
// Monday.
func (c civil) start(period string) civil {
	at := c.time()
	switch period {
	case "week":
		return c - civil((int(at.Weekday())+6)%7)
	case "month":
		return c - civil(at.Day()-1)
	case "year":
		return c - civil(at.YearDay()-1)
	}
	return c
}

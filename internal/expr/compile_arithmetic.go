package expr

import "strconv"

// binary writes arithmetic on numerics, and on time.
func (c compiler) binary(n Binary) value {
	a, b := c.value(n.Left), c.value(n.Right)
	t, _ := arithmetic(n.Op, a.t, b.t)
	if a.t.Kind == None || b.t.Kind == None {
		return c.empty(t)
	}
	out := value{t: t}
	switch {
	case t.Kind == Date || t.Kind == Instant:
		if a.t.Kind == Duration || a.t.Kind == Months {
			a, b = b, a
		}
		out.sql = moved(a, b, n.Op)
	case t.Kind == Text:
		out.sql = "(" + a.sql + " || " + b.sql + ")"
	case a.t.Kind == Date:
		out.sql = "((" + a.sql + " - " + b.sql + ") * 86400000::numeric)"
	case a.t.Kind == Instant:
		out.sql = "(extract(epoch from " + a.sql + " - " + b.sql + ") * 1000)"
	case n.Op == Divide:
		out.sql = divided(a.natural(), b.natural())
		if a.t.Kind == Money && b.t.Kind == Money {
			out.sql = sameCurrency(a, b, out.sql)
		} else {
			out.currency = a.currency
		}
	default:
		out.sql = "(" + a.natural() + " " + string(n.Op) + " " + b.natural() + ")"
		if a.t.Kind == Money && b.t.Kind == Money {
			out.sql, out.currency = sameCurrency(a, b, out.sql), commonCurrency(a, b)
		} else {
			out.currency = a.currency + b.currency
		}
	}
	out.sql, out.currency = c.sized(out.sql), c.sized(out.currency)
	return out
}

// divided is the SQL of quotient.
func divided(a, b string) string {
	return "round(round(round(" + a + ", 60) / nullif(round(" + b + ", 60), 0), 60), 16)"
}

// sameCurrency makes the result empty for two currencies.
func sameCurrency(a, b value, sql string) string {
	if a.currency == "" || b.currency == "" {
		return sql
	}
	return "(case when (" + a.currency + " = " + b.currency + ") is not false then " + sql + " end)"
}

func commonCurrency(a, b value) string {
	if a.currency == "" || b.currency == "" {
		return a.currency + b.currency
	}
	return "coalesce(" + a.currency + ", " + b.currency + ")"
}

// moved adds a duration or months to a date or an instant. Results outside the
// years 1 to 9999 are empty, and so is what is moved by more than 285 years.
// The number is clamped besides, because PostgreSQL may compute a constant
// before it looks at the condition.
func moved(a, b value, op Arithmetic) string {
	sign := string(op)
	least, most := "'0001-01-01'::date", "'9999-12-31'::date"
	if a.t.Kind == Instant {
		least, most = "'0001-01-01 00:00:00+00'::timestamptz", "'9999-12-31 23:59:59.999999+00'::timestamptz"
	}
	by, limit, sum := b.natural(), strconv.FormatInt(maxMoment, 10), ""
	clamped := func() string { return "least(greatest(d.n, -" + limit + "), " + limit + ")" }
	switch {
	case b.t.Kind == Months:
		limit = strconv.Itoa(maxMonths)
		months := " " + sign + " make_interval(months => " + clamped() + "::int)"
		if a.t.Kind == Date {
			sum = "(" + a.sql + months + ")::date"
		} else {
			sum = "(((" + a.sql + ") at time zone 'UTC')" + months + ") at time zone 'UTC'"
		}
	case a.t.Kind == Date:
		by = "trunc(" + by + " / 86400000)"
		limit = strconv.FormatInt(maxMoment/day, 10)
		sum = a.sql + " " + sign + " " + clamped() + "::int"
	default:
		by = "round(" + by + ")"
		sum = a.sql + " " + sign + " " + clamped() + "::float8 * interval '1 millisecond'"
	}
	return "(select s.v from (select " + sum + " as v from (select " + by + " as n) d where abs(d.n) <= " + limit + ") s where s.v between " + least + " and " + most + ")"
}

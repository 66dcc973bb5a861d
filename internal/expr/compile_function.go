package expr

import (
	"strconv"
	"strings"
)

// call writes a function.
func (c compiler) call(n Call) value {
	switch n.Func {
	case "if":
		return c.choose(n)
	case "coalesce", "min", "max":
		return c.extreme(n)
	case "round":
		v := c.value(n.Args[0])
		out := value{t: v.t, currency: v.currency, sql: "round(" + v.natural() + ")"}
		digits := int64(0)
		if len(n.Args) == 2 {
			digits = n.Args[1].(Literal).Value.(int64)
			out.sql = "round(" + v.natural() + ", " + strconv.FormatInt(digits, 10) + ")"
		}
		if v.t.number() {
			out.t = Type{Kind: Integer}
			if digits > 0 {
				out.t.Kind = Decimal
			}
		}
		return out
	}
	v := c.value(n.Args[0])
	text := Type{Kind: Text}
	switch n.Func {
	case "len":
		if v.t.List {
			return value{t: Type{Kind: Integer}, sql: "cardinality(" + v.sql + ")::numeric"}
		}
		return value{t: Type{Kind: Integer}, sql: "char_length(" + v.sql + ")::numeric"}
	case "lower":
		return value{t: text, sql: "lower(" + v.sql + ` collate "C")`}
	case "trim":
		return value{t: text, sql: "btrim(" + v.sql + `, e' \t\n\r')`}
	}
	day := v.sql
	if v.t.Kind == Instant {
		day = "(" + v.sql + " at time zone " + c.zone(n.At) + ")::date"
	}
	if n.Func != "day" {
		day = "date_trunc('" + n.Func + "', (" + day + ")::timestamp)::date"
	}
	return value{t: Type{Kind: Date}, sql: day}
}

// choose writes if.
func (c compiler) choose(n Call) value {
	when := c.condition(n.Args[0], false)
	branches, t := c.branches(n.Args[1:])
	out := value{t: t, sql: "(case when " + when + " then " + branches[0].sql + " else " + branches[1].sql + " end)"}
	if t.Kind == Money {
		out.currency = "(case when " + when + " then " + currencyOf(branches[0]) + " else " + currencyOf(branches[1]) + " end)"
	}
	out.sql, out.currency = c.sized(out.sql), c.sized(out.currency)
	return out
}

// branches writes values of one type: numbers as numerics in natural units.
func (c compiler) branches(nodes []Node) ([]value, Type) {
	var t Type
	values := make([]value, len(nodes))
	for i, n := range nodes {
		values[i] = c.value(n)
		if u := values[i].t; t.Kind == None || t.number() && u.Kind == Decimal {
			t = Type{Kind: u.Kind, List: u.List}
		}
	}
	for i, v := range values {
		switch {
		case v.t.Kind == None:
			values[i] = c.empty(t)
		case t.numeric():
			values[i].sql, values[i].stored = v.natural(), false
		}
		values[i].t = t
	}
	return values, t
}

func currencyOf(v value) string {
	if v.currency == "" {
		return "null::text"
	}
	return v.currency
}

// extreme writes coalesce, min and max.
func (c compiler) extreme(n Call) value {
	values, t := c.branches(n.Args)
	if t.Kind == Money {
		return c.extremeMoney(n.Func, values)
	}
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = v.sql
		if t.Kind == Text && !t.List && n.Func != "coalesce" {
			texts[i] += ` collate "C"`
		}
	}
	word := map[string]string{"coalesce": "coalesce", "min": "least", "max": "greatest"}[n.Func]
	return value{t: t, sql: c.sized(word + "(" + strings.Join(texts, ", ") + ")")}
}

// extremeMoney folds money pair by pair. For min and max two currencies give
// an empty value.
func (c compiler) extremeMoney(function string, values []value) value {
	out := values[0]
	for _, v := range values[1:] {
		a, b := out, v
		switch function {
		case "coalesce":
			out.sql = "coalesce(" + a.sql + ", " + b.sql + ")"
			out.currency = "(case when (" + a.sql + ") is not null then " + currencyOf(a) + " else " + currencyOf(b) + " end)"
		default:
			word := map[string]string{"min": "least", "max": "greatest"}[function]
			out.sql = "(case when (" + a.sql + ") is null or (" + b.sql + ") is null or (" + currencyOf(a) + " = " + currencyOf(b) + ") is not false then " +
				word + "(" + a.sql + ", " + b.sql + ") end)"
			out.currency = "(case when (" + a.sql + ") is null then " + currencyOf(b) + " when (" + b.sql + ") is null then " + currencyOf(a) +
				" else coalesce(" + currencyOf(a) + ", " + currencyOf(b) + ") end)"
		}
		out.sql, out.currency = c.sized(out.sql), c.sized(out.currency)
	}
	return out
}

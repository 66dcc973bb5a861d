package expr

import (
	"strconv"
	"strings"
)

// value is a piece of SQL with what it gives.
type value struct {
	t        Type
	sql      string
	currency string // of money; empty: a zero of any currency
	stored   bool   // a number as tables store it: bigint, scaled
	never    bool   // is never empty
}

// natural returns a number as numeric in natural units.
func (v value) natural() string {
	if !v.stored {
		return v.sql
	}
	switch v.t.Kind {
	case Percent:
		return "(" + v.sql + " * 0.000001)"
	case Decimal:
		if v.t.Scale > 0 {
			return "(" + v.sql + " * 0." + strings.Repeat("0", v.t.Scale-1) + "1)"
		}
	}
	return v.sql + "::numeric"
}

// result writes the value of a whole expression, rounded once.
func (c compiler) result(n Node) (Column, error) {
	v := c.value(n)
	col := Column{Type: v.t, SQL: v.sql, Currency: v.currency, Exact: v.t.numeric()}
	if conversion, ok := n.(as); ok {
		col.Type = conversion.To
	}
	if v.t.numeric() {
		col.SQL = v.natural()
		switch col.Type.Kind {
		case Money, Duration:
			col.SQL = "round(" + col.SQL + ")"
		case Percent:
			col.SQL = "round(" + col.SQL + ", 6)"
		case Decimal:
			if _, ok := n.(as); ok {
				col.SQL = "round(" + col.SQL + ", " + strconv.Itoa(col.Type.Scale) + ")"
			}
		}
	}
	if col.Type.Kind == Money && col.Currency == "" {
		col.Currency = "null::text"
	}
	return col, c.fault(col.SQL + col.Currency)
}

// value writes a checked value.
func (c compiler) value(n Node) value {
	if v, ok := c.constant(n); ok {
		return v
	}
	switch n := n.(type) {
	case Literal:
		return c.literal(n)
	case List:
		kind := Text
		if len(n.Items) > 0 {
			kind = c.typeOf(n.Items[0]).Kind
		}
		return c.list(n, kind)
	case Path:
		return c.path(n)
	case Binary:
		return c.binary(n)
	case Negate:
		v := c.value(n.Node)
		return value{t: Type{Kind: v.t.Kind}, sql: "(- " + v.natural() + ")", currency: v.currency}
	case Call:
		return c.call(n)
	case Aggregate:
		return c.aggregate(n)
	case as:
		v := c.value(n.Node)
		if v.t.Kind == None {
			v = c.empty(n.To)
		}
		return v
	case nil:
		return value{sql: "null"}
	}
	return value{t: Type{Kind: Boolean}, sql: c.condition(n, true)}
}

// empty is the empty value of a type.
func (c compiler) empty(t Type) value {
	v := value{t: t, sql: "null::" + t.Kind.sqlType()}
	switch {
	case t.List:
		v.sql += "[]"
	case t.Kind == Money:
		v.sql, v.currency = "null::numeric", "null::text"
	case t.numeric():
		v.sql = "null::numeric"
	}
	return v
}

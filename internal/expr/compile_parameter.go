package expr

import (
	"math/big"
	"strconv"
	"time"
)

// literal writes what somebody wrote as a parameter.
func (c compiler) literal(l Literal) value {
	t := Type{Kind: l.Kind}
	switch l.Kind {
	case None:
		return value{sql: "null"}
	case Decimal:
		return value{t: t, sql: c.args.Add(l.Value) + "::numeric", never: true}
	}
	return value{t: t, sql: c.args.Add(l.Value) + "::" + l.Kind.sqlType(), stored: t.numeric(), never: true}
}

// list writes a list of literals and constants as one parameter.
func (c compiler) list(l List, kind Kind) value {
	texts, _ := c.items(l, kind)
	t := Type{Kind: kind, List: true}
	return value{t: t, sql: c.args.Add(arrayText(texts)) + "::" + kind.sqlType() + "[]", never: true}
}

// items returns the texts of a list's items, and whether one is empty.
func (c compiler) items(l List, kind Kind) (texts []string, null bool) {
	for _, item := range l.Items {
		if literal, ok := bare(item).(Literal); ok {
			if literal.Kind == None {
				null = true
				continue
			}
			texts = append(texts, arrayItem(literal, kind))
			continue
		}
		v := c.compute(item)
		if v == nil {
			continue // an empty identity is equal to nothing
		}
		texts = append(texts, itemText(v, kind))
	}
	return texts, null
}

// arrayItem is a literal as PostgreSQL reads it within an array.
func arrayItem(l Literal, kind Kind) string {
	if n, ok := l.Value.(int64); ok {
		if l.Kind == Percent && kind == Decimal {
			return decimalText(exact(l))
		}
		return strconv.FormatInt(n, 10)
	}
	return l.text()
}

// compute evaluates a constant.
func (c compiler) compute(n Node) any {
	e := evaluator{now: c.args.Now}
	for _, s := range c.sources {
		e.rows = append(e.rows, constants{s})
	}
	v := e.eval(n)
	if e.err != nil {
		c.refuse(e.err)
	}
	return v
}

// itemText writes a computed value as PostgreSQL reads it within an array.
func itemText(v any, kind Kind) string {
	switch v := v.(type) {
	case string:
		return v
	case civil:
		return v.String()
	case time.Time:
		return v.Format(time.RFC3339Nano)
	case bool:
		return strconv.FormatBool(v)
	case number:
		if kind == Percent {
			return whole(new(big.Rat).Quo(v.Rat, millionth)).String()
		}
		return decimalText(v.Rat)
	}
	return ""
}

// parameter writes a computed value as a parameter of the type.
func (c compiler) parameter(v any, t Type) value {
	out := value{t: t, never: v != nil}
	if t.Kind == Money {
		return c.moneyParameter(v)
	}
	cast := "::" + t.Kind.sqlType()
	switch v := v.(type) {
	case nil:
		if t.Kind == None {
			return value{sql: "null"}
		}
		out.stored = t.numeric()
		if t.Kind == Decimal {
			out.stored, cast = false, "::numeric"
		}
		if t.List {
			cast += "[]"
		}
		out.sql = c.args.Add(nil) + cast
	case number:
		out.t = Type{Kind: v.kind}
		out.sql = c.args.Add(decimalText(v.Rat)) + "::numeric"
	case list:
		out.sql = c.args.Add(arrayText(v)) + cast + "[]"
	default:
		out.sql = c.args.Add(bareParameter(v)) + cast
	}
	return out
}

// moneyParameter sends amount and currency in one, because PostgreSQL refuses
// parameters that are not used, and a currency often is not.
func (c compiler) moneyParameter(v any) value {
	var both any
	if a, ok := v.(amount); ok {
		both = arrayText([]string{decimalText(a.Rat), a.currency})
	}
	at := c.args.Add(both) + "::text[]"
	return value{
		t: Type{Kind: Money}, never: v != nil,
		sql: "(" + at + ")[1]::numeric", currency: "nullif((" + at + ")[2], '')",
	}
}

func bareParameter(v any) any {
	switch v := v.(type) {
	case civil:
		return v.String()
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	return v
}

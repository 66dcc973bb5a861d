package expr

// path writes a column, or the way to one over references.
func (c compiler) path(p Path) value {
	v := c.column(c.source(p.up), p.Steps[p.skip:], p)
	v.sql = c.sized(v.sql)
	return v
}

func (c compiler) column(src Source, steps []string, p Path) value {
	column, _ := src.Name(steps[0])
	rest := steps[1:]
	if len(rest) == p.part || column.Target == nil && column.Related == nil {
		return c.partOf(column, rest, p.json)
	}
	if column.Target != nil {
		return c.column(column.Target, rest, p)
	}
	related, alias := column.Related, c.args.Alias()
	v := c.column(related.Columns(alias), rest, p)
	from := " from " + related.From + " " + alias + " where " + related.On(alias) + ")"
	v.sql = "(select " + v.sql + from
	if v.currency != "" {
		v.currency = "(select " + v.currency + from
	}
	v.never = false
	return v
}

// partOf writes a column, or a part of its value.
func (c compiler) partOf(column Column, rest []string, json bool) value {
	v := value{t: column.Type, sql: column.SQL, currency: column.Currency, stored: column.Type.numeric() && !column.Exact}
	if column.Constant {
		return c.constantColumn(column, rest)
	}
	if v.currency != "" && !column.Exact {
		v.currency += "::text" // tables have char(3), which pads and trims
	}
	if len(rest) == 0 {
		return v
	}
	if column.Type.Kind == Money {
		if rest[0] == "currency" {
			return value{t: Type{Kind: Text}, sql: v.currency}
		}
		v.t, v.currency = Type{Kind: Integer}, ""
		return v
	}
	keys := c.args.Add(arrayText(rest)) + "::text[]"
	if json {
		return value{t: Type{Kind: JSON}, sql: "(" + v.sql + " #> " + keys + ")"}
	}
	return value{t: Type{Kind: Text}, sql: "(case when jsonb_typeof(" + v.sql + " #> " + keys + ") not in ('object', 'array') then " + v.sql + " #>> " + keys + " end)"}
}

// constantColumn writes a constant as a parameter, a number as it is stored.
func (c compiler) constantColumn(column Column, rest []string) value {
	e := evaluator{}
	v := e.part(e.load(column.Value, column.Type), column.Type, rest)
	if e.err != nil {
		c.refuse(e.err)
	}
	t := column.Type
	if len(rest) > 0 {
		t = Type{Kind: Text}
		if rest[0] == "amount" && column.Type.Kind == Money {
			t = Type{Kind: Integer}
		}
	}
	if n, ok := v.(number); ok {
		if stored, ok := n.stored(t); ok {
			return value{t: t, sql: c.args.Add(stored) + "::bigint", stored: true, never: true}
		}
	}
	return c.parameter(v, t)
}

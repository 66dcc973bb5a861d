package expr

// aggregate writes a sub-select over related records, or, in a measure, SQL's
// function over the rows of the query.
func (c compiler) aggregate(n Aggregate) value {
	if n.many == 0 {
		return c.measure(n)
	}
	p := *n.Of
	return c.related(c.source(p.up), p.Steps[p.skip:n.many], p.Steps[n.many:], n)
}

// related walks to the records: over references first, each a sub-select.
func (c compiler) related(src Source, way, rest []string, n Aggregate) value {
	column, _ := src.Name(way[0])
	if column.Target != nil {
		return c.related(column.Target, way[1:], rest, n)
	}
	related, alias := column.Related, c.args.Alias()
	if related == nil {
		c.refuse(fail(n.At, "operator", "%q has no records to read.", n.Of.name()))
		return value{sql: "null"}
	}
	inner := related.Columns(alias)
	from := " from " + related.From + " " + alias + " where " + related.On(alias)
	if len(way) > 1 {
		v := c.related(inner, way[1:], rest, n)
		v.sql = "(select " + v.sql + from + ")"
		if v.currency != "" {
			v.currency = "(select " + v.currency + from + ")"
		}
		// Without a record there is nothing to count either.
		return zeroIfMissing(v, n)
	}
	within := c.within(inner)
	record := value{t: Type{Kind: column.Type.Kind}}
	item := record
	if len(rest) > 0 {
		item = within.column(inner, rest, *n.Of)
	} else if id, ok := inner.Name("id"); ok {
		item.sql = id.SQL
	}
	if n.Where != nil {
		from += " and " + within.condition(n.Where, false)
	}
	if n.Func == "first" {
		return c.first(related, alias, item, from)
	}
	v := summary(n.Func, item, len(rest) == 0)
	v.sql = c.sized("(select " + v.sql + from + ")")
	if v.currency != "" {
		v.currency = c.sized("(select " + v.currency + from + ")")
	}
	return v
}

// zeroIfMissing makes sum and count over an empty reference 0.
func zeroIfMissing(v value, n Aggregate) value {
	if n.Func == "sum" || n.Func == "count" {
		v.sql = "coalesce(" + v.sql + ", 0)"
	}
	return v
}

func (c compiler) first(related *Related, alias string, item value, from string) value {
	if related.Order != nil {
		from += " order by " + related.Order(alias)
	}
	from += " limit 1)"
	item.sql, item.never = c.sized("(select "+item.sql+from), false
	if item.currency != "" {
		item.currency = c.sized("(select " + item.currency + from)
	}
	return item
}

// measure writes an aggregate over the rows of the query itself.
func (c compiler) measure(n Aggregate) value {
	var item value
	if n.Of != nil {
		item = c.value(*n.Of)
	}
	filter := ""
	if n.Where != nil {
		filter = " filter (where " + c.condition(n.Where, false) + ")"
	}
	return filtered(n.Func, item, n.Of == nil, filter)
}

// summary writes an aggregate function over items.
func summary(function string, item value, record bool) value {
	return filtered(function, item, record, "")
}

func filtered(function string, item value, record bool, filter string) value {
	if function == "count" {
		if record {
			return value{t: Type{Kind: Integer}, sql: "count(*)" + filter + "::numeric"}
		}
		return value{t: Type{Kind: Integer}, sql: "count(" + item.sql + ")" + filter + "::numeric"}
	}
	x := item.sql
	if item.t.numeric() {
		x = item.natural()
	}
	out := value{t: Type{Kind: item.t.Kind}}
	switch function {
	case "sum":
		out.sql = "coalesce(sum(" + x + ")" + filter + ", 0)"
	case "avg":
		out.sql = divided("sum("+x+")"+filter, "count("+x+")"+filter)
		if out.t.Kind == Integer {
			out.t.Kind = Decimal
		}
	default:
		if item.t.Kind == Text {
			x += ` collate "C"`
		}
		out.sql = function + "(" + x + ")" + filter
	}
	if item.t.Kind == Money && item.currency != "" {
		// The currency of an empty amount does not count.
		currency := "case when " + x + " is not null then " + item.currency + " end"
		out.currency = "min(" + currency + ")" + filter
		out.sql = "(case when (" + out.currency + " = max(" + currency + ")" + filter + ") is not false then " + out.sql + " end)"
	}
	return out
}

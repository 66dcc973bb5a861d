package expr

// aggregate resolves what is aggregated, and its condition among the records.
func (c checker) aggregate(n Aggregate, depth int) (Node, Type, error) {
	n.many = 0
	var w walked
	inner := c.scope
	if n.Of != nil {
		var err error
		if w, err = c.walk(*n.Of); err != nil {
			return nil, Type{}, err
		}
		n.Of, n.many = &w.path, w.many
	}
	if n.many > 0 {
		if w.in == nil {
			return nil, Type{}, fail(n.At, "operator", "%q has no records to read.", w.path.name()).about(w.path.name())
		}
		inner = &scope{schema: w.in, outer: c.scope}
	} else if !c.measure || c.scope.outer != nil {
		return nil, Type{}, c.nothingRelated(n)
	}
	if n.Where != nil {
		within := checker{scope: inner}
		where, err := within.condition(n.Where, depth+1)
		if err != nil {
			return nil, Type{}, err
		}
		n.Where = where
	}
	t, err := aggregated(n, w)
	return n, t, err
}

func (c checker) nothingRelated(n Aggregate) *Error {
	if n.Of == nil {
		return fail(n.At, "operator", "count() here needs the name of related records.").hint(`For example: count(stages, kind == "open").`)
	}
	return fail(n.Of.At, "operator", "%q are not many records.", n.Of.name()).about(n.Of.name())
}

// aggregated is the type of the result.
func aggregated(n Aggregate, w walked) (Type, error) {
	if n.Func == "count" {
		return Type{Kind: Integer}, nil
	}
	t := w.typ
	record := n.many > 0 && n.many == len(n.Of.Steps)
	if record {
		t = Type{Kind: t.Kind}
	}
	if t.Kind == Decimal {
		t.Scale = 0
	}
	ok := false
	switch n.Func {
	case "sum":
		ok = t.numeric() && t.Kind != Months
	case "avg":
		ok = t.numeric() && t.Kind != Months
		if t.Kind == Integer {
			t.Kind = Decimal
		}
	case "min", "max":
		ok = ordered(t) && !record
	case "first":
		ok = t.Kind != None && n.many > 0
	}
	if !ok {
		e := fail(n.At, "operator", "%s() does not take %s.", n.Func, t)
		if record {
			e.hint("Name the value: %s(%s.amount).", n.Func, n.Of.name())
		}
		return t, e
	}
	return t, nil
}

package expr

// fit gives a node the type of what it meets: literals become values of the
// kind, a constant date the instant of its midnight. beside is what it meets,
// for the message; nil if that is a field written to.
func (c checker) fit(n Node, from, want Type, beside Node) (Node, error) {
	if from.same(want) || from.number() && want.number() && (from.Kind == Integer || want.Kind == Decimal || beside != nil) {
		return n, nil
	}
	if l, ok := n.(Literal); ok {
		return c.fitLiteral(l, want, beside)
	}
	if l, ok := n.(List); ok && want.List {
		return c.fitList(l, want, beside)
	}
	if from.Kind == Date && want == (Type{Kind: Instant}) && !from.List {
		if isConstant(n) {
			return as{Node: n, To: want}, nil
		}
		return nil, fail(position(n), "operator", "%s is a date, where an instant belongs.", subject(n)).about(nameOf(n)).
			hint("Only today(), settings and other dates that are the same for every record become the instant of their midnight.")
	}
	return nil, mismatch(position(n), n, beside, from, want)
}

func mismatch(at int, n, beside Node, from, want Type) *Error {
	if from.number() && want.number() {
		return fail(at, "operator", "%s is a number, where a whole number belongs.", subject(n)).about(nameOf(n)).hint("Write round(…).")
	}
	if beside == nil {
		return fail(at, "operator", "%s is %s, where %s belongs.", subject(n), from, want).about(nameOf(n))
	}
	e := fail(at, "operator", "One side is %s, the other %s.", want, from).about(nameOf(beside))
	for _, side := range []Node{beside, n} {
		if p, ok := bare(side).(Path); ok && p.part == 0 && p.whole == (Type{Kind: Money}) {
			return e.hint("Did you mean %q?", partName(side, "amount"))
		}
	}
	return e
}

// fitLiteral gives a literal the wanted kind.
func (c checker) fitLiteral(l Literal, want Type, beside Node) (Node, error) {
	text, _ := l.Value.(string)
	written := l.Kind == Text || l.Kind == Raw
	switch {
	case l.Kind == None:
		return l, nil
	case want.List && written:
		return c.fitArray(l, text, want, beside)
	case l.Kind == Raw && want.Kind != Money:
		if n, ok := readRelative(text, want, l.At); ok {
			return c.fitRelative(n, want)
		}
		if v, ok := readLiteral(text, want.Kind, l.At); ok && kindFits(v.Kind, want.Kind, beside) {
			return v, nil
		}
	case l.Kind == Text:
		switch want.Kind {
		case Date, Instant, UUID, Clock, JSON:
			if v, ok := readLiteral(text, want.Kind, l.At); ok {
				return v, nil
			}
		}
	case isZero(l):
		switch want.Kind {
		case Percent, Money, Duration, Months:
			return Literal{Kind: want.Kind, Value: int64(0), At: l.At}, nil
		}
	}
	if l.Kind == Raw && want.Kind == Money && text == "0" {
		return Literal{Kind: Money, Value: int64(0), At: l.At}, nil
	}
	return nil, badValue(l, want, beside)
}

// kindFits says that a number with a fraction fits whole numbers only where
// the two are compared.
func kindFits(kind, want Kind, beside Node) bool {
	return kind == want || want == Decimal || kind == Decimal && beside != nil
}

func badValue(l Literal, want Type, beside Node) *Error {
	name := ""
	e := fail(l.At, "bad_value", "%q is not %s.", l.text(), want)
	if beside != nil {
		name = nameOf(beside)
		e = fail(l.At, "bad_value", "%q is %s; %q is not.", name, want, l.text()).about(name)
	}
	p, isPath := bare(beside).(Path)
	switch {
	case want.Kind == Money && isPath && p.part == 0:
		return fail(p.At, "unknown_field", "%q is money; it is compared with money or with 0.", name).about(name).hint("Did you mean %q?", partName(p, "amount"))
	case want.Kind == Money:
		return e.hint("Only 0 is money in every currency.")
	case want.Kind == JSON && isPath && p.json && p.part > 0:
		return e.hint("Write %q for its text.", urlName(p.Steps, len(p.Steps)-p.part, false))
	case want.Kind == Percent && (l.Kind == Integer || l.Kind == Decimal):
		return e.hint("Write %s%%.", l.text())
	case want.Kind == Duration && l.Kind == Months:
		return e.hint("Months have no fixed length; write days: 180d.")
	case want.Kind == Duration && l.Kind == Integer:
		return e.hint("Write a unit: %sd, %sh.", l.text(), l.text())
	}
	return e
}

func isZero(l Literal) bool { return l.Kind == Integer && l.Value == int64(0) }

// fitRelative checks what @me and its like stand for.
func (c checker) fitRelative(n Node, want Type) (Node, error) {
	n, t, err := c.node(n, 0)
	if err != nil {
		return nil, err
	}
	return c.fit(n, t, want, n)
}

// fitArray reads {a,b} as a list.
func (c checker) fitArray(l Literal, text string, want Type, beside Node) (Node, error) {
	if l.Kind == Raw {
		if n, ok := readRelative(text, want, l.At); ok {
			return c.fitRelative(n, want)
		}
	}
	values, ok := cutArray(text)
	if !ok {
		e := fail(l.At, "bad_value", "%q is not a list.", text).about(nameOf(beside))
		return nil, e.hint("Write {a,b}.")
	}
	list := List{At: l.At}
	for _, v := range values {
		list.Items = append(list.Items, Literal{Kind: Raw, Value: v, At: l.At})
	}
	return c.fitList(list, want, beside)
}

func (c checker) fitList(list List, want Type, beside Node) (Node, error) {
	items := make([]Node, len(list.Items))
	for i, item := range list.Items {
		u := Type{}
		if l, ok := item.(Literal); ok {
			u.Kind = l.Kind
		}
		var err error
		if items[i], err = c.fit(item, u, Type{Kind: want.Kind}, beside); err != nil {
			return nil, err
		}
	}
	return List{Items: items, At: list.At}, nil
}

// unify brings nodes that meet to one type: the first that is certain. Literals
// whose kind depends on what they meet take it on.
func (c checker) unify(nodes []Node, types []Type, at int) ([]Node, Type, error) {
	common, beside := commonType(nodes, types)
	fitted := make([]Node, len(nodes))
	for i, n := range nodes {
		var err error
		if fitted[i], err = c.fit(n, types[i], common, beside); err != nil {
			if e, ok := err.(*Error); ok && e.At == position(n) && !isLiteral(n) {
				e.At = at
			}
			return nil, common, err
		}
	}
	return fitted, common, nil
}

func isLiteral(n Node) bool {
	_, ok := n.(Literal)
	return ok
}

// commonType finds the type in which nodes meet, and the node that decides it.
func commonType(nodes []Node, types []Type) (Type, Node) {
	var common Type
	var beside Node
	for _, certain := range []bool{true, false} {
		for i, n := range nodes {
			switch {
			case certain && isFlexible(n) || types[i].Kind == None:
			case common.Kind == None:
				common, beside = types[i], n
			case certain && common.number() && types[i].Kind == Decimal, certain && common.Kind == Date && types[i].Kind == Instant:
				common, beside = types[i], n
			}
		}
	}
	if common.Kind == Raw {
		common.Kind = Text
	}
	return common, beside
}

// isFlexible reports whether what a node meets decides its kind.
func isFlexible(n Node) bool {
	l, ok := n.(Literal)
	return ok && (l.Kind == None || l.Kind == Raw || l.Kind == Text || isZero(l))
}

// isConstant reports whether a checked tree has the same value for every row.
func isConstant(n Node) bool {
	switch n := n.(type) {
	case Path:
		return n.constant
	case Aggregate, Search:
		return false
	}
	for _, child := range children(n) {
		if !isConstant(child) {
			return false
		}
	}
	return true
}

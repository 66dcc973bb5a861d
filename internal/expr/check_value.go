package expr

// binary checks arithmetic.
func (c checker) binary(n Binary, depth int) (Node, Type, error) {
	left, a, err := c.node(n.Left, depth+1)
	if err != nil {
		return nil, Type{}, err
	}
	right, b, err := c.node(n.Right, depth+1)
	if err != nil {
		return nil, Type{}, err
	}
	if n.Op == Plus || n.Op == Minus {
		if left, right, a, b, err = c.meet(left, right, a, b); err != nil {
			return nil, Type{}, err
		}
	}
	t, ok := arithmetic(n.Op, a, b)
	if !ok {
		return nil, Type{}, refuseArithmetic(n, left, right, a, b)
	}
	n.Left, n.Right = left, right
	return n, t, nil
}

// meet fits what is added: 0 to anything, a date to an instant.
func (c checker) meet(left, right Node, a, b Type) (Node, Node, Type, Type, error) {
	var err error
	switch {
	case isZeroNode(right) && a.numeric() && !a.number():
		right, err = c.fit(right, b, a, left)
		b = a
	case isZeroNode(left) && b.numeric() && !b.number():
		left, err = c.fit(left, a, b, right)
		a = b
	case a == Type{Kind: Instant} && b == Type{Kind: Date}:
		right, err = c.fit(right, b, a, left)
		b = a
	case a == Type{Kind: Date} && b == Type{Kind: Instant}:
		left, err = c.fit(left, a, b, right)
		a = b
	}
	return left, right, a, b, err
}

func isZeroNode(n Node) bool {
	l, ok := n.(Literal)
	return ok && isZero(l)
}

// arithmetic is the table of what may be calculated: the type of a result.
func arithmetic(op Arithmetic, a, b Type) (Type, bool) {
	if a.List || b.List {
		return Type{}, false
	}
	if op == Plus && b.Kind != a.Kind && (b.Kind == Date || b.Kind == Instant) || op == Times && rank(a) < rank(b) {
		a, b = b, a // the order does not matter
	}
	kind, ok := None, false
	switch op {
	case Plus, Minus:
		kind, ok = addition(op, a, b)
	case Times:
		kind, ok = product(a, b)
	case Divide:
		kind, ok = division(a, b)
	}
	return Type{Kind: kind}, ok
}

// rank orders kinds so that of two factors the first is what the result is.
func rank(t Type) int {
	switch t.Kind {
	case Money, Duration, Months:
		return 3
	case Integer, Decimal:
		return 2
	case Percent:
		return 1
	}
	return 0
}

func addition(op Arithmetic, a, b Type) (Kind, bool) {
	switch {
	case a.number() && b.number():
		return wider(a, b), true
	case a.Kind == b.Kind:
		switch a.Kind {
		case Percent, Money, Duration, Months:
			return a.Kind, true
		case Text:
			return Text, op == Plus
		case Date, Instant:
			return Duration, op == Minus
		}
	case (a.Kind == Date || a.Kind == Instant) && (b.Kind == Duration || b.Kind == Months):
		return a.Kind, true
	}
	return None, false
}

// wider is Decimal unless both are whole.
func wider(a, b Type) Kind {
	if a.Kind == Integer && b.Kind == Integer {
		return Integer
	}
	return Decimal
}

func product(a, b Type) (Kind, bool) {
	switch {
	case a.number() && b.number():
		return wider(a, b), true
	case a.number() && b.Kind == Percent:
		return Decimal, true
	case a.Kind == Percent && b.Kind == Percent:
		return Percent, true
	case a.Kind == Money || a.Kind == Duration:
		return a.Kind, b.number() || b.Kind == Percent
	case a.Kind == Months:
		return Months, b.Kind == Integer
	}
	return None, false
}

func division(a, b Type) (Kind, bool) {
	switch {
	case a.number():
		return Decimal, b.number() || b.Kind == Percent
	case a.Kind == b.Kind:
		return Decimal, a.Kind == Percent || a.Kind == Money || a.Kind == Duration
	case a.Kind == Percent:
		return Percent, b.number()
	case a.Kind == Money || a.Kind == Duration:
		return a.Kind, b.number() || b.Kind == Percent
	}
	return None, false
}

// refuseArithmetic says why two kinds cannot be calculated with.
func refuseArithmetic(n Binary, left, right Node, a, b Type) *Error {
	words := map[Arithmetic]string{Plus: "added to", Minus: "subtracted from", Times: "multiplied by", Divide: "divided by"}
	first, second := a, b
	if n.Op == Minus {
		first, second = b, a
	}
	e := fail(n.At, "operator", "%s cannot be %s %s.", first, words[n.Op], second)
	if first.Kind == Money || second.Kind == Money {
		switch n.Op {
		case Plus, Minus:
			e = fail(n.At, "operator", "money is added only to money; this is %s.", other(a, b))
		case Times:
			e = fail(n.At, "operator", "money is multiplied by numbers and percents only; this is %s.", other(a, b))
		}
	}
	dated := func(t Type) bool { return t.Kind == Date || t.Kind == Instant }
	switch {
	case isNull(left) || isNull(right):
		return fail(n.At, "operator", "There is no arithmetic with null.").hint("Write if(…, …, null).")
	case dated(a) && b.number(), dated(b) && a.number():
		e.hint("Write a duration: 1d * a number of days.")
	case a.Kind == Percent && b.number(), b.Kind == Percent && a.number():
		e.hint("A percent is added only to a percent: 1 is 100%%.")
	}
	return e.about(nameOf(left))
}

func other(a, b Type) Type {
	if a.Kind == Money {
		return b
	}
	return a
}

func (c checker) negate(n Negate, depth int) (Node, Type, error) {
	inner, t, err := c.node(n.Node, depth+1)
	if err != nil {
		return nil, t, err
	}
	if !t.numeric() {
		return nil, t, fail(n.At, "operator", "%s has no sign.", t)
	}
	if t.Kind == Decimal {
		t.Scale = 0
	}
	n.Node = inner
	return n, t, nil
}

// call checks a function of values.
func (c checker) call(n Call, depth int) (Node, Type, error) {
	if n.Func == "min" || n.Func == "max" {
		if a, ok := c.asAggregate(n); ok {
			return c.aggregate(a, depth)
		}
		if len(n.Args) < 2 {
			return nil, Type{}, fail(n.At, "syntax", "%s() takes at least two values, or related records.", n.Func)
		}
	}
	args := make([]Node, len(n.Args))
	types := make([]Type, len(n.Args))
	for i, a := range n.Args {
		var err error
		if n.Func == "if" && i == 0 {
			args[i], err = c.condition(a, depth+1)
		} else {
			args[i], types[i], err = c.node(a, depth+1)
		}
		if err != nil {
			return nil, Type{}, err
		}
	}
	n.Args = args
	switch n.Func {
	case "now":
		return n, Type{Kind: Instant}, nil
	case "today":
		return n, Type{Kind: Date}, nil
	case "if":
		t, err := c.choose(args[1:], types[1:], n.At)
		return n, t, err
	case "coalesce":
		t, err := c.choose(args, types, n.At)
		return n, t, err
	case "min", "max":
		t, err := c.choose(args, types, n.At)
		if err == nil && !ordered(t) {
			err = fail(n.At, "operator", "%s() compares what has an order, not %s.", n.Func, t)
		}
		return n, t, err
	case "round":
		return c.round(n, types)
	}
	t, err := c.simple(n, types[0])
	return n, t, err
}

// choose unifies the values of which a function gives one, in place.
func (c checker) choose(args []Node, types []Type, at int) (Type, error) {
	fitted, t, err := c.unify(args, types, at)
	if err != nil {
		return t, err
	}
	copy(args, fitted)
	if t.Kind == Decimal {
		t.Scale = 0
	}
	return t, nil
}

// ordered reports whether values of the type have an order that min and max use.
func ordered(t Type) bool {
	if t.List {
		return false
	}
	switch t.Kind {
	case Text, Integer, Decimal, Date, Instant, Percent, Money, Clock, Duration, Months:
		return true
	}
	return false
}

func (c checker) round(n Call, types []Type) (Node, Type, error) {
	t := types[0]
	if !t.number() && t.Kind != Money && t.Kind != Percent || t.List {
		return nil, t, fail(n.At, "operator", "round() rounds numbers, percents and money, not %s.", t)
	}
	if len(n.Args) == 2 {
		l, _ := n.Args[1].(Literal)
		digits, ok := l.Value.(int64)
		if l.Kind != Integer || !ok || digits < 0 || digits > 12 {
			return nil, t, fail(position(n.Args[1]), "bad_value", "round() takes a number of digits from 0 to 12.")
		}
		if t.Kind == Money {
			return nil, t, fail(n.At, "operator", "Money is rounded to its minor unit; leave the digits out.")
		}
		if t.number() && digits > 0 {
			t = Type{Kind: Decimal}
			return n, t, nil
		}
	} else if t.Kind == Percent {
		return nil, t, fail(n.At, "operator", "A percent is rounded to digits: round(…, 4) is 16.25 %%.")
	}
	if t.number() {
		t = Type{Kind: Integer}
	}
	return n, t, nil
}

// simple checks the functions of one value whose kind they fix.
func (c checker) simple(n Call, t Type) (Type, error) {
	takes, gives := "text", Type{Kind: Text}
	ok := t == Type{Kind: Text}
	switch n.Func {
	case "len":
		takes, gives = "text or a list", Type{Kind: Integer}
		ok = ok || t.List
	case "day", "week", "month", "year":
		takes, gives = "a date or an instant", Type{Kind: Date}
		ok = t == Type{Kind: Date} || t == Type{Kind: Instant}
	}
	if !ok {
		return gives, fail(n.At, "operator", "%s() takes %s, not %s.", n.Func, takes, t)
	}
	return gives, nil
}

// asAggregate finds out that min or max is over related records.
func (c checker) asAggregate(n Call) (Aggregate, bool) {
	a := Aggregate{Func: n.Func, At: n.At}
	p, ok := n.Args[0].(Path)
	if !ok || len(n.Args) > 2 {
		return a, false
	}
	w, err := c.walk(p)
	if err != nil || w.many == 0 && !(c.measure && c.scope.outer == nil && len(n.Args) == 1) {
		return a, false
	}
	a.Of = &p
	if len(n.Args) == 2 {
		a.Where = n.Args[1]
	}
	return a, true
}

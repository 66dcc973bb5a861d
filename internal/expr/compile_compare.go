package expr

// compare writes a comparison.
func (c compiler) compare(n Compare, exact bool) string {
	if n.Op >= Contains {
		return c.compareLists(n)
	}
	a, b := c.sides(n.Left, n.Right)
	if a.t.Kind == None || b.t.Kind == None {
		// Order with null; equality became IsNull. What is compared stays, because
		// its parameters have to be used.
		return "(case when " + a.sql + " is null or " + b.sql + " is null then null::boolean end)"
	}
	if a.t.Kind == Money {
		return compareMoney(n.Op, a, b)
	}
	if (n.Op == Eq || n.Op == Ne) && (isIdentity(n.Left) || isIdentity(n.Right)) {
		return identity(n.Op, a, b, exact)
	}
	if a.t.numeric() {
		meetAsNumbers(&a, &b)
	}
	// Order is by bytes whatever the database's collation, as it is in Go.
	if a.t.Kind == Text && n.Op >= Lt {
		a.sql += ` collate "C"`
	}
	return c.sized("(" + a.sql + " " + operator(n.Op, exact, a.never || b.never) + " " + b.sql + ")")
}

func isIdentity(n Node) bool {
	p, ok := bare(n).(Path)
	return ok && p.identity
}

// identity compares with who acts: an empty identity equals nothing.
func identity(op Op, a, b value, exact bool) string {
	equal := "(" + a.sql + " = " + b.sql + ")"
	switch {
	case op == Ne:
		return "(" + equal + " is not true)"
	case exact:
		return "(" + equal + " is true)"
	}
	return equal
}

// sides writes what is compared. A literal beside a stored number is sent as
// tables store it where that can be: then the comparison is one of bigints.
func (c compiler) sides(left, right Node) (a, b value) {
	l, leftIs := bare(left).(Literal)
	r, rightIs := bare(right).(Literal)
	list, listIs := bare(right).(List)
	switch {
	case listIs:
		a = c.value(left)
		b = c.list(list, a.t.Kind)
	case rightIs:
		a = c.value(left)
		b = c.beside(r, a)
	case leftIs:
		// Parameters are numbered from left to right.
		mark := len(c.args.Values)
		c.args.Values = append(c.args.Values, nil)
		b = c.value(right)
		a = c.besideAt(l, b, mark)
	default:
		a, b = c.value(left), c.value(right)
	}
	return a, b
}

// beside writes a literal that meets a value.
func (c compiler) beside(l Literal, v value) value {
	if v.t.List || l.Kind == None {
		return c.literal(l)
	}
	if v.stored && v.t.numeric() {
		if r := exact(l); r != nil {
			if stored, ok := (number{r, l.Kind}).stored(v.t); ok {
				return value{t: v.t, sql: c.args.Add(stored) + "::bigint", stored: true, never: true}
			}
		}
	}
	return c.literal(l)
}

func (c compiler) besideAt(l Literal, v value, at int) value {
	values := c.args.Values
	c.args.Values = values[:at:at]
	a := c.beside(l, v)
	made := c.args.Values[at:]
	c.args.Values = values
	if len(made) == 1 {
		c.args.Values[at] = made[0]
	}
	return a
}

// meetAsNumbers leaves two numbers as they are stored if they are alike, and
// writes both as numerics if not.
func meetAsNumbers(a, b *value) {
	if a.stored && b.stored && a.t.Kind == b.t.Kind && a.t.Scale == b.t.Scale {
		return
	}
	if a.stored && !b.stored && a.t.Kind == Integer && b.never {
		return // PostgreSQL widens the column by itself
	}
	a.sql, b.sql = a.natural(), b.natural()
}

// operator returns SQL's word. A plain "=" needs a side that is never empty.
func operator(op Op, exact, never bool) string {
	switch op {
	case Eq:
		if !exact && never {
			return "="
		}
		return "is not distinct from"
	case Ne:
		return "is distinct from"
	case Lt:
		return "<"
	case Le:
		return "<="
	case Gt:
		return ">"
	}
	return ">="
}

// compareMoney compares amounts of one currency. A zero that somebody wrote is
// of any.
func compareMoney(op Op, a, b value) string {
	x, y := a.natural(), b.natural()
	if a.stored && b.stored {
		x, y = a.sql, b.sql
	}
	amounts := "(" + x + " " + operator(op, true, false) + " " + y + ")"
	if a.currency == "" || b.currency == "" {
		return amounts
	}
	same := "(" + a.currency + " = " + b.currency + ") is not false"
	switch op {
	case Eq:
		return "(" + amounts + " and " + same + ")"
	case Ne:
		return "(not (" + "(" + x + " is not distinct from " + y + ") and " + same + "))"
	}
	return "(case when " + same + " then " + amounts + " end)"
}

// compareLists writes cs, cd and ov, of lists and of JSON.
func (c compiler) compareLists(n Compare) string {
	if m := c.members(n.Left); m != nil {
		if list, ok := bare(n.Right).(List); ok {
			return c.sized(c.compareMembers(n.Op, m, list))
		}
	}
	a := c.value(n.Left)
	var b value
	switch right := bare(n.Right).(type) {
	case List:
		b = c.list(right, a.t.Kind)
	default:
		b = c.value(right)
	}
	return "(" + a.sql + map[Op]string{Contains: " @> ", Within: " <@ ", Overlaps: " && "}[n.Op] + b.sql + ")"
}

// in sends the list as one array, so that its length does not make another
// statement for the database to plan.
func (c compiler) in(n In, exact bool) string {
	list, ok := n.Right.(List)
	left := c.value(n.Left)
	if m := c.members(n.Right); m != nil {
		return c.sized(m.has(m.Item + " = " + left.sql))
	}
	if !ok {
		right := c.value(n.Right)
		if left.t.numeric() {
			left.sql = left.natural()
		}
		sql := "(" + left.sql + " = any(" + right.sql + "))"
		if exact {
			sql = "(" + sql + " is true)"
		}
		return c.sized(sql)
	}
	items, kind := c.array(list, &left)
	null := false
	for _, item := range list.Items {
		null = null || isNull(item)
	}
	sql := "(" + left.sql + " = any(" + c.args.Add(arrayText(items)) + "::" + kind + "[]))"
	if exact {
		sql = "(" + sql + " is true)"
	}
	if null {
		sql = "(" + sql + " or (" + left.sql + " is null))"
	}
	return c.sized(sql)
}

// array returns a list's items as PostgreSQL reads them and their type: that
// of the table if all can be stored like the left side, else numeric.
func (c compiler) array(l List, left *value) (items []string, sqlType string) {
	if !left.t.numeric() {
		items, _ = c.items(l, left.t.Kind)
		return items, left.t.Kind.sqlType()
	}
	var numbers []number
	storable := left.stored
	for _, item := range l.Items {
		v := c.compute(item)
		n, ok := v.(number)
		if !ok {
			continue
		}
		numbers = append(numbers, n)
		_, fits := n.stored(left.t)
		storable = storable && fits
	}
	for _, n := range numbers {
		text := decimalText(n.Rat)
		if storable {
			stored, _ := n.stored(left.t)
			text = decimalText(number{ratOf(stored), Integer}.Rat)
		}
		items = append(items, text)
	}
	if storable {
		return items, "bigint"
	}
	if left.stored && left.t.Kind != Integer {
		left.sql = left.natural()
	}
	return items, "numeric"
}

func (c compiler) isNull(n IsNull) string {
	if m := c.members(n.Left); m != nil {
		return "(not " + m.has("true") + ")"
	}
	p, ok := bare(n.Left).(Path)
	if ok && p.part > 0 && p.whole.Kind == JSON && !p.json && !p.constant {
		p.json = true
		return "((" + c.value(p).sql + " #>> '{}') is null)"
	}
	v := c.value(n.Left)
	if v.t.List {
		return "(coalesce(cardinality(" + v.sql + "), 0) = 0)"
	}
	return "(" + v.sql + " is null)"
}

func (c compiler) like(n Like) string {
	word, pattern := " like ", n.Pattern
	switch {
	case n.Regex && n.Fold:
		word = " ~* "
	case n.Regex:
		word = " ~ "
	case n.Fold:
		word = " ilike "
	}
	if !n.Regex {
		pattern = sqlPattern(pattern)
	}
	return "(" + c.value(n.Left).sql + word + c.args.Add(pattern) + "::text)"
}

func (c compiler) search(n Search) string {
	config := n.Config
	if config == "" {
		config = "simple"
	}
	language := c.args.Add(config) + "::regconfig"
	function := [...]string{"to_tsquery", "plainto_tsquery", "phraseto_tsquery", "websearch_to_tsquery"}[n.Form]
	return "(to_tsvector(" + language + ", " + c.value(n.Left).sql + ") @@ " + function + "(" + language + ", " + c.args.Add(n.Query) + "::text))"
}

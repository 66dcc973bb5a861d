package expr

import "strings"

// Check returns the tree with every name resolved and every literal in the
// kind of what it meets, and the type of its value; or an *Error with the
// position of the first mistake. It is idempotent. What is evaluated must have
// been checked.
func Check(n Node, s Schema) (Node, Type, error) {
	c := checker{scope: &scope{schema: s}}
	return c.root(n)
}

// CheckCondition checks a tree that must be a condition; nil is one.
func CheckCondition(n Node, s Schema) (Node, error) {
	if n == nil {
		return nil, nil
	}
	if Count(n) > MaxConditions {
		return nil, fail(0, "limit", "At most %d conditions are allowed.", MaxConditions)
	}
	c := checker{scope: &scope{schema: s}}
	n, err := c.condition(n, 0)
	if err != nil {
		return nil, err
	}
	return n, nil
}

// CheckValue checks a tree whose value is stored as what is wanted: a field
// with its type and options. Eval and CompileValue then give it so, rounded to
// the wanted scale.
func CheckValue(n Node, s Schema, want Meaning) (Node, error) {
	c := checker{scope: &scope{schema: s}}
	n, t, err := c.root(n)
	if err != nil {
		return nil, err
	}
	if err := checkOptions(n, want.Options, ""); err != nil {
		return nil, err
	}
	if n, err = c.fit(n, t, want.Type, nil); err != nil {
		return nil, err
	}
	return as{Node: bare(n), To: want.Type}.around(n), nil
}

// around keeps a conversion that fit has put in, below this one.
func (a as) around(n Node) Node {
	if inner, ok := n.(as); ok && inner.To.Kind == Instant && a.To.Kind == Instant {
		return inner
	}
	return a
}

// CheckMeasure checks a value over the records of a query: sum(amount),
// count(status == "won") / count().
func CheckMeasure(n Node, s Schema) (Node, Type, error) {
	c := checker{scope: &scope{schema: s}, measure: true}
	return c.root(n)
}

type checker struct {
	scope   *scope
	measure bool // aggregates may be over the query's own records
}

// scope is where bare names resolve; outer is the record that an aggregate's
// condition calls "this".
type scope struct {
	schema Schema
	outer  *scope
}

func (c checker) root(n Node) (Node, Type, error) {
	if Count(n) > MaxConditions {
		return nil, Type{}, fail(0, "limit", "At most %d conditions are allowed.", MaxConditions)
	}
	n, t, err := c.node(n, 0)
	if err == nil && t.Kind == Raw {
		err = fail(position(n), "operator", "A value alone is not a condition; compare it with a field.")
	}
	return n, t, err
}

// condition checks what has to be true or false.
func (c checker) condition(n Node, depth int) (Node, error) {
	n, t, err := c.node(n, depth)
	if err != nil {
		return nil, err
	}
	if t == (Type{Kind: Boolean}) || isNull(n) {
		return n, nil
	}
	if _, ok := n.(Literal); ok {
		return nil, fail(position(n), "operator", "A value alone is not a condition; compare it with a field.")
	}
	e := fail(position(n), "operator", "%s is %s, not true or false; a comparison is missing.", subject(n), t).about(nameOf(n))
	return nil, e.hint(`For example: status == "open".`)
}

func (c checker) node(n Node, depth int) (Node, Type, error) {
	if depth > MaxDepth*2 {
		return nil, Type{}, fail(position(n), "limit", "Expressions are nested at most %d deep.", MaxDepth)
	}
	truth := Type{Kind: Boolean}
	switch n := n.(type) {
	case Literal:
		return n, Type{Kind: n.Kind}, nil
	case List:
		return c.list(n)
	case Path:
		p, t, err := c.path(n)
		return p, t, err
	case Compare:
		checked, err := c.compare(n, depth)
		return checked, truth, err
	case In:
		checked, err := c.in(n, depth)
		return checked, truth, err
	case Like:
		checked, err := c.like(n, depth)
		return checked, truth, err
	case Search:
		checked, err := c.search(n, depth)
		return checked, truth, err
	case IsNull:
		left, t, err := c.node(n.Left, depth+1)
		if _, literal := left.(Literal); err == nil && literal {
			err = fail(n.At, "operator", "Compare a field with null, not a value.")
		}
		_ = t
		return IsNull{Left: left, At: n.At}, truth, err
	case Not:
		inner, err := c.condition(n.Node, depth+1)
		return Not{Node: inner}, truth, err
	case And:
		nodes, err := c.conditions(n.Nodes, depth)
		return And{Nodes: nodes}, truth, err
	case Or:
		nodes, err := c.conditions(n.Nodes, depth)
		return Or{Nodes: nodes}, truth, err
	case Binary:
		return c.binary(n, depth)
	case Negate:
		return c.negate(n, depth)
	case Call:
		return c.call(n, depth)
	case Aggregate:
		return c.aggregate(n, depth)
	case as:
		inner, t, err := c.node(n.Node, depth)
		if err == nil {
			inner, err = c.fit(inner, t, n.To, nil)
		}
		return as{Node: bare(inner), To: n.To}, n.To, err
	}
	return nil, Type{}, fail(0, "syntax", "There is no condition.")
}

func (c checker) conditions(nodes []Node, depth int) ([]Node, error) {
	checked := make([]Node, len(nodes))
	for i, n := range nodes {
		var err error
		if checked[i], err = c.condition(n, depth+1); err != nil {
			return nil, err
		}
	}
	return checked, nil
}

// list checks a list that stands alone: its items are texts, or the ids that an
// earlier check made of what filters say.
func (c checker) list(n List) (Node, Type, error) {
	kind := Text
	for i, item := range n.Items {
		_, t, err := c.node(item, 0)
		if err != nil {
			return nil, Type{}, err
		}
		if i == 0 && t.Kind == UUID {
			kind = UUID
		}
		if _, literal := item.(Literal); t.Kind != kind || !literal && kind == Text {
			return nil, Type{}, fail(position(item), "bad_value", "A list of values holds texts; compare with others by in.")
		}
	}
	return n, Type{Kind: kind, List: true}, nil
}

func (c checker) compare(n Compare, depth int) (Node, error) {
	_, leftIs := bare(n.Left).(Literal)
	_, rightIs := bare(n.Right).(Literal)
	if leftIs && rightIs {
		return nil, fail(n.At, "operator", "Compare a field with a value, not two values.")
	}
	left, a, err := c.node(n.Left, depth+1)
	if err != nil {
		return nil, err
	}
	right, b, err := c.node(n.Right, depth+1)
	if err != nil {
		return nil, err
	}
	if n.Op >= Contains {
		return c.compareLists(n, left, right, a, b)
	}
	if n.Op == Eq && (isNull(left) || isNull(right)) || n.Op == Ne && (isNull(left) || isNull(right)) {
		made, err := makeCompare(n.Op, left, right, n.At)
		return made, err
	}
	if err := optionsOfEither(left, right); err != nil {
		return nil, err
	}
	nodes, t, err := c.unify([]Node{left, right}, []Type{a, b}, n.At)
	if err != nil {
		return nil, err
	}
	if n.Op >= Lt && (t.List || t.Kind == JSON && !isPartOfJSON(left)) {
		return nil, fail(n.At, "operator", "%s is %s, which has no order.", subject(left), t).about(nameOf(left))
	}
	n.Left, n.Right = nodes[0], nodes[1]
	return n, nil
}

// isPartOfJSON reports whether a checked node is a part of JSON that a URL asks
// for as JSON. Such have PostgreSQL's order, and lists may hold them.
func isPartOfJSON(n Node) bool {
	p, ok := bare(n).(Path)
	return ok && p.partOfJSON()
}

// compareLists checks cs, cd and ov.
func (c checker) compareLists(n Compare, left, right Node, a, b Type) (Node, error) {
	p, _ := bare(left).(Path)
	json := a.Kind == JSON || p.part > 0 && p.whole.Kind == JSON
	if !a.List && (!json || n.Op == Overlaps || p.part > 0 && !p.json) {
		return nil, fail(n.At, "operator", "%s is %s, not a list.", subject(left), a).about(nameOf(left)).hint("Compare it with eq or in.")
	}
	right, err := c.fit(right, b, a, left)
	if err != nil {
		return nil, err
	}
	n.Left, n.Right = left, right
	return n, nil
}

func (c checker) in(n In, depth int) (Node, error) {
	left, t, err := c.node(n.Left, depth+1)
	if err != nil {
		return nil, err
	}
	if t.List || t.Kind == Money || t.Kind == JSON && !isPartOfJSON(left) {
		e := fail(n.At, "operator", "%s is %s, which lists do not hold.", subject(left), t).about(nameOf(left))
		if t.Kind == Money {
			e.hint("Did you mean %q?", partName(left, "amount"))
		}
		return nil, e
	}
	n.Left = left
	if items, ok := n.Right.(List); ok {
		n.Right, err = c.inList(items, left, t)
		return n, err
	}
	right, u, err := c.node(n.Right, depth+1)
	if err != nil {
		return nil, err
	}
	want := Type{Kind: t.Kind, List: true}
	if l, ok := n.Left.(Literal); ok && u.List { // "vip" in tags
		n.Left, err = c.fit(l, t, Type{Kind: u.Kind}, right)
		if err != nil {
			return nil, err
		}
		want.Kind = u.Kind
	}
	n.Right, err = c.fit(right, u, want, left)
	return n, err
}

func (c checker) inList(list List, left Node, t Type) (Node, error) {
	if _, ok := left.(Literal); ok {
		return nil, fail(position(left), "operator", "Compare a field with a list, not a value.")
	}
	items := make([]Node, len(list.Items))
	for i, item := range list.Items {
		u := Type{}
		if l, ok := bare(item).(Literal); ok {
			u.Kind = l.Kind
			if err := checkOptions(l, optionsOf(left), nameOf(left)); err != nil {
				return nil, err
			}
		} else {
			var err error
			if item, u, err = c.node(item, 0); err != nil {
				return nil, err
			}
		}
		var err error
		if items[i], err = c.fit(item, u, t, left); err != nil {
			return nil, err
		}
	}
	return List{Items: items, At: list.At}, nil
}

func (c checker) like(n Like, depth int) (Node, error) {
	left, t, err := c.node(n.Left, depth+1)
	if err != nil {
		return nil, err
	}
	if t != (Type{Kind: Text}) {
		return nil, fail(n.At, "operator", "Patterns work on text; %q is %s.", nameOf(left), t).about(nameOf(left))
	}
	if n.Regex {
		if why := refuseRegex(n.Pattern); why != "" {
			return nil, fail(n.At, "bad_value", "The regular expression %s.", why).about(nameOf(left))
		}
	}
	n.Left = left
	return n, nil
}

func (c checker) search(n Search, depth int) (Node, error) {
	left, t, err := c.node(n.Left, depth+1)
	if err != nil {
		return nil, err
	}
	if t != (Type{Kind: Text}) {
		return nil, fail(n.At, "operator", "A search is in text; %q is %s.", nameOf(left), t).about(nameOf(left))
	}
	n.Left = left
	return n, nil
}

// optionsOf returns the values that a node can have; nil for any.
func optionsOf(n Node) []string {
	if p, ok := bare(n).(Path); ok {
		return p.options
	}
	return nil
}

func optionsOfEither(left, right Node) error {
	if err := checkOptions(right, optionsOf(left), nameOf(left)); err != nil {
		return err
	}
	return checkOptions(left, optionsOf(right), nameOf(right))
}

// checkOptions refuses texts that are not among the options, in literals and
// in what if and its like may give.
func checkOptions(n Node, options []string, name string) error {
	if options == nil {
		return nil
	}
	switch n := bare(n).(type) {
	case Literal:
		text, ok := n.Value.(string)
		if !ok || n.Kind != Text && n.Kind != Raw {
			return nil
		}
		for _, o := range options {
			if o == text {
				return nil
			}
		}
		e := fail(n.At, "bad_value", "%q is not an option.", text)
		if name != "" {
			e = fail(n.At, "bad_value", "%q is not an option of %q.", text, name).about(name)
		}
		if near := Nearest(text, options); near != "" {
			return e.hint("Did you mean %q?", near)
		}
		return e.hint("The options are %s.", strings.Join(options, ", "))
	case Call:
		args := n.Args
		switch n.Func {
		case "if":
			args = args[1:]
		case "coalesce":
		default:
			return nil
		}
		for _, a := range args {
			if err := checkOptions(a, options, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// position is where a node begins, or has its operator.
func position(n Node) int {
	switch n := bare(n).(type) {
	case Literal:
		return n.At
	case List:
		return n.At
	case Path:
		return n.At
	case Compare:
		return n.At
	case In:
		return n.At
	case Like:
		return n.At
	case Search:
		return n.At
	case IsNull:
		return n.At
	case Binary:
		return n.At
	case Negate:
		return n.At
	case Call:
		return n.At
	case Aggregate:
		return n.At
	}
	return 0
}

// nameOf is the name that a complaint is about, as it was written.
func nameOf(n Node) string {
	switch n := bare(n).(type) {
	case Path:
		return n.name()
	case Call:
		return n.Func + "()"
	case Aggregate:
		return n.Func + "()"
	}
	return ""
}

// subject is the node in an error message.
func subject(n Node) string {
	if name := nameOf(n); name != "" {
		return `"` + name + `"`
	}
	return "This"
}

package expr

import "strings"

// Kinds answers which kind a name has; false when the name does not exist.
type Kinds func(name string) (Kind, bool)

// Check returns the tree with every literal in the kind of what it is compared
// with, or an *Error with the position of the first mistake. The known names
// serve only to suggest the right one. Check is idempotent.
func Check(n Node, kinds Kinds, known ...string) (Node, error) {
	if n == nil {
		return nil, nil
	}
	if Count(n) > MaxConditions {
		return nil, fail(0, "limit", "At most %d conditions are allowed.", MaxConditions)
	}
	c := checker{kinds: kinds, known: known}
	return c.node(n, 0)
}

type checker struct {
	kinds Kinds
	known []string
}

func (c checker) node(n Node, depth int) (Node, error) {
	if depth > MaxDepth {
		return nil, fail(0, "limit", "Conditions are nested at most %d deep.", MaxDepth)
	}
	switch n := n.(type) {
	case Literal:
		if n.Kind != Boolean {
			return nil, fail(n.At, "operator", "A value alone is not a condition; compare it with a field.")
		}
		return n, nil
	case Compare:
		return c.compare(n)
	case In:
		return c.in(n)
	case Like:
		return c.like(n)
	case IsNull:
		_, err := c.fixed(n.Left)
		return n, err
	case Not:
		inner, err := c.node(n.Node, depth+1)
		return Not{Node: inner}, err
	case And:
		nodes, err := c.all(n.Nodes, depth)
		return And{Nodes: nodes}, err
	case Or:
		nodes, err := c.all(n.Nodes, depth)
		return Or{Nodes: nodes}, err
	}
	return nil, fail(0, "syntax", "There is no condition.")
}

func (c checker) all(nodes []Node, depth int) ([]Node, error) {
	checked := make([]Node, len(nodes))
	for i, n := range nodes {
		var err error
		if checked[i], err = c.node(n, depth+1); err != nil {
			return nil, err
		}
	}
	return checked, nil
}

// fixed returns the kind of an operand that has one of its own.
func (c checker) fixed(o Operand) (Kind, error) {
	switch o := o.(type) {
	case Path:
		kind, ok := c.kinds(o.Name)
		if !ok {
			return None, c.unknown(o)
		}
		return kind, nil
	case Today:
		return Date, nil
	case Literal:
		return None, fail(o.At, "operator", "Compare a field with a value, not two values.")
	}
	return None, fail(0, "syntax", "Something to compare is missing.")
}

func (c checker) unknown(p Path) *Error {
	err := fail(p.At, "unknown_field", "There is no field %q.", p.Name).about(p.Name)
	if part := nameWithin(p.Name, c.known); part != "" {
		err.hint("Did you mean %q?", part)
	} else if near := Nearest(p.Name, c.known); near != "" {
		err.hint("Did you mean %q?", near)
	}
	return err
}

// nameWithin finds the part that was probably meant by the whole: price → price.amount.
func nameWithin(name string, known []string) string {
	for _, k := range known {
		if strings.HasPrefix(k, name+".") || k == name+"_id" {
			return k
		}
	}
	return ""
}

func (c checker) compare(n Compare) (Node, error) {
	left, leftIs := n.Left.(Literal)
	right, rightIs := n.Right.(Literal)
	switch {
	case leftIs && rightIs:
		return nil, fail(n.At, "operator", "Compare a field with a value, not two values.")
	case leftIs:
		kind, err := c.fixed(n.Right)
		if err != nil {
			return nil, err
		}
		if left, err = fit(left, kind, nameOf(n.Right)); err != nil {
			return nil, err
		}
		n.Left = left
		return n, nil
	case rightIs:
		kind, err := c.fixed(n.Left)
		if err != nil {
			return nil, err
		}
		if right, err = fit(right, kind, nameOf(n.Left)); err != nil {
			return nil, err
		}
		n.Right = right
		return n, nil
	}
	a, err := c.fixed(n.Left)
	if err != nil {
		return nil, err
	}
	b, err := c.fixed(n.Right)
	if err != nil {
		return nil, err
	}
	if a != b {
		return nil, fail(n.At, "operator", "One side is %s, the other %s.", a, b).about(nameOf(n.Left))
	}
	return n, nil
}

func (c checker) in(n In) (Node, error) {
	kind, err := c.fixed(n.Left)
	if err != nil {
		return nil, err
	}
	values := make([]Literal, len(n.Values))
	for i, v := range n.Values {
		if values[i], err = fit(v, kind, nameOf(n.Left)); err != nil {
			return nil, err
		}
	}
	n.Values = values
	return n, nil
}

func (c checker) like(n Like) (Node, error) {
	kind, err := c.fixed(n.Left)
	if err != nil {
		return nil, err
	}
	if kind != Text {
		return nil, fail(n.At, "operator", "Patterns work on text; %q is %s.", nameOf(n.Left), kind).about(nameOf(n.Left))
	}
	return n, nil
}

// fit gives a literal the kind of what it is compared with.
func fit(l Literal, kind Kind, name string) (Literal, error) {
	numeric := kind == Integer || kind == Decimal
	switch {
	case l.Kind == None, l.Kind == kind, numeric && (l.Kind == Integer || l.Kind == Decimal):
		return l, nil
	case l.Kind == Raw, l.Kind == Text && (kind == Date || kind == Instant || kind == UUID):
		if v, ok := readLiteral(l.Value.(string), kind, l.At); ok {
			return v, nil
		}
	}
	return Literal{}, fail(l.At, "bad_value", "%q is %s; %q is not.", name, kind, l.text()).about(name)
}

func nameOf(o Operand) string {
	switch o := o.(type) {
	case Path:
		return o.Name
	case Today:
		return "today()"
	}
	return ""
}

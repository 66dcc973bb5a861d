package expr

import "strings"

// Parse parses a manifest's expression, a condition or a value:
//
//	status == "open" and (amount.amount > 100 or due_on < today() + 30d)
//	if(due <= 0, "paid", "unpaid")
//	sum(lines.net, kind != "text") * (1 - discount)
//
// Names are not looked up; Check does that. The error is an *Error.
func Parse(text string) (Node, error) {
	if err := checkText(text, MaxExpression); err != nil {
		return nil, err
	}
	p := expressionParser{lexer{text: text}}
	if err := p.next(); err != nil {
		return nil, err
	}
	n, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.token.kind != endToken {
		return nil, p.unexpected()
	}
	if Count(n) > MaxConditions {
		return nil, fail(0, "limit", "At most %d conditions are allowed.", MaxConditions)
	}
	return n, nil
}

// expressionParser descends through the grammar, loosest words first: or, and,
// not, comparison, + and -, * and /, sign, value. A depth is that of nesting.
type expressionParser struct{ lexer }

func (p *expressionParser) or(depth int) (Node, error) {
	nodes, err := p.chain("or", depth, p.and)
	if err != nil || len(nodes) == 1 {
		return only(nodes), err
	}
	return Or{Nodes: nodes}, nil
}

func (p *expressionParser) and(depth int) (Node, error) {
	nodes, err := p.chain("and", depth, p.not)
	if err != nil || len(nodes) == 1 {
		return only(nodes), err
	}
	return And{Nodes: nodes}, nil
}

func only(nodes []Node) Node {
	if len(nodes) == 0 {
		return nil
	}
	return nodes[0]
}

func (p *expressionParser) chain(word string, depth int, part func(int) (Node, error)) ([]Node, error) {
	var nodes []Node
	for {
		n, err := part(depth)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
		if more, err := p.take(word); err != nil || !more {
			return nodes, err
		}
	}
}

func (p *expressionParser) not(depth int) (Node, error) {
	if err := p.checkDepth(depth); err != nil {
		return nil, err
	}
	if ok, err := p.take("not"); err != nil {
		return nil, err
	} else if ok {
		n, err := p.not(depth + 1)
		if err != nil {
			return nil, err
		}
		return Not{Node: n}, nil
	}
	return p.comparison(depth)
}

func (p *expressionParser) checkDepth(depth int) error {
	if depth > MaxDepth {
		return fail(p.token.at, "limit", "Expressions are nested at most %d deep.", MaxDepth)
	}
	return nil
}

var operators = map[string]Op{"==": Eq, "!=": Ne, "<": Lt, "<=": Le, ">": Gt, ">=": Ge}

func (p *expressionParser) comparison(depth int) (Node, error) {
	left, err := p.sum(depth)
	if err != nil {
		return nil, err
	}
	at := p.token.at
	if op, ok := p.operator(); ok {
		return p.compare(op, left, at, depth)
	}
	if p.is("not") {
		if err := p.next(); err != nil {
			return nil, err
		}
		n, err := p.in(left, at)
		return Not{Node: n}, err
	}
	if p.is("in") {
		return p.in(left, at)
	}
	return left, nil
}

func (p *expressionParser) operator() (Op, bool) {
	op, ok := operators[p.token.value]
	return op, ok && p.token.kind == signToken
}

func (p *expressionParser) compare(op Op, left Node, at, depth int) (Node, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	right, err := p.sum(depth)
	if err != nil {
		return nil, err
	}
	if _, again := p.operator(); again {
		return nil, p.unexpected().hint(`Join two comparisons with "and".`)
	}
	return makeCompare(op, left, right, at)
}

// makeCompare turns comparisons with null into questions for emptiness.
func makeCompare(op Op, left, right Node, at int) (Node, error) {
	if isNull(left) {
		left, right = right, left
	}
	if !isNull(right) {
		return Compare{Op: op, Left: left, Right: right, At: at}, nil
	}
	switch op {
	case Eq:
		return IsNull{Left: left, At: at}, nil
	case Ne:
		return Not{Node: IsNull{Left: left, At: at}}, nil
	}
	return nil, fail(at, "operator", "Only == and != compare with null.")
}

func isNull(n Node) bool {
	l, ok := n.(Literal)
	return ok && l.Kind == None
}

func (p *expressionParser) in(left Node, at int) (Node, error) {
	if err := p.expect("in"); err != nil {
		return nil, err
	}
	if name := p.token; name.kind == wordToken {
		if err := p.next(); err != nil {
			return nil, err
		}
		path, err := makePath(name)
		return In{Left: left, Right: path, At: at}, err
	}
	list, err := p.list()
	return In{Left: left, Right: list, At: at}, err
}

func (p *expressionParser) list() (Node, error) {
	list := List{At: p.token.at}
	if err := p.expect("["); err != nil {
		return nil, err
	}
	for !p.is("]") {
		if len(list.Items) > 0 {
			if err := p.expect(","); err != nil {
				return nil, err
			}
		}
		at := p.token.at
		n, err := p.sign(0)
		if err != nil {
			return nil, err
		}
		if _, ok := n.(Literal); !ok {
			return nil, fail(at, "syntax", "A list holds values only.")
		}
		list.Items = append(list.Items, n)
	}
	return list, p.next()
}

func (p *expressionParser) sum(depth int) (Node, error) {
	return p.binary("+-", depth, p.product)
}

func (p *expressionParser) product(depth int) (Node, error) {
	return p.binary("*/", depth, p.sign)
}

func (p *expressionParser) binary(signs string, depth int, part func(int) (Node, error)) (Node, error) {
	left, err := part(depth)
	for err == nil && p.token.kind == signToken && len(p.token.value) == 1 && strings.Contains(signs, p.token.value) {
		t := p.token
		if err = p.next(); err != nil {
			break
		}
		var right Node
		if right, err = part(depth); err == nil {
			left = Binary{Op: Arithmetic(t.value[0]), Left: left, Right: right, At: t.at}
		}
	}
	return left, err
}

// sign reads a value with or without a minus, which numbers take in.
func (p *expressionParser) sign(depth int) (Node, error) {
	at := p.token.at
	if negative, err := p.take("-"); err != nil || !negative {
		if err != nil {
			return nil, err
		}
		return p.value(depth)
	}
	if err := p.checkDepth(depth); err != nil {
		return nil, err
	}
	switch p.token.kind {
	case numberToken, percentToken, durationToken:
		l, err := p.number("-")
		l.At = at
		return l, err
	}
	n, err := p.sign(depth + 1)
	if err != nil {
		return nil, err
	}
	return Negate{Node: n, At: at}, nil
}

// number reads the token as a number after the sign.
func (p *expressionParser) number(sign string) (Literal, error) {
	t := p.token
	read := numberLiteral
	switch t.kind {
	case percentToken:
		read = readPercent
	case durationToken:
		read = readDuration
	}
	l, wrong := read(sign+t.value, t.at)
	if wrong != nil {
		return l, wrong
	}
	return l, p.next()
}

func (p *expressionParser) value(depth int) (Node, error) {
	t := p.token
	switch t.kind {
	case numberToken, percentToken, durationToken:
		return p.number("")
	case textToken:
		return Literal{Kind: Text, Value: t.value, At: t.at}, p.next()
	case wordToken:
		return p.word(depth)
	case signToken:
		switch t.value {
		case "(":
			return p.brackets(depth)
		case "[":
			return p.list()
		}
	}
	return nil, p.unexpected()
}

func (p *expressionParser) brackets(depth int) (Node, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	n, err := p.or(depth + 1)
	if err != nil {
		return nil, err
	}
	return n, p.expect(")")
}

func (p *expressionParser) word(depth int) (Node, error) {
	t := p.token
	switch t.value {
	case "true", "false":
		return Literal{Kind: Boolean, Value: t.value == "true", At: t.at}, p.next()
	case "null":
		return Literal{At: t.at}, p.next()
	case "and", "or", "not", "in":
		return nil, fail(t.at, "syntax", "Unexpected %q.", t.value)
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	if p.is("(") {
		return p.call(t, depth)
	}
	return makePath(t)
}

func makePath(t token) (Node, error) {
	steps := strings.Split(t.value, ".")
	for _, s := range steps {
		if !validWord(s) {
			return nil, fail(t.at, "syntax", "%q is not a field's name.", t.value)
		}
	}
	if len(steps) > maxSteps {
		return nil, fail(t.at, "limit", "A name has at most %d steps.", maxSteps)
	}
	return Path{Steps: steps, At: t.at}, nil
}

func (p *expressionParser) call(name token, depth int) (Node, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	var args []Node
	for !p.is(")") {
		if len(args) > 0 {
			if err := p.expect(","); err != nil {
				return nil, err
			}
		}
		n, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		args = append(args, n)
	}
	n, wrong := makeCall(name, args)
	if wrong != nil {
		return nil, wrong
	}
	return n, p.next()
}

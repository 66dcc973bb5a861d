package expr

import (
	"strings"
	"unicode/utf8"
)

// ParseCondition parses a manifest's condition expression:
//
//	status == "shown" and (price.amount > 100 or due_on < today())
//
// It knows fields, the literals 1 1.5 "text" true false null, the comparisons
// == != < <= > >=, in [..], not, and, or, parentheses and today(). Names are
// not checked; Check does that. The error is an *Error.
func ParseCondition(text string) (Node, error) {
	if err := checkText(text, MaxCondition); err != nil {
		return nil, err
	}
	p := conditionParser{text: text}
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

type tokenKind int

const (
	endToken    tokenKind = iota
	wordToken             // a name or a keyword
	numberToken           // digits, sign, fraction
	textToken             // value holds the text without quotes
	signToken             // an operator, a bracket or a comma
)

type token struct {
	kind  tokenKind
	value string
	at    int
}

type conditionParser struct {
	text  string
	at    int
	token token
}

// next reads the following token into p.token.
func (p *conditionParser) next() error {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
	start := p.at
	p.token = token{at: start}
	if start == len(p.text) {
		return nil
	}
	switch c := p.text[start]; {
	case isLetter(c):
		p.skip(isNameByte)
		p.token.kind, p.token.value = wordToken, p.text[start:p.at]
	case isDigit(c) || c == '-' && start+1 < len(p.text) && isDigit(p.text[start+1]):
		p.at++
		p.skip(func(c byte) bool { return isDigit(c) || c == '.' })
		p.token.kind, p.token.value = numberToken, p.text[start:p.at]
	case c == '"':
		return p.quoted()
	default:
		return p.sign()
	}
	return nil
}

func (p *conditionParser) skip(while func(byte) bool) {
	for p.at < len(p.text) && while(p.text[p.at]) {
		p.at++
	}
}

// quoted reads a text in double quotes; a backslash takes the next character
// as it is.
func (p *conditionParser) quoted() error {
	value, rest, ok := cutQuoted(p.text[p.at:])
	if !ok {
		return fail(p.at, "syntax", "The text is not closed with a quote.")
	}
	p.token.kind, p.token.value = textToken, value
	p.at = len(p.text) - len(rest)
	return nil
}

func (p *conditionParser) sign() error {
	rest := p.text[p.at:]
	for _, s := range []string{"==", "!=", "<=", ">="} {
		if strings.HasPrefix(rest, s) {
			p.token.kind, p.token.value = signToken, s
			p.at += len(s)
			return nil
		}
	}
	for bad, hint := range map[string]string{"&&": "and", "||": "or"} {
		if strings.HasPrefix(rest, bad) {
			return fail(p.at, "syntax", "Unexpected %q.", bad).hint("Write %q.", hint)
		}
	}
	switch rest[0] {
	case '<', '>', '(', ')', '[', ']', ',':
		p.token.kind, p.token.value = signToken, rest[:1]
		p.at++
		return nil
	case '=':
		return fail(p.at, "syntax", `Unexpected "=".`).hint(`Compare with "==".`)
	case '!':
		return fail(p.at, "syntax", `Unexpected "!".`).hint(`Write "not".`)
	case '\'':
		return fail(p.at, "syntax", "Unexpected '.").hint("Write text in double quotes.")
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return fail(p.at, "syntax", "Unexpected %q.", r)
}

func (p *conditionParser) unexpected() *Error {
	t := p.token
	switch t.kind {
	case endToken:
		return fail(t.at, "syntax", "The condition ends too early.")
	case textToken:
		return fail(t.at, "syntax", "Unexpected text %q.", t.value)
	}
	return fail(t.at, "syntax", "Unexpected %q.", t.value)
}

// is reports whether the token is this keyword or sign.
func (p *conditionParser) is(value string) bool {
	return (p.token.kind == wordToken || p.token.kind == signToken) && p.token.value == value
}

// take moves past the token when it is this keyword or sign.
func (p *conditionParser) take(value string) (bool, error) {
	if !p.is(value) {
		return false, nil
	}
	return true, p.next()
}

func (p *conditionParser) expect(value string) error {
	ok, err := p.take(value)
	if err == nil && !ok {
		e := p.unexpected()
		if p.token.kind != endToken {
			e.hint("Expected %q.", value)
		} else {
			e.hint("A %q is missing.", value)
		}
		return e
	}
	return err
}

func (p *conditionParser) or(depth int) (Node, error) {
	nodes, err := p.chain("or", depth, p.and)
	if err != nil || len(nodes) == 1 {
		return first(nodes), err
	}
	return Or{Nodes: nodes}, nil
}

func (p *conditionParser) and(depth int) (Node, error) {
	nodes, err := p.chain("and", depth, p.not)
	if err != nil || len(nodes) == 1 {
		return first(nodes), err
	}
	return And{Nodes: nodes}, nil
}

func first(nodes []Node) Node {
	if len(nodes) == 0 {
		return nil
	}
	return nodes[0]
}

func (p *conditionParser) chain(word string, depth int, part func(int) (Node, error)) ([]Node, error) {
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

func (p *conditionParser) not(depth int) (Node, error) {
	if depth > MaxDepth {
		return nil, fail(p.token.at, "limit", "Conditions are nested at most %d deep.", MaxDepth)
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
	if ok, err := p.take("("); err != nil {
		return nil, err
	} else if ok {
		n, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		return n, p.expect(")")
	}
	return p.comparison()
}

var operators = map[string]Op{"==": Eq, "!=": Ne, "<": Lt, "<=": Le, ">": Gt, ">=": Ge}

func (p *conditionParser) comparison() (Node, error) {
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	at := p.token.at
	if op, ok := operators[p.token.value]; ok && p.token.kind == signToken {
		return p.compare(op, left, at)
	}
	negated, err := p.take("not")
	if err != nil {
		return nil, err
	}
	if negated || p.is("in") {
		return p.in(left, at, negated)
	}
	if l, ok := left.(Literal); ok && l.Kind == Boolean {
		return l, nil
	}
	if p.token.kind == endToken || p.is("and") || p.is("or") || p.is(")") {
		return nil, fail(at, "syntax", "A comparison is missing.").hint(`For example: status == "open".`)
	}
	return nil, p.unexpected()
}

func (p *conditionParser) compare(op Op, left Operand, at int) (Node, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	right, err := p.operand()
	if err != nil {
		return nil, err
	}
	if _, again := operators[p.token.value]; again && p.token.kind == signToken {
		return nil, p.unexpected().hint(`Join two comparisons with "and".`)
	}
	if l, ok := right.(Literal); ok && l.Kind == None {
		if _, isLiteral := left.(Literal); !isLiteral {
			switch op {
			case Eq:
				return IsNull{Left: left, At: at}, nil
			case Ne:
				return Not{Node: IsNull{Left: left, At: at}}, nil
			}
			return nil, fail(at, "operator", "Only == and != compare with null.")
		}
	}
	return Compare{Op: op, Left: left, Right: right, At: at}, nil
}

func (p *conditionParser) in(left Operand, at int, negated bool) (Node, error) {
	if err := p.expect("in"); err != nil {
		return nil, err
	}
	if err := p.expect("["); err != nil {
		return nil, err
	}
	in := In{Left: left, At: at}
	for !p.is("]") {
		if len(in.Values) > 0 {
			if err := p.expect(","); err != nil {
				return nil, err
			}
		}
		o, err := p.operand()
		if err != nil {
			return nil, err
		}
		l, ok := o.(Literal)
		if !ok {
			return nil, fail(at, "syntax", "A list holds values only.")
		}
		in.Values = append(in.Values, l)
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	if negated {
		return Not{Node: in}, nil
	}
	return in, nil
}

func (p *conditionParser) operand() (Operand, error) {
	t := p.token
	var o Operand
	switch t.kind {
	case numberToken:
		l, ok := readNumber(t.value, t.at)
		if !ok {
			return nil, fail(t.at, "syntax", "%q is not a number.", t.value)
		}
		o = l
	case textToken:
		o = Literal{Kind: Text, Value: t.value, At: t.at}
	case wordToken:
		return p.word()
	default:
		return nil, p.unexpected()
	}
	return o, p.next()
}

func (p *conditionParser) word() (Operand, error) {
	t := p.token
	if err := p.next(); err != nil {
		return nil, err
	}
	switch t.value {
	case "true", "false":
		return Literal{Kind: Boolean, Value: t.value == "true", At: t.at}, nil
	case "null":
		return Literal{Kind: None, At: t.at}, nil
	case "and", "or", "not", "in":
		return nil, fail(t.at, "syntax", "Unexpected %q.", t.value)
	}
	if p.is("(") {
		return p.call(t)
	}
	if !validName(t.value) {
		return nil, fail(t.at, "syntax", "%q is not a field's name.", t.value)
	}
	return Path{Name: t.value, At: t.at}, nil
}

func (p *conditionParser) call(name token) (Operand, error) {
	if name.value != "today" {
		e := fail(name.at, "syntax", "There is no function %q.", name.value)
		if Nearest(name.value, []string{"today"}) != "" {
			e.hint(`Did you mean "today"?`)
		}
		return nil, e
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	return Today{At: name.at}, p.expect(")")
}

// validName accepts a field, or a field and its part: status, price.amount.
func validName(name string) bool {
	whole, part, dotted := strings.Cut(name, ".")
	return validWord(whole) && (!dotted || validWord(part))
}

func validWord(s string) bool {
	if s == "" || len(s) > 63 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && !isDigit(c) && c != '_' {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool    { return c >= '0' && c <= '9' }
func isLetter(c byte) bool   { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }
func isNameByte(c byte) bool { return isLetter(c) || isDigit(c) || c == '.' }

// cutQuoted splits `"a\"b"rest` into `a"b` and `rest`.
func cutQuoted(s string) (value, rest string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
			if i == len(s) {
				return "", "", false
			}
			b.WriteByte(s[i])
		case '"':
			return b.String(), s[i+1:], true
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}

// quote is the inverse of cutQuoted.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

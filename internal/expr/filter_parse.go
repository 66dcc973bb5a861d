package expr

import "strings"

// ParseFilter parses one parameter of a URL in PostgREST's notation: name is
// "price->amount", value is "gte.100", "not.in.(a,b)" or "is.null". Values are
// Raw until Check gives them their field's kind. The error is an *Error.
func ParseFilter(name, value string) (Node, error) {
	if err := checkText(value, MaxFilter); err != nil {
		return nil, err
	}
	path, err := parsePath(name, 0)
	if err != nil {
		return nil, err
	}
	p := filterParser{text: value}
	n, err := p.operation(path)
	if err != nil {
		return nil, err
	}
	if p.at < len(p.text) {
		return nil, fail(p.at, "syntax", "Unexpected %q.", p.text[p.at:]).about(path.Name)
	}
	return n, nil
}

// ParseLogic parses the parameters and, or, not.and and not.or, whose value is
// a list in parentheses: (a.eq.1,or(b.gt.2,not.c.is.null)).
func ParseLogic(op, value string) (Node, error) {
	if err := checkText(value, MaxFilter); err != nil {
		return nil, err
	}
	word, negated := strings.CutPrefix(op, "not.")
	if word != "and" && word != "or" {
		return nil, fail(0, "syntax", "%q is not and, or, not.and or not.or.", op)
	}
	p := filterParser{text: value, logic: true}
	n, err := p.list(word, 0)
	if err != nil {
		return nil, err
	}
	if p.at < len(p.text) {
		return nil, fail(p.at, "syntax", "Unexpected %q.", p.text[p.at:])
	}
	if Count(n) > MaxConditions {
		return nil, fail(0, "limit", "At most %d conditions are allowed.", MaxConditions)
	}
	if negated {
		return Not{Node: n}, nil
	}
	return n, nil
}

// ParseName reads a name as URLs write it, price->amount, as the tree has it,
// price.amount.
func ParseName(name string) (string, error) {
	p, err := parsePath(name, 0)
	return p.Name, err
}

func parsePath(name string, at int) (Path, error) {
	whole, part, arrow := strings.Cut(name, "->")
	if arrow {
		part = strings.TrimPrefix(part, ">")
	}
	if !validWord(whole) || arrow && !validWord(part) {
		return Path{}, fail(at, "unknown_field", "%q is not a field's name.", name).about(name)
	}
	if arrow {
		whole += "." + part
	}
	return Path{Name: whole, At: at}, nil
}

type filterParser struct {
	text  string
	at    int
	logic bool // inside a list: values end at a comma or parenthesis
}

func (p *filterParser) take(prefix string) bool {
	if strings.HasPrefix(p.text[p.at:], prefix) {
		p.at += len(prefix)
		return true
	}
	return false
}

// list parses "(a,b)" of an and or an or.
func (p *filterParser) list(word string, depth int) (Node, error) {
	if depth > MaxDepth {
		return nil, fail(p.at, "limit", "Conditions are nested at most %d deep.", MaxDepth)
	}
	if !p.take("(") {
		return nil, fail(p.at, "syntax", `A "(" is missing after %s.`, word)
	}
	var nodes []Node
	for {
		n, err := p.item(depth + 1)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
		if p.take(")") {
			break
		}
		if !p.take(",") {
			return nil, fail(p.at, "syntax", `A "," or ")" is missing.`)
		}
	}
	switch {
	case len(nodes) == 1:
		return nodes[0], nil
	case word == "and":
		return And{Nodes: nodes}, nil
	}
	return Or{Nodes: nodes}, nil
}

// item parses one entry of a list: a nested list or a condition.
func (p *filterParser) item(depth int) (Node, error) {
	start := p.at
	negated := p.take("not.")
	for _, word := range []string{"and", "or"} {
		if p.take(word + "(") {
			p.at--
			n, err := p.list(word, depth)
			if err == nil && negated {
				n = Not{Node: n}
			}
			return n, err
		}
	}
	if negated { // a field may not be called "not"
		return nil, fail(start, "syntax", `Write the "not" before the operator, or before and(...) or or(...).`)
	}
	end := strings.IndexAny(p.text[p.at:], ".,()\"")
	if end < 0 || p.text[p.at+end] != '.' {
		return nil, fail(p.at, "syntax", "A condition is missing; write field.eq.value.")
	}
	path, err := parsePath(p.text[p.at:p.at+end], p.at)
	if err != nil {
		return nil, err
	}
	p.at += end + 1
	return p.operation(path)
}

var filterOperators = map[string]Op{"eq": Eq, "neq": Ne, "lt": Lt, "lte": Le, "gt": Gt, "gte": Ge}

// filterWords are all operators of the notation, for suggestions.
var filterWords = []string{"eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike", "in", "is", "not"}

// operation parses what follows the name: not.eq.value.
func (p *filterParser) operation(path Path) (Node, error) {
	negated := p.take("not.")
	start := p.at
	word, _, found := strings.Cut(p.text[start:], ".")
	if !found {
		return nil, p.badOperator(path, p.text[start:], start)
	}
	p.at += len(word) + 1
	n, err := p.condition(path, word, start)
	if err == nil && negated {
		n = Not{Node: n}
	}
	return n, err
}

func (p *filterParser) badOperator(path Path, word string, at int) *Error {
	e := fail(at, "operator", "The operator is missing.").about(path.Name)
	if validWord(word) {
		e = fail(at, "operator", "There is no operator %q.", word).about(path.Name)
	}
	if near := Nearest(word, filterWords); near != "" && validWord(word) {
		return e.hint("Did you mean %q?", near)
	}
	return e.hint("Write eq.value, or one of %s.", strings.Join(filterWords, ", "))
}

func (p *filterParser) condition(path Path, word string, at int) (Node, error) {
	if op, ok := filterOperators[word]; ok {
		l, err := p.value(path)
		return Compare{Op: op, Left: path, Right: l, At: at}, err
	}
	switch word {
	case "like", "ilike":
		l, err := p.value(path)
		if err != nil {
			return nil, err
		}
		return Like{Left: path, Pattern: l.Value.(string), Fold: word == "ilike", At: at}, nil
	case "in":
		return p.in(path, at)
	case "is":
		return p.is(path, at)
	}
	return nil, p.badOperator(path, word, at)
}

func (p *filterParser) is(path Path, at int) (Node, error) {
	l, err := p.value(path)
	if err != nil {
		return nil, err
	}
	switch strings.ToLower(l.Value.(string)) {
	case "null":
		return IsNull{Left: path, At: at}, nil
	case "not_null":
		return Not{Node: IsNull{Left: path, At: at}}, nil
	case "true", "false":
		return Compare{Op: Eq, Left: path, Right: l, At: at}, nil
	}
	return nil, fail(l.At, "bad_value", "After is comes null, not_null, true or false.").about(path.Name)
}

// value reads a value. At the top it is all that follows, taken literally;
// within a list it ends at a comma or a parenthesis unless it is quoted.
func (p *filterParser) value(path Path) (Literal, error) {
	if p.logic {
		return p.element(path)
	}
	l := Literal{Kind: Raw, Value: p.text[p.at:], At: p.at}
	p.at = len(p.text)
	return l, nil
}

func (p *filterParser) in(path Path, at int) (Node, error) {
	if !p.take("(") {
		return nil, fail(p.at, "syntax", "Write a list in parentheses: in.(a,b).").about(path.Name)
	}
	in := In{Left: path, At: at}
	for !p.take(")") {
		if len(in.Values) > 0 && !p.take(",") {
			return nil, fail(p.at, "syntax", `A "," or ")" is missing.`).about(path.Name)
		}
		l, err := p.element(path)
		if err != nil {
			return nil, err
		}
		in.Values = append(in.Values, l)
	}
	return in, nil
}

// element reads one value of a list, quoted or bare.
func (p *filterParser) element(path Path) (Literal, error) {
	l := Literal{Kind: Raw, At: p.at}
	rest := p.text[p.at:]
	if strings.HasPrefix(rest, `"`) {
		value, after, ok := cutQuoted(rest)
		if !ok {
			return l, fail(p.at, "syntax", "The text is not closed with a quote.").about(path.Name)
		}
		l.Value = value
		p.at = len(p.text) - len(after)
		return l, nil
	}
	end := strings.IndexAny(rest, ",)")
	if end < 0 {
		return l, fail(p.at, "syntax", `A ")" is missing.`).about(path.Name)
	}
	if strings.Contains(rest[:end], "(") {
		return l, fail(p.at, "syntax", "Put a value with parentheses in double quotes.").about(path.Name)
	}
	l.Value = rest[:end]
	p.at += end
	return l, nil
}

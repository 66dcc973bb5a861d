package expr

import (
	"slices"
	"strings"
)

// ParseFilter parses one parameter of a URL in PostgREST's notation: name is
// "price->amount" or "company.name", value is "gte.100", "not.in.(a,b)",
// "like(any).{a*,b*}" or "fts(english).word". Values are Raw until Check gives
// them their field's kind; that is also when @me, @person, @teams, @now and
// @today, with @today-30d, get their meaning. The error is an *Error.
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
		return nil, fail(p.at, "syntax", "Unexpected %q.", p.text[p.at:]).about(path.name())
	}
	return n, checkCount(n)
}

// ParseLogic parses the parameters and, or, not.and and not.or, whose value is
// a list in parentheses: (a.eq.1,or(b.gt.2,c.not.is.null)).
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
	if negated {
		n = Not{Node: n}
	}
	return n, checkCount(n)
}

func checkCount(n Node) error {
	if Count(n) > MaxConditions {
		return fail(0, "limit", "At most %d conditions are allowed.", MaxConditions)
	}
	return nil
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
	return joined(word == "and", nodes), nil
}

// joined joins conditions with "and" or with "or"; one needs neither.
func joined(all bool, nodes []Node) Node {
	switch {
	case len(nodes) == 1:
		return nodes[0]
	case all:
		return And{Nodes: nodes}
	}
	return Or{Nodes: nodes}
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
	name, ok := p.name()
	if !ok {
		return nil, fail(start, "syntax", "A condition is missing; write field.eq.value.")
	}
	path, err := parsePath(name, start)
	if err != nil {
		return nil, err
	}
	return p.operation(path)
}

// name reads the words before the operator, and its point.
func (p *filterParser) name() (string, bool) {
	start, end := p.at, 0
	for at := start; ; at += end + 1 {
		end = endOfName(p.text[at:])
		word := ""
		if end >= 0 {
			word = p.text[at : at+end]
		}
		switch {
		case at > start && (word == "not" || slices.Contains(filterWords, word)):
			p.at = at
			return p.text[start : at-1], true
		case end < 0 || p.text[at+end] != '.':
			if at == start {
				return "", false
			}
			p.at = at // not an operator; operation says so
			return p.text[start : at-1], true
		}
	}
}

// endOfName returns where a step of a name, of which parts may be quoted, ends;
// below zero when nothing ends it.
func endOfName(text string) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '.', ',', '(', ')':
			return i
		case '"':
			_, rest, ok := cutQuoted(text[i:])
			if !ok {
				return -1
			}
			i = len(text) - len(rest) - 1
		}
	}
	return -1
}

// element reads one value of a list, quoted or bare.
func (p *filterParser) element(path Path) (Literal, error) {
	l := Literal{Kind: Raw, At: p.at}
	rest := p.text[p.at:]
	if strings.HasPrefix(rest, `"`) {
		value, after, ok := cutQuoted(rest)
		if !ok {
			return l, fail(p.at, "syntax", "The text is not closed with a quote.").about(path.name())
		}
		l.Value = value
		p.at = len(p.text) - len(after)
		return l, nil
	}
	end := closingBrace(rest)
	if end == 0 {
		end = strings.IndexAny(rest, ",)")
	}
	if end < 0 {
		return l, fail(p.at, "syntax", `A ")" is missing.`).about(path.name())
	}
	if rest[0] != '{' && strings.Contains(rest[:end], "(") {
		return l, fail(p.at, "syntax", "Put a value with parentheses in double quotes.").about(path.name())
	}
	l.Value = rest[:end]
	p.at += end
	return l, nil
}

// closingBrace returns where a text that begins with a brace has its end; 0 if
// it does not begin or end so.
func closingBrace(text string) int {
	if !strings.HasPrefix(text, "{") {
		return 0
	}
	open, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			open++
		case c == '}':
			open--
			if open == 0 {
				return i + 1
			}
		}
	}
	return 0
}

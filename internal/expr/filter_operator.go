package expr

import (
	"slices"
	"strings"
)

var filterOperators = map[string]Op{
	"eq": Eq, "neq": Ne, "lt": Lt, "lte": Le, "gt": Gt, "gte": Ge, "isdistinct": Ne, "cs": Contains, "cd": Within, "ov": Overlaps,
}

var patternOperators = map[string]Like{
	"like": {}, "ilike": {Fold: true}, "match": {Regex: true}, "imatch": {Regex: true, Fold: true},
}

var searchOperators = map[string]SearchForm{"fts": SearchQuery, "plfts": SearchPlain, "phfts": SearchPhrase, "wfts": SearchWeb}

// filterWords are all operators of the notation.
var filterWords = []string{
	"eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike", "match", "imatch", "in", "is", "isdistinct", "fts", "plfts", "phfts", "wfts",
	"cs", "cd", "ov", "sl", "sr", "nxr", "nxl", "adj", "not",
}

// rangeOperators compare ranges in PostgREST; no kind of field has any.
var rangeOperators = []string{"sl", "sr", "nxr", "nxl", "adj"}

// quantifiable are the operators that take (any) and (all).
var quantifiable = []string{"eq", "like", "ilike", "gt", "gte", "lt", "lte", "match", "imatch"}

// operation parses what follows the name: not.eq.value.
func (p *filterParser) operation(path Path) (Node, error) {
	negated := p.take("not.")
	start := p.at
	word, modifier, ok := p.operator()
	if !ok {
		return nil, p.badOperator(path, word, start)
	}
	n, err := p.condition(path, word, modifier, start)
	if err != nil {
		return nil, err
	}
	if negated {
		n = Not{Node: n}
	}
	return n, nil
}

// operator reads "eq.", "like(any)." and "fts(english).".
func (p *filterParser) operator() (word, modifier string, ok bool) {
	rest := p.text[p.at:]
	end := strings.IndexAny(rest, ".(")
	if end < 0 {
		return rest, "", false
	}
	word, rest = rest[:end], rest[end:]
	if rest[0] == '(' {
		end = strings.IndexByte(rest, ')')
		if end < 0 {
			return word, "", false
		}
		modifier, rest = rest[1:end], rest[end+1:]
		if modifier == "" {
			return word, "", false
		}
	}
	if !strings.HasPrefix(rest, ".") {
		return word, modifier, false
	}
	p.at = len(p.text) - len(rest) + 1
	return word, modifier, true
}

func (p *filterParser) badOperator(path Path, word string, at int) *Error {
	e := fail(at, "operator", "The operator is missing.").about(path.name())
	if validWord(word) {
		e = fail(at, "operator", "There is no operator %q.", word).about(path.name())
		if slices.Contains(filterWords, word) {
			e = fail(at, "operator", "The value is missing after %q.", word).about(path.name())
			return e.hint("Write %s.value.", word)
		}
	}
	if near := Nearest(word, filterWords); near != "" && validWord(word) {
		return e.hint("Did you mean %q?", near)
	}
	return e.hint("Write eq.value, or one of %s.", strings.Join(filterWords, ", "))
}

func (p *filterParser) condition(path Path, word, modifier string, at int) (Node, error) {
	form, search := searchOperators[word]
	switch {
	case search:
		return p.search(path, form, modifier, at)
	case (modifier == "any" || modifier == "all") && slices.Contains(quantifiable, word):
		return p.quantified(path, word, modifier == "all", at)
	case modifier != "":
		return nil, fail(at, "operator", "%q does not take (%s).", word, modifier).about(path.name()).
			hint("(any) and (all) go with %s; fts, plfts, phfts and wfts take a language.", strings.Join(quantifiable, ", "))
	case word == "in":
		return p.in(path, at)
	case word == "is":
		return p.is(path, at)
	case slices.Contains(rangeOperators, word):
		return nil, fail(at, "unsupported", "%q compares ranges, and no field is one.", word).about(path.name()).
			hint("Compare the two fields that begin and end the range with lt and gt.")
	}
	if !isSingle(word) {
		return nil, p.badOperator(path, word, at)
	}
	l, err := p.value(path)
	if err != nil {
		return nil, err
	}
	return single(path, word, l, at), nil
}

// isSingle reports whether the operator compares with one value.
func isSingle(word string) bool {
	_, compares := filterOperators[word]
	_, pattern := patternOperators[word]
	return compares || pattern
}

// single makes the condition of an operator and one value.
func single(path Path, word string, l Literal, at int) Node {
	if op, ok := filterOperators[word]; ok {
		return Compare{Op: op, Left: path, Right: l, At: at}
	}
	like := patternOperators[word]
	like.Left, like.Pattern, like.At = path, l.Value.(string), at
	return like
}

// quantified makes like(any).{a,b} two conditions.
func (p *filterParser) quantified(path Path, word string, all bool, at int) (Node, error) {
	l, err := p.value(path)
	if err != nil {
		return nil, err
	}
	values, ok := cutArray(l.Value.(string))
	if !ok || len(values) == 0 {
		return nil, fail(l.At, "syntax", "Write a list in braces: %s(any).{a,b}.", word).about(path.name())
	}
	nodes := make([]Node, len(values))
	for i, v := range values {
		nodes[i] = single(path, word, Literal{Kind: Raw, Value: v, At: l.At}, at)
	}
	return joined(all, nodes), nil
}

func (p *filterParser) is(path Path, at int) (Node, error) {
	l, err := p.value(path)
	if err != nil {
		return nil, err
	}
	word := strings.ToLower(l.Value.(string))
	switch word {
	case "null", "unknown":
		return IsNull{Left: path, At: at}, nil
	case "not_null":
		return Not{Node: IsNull{Left: path, At: at}}, nil
	case "true", "false":
		l.Value = word
		return Compare{Op: Eq, Left: path, Right: l, At: at}, nil
	}
	return nil, fail(l.At, "bad_value", "After is comes null, not_null, true, false or unknown.").about(path.name())
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
	in := In{Left: path, At: at}
	list := List{At: p.at}
	if strings.HasPrefix(p.text[p.at:], "@") { // in.@teams
		l, err := p.value(path)
		in.Right = l
		return in, err
	}
	if !p.take("(") {
		return nil, fail(p.at, "syntax", "Write a list in parentheses: in.(a,b).").about(path.name())
	}
	for !p.take(")") {
		if len(list.Items) > 0 && !p.take(",") {
			return nil, fail(p.at, "syntax", `A "," or ")" is missing.`).about(path.name())
		}
		l, err := p.element(path)
		if err != nil {
			return nil, err
		}
		list.Items = append(list.Items, l)
	}
	in.Right = list
	return in, nil
}

func (p *filterParser) search(path Path, form SearchForm, config string, at int) (Node, error) {
	if config != "" && !slices.Contains(searchConfigs, config) {
		e := fail(at, "bad_value", "There is no text search configuration %q.", config).about(path.name())
		if near := Nearest(config, searchConfigs); near != "" {
			e.hint("Did you mean %q?", near)
		}
		return nil, e
	}
	l, err := p.value(path)
	if err != nil {
		return nil, err
	}
	s := Search{Left: path, Query: l.Value.(string), Form: form, Config: config, At: at}
	if form == SearchQuery {
		query, ok := canonicalQuery(s.Query)
		if !ok {
			return nil, fail(l.At, "syntax", "The search is not words joined by & | ! and <->.").about(path.name()).hint("Use wfts for what people type.")
		}
		s.Query = query
	}
	return s, nil
}

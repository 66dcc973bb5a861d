package expr

import "strings"

// ParseName reads a name as URLs write it: price->amount, data->list->>0. Any
// part may stand in double quotes, which a key with other than letters, digits
// and underscores needs.
func ParseName(name string) (Path, error) {
	if err := checkText(name, MaxFilter); err != nil {
		return Path{}, err
	}
	return parsePath(name, 0)
}

// PrintName writes a name of expressions as URLs do: price.amount is
// price->amount. Names of records that a reference points at are not for it.
func PrintName(name string) string {
	steps := strings.Split(name, ".")
	return urlName(steps, 1, steps[len(steps)-1] == "amount")
}

// Dotted is the path in the notation of expressions.
func (p Path) Dotted() string { return dotted(p.Steps) }

// Keys are the steps that were written with an arrow, and whether the last one
// was the double arrow, which asks for text.
func (p Path) Keys() (keys []string, text bool) {
	if p.arrow == 0 {
		return nil, false
	}
	return p.Steps[p.arrow:], !p.json
}

// parsePath reads a.b->c->>d: references with dots, the parts of a value with
// arrows. Of JSON one arrow gives JSON, two, at the end, give text.
func parsePath(name string, at int) (Path, error) {
	wrong := fail(at, "unknown_field", "%q is not a field's name.", name).about(name)
	p := Path{At: at, url: true}
	rest := name
	for {
		step, after, ok := CutName(rest)
		if !ok || !validWord(step) {
			return Path{}, wrong
		}
		p.Steps = append(p.Steps, step)
		if rest, ok = strings.CutPrefix(after, "."); !ok {
			rest = after
			break
		}
	}
	if rest != "" {
		p.arrow, p.json = len(p.Steps), true
	}
	for rest != "" {
		after, ok := strings.CutPrefix(rest, "->")
		if !ok || !p.json {
			return Path{}, wrong
		}
		if after, ok = strings.CutPrefix(after, ">"); ok {
			p.json = false
		}
		key, after, ok := CutKey(after)
		if !ok {
			return Path{}, wrong
		}
		p.Steps, rest = append(p.Steps, key), after
	}
	if len(p.Steps) > maxSteps {
		return Path{}, fail(at, "limit", "A name has at most %d steps.", maxSteps).about(name)
	}
	return p, nil
}

// CutName takes a name, which may be quoted, off the beginning of a text. What
// it may be called is not looked at.
func CutName(text string) (name, rest string, ok bool) {
	if strings.HasPrefix(text, `"`) {
		return cutQuoted(text)
	}
	end := 0
	for end < len(text) && (isLetter(text[end]) || isDigit(text[end])) {
		end++
	}
	return text[:end], text[end:], end > 0
}

// CutKey takes a key of JSON, or the number of an item, off the beginning of a
// text. Items are counted from the end below zero.
func CutKey(text string) (key, rest string, ok bool) {
	if number, below := strings.CutPrefix(text, "-"); below {
		key, rest, ok = CutName(number)
		for i := range len(key) {
			ok = ok && isDigit(key[i])
		}
		return "-" + key, rest, ok && number[0] != '"'
	}
	key, rest, ok = CutName(text)
	return key, rest, ok && len(key) <= maxKey
}

// maxKey is how many bytes a key of JSON has at most in an address.
const maxKey = 200

// name writes the path in the notation it was written in.
func (p Path) name() string {
	if !p.url {
		return dotted(p.Steps)
	}
	return p.urlName()
}

// urlName writes the path in PostgREST's notation.
func (p Path) urlName() string {
	switch {
	case p.checked && p.part > 0:
		return urlName(p.Steps, len(p.Steps)-p.part, p.json || p.Steps[len(p.Steps)-1] == "amount" && p.whole.Kind == Money)
	case p.arrow > 0:
		return urlName(p.Steps, p.arrow, p.json)
	}
	return dotted(p.Steps)
}

// urlName writes steps, from the arrow-th on with arrows: text has a double one
// at the end.
func urlName(steps []string, arrow int, json bool) string {
	var b strings.Builder
	b.WriteString(dotted(steps[:arrow]))
	for i, s := range steps[arrow:] {
		b.WriteString("->")
		if arrow+i == len(steps)-1 && !json {
			b.WriteByte('>')
		}
		if key, rest, ok := CutKey(s); !ok || rest != "" || key != s || s[0] == '"' {
			s = quote(s)
		}
		b.WriteString(s)
	}
	return b.String()
}

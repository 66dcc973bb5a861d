package expr

import "strings"

// ParseName reads a name as URLs write it, price->amount, as expressions do,
// price.amount.
func ParseName(name string) (string, error) {
	p, err := parsePath(name, 0)
	if err != nil {
		return "", err
	}
	return dotted(p.Steps), nil
}

// PrintName writes a name of expressions as URLs do: price.amount is
// price->amount. Names of records that a reference points at are not for it.
func PrintName(name string) string {
	steps := strings.Split(name, ".")
	return urlName(steps, 1)
}

// parsePath reads a.b->c->>d: references with dots, the parts of a value with
// arrows, which mean the same here whether one or two.
func parsePath(name string, at int) (Path, error) {
	wrong := fail(at, "unknown_field", "%q is not a field's name.", name).about(name)
	pieces := strings.Split(name, "->")
	steps := strings.Split(pieces[0], ".")
	for _, s := range steps {
		if !validWord(s) {
			return Path{}, wrong
		}
	}
	p := Path{At: at, url: true}
	if len(pieces) > 1 {
		p.arrow = len(steps)
	}
	for _, key := range pieces[1:] {
		key = strings.TrimPrefix(key, ">")
		if !validKey(key) {
			return Path{}, wrong
		}
		steps = append(steps, key)
	}
	if len(steps) > maxSteps {
		return Path{}, fail(at, "limit", "A name has at most %d steps.", maxSteps).about(name)
	}
	p.Steps = steps
	return p, nil
}

// validKey accepts a key of JSON or the number of an item.
func validKey(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && !isDigit(c) {
			return false
		}
	}
	return s != "" && len(s) <= 63
}

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
		return urlName(p.Steps, len(p.Steps)-p.part)
	case p.arrow > 0:
		return urlName(p.Steps, p.arrow)
	}
	return dotted(p.Steps)
}

// urlName writes steps, from the arrow-th on with arrows. Text has the double
// arrow in PostgREST, so that is what the last one of JSON gets.
func urlName(steps []string, arrow int) string {
	var b strings.Builder
	b.WriteString(dotted(steps[:arrow]))
	for i, s := range steps[arrow:] {
		b.WriteString("->")
		if arrow+i == len(steps)-1 && s != "amount" {
			b.WriteByte('>')
		}
		b.WriteString(s)
	}
	return b.String()
}

package expr

import "strings"

// readRelative reads @me, @person, @teams, @now and @today as what expressions
// call them, where a value of the type stands; for texts they are texts. False
// when it is none of them.
func readRelative(text string, t Type, at int) (Node, bool) {
	if !strings.HasPrefix(text, "@") {
		return nil, false
	}
	path := func(steps ...string) (Node, bool) { return Path{Steps: steps, At: at, url: true}, true }
	switch {
	case t.Kind == UUID && t.List && text == "@teams":
		return path("my", "team")
	case t.Kind == UUID && !t.List && text == "@me":
		return path("me")
	case t.Kind == UUID && !t.List && text == "@person":
		return path("actor")
	case t.Kind == Date && !t.List:
		return moment(text, "@today", "today", at)
	case t.Kind == Instant && !t.List:
		if n, ok := moment(text, "@today", "today", at); ok {
			return n, true
		}
		return moment(text, "@now", "now", at)
	}
	return nil, false
}

// moment reads @today, @today-30d, @now+2h.
func moment(text, word, function string, at int) (Node, bool) {
	offset, ok := strings.CutPrefix(text, word)
	n := Node(Call{Func: function, At: at})
	if !ok || offset == "" {
		return n, ok
	}
	op := Arithmetic(offset[0])
	if op != Plus && op != Minus || len(offset) < 2 || !isDigit(offset[1]) {
		return nil, false
	}
	l, err := readDuration(offset[1:], at)
	if err != nil {
		return nil, false
	}
	return Binary{Op: op, Left: n, Right: l, At: at}, true
}

// relativeText is the inverse of readRelative.
func relativeText(n Node) (string, bool) {
	switch n := n.(type) {
	case Path:
		switch dotted(n.Steps) {
		case "me":
			return "@me", true
		case "actor":
			return "@person", true
		case "my.team":
			return "@teams", true
		}
	case Call:
		if n.Func == "now" || n.Func == "today" {
			return "@" + n.Func, true
		}
	case Binary:
		base, ok := n.Left.(Call)
		l, literal := n.Right.(Literal)
		text := l.text()
		if ok && literal && (n.Op == Plus || n.Op == Minus) && !strings.HasPrefix(text, "-") {
			word, ok := relativeText(base)
			return word + string(n.Op) + text, ok
		}
	}
	return "", false
}

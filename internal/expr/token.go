package expr

import (
	"strings"
	"unicode/utf8"
)

type tokenKind int

const (
	endToken      tokenKind = iota
	wordToken               // a name or a keyword
	numberToken             // digits and a fraction
	percentToken            // the same before %
	durationToken           // digits and a unit
	textToken               // value holds the text without quotes
	signToken               // an operator, a bracket or a comma
)

type token struct {
	kind  tokenKind
	value string
	at    int
}

// lexer cuts an expression into tokens.
type lexer struct {
	text  string
	at    int
	token token
}

// next reads the following token into l.token.
func (l *lexer) next() error {
	for l.at < len(l.text) && strings.IndexByte(" \t\r\n", l.text[l.at]) >= 0 {
		l.at++
	}
	start := l.at
	l.token = token{at: start}
	if start == len(l.text) {
		return nil
	}
	switch c := l.text[start]; {
	case isLetter(c):
		l.skip(isNameByte)
		l.token.kind, l.token.value = wordToken, l.text[start:l.at]
	case isDigit(c):
		return l.number()
	case c == '"':
		return l.quoted()
	default:
		return l.sign()
	}
	return nil
}

func (l *lexer) skip(while func(byte) bool) {
	for l.at < len(l.text) && while(l.text[l.at]) {
		l.at++
	}
}

// number reads 12, 1.5, 16% and 48h.
func (l *lexer) number() error {
	start := l.at
	l.skip(func(c byte) bool { return isDigit(c) || c == '.' })
	l.token.kind, l.token.value = numberToken, l.text[start:l.at]
	if l.at == len(l.text) {
		return nil
	}
	if l.text[l.at] == '%' {
		l.token.kind = percentToken
		l.at++
	} else if isLetter(l.text[l.at]) {
		l.skip(func(c byte) bool { return isLetter(c) || isDigit(c) })
		l.token.kind, l.token.value = durationToken, l.text[start:l.at]
	}
	return nil
}

// quoted reads a text in double quotes; a backslash takes the next character
// as it is.
func (l *lexer) quoted() error {
	value, rest, ok := cutQuoted(l.text[l.at:])
	if !ok {
		return fail(l.at, "syntax", "The text is not closed with a quote.")
	}
	l.token.kind, l.token.value = textToken, value
	l.at = len(l.text) - len(rest)
	return nil
}

func (l *lexer) sign() error {
	rest := l.text[l.at:]
	for _, s := range []string{"==", "!=", "<=", ">="} {
		if strings.HasPrefix(rest, s) {
			l.token.kind, l.token.value = signToken, s
			l.at += len(s)
			return nil
		}
	}
	for bad, hint := range map[string]string{"&&": "and", "||": "or"} {
		if strings.HasPrefix(rest, bad) {
			return fail(l.at, "syntax", "Unexpected %q.", bad).hint("Write %q.", hint)
		}
	}
	switch rest[0] {
	case '<', '>', '(', ')', '[', ']', ',', '+', '-', '*', '/':
		l.token.kind, l.token.value = signToken, rest[:1]
		l.at++
		return nil
	case '=':
		return fail(l.at, "syntax", `Unexpected "=".`).hint(`Compare with "==".`)
	case '!':
		return fail(l.at, "syntax", `Unexpected "!".`).hint(`Write "not".`)
	case '?', ':':
		return fail(l.at, "syntax", "Unexpected %q.", rest[:1]).hint("Write if(condition, then, else).")
	case '%':
		return fail(l.at, "syntax", `Unexpected "%%".`).hint("A percent is written without a space: 16%%.")
	case '\'':
		return fail(l.at, "syntax", "Unexpected '.").hint("Write text in double quotes.")
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return fail(l.at, "syntax", "Unexpected %q.", r)
}

func (l *lexer) unexpected() *Error {
	t := l.token
	switch t.kind {
	case endToken:
		return fail(t.at, "syntax", "The expression ends too early.")
	case textToken:
		return fail(t.at, "syntax", "Unexpected text %q.", t.value)
	case percentToken:
		return fail(t.at, "syntax", "Unexpected %q.", t.value+"%")
	}
	return fail(t.at, "syntax", "Unexpected %q.", t.value)
}

// is reports whether the token is this keyword or sign.
func (l *lexer) is(value string) bool {
	return (l.token.kind == wordToken || l.token.kind == signToken) && l.token.value == value
}

// take moves past the token when it is this keyword or sign.
func (l *lexer) take(value string) (bool, error) {
	if !l.is(value) {
		return false, nil
	}
	return true, l.next()
}

func (l *lexer) expect(value string) error {
	ok, err := l.take(value)
	if err == nil && !ok {
		e := l.unexpected()
		if l.token.kind != endToken {
			e.hint("Expected %q.", value)
		} else {
			e.hint("A %q is missing.", value)
		}
		return e
	}
	return err
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

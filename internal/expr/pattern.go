package expr

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// sqlPattern turns * into %, and completes a trailing backslash, which
// PostgreSQL would refuse.
func sqlPattern(pattern string) string {
	var b strings.Builder
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case r == '*':
			r = '%'
		}
		b.WriteRune(r)
	}
	if escaped {
		b.WriteByte('\\')
	}
	return b.String()
}

// matches reports whether the text matches the pattern of a Like.
func (l Like) matches(text string) bool {
	switch {
	case l.Regex && l.Fold:
		return matchRegex(text, "(?is:"+l.Pattern+")")
	case l.Regex:
		return matchRegex(text, "(?s:"+l.Pattern+")")
	case l.Fold:
		return matchPattern(fold(text), sqlPattern(fold(l.Pattern)))
	}
	return matchPattern(text, sqlPattern(l.Pattern))
}

func fold(s string) string { return strings.Map(unicode.ToLower, s) }

func matchRegex(text, pattern string) bool {
	expression, err := regexp.Compile(pattern)
	return err == nil && expression.MatchString(text)
}

// matchPattern is SQL's LIKE: % is any run of characters, _ is one, and a
// backslash takes the next one literally. It needs time in the product of the
// lengths at most.
func matchPattern(text, pattern string) bool {
	t, p := []rune(text), []rune(pattern)
	i, j := 0, 0
	star, resume := -1, 0
	for i < len(t) {
		switch {
		case j < len(p) && p[j] == '%':
			star, resume = j, i
			j++
		case j < len(p) && p[j] == '_':
			i, j = i+1, j+1
		case j+1 < len(p) && p[j] == '\\' && p[j+1] == t[i]:
			i, j = i+1, j+2
		case j < len(p) && p[j] != '\\' && p[j] == t[i]:
			i, j = i+1, j+1
		case star >= 0:
			resume++
			i, j = resume, star+1
		default:
			return false
		}
	}
	for j < len(p) && p[j] == '%' {
		j++
	}
	return j == len(p)
}

// maxRegex is how many bytes a regular expression may have.
const maxRegex = 200

// refuseRegex says why a regular expression is not one that Go and PostgreSQL
// read alike; empty if it is. Those are characters, ., [sets], ^ and $ at the
// ends, ( ), |, the repetitions * + ? {n,m}, and \ before punctuation. There
// are no classes such as \d, no references, and no flags.
func refuseRegex(pattern string) string {
	if len(pattern) > maxRegex {
		return "has more than " + strconv.Itoa(maxRegex) + " bytes"
	}
	r := regexReader{text: pattern}
	r.alternatives(0)
	if r.why == "" && r.at < len(pattern) {
		r.refuse("has a bracket that was not opened")
	}
	if r.why == "" {
		if _, err := regexp.Compile(pattern); err != nil {
			return "cannot be read"
		}
	}
	return r.why
}

type regexReader struct {
	text string
	at   int
	why  string
}

func (r *regexReader) refuse(why string) {
	if r.why == "" {
		r.why = why
	}
	r.at = len(r.text)
}

func (r *regexReader) more() bool { return r.at < len(r.text) }

func (r *regexReader) alternatives(depth int) {
	if depth > MaxDepth {
		r.refuse("is nested too deep")
	}
	for r.more() {
		switch r.text[r.at] {
		case ')':
			return
		case '|':
			r.at++
		default:
			r.atom(depth)
		}
	}
}

// atom reads one thing and its repetition.
func (r *regexReader) atom(depth int) {
	switch c := r.text[r.at]; c {
	case '^', '$':
		r.at++
		if r.more() && strings.IndexByte("*+?{", r.text[r.at]) >= 0 {
			r.refuse("repeats a " + string(c))
		}
		return
	case '*', '+', '?':
		r.refuse("repeats nothing or a repetition")
		return
	case '{', '}', ']':
		r.refuse(`has a ` + string(c) + ` that means nothing; write \` + string(c))
		return
	case '(':
		r.at++
		if r.more() && r.text[r.at] == '?' {
			r.refuse("has flags")
			return
		}
		r.alternatives(depth + 1)
		if !r.more() {
			r.refuse("has a bracket that is not closed")
			return
		}
		r.at++
	case '[':
		r.set()
	case '\\':
		r.escape()
	default:
		r.at++
		for r.more() && r.text[r.at] >= 0x80 && r.text[r.at] < 0xc0 { // the rest of the character
			r.at++
		}
	}
	r.repetition()
}

func (r *regexReader) escape() {
	r.at++
	if !r.more() || !isPunctuation(r.text[r.at]) {
		r.refuse(`has a \ that is not before punctuation`)
		return
	}
	r.at++
}

func isPunctuation(c byte) bool {
	return c > ' ' && c < 0x7f && !isDigit(c) && (c == '_' || !isLetter(c))
}

// set reads [abc], [^a-z].
func (r *regexReader) set() {
	r.at++
	if r.more() && r.text[r.at] == '^' {
		r.at++
	}
	start := r.at
	for r.more() && r.text[r.at] != ']' {
		switch r.text[r.at] {
		case '[':
			r.refuse("has a [ within a set")
			return
		case '\\':
			r.escape()
			continue
		}
		r.at++
	}
	if !r.more() || r.at == start {
		r.refuse("has an empty set or one that is not closed")
		return
	}
	r.at++
}

func (r *regexReader) repetition() {
	if !r.more() {
		return
	}
	switch r.text[r.at] {
	case '*', '+', '?':
		r.at++
	case '{':
		end := strings.IndexByte(r.text[r.at:], '}')
		if end < 0 {
			r.refuse("has a { that is not closed")
			return
		}
		least, most, ranged := strings.Cut(r.text[r.at+1:r.at+end], ",")
		r.at += end + 1
		low, ok := repeats(least)
		high := low
		if ranged && most != "" {
			var also bool
			high, also = repeats(most)
			ok = ok && also
		}
		if !ok || high < low {
			r.refuse("has a repetition that is not {n}, {n,} or {n,m} up to 100")
			return
		}
	default:
		return
	}
	if r.more() && strings.IndexByte("*+?{", r.text[r.at]) >= 0 {
		r.refuse("repeats a repetition")
	}
}

func repeats(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0 && n <= 100 && strconv.Itoa(n) == s
}

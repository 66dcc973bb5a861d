package page

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// inputPattern writes an RE2 pattern as the pattern attribute of an input, which
// is JavaScript's notation with the v flag. Both have to match the whole value.
// It is empty, which leaves the check to the server, when JavaScript has no such
// notation.
func inputPattern(pattern string) string {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return ""
	}
	var b strings.Builder
	if !writePattern(&b, parsed) {
		return ""
	}
	return b.String()
}

// writePattern writes one node; false when JavaScript cannot say the same.
func writePattern(b *strings.Builder, re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEmptyMatch:
		b.WriteString("(?:)")
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			writeLiteral(b, r, re.Flags&syntax.FoldCase != 0)
		}
	case syntax.OpCharClass:
		writeClass(b, re.Rune)
	case syntax.OpAnyChar:
		b.WriteString(`[\s\S]`)
	case syntax.OpAnyCharNotNL:
		b.WriteString(`[^\n]`)
	case syntax.OpBeginText:
		b.WriteString("^")
	case syntax.OpEndText:
		b.WriteString("$")
	case syntax.OpCapture:
		return writeGroup(b, re.Sub[0])
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		if !writeGroup(b, re.Sub[0]) {
			return false
		}
		b.WriteString(repetition(re))
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !writeGroup(b, sub) {
				return false
			}
		}
	case syntax.OpAlternate:
		for i, sub := range re.Sub {
			if i > 0 {
				b.WriteByte('|')
			}
			if !writeGroup(b, sub) {
				return false
			}
		}
	default:
		return false
	}
	return true
}

// writeGroup puts a node in parentheses where its parts would come apart.
func writeGroup(b *strings.Builder, re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL, syntax.OpBeginText, syntax.OpEndText:
		return writePattern(b, re)
	}
	b.WriteString("(?:")
	ok := writePattern(b, re)
	b.WriteByte(')')
	return ok
}

func repetition(re *syntax.Regexp) string {
	switch {
	case re.Op == syntax.OpStar:
		return "*"
	case re.Op == syntax.OpPlus:
		return "+"
	case re.Op == syntax.OpQuest:
		return "?"
	case re.Max < 0:
		return fmt.Sprintf("{%d,}", re.Min)
	}
	return fmt.Sprintf("{%d,%d}", re.Min, re.Max)
}

// writeLiteral writes one character; folded: in all the cases it has.
func writeLiteral(b *strings.Builder, r rune, folded bool) {
	if !folded {
		writeRune(b, r)
		return
	}
	all := []rune{r}
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		all = append(all, next)
	}
	slices.Sort(all)
	b.WriteByte('[')
	for _, one := range all {
		writeRune(b, one)
	}
	b.WriteByte(']')
}

// writeClass writes ranges given as pairs of first and last character.
func writeClass(b *strings.Builder, pairs []rune) {
	b.WriteByte('[')
	for i := 0; i+1 < len(pairs); i += 2 {
		writeRune(b, pairs[i])
		if pairs[i+1] > pairs[i] {
			b.WriteByte('-')
			writeRune(b, pairs[i+1])
		}
	}
	b.WriteByte(']')
}

// writeRune writes letters and digits as they are and all else by number, so
// that no character has a meaning of its own.
func writeRune(b *strings.Builder, r rune) {
	if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
		b.WriteRune(r)
		return
	}
	fmt.Fprintf(b, `\u{%x}`, r)
}

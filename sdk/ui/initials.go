package ui

import (
	"strings"
	"unicode"
)

// Initials returns the first letters of the first and last word of a name, in
// capitals; of an address the first letter; "?" of nothing.
func Initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if strings.Contains(name, "@") && len(words) > 1 {
		words = words[:1]
	}
	switch len(words) {
	case 0:
		return "?"
	case 1:
		return first(words[0])
	}
	return first(words[0]) + first(words[len(words)-1])
}

func first(word string) string {
	for _, r := range word {
		return string(unicode.ToUpper(r))
	}
	return ""
}

package expr

import (
	"fmt"
	"strings"
)

// Error is what is wrong with a condition, and where.
type Error struct {
	At      int    // byte position in the text that was parsed
	Code    string // syntax, limit, unknown_field, operator or bad_value
	Name    string // the field concerned; empty when none is
	Message string // a sentence for the author
	Hint    string // the nearest thing that would be right; may be empty
}

// Error implements error; the position stays in At.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + " " + e.Hint
}

func fail(at int, code, format string, args ...any) *Error {
	return &Error{At: at, Code: code, Message: fmt.Sprintf(format, args...)}
}

func (e *Error) hint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

func (e *Error) about(name string) *Error {
	e.Name = name
	return e
}

// Nearest returns the candidate that is most like the word, or "" when none
// is close enough to be meant.
func Nearest(word string, candidates []string) string {
	best, found := len(word)/3+2, ""
	if len(word) > 64 {
		return ""
	}
	for _, c := range candidates {
		if d := distance(strings.ToLower(word), c); d < best {
			best, found = d, c
		}
	}
	return found
}

// distance is Levenshtein's: how many letters to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

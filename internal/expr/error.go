package expr

import (
	"fmt"
	"strings"
)

// Error is what is wrong with an expression or a filter, and where.
type Error struct {
	At      int    // byte position in the text that was parsed
	Code    string // syntax, limit, unknown_field, operator, bad_value or unsupported
	Name    string // the field concerned, in the notation of the text; empty when none is
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

// distance counts the letters to insert, delete or replace, and the neighbours
// to exchange.
func distance(a, b string) int {
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, above, row = above, row, before
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replaced := above[j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			row[j] = min(replaced, above[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}

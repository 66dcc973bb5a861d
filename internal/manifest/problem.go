package manifest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in one file of a module.
type Problem struct {
	File    string // path within the module, with slashes
	Line    int    // from 1
	Column  int    // from 1, in characters
	Message string // what is wrong, without a final period
	Hint    string // what to do about it, a sentence; empty when there is nothing to say
}

// String returns the problem as a compiler would print it:
// "module.yaml:3:1: message. Hint".
func (p Problem) String() string {
	text := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
	if p.Hint != "" {
		text += ". " + p.Hint
	}
	return text
}

// Problems is everything that is wrong with a module, sorted by file and
// position. It is the error of Read and Check.
type Problems []Problem

// Error implements error: one line a problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// orNil returns the sorted problems as an error, nil when there are none.
func (ps Problems) orNil() error {
	if len(ps) == 0 {
		return nil
	}
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(
			strings.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			strings.Compare(a.Message, b.Message),
		)
	})
	return ps
}

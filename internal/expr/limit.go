package expr

import (
	"strings"
	"unicode/utf8"
)

// Limits of what is parsed. They bound the work that a stranger can cause.
const (
	MaxDepth      = 20   // nesting of and, or, not, brackets and functions
	MaxConditions = 50   // single conditions in one tree
	MaxFilter     = 2000 // bytes of one URL parameter
	MaxExpression = 500  // bytes of one manifest expression
	MaxReferences = 3    // steps of one path that lead to another record

	maxSteps  = 8      // names of one path
	maxDigits = 100    // of one number
	maxSQL    = 64_000 // bytes of one compiled tree
)

// checkText refuses what is too long, and the two things PostgreSQL cannot
// store as text: the NUL character and bytes that are not UTF-8.
func checkText(text string, limit int) error {
	if len(text) > limit {
		return fail(limit, "limit", "A condition has at most %d bytes; this one has %d.", limit, len(text))
	}
	if !utf8.ValidString(text) {
		return fail(0, "syntax", "The text is not valid UTF-8.")
	}
	if at := strings.IndexByte(text, 0); at >= 0 {
		return fail(at, "syntax", "The text contains the character NUL.")
	}
	return nil
}

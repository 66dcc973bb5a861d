package manifest

import (
	"fmt"
	"slices"
	"strings"
)

// suggest returns `Did you mean "x"?` for the word among known that word was
// probably meant to be, and "" when none is close.
func suggest(word string, known []string) string {
	if near := nearest(word, known); near != "" {
		return fmt.Sprintf("Did you mean %q?", near)
	}
	return ""
}

// nearest returns the known word with the fewest slips of the pen between it
// and word, or one that begins word; "" when none is close.
func nearest(word string, known []string) string {
	best, slips := "", allowedSlips(word)+1
	for _, k := range slices.Sorted(slices.Values(known)) {
		if d := distance(word, k, slips); d < slips {
			best, slips = k, d
		}
	}
	if best != "" {
		return best
	}
	for _, k := range known {
		if len(k) >= 4 && len(word) >= 4 && (strings.HasPrefix(word, k) || strings.HasPrefix(k, word)) {
			return k
		}
	}
	return ""
}

// allowedSlips is how many slips still count as the same word.
func allowedSlips(word string) int {
	switch {
	case len(word) <= 4:
		return 1
	case len(word) <= 8:
		return 2
	default:
		return 3
	}
}

// distance counts insertions, deletions, replacements and swaps of neighbours
// between a and b; it returns enough as soon as the lengths alone need that many.
func distance(a, b string, enough int) int {
	if len(a)-len(b) >= enough || len(b)-len(a) >= enough {
		return enough
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			same := 1
			if a[i-1] == b[j-1] {
				same = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+same)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

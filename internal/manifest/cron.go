package manifest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// cronField is one of the five fields of a schedule.
type cronField struct {
	noun      string
	low, high int
	names     []string // words for the numbers from low on
}

var cronFields = []cronField{
	{"minute", 0, 59, nil},
	{"hour", 0, 23, nil},
	{"day of the month", 1, 31, nil},
	{"month", 1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
	{"day of the week", 0, 7, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}

// cronMistake says what is wrong with a schedule in cron's five fields, "" for
// nothing: lists of *, numbers, ranges and steps.
func cronMistake(schedule string) string {
	parts := strings.Fields(schedule)
	if len(parts) != len(cronFields) {
		return fmt.Sprintf("it has %d fields, not 5", len(parts))
	}
	for i, part := range parts {
		for entry := range strings.SplitSeq(part, ",") {
			if !cronFields[i].takes(entry) {
				return fmt.Sprintf("%q is not a %s", entry, cronFields[i].noun)
			}
		}
	}
	return ""
}

// takes says whether the entry is one of the field: *, 5, 1-5, */15 or 9-17/2.
func (f cronField) takes(entry string) bool {
	span, step, hasStep := strings.Cut(entry, "/")
	if hasStep {
		if n, err := strconv.Atoi(step); err != nil || n < 1 || n > f.high {
			return false
		}
	}
	if span == "*" {
		return true
	}
	first, last, isRange := strings.Cut(span, "-")
	low, ok := f.number(first)
	if !ok || hasStep && !isRange {
		return false
	}
	if !isRange {
		return true
	}
	high, ok := f.number(last)
	return ok && low <= high
}

func (f cronField) number(word string) (int, bool) {
	if i := slices.Index(f.names, strings.ToLower(word)); i >= 0 {
		return f.low + i, true
	}
	n, err := strconv.Atoi(word)
	return n, err == nil && n >= f.low && n <= f.high && word == strconv.Itoa(n)
}

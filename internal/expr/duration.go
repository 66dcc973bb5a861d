package expr

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

const (
	second = int64(1000) // milliseconds
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour

	// maxMoment is how many milliseconds an instant may be moved by: 285 years.
	maxMoment = int64(9e12)
	maxMonths = 12 * 9999
)

// units are how durations are written, largest first.
var units = []struct {
	name string
	ms   int64
}{
	{"w", 7 * day}, {"d", day}, {"h", hour}, {"m", minute}, {"s", second}, {"ms", 1},
}

// readDuration reads 48h, 30d, 15m, 10s, 500ms, 2w, and 6mo, 1y, which are months.
func readDuration(text string, at int) (Literal, *Error) {
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
	unit := text[len(digits):]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return Literal{}, fail(at, "syntax", "%q is not a duration.", text).hint("Write a whole number and its unit: 90m, 48h, 30d, 6mo, 1y.")
	}
	l := Literal{Kind: Duration, At: at}
	factor := int64(0)
	for _, u := range units {
		if u.name == unit {
			factor = u.ms
		}
	}
	switch unit {
	case "mo":
		l.Kind, factor = Months, 1
	case "y":
		l.Kind, factor = Months, 12
	}
	if factor == 0 {
		return l, fail(at, "syntax", "%q is not a duration.", text).hint("Its unit is one of ms, s, m, h, d, w, mo, y.")
	}
	if n > math.MaxInt64/factor || n < math.MinInt64/factor {
		return l, fail(at, "bad_value", "The duration %q is too long.", text)
	}
	l.Value = n * factor
	return l, nil
}

// rawDuration reads a duration of a URL: 48h, or ISO 8601 as records have it,
// of fixed length: PT48H, P30D, PT1H30M; or 0.
func rawDuration(text string, at int) (Literal, bool) {
	if text == "0" {
		text = "0s"
	}
	if ms, ok := isoDuration(text); ok {
		return Literal{Kind: Duration, Value: ms, At: at}, true
	}
	l, err := readDuration(text, at)
	return l, err == nil && l.Kind == Duration
}

// isoDuration reads an ISO 8601 duration without months and years.
func isoDuration(text string) (int64, bool) {
	rest, negative := strings.CutPrefix(text, "-")
	rest, ok := strings.CutPrefix(rest, "P")
	days, clock, hasClock := strings.Cut(rest, "T")
	if !ok || rest == "" || hasClock && clock == "" {
		return 0, false
	}
	total := new(big.Rat)
	if !addDesignators(total, days, "WD", []int64{7 * day, day}) || !addDesignators(total, clock, "HMS", []int64{hour, minute, second}) {
		return 0, false
	}
	if negative {
		total.Neg(total)
	}
	return total.Num().Int64(), total.IsInt() && total.Num().IsInt64()
}

// addDesignators adds numbers that end in the letters, each at most once and in
// their order; only seconds have a fraction.
func addDesignators(total *big.Rat, text, letters string, factors []int64) bool {
	for i := range len(letters) {
		end := strings.IndexByte(text, letters[i])
		if end < 0 {
			continue
		}
		l, ok := readNumber(text[:end], 0)
		if !ok || text[0] == '-' || l.Kind == Decimal && letters[i] != 'S' {
			return false
		}
		total.Add(total, new(big.Rat).Mul(exact(l), new(big.Rat).SetInt64(factors[i])))
		text = text[end+1:]
	}
	return text == ""
}

// durationText writes milliseconds in the largest unit that keeps them whole.
func durationText(ms int64) string {
	for _, u := range units[1:] {
		if ms%u.ms == 0 && ms != 0 {
			return strconv.FormatInt(ms/u.ms, 10) + u.name
		}
	}
	return "0s"
}

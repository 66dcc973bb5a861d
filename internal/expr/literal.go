package expr

import (
	"math/big"
	"strconv"
	"strings"
	"time"
)

// readLiteral reads text as a value of the kind; false when it is none.
func readLiteral(text string, kind Kind, at int) (Literal, bool) {
	switch kind {
	case Text:
		return Literal{Kind: Text, Value: text, At: at}, true
	case Integer, Decimal:
		return readNumber(text, at)
	case Boolean:
		return Literal{Kind: Boolean, Value: text == "true", At: at}, text == "true" || text == "false"
	case Date:
		value, ok := CanonicalDate(text)
		return Literal{Kind: Date, Value: value, At: at}, ok
	case Instant:
		value, ok := canonicalInstant(text)
		return Literal{Kind: Instant, Value: value, At: at}, ok
	case UUID:
		value, ok := canonicalUUID(text)
		return Literal{Kind: UUID, Value: value, At: at}, ok
	}
	return Literal{}, false
}

// readNumber reads digits with an optional sign and fraction. What is whole
// and fits 64 bits is an Integer, all else an exact Decimal.
func readNumber(text string, at int) (Literal, bool) {
	digits := strings.TrimPrefix(text, "-")
	whole, fraction, dotted := strings.Cut(digits, ".")
	if !onlyDigits(whole) || dotted && !onlyDigits(fraction) {
		return Literal{}, false
	}
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	fraction = strings.TrimRight(fraction, "0")
	canonical := whole
	if fraction != "" {
		canonical += "." + fraction
	}
	if canonical != "0" && len(digits) != len(text) {
		canonical = "-" + canonical
	}
	if fraction == "" {
		if n, err := strconv.ParseInt(canonical, 10, 64); err == nil {
			return Literal{Kind: Integer, Value: n, At: at}, true
		}
	}
	return Literal{Kind: Decimal, Value: canonical, At: at}, true
}

func onlyDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// CanonicalDate reads a civil date in the years 1 to 9999, written YYYY-MM-DD.
func CanonicalDate(text string) (string, bool) {
	day, err := time.Parse(time.DateOnly, text)
	return text, err == nil && day.Year() >= 1
}

// canonicalInstant reads RFC 3339, or a date, which is its midnight in UTC.
// PostgreSQL keeps microseconds, so that is the precision here too.
func canonicalInstant(text string) (string, bool) {
	if _, ok := CanonicalDate(text); ok {
		text += "T00:00:00Z"
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return "", false
	}
	at = at.UTC().Truncate(time.Microsecond)
	return at.Format(time.RFC3339Nano), at.Year() >= 1 && at.Year() <= 9999
}

// canonicalUUID reads the usual form with four hyphens, in either case.
func canonicalUUID(text string) (string, bool) {
	if len(text) != 36 {
		return "", false
	}
	text = strings.ToLower(text)
	for i := range len(text) {
		c := text[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return "", false
			}
		} else if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "", false
		}
	}
	return text, true
}

// text returns the value as both notations write it, without quotes.
func (l Literal) text() string {
	switch v := l.Value.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case bool:
		return strconv.FormatBool(v)
	}
	return "null"
}

// exact returns the exact value of a number, nil for anything else.
func exact(v any) *big.Rat {
	switch v := v.(type) {
	case int64:
		return new(big.Rat).SetInt64(v)
	case number:
		if r, ok := new(big.Rat).SetString(string(v)); ok {
			return r
		}
	}
	return nil
}

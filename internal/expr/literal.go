package expr

import (
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// readLiteral reads text as a value of the kind, as URLs have it; false when
// it is none.
func readLiteral(text string, kind Kind, at int) (Literal, bool) {
	l := Literal{Kind: kind, Value: text, At: at}
	ok := true
	switch kind {
	case Text:
	case Integer, Decimal:
		return readNumber(text, at)
	case Boolean:
		l.Value, ok = text == "true", text == "true" || text == "false"
	case Date:
		l.Value, ok = CanonicalDate(text)
	case Instant:
		l.Value, ok = canonicalInstant(text)
	case UUID:
		l.Value, ok = canonicalUUID(text)
	case Clock:
		l.Value, ok = canonicalClock(text)
	case Percent:
		return rawPercent(text, at)
	case Duration:
		return rawDuration(text, at)
	case JSON:
		l.Value, ok = canonicalJSON(text)
	default:
		ok = false
	}
	return l, ok
}

// canonicalJSON writes a JSON text without spaces. One that jsonb does not hold
// is none: with the character NUL, or a number of more than a thousand digits.
func canonicalJSON(text string) (string, bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value any
	if !json.Valid([]byte(text)) || d.Decode(&value) != nil || !storableJSON(value) {
		return text, false
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return text, false
	}
	return strings.TrimSuffix(b.String(), "\n"), true
}

func storableJSON(value any) bool {
	switch v := value.(type) {
	case string:
		return !strings.Contains(v, "\x00")
	case json.Number:
		_, power, _ := strings.Cut(strings.ToLower(v.String()), "e")
		exponent, err := strconv.Atoi(power)
		return power == "" || err == nil && exponent >= -1000 && exponent <= 1000
	case []any:
		return !slices.ContainsFunc(v, func(one any) bool { return !storableJSON(one) })
	case map[string]any:
		for key, one := range v {
			if !storableJSON(key) || !storableJSON(one) {
				return false
			}
		}
	}
	return true
}

// numberLiteral reads a number of an expression.
func numberLiteral(text string, at int) (Literal, *Error) {
	if l, ok := readNumber(text, at); ok {
		return l, nil
	}
	return Literal{}, fail(at, "syntax", "%q is not a number.", text)
}

// readNumber reads digits with an optional sign and fraction. What is whole
// and fits 64 bits is an Integer, all else an exact Decimal.
func readNumber(text string, at int) (Literal, bool) {
	digits := strings.TrimPrefix(text, "-")
	if len(digits) > maxDigits {
		return Literal{}, false
	}
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

// canonicalClock reads a time of day with or without seconds.
func canonicalClock(text string) (string, bool) {
	for _, layout := range []string{"15:04", time.TimeOnly} {
		if at, err := time.Parse(layout, text); err == nil && len(text) == len(layout) {
			return at.Format(time.TimeOnly), true
		}
	}
	return "", false
}

// readPercent reads a percent without its sign, which millionths can hold.
func readPercent(text string, at int) (Literal, *Error) {
	l, ok := readNumber(text, at)
	if !ok {
		return l, fail(at, "syntax", "%q is not a number.", text)
	}
	millionths := new(big.Rat).Mul(exact(l), big.NewRat(10_000, 1))
	if !millionths.IsInt() || !millionths.Num().IsInt64() {
		return l, fail(at, "bad_value", "A percent has at most four digits after the point.")
	}
	return Literal{Kind: Percent, Value: millionths.Num().Int64(), At: at}, nil
}

// rawPercent reads a percent of a URL: 16, as records have it, or 16%.
func rawPercent(text string, at int) (Literal, bool) {
	l, err := readPercent(strings.TrimSuffix(text, "%"), at)
	return l, err == nil
}

// text returns the value as URLs and, save for text, expressions write it.
func (l Literal) text() string {
	switch v := l.Value.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		switch l.Kind {
		case Percent:
			return decimalText(new(big.Rat).SetFrac64(v, 10_000)) + "%"
		case Duration:
			return durationText(v)
		case Months:
			return strconv.FormatInt(v, 10) + "mo"
		}
		return strconv.FormatInt(v, 10)
	}
	return "null"
}

// exact returns the exact value of a number; nil for anything else.
func exact(l Literal) *big.Rat {
	switch v := l.Value.(type) {
	case int64:
		r := new(big.Rat).SetInt64(v)
		if l.Kind == Percent {
			r.Mul(r, millionth)
		}
		return r
	case string:
		if l.Kind == Decimal {
			r, _ := new(big.Rat).SetString(v)
			return r
		}
	}
	return nil
}

package collection

import (
	"encoding/json"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// durationKind is a length of time. The value is an int64 of milliseconds. A
// day is 24 hours and a week seven days of them; months and years have no
// length and are refused.
type durationKind struct{}

func (durationKind) key(f *Field) string { return f.Name }

func (durationKind) columns(f *Field) []Column { return []Column{{Name: f.Name, Type: "bigint"}} }

func (durationKind) names(f *Field) []name {
	return []name{{name: f.Name, column: f.Name, kind: expr.Duration}}
}

// Milliseconds of the units of a duration.
const (
	secondMS = 1000
	minuteMS = 60 * secondMS
	hourMS   = 60 * minuteMS
	dayMS    = 24 * hourMS
	weekMS   = 7 * dayMS
)

func (durationKind) decode(_ *Field, raw json.RawMessage, _ string) (any, *problem) {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, notDuration()
	}
	return isoDuration(text)
}

var isoPattern = regexp.MustCompile(`^(-?)P(?:([0-9]{1,9})W)?(?:([0-9]{1,9})D)?(?:T(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,12})(?:\.([0-9]{1,3}))?S)?)?$`)

// isoDuration reads ISO 8601: PT1H30M, P2D, -PT0.5S.
func isoDuration(text string) (any, *problem) {
	parts := isoPattern.FindStringSubmatch(strings.ToUpper(text))
	if parts == nil || strings.HasSuffix(parts[0], "T") || strings.HasSuffix(parts[0], "P") {
		return nil, notDuration()
	}
	total := new(big.Int)
	for i, unit := range []int64{weekMS, dayMS, hourMS, minuteMS, secondMS} {
		n, _ := strconv.ParseInt("0"+parts[i+2], 10, 64)
		total.Add(total, new(big.Int).Mul(big.NewInt(n), big.NewInt(unit)))
	}
	fraction, _ := strconv.ParseInt((parts[7] + "000")[:3], 10, 64)
	total.Add(total, big.NewInt(fraction))
	if parts[1] == "-" {
		total.Neg(total)
	}
	return bounded(total)
}

// longestDuration is 300 years, more than which no sum with a date survives.
const longestDuration = 300 * 366 * dayMS

func bounded(ms *big.Int) (any, *problem) {
	if !ms.IsInt64() || ms.Int64() > longestDuration || ms.Int64() < -longestDuration {
		return nil, wrong("too_large", "Must be at most %s.", "300 years").with("max", int64(longestDuration))
	}
	return ms.Int64(), nil
}

func notDuration() *problem {
	return wrong("not_duration", "Must be a length of time in ISO 8601, like PT1H30M.")
}

// units are what people write after the numbers of a duration.
var units = map[string]int64{
	"w": weekMS, "week": weekMS, "weeks": weekMS,
	"d": dayMS, "day": dayMS, "days": dayMS, "t": dayMS, "j": dayMS,
	"h": hourMS, "hr": hourMS, "hrs": hourMS, "hour": hourMS, "hours": hourMS, "std": hourMS,
	"m": minuteMS, "min": minuteMS, "mins": minuteMS, "minute": minuteMS, "minutes": minuteMS,
	"s": secondMS, "sec": secondMS, "secs": secondMS, "second": secondMS, "seconds": secondMS,
}

// parse takes 1:30 and 1:30:15 (hours first), 1h 30m, 1.5 h, 2 days, ISO 8601,
// and a number alone, which is minutes.
func (durationKind) parse(_ *Field, text string, loc Locale) (any, *problem) {
	if ms, p := isoDuration(text); p == nil {
		return ms, nil
	}
	text = strings.Replace(text, "\u2212", "-", 1)
	rest, negative := strings.CutPrefix(text, "-")
	total, ok := colonDuration(rest)
	if !ok {
		total, ok = unitDuration(rest, loc)
	}
	if !ok {
		return nil, wrong("not_typed_duration", "Must be a length of time, like 1:30 or 1h 30m.")
	}
	if negative {
		total.Neg(total)
	}
	return bounded(total)
}

func colonDuration(text string) (*big.Int, bool) {
	parts := strings.Split(text, ":")
	if len(parts) != 2 && len(parts) != 3 {
		return nil, false
	}
	total := new(big.Int)
	for i, unit := range []int64{hourMS, minuteMS, secondMS}[:len(parts)] {
		n, err := strconv.ParseInt(parts[i], 10, 64)
		if err != nil || !onlyDigits(parts[i]) || len(parts[i]) > 9 || i > 0 && (len(parts[i]) != 2 || n > 59) {
			return nil, false
		}
		total.Add(total, new(big.Int).Mul(big.NewInt(n), big.NewInt(unit)))
	}
	return total, true
}

func unitDuration(text string, loc Locale) (*big.Int, bool) {
	total, found := new(big.Int), false
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		at := strings.IndexFunc(text, func(r rune) bool { return unicode.IsLetter(r) || r == ' ' || r == '\u00a0' })
		if at < 0 {
			at = len(text)
		}
		plain, ok := loc.plainNumber(text[:at])
		n, err := parseFixed(plain, 3)
		if !ok || err != nil || n < 0 {
			return nil, false
		}
		text = strings.TrimSpace(text[at:])
		end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
		if end < 0 {
			end = len(text)
		}
		unit, known := units[strings.ToLower(text[:end])]
		switch {
		case known:
		case end == 0 && text == "" && !found:
			unit = minuteMS
		default:
			return nil, false
		}
		text, found = strings.TrimLeft(text[end:], ". "), true
		part := new(big.Int).Mul(big.NewInt(n), big.NewInt(unit))
		total.Add(total, part.Quo(part, big.NewInt(1000)))
	}
	return total, found
}

func (durationKind) literal(_ *Field, value any, _ moment) (any, *problem) {
	switch v := value.(type) {
	case int64:
		return v, nil
	case string:
		return durationKind{}.parse(nil, v, Locale{})
	}
	return nil, notDuration()
}

func (durationKind) check(f *Field, value any) *problem {
	ms, ok := value.(int64)
	switch {
	case !ok || ms == math.MinInt64:
		return notDuration()
	case f.Min != nil && ms < *f.Min:
		return wrong("too_small", "Must be at least %s.", durationText(*f.Min)).with("min", *f.Min)
	case f.Max != nil && ms > *f.Max:
		return wrong("too_large", "Must be at most %s.", durationText(*f.Max)).with("max", *f.Max)
	}
	return nil
}

func (durationKind) args(value any) []any { return []any{value} }

func (durationKind) selection(f *Field) string { return durationSQL(column(f.Name)) }

// durationSQL writes ISO 8601 in hours, minutes and seconds, as durationText
// does; of nothing, nothing.
func durationSQL(ms string) string {
	size := "abs(" + ms + ")"
	part := func(n, unit string) string {
		return "case when " + n + " > 0 then " + n + " || '" + unit + "' else '' end"
	}
	seconds := "case when " + size + " % 60000 > 0 then trim_scale(" + size + " % 60000 * 0.001) || 'S' else '' end"
	return "case when " + ms + " = 0 then 'PT0S' when " + ms + " <> 0 then case when " + ms + " < 0 then '-PT' else 'PT' end || " +
		part(size+" / 3600000", "H") + " || " + part(size+" / 60000 % 60", "M") + " || " + seconds + " end"
}

// durationText writes ISO 8601 in hours, minutes and seconds.
func durationText(ms int64) string {
	if ms == 0 {
		return "PT0S"
	}
	var b strings.Builder
	if ms < 0 {
		b.WriteByte('-')
		ms = -ms
	}
	b.WriteString("PT")
	if hours := ms / hourMS; hours > 0 {
		b.WriteString(strconv.FormatInt(hours, 10) + "H")
	}
	if minutes := ms / minuteMS % 60; minutes > 0 {
		b.WriteString(strconv.FormatInt(minutes, 10) + "M")
	}
	if rest := ms % minuteMS; rest > 0 {
		b.WriteString(FixedText(rest, 3) + "S")
	}
	return b.String()
}

// DurationInput writes milliseconds as people type them: "1h 30m".
func DurationInput(ms int64) string {
	if ms == 0 {
		return "0m"
	}
	text := strings.NewReplacer("PT", "", "H", "h ", "M", "m ", "S", "s").Replace(durationText(ms))
	return strings.TrimSpace(text)
}

func (durationKind) encode(_ *Field, value any) (json.RawMessage, error) {
	return json.Marshal(durationText(value.(int64)))
}

func (durationKind) schema(*Field) map[string]any {
	return map[string]any{"type": "string", "format": "duration", "description": "ISO 8601 without months and years, like PT1H30M."}
}

func (durationKind) text(_ *Field, value any) string { return durationText(value.(int64)) }

func (durationKind) parseText(f *Field, text, _ string) (any, *problem) {
	return durationKind{}.parse(f, text, Locale{})
}

package i18n

import (
	"fmt"
	"strings"
	"time"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
)

// Printer writes for one person: one locale, one time zone. It is safe for
// concurrent use.
type Printer struct {
	localizer *goi18n.Localizer
	locale    *Locale
	zone      *time.Location
}

// Locale returns the printer's conventions.
func (p *Printer) Locale() Locale { return *p.locale }

// Language returns the BCP 47 tag for the document's lang attribute.
func (p *Printer) Language() string { return p.locale.Tag }

// T returns the message of a key. Arguments are either pairs of name and value
// or one map[string]any; the argument "count" picks the plural form and is
// written with the locale's grouping. A key that no language has is returned
// itself: a test keeps that from happening.
func (p *Printer) T(key string, args ...any) string {
	text, ok := p.find(key, args)
	if !ok {
		return key
	}
	return text
}

// TOr is T for keys that come from data: when the catalogue has no such key,
// the result is the given text.
func (p *Printer) TOr(key, text string, args ...any) string {
	if found, ok := p.find(key, args); ok {
		return found
	}
	return text
}

func (p *Printer) find(key string, args []any) (string, bool) {
	values := named(args)
	config := goi18n.LocalizeConfig{MessageID: key, TemplateData: values}
	if count, ok := values["count"]; ok {
		config.PluralCount = count
		if n, ok := whole(count); ok {
			values["count"] = p.Number(n)
		}
	}
	text, err := p.localizer.Localize(&config)
	// A message of another language that is missing yields the English text and an
	// error. A message with a gap is worse than none.
	return text, (err == nil || text != "") && !strings.Contains(text, gap)
}

// gap is what the template writes for an argument that was not given.
const gap = "<no value>"

// named makes one map of pairs, or copies the map that was given.
func named(args []any) map[string]any {
	values := make(map[string]any, len(args)/2+1)
	if len(args) == 1 {
		if given, ok := args[0].(map[string]any); ok {
			for name, value := range given {
				values[name] = value
			}
		}
		return values
	}
	for i := 0; i+1 < len(args); i += 2 {
		values[fmt.Sprint(args[i])] = args[i+1]
	}
	return values
}

// whole returns the value of Go's integer types that counts come in.
func whole(count any) (int64, bool) {
	switch n := count.(type) {
	case int:
		return int64(n), true
	case int32:
		return int64(n), true
	case int64:
		return n, true
	}
	return 0, false
}

// Date writes a calendar day as it stands: t's own zone counts, so that a civil
// date never moves by a day. The zero time is empty.
func (p *Printer) Date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(p.locale.Date)
}

// Day writes the day of an instant in the printer's time zone.
func (p *Printer) Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return p.Date(t.In(p.zone))
}

// CivilDate writes a date given as YYYY-MM-DD; other text is returned as it is.
func (p *Printer) CivilDate(text string) string {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return text
	}
	return p.Date(t)
}

// DateTime writes an instant in the printer's zone. The zero time is empty.
func (p *Printer) DateTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(p.zone).Format(p.locale.Date + ", " + p.locale.Clock)
}

// Number writes a whole number with the locale's grouping.
func (p *Printer) Number(n int64) string {
	digits := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	return sign + grouped(digits, p.locale.Group)
}

// grouped puts the separator between each three digits.
func grouped(digits, separator string) string {
	if separator == "" || len(digits) <= 3 {
		return digits
	}
	var b strings.Builder
	head := len(digits) % 3
	b.WriteString(digits[:head])
	for i := head; i < len(digits); i += 3 {
		if b.Len() > 0 {
			b.WriteString(separator)
		}
		b.WriteString(digits[i : i+3])
	}
	return b.String()
}

package i18n

import (
	"strconv"
	"strings"
	"time"
)

// Decimal writes a decimal number, given as a program writes it ("-1234.5"),
// with the locale's marks; other text is returned as it is.
func (p *Printer) Decimal(text string) string {
	plain, negative := strings.CutPrefix(text, "-")
	written, ok := p.decimal(plain)
	switch {
	case !ok:
		return text
	case negative:
		return "−" + written
	}
	return written
}

func (p *Printer) decimal(plain string) (string, bool) {
	whole, fraction, pointed := strings.Cut(plain, ".")
	if whole == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return "", false
	}
	written := grouped(whole, p.locale.Group)
	if pointed {
		written += p.locale.Decimal + fraction
	}
	return written, true
}

// TypedDecimal writes a decimal number as people type it into a field: without
// grouping, with a plain minus sign.
func (p *Printer) TypedDecimal(text string) string {
	return strings.Replace(text, ".", p.locale.Decimal, 1)
}

// Percent writes a number of percent: "16 %", or "16%" in English.
func (p *Printer) Percent(text string) string {
	if text == "" {
		return ""
	}
	gap := noBreak
	if strings.HasPrefix(p.locale.Tag, "en") {
		gap = ""
	}
	return p.Decimal(text) + gap + "%"
}

// Clock writes a time of day given as HH:MM:SS; other text is returned as it is.
func (p *Printer) Clock(text string) string {
	t, err := time.Parse(time.TimeOnly, text)
	if err != nil {
		return text
	}
	layout := p.locale.Clock
	if t.Second() != 0 {
		layout = strings.Replace(layout, "04", "04:05", 1)
	}
	return t.Format(layout)
}

// Duration writes a length of time: "2 d 4 h", "1 h 30 min", "45 s".
func (p *Printer) Duration(d time.Duration) string {
	if d == 0 {
		return "0" + noBreak + p.T("unit.minute")
	}
	sign := ""
	if d < 0 {
		sign, d = "−", -d
	}
	var parts []string
	add := func(n time.Duration, unit string) {
		if n > 0 {
			parts = append(parts, p.Number(int64(n))+noBreak+unit)
		}
	}
	const day = 24 * time.Hour
	add(d/day, p.T("unit.day"))
	add(d%day/time.Hour, p.T("unit.hour"))
	add(d%time.Hour/time.Minute, p.T("unit.minute"))
	if rest := d % time.Minute; rest > 0 {
		parts = append(parts, p.TypedDecimal(strconv.FormatFloat(rest.Seconds(), 'f', -1, 64))+noBreak+p.T("unit.second"))
	}
	return sign + strings.Join(parts, " ")
}

// LocalInput writes an instant for an input of date and time in the printer's
// zone: 2026-12-31T18:30, with seconds if it has any. The zero time is empty.
func (p *Printer) LocalInput(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	layout := "2006-01-02T15:04"
	if t = t.In(p.zone); t.Second() != 0 {
		layout = "2006-01-02T15:04:05"
	}
	return t.Format(layout)
}

// LocalText writes what an input of date and time holds for reading; other text
// is returned as it is.
func (p *Printer) LocalText(input string) string {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, input, p.zone); err == nil {
			return p.DateTime(t)
		}
	}
	return input
}

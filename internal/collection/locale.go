package collection

import (
	"strings"
	"time"

	"github.com/dramac-main/dramac-cms/sdk/money"
)

// Locale is how the people of a site write numbers and dates. The zero Locale
// takes digits without separators and ISO dates only.
type Locale struct {
	Decimal  string         // separates the fraction: "." or ","
	Group    string         // separates thousands; empty: none are written
	Date     string         // layout of a typed date: "02.01.2006"; ISO is always read
	Currency string         // the site's, ISO 4217
	Country  string         // the site's, ISO 3166; of phone numbers without one; may be empty
	Zone     *time.Location // the site's, of typed instants; nil: UTC
}

func (l Locale) zone() *time.Location {
	if l.Zone == nil {
		return time.UTC
	}
	return l.Zone
}

func (l Locale) separators() money.Separators {
	if l.Decimal == "" {
		l.Decimal = "."
	}
	return money.Separators{Decimal: l.Decimal, Group: l.Group}
}

// isoDate turns a date typed in the layout's order into YYYY-MM-DD, whatever
// stands between its parts; "" when it does not look like one. Whether the day
// exists is checked by the caller.
func (l Locale) isoDate(text string) string {
	layout, parts := dateParts(l.Date), dateParts(text)
	if len(layout) != 3 || len(parts) != 3 {
		return ""
	}
	var year, month, day string
	for i, part := range layout {
		switch part {
		case "2006":
			year = parts[i]
		case "01", "1":
			month = parts[i]
		case "02", "2":
			day = parts[i]
		}
	}
	if len(year) != 4 {
		return ""
	}
	return year + "-" + twoDigits(month) + "-" + twoDigits(day)
}

func dateParts(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("./- ", r) })
}

func twoDigits(s string) string {
	if len(s) == 1 {
		return "0" + s
	}
	return s
}

// exampleDate is the last day of 2026 as people write it.
func (l Locale) exampleDate() string {
	if l.Date == "" {
		return "2026-12-31"
	}
	return strings.NewReplacer("2006", "2026", "01", "12", "02", "31", "1", "12", "2", "31").Replace(l.Date)
}

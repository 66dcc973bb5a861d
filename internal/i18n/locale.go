package i18n

import (
	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// Locale holds the conventions by which values are written and read. Forms read
// what people type by the same value that lists are written with.
type Locale struct {
	Tag     string // BCP 47
	Decimal string // separates the fraction: "." or ","
	Group   string // separates thousands; empty when there is none
	// Date is the time layout of a date in running text: "2 Jan 2006".
	Date string
	// NumericDate is the time layout people type: "02.01.2006".
	NumericDate string
	// Clock is the time layout of a time of day.
	Clock string
	// SymbolLast says that the currency stands after the amount: "12,50 €".
	SymbolLast bool

	printer   *message.Printer
	localizer *goi18n.Localizer // of the catalogue that made it
}

// layout holds what x/text does not tell: orders and layouts by language or
// language with region. English months are abbreviated, others are numeric.
type layout struct {
	date, numeric, clock string
	symbolLast           bool
}

// layouts is looked up by full tag, then by language. It is read only.
var layouts = map[string]layout{
	"en":    {"2 Jan 2006", "02/01/2006", "15:04", false},
	"en-US": {"Jan 2, 2006", "01/02/2006", "3:04 PM", false},
	"en-ZA": {"2 Jan 2006", "2006/01/02", "15:04", false},
	"de":    {"02.01.2006", "02.01.2006", "15:04", true},
	"fr":    {"02/01/2006", "02/01/2006", "15:04", true},
	"es":    {"02/01/2006", "02/01/2006", "15:04", true},
	"it":    {"02/01/2006", "02/01/2006", "15:04", true},
	"pt":    {"02/01/2006", "02/01/2006", "15:04", true},
	"nl":    {"02-01-2006", "02-01-2006", "15:04", false},
	"pl":    {"02.01.2006", "02.01.2006", "15:04", true},
	"tr":    {"02.01.2006", "02.01.2006", "15:04", false},
}

// newLocale derives the conventions of a tag; English when it is not known.
func newLocale(tag string) *Locale {
	parsed, err := language.Parse(tag)
	if err != nil {
		return newLocale(fallback)
	}
	base, _ := parsed.Base()
	found, ok := layouts[parsed.String()]
	if !ok {
		found, ok = layouts[base.String()]
	}
	if !ok {
		return newLocale(fallback)
	}
	l := &Locale{
		Tag: parsed.String(), Date: found.date, NumericDate: found.numeric, Clock: found.clock,
		SymbolLast: found.symbolLast, printer: message.NewPrinter(parsed),
	}
	l.Group, l.Decimal = separators(l.printer)
	return l
}

// separators reads the two marks off a number that has both.
func separators(p *message.Printer) (group, decimal string) {
	marks := []string{}
	mark := ""
	for _, r := range p.Sprint(number.Decimal(1234567.5)) {
		if r >= '0' && r <= '9' {
			if mark != "" {
				marks = append(marks, mark)
			}
			mark = ""
			continue
		}
		mark += string(r)
	}
	if len(marks) == 0 {
		return "", "."
	}
	if len(marks) == 1 {
		return "", marks[0]
	}
	return marks[0], marks[len(marks)-1]
}

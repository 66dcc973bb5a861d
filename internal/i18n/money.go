package i18n

import (
	"strconv"
	"strings"

	"golang.org/x/text/currency"

	"github.com/dramac-main/dramac-cms/sdk/money"
)

// Money writes an amount with its currency: "€1,299.50", or "1.299,50 €". A
// currency without a sign of its own stands in front as its code.
func (p *Printer) Money(m money.Money) string {
	text, sign := p.Amount(m), ""
	if m.Amount < 0 {
		text, sign = strings.TrimPrefix(text, "-"), "−"
	}
	symbol := p.CurrencySymbol(m.Currency)
	switch {
	case p.locale.SymbolLast:
		return sign + text + noBreak + symbol
	case symbol == m.Currency:
		return sign + symbol + noBreak + text
	}
	return sign + symbol + text
}

// noBreak keeps an amount and its currency on one line.
const noBreak = "\u00a0"

// Amount writes an amount without its currency, as people type it into a field:
// "1,299.50", with a plain minus sign.
func (p *Printer) Amount(m money.Money) string {
	digits, negative := strings.CutPrefix(strconv.FormatInt(m.Amount, 10), "-")
	scale := money.Exponent(m.Currency)
	for len(digits) <= scale {
		digits = "0" + digits
	}
	text := grouped(digits[:len(digits)-scale], p.locale.Group)
	if scale > 0 {
		text += p.locale.Decimal + digits[len(digits)-scale:]
	}
	if negative {
		return "-" + text
	}
	return text
}

// CurrencySymbol returns how the currency is written in the locale; the code
// itself when it has no sign or is unknown.
func (p *Printer) CurrencySymbol(code string) string {
	unit, err := currency.ParseISO(code)
	if err != nil {
		return code
	}
	return p.locale.printer.Sprint(currency.NarrowSymbol(unit))
}

package money

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Separators are how a language writes numbers.
type Separators struct {
	Decimal string // between the units and the minor units: "." or ","
	Group   string // between thousands; empty: none are written
}

// Format returns the amount without its currency: "1,299.50".
func (m Money) Format(s Separators) string {
	digits := strconv.FormatInt(m.Amount, 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	exponent := Exponent(m.Currency)
	for len(digits) <= exponent {
		digits = "0" + digits
	}
	whole, minor := digits[:len(digits)-exponent], digits[len(digits)-exponent:]
	if s.Group != "" {
		for at := len(whole) - 3; at > 0; at -= 3 {
			whole = whole[:at] + s.Group + whole[at:]
		}
	}
	if minor == "" {
		return sign + whole
	}
	return sign + whole + s.Decimal + minor
}

// The reasons why a text is not an amount.
var (
	ErrSyntax    = errors.New("the amount is not a number")
	ErrPrecision = errors.New("the amount has more decimals than the currency")
)

// Parse reads what a person typed as an amount of the currency: "1,299.50",
// "1 299,5", "EUR 12", "12 EUR" or "€12". A currency that is written must be
// the one that is expected. Nothing is rounded: too many decimals are ErrPrecision.
func Parse(text, currency string, s Separators) (Money, error) {
	if !Valid(currency) {
		return Money{}, fmt.Errorf("%q is not a currency code of ISO 4217", currency)
	}
	number, err := withoutCode(withoutSign(text, currency), currency)
	if err != nil {
		return Money{}, err
	}
	digits, err := minorDigits(number, Exponent(currency), s)
	if err != nil {
		return Money{}, err
	}
	amount, err := strconv.ParseInt(digits, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		return Money{}, ErrOverflow
	}
	if err != nil {
		return Money{}, ErrSyntax
	}
	return Money{Amount: amount, Currency: currency}, nil
}

// signs are the signs that people write for a currency.
const signs = "$ USD AUD CAD NZD SGD HKD TWD MXN ARS CLP COP BBD BMD BSD BZD FJD JMD KYD LRD NAD SBD SRD TTD UYU XCD € EUR £ GBP EGP FKP GIP SHP SSP SYP " +
	"¥ JPY CNY ₹ INR ₩ KRW ₪ ILS ₫ VND ₺ TRY ₴ UAH ₽ RUB ₦ NGN ₱ PHP ₸ KZT ₡ CRC ₵ GHS ₲ PYG ₼ AZN ₾ GEL ฿ THB"

// withoutSign cuts one of the currency's signs off either end, as in an amount
// that was copied from a list.
func withoutSign(text, currency string) string {
	text = strings.TrimSpace(text)
	sign := ""
	for word := range strings.FieldsSeq(signs) {
		if r, size := utf8.DecodeRuneInString(word); size == len(word) && !unicode.IsLetter(r) {
			sign = word
		} else if word != currency {
			continue
		} else if rest, cut := strings.CutPrefix(text, sign); cut {
			return strings.TrimSpace(rest)
		} else if rest, cut := strings.CutSuffix(text, sign); cut {
			return strings.TrimSpace(rest)
		}
	}
	return text
}

// withoutCode cuts the currency's code off either end.
func withoutCode(text, currency string) (string, error) {
	text = strings.TrimSpace(text)
	letters := strings.TrimFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	if letters == "" {
		return text, nil
	}
	if !strings.EqualFold(letters, currency) {
		if len(letters) == 3 && Valid(strings.ToUpper(letters)) {
			return "", fmt.Errorf("the amount is in %s, expected %s", strings.ToUpper(letters), currency)
		}
		return "", ErrSyntax
	}
	return strings.TrimSpace(strings.Replace(text, letters, "", 1)), nil
}

// minorDigits turns "-1,299.5" into "-129950" for an exponent of 2.
func minorDigits(text string, exponent int, s Separators) (string, error) {
	sign := ""
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		sign, text = "-", rest
	} else if rest, negative := strings.CutPrefix(text, "\u2212"); negative {
		sign, text = "-", rest
	}
	whole, minor, dotted := strings.Cut(text, s.Decimal)
	whole, err := Ungroup(whole, s.Group)
	if err != nil || dotted && !allDigits(minor) {
		return "", ErrSyntax
	}
	if len(strings.TrimRight(minor, "0")) > exponent {
		return "", ErrPrecision
	}
	for len(minor) < exponent {
		minor += "0"
	}
	return sign + whole + minor[:exponent], nil
}

// Ungroup takes the separators out of the digits "1,299,500". They must stand
// before each third digit from the right or nowhere, so that "1,5" typed for
// one and a half is refused where the comma separates thousands, and not read
// as fifteen. Spaces of all kinds are taken for each other.
func Ungroup(text, group string) (string, error) {
	if allDigits(text) {
		return text, nil
	}
	separator := foldSpace(group)
	parts := strings.Split(foldSpace(text), separator)
	if separator == "" {
		return "", ErrSyntax
	}
	for i, part := range parts {
		if !allDigits(part) || i > 0 && len(part) != 3 || i == 0 && len(part) > 3 {
			return "", ErrSyntax
		}
	}
	return strings.Join(parts, ""), nil
}

func foldSpace(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == '’':
			return '\''
		}
		return r
	}, s)
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

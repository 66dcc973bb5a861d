package collection

import (
	"errors"
	"math/big"
	"strconv"
	"strings"
)

// Decimal numbers with a fixed number of digits after the point are whole
// numbers here, scaled by a power of ten: 1.5 with scale 4 is 15000.

var (
	errNotNumber = errors.New("not a number")
	errPrecision = errors.New("too many digits after the point")
)

// maxExponent bounds the exponents of JSON numbers: nobody's 1e-7 needs more,
// and a large one would be a large number of digits.
const maxExponent = 30

// parseFixed reads a number as JSON writes it. Zeros at the end do not count as
// digits. One that does not fit is strconv.ErrRange and the nearest that does.
func parseFixed(text string, scale int) (int64, error) {
	mantissa, exponent, err := cutExponent(text)
	if err != nil {
		return 0, err
	}
	digits, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, pointed := strings.Cut(digits, ".")
	if whole == "" || pointed && fraction == "" || !onlyDigits(whole) || !onlyDigits(fraction) {
		return 0, errNotNumber
	}
	// The number is whole+fraction with a point that lies this far from the end.
	digits, after := whole+fraction, len(fraction)-exponent
	for after > scale {
		if digits == "" || digits[len(digits)-1] != '0' {
			if strings.Trim(digits, "0") == "" {
				return 0, nil
			}
			return 0, errPrecision
		}
		digits, after = digits[:len(digits)-1], after-1
	}
	digits += strings.Repeat("0", scale-after)
	if digits == "" {
		return 0, nil
	}
	if negative {
		digits = "-" + digits
	}
	return strconv.ParseInt(digits, 10, 64)
}

// cutExponent takes "e-7" off a JSON number.
func cutExponent(text string) (mantissa string, exponent int, err error) {
	mantissa, power, found := strings.Cut(strings.ToLower(text), "e")
	if !found {
		return mantissa, 0, nil
	}
	exponent, err = strconv.Atoi(power)
	if err != nil || exponent < -maxExponent || exponent > maxExponent {
		return "", 0, errNotNumber
	}
	return mantissa, exponent, nil
}

func onlyDigits(text string) bool {
	return strings.Trim(text, "0123456789") == ""
}

// FixedText writes a scaled number exactly, without zeros at the end.
func FixedText(n int64, scale int) string {
	digits, negative := strings.CutPrefix(strconv.FormatInt(n, 10), "-")
	for len(digits) <= scale {
		digits = "0" + digits
	}
	text := digits[:len(digits)-scale]
	if fraction := strings.TrimRight(digits[len(digits)-scale:], "0"); fraction != "" {
		text += "." + fraction
	}
	if negative {
		return "-" + text
	}
	return text
}

// roundFixed scales an exact number and rounds it half away from zero. One that
// does not fit is false.
func roundFixed(r *big.Rat, scale int) (int64, bool) {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	scaled := new(big.Rat).Mul(r, new(big.Rat).SetInt(power))
	// floor(|x| + 1/2) = floor((2·num + den) / (2·den))
	twice := new(big.Int).Abs(scaled.Num())
	twice.Lsh(twice, 1).Add(twice, scaled.Denom())
	n := twice.Quo(twice, new(big.Int).Lsh(scaled.Denom(), 1))
	if scaled.Sign() < 0 {
		n.Neg(n)
	}
	return n.Int64(), n.IsInt64()
}

// fixedSQL is the number of a scaled column, exact and without zeros at the end.
// It multiplies, because a division of numerics is rounded.
func fixedSQL(column string, scale int) string {
	if scale == 0 {
		return column
	}
	return "trim_scale(" + column + " * 0." + strings.Repeat("0", scale-1) + "1)"
}

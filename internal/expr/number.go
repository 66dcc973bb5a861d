package expr

import (
	"math/big"
	"strings"
)

const (
	divisionDigits = 16 // after the point of a division's result
	// widestDigits are kept of what is divided. They exceed what PostgreSQL would
	// choose by itself, so that it rounds where Go does.
	widestDigits = 60
)

var millionth = big.NewRat(1, 1_000_000)

// power returns ten to the n-th.
func power(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// roundTo rounds half away from zero to so many digits after the point.
func roundTo(r *big.Rat, digits int) *big.Rat {
	scale := power(digits)
	scaled := new(big.Rat).Mul(r, new(big.Rat).SetInt(scale))
	return new(big.Rat).SetFrac(whole(scaled), scale)
}

// whole rounds half away from zero.
func whole(r *big.Rat) *big.Int {
	if r.IsInt() {
		return new(big.Int).Set(r.Num())
	}
	twice := new(big.Int).Lsh(new(big.Int).Abs(r.Num()), 1)
	twice.Add(twice, r.Denom())
	twice.Quo(twice, new(big.Int).Lsh(r.Denom(), 1))
	if r.Sign() < 0 {
		twice.Neg(twice)
	}
	return twice
}

// quotient divides as PostgreSQL does in the SQL that the compiler writes; nil
// for a division by zero.
func quotient(a, b *big.Rat) *big.Rat {
	b = roundTo(b, widestDigits)
	if b.Sign() == 0 {
		return nil
	}
	q := new(big.Rat).Quo(roundTo(a, widestDigits), b)
	return roundTo(roundTo(q, widestDigits), divisionDigits)
}

// decimalText writes a number without an exponent; its fraction must end.
func decimalText(r *big.Rat) string {
	digits, _ := r.FloatPrec()
	text := r.FloatString(digits)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

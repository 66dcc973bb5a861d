// Package money holds amounts of money: a whole number of a currency's minor
// unit and the currency's ISO 4217 code. No floating point number comes near
// it. How many digits the minor unit has comes from the ISO table, never from
// "divide by a hundred".
package money

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Money is an amount in the currency's minor unit: {1999, "EUR"} is 19.99 euros,
// {1999, "JPY"} is 1999 yen. The zero Money has no currency and is not valid.
type Money struct {
	Amount   int64  `json:"amount"`   // minor units, signed
	Currency string `json:"currency"` // ISO 4217, upper case
}

// New returns the amount in minor units; the error says that the currency does
// not exist.
func New(amount int64, currency string) (Money, error) {
	if !Valid(currency) {
		return Money{}, fmt.Errorf("%q is not a currency code of ISO 4217", currency)
	}
	return Money{Amount: amount, Currency: currency}, nil
}

// String returns the amount with a point and the code: "1299.50 EUR". It is
// for logs; people see Format.
func (m Money) String() string {
	return m.Format(Separators{Decimal: "."}) + " " + m.Currency
}

// ErrOverflow means that a result does not fit 64 bits.
var ErrOverflow = errors.New("the amount is too large")

// Add returns the sum. Two currencies cannot be added.
func (m Money) Add(n Money) (Money, error) {
	if m.Currency != n.Currency {
		return Money{}, fmt.Errorf("cannot add %s to %s", n.Currency, m.Currency)
	}
	sum := m.Amount + n.Amount
	if (sum > m.Amount) != (n.Amount > 0) {
		return Money{}, ErrOverflow
	}
	return Money{Amount: sum, Currency: m.Currency}, nil
}

// UnmarshalJSON reads {"amount":1999,"currency":"EUR"} strictly: both keys, no
// other key, a whole number, a currency that exists.
func (m *Money) UnmarshalJSON(data []byte) error {
	var in struct {
		Amount   *int64  `json:"amount"`
		Currency *string `json:"currency"`
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return fmt.Errorf(`money is {"amount": whole minor units, "currency": code}: %w`, err)
	}
	if in.Amount == nil || in.Currency == nil {
		return errors.New(`money needs "amount" and "currency"`)
	}
	read, err := New(*in.Amount, *in.Currency)
	if err != nil {
		return err
	}
	*m = read
	return nil
}

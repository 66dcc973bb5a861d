package money

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"testing"
)

var (
	english = Separators{Decimal: ".", Group: ","}
	german  = Separators{Decimal: ",", Group: "."}
	french  = Separators{Decimal: ",", Group: "\u202f"}
)

func TestFormatAndParse(t *testing.T) {
	for _, c := range []struct {
		amount   int64
		currency string
		s        Separators
		text     string
	}{
		{129950, "EUR", english, "1,299.50"},
		{129950, "EUR", german, "1.299,50"},
		{129950, "EUR", french, "1\u202f299,50"},
		{-5, "EUR", english, "-0.05"},
		{123456789, "JPY", english, "123,456,789"},
		{1, "KWD", english, "0.001"},
		{123456, "KWD", german, "123,456"},
		{123456, "CLF", english, "12.3456"},
		{math.MaxInt64, "USD", english, "92,233,720,368,547,758.07"},
		{math.MinInt64, "USD", english, "-92,233,720,368,547,758.08"},
	} {
		m := Money{Amount: c.amount, Currency: c.currency}
		if got := m.Format(c.s); got != c.text {
			t.Errorf("%v is written %q, want %q", m, got, c.text)
		}
		back, err := Parse(c.text, c.currency, c.s)
		if err != nil || back != m {
			t.Errorf("%q read as %v (%v), want %v", c.text, back, err, m)
		}
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text, currency string
		s              Separators
		amount         int64
		fails          bool
	}{
		{"12", "EUR", english, 1200, false},
		{" 12.5 ", "EUR", english, 1250, false},
		{"EUR 12", "EUR", english, 1200, false},
		{"12 eur", "EUR", english, 1200, false},
		{"12 USD", "EUR", english, 0, true},
		{"$1,299.50", "USD", english, 129950, false},
		{"$ 50", "CAD", english, 5000, false},
		{"12,50 €", "EUR", german, 1250, false},
		{"$50", "EUR", english, 0, true},
		{"$$50", "USD", english, 0, true},
		{"$", "USD", english, 0, true},
		{"1.50", "JPY", english, 0, true},
		{"1.00", "JPY", english, 1, false},
		{"1.505", "EUR", english, 0, true},
		{"1,5", "EUR", english, 0, true},
		{"1.5", "EUR", german, 0, true},
		{"1 299,50", "EUR", french, 129950, false},
		{"", "EUR", english, 0, true},
		{".5", "EUR", english, 0, true},
		{"5.", "EUR", english, 0, true},
		{"1e3", "EUR", english, 0, true},
		{"--1", "EUR", english, 0, true},
		{"−1", "EUR", english, -100, false},
		{"1", "XXX", english, 0, true},
		{"99999999999999999999", "EUR", english, 0, true},
	} {
		m, err := Parse(c.text, c.currency, c.s)
		if (err != nil) != c.fails || m.Amount != c.amount {
			t.Errorf("%q %s: %v (%v)", c.text, c.currency, m, err)
		}
	}
}

func TestTableOfCurrencies(t *testing.T) {
	all := Currencies()
	if !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
		t.Error("the codes are not sorted and unique")
	}
	for _, c := range []struct {
		code     string
		exponent int
	}{{"EUR", 2}, {"TZS", 2}, {"UGX", 0}, {"ISK", 0}, {"BHD", 3}, {"UYW", 4}} {
		if !Valid(c.code) || Exponent(c.code) != c.exponent {
			t.Errorf("%s: valid %v, exponent %d", c.code, Valid(c.code), Exponent(c.code))
		}
	}
	for _, code := range []string{"", "eur", "EURO", "XXX", "EU"} {
		if Valid(code) {
			t.Errorf("%q is no currency", code)
		}
	}
}

func TestJSON(t *testing.T) {
	data, err := json.Marshal(Money{Amount: 1999, Currency: "EUR"})
	if err != nil || string(data) != `{"amount":1999,"currency":"EUR"}` {
		t.Errorf("%s %v", data, err)
	}
	for text, ok := range map[string]bool{
		`{"amount":1999,"currency":"EUR"}`:       true,
		`{"amount":19.99,"currency":"EUR"}`:      false,
		`{"amount":"1999","currency":"EUR"}`:     false,
		`{"amount":1999}`:                        false,
		`{"currency":"EUR"}`:                     false,
		`{"amount":1999,"currency":"EURO"}`:      false,
		`{"amount":1,"currency":"EUR","x":true}`: false,
		`1999`:                                   false,
	} {
		var m Money
		if err := json.Unmarshal([]byte(text), &m); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestAdd(t *testing.T) {
	if _, err := (Money{1, "EUR"}).Add(Money{1, "USD"}); err == nil {
		t.Error("two currencies were added")
	}
	if _, err := (Money{math.MaxInt64, "EUR"}).Add(Money{1, "EUR"}); !errors.Is(err, ErrOverflow) {
		t.Errorf("overflow: %v", err)
	}
	if sum, err := (Money{5, "EUR"}).Add(Money{0, "EUR"}); err != nil || sum.Amount != 5 {
		t.Errorf("%v %v", sum, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("1,299.50", "EUR")
	f.Fuzz(func(t *testing.T, text, currency string) {
		m, err := Parse(text, currency, english)
		if err != nil {
			return
		}
		back, err := Parse(m.Format(english), currency, english)
		if err != nil || back != m {
			t.Fatalf("%q is %v, written %q, read %v %v", text, m, m.Format(english), back, err)
		}
	})
}

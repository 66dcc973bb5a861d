package collection

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

// moneyKind is an amount with its currency. The value is a money.Money.
type moneyKind struct{}

func (moneyKind) key(f *Field) string { return f.Name }

func (moneyKind) columns(f *Field) []Column {
	return []Column{{Name: f.Name + "_amount", Type: "bigint"}, {Name: f.Name + "_currency", Type: "character(3)"}}
}

func (moneyKind) names(f *Field) []name {
	return []name{
		{name: f.Name + ".amount", column: f.Name + "_amount", kind: expr.Integer},
		{name: f.Name + ".currency", column: f.Name + "_currency", kind: expr.Text},
	}
}

// decode takes {"amount","currency"}; without a currency it is the field's or
// else the site's.
func (moneyKind) decode(f *Field, raw json.RawMessage, currency string) (any, *problem) {
	var in struct {
		Amount   json.RawMessage `json:"amount"`
		Currency *string         `json:"currency"`
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	decodeErr := d.Decode(&in)
	amount, err := wholeNumber(string(in.Amount))
	if decodeErr != nil || err != nil && !errors.Is(err, strconv.ErrRange) {
		return nil, wrong("not_money", `Must be {"amount": whole minor units, "currency": ISO 4217 code}.`)
	}
	m := money.Money{Amount: amount, Currency: currencyOf(f, currency)}
	if in.Currency != nil {
		if m.Currency = *in.Currency; m.Currency == "" { // none is what the record gives it
			return nil, wrong("currency", "There is no currency %q.", "").within("currency")
		}
	}
	if err != nil {
		return nil, beyondAmount(f, m)
	}
	return m, nil
}

// beyondAmount complains about an amount that does not fit 64 bits; m is the
// nearest that does.
func beyondAmount(f *Field, m money.Money) *problem {
	if p := (moneyKind{}).check(f, m); p != nil {
		return p
	}
	return amountProblem(beyond(nil, m.Amount), m)
}

// amountProblem words a complaint about a bound as people read it: as money,
// not as minor units.
func amountProblem(p *problem, bound money.Money) *problem {
	if p.code == "too_small" {
		p.message = "Must be at least " + bound.String() + "."
	} else {
		p.message = "Must be at most " + bound.String() + "."
	}
	p.part = "amount"
	return p.with("money", bound)
}

func currencyOf(f *Field, site string) string {
	if f.Currency != "" {
		return f.Currency
	}
	return site
}

func (moneyKind) parse(f *Field, text string, loc Locale) (any, *problem) {
	currency := currencyOf(f, loc.Currency)
	m, err := money.Parse(text, currency, loc.separators())
	switch {
	case errors.Is(err, money.ErrPrecision):
		return nil, wrong("too_precise", "%s has %d decimals.", currency, money.Exponent(currency)).with("decimals", money.Exponent(currency))
	case errors.Is(err, money.ErrOverflow):
		nearest := money.Money{Amount: math.MaxInt64, Currency: currency}
		if strings.ContainsAny(text, "-\u2212") {
			nearest.Amount = math.MinInt64
		}
		return nil, beyondAmount(f, nearest)
	case err != nil:
		example := money.Money{Amount: 129950, Currency: currency}.Format(loc.separators())
		return nil, wrong("not_money", "Must be an amount in %s, like %s.", currency, example).with("currency", currency).with("example", example)
	}
	return m, nil
}

func (moneyKind) literal(f *Field, value any, at moment) (any, *problem) {
	switch v := value.(type) {
	case int64:
		return money.Money{Amount: v, Currency: currencyOf(f, at.currency)}, nil
	case manifest.Money:
		return moneyKind{}.literal(f, money.Money{Amount: v.Amount, Currency: v.Currency}, at)
	case money.Money:
		if v.Currency == "" {
			v.Currency = currencyOf(f, at.currency)
		}
		return v, nil
	}
	return nil, wrong("not_money", "Must be an amount of money.")
}

// check lets amounts pass that have no currency yet: they get that of their
// record.
func (moneyKind) check(f *Field, value any) *problem {
	m, ok := value.(money.Money)
	if !ok {
		return wrong("not_money", "Must be an amount of money.")
	}
	if m.Currency != "" && !money.Valid(m.Currency) || f.Currency != "" && m.Currency != f.Currency {
		p := wrong("currency", "There is no currency %q.", m.Currency)
		if f.Currency != "" {
			p = wrong("currency", "Must be in %s.", f.Currency)
		}
		p.part = "currency"
		return p.with("currency", f.Currency)
	}
	p := checkRange(f, m.Amount)
	if p == nil {
		return nil
	}
	bound := m
	if p.code == "too_small" {
		bound.Amount = *f.Min
	} else {
		bound.Amount = *f.Max
	}
	return amountProblem(p, bound)
}

func (moneyKind) args(value any) []any {
	if m, ok := value.(money.Money); ok {
		return []any{m.Amount, m.Currency}
	}
	return []any{nil, nil}
}

func (moneyKind) selection(f *Field) string {
	amount, currency := column(f.Name+"_amount"), column(f.Name+"_currency")
	return "case when " + amount + " is not null then json_build_object('amount', " + amount + ", 'currency', " + currency + ") end"
}

func (moneyKind) schema(f *Field) map[string]any {
	amount := map[string]any{"type": "integer", "format": "int64", "description": "In the currency's minor unit: 1999 is 19.99 euros."}
	addRange(amount, f)
	currency := map[string]any{"type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217 code; the site's currency when left out."}
	if f.Currency != "" {
		currency = map[string]any{"type": "string", "const": f.Currency}
	}
	return map[string]any{
		"type": "object", "properties": map[string]any{"amount": amount, "currency": currency},
		"required": []string{"amount"}, "additionalProperties": false,
	}
}

// text is the amount with its currency: "12.50 EUR".
func (moneyKind) text(_ *Field, value any) string { return value.(money.Money).String() }

func (k moneyKind) parseText(f *Field, text, currency string) (any, *problem) {
	loc := Locale{Currency: currency}
	if at := strings.LastIndexByte(text, ' '); at > 0 && money.Valid(text[at+1:]) {
		loc.Currency, text = text[at+1:], text[:at]
		if f.Currency != "" && f.Currency != loc.Currency {
			return nil, k.check(f, money.Money{Currency: loc.Currency})
		}
	}
	return k.parse(f, text, loc)
}

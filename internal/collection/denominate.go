package collection

import (
	"maps"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

// currencyField is what a currency field is called that amounts without a
// currency of their own take theirs from.
const currencyField = "currency"

// denomination says where an amount that is written without a currency has it
// from: a field of the record or of its line, or "setting.x". Empty: it is the
// field's own or the site's.
func (c *Collection) denomination(f *Field) string {
	switch {
	case f.Kind != manifest.KindMoney || f.Currency != "":
		return ""
	case f.CurrencyOf != "":
		return f.CurrencyOf
	case c == nil:
		return ""
	}
	if own, ok := c.byName[currencyField]; ok && own.Kind == manifest.KindCurrency && !own.Many {
		return currencyField
	}
	return ""
}

// assumed is the currency that an amount of the field is read with before its
// record is known: none, if the record decides.
func (c *Collection) assumed(f *Field, site string) string {
	if c.denomination(f) != "" {
		return ""
	}
	return site
}

// undenominated reports whether the values hold an amount whose currency the
// record decides.
func (v Values) undenominated() bool {
	for _, value := range v {
		if m, ok := value.(money.Money); ok && m.Currency == "" {
			return true
		}
	}
	return false
}

// denominate gives amounts that were written without a currency that of their
// record. The currencies are those that the record is assumed to get, until it
// has them. It reports with which it went by.
func (d *draft) denominate(assumed Values) {
	c := d.records.Collection
	for _, f := range c.fields {
		d.fill(f, d.values, nil, assumed)
		for _, line := range d.lines[f.Name] {
			for _, one := range line.of.fields {
				d.fill(one, line.values, line, assumed)
			}
		}
	}
	if !d.params.undenominated() {
		return
	}
	d.params = maps.Clone(d.params)
	for name, value := range d.params {
		if m, ok := value.(money.Money); ok && m.Currency == "" {
			f := c.byName[name]
			if f == nil {
				f = &Field{Field: &manifest.Field{Kind: manifest.KindMoney}}
			}
			m.Currency = d.currencyFor(f, nil, assumed)
			d.params[name] = m
		}
	}
}

func (d *draft) fill(f *Field, values Values, line *draftLine, assumed Values) {
	m, ok := values[f.Name].(money.Money)
	if !ok || m.Currency != "" {
		return
	}
	m.Currency = d.currencyFor(f, line, assumed)
	values[f.Name] = m
	d.denominated = append(d.denominated, denominated{f, line, m.Currency})
}

// denominated is an amount that was given a currency.
type denominated struct {
	field *Field
	line  *draftLine
	as    string
}

// currencyFor is the currency of the record, or of the line, as far as it is
// known.
func (d *draft) currencyFor(f *Field, line *draftLine, assumed Values) string {
	source := d.records.Collection.denomination(f)
	if setting, ok := strings.CutPrefix(source, "setting."); ok {
		if code, ok := d.records.Settings[setting].(string); ok && code != "" {
			return code
		}
		return d.records.Currency
	}
	if line != nil && line.of.byName[source] != nil {
		if code, ok := line.values[source].(string); ok {
			return code
		}
	}
	for _, values := range []Values{d.values, assumed} {
		if code, ok := values[source].(string); ok && code != "" {
			return code
		}
	}
	return d.records.Currency
}

// redenominated returns the currencies of the record, if amounts were given
// others before they were known; nil otherwise.
func (d *draft) redenominated() Values {
	for _, one := range d.denominated {
		if d.currencyFor(one.field, one.line, nil) == one.as {
			continue
		}
		currencies := Values{}
		for _, f := range d.records.Collection.fields {
			if f.Kind == manifest.KindCurrency {
				currencies[f.Name] = d.values[f.Name]
			}
		}
		return currencies
	}
	return nil
}

// denominateAlone is denominate for a record of which everything is known.
func (r Records) denominateAlone(v Values) {
	if !v.undenominated() {
		return
	}
	d := r.newDraft([16]byte{})
	d.values = v
	d.denominate(nil)
}

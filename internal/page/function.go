package page

import (
	"context"
	"fmt"
	"html/template"
	"strconv"
	"time"

	"github.com/dramac-main/dramac-cms/sdk/money"
)

// step is called by every round of a range. Authors cannot call it: the check at
// publish admits the functions of manifest.TemplateFunctions only.
const step = "_step"

// run is what the functions of one execution of a template know.
type run struct {
	ctx       context.Context
	words     Words
	currency  string // of the site
	translate func(string) string
	form      func(name string) (template.HTML, error)
}

// functions returns the functions of a template. They read the current run
// through the pointer, so one escaped template serves many runs in turn.
func functions(now **run) template.FuncMap {
	return template.FuncMap{
		"form":  func(name string) (template.HTML, error) { return (*now).form(name) },
		"link":  link,
		"image": image,
		"money": func(value any) (string, error) { return (*now).money(value) },
		"date":  func(value any) (string, error) { return (*now).date(value) },
		"t":     func(text string) string { return (*now).translate(text) },
		step:    func() (bool, error) { return false, (*now).ctx.Err() },
	}
}

// money writes {"amount", "currency"} in the site's locale; empty for no value.
func (r *run) money(value any) (string, error) {
	if value == nil {
		return "", nil
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return "", fmt.Errorf("money: this is not an amount with a currency")
	}
	if fields["amount"] == nil {
		return "", nil
	}
	amount, ok := fields["amount"].(int64)
	if !ok {
		return "", fmt.Errorf("money: the amount is not a whole number of minor units")
	}
	currency, _ := fields["currency"].(string)
	if currency == "" {
		currency = r.currency
	}
	return r.words.Money(money.Money{Amount: amount, Currency: currency}), nil
}

// date writes a day or an instant; empty for no value.
func (r *run) date(value any) (string, error) {
	text, ok := value.(string)
	if value == nil || text == "" && ok {
		return "", nil
	}
	if !ok {
		return "", fmt.Errorf("date: this is not a date")
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return r.words.DateTime(at), nil
	}
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return "", fmt.Errorf("date: this is not a date")
	}
	return r.words.CivilDate(text), nil
}

// plainText returns text and numbers as text; everything else is empty.
func plainText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	}
	return ""
}

package collection

import (
	"encoding/json"
	"net/url"
	"strconv"

	"github.com/dramac-main/dramac-cms/sdk/money"
)

// FilterValue reads what people typed for a field and writes it as conditions in
// URLs have it: numbers with a point, days as 2026-11-28, of money the amount in
// minor units. The error tells what is wrong with it.
func (c *Collection) FilterValue(name, typed string, loc Locale) (string, error) {
	f, ok := c.byName[name]
	if !ok {
		return typed, nil
	}
	var found complaints
	values := Values{}
	plain := *f
	declared := *f.Field
	// What is stored may break the bounds of today, and is looked for all the same.
	declared.Required, declared.Min, declared.Max, declared.Pattern = false, nil, nil, ""
	plain.Field = &declared
	found.add(f.key, readForm(values, &plain, formInputs{url.Values{f.key: {typed}}, f.key}, loc))
	if err := found.err(); err != nil {
		return "", err
	}
	if m, ok := values[name].(money.Money); ok {
		return strconv.FormatInt(m.Amount, 10), nil
	}
	raw, err := encodeValue(f, values[name])
	if err != nil {
		return "", err
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text, nil
	}
	return string(raw), nil
}

package collection

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/sdk/money"
)

// readable selects a column so that fromColumns can take it: what the driver
// would read as a type of its own comes as text.
func readable(sql string, c Column) string {
	switch c.Type {
	case "date", "jsonb", "time without time zone", "character(3)":
		return "(" + sql + ")::text"
	}
	return "(" + sql + ")::" + c.Type
}

// fromColumns makes a field's value of what its columns hold, read by readable.
func (f *Field) fromColumns(values []any) any {
	if len(values) == 0 || values[0] == nil {
		return nil
	}
	if len(values) == 2 {
		amount, _ := values[0].(int64)
		currency, _ := values[1].(string)
		return money.Money{Amount: amount, Currency: currency}
	}
	switch v := values[0].(type) {
	case string:
		return f.kept(v)
	case [16]byte:
		return uuid.UUID(v)
	case time.Time:
		return v.UTC()
	case []any:
		var texts []string
		for _, one := range v {
			if text, ok := one.(string); ok {
				texts = append(texts, text)
			}
		}
		if texts == nil {
			return nil
		}
		return texts
	}
	return values[0]
}

// kept is the value of a text as a column holds it.
func (f *Field) kept(text string) any {
	switch {
	case f.sealed():
		return Sealed(text)
	case f.columns[0].Type == "jsonb":
		value, p := f.kind.decode(f, json.RawMessage(text), "")
		if p != nil { // of a version that was less strict
			return json.RawMessage(text)
		}
		return value
	case f.columns[0].Type == "character(3)":
		return strings.TrimSpace(text)
	}
	return text
}

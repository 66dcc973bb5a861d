package expr

import (
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dramac-main/dramac-cms/sdk/money"
)

// number is an exact number in natural units, with its kind: 16 % is 0.16, a
// duration is milliseconds.
type number struct {
	*big.Rat
	kind Kind
}

func ratOf(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

// scaled returns the number as tables store it, rounded.
func (n number) scaled(t Type) *big.Int {
	r := n.Rat
	switch t.Kind {
	case Percent:
		r = new(big.Rat).Quo(r, millionth)
	case Decimal:
		r = new(big.Rat).Mul(r, new(big.Rat).SetInt(power(t.Scale)))
	}
	return whole(r)
}

// stored returns the number as tables store it; false when it cannot be so
// without rounding.
func (n number) stored(t Type) (int64, bool) {
	scaled := n.scaled(t)
	back := new(big.Rat).SetInt(scaled)
	switch t.Kind {
	case Percent:
		back.Mul(back, millionth)
	case Decimal:
		back.Quo(back, new(big.Rat).SetInt(power(t.Scale)))
	}
	return scaled.Int64(), scaled.IsInt64() && back.Cmp(n.Rat) == 0
}

// amount is money while it is computed with. Without a currency it is 0 of any.
type amount struct {
	*big.Rat
	currency string
}

// meets reports whether two amounts can be added and compared.
func (a amount) meets(b amount) bool {
	return a.currency == "" || b.currency == "" || a.currency == b.currency
}

func (a amount) common(b amount) string {
	if a.currency == "" {
		return b.currency
	}
	return a.currency
}

// list is a list while it is computed with.
type list []string

// civil is a date: days since 1970-01-01.
type civil int64

func readCivil(text string) (civil, bool) {
	at, err := time.Parse(time.DateOnly, text)
	return civilOf(at), err == nil
}

// civilOf is the date of an instant in its zone.
func civilOf(at time.Time) civil {
	y, m, d := at.Date()
	return civil(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func (c civil) time() time.Time { return time.Unix(int64(c)*86400, 0).UTC() }

// String returns YYYY-MM-DD.
func (c civil) String() string { return c.time().Format(time.DateOnly) }

func (c civil) midnight(zone *time.Location) time.Time {
	y, m, d := c.time().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone).UTC()
}

func (e *evaluator) literal(l Literal) any {
	switch l.Kind {
	case Integer, Decimal, Percent, Duration, Months:
		return number{exact(l), l.Kind}
	case Money:
		return amount{Rat: new(big.Rat)}
	case Date:
		day, _ := readCivil(l.Value.(string))
		return day
	case Instant:
		at, err := time.Parse(time.RFC3339Nano, l.Value.(string))
		if err != nil {
			return e.fail("the instant %v: %w", l.Value, err)
		}
		return at.UTC()
	case JSON:
		return e.json(json.RawMessage(l.Value.(string)))
	}
	return l.Value
}

// path reads a value of a row.
func (e *evaluator) path(p Path) any {
	end := len(p.Steps) - p.part
	row := e.rows[len(e.rows)-1-p.up]
	v := e.load(row.Value(p.Steps[p.skip:end]), p.whole)
	if p.partOfJSON() {
		return e.fail("%q is compared by the database only", p.name())
	}
	return e.part(v, p.whole, p.Steps[end:])
}

// isNull holds also for an empty list, and of JSON for null and for what is not
// there.
func (e *evaluator) isNull(n Node) bool {
	p, ok := bare(n).(Path)
	if !ok || p.part == 0 || p.whole.Kind != JSON || p.json {
		v := e.eval(n)
		items, ok := v.(list)
		return v == nil || ok && len(items) == 0
	}
	end := len(p.Steps) - p.part
	return jsonAt(e.load(e.rows[len(e.rows)-1-p.up].Value(p.Steps[p.skip:end]), p.whole), p.Steps[end:]) == nil
}

// load turns what a Row holds into what is computed with.
func (e *evaluator) load(v any, t Type) any {
	if v == nil {
		return nil
	}
	if t.List {
		return e.loadList(v)
	}
	switch t.Kind {
	case Integer, Decimal, Percent, Duration, Months:
		return e.loadNumber(v, t)
	case Money:
		if m, ok := v.(money.Money); ok {
			return amount{ratOf(m.Amount), m.Currency}
		}
	case Date:
		if text, ok := v.(string); ok {
			if day, ok := readCivil(text); ok {
				return day
			}
		}
	case Instant:
		switch v := v.(type) {
		case time.Time:
			return v.UTC().Truncate(time.Microsecond)
		case string:
			if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
				return at.UTC().Truncate(time.Microsecond)
			}
		}
	case JSON:
		return e.json(v)
	case Boolean:
		if b, ok := v.(bool); ok {
			return b
		}
	default:
		switch v := v.(type) {
		case string:
			return v
		case fmt.Stringer:
			return v.String()
		}
	}
	return e.fail("%T is not %s", v, t)
}

func (e *evaluator) loadNumber(v any, t Type) any {
	switch v := v.(type) {
	case int:
		return e.loadNumber(int64(v), t)
	case *big.Rat:
		return number{v, t.Kind}
	case int64:
		r := ratOf(v)
		switch t.Kind {
		case Percent:
			r.Mul(r, millionth)
		case Decimal:
			r.Quo(r, new(big.Rat).SetInt(power(t.Scale)))
		}
		return number{r, t.Kind}
	}
	return e.fail("%T is not %s", v, t)
}

func (e *evaluator) loadList(v any) any {
	switch v := v.(type) {
	case []string:
		return list(v)
	case []any:
		items := make(list, len(v))
		for i, item := range v {
			items[i] = fmt.Sprint(item)
		}
		return items
	}
	if ids := reflect.ValueOf(v); ids.Kind() == reflect.Slice {
		items := make(list, ids.Len())
		for i := range items {
			items[i] = fmt.Sprint(ids.Index(i).Interface())
		}
		return items
	}
	return e.fail("%T is not a list", v)
}

// part takes the part of a value that the steps name.
func (e *evaluator) part(v any, t Type, steps []string) any {
	if len(steps) == 0 || v == nil {
		return v
	}
	if t.Kind == Money {
		a, _ := v.(amount)
		if steps[0] == "amount" {
			return number{a.Rat, Integer}
		}
		if a.currency == "" {
			return nil
		}
		return a.currency
	}
	return jsonText(v, steps)
}

// json decodes JSON that a row holds as bytes or text; what is decoded already
// is taken as it is.
func (e *evaluator) json(v any) any {
	var raw []byte
	switch v := v.(type) {
	case json.RawMessage:
		raw = v
	case []byte:
		raw = v
	default:
		return v
	}
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var decoded any
	if err := d.Decode(&decoded); err != nil {
		return e.fail("JSON: %w", err)
	}
	return decoded
}

// jsonAt is PostgreSQL's #>.
func jsonAt(v any, keys []string) any {
	for _, key := range keys {
		switch inner := v.(type) {
		case map[string]any:
			v = inner[key]
		case []any:
			i, err := strconv.Atoi(key)
			if i < 0 {
				i += len(inner)
			}
			if err != nil || i < 0 || i >= len(inner) {
				return nil
			}
			v = inner[i]
		default:
			return nil
		}
	}
	return v
}

// jsonText is PostgreSQL's #>> for texts, numbers and truths.
func jsonText(v any, keys []string) any {
	switch v := jsonAt(v, keys).(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return numericText(v.String())
	case float64:
		return numericText(strconv.FormatFloat(v, 'f', -1, 64))
	case int64:
		return strconv.FormatInt(v, 10)
	}
	return nil
}

// numericText writes a number of JSON as numeric does: without an exponent,
// with the digits after the point that it was written with.
func numericText(text string) string {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	shift, _ := strconv.Atoi(exponent)
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(mantissa, "-"), ".")
	r, ok := new(big.Rat).SetString(text)
	if !ok || len(whole)+len(fraction)+max(shift, -shift) > 1000 {
		return text
	}
	return r.FloatString(max(0, len(fraction)-shift))
}

// contains is jsonb's @>.
func contains(a, b any, top bool) bool {
	switch b := b.(type) {
	case map[string]any:
		object, ok := a.(map[string]any)
		if !ok {
			return false
		}
		for key, item := range b {
			other, has := object[key]
			if !has || !contains(other, item, false) {
				return false
			}
		}
		return true
	case []any:
		array, ok := a.([]any)
		if !ok {
			return false
		}
		for _, item := range b {
			if !slices.ContainsFunc(array, func(other any) bool { return contains(other, item, false) }) {
				return false
			}
		}
		return true
	}
	if array, ok := a.([]any); ok && top { // an array contains a scalar, at the top only
		return slices.ContainsFunc(array, func(other any) bool { return contains(other, b, false) })
	}
	return sameScalar(a, b)
}

func sameScalar(a, b any) bool {
	x, xOK := a.(json.Number)
	y, yOK := b.(json.Number)
	if xOK && yOK {
		p, _ := new(big.Rat).SetString(x.String())
		q, _ := new(big.Rat).SetString(y.String())
		return p != nil && q != nil && p.Cmp(q) == 0
	}
	switch a.(type) {
	case map[string]any, []any:
		return false
	}
	return a == b
}

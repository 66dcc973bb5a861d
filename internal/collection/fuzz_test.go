package collection

import (
	"net/url"
	"regexp"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

func fuzzItem(t testing.TB) *Collection {
	m, err := Compile(rental(), "mod_00000000")
	if err != nil {
		t.Fatal(err)
	}
	c, _ := m.Collection("item")
	return c
}

// onlyOurs matches what a select list, an order and a condition may consist of.
var onlyOurs = regexp.MustCompile(`^(?:t\."[a-z_]+"|x\."[a-z_]+"|x\.(?:site_id|id|deleted_at)|t\.site_id|"mod_00000000"\."[a-z]+" x|"[a-z_]+"|"C"` +
	`|\$[0-9]+::(?:text|bigint|numeric|boolean|date|timestamptz|uuid)(?:\[\])?|'(?:amount|currency)'` +
	`|and|or|not|is|null|true|false|distinct|from|any|like|ilike|collate|case|when|then|end|select|where|as|json_build_object|nulls|first|last|desc|[=<>]|<=|>=|[(), ])+$`)

func FuzzParseQuery(f *testing.F) {
	c := fuzzItem(f)
	f.Add("select=name,price&order=price->amount.desc&name=eq.x&or=(quantity.gt.1,name.is.null)")
	f.Add("name=eq.'; drop table item; --")
	f.Fuzz(func(t *testing.T, text string) {
		values, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		q, err := c.ParseQuery(values)
		if err != nil {
			return
		}
		access := Access{Fields: []string{"name", "price"}}
		if q, err = c.checkQuery(q, access); err != nil {
			return
		}
		projection, err := c.projection(q.Select, access, nil)
		if err != nil {
			return
		}
		where, err := expr.Compile(q.Where, c.columnOf, &expr.Args{})
		if err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{projection, where, c.orderBy(q.Order)} {
			if !onlyOurs.MatchString(sql) {
				t.Fatalf("%s: foreign text in %s", text, sql)
			}
		}
		for _, n := range expr.Names(q.Where) {
			if n == "quantity" || n == "site_id" {
				t.Fatalf("%s filters by a hidden field", text)
			}
		}
	})
}

func FuzzDecodeJSON(f *testing.F) {
	c := fuzzItem(f)
	f.Add([]byte(`{"name":"a","quantity":1,"price":{"amount":1},"bought_on":"2026-01-01","version":2}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		v, err := c.DecodeJSON(body, "EUR")
		if err != nil {
			return
		}
		if found := c.check(v, Access{}); len(found) > 0 {
			t.Fatalf("%s passes and then does not: %v", body, found)
		}
	})
}

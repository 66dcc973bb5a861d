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
var onlyOurs = regexp.MustCompile(`^(?:"[A-Za-z_][A-Za-z0-9_]*"|[txrsec][0-9]?\.(?:"[A-Za-z0-9_]+"|\*|[a-z_]+)|\b[txrsec][0-9]?\b|"C"` +
	`|\$[0-9]+::(?:text|bigint|numeric|boolean|date|timestamptz|uuid)(?:\[\])?|'(?:amount|currency|\[\])'|::(?:text|bigint|numeric|double precision|date|timestamptz|json|jsonb)` +
	`|\b(?:and|or|not|is|null|true|false|distinct|from|any|like|ilike|collate|case|when|then|end|select|where|as|json_build_object|nulls|first|last|desc` +
	`|order|group|by|limit|offset|left|join|lateral|on|exists|coalesce|json_agg|row_to_json|to_jsonb?|count|sum|avg|min|max|round|v|1)\b|<>|<=|>=|[=<>(),.* ])+$`)

func FuzzParseQuery(f *testing.F) {
	c := fuzzItem(f)
	f.Add("select=name,price&order=price->amount.desc&name=eq.x&or=(quantity.gt.1,name.is.null)")
	f.Add("name=eq.'; drop table item; --")
	f.Add("name=eq.x&select=name,code&order=price->amount.desc&or=(code.eq.1,name.is.null)")
	f.Add("select=a:name,b:price->amount::text,category(*),item!inner(name),s:item(price.sum(),n:count(),category(name))&category.name=eq.x&item.order=name&item.limit=3&item.price->amount=gt.3&order=category(name).desc")
	f.Fuzz(func(t *testing.T, text string) {
		values, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		q, err := c.ParseQuery(values)
		if err != nil {
			return
		}
		access := Access{Fields: []string{"name", "price", "category", "code"}}
		sql, err := statementOf(c, q, access)
		if err != nil {
			return
		}
		if !onlyOurs.MatchString(sql) {
			t.Fatalf("%s: foreign text in %s", text, sql)
		}
		for _, p := range expr.Paths(q.Where) {
			if p[0] == "quantity" || p[0] == "site_id" {
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

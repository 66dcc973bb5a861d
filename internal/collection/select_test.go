package collection

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// everything is a reach that shows every collection whole.
func everything(*Collection) (Access, bool) { return Access{}, true }

// shop fills a site with two categories, four items and three bookings.
func (w world) shop(site uuid.UUID) Records {
	w.Helper()
	ids := map[string]string{}
	add := func(collection, name, body string) {
		for known, id := range ids {
			body = strings.ReplaceAll(body, "<"+known+">", id)
		}
		ids[name] = w.create(w.records(site, collection), body)["id"].(string)
	}
	add("category", "tools", `{"name":"Tools"}`)
	add("category", "tents", `{"name":"Tents"}`)
	add("item", "drill", `{"name":"Drill","quantity":2,"price":{"amount":1000,"currency":"EUR"},"category_id":"<tools>","code":"AB1"}`)
	add("item", "saw", `{"name":"Saw","quantity":5,"price":{"amount":2001,"currency":"EUR"},"category_id":"<tools>","parent_id":"<drill>"}`)
	add("item", "tent", `{"name":"Tent","quantity":1,"price":{"amount":9000,"currency":"USD"},"category_id":"<tents>"}`)
	add("item", "rope", `{"name":"Rope","quantity":7}`)
	add("booking", "ada", `{"customer":"Ada","item_id":"<drill>","starts_on":"2026-01-01"}`)
	add("booking", "bob", `{"customer":"Bob","item_id":"<drill>","starts_on":"2026-01-02"}`)
	add("booking", "cyd", `{"customer":"Cyd","item_id":"<tent>","starts_on":"2026-01-03"}`)
	r := w.records(site, "item")
	r.Reach = everything
	return r
}

// answer runs a query string and returns the JSON without its white space.
func (w world) answer(r Records, query string) (string, error) {
	w.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		w.Fatal(err)
	}
	q, err := r.Collection.ParseQuery(values)
	if err != nil {
		return "", err
	}
	page, err := r.List(w.Context(), q)
	if err != nil {
		return "", err
	}
	var any []any
	if err := json.Unmarshal(page.JSON, &any); err != nil || len(any) != page.Rows {
		w.Fatalf("%s: %v, %d rows", page.JSON, err, page.Rows)
	}
	out, _ := json.Marshal(any)
	return string(out), nil
}

func TestSelect(t *testing.T) {
	w := newWorld(t)
	items := w.shop(w.a)
	w.shop(w.b)
	for _, row := range []struct{ query, want string }{
		{"select=name&order=name", `[{"name":"Drill"},{"name":"Rope"},{"name":"Saw"},{"name":"Tent"}]`},
		{"select=title:name,quantity::text&name=eq.Drill", `[{"quantity":"2","title":"Drill"}]`},
		{"select=price->amount,c:price->>currency&name=eq.Drill", `[{"amount":1000,"c":"EUR"}]`},
		{"select=*,nothing:price::text&name=eq.Rope&limit=0", `[]`},
		{"select=name,category(name)&order=name", `[{"category":{"name":"Tools"},"name":"Drill"},{"category":null,"name":"Rope"},{"category":{"name":"Tools"},"name":"Saw"},{"category":{"name":"Tents"},"name":"Tent"}]`},
		{"select=name,kind:category!inner(name)&kind.name=eq.Tents", `[{"kind":{"name":"Tents"},"name":"Tent"}]`},
		{"select=name,category(name)&category.name=eq.Tents&name=eq.Drill", `[{"category":null,"name":"Drill"}]`},
		{"select=name,...category(kind:name)&name=in.(Drill,Rope)&order=name", `[{"kind":"Tools","name":"Drill"},{"kind":null,"name":"Rope"}]`},
		{"select=name,...category(category_name:name,price:id::json)&name=eq.Rope", `[{"category_name":null,"name":"Rope","price":null}]`},
		{"select=name,booking(customer)&booking.order=customer.desc&name=eq.Drill", `[{"booking":[{"customer":"Bob"},{"customer":"Ada"}],"name":"Drill"}]`},
		{"select=name,booking(customer)&booking.limit=1&booking.offset=1&booking.order=customer&name=eq.Drill", `[{"booking":[{"customer":"Bob"}],"name":"Drill"}]`},
		{"select=name,booking!inner(customer)&booking.starts_on=gt.2026-01-01&order=name", `[{"booking":[{"customer":"Bob"}],"name":"Drill"},{"booking":[{"customer":"Cyd"}],"name":"Tent"}]`},
		{"select=name,booking!inner()&order=name", `[{"name":"Drill"},{"name":"Tent"}]`},
		{"select=name,booking()&booking=is.null&order=name", `[{"name":"Rope"},{"name":"Saw"}]`},
		{"select=name,booking()&booking=not.is.null&order=name", `[{"name":"Drill"},{"name":"Tent"}]`},
		{"select=name,booking()&booking.or=(customer.eq.Cyd,customer.eq.Zoe)&booking=not.is.null", `[{"name":"Tent"}]`},
		{"select=name,parent!parent(name,category(name,item(name)))&name=eq.Saw&parent.category.item.order=name", `[{"name":"Saw","parent":{"category":{"item":[{"name":"Drill"},{"name":"Saw"}],"name":"Tools"},"name":"Drill"}}]`},
		{"select=name&order=name.desc&limit=1", `[{"name":"Tent"}]`},
		{"select=name,category(name)&order=category(name).desc.nullslast,name&limit=2", `[{"category":{"name":"Tools"},"name":"Drill"},{"category":{"name":"Tools"},"name":"Saw"}]`},
		{"select=count()", `[{"count":4}]`},
		{"select=quantity.sum(),n:count(),quantity.max(),low:quantity.min()", `[{"low":1,"max":7,"n":4,"sum":15}]`},
		{"select=quantity.avg()::text&name=in.(Drill,Rope)", `[{"avg":"4.5000000000000000"}]`},
		{"select=price.sum(),n:count(),price->>currency&order=n.desc,currency", `[{"n":2,"currency":"EUR","sum":{"amount":3001,"currency":"EUR"}},{"n":1,"currency":"USD","sum":{"amount":9000,"currency":"USD"}},{"n":1,"currency":null,"sum":null}]`},
		{"select=mean:price.avg()&price->>currency=eq.EUR", `[{"mean":{"amount":1501,"currency":"EUR"}}]`},
		{"select=category(name),quantity.sum()&order=sum", `[{"category":{"name":"Tents"},"sum":1},{"category":{"name":"Tools"},"sum":7},{"category":null,"sum":7}]`},
		{"select=...category(kind:name),quantity.sum()&order=kind", `[{"kind":"Tents","sum":1},{"kind":"Tools","sum":7},{"kind":null,"sum":7}]`},
		{"select=price,count()&order=count&name=eq.Drill", `[{"count":1,"price":{"amount":1000,"currency":"EUR"}}]`},
		{"select=name,booking(count())&order=name", `[{"booking":[{"count":2}],"name":"Drill"},{"booking":[{"count":0}],"name":"Rope"},{"booking":[{"count":0}],"name":"Saw"},{"booking":[{"count":1}],"name":"Tent"}]`},
	} {
		got, err := w.answer(items, row.query)
		if err != nil || sorted(t, got) != sorted(t, row.want) {
			t.Errorf("%s:\n got %s %v\nwant %s", row.query, got, err, row.want)
		}
	}
}

// sorted writes JSON with its keys in order.
func sorted(t testing.TB, text string) string {
	t.Helper()
	var any any
	if text != "" {
		if err := json.Unmarshal([]byte(text), &any); err != nil {
			t.Fatal(err)
		}
	}
	out, _ := json.Marshal(any)
	return string(out)
}

func TestSelectRefuses(t *testing.T) {
	w := newWorld(t)
	items := w.records(w.a, "item")
	items.Reach = everything
	for _, row := range []struct{ query, code, path string }{
		{"select=nam", "unknown_field", "select"},
		{"select=name,categry(name)", "unknown_relation", "select"},
		{"select=category(nam)", "unknown_field", "category.select"},
		{"select=name,name", "", ""},
		{"select=a:name,a:code", "repeated", "select"},
		{"select=name,", "syntax", "select"},
		{"select=name)", "syntax", "select"},
		{"select=category(name", "syntax", "select"},
		{"select=category(item(category(item(name))))", "limit", "select"},
		{"select=name::regclass", "cast", "select"},
		{"select=name::int", "cast", "select"},
		{"select=name.sum()", "type", "select"},
		{"select=name.first()", "syntax", "select"},
		{"select=...booking(customer)", "not_one", "select"},
		{"select=item(name)", "", ""},
		{"select=name&category.name=eq.x", "not_embedded", "category.name"},
		{"select=category(name)&category.nam=eq.x", "unknown_field", "category.nam"},
		{"select=booking(customer)&order=booking(customer)", "not_embedded", "order"},
		{"select=name,count()&order=quantity", "not_selected", "order"},
		{"select=price->euro", "unknown_field", "select"},
		{`select=a":name`, "syntax", "select"},
	} {
		_, err := w.answer(items, row.query)
		if row.code == "" {
			if err != nil {
				t.Errorf("%s: %v", row.query, err)
			}
			continue
		}
		wants(t, err, errs.Invalid, row.code, row.path)
	}
}

// TestEmbeddingKeepsToReaches asks through relations for what is hidden.
func TestEmbeddingKeepsToReaches(t *testing.T) {
	w := newWorld(t)
	items := w.shop(w.a)
	booking, _ := w.module.Collection("booking")
	items.Reach = func(c *Collection) (Access, bool) {
		switch c.Name {
		case "booking":
			when, err := booking.condition(`customer == "Bob"`)
			if err != nil {
				t.Fatal(err)
			}
			return Access{Fields: []string{"customer", "item"}, When: when}, true
		case "item":
			return Access{Fields: []string{"name", "booking"}}, true
		}
		return Access{}, false
	}
	_, err := w.answer(items, "select=name,booking(*)&booking.select=&name=eq.Drill")
	wants(t, err, errs.Invalid, "unknown_parameter", "booking.select")
	got, err := w.answer(items, "select=name,booking(customer)&name=eq.Drill")
	if err != nil || got != `[{"booking":[{"customer":"Bob"}],"name":"Drill"}]` {
		t.Errorf("%s %v", got, err)
	}
	for query, path := range map[string]string{
		"select=category(name)":                             "select",         // no right to read it
		"select=booking(status)":                            "booking.select", // a hidden field
		"select=booking(customer)&booking.status=eq.x":      "booking.status", // filtered by
		"select=booking(customer)&booking.order=status":     "booking.order",  // ordered by
		"select=booking(customer,item(name,quantity))":      "booking.item.select",
		"select=booking(customer,item(parent(name)))":       "booking.item.select", // a hidden reference
		"select=booking(customer,item(inverse:item(name)))": "booking.item.select", // and from its other side
	} {
		_, err := w.answer(items, query)
		e := errs.Of(err)
		if e == nil || len(e.Fields) != 1 || e.Fields[0].Path != path || !strings.HasPrefix(e.Fields[0].Code, "unknown_") {
			t.Errorf("%s: %v %+v", query, err, e)
		}
	}
	if got, err = w.answer(items, "select=name,booking!inner(customer)&order=name"); err != nil || got != `[{"booking":[{"customer":"Bob"}],"name":"Drill"}]` {
		t.Errorf("what is hidden is counted as there: %s %v", got, err)
	}
}

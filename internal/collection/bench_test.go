package collection

import (
	"net/url"
	"testing"
)

// BenchmarkListCompile is a list from URL to statement, without the database.
func BenchmarkListCompile(b *testing.B) {
	c := fuzzItem(b)
	values := url.Values{"quantity": {"gte.1"}, "name": {"eq.Drill"}, "order": {"price->amount.desc"}, "limit": {"50"}}
	b.ReportAllocs()
	for b.Loop() {
		q, err := c.ParseQuery(values)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := statementOf(c, q, Access{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeJSON is a body from bytes to checked values.
func BenchmarkDecodeJSON(b *testing.B) {
	c := fuzzItem(b)
	body := []byte(`{"name":"Drill","quantity":1,"price":{"amount":1999},"bought_on":"2026-01-01"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.DecodeJSON(body, "EUR"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRecords are whole calls, the database included.
func BenchmarkRecords(b *testing.B) {
	w := newWorld(b)
	items := w.records(w.a, "item")
	values := Values{"name": "Drill", "quantity": int64(3)}
	id := idOf(b, w.create(items, `{"name":"Drill","quantity":3}`))
	b.Run("create", func(b *testing.B) {
		for b.Loop() {
			if _, err := items.Create(b.Context(), values); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("get", func(b *testing.B) {
		for b.Loop() {
			if _, err := items.Get(b.Context(), id, Query{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("list of 50", func(b *testing.B) {
		for b.Loop() {
			if _, err := items.List(b.Context(), Query{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

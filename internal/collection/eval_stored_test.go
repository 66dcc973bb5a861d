package collection

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// TestStoredComputedValuesAreWhatTheirExpressionsSay writes random records, and
// changes them, and then has PostgreSQL work out every stored computed value
// anew from the rows.
func TestStoredComputedValuesAreWhatTheirExpressionsSay(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	amount := func() string { return fmt.Sprintf(`{"amount":%d}`, r.IntN(200_000)) }
	percent := func() string { return fmt.Sprintf("%d.%04d", r.IntN(100), r.IntN(10_000)) }

	w := nounWorld(t, "invoices")
	invoices := w.records(w.a, "invoice")
	invoices.Settings = map[string]any{"invoice_prefix": "INV"}
	party := w.create(w.records(w.a, "party"), `{"name":"Acme"}`)["id"]
	lines := func() string {
		var all []string
		for range r.IntN(4) {
			all = append(all, fmt.Sprintf(`{"text":"x","quantity":%d.%04d,"unit_price":%s,"discount":%s}`, r.IntN(30), r.IntN(10_000), amount(), percent()))
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	for n := range 30 {
		id := idOf(t, w.create(invoices, fmt.Sprintf(`{"party_id":%q,"lines":%s}`, party, lines())))
		if n%2 == 0 {
			if _, err := w.tryUpdate(invoices, id, `{"lines":`+lines()+`}`); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.storedAsComputed(invoices, 3)

	w = nounWorld(t, "sales")
	deals := w.records(w.a, "deal")
	pipeline := w.create(w.records(w.a, "pipeline"), `{"name":"Sales"}`)
	w.create(w.records(w.a, "stage"), fmt.Sprintf(`{"pipeline_id":%q,"name":"New","kind":"open","probability":10}`, pipeline["id"]))
	deals.Settings = map[string]any{"default_pipeline": idOf(t, pipeline), "rotting": true}
	for range 30 {
		id := idOf(t, w.create(deals, `{"name":"x","amount":`+amount()+`}`))
		for _, change := range []string{`{"manual":true,"probability":` + percent() + `}`, `{"amount":` + amount() + `}`, `{"amount":null}`}[:r.IntN(4)] {
			if _, err := w.tryUpdate(deals, id, change); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.storedAsComputed(deals, 1)
}

// storedAsComputed compares the stored computed values of all records, of which
// there are so many fields, with their expressions over the rows.
func (w world) storedAsComputed(r Records, fields int) {
	w.Helper()
	compared := 0
	compare := func(f *Field, table, alias string, source func(*recordSource) expr.Source) {
		if f.rules.computed == nil || f.virtual {
			return
		}
		compared++
		args := r.newArgs()
		value, err := expr.CompileValue(f.rules.computed, source(r.Collection.source(alias, args, r.rootColumns(args))), args)
		if err != nil {
			w.Fatal(err)
		}
		var rows, differ int
		var parts []string
		values := storedColumns(value)
		if len(values) == 2 { // nothing summed up is nothing of any currency
			values[1] = "case when (" + values[0] + ") is not null then coalesce(" + values[1] + ", " + args.Add(currencyOf(f, r.Currency)) + "::text) end"
		}
		for i, sql := range values {
			parts = append(parts, alias+"."+quote(f.columns[i].Name)+" is distinct from ("+sql+")::"+f.columns[i].Type)
		}
		err = r.Scope.Batch(w.Context(), pg.Statement{
			SQL:  "select count(*), count(*) filter (where " + strings.Join(parts, " or ") + ") from " + table + " " + alias + " where " + alias + ".site_id = $1::uuid",
			Args: args.Values,
			Read: func(rs pgx.Rows) error {
				rs.Next()
				return rs.Scan(&rows, &differ)
			},
		})
		if err != nil || rows == 0 || differ > 0 {
			w.Errorf("%s: of %d values %d are not what %s says: %v", f.Name, rows, differ, f.Computed, err)
		}
	}
	for _, f := range r.Collection.fields {
		compare(f, r.Collection.table, "t", func(s *recordSource) expr.Source { return s })
		if f.lines == nil {
			continue
		}
		for _, line := range f.lines.fields {
			compare(line, f.lines.table, "l", func(s *recordSource) expr.Source { return &lineSource{f.lines, "l", s, s.roots} })
		}
	}
	if compared != fields {
		w.Errorf("%d fields of %s are computed and stored, want %d", compared, r.Collection.Name, fields)
	}
}

package collection

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

// TestGoAndPostgreSQLAgree evaluates random conditions on random rows in both.
func TestGoAndPostgreSQLAgree(t *testing.T) {
	w := newWorld(t)
	items := w.records(w.a, "item")
	r := rand.New(rand.NewPCG(7, 11))
	rows := map[string]expr.Values{}
	for i := range 60 {
		v := Values{"name": pick(r, words)}
		if r.IntN(3) > 0 {
			v["about"] = pick(r, words)
		}
		if r.IntN(3) > 0 {
			v["quantity"] = int64(r.IntN(4))
		}
		if r.IntN(3) > 0 {
			v["price"] = money.Money{Amount: int64(r.IntN(4)), Currency: pick(r, []string{"EUR", "USD", "JPY"})}
		}
		if r.IntN(3) > 0 {
			v["bought_on"] = fmt.Sprintf("2026-11-%02d", 20+r.IntN(5))
		}
		raw, err := items.Create(t.Context(), v)
		if err != nil {
			t.Fatalf("%d %v: %v", i, v, err)
		}
		record := w.decode(raw)
		row := expr.Values{"id": record["id"], "created_at": record["created_at"], "name": v["name"], "about": v["about"], "quantity": v["quantity"], "bought_on": v["bought_on"]}
		if m, ok := v["price"].(money.Money); ok {
			row["price"], row["price.amount"], row["price.currency"] = m, m.Amount, m.Currency
		}
		rows[record["id"].(string)] = row
	}
	for range 600 {
		tree, err := expr.CheckCondition(randomCondition(r, 3), items.Collection.schema())
		if err != nil {
			t.Fatal(err)
		}
		page, err := items.List(t.Context(), Query{Where: tree, Select: Columns("id"), Limit: MaxLimit})
		if err != nil {
			t.Fatalf("%#v: %v", tree, err)
		}
		found := map[string]bool{}
		for _, record := range w.decodeList(page.JSON) {
			found[record["id"].(string)] = true
		}
		for id, row := range rows {
			got, err := expr.Admits(tree, row, items.Now())
			if err != nil || got != found[id] {
				t.Fatalf("Go says %v and PostgreSQL %v for %v on %#v: %v", got, found[id], row, tree, err)
			}
		}
		// The same question in another order is the same set.
		again, err := items.List(t.Context(), Query{Where: expr.Canonical(tree), Select: Columns("id"), Limit: MaxLimit})
		if err != nil || again.Rows != page.Rows {
			t.Fatalf("the canonical form finds %d, not %d: %v", again.Rows, page.Rows, err)
		}
	}
}

var words = []string{"a", "A", "ab", "aB", "Ä", "ä", "b%", "b_", `b\`, "ß", "Z", "zz", "日本", "1", "a b"}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

func randomCondition(r *rand.Rand, depth int) expr.Node {
	if depth > 0 {
		switch r.IntN(5) {
		case 0:
			return expr.And{Nodes: []expr.Node{randomCondition(r, depth-1), randomCondition(r, depth-1)}}
		case 1:
			return expr.Or{Nodes: []expr.Node{randomCondition(r, depth-1), randomCondition(r, depth-1)}}
		case 2:
			return expr.Not{Node: randomCondition(r, depth-1)}
		}
	}
	op := expr.Op(r.IntN(6))
	text := path(pick(r, []string{"name", "about", "price.currency"}))
	whole := path(pick(r, []string{"quantity", "price.amount"}))
	day := expr.Name("bought_on")
	word := expr.Literal{Kind: expr.Text, Value: pick(r, append(words, "EUR", "JPY"))}
	number := expr.Literal{Kind: expr.Integer, Value: int64(r.IntN(4))}
	if r.IntN(4) == 0 {
		number = expr.Literal{Kind: expr.Decimal, Value: "1.5"}
	}
	date := expr.Literal{Kind: expr.Date, Value: fmt.Sprintf("2026-11-%02d", 20+r.IntN(5))}
	var null expr.Literal
	switch r.IntN(13) {
	case 0:
		return expr.Compare{Op: op, Left: text, Right: word}
	case 1:
		return expr.Compare{Op: op, Left: number, Right: whole}
	case 2:
		return expr.Compare{Op: op, Left: day, Right: date}
	case 3:
		return expr.Compare{Op: op, Left: day, Right: expr.Call{Func: "today"}}
	case 4:
		return expr.Compare{Op: op, Left: expr.Name("name"), Right: expr.Name("about")}
	case 5:
		return expr.Compare{Op: op, Left: expr.Name("quantity"), Right: expr.Name("price", "amount")}
	case 6:
		return expr.Compare{Op: op, Left: whole, Right: null}
	case 7:
		return expr.In{Left: text, Right: expr.List{Items: []expr.Node{word, expr.Literal{Kind: expr.Text, Value: "a"}}[:r.IntN(3)]}}
	case 8:
		return expr.In{Left: whole, Right: expr.List{Items: []expr.Node{number, null}}}
	case 9:
		return expr.Like{Left: text, Pattern: pick(r, []string{"*a*", "a*", "*b", "_", `*\%`, `*\`, "%", "", `\_*`, "*_*B", "ä"}), Fold: r.IntN(2) == 0}
	case 10:
		return expr.IsNull{Left: pickPath(r, text, whole, day)}
	case 11:
		return expr.Compare{Op: op, Left: expr.Name("created_at"), Right: expr.Literal{Kind: expr.Instant, Value: pick(r, []string{"2026-11-22T22:30:00Z", "2026-11-22T22:29:59.999999Z", "2027-01-01T00:00:00Z"})}}
	}
	return expr.Compare{Op: op, Left: expr.Name("id"), Right: expr.Literal{Kind: expr.UUID, Value: uuid.NewString()}}
}

func path(name string) expr.Path { return expr.Name(strings.Split(name, ".")...) }

func pickPath(r *rand.Rand, from ...expr.Path) expr.Path { return from[r.IntN(len(from))] }

package expr

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestPrintedConditionsComeBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		tree := randomTree(r, 3, false)
		text, err := Print(tree)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > MaxExpression {
			continue
		}
		parsed, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		checked, err := CheckCondition(parsed, testNames)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !Equal(checked, tree) {
			t.Fatalf("%s came back as %#v, was %#v", text, checked, tree)
		}
	}
}

func TestPrintedFiltersComeBack(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		tree := randomTree(r, 3, true)
		name, value, err := PrintFilter(tree)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parseParameter(name, value)
		if err != nil {
			t.Fatalf("%s=%s: %v", name, value, err)
		}
		checked, err := CheckCondition(parsed, testNames)
		if err != nil {
			t.Fatalf("%s=%s: %v", name, value, err)
		}
		if !Equal(checked, tree) {
			t.Fatalf("%s=%s came back as %#v, was %#v", name, value, checked, tree)
		}
	}
}

func parseParameter(name, value string) (Node, error) {
	switch name {
	case "and", "or", "not.and", "not.or":
		return ParseLogic(name, value)
	}
	return ParseFilter(name, value)
}

func TestFilterNotation(t *testing.T) {
	for _, c := range []struct{ name, value, sql string }{
		{"name", "eq.a,b", `("name" = $1::text)`},
		{"name", "neq.a", `("name" is distinct from $1::text)`},
		{"name", "not.eq.a", `(not ("name" is not distinct from $1::text))`},
		{"name", "gt.a", `("name" collate "C" > $1::text)`},
		{"name", "like.*a*", `("name" like $1::text)`},
		{"name", "ilike.a", `("name" ilike $1::text)`},
		{"name", "is.null", `("name" is null)`},
		{"name", "not.is.null", `(not ("name" is null))`},
		{"name", "is.not_null", `(not ("name" is null))`},
		{"name", `in.(a,"b,c")`, `("name" = any($1::text[]))`},
		{"qty", "not.in.(1,2)", `(not (("qty" = any($1::bigint[])) is true))`},
		{"price->amount", "gte.100", `("price_amount" >= $1::bigint)`},
		{"price->>currency", "eq.EUR", `("price_currency"::text = $1::text)`},
		{"and", "(qty.gt.1,or(due_on.lt.2026-01-01,name.is.null))", `(("qty" > $1::bigint) and (("due_on" < $2::date) or ("name" is null)))`},
		{"not.or", `(qty.eq.1,name.eq."a)b")`, `(not (("qty" is not distinct from $1::bigint) or ("name" is not distinct from $2::text)))`},
		{"or", "(price->amount.gt.5,not.and(qty.eq.1,qty.eq.2))", `(("price_amount" > $1::bigint) or (not (("qty" is not distinct from $2::bigint) and ("qty" is not distinct from $3::bigint))))`},
		{"qty", "gt.1.5", `("qty" > $1::numeric)`},
		{"created_at", "gte.2026-01-01", `("created_at" >= $1::timestamptz)`},
	} {
		n, err := parseParameter(c.name, c.value)
		if err != nil {
			t.Errorf("%s=%s: %v", c.name, c.value, err)
			continue
		}
		sql, err := Compile(n, testColumns, &Args{})
		if err != nil || sql != c.sql {
			t.Errorf("%s=%s: %s (%v), want %s", c.name, c.value, sql, err, c.sql)
		}
	}
}

func TestConditionNotation(t *testing.T) {
	for _, c := range []struct{ text, sql string }{
		{`name == "shown"`, `("name" = $1::text)`},
		{`name != null and qty > 0`, `((not ("name" is null)) and ("qty" > $1::bigint))`},
		{`not (qty == 1 or qty == 2)`, `(not (("qty" is not distinct from $1::bigint) or ("qty" is not distinct from $2::bigint)))`},
		{`name in ["a", null]`, `(("name" = any($1::text[])) or ("name" is null))`},
		{`due_on < today()`, `("due_on" < $1::date)`},
		{`due_on >= "2026-01-31"`, `("due_on" >= $1::date)`},
		{`0 < price.amount`, `($1::bigint < "price_amount")`},
		{`true`, `true`},
		{`qty == qty`, `("qty" is not distinct from "qty")`},
		{`qty not in [1]`, `(not (("qty" = any($1::bigint[])) is true))`},
	} {
		n, err := Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		sql, err := Compile(n, testColumns, &Args{Now: testNow})
		if err != nil || sql != c.sql {
			t.Errorf("%s: %s (%v), want %s", c.text, sql, err, c.sql)
		}
	}
}

func TestMistakesSayWhereAndWhat(t *testing.T) {
	for _, c := range []struct {
		text string
		at   int
		says string
	}{
		{`name = "a"`, 5, `"=="`},
		{`name == "a`, 8, "not closed"},
		{`name == "a" && qty > 1`, 12, `"and"`},
		{`nmae == "a"`, 0, `Did you mean "name"`},
		{`qty == "a"`, 7, "a whole number"},
		{`name == "a" and`, 15, "ends too early"},
		{`name == 'a'`, 8, "double quotes"},
		{`1 < qty < 5`, 8, `with "and"`},
		{`price > 5`, 0, `"price.amount"`},
		{`todai() == due_on`, 0, `"today"`},
		{`due_on == "2026-02-30"`, 10, "YYYY-MM-DD"},
		{`qty == due_on`, 4, "a whole number"},
		{`1 == 1`, 2, "two values"},
		{`qty < null`, 4, "null"},
		{`name`, 0, "comparison"},
		{`(name == "a"`, 12, `")"`},
		{`"a"`, 0, "compare"},
		{strings.Repeat("(", 30) + "qty == 1" + strings.Repeat(")", 30), 21, "nested"},
		{strings.Repeat("qty == 1 or ", 60), 500, "bytes"},
	} {
		n, err := Parse(c.text)
		if err == nil {
			_, err = CheckCondition(n, testNames)
		}
		var e *Error
		if !errors.As(err, &e) || e.At != c.at || !strings.Contains(e.Error(), c.says) {
			t.Errorf("%s: %#v, want position %d and %q", c.text, err, c.at, c.says)
		}
	}
}

func TestFilterMistakes(t *testing.T) {
	for _, c := range []struct{ name, value, code string }{
		{"name", "a", "operator"},
		{"name", "equals.a", "operator"},
		{"qty", "eq.a", "bad_value"},
		{"qty", "like.a*", "operator"},
		{"qty", "eq.1e9", "bad_value"},
		{"due_on", "eq.0000-01-01", "bad_value"},
		{"item_id", "eq.1", "bad_value"},
		{"name", "is.maybe", "bad_value"},
		{"name", "in.a", "syntax"},
		{"name", "in.(a", "syntax"},
		{"name", "in.(a)b", "syntax"},
		{"name", "eq.\x00", "syntax"},
		{"name", "eq.\xff", "syntax"},
		{"na me", "eq.1", "unknown_field"},
		{`name"; drop table x`, "eq.1", "unknown_field"},
		{"site_id", "eq.1", "unknown_field"},
		{"or", "()", "syntax"},
		{"or", "(qty.eq.1", "syntax"},
		{"or", strings.Repeat("(or", 30), "limit"},
		{"or", "(" + strings.Repeat("or(", 30) + "qty.eq.1" + strings.Repeat(")", 31), "limit"},
		{"or", "(" + strings.Repeat("qty.eq.1,", 60) + "qty.eq.1)", "limit"},
		{"name", "eq." + strings.Repeat("a", 2000), "limit"},
	} {
		n, err := parseParameter(c.name, c.value)
		if err == nil {
			_, err = CheckCondition(n, testNames)
		}
		var e *Error
		if !errors.As(err, &e) || e.Code != c.code {
			t.Errorf("%s=%s: %v, want code %s", c.name, c.value, err, c.code)
		}
	}
}

func TestEval(t *testing.T) {
	row := Values{"name": "Anna", "qty": int64(3), "due_on": "2026-02-28"}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		text string
		want bool
	}{
		{`name == "Anna"`, true},
		{`price.amount != 5`, true},
		{`price.amount > 5`, false},
		{`not price.amount > 5`, false},
		{`not price.amount == 5`, true},
		{`price.amount in [5]`, false},
		{`not price.amount in [5]`, true},
		{`due_on < today()`, true},
		{`qty > 2.5`, true},
		{`qty == 3.0`, true},
		{`price.amount > 5 or qty == 3`, true},
		{`not (price.amount > 5 and qty == 3)`, false},
		{`not (price.amount > 5 and qty == 4)`, true},
	} {
		n, err := Parse(c.text)
		if err == nil {
			n, err = CheckCondition(n, testNames)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Admits(n, row, now); got != c.want || err != nil {
			t.Errorf("%s is %v (%v), want %v", c.text, got, err, c.want)
		}
	}
}

func TestPathsOnce(t *testing.T) {
	n, err := Parse(`b == 1 and (a == 2 or b == 3) and a == b`)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(Paths(n)); got != "[[b] [a]]" {
		t.Errorf("paths %s", got)
	}
}

// onlyOurs matches SQL made of the resolver's columns, placeholders with their
// types, and the compiler's words; nothing else, whatever the input was.
var onlyOurs = regexp.MustCompile(`^(?:"(?:name|price_currency|price_amount|qty|due_on|created_at|item_id|done|C)"` +
	`|(?:\$[0-9]+)?::(?:text|bigint|numeric|boolean|date|timestamptz|uuid)(?:\[\])?` +
	`|and|or|not|is|null|true|false|distinct|from|any|like|ilike|collate|[=<>]|<=|>=|[() ])+$`)

func assertOnlyOurs(t *testing.T, n Node) {
	args := Args{Now: testNow}
	sql, err := Compile(n, testColumns, &args)
	if err != nil {
		return
	}
	if !onlyOurs.MatchString(sql) {
		t.Fatalf("the statement contains foreign text: %s", sql)
	}
	if strings.Count(sql, "$") != len(args.Values) {
		t.Fatalf("%s has not %d parameters", sql, len(args.Values))
	}
	checked, err := CheckCondition(n, testNames)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Eval(checked, Values{}, testNow); err != nil && !reads[Search](checked) {
		t.Fatal(err)
	}
}

func FuzzParseFilter(f *testing.F) {
	f.Add("name", `eq.'; drop table x; --`)
	f.Add("or", `(name.eq."a\"b",not.and(qty.in.(1,2),price->amount.gt.1))`)
	f.Add("name", `ilike.*\`)
	f.Fuzz(func(t *testing.T, name, value string) {
		n, err := parseParameter(name, value)
		if err != nil {
			return
		}
		assertOnlyOurs(t, n)
		checked, err := CheckCondition(n, testNames)
		if err != nil {
			return
		}
		name, value, err = PrintFilter(checked)
		if err != nil || len(value) > MaxFilter {
			return
		}
		again, err := parseParameter(name, value)
		if err != nil {
			t.Fatalf("%s=%s: %v", name, value, err)
		}
		if again, err = CheckCondition(again, testNames); err != nil || !Equal(again, checked) {
			t.Fatalf("%s=%s came back different: %v", name, value, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(`not name in ["a", null] and (qty >= 1.5 or due_on == today())`)
	f.Add(`name == "\"'; drop table x; --"`)
	f.Fuzz(func(t *testing.T, text string) {
		n, err := Parse(text)
		if err != nil {
			return
		}
		assertOnlyOurs(t, n)
		printed, err := Print(n)
		if err != nil {
			t.Fatal(err)
		}
		if len(printed) > MaxExpression {
			return
		}
		again, err := Parse(printed)
		if err != nil {
			t.Fatalf("%s → %s: %v", text, printed, err)
		}
		if !Equal(again, n) {
			t.Fatalf("%s → %s came back different", text, printed)
		}
	})
}

// FuzzCompile puts one text into every place of a tree that input can reach.
func FuzzCompile(f *testing.F) {
	f.Add("'; drop table x; --", 3)
	f.Fuzz(func(t *testing.T, text string, pick int) {
		for _, name := range append(testNames.Known(), text) {
			path := Name(name)
			for _, l := range []Literal{{Kind: Raw, Value: text}, {Kind: Text, Value: text}} {
				assertOnlyOurs(t, And{Nodes: []Node{
					Not{Node: Compare{Op: Op(uint(pick) % 6), Left: path, Right: l}},
					In{Left: path, Right: List{Items: []Node{l, Literal{}}}},
				}})
			}
			assertOnlyOurs(t, Like{Left: path, Pattern: text, Fold: pick%2 == 0})
		}
	})
}

func BenchmarkFilter(b *testing.B) {
	for b.Loop() {
		n, err := ParseLogic("and", "(qty.gt.1,name.eq.shown,price->amount.lte.100)")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Compile(n, testColumns, &Args{}); err != nil {
			b.Fatal(err)
		}
	}
}

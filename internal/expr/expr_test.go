package expr

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/sdk/money"
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
		{"created_at", "gte.@today-30d", `("created_at" >= $1::timestamptz)`},
		{"due_on", "lt.@today+1mo", `("due_on" < $1::date)`},
		{"item_id", "eq.@me", `("item_id" = $1::uuid)`},
		{"item_id", "not.eq.@me", `(not (("item_id" = $1::uuid) is true))`},
		{"name", "eq.@me", `("name" = $1::text)`},
		{"name", "isdistinct.a", `("name" is distinct from $1::text)`},
		{"name", "match.^a", `("name" ~ $1::text)`},
		{"name", "imatch.^a", `("name" ~* $1::text)`},
		{"name", "like(any).{a*,*b}", `(("name" like $1::text) or ("name" like $2::text))`},
		{"qty", "gt(all).{1,2}", `(("qty" > $1::bigint) and ("qty" > $2::bigint))`},
		{"name", "fts.fat & !cat:*", `(to_tsvector($1::regconfig, "name") @@ to_tsquery($1::regconfig, $2::text))`},
		{"name", "wfts(german).katzen -hund", `(to_tsvector($1::regconfig, "name") @@ websearch_to_tsquery($1::regconfig, $2::text))`},
		{"name", "plfts.a", `(to_tsvector($1::regconfig, "name") @@ plainto_tsquery($1::regconfig, $2::text))`},
		{"name", "phfts.a", `(to_tsvector($1::regconfig, "name") @@ phraseto_tsquery($1::regconfig, $2::text))`},
		{"tags", "cs.{a,b}", `("tags" @> $1::text[])`},
		{"tags", "cd.{a,b}", `("tags" <@ $1::text[])`},
		{"tags", "ov.{a,b}", `("tags" && $1::text[])`},
		{"tags", "is.null", `(coalesce(cardinality("tags"), 0) = 0)`},
		{"or", "(tags.cs.{a,b},qty.eq.1)", `(("tags" @> $1::text[]) or ("qty" = $2::bigint))`},
		{"data", `cs.{"a":1}`, `("data" @> $1::jsonb)`},
		{"data->>a", "eq.x", `((case when jsonb_typeof("data" #> $1::text[]) not in ('object', 'array') then "data" #>> $1::text[] end) = $2::text)`},
		{"done", "is.true", `("done" = $1::boolean)`},
		{"done", "is.unknown", `("done" is null)`},
		{"rate", "gte.1.5", `("rate" >= $1::bigint)`},
		{"rate", "gte.1.00001", `(("rate" * 0.0001) >= $1::numeric)`},
		{"rate", "in.(1,2.5)", `("rate" = any($1::bigint[]))`},
		{"share", "eq.16%", `("share" = $1::bigint)`},
		{"lasts", "gt.PT1H30M", `("lasts" > $1::bigint)`},
		{"opens", "lt.17:00", `("opens" < $1::time)`},
		{"price", "eq.0", `("price_amount" is not distinct from $1::bigint)`},
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
		{"name", "eq", "operator"},
		{"name", "eq(any).a", "syntax"},
		{"name", "eq(some).a", "operator"},
		{"name", "neq(any).{a}", "operator"},
		{"name", "like(any).{}", "syntax"},
		{"name", "cs.{a}", "operator"},
		{"name", "match.(a", "bad_value"},
		{"name", `match.\d`, "bad_value"},
		{"name", "match.a**", "bad_value"},
		{"name", "fts(klingon).a", "bad_value"},
		{"name", "fts.a &", "syntax"},
		{"qty", "fts.a", "operator"},
		{"due_on", "sl.(1,2)", "unsupported"},
		{"tags", "cs.a", "bad_value"},
		{"due_on", "eq.@today-", "bad_value"},
		{"item_id", "eq.@nobody", "bad_value"},
		{"item_id", "eq.@person", "unknown_field"},
		{"price", "gt.5", "unknown_field"},
		{"price->cents", "gt.5", "unknown_field"},
		{"name->x", "eq.5", "unknown_field"},
		{"name.x", "eq.5", "unknown_field"},
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

// onlyOurs matches SQL made of the source's columns, placeholders with their
// types, and the compiler's words; nothing else, whatever the input was.
var onlyOurs = regexp.MustCompile(`^(?:"(?:name|price_currency|price_amount|qty|due_on|created_at|item_id|done|rate|share|lasts|opens|tags|data|C)"` +
	`|(?:\$[0-9]+)?::(?:text|bigint|numeric|boolean|date|timestamptz|uuid|time|jsonb|regconfig|int|float8|timestamp)(?:\[\])?` +
	`|'(?:object|array|week|month|year|UTC|1 millisecond|0001-01-01|9999-12-31|0001-01-01 00:00:00\+00|9999-12-31 23:59:59\.999999\+00)'|e' \\t\\n\\r'` +
	`|\b(?:and|or|not|is|in|null|true|false|distinct|from|any|like|ilike|collate|case|when|then|else|end|coalesce|cardinality|char_length|lower|btrim|round|trunc` +
	`|nullif|least|greatest|abs|select|as|where|between|interval|extract|epoch|date_trunc|at|time|zone|make_interval|months|jsonb_typeof` +
	`|to_tsvector|to_tsquery|plainto_tsquery|phraseto_tsquery|websearch_to_tsquery|[sd]\.[vn]|[svnd]|[0-9]+(?:\.[0-9]+)?)\b` +
	`|#>>?|@@|@>|<@|&&|\|\||~\*?|=>|<=|>=|[-=<>+*/(), ])+$`)

func assertOnlyOurs(t *testing.T, n Node) {
	args := Args{Now: testNow}
	sql, err := Compile(n, testColumns, &args)
	if err != nil {
		return
	}
	if !onlyOurs.MatchString(sql) {
		t.Fatalf("the statement contains foreign text: %s", sql)
	}
	if len(args.Values) > 0 && !strings.Contains(sql, fmt.Sprintf("$%d::", len(args.Values))) {
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
	for _, c := range []struct{ name, value string }{
		{"name", `eq.'; drop table x; --`},
		{"or", `(name.eq."a\"b",not.and(qty.in.(1,2),price->amount.gt.1))`},
		{"name", `ilike.*\`},
		{"name", `like(any).{"a,b",c*}`},
		{"not.and", `(tags.cs.{a,"b c"},data->a->>b.eq.1,data.cs.{"a":[1]})`},
		{"created_at", "not.gte.@today-30d"},
		{"item_id", "in.(@me,01890000-0000-7000-8000-000000000001)"},
		{"name", "fts(english).a & !(b | 'c d':*A) <2> e"},
		{"name", `imatch.^[a-z\]]+(b|c){1,2}$`},
		{"company.name", "eq.x"},
	} {
		f.Add(c.name, c.value)
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		n, err := parseParameter(name, value)
		if err != nil {
			return
		}
		assertOnlyOurs(t, n)
		if again, ok := throughFilter(t, n); ok && !Equal(again, n) {
			t.Fatalf("%s=%s came back as %#v, was %#v", name, value, again, n)
		}
		checked, err := CheckCondition(n, testNames)
		if err != nil {
			return
		}
		again, ok := throughFilter(t, checked)
		if !ok {
			return
		}
		if again, err = CheckCondition(again, testNames); err != nil || !Equal(again, checked) {
			t.Fatalf("%s=%s came back different: %v", name, value, err)
		}
	})
}

// throughFilter prints and parses a tree; false when it cannot be printed or
// becomes too long.
func throughFilter(t *testing.T, n Node) (Node, bool) {
	name, value, err := PrintFilter(n)
	if err != nil || len(value) > MaxFilter {
		return nil, false
	}
	again, err := parseParameter(name, value)
	if err != nil {
		t.Fatalf("%s=%s: %v", name, value, err)
	}
	return again, true
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`not name in ["a", null] and (qty >= 1.5 or due_on == today())`,
		`name == "\"'; drop table x; --"`,
		`if(done, price * 16%, round(price / 3)) > 0`,
		`-(-5) - -rate * (1 - share) <= 2`,
		`created_at - 6mo + lasts * 2 > now() - 48h`,
		`sum(lines.net, ok and this.done) == count(lines) / max(qty, 2)`,
		`"a" in tags or item_id == me or lower(trim(name)) + "x" != coalesce(data.a.b, "")`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := Parse(text)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.At < 0 || e.At > len(text) {
				t.Fatalf("%s: %#v", text, err)
			}
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

// BenchmarkFilter parses, checks and compiles a typical filter of a URL.
func BenchmarkFilter(b *testing.B) {
	b.ReportAllocs()
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

func BenchmarkEval(b *testing.B) {
	n, err := Parse(`if(done and qty > 2, price * 16%, price) > 0 and due_on < today() + 30d`)
	if err == nil {
		n, err = CheckCondition(n, testNames)
	}
	if err != nil {
		b.Fatal(err)
	}
	row := Values{"done": true, "qty": int64(3), "price": money.Money{Amount: 199, Currency: "EUR"}, "due_on": "2026-01-02"}
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := Admits(n, row, testNow); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

// TestStatementsDoNotDependOnValues compiles filters of one shape.
func TestStatementsDoNotDependOnValues(t *testing.T) {
	for _, pair := range [][2][2]string{
		{{"and", "(qty.gt.1,name.eq.a)"}, {"and", "(name.eq.b,qty.gt.2)"}},
		{{"qty", "in.(1,2,3)"}, {"qty", "in.(4)"}},
		{{"tags", "cs.{a}"}, {"tags", "cs.{a,b}"}},
		{{"created_at", "gt.@today-30d"}, {"created_at", "gt.@now+2h"}},
		{{"or", "(name.eq.b,name.eq.a)"}, {"or", "(name.eq.c,name.eq.d)"}},
	} {
		var texts [2]string
		for i, c := range pair {
			n, err := parseParameter(c[0], c[1])
			if err != nil {
				t.Fatal(err)
			}
			if texts[i], err = Compile(Canonical(n), testColumns, &Args{Now: testNow}); err != nil {
				t.Fatal(err)
			}
		}
		if texts[0] != texts[1] {
			t.Errorf("%v are %s and %s", pair, texts[0], texts[1])
		}
	}
	a, errA := ParseLogic("and", "(name.eq.b,name.eq.a)")
	b, errB := ParseLogic("and", "(name.eq.a,name.eq.b)")
	if errA != nil || errB != nil || !Equal(Canonical(a), Canonical(b)) {
		t.Error("one set of conditions has two canonical forms")
	}
}

// TestLargeStatementsAreRefused has money written twice at each level.
func TestLargeStatementsAreRefused(t *testing.T) {
	text := "price"
	for range 15 {
		text = "if(" + text + ">price,price,price)"
	}
	n, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	_, err = CompileValue(n, testColumns, &Args{})
	var e *Error
	if !errors.As(err, &e) || e.Code != "limit" {
		t.Errorf("%v", err)
	}
}

func TestEmptyIdentityEqualsNothing(t *testing.T) {
	for text, want := range map[string]bool{
		"item_id == me": false, "item_id != me": true, "not item_id == me": true, "me == null": true, "item_id == null": true, "item_id in [null]": true,
	} {
		n, err := Parse(text)
		if err == nil {
			n, err = CheckCondition(n, testNames)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Admits(n, Values{}, testNow); got != want || err != nil {
			t.Errorf("%s is %v (%v)", text, got, err)
		}
	}
}

func TestMeasures(t *testing.T) {
	for text, want := range map[string]string{
		`count()`:                      `count(*)::numeric`,
		`sum(price)`:                   `round((case when (min(case when "price_amount"::numeric is not null then "price_currency"::text end) = max(case when "price_amount"::numeric is not null then "price_currency"::text end)) is not false then coalesce(sum("price_amount"::numeric), 0) end))`,
		`count(name == "x") / count()`: `round(round(round(count(*) filter (where ("name" = $1::text))::numeric, 60) / nullif(round(count(*)::numeric, 60), 0), 60), 16)`,
		`max(due_on)`:                  `max("due_on")`,
		`avg(lasts)`:                   `round(round(round(round(sum("lasts"::numeric), 60) / nullif(round(count("lasts"::numeric), 60), 0), 60), 16))`,
	} {
		n, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		column, err := CompileMeasure(n, testColumns, &Args{})
		if err != nil || column.SQL != want {
			t.Errorf("%s: %s (%v)", text, column.SQL, err)
		}
	}
}

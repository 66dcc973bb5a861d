package expr

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/sdk/money"
	"github.com/dramac-main/dramac-cms/testkit/postgres"
)

var agreeWords = []string{"a", "A", "ab", "aB", "Ä", "ä", "b%", "b_", `b\`, "ß", "Z", "zz", "日本", "1", " a b ", "", "EUR", "1.5"}

var agreeIDs = []string{
	"01890000-0000-7000-8000-000000000001", "01890000-0000-7000-8000-000000000002", "01890000-0000-7000-8000-000000000003",
}

// berlin has midnights that are not those of UTC.
func berlin(t testing.TB) *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// agreeTables are the tables of the random rows: records, their lines, and the
// items they refer to.
const agreeTables = `
create temp table own (id int, name text, note text, qty bigint, "count" bigint, rate bigint, fine bigint, share bigint,
	price_amount bigint, price_currency char(3), cost_amount bigint, cost_currency char(3), done boolean, open boolean,
	due_on date, start_on date, created_at timestamptz, ends_at timestamptz, lasts bigint, opens time, closes time,
	item_id uuid, owner_id uuid, tags text[], data jsonb);
create temp table lines (id uuid, own_id int, position int, name text, qty bigint, rate bigint, net_amount bigint, net_currency char(3),
	tax_amount bigint, tax_currency char(3), done boolean, day date);
create temp table items (id uuid, name text, qty bigint, cost_amount bigint, cost_currency char(3));`

// agreeTypes are the values of a record.
var agreeTypes = map[string]Type{
	"name": {Kind: Text}, "note": {Kind: Text}, "qty": {Kind: Integer}, "count": {Kind: Integer}, "rate": {Kind: Decimal, Scale: 4},
	"fine": {Kind: Decimal, Scale: 9}, "share": {Kind: Percent}, "price": {Kind: Money}, "cost": {Kind: Money}, "done": {Kind: Boolean},
	"open": {Kind: Boolean}, "due_on": {Kind: Date}, "start_on": {Kind: Date}, "created_at": {Kind: Instant}, "ends_at": {Kind: Instant},
	"lasts": {Kind: Duration}, "opens": {Kind: Clock}, "closes": {Kind: Clock}, "item": {Kind: UUID}, "owner": {Kind: UUID},
	"tags": {Kind: Text, List: true}, "data": {Kind: JSON},
}

var lineTypes = map[string]Type{
	"id": {Kind: UUID}, "name": {Kind: Text}, "qty": {Kind: Integer}, "rate": {Kind: Decimal, Scale: 4}, "net": {Kind: Money}, "tax": {Kind: Money},
	"done": {Kind: Boolean}, "day": {Kind: Date},
}

var itemTypes = map[string]Type{"id": {Kind: UUID}, "name": {Kind: Text}, "qty": {Kind: Integer}, "cost": {Kind: Money}}

// agreeSettings are constants.
var agreeSettings = map[string]Column{
	"word": {Type: Type{Kind: Text}, Value: "ab"}, "limit": {Type: Type{Kind: Integer}, Value: int64(2)}, "factor": {Type: Type{Kind: Decimal, Scale: 2}, Value: int64(150)},
	"share": {Type: Type{Kind: Percent}, Value: int64(160000)}, "price": {Type: Type{Kind: Money}, Value: money.Money{Amount: 250, Currency: "EUR"}},
	"flag": {Type: Type{Kind: Boolean}, Value: true}, "since": {Type: Type{Kind: Date}, Value: "2026-01-31"}, "notice": {Type: Type{Kind: Duration}, Value: int64(86_400_000)},
	"gone": {Type: Type{Kind: Integer}},
}

// columnsOf are the columns of a table by its alias.
func columnsOf(types map[string]Type, alias string) Columns {
	columns := Columns{}
	for name, t := range types {
		c := Column{Type: t, SQL: alias + `."` + name + `"`}
		switch {
		case t.Kind == Money:
			c.SQL, c.Currency = alias+"."+name+"_amount", alias+"."+name+"_currency"
		case name == "item" || name == "owner":
			c.SQL = alias + "." + name + "_id"
		}
		columns[name] = c
	}
	return columns
}

// agreeSource is the record t, with what it leads to.
func agreeSource(me any) Columns {
	source := columnsOf(agreeTypes, "t")
	item := source["item"]
	item.Related = &Related{
		From: "items", On: func(alias string) string { return alias + ".id = t.item_id" },
		Columns: func(alias string) Source { return columnsOf(itemTypes, alias) },
	}
	source["item"] = item
	source["lines"] = Column{Type: Type{Kind: UUID}, Related: &Related{
		Many: true, From: "lines", On: func(alias string) string { return alias + ".own_id = t.id" },
		Columns: func(alias string) Source { return columnsOf(lineTypes, alias) },
		Order:   func(alias string) string { return alias + ".position" },
	}}
	settings := Columns{}
	for name, c := range agreeSettings {
		c.Constant = true
		settings[name] = c
	}
	source["setting"] = Column{Target: settings}
	source["me"] = Column{Type: Type{Kind: UUID}, Constant: true, Identity: true, Value: me}
	source["my"] = Column{Target: Columns{"team": {Type: Type{Kind: UUID, List: true}, Constant: true, Value: agreeIDs[1:]}}}
	return source
}

// record is a Row with everything in memory.
type record struct {
	values map[string]any
	item   map[string]any
	lines  []Row
	me     any
}

func (r record) Value(path []string) any {
	switch path[0] {
	case "setting":
		return agreeSettings[path[1]].Value
	case "me":
		return r.me
	case "my":
		return agreeIDs[1:]
	case "item":
		if len(path) > 1 {
			return r.item[path[1]]
		}
	}
	return r.values[path[0]]
}

func (r record) Rows(path []string) ([]Row, bool) { return r.lines, path[0] == "lines" }

// world is the random rows, in memory and in the database.
type world struct {
	conn *pgx.Conn
	now  time.Time
	rows []record
	me   any
}

func newWorld(t *testing.T, r *rand.Rand) *world {
	ctx := t.Context()
	pooled, err := postgres.Database(t).Pool().Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	conn := pooled.Hijack()
	t.Cleanup(func() { _ = conn.Close(ctx) }) //nolint:errcheck // the test is over
	w := &world{conn: conn, now: time.Date(2026, 1, 1, 0, 30, 0, 123_456_000, berlin(t)), me: agreeIDs[0]}
	w.exec(t, agreeTables)
	w.exec(t, "set timezone to 'UTC'")
	items := map[string]map[string]any{}
	for _, id := range agreeIDs[:2] {
		items[id] = randomValues(r, itemTypes)
		items[id]["id"] = id
		w.insert(t, "items", itemTypes, items[id], map[string]any{})
	}
	for id := range 24 {
		own := record{values: randomValues(r, agreeTypes), me: w.me}
		if item, ok := own.values["item"].(string); ok {
			own.item = items[item]
		}
		w.insert(t, "own", agreeTypes, own.values, map[string]any{"id": id})
		for position := range r.IntN(4) {
			line := randomValues(r, lineTypes)
			line["id"] = fmt.Sprintf("01890000-0000-7000-8001-%012d", id*10+position)
			w.insert(t, "lines", lineTypes, line, map[string]any{"own_id": id, "position": position})
			own.lines = append(own.lines, record{values: line, me: w.me})
		}
		w.rows = append(w.rows, own)
	}
	return w
}

func (w *world) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := w.conn.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func (w *world) insert(t *testing.T, table string, types map[string]Type, values, more map[string]any) {
	t.Helper()
	columns, marks, args := "", "", []any(nil)
	add := func(column string, v any) {
		args = append(args, v)
		columns += ", " + column
		marks += fmt.Sprintf(", $%d", len(args))
	}
	for name, kind := range types {
		v := values[name]
		switch {
		case kind.Kind == Money:
			m, ok := v.(money.Money)
			if ok {
				add(name+"_amount", m.Amount)
				add(name+"_currency", m.Currency)
			}
		case name == "item" || name == "owner":
			add(name+"_id", v)
		case kind.Kind == JSON && v != nil:
			data, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			add(name, string(data))
		default:
			add(`"`+name+`"`, v)
		}
	}
	for name, v := range more {
		add(name, v)
	}
	w.exec(t, "insert into "+table+" ("+columns[2:]+") values ("+marks[2:]+")", args...)
}

// randomValues makes the values of a row; each is empty now and then.
func randomValues(r *rand.Rand, types map[string]Type) map[string]any {
	values := map[string]any{}
	names := Names{}
	for name := range types {
		names[name] = Meaning{}
	}
	for _, name := range names.Known() {
		t := types[name]
		if r.IntN(4) == 0 {
			continue
		}
		values[name] = randomValue(r, t)
	}
	return values
}

func randomValue(r *rand.Rand, t Type) any {
	if t.List {
		items := []string{}
		for range r.IntN(3) {
			items = append(items, []string{"a", "b", "c", "a b"}[r.IntN(4)])
		}
		return items
	}
	switch t.Kind {
	case Integer:
		return []int64{0, 1, 2, 3, -5, 1_000_000, 9_000_000_000_000}[r.IntN(7)]
	case Decimal:
		return []int64{0, 1, 15_000, -3_333, 20_000, 123_456_789_123}[r.IntN(6)]
	case Percent:
		return []int64{0, 160_000, 1_000_000, -75_000, 333_333, 1}[r.IntN(6)]
	case Duration:
		return []int64{0, 86_400_000, 1, 5_400_000, -172_800_000, 9_000_000_000_000_000}[r.IntN(6)]
	case Money:
		return money.Money{Amount: []int64{0, 1, 199, 250, -1_005, 33_333_333}[r.IntN(6)], Currency: []string{"EUR", "EUR", "EUR", "USD"}[r.IntN(4)]}
	case Boolean:
		return r.IntN(2) == 0
	case Date:
		return []string{"2026-01-31", "2024-02-29", "2025-12-31", "2026-01-01", "0001-01-01", "9999-12-31"}[r.IntN(6)]
	case Instant:
		return []time.Time{
			time.Date(2026, 1, 1, 10, 30, 0, 0, time.UTC), time.Date(2025, 12, 31, 23, 0, 0, 0, time.UTC), time.Date(2026, 3, 29, 1, 0, 0, 1000, time.UTC),
			time.Date(2024, 2, 29, 23, 59, 59, 999_999_000, time.UTC),
		}[r.IntN(4)]
	case Clock:
		return []string{"09:30:00", "17:00:01", "00:00:00"}[r.IntN(3)]
	case UUID:
		return agreeIDs[r.IntN(3)]
	case JSON:
		return []map[string]any{{"a": "x"}, {"a": json.Number("1")}, {"a": json.Number("1.50")}, {"a": true}, {"a": nil}, {"b": "x"}, {"a": []any{"x"}}}[r.IntN(7)]
	}
	return agreeWords[r.IntN(len(agreeWords))]
}

// TestGoAndPostgreSQLAgree evaluates random expressions and filters on random
// rows in both.
func TestGoAndPostgreSQLAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	w := newWorld(t, r)
	schema := sourceSchema{agreeSource(w.me)}
	kinds := []Kind{Text, Integer, Decimal, Percent, Money, Boolean, Date, Instant, Duration, Clock, UUID}
	seen := map[Kind]int{}
	for i := range 2500 {
		w.me = []any{agreeIDs[0], nil}[i%2]
		out := writer{r, false}
		kind := kinds[i%len(kinds)]
		text := out.value(kind, 3)
		if kind == Boolean {
			text = out.condition(3)
		}
		if len(text) > MaxExpression {
			continue
		}
		n, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		checked, typ, err := Check(n, schema)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if typ.Kind != kind && !(typ.number() && (kind == Integer || kind == Decimal)) {
			t.Fatalf("%s is %v, not %v", text, typ, kind)
		}
		assertPrinted(t, text, n)
		w.compareValue(t, text, checked)
		if kind == Boolean {
			w.compareCondition(t, text, checked)
		}
		seen[kind]++
	}
	for range 1500 {
		name, value := writer{r, false}.filter(2)
		n, err := parseParameter(name, value)
		if err != nil {
			t.Fatalf("%s=%s: %v", name, value, err)
		}
		checked, err := CheckCondition(n, schema)
		if err != nil {
			t.Fatalf("%s=%s: %v", name, value, err)
		}
		w.compareValue(t, name+"="+value, checked)
		w.compareCondition(t, name+"="+value, Canonical(checked))
	}
	if testing.Verbose() {
		t.Log(seen)
	}
}

func assertPrinted(t *testing.T, text string, n Node) {
	t.Helper()
	printed, err := Print(n)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if again, err := Parse(printed); err != nil || !Equal(n, again) {
		if len(printed) <= MaxExpression {
			t.Fatalf("%s came back as %s (%v)", text, printed, err)
		}
	}
}

// compareValue asks both for the value of every row.
func (w *world) compareValue(t *testing.T, text string, n Node) {
	t.Helper()
	args := &Args{Now: w.now}
	column, err := CompileValue(n, agreeSource(w.me), args)
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.Code == "limit" {
			return
		}
		t.Fatalf("%s: %v", text, err)
	}
	currency := "null"
	if column.Currency != "" {
		currency = column.Currency
	}
	rows, err := w.conn.Query(t.Context(), "select ("+column.SQL+")::text, ("+currency+")::text from own t order by t.id", args.Values...)
	if err != nil {
		t.Fatalf("%s: %s: %v", text, column.SQL, err)
	}
	defer rows.Close()
	for i := 0; rows.Next(); i++ {
		var theirs, theirCurrency *string
		if err := rows.Scan(&theirs, &theirCurrency); err != nil {
			t.Fatal(err)
		}
		row := w.rows[i]
		row.me = w.me
		ours, err := Eval(n, row, w.now)
		var e *Error
		if errors.As(err, &e) && e.Code == "overflow" {
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !sameAnswer(column.Type, ours, theirs, theirCurrency) {
			t.Fatalf("%s\n%s %v\nis %v in Go and %s %s in PostgreSQL for row %d: %v", text, column.SQL, args.Values, ours, show(theirs), show(theirCurrency), i, row.values)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %s %v: %v", text, column.SQL, args.Values, err)
	}
}

func show(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}

// sameAnswer compares a value of Eval with PostgreSQL's text for it.
func sameAnswer(t Type, ours any, theirs, currency *string) bool {
	if ours == nil || theirs == nil {
		return ours == nil && theirs == nil
	}
	number, isNumber := new(big.Rat).SetString(*theirs)
	switch v := ours.(type) {
	case int64:
		if t.Kind == Percent {
			return isNumber && number.Cmp(new(big.Rat).SetFrac64(v, 1_000_000)) == 0
		}
		return isNumber && number.Cmp(ratOf(v)) == 0
	case *big.Rat:
		return isNumber && number.Cmp(v) == 0
	case money.Money:
		code := ""
		if currency != nil {
			code = *currency
		}
		return isNumber && number.Cmp(ratOf(v.Amount)) == 0 && v.Currency == code
	case bool:
		return *theirs == fmt.Sprint(v)
	case time.Time:
		at, err := time.Parse("2006-01-02 15:04:05.999999-07", *theirs)
		return err == nil && at.Equal(v)
	case string:
		return v == *theirs
	}
	return false
}

// compareCondition asks both which rows a condition admits.
func (w *world) compareCondition(t *testing.T, text string, n Node) {
	t.Helper()
	args := &Args{Now: w.now}
	sql, err := Compile(n, agreeSource(w.me), args)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	rows, err := w.conn.Query(t.Context(), "select t.id from own t where "+sql, args.Values...)
	if err != nil {
		t.Fatalf("%s: %s: %v", text, sql, err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		t.Fatalf("%s: %s %v: %v", text, sql, args.Values, err)
	}
	admitted := map[int]bool{}
	for _, id := range ids {
		admitted[id] = true
	}
	for i, row := range w.rows {
		row.me = w.me
		ok, err := Admits(n, row, w.now)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if ok != admitted[i] {
			t.Fatalf("%s\n%s %v\nadmits row %d: %v in Go, %v in PostgreSQL: %v", text, sql, args.Values, i, ok, admitted[i], row.values)
		}
	}
}

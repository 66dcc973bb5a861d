package collection

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

func (w world) rows(c *Collection, body string, in Reading) []Row {
	w.Helper()
	in.Currency = "EUR"
	rows, err := c.DecodeMany([]byte(body), in)
	if err != nil {
		w.Fatalf("%s: %v", body, err)
	}
	return rows
}

func TestCreateMany(t *testing.T) {
	w := newWorld(t)
	items := w.records(w.a, "item")
	out, err := items.CreateMany(t.Context(), w.rows(items.Collection,
		`[{"name":"Saw","quantity":1,"price":{"amount":5}},{"name":"Axe","bought_on":"2026-01-02","about":"a \"b\" \\ c"}]`, Reading{}))
	if err != nil || len(out.IDs) != 2 || out.Created != 2 {
		t.Fatalf("%+v %v", out, err)
	}
	got, _ := w.answer(items, "select=name,price,bought_on,about,version&order=name")
	if want := `[{"about":"a \"b\" \\ c","bought_on":"2026-01-02","name":"Axe","price":null,"version":1},{"about":null,"bought_on":null,"name":"Saw","price":{"amount":5,"currency":"EUR"},"version":1}]`; got != want {
		t.Errorf("%s", got)
	}
	bookings := w.records(w.a, "booking")
	rows := w.rows(bookings.Collection, `[{"customer":"Ada","item_id":"`+out.IDs[0].String()+`"},{"item_id":"`+out.IDs[1].String()+`"}]`, Reading{})
	_, err = bookings.CreateMany(t.Context(), rows)
	wants(t, err, errs.Invalid, "required", "1.customer")
	rows[1].Values["customer"] = "Bob"
	rows[1].Values["item"] = newID(t)
	_, err = bookings.CreateMany(t.Context(), rows)
	wants(t, err, errs.Invalid, "reference_missing", "1.item_id")
	if got := w.names(bookings, "", "customer"); got != "" {
		t.Errorf("half of it is there: %s", got)
	}
	rows[1].Values["item"] = out.IDs[1]
	if _, err = bookings.CreateMany(t.Context(), rows); err != nil {
		t.Error(err)
	}
	if got, _ := w.answer(bookings, "select=customer,deposit,status,starts_on&order=customer&limit=1"); got != `[{"customer":"Ada","deposit":{"amount":5000,"currency":"EUR"},"starts_on":"2026-11-22","status":"waiting"}]` {
		t.Errorf("defaults: %s", got)
	}
	_, err = items.CreateMany(t.Context(), make([]Row, MaxWritten+1))
	wants(t, err, errs.Invalid, "too_many_records", "")
}

func TestDecodeMany(t *testing.T) {
	w := newWorld(t)
	c, _ := w.module.Collection("item")
	rows := w.rows(c, `[{"name":"a","quantity":1,"junk":true},{"quantity":2}]`, Reading{Columns: []string{"name", "quantity"}, Absent: true})
	if rows[0].Values["quantity"] != int64(1) || rows[1].Values["name"] != nil || len(rows[1].Values) != 2 {
		t.Errorf("%+v", rows)
	}
	_, err := c.DecodeMany([]byte(`[{"name":"a"},{"nam":"b"},{"quantity":"x"}]`), Reading{})
	wants(t, err, errs.Invalid, "unknown_field", "1.nam")
	wants(t, err, errs.Invalid, "not_integer", "2.quantity")
	for body, code := range map[string]string{`[`: "invalid_json", `[1]`: "invalid_json", `[{}`: "invalid_json", `null`: "invalid_json"} {
		_, err := c.DecodeMany([]byte(body), Reading{})
		wants(t, err, errs.Invalid, code, "")
	}
	id := newID(t)
	rows = w.rows(c, `{"id":"`+id.String()+`","name":"a"}`, Reading{Identified: true})
	if rows[0].ID != id || rows[0].Values["name"] != "a" {
		t.Errorf("%+v", rows)
	}
	_, _, err = c.DecodeTable([]byte("name,quantity,price,about\r\n12,3,\"{\"\"amount\"\":5}\",\"a, b\"\r\nNULL,,,\"x\ny\"\n"), Reading{Currency: "EUR"})
	if err == nil || !strings.Contains(fmt.Sprint(errs.Of(err).Fields), "1.name") {
		t.Errorf("a required name is empty: %v", err)
	}
	rows, _, err = c.DecodeTable([]byte("\xef\xbb\xbfname,quantity,price,about\r\n12,3,\"{\"\"amount\"\":5}\",\"a, b\"\r\n"), Reading{Currency: "EUR"})
	if err != nil || rows[0].Values["name"] != "12" || rows[0].Values["quantity"] != int64(3) || rows[0].Values["about"] != "a, b" || rows[0].Values["price"] == nil {
		t.Errorf("%+v %v", rows, err)
	}
}

func TestWriteWhere(t *testing.T) {
	w := newWorld(t)
	items := w.shop(w.a)
	w.shop(w.b)
	parse := func(query string) Query {
		t.Helper()
		return w.parse(items.Collection, query)
	}
	_, err := items.UpdateWhere(t.Context(), parse("select=name&order=name"), Values{"quantity": int64(1)})
	wants(t, err, errs.Invalid, "unfiltered_write", "")
	_, err = items.DeleteWhere(t.Context(), Query{}, Removal{})
	wants(t, err, errs.Invalid, "unfiltered_write", "")

	// A reach of changing that is narrower than that of reading.
	narrow := items
	when, err := items.Collection.condition("quantity < 5")
	if err != nil {
		t.Fatal(err)
	}
	narrow.Access = Access{When: when}
	out, err := narrow.UpdateWhere(t.Context(), parse("category_id=not.is.null"), Values{"about": "seen"})
	if err != nil || len(out.IDs) != 2 || out.LeftOut != 1 {
		t.Errorf("%+v %v", out, err)
	}
	if got := w.names(items, "about=eq.seen&order=name", "name"); got != "Drill Tent" {
		t.Errorf("changed %s", got)
	}
	// What breaks a rule undoes all.
	_, err = items.UpdateWhere(t.Context(), parse("name=not.is.null"), Values{"name": nil, "about": "gone"})
	wants(t, err, errs.Invalid, "required", "name")
	_, err = items.DeleteWhere(t.Context(), parse("name=in.(Rope,Drill)"), Removal{})
	wants(t, err, errs.Conflict, "in_use", "")
	if got := w.names(items, "order=name", "name"); got != "Drill Rope Saw Tent" {
		t.Errorf("left %s", got)
	}
	out, err = items.DeleteWhere(t.Context(), parse("select=*,booking!inner()&booking=is.null&booking.customer=eq.Nobody&order=name&limit=1&name=eq.Rope"), Removal{})
	if err != nil || len(out.IDs) != 0 {
		t.Errorf("none is inner and none: %+v %v", out, err)
	}
	out, err = items.DeleteWhere(t.Context(), parse("select=*,booking()&booking=is.null&order=name.desc&limit=1"), Removal{})
	if err != nil || len(out.IDs) != 1 || w.names(items, "order=name", "name") != "Drill Rope Tent" {
		t.Errorf("%+v %v: %s", out, err, w.names(items, "order=name", "name"))
	}
}

func TestUpsert(t *testing.T) {
	w := newWorld(t)
	categories := w.records(w.a, "category")
	c := categories.Collection
	upsert := func(body string, on Conflict, update Access) (Written, error) {
		return categories.Upsert(t.Context(), w.rows(c, body, Reading{Identified: true}), on, update)
	}
	first, err := upsert(`[{"name":"A"},{"name":"B"}]`, Conflict{On: []string{"name"}}, Access{})
	if err != nil || first.Created != 2 {
		t.Fatalf("%+v %v", first, err)
	}
	again, err := upsert(`[{"name":"B"},{"name":"C"}]`, Conflict{On: []string{"name"}}, Access{})
	if err != nil || again.Created != 1 || again.IDs[0] != first.IDs[1] {
		t.Errorf("%+v %v", again, err)
	}
	kept, err := upsert(`[{"name":"B"},{"name":"D"}]`, Conflict{On: []string{"name"}, Keep: true}, Access{})
	if err != nil || kept.Created != 1 || len(kept.IDs) != 1 {
		t.Errorf("%+v %v", kept, err)
	}
	id := newID(t)
	for n, name := range []string{"E", "F"} {
		out, err := upsert(`{"id":"`+id.String()+`","name":"`+name+`"}`, Conflict{}, Access{})
		if err != nil || out.IDs[0] != id || out.Created != 1-n {
			t.Errorf("%s: %+v %v", name, out, err)
		}
	}
	if got, _ := w.answer(categories, "select=name,version&order=name"); got != `[{"name":"A","version":1},{"name":"B","version":2},{"name":"C","version":1},{"name":"D","version":1},{"name":"F","version":2}]` {
		t.Errorf("%s", got)
	}
	when, err := c.condition(`name == "A"`)
	if err != nil {
		t.Fatal(err)
	}
	_, err = upsert(`[{"name":"G"},{"name":"B"}]`, Conflict{On: []string{"name"}}, Access{When: when})
	if errs.KindOf(err) != errs.Denied || w.names(categories, "name=eq.G", "name") != "" {
		t.Errorf("a record that may not be changed: %v", err)
	}
	_, err = upsert(`{"name":"G"}`, Conflict{On: []string{"nam"}}, Access{})
	wants(t, err, errs.Invalid, "no_unique_rule", "on_conflict")
	_, err = upsert(`[{"name":"H"},{"name":"H"}]`, Conflict{On: []string{"name"}}, Access{})
	wants(t, err, errs.Conflict, "already_exists", "")
	// The id of a deleted record stays taken.
	if err := categories.Delete(t.Context(), id, nil); err != nil {
		t.Fatal(err)
	}
	_, err = upsert(`{"id":"`+id.String()+`","name":"I"}`, Conflict{}, Access{})
	wants(t, err, errs.Conflict, "already_exists", "")
	// The same id on another site is another record.
	other := w.records(w.b, "category")
	if out, err := other.Upsert(t.Context(), []Row{{ID: first.IDs[0], Values: Values{"name": "A"}}}, Conflict{}, Access{}); err != nil || out.Created != 1 {
		t.Errorf("%+v %v", out, err)
	}
	if out, err := other.Upsert(t.Context(), nil, Conflict{}, Access{}); err != nil || len(out.IDs) != 0 {
		t.Errorf("nothing: %+v %v", out, err)
	}
}

// TestUpsertByRules meets the records that the rule speaks of, as it compares
// them, and tells nothing about values that the actor does not see.
func TestUpsertByRules(t *testing.T) {
	w := worldOf(t, workshop())
	jobs, tools := w.records(w.a, "job"), w.records(w.a, "tool")
	for _, name := range []string{"old", "older"} {
		w.create(jobs, `{"name":"`+name+`","code":"A","done":true}`)
	}
	jobCode, toolName := []string{"code"}, []string{"name"}
	for _, one := range []struct {
		in      Records
		on      Conflict
		body    string
		created int
		ids     int
		want    string // what then is there, by name
	}{
		// Records that the rule does not speak of are left alone.
		{jobs, Conflict{On: jobCode}, `[{"name":"new","code":"A"}]`, 1, 1, "new old older"},
		{jobs, Conflict{On: jobCode}, `[{"name":"newer","code":"A"}]`, 0, 1, "newer old older"},
		{jobs, Conflict{On: jobCode}, `[{"name":"oldest","code":"A","done":true}]`, 1, 1, "newer old older oldest"},
		{jobs, Conflict{On: jobCode, Keep: true}, `[{"name":"none","code":"A"},{"name":"b","code":"B"},{"name":"c","code":"B"},{"name":"d"},{"name":"e"}]`, 3, 3, "b d e newer old older oldest"},
		{tools, Conflict{On: toolName}, `[{"name":"Axe"}]`, 1, 1, "Axe"},
		{tools, Conflict{On: toolName}, `[{"name":"AXE"}]`, 0, 1, "AXE"},
		{tools, Conflict{On: toolName, Keep: true}, `[{"name":"axe"},{"name":"Bow"},{"name":"BOW"}]`, 1, 1, "AXE Bow"},
	} {
		out, err := one.in.Upsert(t.Context(), w.rows(one.in.Collection, one.body, Reading{Identified: true}), one.on, Access{})
		if err != nil || out.Created != one.created || len(out.IDs) != one.ids {
			t.Errorf("%s: %+v %v", one.body, out, err)
		}
		if got := w.names(one.in, "order=name", "name"); got != one.want {
			t.Errorf("%s: %s, not %s", one.body, got, one.want)
		}
	}

	// Whether there is a record with the code is not told to whom codes are closed.
	shut := jobs
	shut.Access = jobs.Collection.Closed(Access{}, func(_ *Collection, guard string) bool { return guard != "codes" })
	var answers []string
	for _, on := range []Conflict{{On: jobCode, Keep: true}, {On: jobCode}, {Keep: true}} {
		for _, code := range []string{"A", "Z"} {
			_, err := shut.Upsert(t.Context(), w.rows(jobs.Collection, `[{"code":"`+code+`"}]`, Reading{Identified: true}), on, shut.Access)
			answers = append(answers, fmt.Sprint(errs.Of(err), errs.Of(err).Fields))
			if errs.KindOf(err) != errs.Invalid || strings.Contains(fmt.Sprint(errs.Of(err).Fields), "code,") {
				t.Errorf("%+v: %v", on, err)
			}
		}
	}
	for n := 0; n < len(answers); n += 2 {
		if answers[n] != answers[n+1] {
			t.Errorf("%s tells it apart from %s", answers[n], answers[n+1])
		}
	}
	_, err := jobs.Upsert(t.Context(), w.rows(jobs.Collection, `[{"name":"b","code":"B"},{"name":"f"},{"name":"g","tool_id":"`+newID(t).String()+`"}]`, Reading{}), Conflict{On: jobCode}, Access{})
	wants(t, err, errs.Invalid, "reference_missing", "2.tool_id")
}

// TestEqualUpsertsMeet has many write the same new records at once: one makes
// them, the others find them.
func TestEqualUpsertsMeet(t *testing.T) {
	w := newWorld(t)
	categories := w.records(w.a, "category")
	id := newID(t)
	for n, on := range []Conflict{{On: []string{"name"}}, {On: []string{"name"}, Keep: true}, {}} {
		body := fmt.Sprintf(`[{"name":"same %d"},{"name":"other %[1]d"}]`, n)
		if on.On == nil {
			body = `[{"id":"` + id.String() + `","name":"by id"}]`
		}
		results, created := make([]error, 12), make([]int, 12)
		var wait sync.WaitGroup
		for i := range results {
			wait.Go(func() {
				out, err := categories.Upsert(t.Context(), w.rows(categories.Collection, body, Reading{Identified: true}), on, Access{})
				results[i], created[i] = err, out.Created
			})
		}
		wait.Wait()
		all := 0
		for i, err := range results {
			if all += created[i]; err != nil {
				t.Errorf("%+v: %v", on, err)
			}
		}
		if all != strings.Count(body, "name") {
			t.Errorf("%+v: %d were created", on, all)
		}
	}
}

func TestCellsSayWhatTheyMean(t *testing.T) {
	for text, cell := range map[string]string{
		"a": "a", "": "", "NULL": "'NULL", "'NULL": "''NULL", "null": "null", "NULLs": "NULLs",
		"=1+1": "'=1+1", "'=1+1": "''=1+1", "  =a": "'  =a", "\u00a0@a": "'\u00a0@a", "＝a": "'＝a", "- a": "'- a", "\ta": "'\ta", "\na": "'\na",
		"-5": "-5", "'-5": "'-5", "+4930123456": "+4930123456", "-1.5": "-1.5", "-1-1": "'-1-1", "'a": "'a", "it's": "it's", "-PT1H": "'-PT1H",
	} {
		if got := cellText(text); got != cell {
			t.Errorf("%q stands as %q, want %q", text, got, cell)
		}
		if got := textOfCell(cell); got != text {
			t.Errorf("%q reads as %q, want %q", cell, got, text)
		}
	}
	for _, bare := range []string{"=1+1", "-a", "@"} { // as somebody else wrote them
		if got := textOfCell(bare); got != bare {
			t.Errorf("%q reads as %q", bare, got)
		}
	}
}

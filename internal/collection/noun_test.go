package collection

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

//go:embed testdata
var nouns embed.FS

// nounWorld is a world of one of the modules in testdata.
func nounWorld(t testing.TB, name string) world {
	t.Helper()
	files, err := fs.Sub(nouns, "testdata/"+name)
	if err != nil {
		t.Fatal(err)
	}
	m, err := manifest.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	return worldOf(t, m)
}

func (w world) run(r Records, action string, id uuid.UUID, params string) (map[string]any, error) {
	w.Helper()
	at := slices.IndexFunc(r.Collection.Actions, func(a manifest.Action) bool { return a.Name == action })
	if at < 0 {
		w.Fatalf("there is no action %s", action)
	}
	a := &r.Collection.Actions[at]
	values, err := r.Collection.DecodeAction(a, []byte(params), r.Currency)
	if err != nil {
		return nil, err
	}
	r.Answer = &Access{}
	raw, err := r.Run(w.Context(), a, id, values)
	if err != nil {
		return nil, err
	}
	return w.decode(raw), nil
}

func (w world) mustRun(r Records, action string, id uuid.UUID, params string) map[string]any {
	w.Helper()
	record, err := w.run(r, action, id, params)
	if err != nil {
		w.Fatalf("%s: %v", action, err)
	}
	return record
}

// amountOf is the amount of a money value of a record.
func amountOf(record map[string]any, key string) any {
	m, _ := record[key].(map[string]any)
	return m["amount"]
}

func TestDealsMoveByActions(t *testing.T) {
	w := nounWorld(t, "sales")
	pipelines, stages, deals := w.records(w.a, "pipeline"), w.records(w.a, "stage"), w.records(w.a, "deal")
	pipeline := w.create(pipelines, `{"name":"Sales"}`)
	stage := func(name, kind, probability string) string {
		return w.create(stages, fmt.Sprintf(`{"pipeline_id":%q,"name":%q,"kind":%q,"probability":%s}`, pipeline["id"], name, kind, probability))["id"].(string)
	}
	first, second := stage("New", "open", "10"), stage("Talks", "open", "50")
	won, lost := stage("Won", "won", "100"), stage("Lost", "lost", "0")
	if _, err := w.tryCreate(stages, fmt.Sprintf(`{"pipeline_id":%q,"name":"Odd","kind":"won","probability":50}`, pipeline["id"])); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a won stage with half a chance: %v", err)
	}
	deals.Settings = map[string]any{"default_pipeline": idOf(t, pipeline), "rotting": true}

	deal := w.create(deals, `{"name":"Roof","amount":{"amount":999}}`)
	id := idOf(t, deal)
	if deal["stage_id"] != first || deal["status"] != "open" || deal["probability"] != 10.0 || amountOf(deal, "weighted") != 100.0 {
		t.Errorf("%v", deal)
	}
	if deal["rotting"] != false || deal["rots_at"] == nil || deal["stage_at"] == nil || deal["closed_at"] != nil {
		t.Errorf("%v", deal)
	}
	deal, err := w.tryUpdate(deals, id, fmt.Sprintf(`{"stage_id":%q}`, second))
	if err != nil || deal["probability"] != 50.0 || amountOf(deal, "weighted") != 500.0 {
		t.Fatalf("%v %v", deal, err)
	}
	// A card dragged to another column is the action that leads there.
	_, err = w.tryUpdate(deals, id, fmt.Sprintf(`{"stage_id":%q}`, lost))
	wants(t, err, errs.Invalid, "required", "lost_reason")
	deal, err = w.tryUpdate(deals, id, fmt.Sprintf(`{"stage_id":%q,"lost_reason":"Price"}`, lost))
	if err != nil || deal["status"] != "lost" || deal["closed_at"] == nil || deal["probability"] != 0.0 {
		t.Fatalf("%v %v", deal, err)
	}
	_, err = w.tryUpdate(deals, id, fmt.Sprintf(`{"stage_id":%q}`, won))
	if e := wants(t, err, errs.Conflict, "illegal_move", ""); !strings.Contains(string(e.Current), `"status":"lost"`) {
		t.Errorf("the refusal does not say where the deal is: %s", e.Current)
	}
	_, err = w.run(deals, "win", id, `{}`)
	wants(t, err, errs.Conflict, "illegal_move", "")
	deal = w.mustRun(deals, "reopen", id, `{}`)
	if deal["status"] != "open" || deal["stage_id"] != first || deal["lost_reason"] != nil || deal["closed_at"] != nil {
		t.Errorf("%v", deal)
	}
	// A move may leave the reach of the change that it turned out to be; what else is given may not.
	bound := deals
	within, err := deals.Collection.condition(`status == "open" and name != "Gone"`)
	if err != nil {
		t.Fatal(err)
	}
	bound.Access = Access{When: within, Stay: within}
	_, err = w.tryUpdate(bound, id, `{"name":"Gone"}`)
	wants(t, err, errs.Denied, "out_of_reach", "")
	_, err = w.tryUpdate(bound, id, fmt.Sprintf(`{"stage_id":%q,"lost_reason":"Price","name":"Gone"}`, lost))
	wants(t, err, errs.Denied, "out_of_reach", "")
	if left, err := w.tryUpdate(bound, id, fmt.Sprintf(`{"stage_id":%q,"lost_reason":"Price"}`, lost)); err != nil || left["id"] != deal["id"] || left["status"] != nil {
		t.Errorf("%v %v", left, err)
	}
	w.mustRun(deals, "reopen", id, `{}`)
	deals.May = func(action string) (Access, bool) { return Access{}, action != "win" }
	_, err = w.tryUpdate(deals, id, fmt.Sprintf(`{"stage_id":%q}`, won))
	if errs.KindOf(err) != errs.Denied {
		t.Errorf("won without the permission: %v", err)
	}
	deals.May = nil
	deal = w.mustRun(deals, "win", id, `{}`)
	if deal["status"] != "won" || deal["stage_id"] != won || amountOf(deal, "weighted") != 999.0 {
		t.Errorf("%v", deal)
	}

	other := w.create(pipelines, `{"name":"Other"}`)
	_, err = w.tryUpdate(deals, id, fmt.Sprintf(`{"pipeline_id":%q}`, other["id"]))
	if errs.Of(err) == nil {
		t.Errorf("a deal in a stage of another pipeline: %v", err)
	}
	if err := stages.Delete(t.Context(), uuid.MustParse(won), nil); err == nil {
		t.Error("a stage goes while deals are in it")
	} else {
		wants(t, err, errs.Invalid, "required", "substitute")
	}
	if names := w.events(id); names != "stage_changed lost stage_changed reopened stage_changed lost stage_changed reopened stage_changed won stage_changed" {
		t.Errorf("%s", names)
	}
}

// events are the names of the events about a record, in order.
func (w world) events(id uuid.UUID) string {
	w.Helper()
	rows, err := w.db.Pool().Query(w.Context(), `select name from platform.event where record = $1 order by seq`, id)
	if err != nil {
		w.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		w.Fatal(err)
	}
	return strings.Join(names, " ")
}

func TestOneOfFiftyBookingsWins(t *testing.T) {
	w := nounWorld(t, "appointments")
	w.now = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	appointments := w.records(w.a, "appointment")
	appointments.Settings = map[string]any{"cancel_notice": int64(24 * 60 * 60 * 1000)}
	service := w.create(w.records(w.a, "service"), `{"name":"Cut","capacity":5}`)["id"]
	staff := w.create(w.records(w.a, "staff"), `{"name":"Ann"}`)["id"]
	book := func(extra string) (map[string]any, error) {
		return w.tryCreate(appointments, fmt.Sprintf(`{"service_id":%q,%s}`, service, extra))
	}
	at := func(from string) string {
		return fmt.Sprintf(`"staff_id":%q,"starts_at":"2026-11-24T%s:00Z"`, staff, from)
	}

	var wait sync.WaitGroup
	results := make([]error, 50)
	for i := range results {
		wait.Go(func() { _, results[i] = book(at("10:00")) })
	}
	wait.Wait()
	booked := 0
	for _, err := range results {
		if err == nil {
			booked++
			continue
		}
		if e := wants(t, err, errs.Conflict, "overlap", ""); e.Message != "Staff is not free at that time." {
			t.Errorf("%s", e.Message)
		}
	}
	if booked != 1 {
		t.Errorf("%d of 50 bookings won", booked)
	}
	next, err := book(at("11:00"))
	if err != nil || next["ends_at"] != "2026-11-24T12:00:00+00:00" || !strings.HasPrefix(next["number"].(string), "B000") {
		t.Fatalf("%v %v", next, err)
	}
	_, err = w.tryUpdate(appointments, idOf(t, next), `{"starts_at":"2026-11-24T10:30:00Z"}`)
	wants(t, err, errs.Conflict, "overlap", "")
	w.mustRun(appointments, "cancel", idOf(t, next), `{"cancel_reason":"Ill"}`)
	if _, err = book(at("11:30")); err != nil {
		t.Errorf("a cancelled appointment is in the way: %v", err)
	}
	late, err := book(`"starts_at":"2026-11-22T20:00:00Z"`)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.run(appointments, "cancel", idOf(t, late), `{}`)
	if e := wants(t, err, errs.Conflict, "refused", ""); e.Message != "It is too late to cancel online." {
		t.Errorf("%s", e.Message)
	}
	_, err = book(`"kind":"seat","starts_at":"2026-11-24T10:00:00Z"`)
	wants(t, err, errs.Invalid, "required", "session_id")
}

func TestSeatsAreNotSoldTwice(t *testing.T) {
	w := nounWorld(t, "appointments")
	appointments := w.records(w.a, "appointment")
	service := w.create(w.records(w.a, "service"), `{"name":"Yoga","capacity":5}`)["id"]
	session := w.create(appointments, fmt.Sprintf(`{"kind":"session","service_id":%q,"starts_at":"2026-11-24T10:00:00Z"}`, service))
	if session["capacity"] != 5.0 {
		t.Fatalf("%v", session)
	}
	seat := func() error {
		_, err := w.tryCreate(appointments, fmt.Sprintf(`{"kind":"seat","session_id":%q,"service_id":%q,"starts_at":"2026-11-24T10:00:00Z","seats":2}`, session["id"], service))
		return err
	}
	var wait sync.WaitGroup
	results := make([]error, 12)
	for i := range results {
		wait.Go(func() { results[i] = seat() })
	}
	wait.Wait()
	sold := 0
	for _, err := range results {
		if err == nil {
			sold++
			continue
		}
		if e := wants(t, err, errs.Invalid, "rule_broken", ""); e.Message != "Not enough seats left." {
			t.Errorf("%s", e.Message)
		}
	}
	if sold != 2 {
		t.Errorf("%d pairs of seats were sold of 5 seats", sold)
	}
	// A seat that is sold again does not come back.
	rows, _, err := w.list(appointments, "kind=eq.seat&limit=1")
	if err != nil {
		t.Fatal(err)
	}
	if err := appointments.Delete(t.Context(), idOf(t, rows[0]), nil); err != nil {
		t.Fatal(err)
	}
	if err := seat(); err != nil {
		t.Fatal(err)
	}
	_, err = appointments.Restore(t.Context(), idOf(t, rows[0]))
	if e := wants(t, err, errs.Invalid, "rule_broken", "session_id"); e.Message != "Not enough seats left." {
		t.Errorf("%s", e.Message)
	}
}

func TestInvoicesAddUp(t *testing.T) {
	w := nounWorld(t, "invoices")
	invoices, allocations := w.records(w.a, "invoice"), w.records(w.a, "allocation")
	settings := map[string]any{"invoice_prefix": "INV"}
	invoices.Settings, allocations.Settings = settings, settings
	party := w.create(w.records(w.a, "party"), `{"name":"Acme"}`)["id"]
	item := w.create(w.records(w.a, "item"), `{"name":"Hour","unit_price":{"amount":333}}`)["id"]
	tax := w.create(w.records(w.a, "tax"), `{"name":"VAT","rate":20}`)["id"]
	invoice := w.create(invoices, fmt.Sprintf(`{"party_id":%q,"lines":[{"item_id":%q,"quantity":1.5,"taxes_ids":[%q]},{"text":"Way","unit_price":{"amount":1000},"discount":12.5}]}`, party, item, tax))
	id := idOf(t, invoice)
	lines := func(record map[string]any) []any { return record["lines"].([]any) }
	first := lines(invoice)[0].(map[string]any)
	// 1.5 × 3.33 is 4.995, which is rounded once, away from zero.
	if first["text"] != "Hour" || amountOf(first, "net") != 500.0 || len(first["taxes_ids"].([]any)) != 1 {
		t.Errorf("%v", first)
	}
	if amountOf(invoice, "total") != 1375.0 || amountOf(invoice, "due") != 1375.0 || invoice["payment"] != "unpaid" || invoice["due_on"] != "2026-12-06" || invoice["number"] != nil {
		t.Errorf("%v", invoice)
	}
	second := lines(invoice)[1].(map[string]any)
	invoice, err := w.tryUpdate(invoices, id, fmt.Sprintf(`{"lines":[{"id":%q,"discount":0},{"text":"More","unit_price":{"amount":1}}]}`, second["id"]))
	if err != nil || len(lines(invoice)) != 2 || amountOf(invoice, "total") != 1001.0 || lines(invoice)[0].(map[string]any)["text"] != "Way" {
		t.Fatalf("%v %v", invoice, err)
	}
	_, err = w.tryUpdate(invoices, id, `{"lines":[{"unit_price":{"amount":1}}]}`)
	wants(t, err, errs.Invalid, "required", "lines[0].text")

	invoice = w.mustRun(invoices, "issue", id, `{}`)
	if invoice["number"] != "INV-2026-0001" || invoice["issued_on"] != "2026-11-22" || invoice["status"] != "issued" {
		t.Errorf("%v", invoice)
	}
	_, err = w.tryUpdate(invoices, id, `{"due_on":"2027-01-01"}`)
	wants(t, err, errs.Conflict, "locked", "due_on")
	_, err = w.tryUpdate(invoices, id, `{"lines":[]}`)
	wants(t, err, errs.Conflict, "locked", "lines")
	if _, err = w.tryUpdate(invoices, id, `{"notes":"Paid by card"}`); err != nil {
		t.Errorf("%v", err)
	}
	if err = invoices.Delete(t.Context(), id, nil); errs.KindOf(err) != errs.Conflict {
		t.Errorf("an issued invoice is deleted: %v", err)
	}
	empty := w.create(invoices, fmt.Sprintf(`{"party_id":%q}`, party))
	_, err = w.run(invoices, "issue", idOf(t, empty), `{}`)
	wants(t, err, errs.Invalid, "required", "lines")

	var wait sync.WaitGroup
	results := make([]error, 10)
	for i := range results {
		wait.Go(func() {
			_, results[i] = w.tryCreate(allocations, fmt.Sprintf(`{"invoice_id":%q,"amount":{"amount":300}}`, id))
		})
	}
	wait.Wait()
	paid := 0
	for _, err := range results {
		if err == nil {
			paid++
			continue
		}
		wants(t, err, errs.Invalid, "rule_broken", "invoice_id")
	}
	if paid != 3 {
		t.Errorf("%d payments of 3.00 were allocated to 10.01", paid)
	}
	_, err = w.run(invoices, "cancel", id, `{}`)
	wants(t, err, errs.Conflict, "refused", "")
	// A payment comes back while nothing else was paid instead.
	rows, _, err := w.list(allocations, "limit=1")
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []string{"", "rule_broken"} {
		if err := allocations.Delete(t.Context(), idOf(t, rows[0]), nil); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			w.create(allocations, fmt.Sprintf(`{"invoice_id":%q,"amount":{"amount":300}}`, id))
		}
		if _, err := allocations.Restore(t.Context(), idOf(t, rows[0])); want == "" && err != nil {
			t.Error(err)
		} else if want != "" {
			wants(t, err, errs.Invalid, want, "invoice_id")
		}
	}
}

// TestNumbersHaveNoGaps issues many invoices at once, of which some are refused.
func TestNumbersHaveNoGaps(t *testing.T) {
	w := nounWorld(t, "invoices")
	invoices := w.records(w.a, "invoice")
	invoices.Settings = map[string]any{"invoice_prefix": "R"}
	party := w.create(w.records(w.a, "party"), `{"name":"Acme"}`)["id"]
	ids := make([]uuid.UUID, 60)
	for i := range ids {
		lines := `[{"text":"A","unit_price":{"amount":5}}]`
		if i%3 == 0 {
			lines = `[]` // cannot be issued
		}
		ids[i] = idOf(t, w.create(invoices, fmt.Sprintf(`{"party_id":%q,"lines":%s}`, party, lines)))
	}
	var mu sync.Mutex
	var numbers []string
	var wait sync.WaitGroup
	for i, id := range ids {
		wait.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if i%3 == 1 && i%2 == 0 { // fails after the number is drawn
				_ = invoices.transact(ctx, func(r Records) error {
					if _, err := w.run(r, "issue", id, `{}`); err != nil {
						t.Errorf("%v", err)
					}
					return errs.New(errs.Conflict, "later", "Something else fails.")
				})
				return
			}
			record, err := w.run(invoices, "issue", id, `{}`)
			if err != nil {
				if i%3 != 0 {
					t.Errorf("%v", err)
				}
				return
			}
			mu.Lock()
			defer mu.Unlock()
			numbers = append(numbers, record["number"].(string))
		})
	}
	wait.Wait()
	slices.Sort(numbers)
	for i, n := range numbers {
		if want := fmt.Sprintf("R-2026-%04d", i+1); n != want {
			t.Fatalf("%d: %s, not %s", i, n, want)
		}
	}
	if len(numbers) != 30 {
		t.Errorf("%d numbers", len(numbers))
	}
}

// TestNewRecordsHoldTheirNumbers writes a collection that is never changed in
// every way there is: its numbers come with the records, and what is refused
// uses none up.
func TestNewRecordsHoldTheirNumbers(t *testing.T) {
	w := nounWorld(t, "invoices")
	journal := w.records(w.a, "journal")
	journal.Settings = map[string]any{"invoice_prefix": "J"}
	if !journal.Collection.createsAtOnce(Values{"text": "a"}, nil) {
		t.Error("a number takes a second round trip")
	}
	first := w.create(journal, `{"text":"a","key":"a"}`)
	if first["number"] != "J0001" || first["slip"] != nil {
		t.Errorf("%v", first)
	}
	_, err := w.tryCreate(journal, `{"text":"a","key":"a"}`)
	wants(t, err, errs.Conflict, "already_exists", "")
	if with := w.create(journal, `{"text":"b","parts":[{"text":"c"}]}`); with["number"] != "J0002" {
		t.Errorf("%v", with)
	}
	rows := w.rows(journal.Collection, `[{"text":"c"},{"text":"d","kind":"out"}]`, Reading{})
	if _, err := journal.CreateMany(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	rows = w.rows(journal.Collection, `[{"text":"x","key":"a"},{"text":"e","key":"e"}]`, Reading{})
	if out, err := journal.Upsert(t.Context(), rows, Conflict{On: []string{"key"}, Keep: true}, Access{}); err != nil || out.Created != 1 {
		t.Fatalf("%+v %v", out, err)
	}
	booked := w.mustRun(journal, "book", uuid.Nil, `{"text":"f"}`)
	sown := Acting{Scope: journal.Scope, Settings: journal.Settings, Currency: "EUR", Now: journal.Now}
	seeds := []manifest.Seed{{Collection: "journal", Records: []manifest.SeedRecord{{Key: "one", Values: map[string]any{"text": "g"}}}}}
	if err := journal.Within(t.Context(), func(r Records) error {
		sown.Scope = r.Scope
		return sown.Sow(t.Context(), w.module, seeds)
	}); err != nil {
		t.Fatal(err)
	}
	got, _ := w.answer(journal, "select=text,number,slip&order=text")
	want := `[{"number":"J0001","slip":null,"text":"a"},{"number":"J0002","slip":null,"text":"b"},{"number":"J0003","slip":null,"text":"c"},` +
		`{"number":"J0001","slip":null,"text":"d"},{"number":"J0004","slip":null,"text":"e"},{"number":"J0002","slip":"2026/1","text":"f"},{"number":"J0005","slip":null,"text":"g"}]`
	if got != want {
		t.Errorf("%s", got)
	}
	for _, record := range []map[string]any{first, booked} {
		history, err := journal.History(t.Context(), idOf(t, record), 0, 10)
		if err != nil || strings.Count(string(history), `"seq"`) != 1 {
			t.Errorf("%s %v", history, err)
		}
	}
}

// TestValuesAreWorkedOutOfNumbers writes, in every way there is, records of which
// values, lines and rules read the number that the write draws.
func TestValuesAreWorkedOutOfNumbers(t *testing.T) {
	w := nounWorld(t, "invoices")
	vouchers, letters := w.records(w.a, "voucher"), w.records(w.a, "letter")
	if got := w.create(vouchers, `{"text":"a","key":"a","parts":[{}]}`); got["name"] != "V01/a" || fmt.Sprint(got["parts"]) != "[map[id:"+got["parts"].([]any)[0].(map[string]any)["id"].(string)+" of:V01]]" {
		t.Errorf("%v", got)
	}
	_, err := w.tryCreate(vouchers, `{"text":"refused"}`)
	wants(t, err, errs.Invalid, "rule_broken", "text")
	_, err = w.tryCreate(vouchers, `{"text":"again","key":"a"}`)
	wants(t, err, errs.Conflict, "already_exists", "")
	if _, err := vouchers.CreateMany(t.Context(), w.rows(vouchers.Collection, `[{"text":"b"},{"text":"c"}]`, Reading{})); err != nil {
		t.Fatal(err)
	}
	rows := w.rows(vouchers.Collection, `[{"text":"x","key":"a"},{"text":"d","key":"d"}]`, Reading{})
	if out, err := vouchers.Upsert(t.Context(), rows, Conflict{On: []string{"key"}, Keep: true}, Access{}); err != nil || out.Created != 1 {
		t.Fatalf("%+v %v", out, err)
	}
	w.mustRun(vouchers, "book", uuid.Nil, `{"text":"e"}`)
	seeds := []manifest.Seed{{Collection: "voucher", Records: []manifest.SeedRecord{{Key: "one", Values: map[string]any{"text": "f"}}}}}
	if err := vouchers.Within(t.Context(), func(r Records) error {
		return Acting{Scope: r.Scope, Currency: "EUR", Now: r.Now}.Sow(t.Context(), w.module, seeds)
	}); err != nil {
		t.Fatal(err)
	}
	got, _ := w.answer(vouchers, "select=name,slug,first,always&order=text")
	var want []string
	for i, text := range strings.Split("abcdef", "") {
		n, slip := fmt.Sprintf("V%02d", i+1), ""
		if text == "e" {
			slip = "S1"
		}
		want = append(want, fmt.Sprintf(`{"always":"%[1]s%[2]s","first":"%[1]s","name":"%[1]s/%[3]s","slug":"v%02[4]d"}`, n, slip, text, i+1))
	}
	if got != "["+strings.Join(want, ",")+"]" {
		t.Errorf("%s", got)
	}

	refused := idOf(t, w.create(letters, `{"text":"refused"}`))
	one, two := idOf(t, w.create(letters, `{"text":"a","parts":[{}]}`)), idOf(t, w.create(letters, `{"text":"b"}`))
	if sent := w.mustRun(letters, "send", one, `{}`); sent["name"] != "L1/a" || sent["parts"].([]any)[0].(map[string]any)["of"] != "L1" {
		t.Errorf("%v", sent)
	}
	_, err = w.run(letters, "send", refused, `{}`)
	wants(t, err, errs.Invalid, "rule_broken", "text")
	at := slices.IndexFunc(letters.Collection.Actions, func(a manifest.Action) bool { return a.Name == "send" })
	if results := letters.RunMany(t.Context(), &letters.Collection.Actions[at], []uuid.UUID{refused, two}, nil); results[0].Err == nil || results[1].Err != nil {
		t.Errorf("%+v", results)
	}
	if got, _ := w.answer(letters, "select=name&order=text&number=not.is.null"); got != `[{"name":"L1/a"},{"name":"L2/b"}]` {
		t.Errorf("%s", got)
	}
}

func TestVisitorsSign(t *testing.T) {
	w := nounWorld(t, "guests")
	entries := w.records(w.a, "entry")
	made := w.mustRun(entries, "sign", uuid.Nil, `{"name":"Ann","message":"Hello"}`)
	id := idOf(t, made)
	_, err := w.run(entries, "sign", uuid.Nil, `{"name":"Ann"}`)
	wants(t, err, errs.Invalid, "required", "message")
	shown := w.mustRun(entries, "show", id, `{}`)
	if shown["status"] != "shown" || shown["status_at"] == nil {
		t.Errorf("%v", shown)
	}
	_, err = w.run(entries, "show", id, `{}`)
	wants(t, err, errs.Conflict, "illegal_move", "")
	if got := w.events(id); got != "signed shown" {
		t.Errorf("%s", got)
	}
	other := idOf(t, w.mustRun(entries, "sign", uuid.Nil, `{"name":"Bob","message":"Hi"}`))
	at := slices.IndexFunc(entries.Collection.Actions, func(a manifest.Action) bool { return a.Name == "hide" })
	results := entries.RunMany(t.Context(), &entries.Collection.Actions[at], []uuid.UUID{id, newID(t), other}, nil)
	if results[0].Err != nil || errs.KindOf(results[1].Err) != errs.NotFound || results[2].Err != nil {
		t.Errorf("%+v", results)
	}
}

// TestTrashIsPurgedAfterThirtyDays keeps what others point at, until they go.
func TestTrashIsPurgedAfterThirtyDays(t *testing.T) {
	w := nounWorld(t, "sales")
	pipelines, stages := w.records(w.a, "pipeline"), w.records(w.a, "stage")
	pipeline := w.create(pipelines, `{"name":"Sales"}`)
	for range 2 {
		w.create(stages, fmt.Sprintf(`{"pipeline_id":%q,"name":%q,"probability":10}`, pipeline["id"], uuid.NewString()))
	}
	if err := pipelines.Delete(t.Context(), idOf(t, pipeline), nil); err != nil {
		t.Fatal(err)
	}
	if rows, _, err := w.list(stages, ""); err != nil || len(rows) != 0 {
		t.Fatalf("the stages stay: %v %v", rows, err)
	}
	owner := strings.TrimSuffix(w.runtime, "_run") + "_owner"
	for days, want := range map[int]int64{29: 0, 31: 3} {
		n, err := w.module.Purge(t.Context(), w.db, owner, w.a, w.now.Add(time.Duration(days)*24*time.Hour))
		if err != nil || (days == 29 && n != want) || n > want {
			t.Errorf("after %d days: %d %v", days, n, err)
		}
	}
}

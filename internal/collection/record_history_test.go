package collection

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/change"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

type changed struct {
	Seq           int64
	Op            string
	Version       int64
	Before, After map[string]json.RawMessage
}

func (w world) history(r Records, id uuid.UUID, before int64, most int) []changed {
	w.Helper()
	raw, err := r.History(w.Context(), id, before, most)
	if err != nil {
		w.Fatal(err)
	}
	var list []changed
	if err := json.Unmarshal(raw, &list); err != nil {
		w.Fatalf("%s: %v", raw, err)
	}
	return list
}

// TestMomentsOfChangesAreTold looks at when a state or a tracked field changed,
// in the history and in what handlers are told, also of a field that was called
// otherwise.
func TestMomentsOfChangesAreTold(t *testing.T) {
	w := worldOf(t, workshop())
	jobs := w.records(w.a, "job")
	id := idOf(t, w.create(jobs, `{"name":"roof"}`))
	w.now = w.now.Add(time.Hour)
	jobs = w.records(w.a, "job")
	if _, err := w.tryUpdate(jobs, id, `{"name":"wall"}`); err != nil {
		t.Fatal(err)
	}
	if _, err := w.tryUpdate(jobs, id, `{"done":true}`); err != nil {
		t.Fatal(err)
	}
	list := w.history(jobs, id, 0, 10)
	moment := func(raw json.RawMessage) string {
		var at time.Time
		if json.Unmarshal(raw, &at) != nil {
			return string(raw)
		}
		return at.UTC().Format(time.RFC3339)
	}
	if got := moment(list[1].Before["name_at"]) + " " + moment(list[1].After["name_at"]); got != "2026-11-22T22:30:00Z 2026-11-22T23:30:00Z" {
		t.Errorf("the moments are %s", got)
	}
	if at, told := list[0].After["name_at"]; told {
		t.Errorf("a moment that did not change is told: %s", at)
	}
	if got := w.history(w.as(w.a, "job", Access{Fields: []string{"name"}}), id, 0, 10); got[1].After["name_at"] != nil {
		t.Errorf("a moment is told to whom may not read it: %s", got[1].After)
	}
	was, is, err := jobs.Told(t.Context(), map[string]json.RawMessage{"name": json.RawMessage(`"roof"`), "name_at": json.RawMessage(`null`)},
		map[string]json.RawMessage{"name": json.RawMessage(`"wall"`), "name_at": json.RawMessage(`"2026-11-22T23:30:00Z"`)})
	if err != nil || string(was["name_at"]) != "null" || moment(is["name_at"]) != "2026-11-22T23:30:00Z" {
		t.Errorf("told %s -> %s, %v", was, is, err)
	}

	m := workshop()
	m.Collections[1].Fields[0].Name, m.Collections[1].Title = "called", "called"
	m.Collections[1].Fields = append(m.Collections[1].Fields, manifest.Field{Name: "since", Kind: "datetime", Set: "called_at"})
	m.Collections[1].Unique, m.Collections[1].Exclude = nil, nil
	renamed, err := CompileAs(m, "mod_00000000", Physical{Columns: map[string]string{"job.called": "name"}})
	if err != nil {
		t.Fatal(err)
	}
	c, _ := renamed.Collection("job")
	if column, ok := c.source("t", nil, nil).Name("called_at"); !ok || column.SQL != `t."name_at"` {
		t.Errorf("the moment of a renamed field is %+v", column)
	}
}

func TestHistoryTellsWhatTheActorMayRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.records(w.a, "item")
	id := idOf(t, w.create(r, `{"name": "Tent", "about": "Green", "price": {"amount": 500, "currency": "EUR"}}`))
	for _, body := range []string{`{"name": "Big tent", "about": "Blue"}`, `{"price": {"amount": 700, "currency": "EUR"}}`} {
		if _, err := w.tryUpdate(r, id, body); err != nil {
			t.Fatal(err)
		}
	}
	list := w.history(r, id, 0, 10)
	if len(list) != 3 || list[0].Version != 3 || list[2].Op != "created" {
		t.Fatalf("the history is %+v", list)
	}
	if got := string(list[0].Before["price"]); len(list[0].After) != 1 || got == "" {
		t.Errorf("a new price is told as %s -> %s", list[0].Before, list[0].After)
	}
	var price struct {
		Amount   int64
		Currency string
	}
	if err := json.Unmarshal(list[0].After["price"], &price); err != nil || price.Amount != 700 || price.Currency != "EUR" {
		t.Errorf("the price is %s: %v", list[0].After["price"], err)
	}
	if string(list[1].Before["name"]) != `"Tent"` || string(list[1].After["about"]) != `"Blue"` {
		t.Errorf("%s -> %s", list[1].Before, list[1].After)
	}
	if page := w.history(r, id, list[0].Seq, 1); len(page) != 1 || page[0].Seq != list[1].Seq {
		t.Errorf("the second page is %+v", page)
	}
	narrow := w.history(w.as(w.a, "item", Access{Fields: []string{"name"}}), id, 0, 10)
	for _, c := range narrow {
		for key := range c.After {
			if key != "name" {
				t.Errorf("%s is told to whom may not read it", key)
			}
		}
	}
	if len(narrow) != 3 || string(narrow[1].After["name"]) != `"Big tent"` {
		t.Errorf("to whom may read the name alone: %+v", narrow)
	}
	if _, err := w.records(w.b, "item").History(t.Context(), id, 0, 10); errs.KindOf(err) != errs.NotFound {
		t.Errorf("on another site: %v", err)
	}

	n, err := change.Erase(t.Context(), w.db, change.Subject{
		Site: w.a, Module: w.module.Schema[len("mod_"):], Collections: []string{"item"}, Records: []uuid.UUID{id}, Columns: []string{"name", "price_amount"},
	})
	if err != nil || n != 3 {
		t.Fatalf("%d lines are rewritten, %v", n, err)
	}
	list = w.history(r, id, 0, 10)
	if got := string(list[1].Before["name"]); got != change.Erased {
		t.Errorf("the name is %s", got)
	}
	if got := string(list[0].After["price"]); got != change.Erased {
		t.Errorf("the price is %s", got)
	}
	if got := string(list[1].Before["about"]); got != `"Green"` {
		t.Errorf("what was not to be erased is %s", got)
	}
}

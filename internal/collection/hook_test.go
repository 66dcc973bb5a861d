package collection

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// echoes is a collection whose values look different in JSON than in Go, with a
// hook.
func echoes() *manifest.Manifest {
	return &manifest.Manifest{
		Format: 1, ID: "echoes", Name: "Echoes", Version: "1.0.0", Type: manifest.App, Description: "Gives back.",
		Collections: []*manifest.Collection{{
			Name: "echo", Label: "Echo", Plural: "Echoes", Title: "name", Hooks: []string{"before_save"},
			Fields: []manifest.Field{
				{Name: "name", Kind: "text", Required: true},
				{Name: "price", Kind: "money"},
				{Name: "share", Kind: "percent"},
				{Name: "took", Kind: "duration"},
				{Name: "exact", Kind: "decimal", Scale: 2},
				{Name: "at", Kind: "datetime"},
				{Name: "pin", Kind: "text", Secret: true},
				{Name: "labels", Kind: "tags"},
				{Name: "mails", Kind: "email", Many: true},
				{Name: "besides", Kind: "reference", To: "echo", Many: true},
				{Name: "place", Kind: "location"},
				{Name: "data", Kind: "json"},
				{Name: "state", Kind: "state", Options: paint},
				{Name: "noted", Kind: "text", Readonly: true, Default: "by itself"},
				{Name: "double", Kind: "decimal", Scale: 2, Computed: "exact * 2"},
				{Name: "next", Kind: "datetime", Set: "at + 1d"},
				{Name: "rows", Kind: "lines", Fields: []manifest.Field{
					{Name: "what", Kind: "text", Required: true},
					{Name: "cost", Kind: "money"},
					{Name: "notes", Kind: "text", Many: true},
					{Name: "kept", Kind: "text", Readonly: true, Default: "kept"},
					{Name: "net", Kind: "money", Computed: "cost * 2"},
				}},
			},
		}},
	}
}

// echo is code that gives back what change makes of the record.
type echo struct {
	got    json.RawMessage
	change func(record map[string]any)
}

func (e *echo) Run(_ context.Context, run Run) (json.RawMessage, error) {
	var in struct{ Record json.RawMessage }
	if err := json.Unmarshal(run.Input, &in); err != nil {
		return nil, err
	}
	if e.got = in.Record; e.change == nil {
		return in.Record, nil
	}
	var record map[string]any
	d := json.NewDecoder(strings.NewReader(string(in.Record)))
	d.UseNumber()
	if err := d.Decode(&record); err != nil {
		return nil, err
	}
	e.change(record)
	return json.Marshal(record)
}

func TestARecordThatAHookGivesBackWholeIsNotChanged(t *testing.T) {
	w := worldOf(t, echoes())
	code := &echo{}
	w.module.Bind(code)
	r := w.records(w.a, "echo")
	r.Sealer = turned{}
	full := `{"name":"full","price":{"amount":1999,"currency":"USD"},"share":16.5,"took":"PT90M","exact":1.50,"at":"2026-12-31T18:30:00+01:00","pin":"1234",
		"labels":["a"],"mails":["a@example.com"],"place":{"city":"Bath"},"data":{"a":1.0,"b":[null]},"rows":[{"what":"x","cost":{"amount":5,"currency":"USD"},"notes":["n"]},{"what":"y"}]}`
	shown := func(record map[string]any) string {
		delete(record, "version")
		delete(record, "updated_at")
		text, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	plain := w.create(r, full)
	id := idOf(t, plain)
	for _, empty := range []string{`"labels":[]`, `"mails":[]`, `"besides_ids":[]`, `"rows":[]`} {
		w.create(r, `{"name":"bare"}`)
		if !strings.Contains(string(code.got), empty) {
			t.Errorf("a hook is told %s, without %s", code.got, empty)
		}
	}
	again, err := w.tryUpdate(r, id, `{"name":"full"}`)
	if err != nil {
		t.Fatal(err)
	}
	if shown(again) != shown(plain) {
		t.Errorf("%v became %v", plain, again)
	}
	first := func(record map[string]any) map[string]any {
		return record["rows"].([]any)[0].(map[string]any)
	}
	for _, c := range []struct {
		says   string
		change func(record map[string]any)
		want   string // in the record, spaces left out
		code   string // or what it is refused as
		path   string
	}{
		{says: "what it changes is written", change: func(r map[string]any) { r["exact"] = 2; r["noted"] = "code" }, want: `"exact":2,`},
		{says: "what is computed follows", change: func(r map[string]any) { r["exact"] = 3 }, want: `"double":6`},
		{says: "a line", change: func(r map[string]any) { first(r)["cost"] = map[string]any{"amount": 7, "currency": "USD"} }, want: `"net":{"amount":14,`},
		{says: "what callers only read of a line", change: func(r map[string]any) { first(r)["kept"] = "lost" }, want: `"kept":"lost"`},
		{says: "a new line", change: func(r map[string]any) {
			r["rows"] = append(r["rows"].([]any), map[string]any{"what": "z", "net": nil, "kept": nil})
		}, want: `"what":"z"`},
		{says: "a secret", change: func(r map[string]any) { r["pin"] = "new" }, want: `"pin":{"set":true}`},
		{says: "nobody gives what is computed", change: func(r map[string]any) { r["double"] = 9 }, code: "readonly", path: "double"},
		{says: "nor in lines", change: func(r map[string]any) { first(r)["net"] = map[string]any{"amount": 1} }, code: "readonly", path: "rows[0].net"},
		{says: "nor an id", change: func(r map[string]any) { r["id"] = r["name"] }, code: "readonly", path: "id"},
		{says: "nor a version", change: func(r map[string]any) { r["version"] = 77 }, code: "readonly", path: "version"},
	} {
		code.change = c.change
		got, err := w.tryUpdate(r, id, `{"name":"full"}`)
		if c.code != "" {
			wants(t, err, errs.Invalid, c.code, c.path)
			continue
		}
		if text := shown(got); err != nil || !strings.Contains(text, c.want) {
			t.Errorf("%s: %v, %s is not in %s", c.says, err, c.want, text)
		}
	}
}

package module_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/change"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// guests are records of people, in two versions: the second calls what it keeps
// otherwise.
func guests(version, collection, was, name string) files {
	return files{
		"module.yaml":              moduleFile(version, ""),
		"collections/country.yaml": "fields: {title: {type: text, required: true}}\n",
		"collections/" + collection + ".yaml": was + `fields:
  ` + name + `
  paid: money
  home: {type: reference, to: country, inverse: people}
  seen: {type: reference, to: country, many: true, inverse: visitors}
  stays: {type: lines, fields: {note: text, nights: integer}}
  status: {type: state, options: [new, met]}
actions:
  meet: {from: new, to: met, params: {` + strings.SplitN(name, ":", 2)[0] + `: {}, stays: {}}, emits: met}
events: {paid_changed: {changed: [paid, home]}}
`,
	}
}

func TestValuesAreErasedWhereverTheyAreKept(t *testing.T) {
	t.Parallel()
	w := newWorking(t)
	agency, sites := w.agency(1)
	w.publish(agency, guests("1.0.0", "guest", "", "name: {type: text, translatable: true}"))
	i := w.install(sites[0], "rental")
	own := module.OwnField{Collection: "guest", Key: "tax", Kind: "text", Label: "Tax"}
	if _, err := w.AddField(t.Context(), alice, sites[0], "rental", own); err != nil {
		t.Fatal(err)
	}
	land := w.create(i, "country", `{"title": "Secretland"}`)
	body := `{"name": "Secret Ada", "paid": {"amount": 4711}, "home_id": "` + land.String() + `", "seen_ids": ["` + land.String() + `"], "stays": [{"note": "Secret note", "nights": 3}]}`
	ada, bob := w.create(i, "guest", body), w.create(i, "guest", strings.Replace(body, "Ada", "Bob", 1))
	for _, id := range []uuid.UUID{ada, bob} {
		w.change(i, "guest", id, `{"paid": {"amount": 815}, "home_id": null}`)
		err := w.scope(i).Batch(t.Context(), pg.Statement{
			SQL:  `update ` + module.SchemaName(i.Short) + `.guest set custom = '{"tax": "Secret tax", "other": 1}', i18n = '{"de": {"name": "Secret Adele"}}' where site_id = $1 and id = $2`,
			Args: []any{i.Site, id},
		})
		if err != nil {
			t.Fatal(err)
		}
		r := w.records(i, "guest")
		action := &r.Collection.Actions[0]
		values, err := r.Collection.DecodeAction(action, []byte(`{"name": "Secret Ida", "stays": [{"note": "Secret stay"}]}`), "EUR")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Run(t.Context(), action, id, values); err != nil {
			t.Fatal(err)
		}
	}
	w.publish(agency, guests("1.1.0", "person", "was: [guest]\n", "full_name: {type: text, translatable: true, was: [name]}"))
	i = w.update(sites[0], module.Change{Version: ptr("1.1.0")})
	w.change(i, "person", ada, `{"full_name": "Secret Eva", "paid": {"amount": 666}}`)

	// what the log and the events hold of a record
	held := func(id uuid.UUID) string {
		t.Helper()
		var text string
		err := w.db.Pool().QueryRow(t.Context(), `select coalesce(string_agg(x, ' '), '') from (
			select concat(before, after) as x from platform.changes where record = $1 union all
			select concat(data, previous) from platform.event where record = $1) l`, id).Scan(&text)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	bobs := held(bob)
	erase := func(fields ...string) int64 {
		t.Helper()
		n, err := w.EraseValues(t.Context(), i.Site, "rental", "person", []uuid.UUID{ada}, fields)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, c := range []struct {
		field string
		gone  string
	}{
		{"x_tax", "Secret tax"},
		{"stays.note", "Secret note"},
		{"stays", `"nights": 3`},
		{"paid", "4711"},
		{"home", land.String() + `", "paid`},
		{"seen", `"target_id": "` + land.String()},
		{"full_name", "Secret"},
	} {
		if !strings.Contains(held(ada), c.gone) {
			t.Errorf("%s: there is no %s in %s", c.field, c.gone, held(ada))
		}
		if n := erase(c.field); strings.Contains(held(ada), c.gone) {
			t.Errorf("%s: after %d lines %s is left in %s", c.field, n, c.gone, held(ada))
		}
		if n := erase(c.field); n != 0 {
			t.Errorf("%s: once more changes %d lines", c.field, n)
		}
	}
	for _, left := range []string{`"other": 1`, `"status"`, change.Erased} {
		if !strings.Contains(held(ada), left) {
			t.Errorf("%s is gone from %s", left, held(ada))
		}
	}
	if held(bob) != bobs {
		t.Errorf("somebody else's values are %s, were %s", held(bob), bobs)
	}
	r := w.records(i, "person")
	if list, err := r.History(t.Context(), ada, 0, 100); err != nil || strings.Contains(string(list), "Secret") {
		t.Errorf("the history is %s: %v", list, err)
	}
	if _, err := w.EraseValues(t.Context(), i.Site, "rental", "person", []uuid.UUID{ada}, []string{"nope"}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("an unknown field: %v", err)
	}
}

package module_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// journey is a collection that changes between two versions, and what becomes
// of a record that is written on the way. Values are JSON objects of fields.
type journey struct {
	name       string
	old, next  string // the fields of 1.0 and 1.1
	made       string // the record as it is written on 1.0
	up         string // what 1.1 shows of it
	on11       string // what is written on 1.1; empty: nothing
	back       string // what 1.0 shows then
	again      string // what 1.1 shows when nothing is written on 1.0
	on10       string // what is written on 1.0 instead; empty: nothing is tried
	after      string // what 1.1 shows after that
	later      string // a record that is made on 1.1
	laterBack  string // what 1.0 shows of it
	laterAgain string // what 1.1 shows of it in the end
}

// journeys are the changes of fields that move values.
var journeys = []journey{
	{
		name: "computed",
		old:  "{price: integer, total: {type: integer, computed: price * 2}}", next: "{price: integer, total: {type: integer, computed: price * 3}}",
		made: `{"price":100}`, up: `{"total":300}`, back: `{"total":200}`, again: `{"total":300}`,
		on10: `{"price":10}`, after: `{"total":30}`, later: `{"price":7}`, laterBack: `{"total":14}`, laterAgain: `{"total":21}`,
	},
	{
		name: "input_computed",
		old:  "{price: integer, net: {type: integer, computed: price * 2}, total: {type: integer, computed: net + 1}, label: {type: text, computed: 'if(total > 250, \"dear\", \"cheap\")'}}",
		next: "{price: integer, net: {type: integer, computed: price * 3}, total: {type: integer, computed: net + 1}, label: {type: text, computed: 'if(total > 250, \"dear\", \"cheap\")'}}",
		made: `{"price":100}`, up: `{"net":300,"total":301,"label":"dear"}`, back: `{"net":200,"total":201,"label":"cheap"}`, again: `{"total":301}`,
		on10: `{"price":10}`, after: `{"total":31}`, later: `{"price":7}`, laterBack: `{"total":15}`, laterAgain: `{"total":22}`,
	},
	{
		name: "input_converted",
		old:  "{stock: integer, twice: {type: decimal, scale: 3, computed: stock * 2}}", next: "{stock: {type: decimal, scale: 2}, twice: {type: decimal, scale: 3, computed: stock * 2}}",
		made: `{"stock":3}`, up: `{"stock":3,"twice":6}`, on11: `{"stock":2.75}`, back: `{"stock":3,"twice":6}`, again: `{"stock":2.75,"twice":5.5}`,
		on10: `{"stock":4}`, after: `{"stock":4,"twice":8}`, later: `{"stock":-2.5}`, laterBack: `{"stock":-3,"twice":-6}`, laterAgain: `{"stock":-2.5,"twice":-5}`,
	},
	{
		name: "required_widened",
		old:  "{note: text, stock: {type: integer, required: true}}", next: "{note: text, stock: {type: decimal, scale: 2, required: true}}",
		made: `{"stock":3}`, up: `{"stock":3}`, on11: `{"stock":2.75}`, back: `{"stock":3}`, again: `{"stock":2.75}`,
		on10: `{"note":"touched"}`, after: `{"stock":2.75,"note":"touched"}`, later: `{"stock":0.5}`, laterBack: `{"stock":1}`, laterAgain: `{"stock":0.5}`,
	},
	{
		name: "more_digits",
		old:  "{size: {type: decimal, scale: 1}}", next: "{size: {type: decimal, scale: 3}}",
		made: `{"size":1.5}`, up: `{"size":1.5}`, on11: `{"size":1.45}`, back: `{"size":1.5}`, again: `{"size":1.45}`,
		on10: `{"size":1.4}`, after: `{"size":1.4}`, later: `{"size":-0.05}`, laterBack: `{"size":-0.1}`, laterAgain: `{"size":-0.05}`,
	},
	{
		name: "declared_both_ways",
		old:  "{size: {type: decimal, scale: 2}}", next: "{size: {type: integer, convert: round(old.size), back: old.size}}",
		made: `{"size":2.75}`, up: `{"size":3}`, back: `{"size":2.75}`, again: `{"size":3}`,
		on10: `{"size":5.25}`, after: `{"size":5}`, later: `{"size":9}`, laterBack: `{"size":9}`, laterAgain: `{"size":9}`,
	},
	{
		name: "emptied",
		old:  "{size: integer}", next: "{size: {type: decimal, scale: 1, convert: 'coalesce(old.size, 5)', back: round(old.size)}}",
		made: `{}`, up: `{"size":5}`, on11: `{"size":null}`, back: `{"size":null}`, again: `{"size":null}`,
		on10: `{"size":2}`, after: `{"size":2}`, later: `{"size":null}`, laterBack: `{"size":null}`, laterAgain: `{"size":null}`,
	},
	{
		name: "no_way_back",
		old:  "{note: text, code: text}", next: "{note: text, code: {type: integer, convert: len(old.code)}}",
		made: `{"code":"abc"}`, up: `{"code":3}`, on11: `{"code":8}`, back: `{"code":"abc"}`, again: `{"code":8}`,
		on10: `{"code":"abcdef"}`, after: `{"code":6}`, later: `{"code":4}`, laterBack: `{"code":null}`, laterAgain: `{"code":4}`,
	},
	{
		name: "no_way_back_beside",
		old:  "{note: text, price: money}", next: "{note: text, price: {type: integer, convert: old.price.amount}}",
		made: `{"price":{"amount":5}}`, up: `{"price":5}`, on11: `{"price":8}`, back: `{"price":{"amount":5,"currency":"EUR"}}`, again: `{"price":8}`,
		on10: `{"note":"touched"}`, after: `{"price":8,"note":"touched"}`, later: `{"price":4}`, laterBack: `{"price":null}`, laterAgain: `{"price":4}`,
	},
	{
		name: "renamed_and_filled",
		old:  "{name: text}", next: "{title: {type: text, was: [name]}, size: {type: integer, required: true, fill: '=len(title)'}, more: {type: integer, computed: size + 1}}",
		made: `{"name":"abc"}`, up: `{"title":"abc","size":3,"more":4}`, on11: `{"size":9}`, back: `{"name":"abc"}`, again: `{"title":"abc","size":9,"more":10}`,
		on10: `{"name":"abcde"}`, after: `{"title":"abcde","size":9,"more":10}`, later: `{"title":"x","size":1}`, laterBack: `{"name":"x"}`, laterAgain: `{"size":1,"more":2}`,
	},
	{
		name: "filled_from_computed",
		old:  "{size: integer, twice: {type: integer, computed: size * 2}}", next: "{size: integer, twice: {type: integer, computed: size * 3}, first: {type: integer, required: true, fill: =twice}}",
		made: `{"size":2}`, up: `{"twice":6,"first":6}`, back: `{"twice":4}`, again: `{"twice":6,"first":6}`,
		on10: `{"size":3}`, after: `{"twice":9,"first":6}`, later: `{"size":1,"first":1}`, laterBack: `{"twice":2}`, laterAgain: `{"twice":3,"first":1}`,
	},
	{
		name: "option_taken_over",
		old:  "{grade: {type: choice, options: [good, fair]}, good: {type: boolean, computed: grade == \"good\"}}",
		next: "{grade: {type: choice, options: [{value: fine, was: [good]}, fair]}, good: {type: boolean, computed: grade == \"fine\"}}",
		made: `{"grade":"good"}`, up: `{"grade":"fine","good":true}`, on11: `{"grade":"fair"}`, back: `{"grade":"fair","good":false}`, again: `{"grade":"fair"}`,
		on10: `{"grade":"good"}`, after: `{"grade":"fine","good":true}`, later: `{"grade":"fine"}`, laterBack: `{"grade":"good","good":true}`, laterAgain: `{"grade":"fine"}`,
	},
	{
		name: "computed_meanwhile_at_read",
		old:  "{size: integer, twice: {type: integer, computed: size * 2}}", next: "{size: integer, twice: {type: integer, computed: 'if(today() > \"2000-01-01\", size * 3, 0)'}}",
		made: `{"size":2}`, up: `{"twice":6}`, on11: `{"size":3}`, back: `{"twice":6}`, again: `{"twice":9}`,
		on10: `{"size":4}`, after: `{"twice":12}`, later: `{"size":5}`, laterBack: `{"twice":10}`, laterAgain: `{"twice":15}`,
	},
	{
		name: "computed_at_last",
		old:  "{size: integer, twice: integer}", next: "{size: integer, twice: {type: integer, computed: size * 2}}",
		made: `{"size":2,"twice":5}`, up: `{"twice":4}`, back: `{"twice":5}`, again: `{"twice":4}`,
		on10: `{"size":3,"twice":7}`, after: `{"twice":6}`, later: `{"size":5}`, laterBack: `{"twice":10}`, laterAgain: `{"twice":10}`,
	},
	{
		name: "computed_no_more",
		old:  "{size: integer, twice: {type: integer, computed: size * 2}}", next: "{size: integer, twice: integer}",
		made: `{"size":2}`, up: `{"twice":4}`, on11: `{"twice":5}`, back: `{"twice":4}`, again: `{"twice":5}`,
		on10: `{"size":3}`, after: `{"twice":6}`, later: `{"size":5,"twice":1}`, laterBack: `{"twice":10}`, laterAgain: `{"twice":1}`,
	},
	{
		name: "setting",
		old:  "{size: integer, sum: {type: integer, computed: size + setting.plus}}", next: "{size: integer, sum: {type: integer, computed: size * 10 + setting.plus}}",
		made: `{"size":2}`, up: `{"sum":23}`, back: `{"sum":3}`, again: `{"sum":23}`,
		on10: `{"size":4}`, after: `{"sum":43}`, later: `{"size":5}`, laterBack: `{"sum":6}`, laterAgain: `{"sum":53}`,
	},
	{
		name: "lines",
		old:  "{goods: {type: lines, fields: {net: money, twice: {type: money, computed: net * 2}}}, total: {type: money, computed: sum(goods.twice)}}",
		next: "{goods: {type: lines, fields: {net: money, twice: {type: money, computed: net * 3}}}, total: {type: money, computed: sum(goods.twice)}}",
		made: `{"goods":[{"net":{"amount":100}},{"net":{"amount":50}}]}`, up: `{"total":{"amount":450,"currency":"EUR"}}`,
		back: `{"total":{"amount":300,"currency":"EUR"}}`, again: `{"total":{"amount":450,"currency":"EUR"}}`,
		on10: `{"goods":[]}`, after: `{"total":{"amount":0,"currency":"EUR"}}`,
		later: `{"goods":[{"net":{"amount":1}}]}`, laterBack: `{"total":{"amount":2,"currency":"EUR"}}`, laterAgain: `{"total":{"amount":3,"currency":"EUR"}}`,
	},
	{
		name: "sum_over_nothing",
		old:  "{goods: {type: lines, fields: {net: money}}}", next: "{goods: {type: lines, fields: {net: money}}, total: {type: money, computed: sum(goods.net)}}",
		made: `{"goods":[]}`, up: `{"total":{"amount":0,"currency":"EUR"}}`, back: `{}`, again: `{"total":{"amount":0,"currency":"EUR"}}`,
		on10: `{"goods":[{"net":{"amount":5}}]}`, after: `{"total":{"amount":5,"currency":"EUR"}}`,
		later: `{"goods":[]}`, laterBack: `{}`, laterAgain: `{"total":{"amount":0,"currency":"EUR"}}`,
	},
	{
		name: "widened_in_lines",
		old:  "{goods: {type: lines, fields: {count: integer}}, whole: {type: decimal, scale: 2, computed: sum(goods.count)}}",
		next: "{goods: {type: lines, fields: {count: {type: decimal, scale: 2}}}, whole: {type: decimal, scale: 2, computed: sum(goods.count)}}",
		made: `{"goods":[{"count":3}]}`, up: `{"whole":3}`, on11: `{"goods":[{"count":2.75},{"count":1}]}`, back: `{"whole":4}`, again: `{"whole":3.75}`,
		on10: `{"goods":[{"count":7}]}`, after: `{"whole":7}`, later: `{"goods":[{"count":0.5}]}`, laterBack: `{"whole":1}`, laterAgain: `{"whole":0.5}`,
	},
	{
		name: "removed",
		old:  "{a: integer, b: {type: integer, computed: a * 2}}", next: "{a: integer}",
		made: `{"a":1}`, up: `{"a":1}`, on11: `{"a":5}`, back: `{"a":5,"b":10}`, again: `{"a":5}`,
		on10: `{"a":7}`, after: `{"a":7}`, later: `{"a":3}`, laterBack: `{"b":6}`, laterAgain: `{"a":3}`,
	},
}

// wayfarers are the journeys as one module of two versions.
func wayfarers(version string) files {
	f := files{"module.yaml": moduleFile(version, "settings:\n  plus: {type: integer, default: "+map[string]string{"1.0.0": "1", "1.1.0": "3"}[version]+"}\n")}
	if version == "1.1.0" {
		f["module.yaml"] += "removed: [removed.b]\n"
	}
	for _, j := range journeys {
		fields := j.old
		if version == "1.1.0" {
			fields = j.next
		}
		f["collections/"+j.name+".yaml"] = "fields: " + fields + "\n"
	}
	return f
}

// records opens a collection of the version that the site is on.
func (w world) records(site module.SiteRef, name string) collection.Records {
	w.Helper()
	i := w.find(site)
	r, err := w.Release(w.Context(), i.Module, i.Version)
	if err != nil {
		w.Fatal(err)
	}
	c, ok := r.Module.Collection(name)
	if !ok {
		w.Fatalf("%s has no collection %s", i.Version, name)
	}
	now := w.clock.Now
	return collection.Records{
		Scope: w.scope(i), Collection: c, Currency: site.Currency, Now: now, Sealer: w.keys,
		Settings: r.Settings(i.Settings, site.Currency, now().Format(time.DateOnly)),
	}
}

// write creates a record of a JSON object, or changes the one with the id.
func (w world) write(site module.SiteRef, name string, id uuid.UUID, body string) uuid.UUID {
	w.Helper()
	for {
		r := w.records(site, name)
		v, err := r.Collection.DecodeJSON([]byte(body), site.Currency)
		if err != nil {
			w.Fatalf("%s %s: %v", name, body, err)
		}
		var answer []byte
		if id == uuid.Nil {
			answer, err = r.Create(w.Context(), v)
		} else {
			answer, err = r.Update(w.Context(), id, v, nil)
		}
		if errors.Is(err, pg.ErrStale) {
			continue
		}
		if err != nil {
			w.Fatalf("%s %s: %v", name, body, err)
		}
		var record struct{ ID uuid.UUID }
		if err := json.Unmarshal(answer, &record); err != nil {
			w.Fatal(err)
		}
		return record.ID
	}
}

// shows compares some fields of a record with a JSON object.
func (w world) shows(site module.SiteRef, name string, id uuid.UUID, when, want string) {
	w.Helper()
	for {
		body, err := w.records(site, name).Get(w.Context(), id, collection.Query{})
		if errors.Is(err, pg.ErrStale) {
			continue
		}
		if err != nil {
			w.Fatalf("%s: %v", name, err)
		}
		var have, wanted map[string]any
		if err := json.Unmarshal(body, &have); err != nil {
			w.Fatal(err)
		}
		if err := json.Unmarshal([]byte(want), &wanted); err != nil {
			w.Fatalf("%s: %s: %v", name, want, err)
		}
		for field, value := range wanted {
			if !reflect.DeepEqual(have[field], value) {
				w.Errorf("%s, %s: %s is %v, want %v", name, when, field, have[field], value)
			}
		}
		return
	}
}

// TestThereAndBack takes a record of each journey up, down and up again, with
// and without a write between.
func TestThereAndBack(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, sites := w.agency(1)
	site := sites[0]
	w.publish(agency, wayfarers("1.0.0"))
	w.install(site, "rental")
	w.publish(agency, wayfarers("1.1.0"))
	at := func(version string) {
		t.Helper()
		w.clock.Advance(time.Minute)
		w.update(site, module.Change{Version: ptr(version)})
		w.clock.Advance(time.Minute)
	}
	type record struct{ made, later, born uuid.UUID }
	records := map[string]*record{}
	each := func(do func(j journey, r *record)) {
		t.Helper()
		for _, j := range journeys {
			if records[j.name] == nil {
				records[j.name] = &record{}
			}
			do(j, records[j.name])
		}
	}
	each(func(j journey, r *record) { r.made = w.write(site, j.name, uuid.Nil, j.made) })
	at("1.1.0")
	each(func(j journey, r *record) {
		w.shows(site, j.name, r.made, "up", j.up)
		if j.on11 != "" {
			w.write(site, j.name, r.made, j.on11)
		}
		r.later = w.write(site, j.name, uuid.Nil, j.later)
	})
	at("1.0.0")
	each(func(j journey, r *record) {
		w.shows(site, j.name, r.made, "back", j.back)
		w.shows(site, j.name, r.later, "made on 1.1, back", j.laterBack)
		r.born = w.write(site, j.name, uuid.Nil, j.made)
	})
	at("1.1.0")
	each(func(j journey, r *record) {
		w.shows(site, j.name, r.made, "again", j.again)
		w.shows(site, j.name, r.later, "made on 1.1, again", j.laterAgain)
		w.shows(site, j.name, r.born, "made on 1.0 in between", j.up)
	})
	at("1.0.0")
	each(func(j journey, r *record) {
		w.shows(site, j.name, r.made, "back again", j.back)
		w.write(site, j.name, r.made, j.on10)
	})
	at("1.1.0")
	each(func(j journey, r *record) { w.shows(site, j.name, r.made, "written on 1.0", j.after) })
	// Whoever goes the whole way again finds what was there.
	at("1.0.0")
	at("1.1.0")
	each(func(j journey, r *record) { w.shows(site, j.name, r.made, "in the end", j.after) })

	// What did not change was not written: the last way back and forth left most
	// records as they were.
	if n := w.changes(site, "required_widened"); n > 12 {
		t.Errorf("%d changes are told of three records", n)
	}
}

// changes counts what the change log tells of a collection.
func (w world) changes(site module.SiteRef, name string) (n int) {
	w.Helper()
	err := w.db.Pool().QueryRow(w.Context(), `select count(*) from platform.changes where site_id = $1 and collection = $2`, site.ID, name).Scan(&n)
	if err != nil {
		w.Fatal(fmt.Errorf("%s: %w", strings.ToUpper(name), err))
	}
	return n
}

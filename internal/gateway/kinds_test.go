package gateway_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

// kinds is a module with a collection of a field of each kind.
var kinds = testkit.Files{
	"module.yaml": `manifest: 1
id: kinds
name: Kinds
version: 1.0.0
category: other
description: Every kind of field.
settings:
  share: {type: percent, min: 0%}
  exact: {type: decimal, scale: 3}
  took: {type: duration, default: 90m}
  cost: money
  key: {type: text, secret: true}
`,
	"collections/thing.yaml": `fields:
  name: {type: text, required: true, unique: true}
  text: text
  long: longtext
  rich: richtext
  email: email
  phone: phone
  url: url
  slug: slug
  color: color
  whole: integer
  exact: {type: decimal, scale: 3}
  share: percent
  price: money
  rappen: {type: money, currency: CHF}
  unit: currency
  yes: boolean
  day: date
  at: datetime
  clock: time
  took: duration
  rule: {type: recurrence}
  size: {type: choice, options: [s, m]}
  sizes: {type: choice, options: [s, m, l], many: true}
  mails: {type: email, many: true}
  labels: tags
  country: country
  language: language
  zone: timezone
  status: {type: state, options: [open, done]}
  number: {type: sequence, format: "N-{####}"}
  part_of: {type: reference, to: thing}
  beside: {type: reference, to: thing, many: true, inverse: besides}
  owner: member
  watchers: {type: member, many: true}
  scan: image
  place: location
  data: json
  about: record
  wanted: {type: filter, of: thing}
  pin: {type: text, secret: true}
  twice: {type: integer, computed: whole * 2}
  eyes: {type: integer, computed: len(watchers)}
  seen: {type: boolean, computed: me in watchers}
  later: {type: date, set: day + 1d}
  fixed: {type: text, immutable: true}
  rows:
    type: lines
    fields:
      what: {type: text, required: true}
      cost: money
      count: {type: decimal, scale: 2}
      notes: {type: text, many: true}
      shown: image
      who: member
      about: record
      kept: {type: text, readonly: true, default: kept}
      net: {type: money, computed: cost * count}
actions:
  finish: {from: open, to: done, params: {share: {}, took: {}, exact: {}, price: {}, pin: {}}, emits: finished}
events: {worth: {changed: [price, share, took, exact, labels, pin]}}
`,
	"collections/note.yaml": `fields: {name: text, owner: member, about: record, wanted: {type: filter, of: thing}, made_by: {type: member, default: =me}}
actions: {leave: {scope: collection, params: {name: {}, to: {type: member}}, set: {owner: =params.to}}}
`,
}

// everyValue has for each field of a thing what may be written there; what
// spreadsheets and readers of tables take for something else is among it.
const everyValue = `{"name":"=HYPERLINK(\"http://x\")","text":"'@sum","long":"- one\r\n- \"two\", three\n\nfour","rich":"<p>a <b>b</b></p>",
"email":"ada@example.com","phone":"+4930123456","url":"https://example.com/a,b","slug":"a-b","color":"#1e90ff","whole":-7,"exact":-1.5,"share":16.25,
"price":{"amount":-1999,"currency":"USD"},"rappen":{"amount":5,"currency":"CHF"},"unit":"CHF","yes":true,"day":"2026-12-31","at":"2026-12-31T15:00:00.123456Z",
"clock":"09:30","took":"-PT1H30M","rule":"FREQ=WEEKLY;BYDAY=MO","size":"m","sizes":["l","s"],"mails":["a@example.com","b@example.com"],"labels":["a,b","{c}","\"d\"","=e"],
"country":"DE","language":"pt-BR","zone":"Europe/Berlin","place":{"line1":"=1, Road","city":"Bath","lat":51.4,"lng":-2.4},"data":{"a":[1,"NULL",null,{"b":"="}]},
"about":{"collection":"kinds.thing","id":"<beside>"},"wanted":"text=eq.NULL","pin":"1234","fixed":"+fixed",
"owner_id":"<owner>","scan_id":"<scan>","beside_ids":["<beside>"],"part_of_id":"<beside>",
"rows":[{"what":"=a","cost":{"amount":150,"currency":"USD"},"count":2.5,"notes":["x","y"]},{"what":"b","shown_id":"<shown>"}]}`

// TestEveryKindThroughTheServer takes a value of each kind through tables,
// conflicts, events, forms, settings and a new name of the collection.
func TestEveryKindThroughTheServer(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.Publish(p.Home, kinds.Pack(t))
	p.Install(p.Home, "kinds")
	s := newScenario(p, "kinds")
	s.ids["owner"] = p.Member.ID.String()
	for name, field := range map[string]string{"scan": "scan", "shown": "rows.shown"} {
		file := uploaded(p, p.SiteKey, "/api/modules/kinds/thing/"+field+"/files", pixels(t, 2, 2))
		s.ids[name], _ = file["id"].(string)
	}
	tablesGoRound(t, s)
	mentionsAreThere(t, s)
	conflictsAndEvents(t, s)
	formsKeepSecrets(t, s)
	settingsThroughTheScreen(t, s)
	collectionIsRenamed(t, s)
}

// mentionsAreThere names members and records that are not those of the site, and
// filters over what no record has.
func mentionsAreThere(t *testing.T, s *scenario) {
	p := s.Platform
	p.Install(p.Sister, "kinds")
	sister := p.Do(p.Sister.Key, http.MethodPost, s.base+"note", testkit.JSON(`{"name":"sister"}`)).Object()["id"]
	s.ids["owner"], s.ids["viewer"], s.ids["foreign"], s.ids["nobody"] = p.Member.ID.String(), p.Viewer.ID.String(), p.ForeignOwner.ID.String(), testkit.NewID().String()
	s.ids["sister"], s.ids["item"], s.ids["key"] = fmt.Sprint(sister), p.Home.Records[testkit.Rental+".item"].String(), p.SiteKey.ID.String()
	s.ids["beside them"] = p.OtherSiteMember.ID.String()
	missing := func(path string) string { return `"errors":[{"path":"` + path + `","code":"reference_missing"` }
	var steps []step
	for body, path := range map[string]string{
		`"owner_id":"<nobody>"`:                                                      "owner_id",
		`"owner_id":"<foreign>"`:                                                     "owner_id",
		`"owner_id":"<beside them>"`:                                                 "owner_id",
		`"owner_id":"<key>"`:                                                         "owner_id",
		`"about":{"collection":"kinds.note","id":"<nobody>"}`:                        "about",
		`"about":{"collection":"kinds.note","id":"<sister>"}`:                        "about",
		`"about":{"collection":"kinds.thing","id":"<item>"}`:                         "about",
		`"about":{"collection":"kinds.none","id":"<sister>"}`:                        "about",
		`"about":{"collection":"none.note","id":"<sister>"}`:                         "about",
		`"about":{"collection":"equipment-rental.item","id":"<foreign>"}`:            "about",
		`"owner_id":"<foreign>","about":{"collection":"kinds.note","id":"<sister>"}`: "owner_id",
	} {
		steps = append(steps,
			step{request: "POST note", body: `{"name":"x",` + body + `}`, status: 422, want: missing(path)},
			step{request: "POST note", body: `[{"name":"y"},{` + body + `}]`, status: 422, want: missing("1." + path)},
			step{request: "POST thing", body: `{"name":"x",` + body + `}`, status: 422, want: missing(path)},
			step{request: "PATCH note/<mine>", body: `{` + body + `}`, status: 422, want: missing(path)})
	}
	s.run(t, append([]step{
		{request: "POST note", body: `{"name":"mine"}`, status: 201, want: `"made_by_id":null`},
		{as: "owner", request: "POST note", body: `{"name":"own"}`, status: 201, want: `"made_by_id":"` + p.Owner.ID.String()},
		{request: "POST note", body: `[{"name":"many","owner_id":"<viewer>","about":{"collection":"equipment-rental.item","id":"<item>"}}]`, status: 201},
		{request: "PATCH note/<mine>", body: `{"owner_id":"<viewer>","about":{"collection":"kinds.note","id":"<mine>"}}`, status: 200},
		{request: "POST note", body: `{"wanted":"txet=eq.a"}`, status: 422, want: `"path":"wanted","code":"not_filter" … There is no field`},
		{request: "POST note", body: `{"wanted":"whole=gt.abc"}`, status: 422, want: `"path":"wanted","code":"not_filter"`},
		{request: "POST note", body: `{"wanted":"whole=gt.5&part_of_id=is.null"}`, status: 201},
		{request: "POST thing", body: `{"name":"seen","watchers_ids":["<viewer>","<owner>"]}`, status: 201, want: `"eyes":2,"seen":false`},
		{as: "member", request: "GET thing?select=name,eyes,seen&seen=is.true&watchers_ids=cs.{@me}", status: 200, want: `[{"name":"seen","eyes":2,"seen":true}]`},
		{says: "a key is nobody and in no list", request: "GET thing?select=name&watchers_ids=cs.{@me}", status: 200, want: `[]`},
		{request: "POST thing", body: `{"name":"x","watchers_ids":["<viewer>","<foreign>"]}`, status: 422, want: missing("watchers_ids[1]")},
		{request: "POST thing", body: `{"name":"x","rows":[{"what":"a","who_id":"<viewer>"},{"what":"b","who_id":"<foreign>"}]}`, status: 422, want: missing("rows[1].who_id")},
		{request: "POST thing", body: `{"name":"x","rows":[{"what":"a","about":{"collection":"kinds.note","id":"<sister>"}}]}`, status: 422, want: missing("rows[0].about")},
		{request: "POST note/leave", body: `{"name":"x","to_id":"<foreign>"}`, status: 422, want: missing("to_id")},
		{request: "POST note/leave", body: `{"name":"x","to_id":"<viewer>"}`, status: 201},
	}, steps...))
	p.Change(`delete from platform.member where account_id = $1`, p.Viewer.ID)
	s.run(t, []step{
		{says: "who has left stays", request: "PATCH note/<mine>", body: `{"name":"mine still","owner_id":"<viewer>"}`, status: 200},
		{request: "PATCH note?name=eq.own", body: `{"owner_id":"<viewer>"}`, status: 422, want: `reference_missing`},
	})
}

// conflictsAndEvents holds that a record looks the same wherever it is told.
func conflictsAndEvents(t *testing.T, s *scenario) {
	const worth = `"price":{"amount":150,"currency":"USD"}`
	s.run(t, []step{
		{request: "POST thing", body: `{"name":"told","price":{"amount":100,"currency":"USD"},"share":16.25,"took":"PT90M","exact":1.5,"pin":"1","labels":["a"]}`, status: 201},
		{request: "PATCH thing/<told>", body: `{"price":{"amount":120,"currency":"USD"},"labels":[],"pin":"2"}`, status: 200},
		{request: "POST thing/<told>/finish", body: `{"share":5.5,"took":"PT1H","exact":2.125,"price":{"amount":150,"currency":"USD"},"pin":"3"}`, status: 200, want: `"status":"done"`},
		{
			says: "an illegal move tells the record", request: "POST thing/<told>/finish", body: `{}`, status: 409,
			want: `"code":"illegal_move" … "current":{"id":"<told>","version":3,"name":"told" … "exact":2.125,"share":5.5,` + worth + ` … "took":"PT1H" … "labels":[] … "pin":{"set":true}`,
		},
		{
			says: "so does a stale version", request: "PATCH thing/<told>", body: `{"text":"x","version":1}`, status: 409,
			want: `"code":"version_conflict" … "current":{"id":"<told>","version":3 … "exact":2.125,"share":5.5 … "took":"PT1H"`,
		},
	})
	var told string
	if err := s.DB.Pool().QueryRow(t.Context(), `select string_agg(name || ' ' || data::text || ' ' || coalesce(previous::text, '-'), E'\n' order by seq)
		from platform.event where record = $1`, s.ids["told"]).Scan(&told); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`worth {"took": "PT1H30M", "exact": 1.5, "price": {"amount": 120, "currency": "USD"}, "share": 16.25, "labels": []} {"took": "PT1H30M", "exact": 1.5, "price": {"amount": 100, "currency": "USD"}, "share": 16.25, "labels": ["a"]}`,
		`finished {"took": "PT1H", "exact": 2.125, "price": {"amount": 150, "currency": "USD"}, "share": 5.5} -`,
	} {
		if !strings.Contains(told, want) {
			t.Errorf("%s is not told in\n%s", want, told)
		}
	}
}

// formsKeepSecrets saves a record as a form does, which shows no secret.
func formsKeepSecrets(t *testing.T, s *scenario) {
	at := s.Home.App("/kinds/thing/" + s.ids["told"])
	for _, c := range []struct {
		typed url.Values
		want  string
	}{
		{url.Values{"pin": {""}, "text": {"one"}, "exact": {"3.5"}, "share": {"7.5 %"}, "took": {"2h"}, "price": {"1.75"}}, `{"text":"one","exact":3.5,"share":7.5,"price":{"amount" : 175, "currency" : "EUR"},"took":"PT2H","pin":{"set" : true}}`},
		{url.Values{"pin": {""}, "pin.clear": {"true"}}, `"pin":null}`},
	} {
		c.typed.Set("name", "told")
		if r := s.Do(s.Owner, http.MethodPost, at, c.typed); r.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		s.run(t, []step{{request: "GET thing/<told>?select=text,exact,share,price,took,pin", status: 200, want: c.want}})
	}
}

// settingsThroughTheScreen saves settings as people type them, and reads them
// back on the screen and through the API.
func settingsThroughTheScreen(t *testing.T, s *scenario) {
	at := s.Home.App("/modules/kinds")
	typed := url.Values{"settings.share": {"16.5 %"}, "settings.exact": {"1.125"}, "settings.took": {"1h 15m"}, "settings.cost": {"12.50"}, "settings.key": {"s3cr3t"}}
	for range 2 { // the second time with what the screen shows
		if r := s.Do(s.Owner, http.MethodPost, at+"/settings", typed); r.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		s.run(t, []step{{
			request: "GET /api/v1/sites/" + s.Home.ID.String() + "/modules/kinds", status: 200,
			want: `"settings":{"cost":{"amount":1250,"currency":"EUR"},"exact":1.125,"key":{"set":true},"share":16.5,"took":"PT1H15M"}`,
		}})
		page := s.Do(s.Owner, http.MethodGet, at, nil)
		for name := range typed {
			before, _, _ := strings.Cut(page.Body, `name="`+name+`"`)
			tag := before[strings.LastIndex(before, "<input"):]
			_, value, _ := strings.Cut(tag, `value="`)
			value, _, _ = strings.Cut(value, `"`)
			typed.Set(name, value)
		}
		if typed.Get("settings.key") != "" || typed.Get("settings.share") == "" || typed.Get("settings.took") == "" {
			t.Errorf("the screen shows %v", typed)
		}
	}
}

// collectionIsRenamed takes the site to a version in which the collection has
// another name.
func collectionIsRenamed(t *testing.T, s *scenario) {
	next := testkit.Files{
		"module.yaml":           strings.Replace(kinds["module.yaml"], "1.0.0", "1.1.0", 1),
		"collections/item.yaml": "was: [thing]\n" + strings.ReplaceAll(kinds["collections/thing.yaml"], "to: thing", "to: item"),
	}
	next["collections/note.yaml"] = strings.ReplaceAll(kinds["collections/note.yaml"], "of: thing", "of: item")
	next["collections/item.yaml"] = strings.ReplaceAll(next["collections/item.yaml"], "of: thing", "of: item")
	s.Publish(s.Home, next.Pack(t))
	s.run(t, []step{
		{request: "PATCH /api/v1/sites/" + s.Home.ID.String() + "/modules/kinds", body: `{"version":"1.1.0"}`, status: 200},
		{request: "GET thing", status: 404},
		{request: "GET item/<told>?select=name,took", status: 200, want: `{"name":"told","took":"PT2H"}`},
		{request: "PATCH item/<told>", body: `{"part_of_id":"<beside>","rows":[{"what":"new"}],"beside_ids":["<beside>"]}`, status: 200, want: `"kept":"kept"`},
		{request: "GET item?select=name,part_of(name)&part_of=not.is.null&name=eq.told", status: 200, want: `[{"name":"told","part_of":{"name":"beside"}}]`},
		{request: "GET item/<told>/history", status: 200, want: `"what" … "took" … "price"`},
		{request: "DELETE item/<told>", status: 204},
		{request: "POST item/<told>/restore", status: 200, want: `"what":"new"`},
		{request: "GET item?select=name,labels,rows&limit=1&name=eq.told", headers: "Accept: text/csv", status: 200, want: "name,labels,rows\r\ntold,[],"},
	})
	if r := s.Do(s.Owner, http.MethodGet, s.Home.App("/kinds/item/"+s.ids["told"]), nil); r.Status != http.StatusOK || !strings.Contains(r.Body, "told") {
		t.Errorf("the form of the renamed collection: %d", r.Status)
	}
}

package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

// workshop is a module in which little of what records show stands in a column.
var workshop = testkit.Files{
	"module.yaml": `manifest: 1
id: workshop
name: Workshop
version: 1.0.0
category: operations
description: Tasks for firms.
settings:
  cutoff: {type: date, default: 2025-01-01}
  hourly: {type: money}
roles:
  smith: {for: [agency_member], grants: ["firm.*", task.read, "task.update:early", "task.delete:early", "task.finish:early", "worker.*"]}
  apprentice: {for: [client_staff], grants: [worker.read, firm.read, task.create, "task.read:own", "task.update:own", "task.finish:own", log.create, "log.read:own", note.create, "note.read:open", "note.update:open", "note.close:open", note.jot, "note.turn:open", mark.create]}
  buyer: {for: [agency_viewer], grants: [firm.read, "task.read:cheap", "task.update:early", "task.delete:early", "task.finish:early", stage.delete]}
`,
	"collections/firm.yaml": `fields:
  name: {type: text, required: true, unique: true}
  turnover: {type: money, computed: sum(tasks.price)}
  late: {type: integer, computed: 'count(tasks, late)'}
  pays: currency
views:
  list: {columns: [name, turnover, late]}
  form: {sections: [{fields: [name, turnover, late]}]}
`,
	"collections/quote.yaml": `fields:
  name: {type: text, required: true}
  firm: {type: reference, to: firm}
  currency: {type: currency, default: =firm.pays}
  price: {type: money, min: 0}
  fixed: {type: money, currency: CHF}
  made_on: date
  due_on: {type: date, default: =made_on + 14d}
  items: {type: lines, fields: {what: text, cost: money}}
  total: {type: money, computed: sum(items.cost)}
  status: {type: state, options: [open, sent, lost]}
actions:
  send: {from: open, to: sent, params: {price: {required: true}}, emits: sent}
  lose: {from: [open, sent], to: lost}
`,
	"collections/part.yaml": `fields:
  name: {type: text, required: true}
  quote: {type: reference, to: quote, on_delete: cascade, inverse: parts}
  whole: {type: reference, to: part, on_delete: cascade, inverse: pieces}
`,
	"collections/stage.yaml": `ordered: true
fields: {name: {type: text, required: true}}
`,
	"collections/card.yaml": `ordered: stage
fields:
  name: {type: text, required: true}
  stage: {type: reference, to: stage, required: true, on_delete: replace}
views:
  list: {columns: [name, stage], sort: [position]}
`,
	"collections/worker.yaml": `fields:
  name: {type: text, required: true}
  member: {type: member, unique: true}
  country: {type: country, default: =site.country}
  language: {type: language, default: =site.locale}
  begins_at: datetime
  born_on: date
`,
	"collections/task.yaml": `fields:
  name: {type: text, required: true, unique: true}
  firm: {type: reference, to: firm, inverse: tasks}
  price: money
  due: date
  late: {type: boolean, computed: due < today()}
  firm_name: {type: text, computed: lower(firm.name)}
  share: {type: decimal, scale: 2, computed: 'price.amount * 100 / firm.turnover.amount'}
  status: {type: state, options: [open, done]}
  worker: {type: reference, to: worker, default: =my.worker}
  mine: {type: boolean, computed: worker == my.worker}
  overdue: {type: boolean, computed: due < setting.cutoff and site.country == "GB"}
actions:
  finish: {from: open, to: done}
access:
  early: {when: due < setting.cutoff}
  own: {when: worker == my.worker}
  cheap: {when: price.amount < 500}
views:
  list: {columns: [name, firm_name, share, late], sort: [name]}
`,
	"collections/note.yaml": `fields:
  name: {type: text, required: true}
  task: {type: reference, to: task, inverse: noted}
  price: {type: money, default: =task.price, max: 800}
  others: {type: reference, to: task, many: true, inverse: noted_too}
  points: {type: lines, fields: {task: {type: reference, to: task}}}
  closed: boolean
  about: record
actions:
  close: {set: {closed: true}}
  jot: {scope: collection, params: {name: {}, task: {}}}
  turn: {params: {to: {type: reference, to: task}, by: {type: reference, to: task, many: true}}, set: {task: =params.to}}
access: {open: {when: not closed}}
`,
	"collections/mark.yaml": "fields:\n  name: text\n  log: {type: reference, to: log}\n  beside: {type: reference, to: mark}\n",
	"collections/log.yaml":  "append_only: true\nfields:\n  name: {type: text, required: true}\n  by: {type: text, default: mine}\naccess:\n  own: {when: by == \"mine\", fields: [name]}\n",
}

func TestWhatIsComputedWhenItIsReadIsAValueLikeAnyOther(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.Publish(p.Home, workshop.Pack(t))
	p.Install(p.Home, "workshop")
	s := newScenario(p, "workshop")
	s.run(t, []step{
		{request: "POST firm", body: `{"name":"Ajax"}`, status: 201, want: `"turnover":{"amount" : 0, "currency" : "EUR"},"late":0`},
		{request: "POST firm", body: `{"name":"Bolt"}`, status: 201},
		{request: "POST task", body: `{"name":"Arch","firm_id":"<Ajax>","price":{"amount":300},"due":"2020-01-31"}`, status: 201, want: `"late":true,"firm_name":"ajax","share":100`},
		{request: "POST task", body: `{"name":"Beam","firm_id":"<Ajax>","price":{"amount":100},"due":"2999-01-31"}`, status: 201, want: `"late":false,"firm_name":"ajax","share":25`},
		{request: "POST task", body: `{"name":"Cord","firm_id":"<Bolt>","price":{"amount":900}}`, status: 201, want: `"firm_name":"bolt","share":100`},
		{request: "PATCH task/<Cord>", body: `{"due":"2021-01-31"}`, status: 200, want: `"late":true`},
		{request: "PATCH task/<Cord>", body: `{}`, status: 200, want: `"late":true`},
		{request: "GET task/<Arch>", status: 200, want: `"late":true,"firm_name":"ajax","share":75`},
		{request: "GET firm/<Ajax>?select=late,turnover", status: 200, want: `{"turnover":{"amount" : 400, "currency" : "EUR"},"late":1}`},
		{request: "GET task?order=firm_name.desc,share.desc&select=name,firm_name&limit=2", status: 200, want: `[{"name":"Cord","firm_name":"bolt"}, … {"name":"Arch","firm_name":"ajax"}]`},
		{request: "GET task?late=is.true&select=name,s:share::text&order=name", status: 200, want: `[{"name":"Arch","s":"75`},
		{request: "GET firm?order=turnover.desc&select=name,turnover->amount", status: 200, want: `[{"name":"Bolt","amount":900}, … {"name":"Ajax","amount":400}]`},
		{request: "GET firm?select=turnover.sum(),late.max()", status: 200, want: `"max":1 … {"amount" : 1300, "currency" : "EUR"}`},
		{request: "GET task?select=firm_name,late,n:count()&order=n.desc,firm_name", headers: "Prefer: count=exact", status: 200, want: `{"late":false,"firm_name":"ajax","n":1}`, tells: "Content-Range: 0-2/3"},
		{request: "GET firm?select=name,tasks(name,late)&tasks.order=late,name&order=name&tasks.late=is.true", status: 200, want: `[{"name":"Ajax","tasks":[{"name":"Arch","late":true}]}`},
		{request: "GET task?select=name,firm(turnover)&order=firm(turnover).desc,name&limit=1", status: 200, want: `[{"name":"Cord","firm":{"turnover":{"amount" : 900`},
		{request: "GET task?select=name,...firm(turnover)&order=name&limit=1", status: 200, want: `[{"name":"Arch","turnover":{"amount" : 400`},
		{request: "GET firm?select=name,turnover,late&order=name", headers: "Accept: text/csv", status: 200, want: "Ajax,\"{\"\"amount\"\" : 400, \"\"currency\"\" : \"\"EUR\"\"}\",1\r\n"},
		{request: "PATCH task?firm_name=eq.ajax&order=share&limit=1&select=name,share", headers: "Prefer: return=representation", body: `{"price":{"amount":300}}`, status: 200, want: `[{"name":"Beam","share":50`},
		{request: "DELETE task/<Beam>", status: 204},
		{request: "POST task/<Beam>/restore", status: 200, want: `"share":50`},
		{request: "POST task/<Beam>/finish", headers: `If-Match: "1"`, status: 412, want: `"code":"version_conflict"`},
		{request: "POST task/<Beam>/finish?name=eq.Arch", status: 422, want: `"unknown_parameter"`},
		{request: "POST task/<Beam>/finish", headers: `If-Match: "1", "4"`, status: 200, want: `"status":"done"`},
		{request: "POST log", body: `{"name":"one"}`, status: 201},
		{request: "PATCH log?name=eq.one", body: `{"name":"two"}`, status: 409, want: `"code":"append_only"`},
		{request: "DELETE log?name=eq.one", status: 409, want: `"code":"append_only"`},
		{as: "staff", request: "POST log?select=name", headers: "Prefer: return=representation", body: `{"name":"two"}`, status: 201, want: `[{"name":"two"}]`},
		{as: "staff", request: "POST log?select=by", headers: "Prefer: return=representation", body: `{"name":"three"}`, status: 422, want: `There is no field`},
		{as: "staff", request: "POST log?select=name", headers: "Prefer: return=representation", body: `{"name":"four","by":"other"}`, status: 201, want: `[{"id":`, lacks: "four"},
		{request: "POST log/<one>/restore", status: 409, want: `"code":"append_only"`},
	})
	for _, want := range []string{"ajax", "50", "bolt"} {
		list := p.Do(p.Owner, http.MethodGet, p.Home.App("/workshop/task?order=share.desc"), nil)
		if list.Status != http.StatusOK || !strings.Contains(list.Body, want) || strings.Index(list.Body, "bolt") > strings.Index(list.Body, "ajax") {
			t.Errorf("the list says %d and lacks %s", list.Status, want)
		}
	}
	// Arch is early and cheap, Beam late and cheap, Cord early and dear.
	s.run(t, []step{
		{as: "member", request: "PATCH task/<Beam>", body: `{"price":{"amount":1}}`, status: 403, want: `"code":"denied"`},
		{as: "member", request: "DELETE task/<Beam>", status: 403},
		{as: "member", request: "POST task/<Beam>/finish", body: `{}`, status: 403},
		{as: "member", request: "POST task/<Arch>/finish", body: `{}`, status: 200, want: `"status":"done"`},
		{as: "viewer", request: "PATCH task/<Arch>", body: `{"price":{"amount":300}}`, status: 200},
		{as: "viewer", request: "PATCH task/<Beam>", body: `{"price":{"amount":2}}`, status: 403},
		{as: "viewer", request: "DELETE task/<Beam>", headers: `If-Match: "1"`, status: 403},
		{as: "viewer", request: "POST task/<Beam>/finish", body: `{}`, status: 403},
		{as: "viewer", request: "GET task/<Cord>", status: 404},
		{says: "early enough, and not in sight", as: "viewer", request: "PATCH task/<Cord>", body: `{"price":{"amount":2}}`, status: 404},
		{as: "viewer", request: "DELETE task/<Cord>", status: 404},
		{as: "viewer", request: "POST task/<Cord>/finish", body: `{}`, status: 404},
		{as: "viewer", request: "PATCH task/" + testkit.NewID().String(), body: `{"price":{"amount":1}}`, status: 404},
		{as: "member", request: "PATCH task?price->amount=gt.0", body: `{"due":"2020-02-02"}`, status: 204, tells: "Dramac-Left-Out: 1"},
		{as: "viewer", request: "PATCH task?price->amount=gt.0", body: `{"due":"2020-02-03"}`, status: 204, tells: "Dramac-Left-Out: 1"},
		{request: "GET task?select=name,due&order=name", status: 200, want: `"due":"2020-02-03" … "due":"2999-01-31" … "due":"2020-02-02"`},
	})
	s.run(t, []step{
		{request: "POST worker", body: `{"name":"Ida","member_id":"` + p.ClientMember.ID.String() + `"}`, status: 201, want: `"country":"GB","language":"en-GB"`},
		{as: "staff", request: "GET task", status: 200, want: `[]`},
		{as: "staff", request: "POST task", body: `{"name":"Door","due":"2024-01-01"}`, status: 201, want: `"mine":true`},
		{as: "staff", request: "GET task?mine=is.true&select=name,worker(name),overdue,mine", status: 200, want: `[{"name":"Door","mine":true,"overdue":true,"worker":{"name":"Ida"}}]`},
		{as: "staff", request: "PATCH task/<Door>", body: `{"due":"2024-01-02"}`, status: 200, want: `"mine":true`},
		{as: "staff", request: "PATCH task/<Arch>", body: `{"due":"2024-01-02"}`, status: 404},
		{says: "a change does not take a record out of reach", as: "staff", request: "PATCH task/<Door>", body: `{"worker_id":null}`, status: 403, want: `"code":"out_of_reach"`},
		{as: "staff", request: "PATCH task?name=eq.Door", body: `{"worker_id":null}`, status: 403, want: `"code":"out_of_reach"`},
		{as: "staff", request: "GET task/<Door>", status: 200, want: `"status":"open" … "mine":true`},
		{says: "who creates a record out of reach is told that it was made", as: "staff", request: "POST task", body: `{"name":"Else","worker_id":null}`, status: 201, want: `"version":1`, lacks: "Else"},
		{says: "an action may", as: "staff", request: "POST note", body: `{"name":"First","task_id":"<Door>","others_ids":["<Door>"],"points":[{"task_id":"<Door>"}]}`, status: 201, want: `"closed":false`},
		{as: "staff", request: "PATCH note/<First>", body: `{"closed":true}`, status: 403, want: `"code":"out_of_reach"`},
		{as: "staff", request: "POST note/<First>/close", body: `{}`, status: 200, want: `"version":2`, lacks: "First"},
		{as: "staff", request: "GET note/<First>", status: 404},
		{says: "what is out of sight is not there", as: "staff", request: "POST note", body: `{"name":"Second","task_id":"<Cord>"}`, status: 422, want: `"path":"task_id","code":"reference_missing"`},
		{says: "in the words of what is not", as: "staff", request: "POST note", body: `{"name":"Second","task_id":"` + testkit.NewID().String() + `"}`, status: 422, want: `"path":"task_id","code":"reference_missing"`},
		{as: "staff", request: "POST note", body: `{"task_id":"<Cord>"}`, status: 422, want: `"path":"name","code":"required"`, lacks: "task_id"},
		{as: "staff", request: "POST note", body: `{"name":"Second","others_ids":["<Door>","<Cord>"]}`, status: 422, want: `"path":"others_ids","code":"reference_missing"`},
		{as: "staff", request: "POST note", body: `{"name":"Second","points":[{"task_id":"<Cord>"}]}`, status: 422, want: `"path":"points","code":"reference_missing"`},
		{request: "POST log", body: `{"name":"five","by":"other"}`, status: 201},
		{as: "staff", request: "POST mark", body: `[{"name":"a"},{"name":"b","log_id":"<five>"}]`, status: 422, want: `"path":"1.log_id","code":"reference_missing"`},
		{as: "staff", request: "POST mark", body: `{"name":"c"}`, status: 201},
		{says: "what is not read at all may be pointed at", as: "staff", request: "POST mark", body: `{"name":"d","beside_id":"<c>"}`, status: 201},
		{request: "POST note", body: `{"name":"Third","task_id":"<Arch>"}`, status: 201},
		{says: "what the record pointed at before may stay", as: "staff", request: "PATCH note/<Third>", body: `{"name":"Third","task_id":"<Arch>"}`, status: 200, want: `"name":"Third"`},
		{as: "staff", request: "PATCH note/<Third>", body: `{"task_id":"<Cord>"}`, status: 422, want: `"path":"task_id","code":"reference_missing"`},
		{says: "nor does an action that makes a record take it", as: "staff", request: "POST note/jot", body: `{"name":"Jot","task_id":"<Cord>"}`, status: 422, want: `"path":"task_id","code":"reference_missing"`},
		{as: "staff", request: "POST note/jot", body: `{"name":"Jot","task_id":"<Door>"}`, status: 201},
		{says: "or one that takes it as a parameter", as: "staff", request: "POST note/<Third>/turn", body: `{"to_id":"<Cord>"}`, status: 422, want: `"path":"to_id","code":"reference_missing"`},
		{request: "POST note/<Third>/turn", body: `{"to_id":"` + testkit.NewID().String() + `"}`, status: 422, want: `"path":"to_id","code":"reference_missing"`},
		{as: "staff", request: "POST note/<Third>/turn", body: `{"to_id":"<Door>","by_ids":["<Door>","<Cord>"]}`, status: 422, want: `"path":"by_ids","code":"reference_missing"`},
		{as: "staff", request: "POST note/<Third>/turn", body: `{"to_id":"<Door>","by_ids":["<Door>"]}`, status: 200, want: `"task_id":"<Door>"`},
		{as: "staff", request: "POST note", body: `{"name":"Fourth","about":{"collection":"workshop.task","id":"<Cord>"}}`, status: 422, want: `"path":"about","code":"reference_missing"`},
		{as: "staff", request: "POST note", body: `{"name":"Fourth","about":{"collection":"workshop.task","id":"<Door>"}}`, status: 201},
		{request: "GET task/<Door>?select=mine,worker_id", status: 200, want: `{"worker_id":"<Ida>","mine":false}`},
		{request: "GET worker?member_id=eq.@person", status: 200, want: "[]"}, // a member is no person of the site
		{says: "days are the site's, two hours ahead in summer", request: "PATCH worker/<Ida>", body: `{"begins_at":"2026-06-30T23:30:00Z","born_on":"2001-07-01"}`, status: 200},
		{request: "GET worker?select=begins_at::date,born_on::timestamptz", status: 200, want: `[{"begins_at":"2026-07-01","born_on":"2001-06-30T22:00:00+00:00"}]`},
		{request: "GET worker?select=day:begins_at::date,n:count(),last:begins_at.max()::date&order=day", status: 200, want: `[{"day":"2026-07-01","last":"2026-07-01","n":1}]`},
		{request: "GET task?select=name,worker(begins_at::date)&name=eq.Door", status: 200, want: `[{"name":"Door","worker":{"begins_at":"2026-07-01"}}]`},
	})
	s.run(t, []step{
		{request: "POST firm", body: `{"name":"Yen","pays":"JPY"}`, status: 201},
		{says: "a state is moved", request: "POST quote", body: `{"name":"Q","status":"sent"}`, status: 422, want: `"path":"status","code":"readonly" … Is moved by actions only: send (to sent), lose (to lost).`},
		{request: "POST quote", body: `{"name":"Q","firm_id":"<Yen>","price":{"amount":5},"fixed":{"amount":7},"made_on":"2026-01-01","items":[{"what":"a","cost":{"amount":3}},{"what":"b","cost":{"amount":4}}]}`, status: 201, want: `"currency":"JPY","price":{"amount" : 5, "currency" : "JPY"},"fixed":{"amount" : 7, "currency" : "CHF"} … "due_on":"2026-01-15" … "total":{"amount" : 7, "currency" : "JPY"}`},
		{request: "POST quote", body: `{"name":"R","currency":"GBP","price":{"amount":5}}`, status: 201, want: `"price":{"amount" : 5, "currency" : "GBP"}`},
		{request: "POST quote", body: `{"name":"S","price":{"amount":5}}`, status: 201, want: `"currency":null,"price":{"amount" : 5, "currency" : "EUR"}`},
		{request: "POST quote", body: `{"name":"T","price":{"amount":5,"currency":""}}`, status: 422, want: `"price.currency"`},
		{request: "PATCH quote/<Q>", body: `{"price":{"amount":6}}`, status: 200, want: `"price":{"amount" : 6, "currency" : "JPY"}`},
		{request: "PATCH quote/<Q>", body: `{"price":{"amount":6,"currency":"USD"}}`, status: 200, want: `"price":{"amount" : 6, "currency" : "USD"}`},
		{request: "PATCH quote?name=eq.Q&select=price", headers: "Prefer: return=representation", body: `{"price":{"amount":8}}`, status: 200, want: `"JPY"`},
		{request: "POST quote/<Q>/send", body: `{"price":{"amount":9}}`, status: 200, want: `"price":{"amount" : 9, "currency" : "JPY"} … "status":"sent"`},
		{says: "a default follows what it reads", request: "PATCH quote/<Q>", body: `{"made_on":"2026-02-01"}`, status: 200, want: `"due_on":"2026-02-15"`},
		{request: "PATCH quote/<Q>", body: `{"made_on":"2026-03-01","due_on":"2026-03-02"}`, status: 200, want: `"due_on":"2026-03-02"`},
		{request: "PATCH quote/<Q>", body: `{"name":"Q"}`, status: 200, want: `"due_on":"2026-03-02"`},

		{request: "POST part", body: `{"name":"one","quote_id":"<Q>"}`, status: 201},
		{request: "POST part", body: `{"name":"two","quote_id":"<Q>"}`, status: 201},
		{request: "POST part", body: `{"name":"bit","whole_id":"<two>"}`, status: 201},
		{request: "DELETE part/<one>", status: 204},
		{request: "DELETE quote/<Q>", status: 204},
		{request: "GET part", status: 200, want: `[]`},
		{request: "PATCH quote/<R>", body: `{"items":[{"what":"c","cost":{"amount":6}}]}`, status: 200},
		{request: "GET quote/<R>/history", status: 200, want: `"part" : "items" … "after" : { "what" : "c", "cost" : {"amount" : 6, "currency" : "GBP"} }`},
		{says: "what went along comes back, and no more", request: "POST quote/<Q>/restore", status: 200, want: `"name":"Q"`},
		{request: "GET part?order=name&select=name", status: 200, want: `[{"name":"bit"}, … {"name":"two"}]`, lacks: "one"},
		{request: "POST part/<one>/restore", status: 200},

		{request: "POST stage", body: `{"name":"New"}`, status: 201},
		{request: "POST stage", body: `{"name":"Old"}`, status: 201},
		{request: "POST stage", body: `{"name":"Dead"}`, status: 201},
		{request: "POST card", body: `{"name":"a","stage_id":"<New>"}`, status: 201},
		{request: "POST card", body: `{"name":"b","stage_id":"<New>"}`, status: 201},
		{request: "POST card", body: `{"name":"c","stage_id":"<New>"}`, status: 201},
		{request: "POST card", body: `{"name":"z","stage_id":"<Old>"}`, status: 201},
		{request: "POST card/<c>/place", body: `{"before":"<a>"}`, status: 200, want: `"version":2`},
		{request: "GET card?select=name&order=position&stage_id=eq.<New>", status: 200, want: `"c" … "a" … "b"`},
		{request: "POST card/<a>/place", body: `{"after":"<b>"}`, status: 200},
		{request: "POST card/<c>/place", body: `{"after":"<b>"}`, status: 200},
		{request: "POST card", body: `{"name":"d","stage_id":"<New>"}`, status: 201},
		{request: "GET card?select=name&order=position&stage_id=eq.<New>", status: 200, want: `"b" … "c" … "a" … "d"`},
		{request: "POST card/<c>/place", body: `{"after":"<z>"}`, status: 422, want: `"reference_missing"`},
		{request: "POST card/<c>/place", body: `{"after":"<c>"}`, status: 422},
		{request: "POST card/<c>/place", body: `{"before":"<a>","after":"<b>"}`, status: 422},
		{request: "POST card/<c>/place", headers: `If-Match: "1"`, body: `{"before":"<a>"}`, status: 412},
		{request: "POST quote/<Q>/place", body: `{"after":"<R>"}`, status: 404},
		{request: "POST stage/<Old>/place", body: `{"before":"<New>"}`, status: 200},
		{request: "GET stage?select=name&order=position", status: 200, want: `"Old" … "New" … "Dead"`},

		{request: "DELETE stage/<New>", status: 422, want: `"substitute"`},
		{request: "DELETE stage/<New>?substitute=<New>", status: 422},
		{request: "DELETE stage/<New>?substitute=<Q>", status: 422, want: `"reference_missing"`},
		{says: "who may not read is not told whether there is one", as: "viewer", request: "DELETE stage/<New>?substitute=<Old>", status: 422, want: `"reference_missing"`},
		{as: "viewer", request: "DELETE stage/<New>?substitute=" + testkit.NewID().String(), status: 422, want: `"reference_missing"`},
		{request: "DELETE stage/<New>?substitute=<Old>", status: 204},
		{request: "GET card?select=name&stage_id=eq.<Old>", status: 200, want: `"a"`},
	})
	if _, err := p.DB.Pool().Exec(t.Context(), "update platform.revision set n = n + 1"); err != nil {
		t.Fatal(err)
	}
	s.run(t, []step{
		{says: "decided again", request: "DELETE stage?name=eq.Old&substitute=<Dead>", status: 204},
		{request: "GET card?select=name&stage_id=eq.<Dead>", status: 200, want: `"z"`},
	})
	s.run(t, []step{
		{request: "POST firm", body: `{"name":"Zoo"}`, status: 201},
		{says: "what cannot be answered is not written", request: "PATCH firm/<Zoo>?select=nope", body: `{"pays":"CHF"}`, status: 422, want: `"unknown_field"`},
		{request: "PATCH firm/<Zoo>?select=name", headers: "Accept: image/png", body: `{"pays":"CHF"}`, status: 406},
		{request: "PATCH firm/<Zoo>", headers: "Accept: image/png", body: `{"pays":"CHF"}`, status: 406},
		{request: "PATCH firm/<Zoo>?select=name,tasks(name)&tasks.order=nope", body: `{"pays":"CHF"}`, status: 422},
		{says: "nothing is passed over", request: "PATCH firm/<Zoo>?name=eq.Ajax", body: `{"pays":"CHF"}`, status: 422, want: `"path":"name","code":"unknown_parameter"`},
		{request: "PATCH firm/<Zoo>?select=name&not.or=(name.eq.Zoo,name.eq.Ajax)", body: `{"pays":"CHF"}`, status: 422, want: `"not.or"`},
		{request: "PATCH firm/<Zoo>?select=name&order=name", body: `{"pays":"CHF"}`, status: 422, want: `"order"`},
		{request: "DELETE firm/<Zoo>?name=eq.Ajax", status: 422, want: `"unknown_parameter"`},
		{request: "DELETE stage/<Dead>?substitut=<Zoo>", status: 422, want: `"substitut","code":"unknown_parameter"`},
		{request: "DELETE firm/<Zoo>?substitute=<Ajax>", status: 422, want: `"unknown_parameter"`},
		{request: "POST firm/<Zoo>/restore?name=eq.Ajax", status: 422, want: `"unknown_parameter"`},
		{request: "POST card/<c>/place?name=eq.c", body: `{"after":"<d>"}`, status: 422, want: `"unknown_parameter"`},
		{says: "bodies are read as everywhere", request: "POST card/<c>/place", body: `{"after":"<d>","after":"<b>"}`, status: 422, want: `"repeated"`},
		{request: "POST card/<c>/place", body: `{"after":null}`, status: 422, want: `"not_id"`},
		{request: "POST card/<c>/place", body: `null`, status: 422, want: `"invalid_json"`},
		{request: "POST card/<c>/place", headers: "Content-Type: text/csv", body: `{"after":"<d>"}`, status: 415},
		{request: "GET firm/<Zoo>?select=version", status: 200, want: `{"version":1}`},
		{request: "PATCH firm/<Zoo>?select=name,tasks(name)&tasks.order=name", body: `{"pays":"CHF"}`, status: 200, want: `{"name":"Zoo","tasks":[]}`},
		{request: "PATCH firm/<Zoo>?select=pays", headers: "Prefer: return=representation", body: `{"pays":"SEK"}`, status: 200, want: `[{"pays":"SEK"}]`},

		{says: "a version that was seen", request: "PATCH firm?id=eq.<Zoo>", headers: `If-Match: "1"`, body: `{"pays":"NOK"}`, status: 412, want: `"version_conflict" … "current"`},
		{request: "PUT firm?id=eq.<Zoo>", headers: `If-Match: "1"`, body: `{"name":"Zoo"}`, status: 412, want: `"version_conflict" … "current"`},
		{request: "DELETE firm?id=eq.<Zoo>", headers: `If-Match: "1"`, status: 412, want: `"version_conflict"`},
		{request: "PUT firm?id=eq." + testkit.NewID().String(), headers: `If-Match: "1"`, body: `{"name":"Zap"}`, status: 412, want: `"version_conflict"`},
		{request: "PATCH firm?name=eq.Zoo", headers: `If-Match: "3"`, body: `{"pays":"NOK"}`, status: 400, want: `"if_match_one"`},
		{request: "DELETE firm?id=in.(<Zoo>,<Ajax>)", headers: `If-Match: "3"`, status: 400, want: `"if_match_one"`},
		{request: "POST firm", headers: `If-Match: "3"; Prefer: resolution=merge-duplicates`, body: `[{"id":"<Zoo>","name":"Zoo"}]`, status: 400, want: `"if_match_one"`},
		{says: "a weak tag never matches", request: "PATCH firm/<Zoo>", headers: `If-Match: W/"3"`, body: `{"pays":"NOK"}`, status: 412, want: `"version_conflict"`},
		{request: "PATCH firm/<Zoo>", headers: `If-Match: "1", W/"3", "2"`, body: `{"pays":"NOK"}`, status: 412},
		{request: "PATCH firm/<Zoo>", headers: `If-Match: three`, body: `{"pays":"NOK"}`, status: 400, want: `"bad_if_match"`},
		{request: "PATCH firm/<Zoo>", headers: `If-Match: "1", "3"`, body: `{"pays":"NOK"}`, status: 200, want: `"version":4`},
		{request: "PATCH firm?id=eq.<Zoo>&select=version", headers: `If-Match: "4"; Prefer: return=representation`, body: `{"pays":"NOK"}`, status: 200, want: `[{"version":5}]`},
		{request: "PUT firm?id=eq.<Zoo>&select=version,pays", headers: `If-Match: "5"; Prefer: return=representation`, body: `{"name":"Zoo"}`, status: 200, want: `[{"version":6,"pays":null}]`},
		{request: "DELETE firm?id=eq.<Zoo>", headers: `If-Match: "6"`, status: 204},
	})
	if form := p.Do(p.Owner, http.MethodGet, p.Home.App("/workshop/stage/"+s.ids["Dead"]), nil); !strings.Contains(form.Body, `name="substitute"`) {
		t.Errorf("deleting asks for no substitute: %d", form.Status)
	}
	if form := p.Do(p.Owner, http.MethodGet, p.Home.App("/workshop/firm/"+s.ids["Ajax"]), nil); !strings.Contains(form.Body, "6.00") {
		t.Errorf("the record's screen lacks the turnover: %d", form.Status)
	}
}

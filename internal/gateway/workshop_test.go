package gateway_test

import (
	"encoding/json"
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
  apprentice: {for: [client_staff], grants: [worker.read, firm.read, task.create, "task.read:own", "task.update:own"]}
  buyer: {for: [agency_viewer], grants: [firm.read, "task.read:cheap", "task.update:early", "task.delete:early", "task.finish:early"]}
`,
	"collections/firm.yaml": `fields:
  name: {type: text, required: true, unique: true}
  turnover: {type: money, computed: sum(tasks.price)}
  late: {type: integer, computed: 'count(tasks, late)'}
views:
  list: {columns: [name, turnover, late]}
  form: {sections: [{fields: [name, turnover, late]}]}
`,
	"collections/worker.yaml": `fields:
  name: {type: text, required: true}
  member: {type: member, unique: true}
  country: {type: country, default: =site.country}
  language: {type: language, default: =site.locale}
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
}

// step is one request of a scenario, and what comes back. Names in angle
// brackets stand for the ids of records made before, by the "name" they were
// given.
type step struct {
	says    string
	as      string // of the people and keys of the scenario; empty: the site's key
	request string // METHOD address below the module's own
	headers string // "Name: value; Name: value"
	body    string
	status  int
	want    string // what the answer holds; several parts are separated by " … "
	lacks   string // what it must not hold
	tells   string // a header of the answer, "Name: value"
}

// scenario runs steps one after another on one module.
type scenario struct {
	*testkit.Platform
	base string
	who  map[string]testkit.Actor
	ids  map[string]string
}

func newScenario(p *testkit.Platform, module string) *scenario {
	return &scenario{
		Platform: p, base: "/api/modules/" + module + "/", ids: map[string]string{},
		who: map[string]testkit.Actor{"": p.SiteKey, "owner": p.Owner, "member": p.Member, "viewer": p.Viewer, "staff": p.ClientMember},
	}
}

func (s *scenario) fill(text string) string {
	for name, id := range s.ids {
		text = strings.ReplaceAll(text, "<"+name+">", id)
	}
	return text
}

func (s *scenario) run(t *testing.T, steps []step) {
	t.Helper()
	for _, one := range steps {
		method, to, _ := strings.Cut(one.request, " ")
		if to = s.fill(strings.ReplaceAll(to, " ", "%20")); !strings.HasPrefix(to, "/") {
			to = s.base + to
		}
		headers := []testkit.Header{s.Home.On()}
		for part := range strings.SplitSeq(one.headers, "; ") {
			if name, value, ok := strings.Cut(part, ": "); ok {
				headers = append(headers, testkit.Header{Name: name, Value: value})
			}
		}
		var body any
		if one.body != "" {
			body = testkit.JSON(s.fill(one.body))
		}
		r := s.Do(s.who[one.as], method, to, body, headers...)
		says := one.request
		if one.says != "" {
			says = one.says + ": " + says
		}
		if r.Status != one.status {
			t.Errorf("%s: %d, want %d\n%s", says, r.Status, one.status, r.Body)
			continue
		}
		at := 0
		for part := range strings.SplitSeq(s.fill(one.want), " … ") {
			found := strings.Index(r.Body[at:], part)
			if found < 0 {
				t.Errorf("%s: %s is not in\n%s", says, part, r.Body)
				break
			}
			at += found + len(part)
		}
		if one.lacks != "" && strings.Contains(r.Body, one.lacks) {
			t.Errorf("%s: %s is in\n%s", says, one.lacks, r.Body)
		}
		if name, value, ok := strings.Cut(one.tells, ": "); ok && r.Header.Get(name) != value {
			t.Errorf("%s: %s is %q, want %q", says, name, r.Header.Get(name), value)
		}
		if method == http.MethodPost && r.Status == http.StatusCreated && strings.HasPrefix(r.Body, "{") {
			var given struct{ Name string }
			if json.Unmarshal([]byte(one.body), &given) == nil && given.Name != "" {
				s.ids[given.Name], _ = r.Object()["id"].(string)
			}
		}
	}
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
		{as: "staff", request: "POST task", body: `{"name":"Door","due":"2024-01-01"}`, status: 201},
		{as: "staff", request: "GET task?mine=is.true&select=name,worker(name),overdue,mine", status: 200, want: `[{"name":"Door","mine":true,"overdue":true,"worker":{"name":"Ida"}}]`},
		{as: "staff", request: "PATCH task/<Door>", body: `{"due":"2024-01-02"}`, status: 200, want: `"mine":true`},
		{as: "staff", request: "PATCH task/<Arch>", body: `{"due":"2024-01-02"}`, status: 404},
		{request: "GET task/<Door>?select=mine,worker_id", status: 200, want: `{"worker_id":"<Ida>","mine":false}`},
		{request: "GET worker?member_id=eq.@person", status: 422, want: "@person stands for nobody"},
	})
	if form := p.Do(p.Owner, http.MethodGet, p.Home.App("/workshop/firm/"+s.ids["Ajax"]), nil); !strings.Contains(form.Body, "6.00") {
		t.Errorf("the record's screen lacks the turnover: %d", form.Status)
	}
}

package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

// staff has a field that needs a permission of its own, and one that nobody reads.
var staff = testkit.Files{
	"module.yaml": `manifest: 1
id: staff
name: Staff
version: 1.0.0
category: hr
description: Who works here.
roles:
  clerk: {grants: [employee.read, employee.create, employee.update, employee.delete, employee.promote, pass.read, pass.update, branch.read], for: [agency_member]}
  accountant: {grants: [branch.read, branch.books], for: [client_staff]}
  trainee: {grants: ["employee.*:juniors"], for: [agency_viewer]}
`,
	"collections/employee.yaml": `fields:
  name: {type: text, required: true}
  salary: {type: integer, guard: pay}
  token: {type: text, secret: true}
  bonus: {type: money, guard: pay, track: true}
  branch: {type: reference, to: branch, inverse: staff}
  mentor: {type: reference, to: employee, guard: pay, inverse: mentored}
  grade: {type: choice, options: [low, high], guard: pay, unique: true}
  rank: {type: state, options: [junior, senior]}
  mentors: {type: reference, to: employee, many: true, guard: pay, inverse: pupils}
  notes: {type: json, guard: pay}
  team: {type: reference, to: employee, many: true, inverse: leads}
  size: {type: integer, computed: count(team)}
  raises: {type: lines, guard: pay, fields: {amount: integer, with: {type: reference, to: pass, many: true}}}
  same: {type: integer, computed: salary}
  twice: {type: text, computed: 'if(same > 1, "417000", "0")'}
  kept: {type: integer, set: salary}
  begun: {type: integer, default: =salary}
  raised: {type: integer, computed: sum(raises.amount)}
  learns: {type: integer, computed: count(mentored) * 417000}
  behind: {type: integer, computed: branch.cost}
  opens: {type: text, computed: 'coalesce(first(passes.name), "")'}
  shares: {type: lines, fields: {part: {type: integer, default: =parent.salary}, note: text}}
  shared: {type: integer, computed: count(shares)}
  level: {type: text, guard: none, computed: 'if(salary > 1, "paid", "unpaid")'}
  heard: {type: text, computed: level}
guards: {pay: See pay}
actions: {promote: {from: junior, to: senior}, demote: {from: senior, to: junior, bulk: true}}
access: {juniors: {when: rank == "junior"}}
events: {paid: {changed: [salary]}}
`,
	"collections/branch.yaml": `fields:
  name: {type: text, required: true}
  cost: {type: integer, computed: sum(staff.salary)}
  told: {type: integer, guard: books, computed: sum(staff.salary)}
  heads: {type: integer, computed: count(staff)}
guards: {books: See the books}
`,
	"collections/pass.yaml": `fields:
  name: {type: text, guard: door, required: true}
  note: text
  holder: {type: reference, to: employee, inverse: passes}
  spare: {type: reference, to: pass}
guards: {door: See codes}
`,
}

func TestAGuardedFieldDoesNotExistForWhoLacksThePermission(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.Publish(p.Home, staff.Pack(t))
	p.Install(p.Home, "staff")
	const path = "/api/modules/staff/employee"
	made := p.Do(p.Owner, http.MethodPost, path, testkit.JSON(`{"name": "Ada", "salary": 417000, "token": "s3cr3t-w0rd"}`), p.Home.On())
	if made.Status != http.StatusCreated || !strings.Contains(string(made.Body), "417000") || strings.Contains(string(made.Body), "s3cr3t-w0rd") {
		t.Fatalf("the owner is answered %d %s", made.Status, made.Body)
	}
	for _, query := range []string{"", "?select=name,salary", "?salary=gt.1", "?order=salary", "?select=salary.sum()"} {
		got := p.Do(p.Member, http.MethodGet, path+query, nil, p.Home.On())
		if strings.Contains(string(got.Body), "417000") || query != "" && got.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: the clerk is answered %d %s", query, got.Status, got.Body)
		}
	}
	if got := p.Do(p.Member, http.MethodPost, path, testkit.JSON(`{"name": "Bob", "salary": 1}`), p.Home.On()); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("the clerk sets a salary: %d %s", got.Status, got.Body)
	}
	if got := p.Do(p.Owner, http.MethodGet, path+"?token=eq.s3cr3t-w0rd", nil, p.Home.On()); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("a secret is filtered: %d %s", got.Status, got.Body)
	}
	s := newScenario(p, "staff")
	id, _ := made.Object()["id"].(string)
	s.ids["Ada"] = id
	const secret = "417000"
	s.run(t, []step{
		{as: "owner", request: "POST branch", body: `{"name":"North"}`, status: 201},
		{as: "owner", request: "PATCH employee/<Ada>", body: `{"branch_id":"<North>","bonus":{"amount":417000},"mentor_id":"<Ada>","grade":"high"}`, status: 200, want: secret},
		{as: "owner", request: "POST pass", body: `{"name":"C417000","note":"n","holder_id":"<Ada>"}`, status: 201},
		{as: "owner", request: "POST pass", body: `{"name":"D417000","note":"m","spare_id":"<C417000>"}`, status: 201},
		{as: "member", request: "GET branch?select=name,staff(*)", status: 200, want: `"name":"Ada"`, lacks: secret},
		{as: "member", request: "GET branch?select=name,staff(name,salary)", status: 422, lacks: secret},
		{as: "member", request: "GET branch?select=name,staff(name)&staff.order=salary", status: 422},
		{as: "member", request: "GET branch?select=name,staff!inner(name)&staff.salary=gt.1", status: 422},
		{as: "member", request: "GET branch?select=name,staff(salary.sum())", status: 422, lacks: secret},
		{as: "member", request: "GET employee?select=name,mentor(name)", status: 422},
		{as: "member", request: "GET employee?select=name,mentored(name)", status: 422},
		{as: "owner", request: "POST employee", body: `{"name":"Bea","team_ids":["<Ada>"],"mentors_ids":["<Ada>"]}`, status: 201},
		{as: "owner", request: "POST employee", body: `{"name":"Cleo","team_ids":["<Bea>","<Ada>"],"mentors_ids":["<Ada>"]}`, status: 201},
		{as: "member", request: "GET employee?select=name,mentors(name)", status: 422, want: "unknown_relation"},
		{as: "member", request: "GET employee?select=name,pupils(name)", status: 422, want: "unknown_relation"},
		{as: "member", request: "GET employee?select=name&mentors_ids=cs.{<Ada>}", status: 422, want: "unknown_field"},
		{as: "member", request: "GET employee?mentors_ids=is.null", status: 422, want: "unknown_field"},
		{as: "member", request: "GET employee?select=name,team(*),leads(*)&name=eq.Bea", status: 200, want: `"leads":[{"id":"<Cleo>" … "team":[{"id":"<Ada>"`, lacks: secret},
		{as: "member", request: "GET employee?select=name,team(name,salary)", status: 422, lacks: secret},
		{as: "member", request: "GET employee?select=name,team!inner()&team.salary=gt.1", status: 422},
		{as: "member", request: "GET employee?select=name,team(name,team(name))&name=eq.Cleo", status: 200, want: `[{"name":"Cleo","team":[{"name":"Bea","team":[{"name":"Ada"}]}, … {"name":"Ada","team":[]}]}]`},
		{as: "member", request: "GET employee?select=name,team(name)&name=eq.Cleo&team.order=name&team.limit=1", status: 200, want: `[{"name":"Cleo","team":[{"name":"Ada"}]}]`},
		{as: "member", request: "GET employee?select=name,team(count())&order=name", status: 200, want: `{"name":"Ada","team":[{"count":0}]}, … {"name":"Cleo","team":[{"count":2}]}`},
		{as: "member", request: "GET employee?select=name&team_ids=cs.{<Ada>}&order=name", status: 200, want: `[{"name":"Bea"}, … {"name":"Cleo"}]`},
		{as: "member", request: "GET employee?select=name,size&team_ids=eq.{<Bea>,<Ada>}", status: 200, want: `[{"name":"Cleo","size":2}]`},
		{as: "member", request: "GET employee?select=name&team_ids=neq.{<Bea>,<Ada>}&size=gt.0", status: 200, want: `[{"name":"Bea"}]`},
		{as: "member", request: "GET employee?select=name&team_ids=cs.{<Ada>,<Bea>}", status: 200, want: `[{"name":"Cleo"}]`},
		{as: "member", request: "GET employee?select=name&team_ids=cd.{<Ada>}&team_ids=not.is.null", status: 200, want: `[{"name":"Bea"}]`},
		{as: "member", request: "GET employee?select=name&or=(team_ids.ov.{<Bea>},team_ids.eq.{<Ada>})&order=name", status: 200, want: `[{"name":"Bea"}, … {"name":"Cleo"}]`},
		{as: "member", request: "GET employee?select=name&team_ids=cs.{}&team_ids=not.ov.{}&order=name&limit=1", status: 200, want: `[{"name":"Ada"}]`},
		{as: "member", request: "GET employee?select=name,team_ids::text&name=eq.Bea", status: 200, want: `"team_ids":"[\"<Ada>\"]"`},
		{as: "member", request: "GET employee?select=team_ids,n:count()&order=n.desc&limit=1", status: 200, want: `"n":1`},
		{as: "member", request: "GET employee?select=name&team_ids=cs.{x}", status: 422, want: `"path":"team_ids","code":"bad_value"`},
		{as: "member", request: "GET employee?select=name&team_ids=in.(<Ada>)", status: 422, want: `"code":"operator"`},
		{as: "member", request: "GET employee?order=team_ids", status: 422, want: `"path":"order","code":"type"`},
		{as: "member", request: "GET employee?select=team_ids.count()", status: 422, want: `"code":"type"`},
		{as: "member", request: "GET employee?select=name,...team(name)", status: 422, want: `"code":"not_one"`},
		{as: "owner", request: "POST employee/<Cleo>/promote", body: `{}`, status: 200},
		{says: "who is not in the reach is in no list", as: "viewer", request: "GET employee?select=name,leads(name)&name=in.(Ada,Bea)&order=name", status: 200, want: `[{"name":"Ada","leads":[{"name":"Bea"}]}, … {"name":"Bea","leads":[]}]`},
		{as: "member", request: "GET employee?select=branch(name),salary.max()", status: 422, lacks: secret},
		{as: "member", request: "GET employee?select=salary,count()", status: 422, lacks: secret},
		{as: "member", request: "GET employee?select=bonus->amount", status: 422, lacks: secret},
		{as: "member", request: "GET employee?bonus->amount=gt.1", status: 422},
		{as: "member", request: "GET employee?bonus_at=not.is.null", status: 422},
		{as: "member", request: "GET employee?select=notes->a", status: 422},
		{as: "member", request: "GET employee?notes->>a=is.null", status: 422},
		{as: "member", request: "GET employee?order=notes->a", status: 422},
		{as: "member", request: "GET employee?grade=eq.high", status: 422},
		{as: "member", request: "GET employee", headers: "Accept: text/csv", status: 200, want: "Ada", lacks: secret},
		{as: "member", request: "GET employee/<Ada>", status: 200, lacks: secret},
		{as: "member", request: "GET employee/<Ada>/history", status: 200, want: `"name" : "Ada"`, lacks: secret},
		{says: "all within a reach opens no guard", as: "viewer", request: "GET employee/<Ada>", status: 200, want: `"Ada"`, lacks: secret},
		{as: "viewer", request: "GET employee?select=name,salary", status: 422, lacks: secret},
		{says: "what it was is for who reads all", as: "viewer", request: "GET employee/<Ada>/history", status: 403, lacks: "Ada"},
		{as: "owner", request: "PATCH employee/<Ada>", body: `{"raises":[{"amount":417000,"with_ids":["<C417000>"]}]}`, status: 200, want: secret},
		{as: "owner", request: "GET employee/<Ada>/history?limit=2", status: 200, want: `"part" : "raises`},
		{says: "nor that lines of it were written", as: "member", request: "GET employee/<Ada>/history", status: 200, want: `"part" : null`, lacks: "raises"},
		{as: "member", request: "GET employee/<Ada>/history?limit=1", status: 200, want: `[{"seq" : `, lacks: "raises"},
		{as: "member", request: "PATCH employee/<Ada>", body: `{"name":"Ada L."}`, status: 200, lacks: secret},
		{as: "member", request: "PATCH employee/<Ada>", body: `{"name":"Ada","version":1}`, status: 409, want: `"current"`, lacks: secret},
		{as: "member", request: "PATCH employee/<Ada>", body: `{"bonus":{"amount":1}}`, status: 422, want: "unknown_field"},
		{as: "member", request: "PATCH employee?name=like.*&select=*", headers: "Prefer: return=representation", body: `{"name":"Ada"}`, status: 200, lacks: secret},
		{as: "member", request: "POST employee?on_conflict=grade", headers: "Prefer: resolution=merge-duplicates", body: `[{"name":"Eve","grade":"high"}]`, status: 422},
		{as: "member", request: "POST employee/<Ada>/promote", body: `{}`, status: 200, want: `"rank":"senior"`, lacks: secret},
		{as: "member", request: "POST employee/<Ada>/promote", body: `{}`, status: 409, want: `"current"`, lacks: secret},
		{as: "viewer", request: "GET employee/<Ada>/history", status: 404},
		{as: "owner", request: "PATCH employee/<Ada>", body: `{"token":{"set":true},"name":"Ada"}`, status: 200, want: `"token":{"set" : true}`},
		{as: "owner", request: "PATCH employee?name=eq.Ada", body: `{"rank":"junior"}`, status: 422, want: `"path":"rank","code":"readonly"`},
		{as: "owner", request: "POST employee", headers: "Prefer: return=representation", body: `{"name":""}`, status: 422, want: `"path":"name","code":"required"`},
		{as: "owner", request: "POST employee", body: `{"name":"Dan","raises":[{"amount":1},{"id":"<Ada>"}]}`, status: 422, want: `"path":"raises[1].id","code":"line_missing"`},
		{as: "owner", request: "GET employee/<Ada>?select=name:raises->x", status: 422},
		{as: "member", request: "POST employee/demote?rank=eq.senior", body: `{}`, status: 403},
		{as: "owner", request: "POST employee/demote", body: `{}`, status: 422, want: "unfiltered_write"},
		{says: "one that is refused refuses all", as: "owner", request: "POST employee/demote?name=in.(Ada,Bea)", body: `{}`, status: 409, want: "illegal_move"},
		{says: "what the reach hides is not found", as: "viewer", request: "POST employee/demote?rank=eq.senior", body: `{}`, status: 204, tells: "Content-Range: */*"},
		{as: "owner", request: "POST employee/demote?rank=eq.senior&select=name,rank&order=name", headers: "Prefer: return=representation", body: `{}`, status: 200, want: `[{"name":"Ada","rank":"junior"}, … "rank":"junior"}]`},
		{as: "member", request: "GET pass?select=*,holder(*)", status: 200, want: `"note":"n"`, lacks: secret},
		{says: "what is worked out has the guards of all it reads", as: "owner", request: "GET employee/<Ada>", status: 200, want: `"same":417000`},
		{as: "member", request: "GET employee/<Ada>", status: 200, want: `"shared":0,"level":"paid","heard":"paid"`, lacks: secret},
		{as: "member", request: "GET employee?select=same", status: 422},
		{as: "member", request: "GET employee?select=twice", status: 422},
		{as: "member", request: "GET employee?kept=gt.1", status: 422},
		{as: "member", request: "GET employee?order=begun", status: 422},
		{as: "member", request: "GET employee?select=raised.sum()", status: 422},
		{as: "member", request: "GET employee?select=learns,count()", status: 422},
		{as: "member", request: "GET employee?behind=gt.1", status: 422},
		{as: "member", request: "GET employee?select=opens", status: 422},
		{as: "member", request: "GET employee?select=shares", status: 422},
		{as: "member", request: "GET employee?select=level,heard&level=eq.paid", status: 200, want: `"heard":"paid"`},
		{as: "member", request: "GET branch?name=eq.North", status: 200, want: `"heads":1`, lacks: secret},
		{as: "member", request: "GET branch?cost=gt.1", status: 422},
		{as: "member", request: "GET branch?select=told", status: 422},
		{says: "a guard that is named stands for those that are read", as: "staff", request: "GET branch?select=name,told", status: 200, want: secret},
		{as: "staff", request: "GET branch?select=cost", status: 422},
		{as: "member", request: "GET /api/modules/staff/openapi.json", status: 200, want: `"note"`, lacks: `"salary"`},
	})
	for _, path := range []string{"/staff/pass", "/staff/pass?q=C417000", "/staff/pass?order=name", "/staff/employee", "/staff/employee/" + id, "/staff/pass/options?q=C4"} {
		if got := p.Do(p.Member, http.MethodGet, p.Home.App(path), nil); got.Status != http.StatusOK || strings.Contains(strings.ReplaceAll(got.Body, "q=C417000", ""), secret) && !strings.Contains(path, "q=C417000") {
			t.Errorf("%s shows the clerk what a guard closes: %d", path, got.Status)
		}
	}
	var kept string
	if err := p.DB.Pool().QueryRow(t.Context(), `select count(*)::text from platform.changes where after::text like '%s3cr3t-w0rd%'`).Scan(&kept); err != nil || kept != "0" {
		t.Errorf("the change log holds the secret %s times, %v", kept, err)
	}
}

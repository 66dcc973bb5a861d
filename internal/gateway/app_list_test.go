package gateway_test

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

// crewModule has records that are called by an expression, which reads another
// record, and a field that a guard closes.
func crewModule(t testing.TB) []byte {
	return testkit.Files{
		"module.yaml": `{manifest: 1, id: crew, name: Crew, version: 1.0.0, category: other, description: Crews.,
roles: {visitor: {grants: [task.ask]}, boss: {grants: ["*"], for: [agency_admin]}, hand: {grants: ["person.read", "ship.read", "pay.read", "trip.read", "task.*"], for: [agency_member]}}}`,
		"collections/ship.yaml":   `fields: {name: {type: text, required: true}}`,
		"collections/person.yaml": `{title: 'first + " " + last + " of " + ship.name', fields: {first: {type: text, required: true}, last: {type: text, required: true}, ship: {type: reference, to: ship, required: true}}}`,
		"collections/pay.yaml":    `{title: 'nick + ": " + grade', guards: {inner: Inner matters}, fields: {nick: {type: text}, grade: {type: text, guard: inner}}}`,
		"collections/trip.yaml": `{guards: {inner: Inner matters}, fields: {port: {type: choice, options: [east, {value: west, label: Far west}]}, fare: {type: money}, days: {type: integer}, tip: {type: integer, guard: inner}},
views: {list: {columns: [port, fare, days], group: port, totals: [days, fare, tip]}, more: {type: list, label: More, columns: [tip]}, long: {type: list, label: Long, filter: days > 5, columns: [port, days], totals: [days]}}}`,
		"collections/task.yaml": `views: {list: {columns: [what, who, who.first, who.ship.name, wage.grade, wage]}}
fields: {what: {type: text, required: true}, who: {type: reference, to: person}, wage: {type: reference, to: pay}}
actions: {ask: {scope: collection, params: {what: {}, who: {}}}}`,
	}.Pack(t)
}

// at is an address relative to another, its query kept.
func at(base, to string) string {
	way, query, _ := strings.Cut(to, "?")
	return path.Join(base, way) + "?" + query
}

// TestListsCallGroupAndSumTheirRecords looks at all screens that tell how a
// record is called, at lists that declare a group and totals, and at when jobs
// run next.
func TestListsCallGroupAndSumTheirRecords(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.Publish(p.Home, crewModule(t))
	p.Install(p.Home, "crew")
	const api = "/api/modules/crew/"
	create := func(collection, body string) string {
		t.Helper()
		r := p.Do(p.SiteKey, http.MethodPost, api+collection, testkit.JSON(body))
		if r.Status != http.StatusCreated {
			t.Fatalf("%s: %d %s", collection, r.Status, r.Body)
		}
		return r.Object()["id"].(string)
	}
	ship := create("ship", `{"name":"Argo"}`)
	ann := create("person", `{"first":"Ann","last":"Zwo","ship_id":"`+ship+`"}`)
	bob := create("person", `{"first":"Bob","last":"A_1","ship_id":"`+ship+`"}`)
	pay := create("pay", `{"nick":"Low","grade":"G7"}`)
	task := create("task", `{"what":"Row","who_id":"`+ann+`","wage_id":"`+pay+`"}`)
	for _, body := range []string{`{"port":"west","fare":{"amount":1050,"currency":"EUR"},"days":3,"tip":40}`, `{"port":"east","fare":{"amount":500,"currency":"EUR"},"days":7,"tip":2}`, `{"port":"west","fare":{"amount":900,"currency":"USD"},"days":9}`, `{"days":1}`} {
		create("trip", body)
	}
	for site, at := range map[*testkit.Site]string{p.Home: "2031-01-02T03:30:00Z", p.Sister: "2032-01-02T03:30:00Z"} {
		if _, err := p.DB.Pool().Exec(t.Context(), `insert into platform.schedule (site_id, module, name, cron, time_zone, next_at)
			select $1, short_id, 'row', '30 4 * * *', 'Europe/Berlin', $2 from platform.module limit 1`, site.ID, at); err != nil {
			t.Fatal(err)
		}
	}
	app := p.Home.App("/crew/")
	for _, row := range []struct {
		says, at  string
		who       testkit.Actor
		has, hasn string
	}{
		{"the list", "person", p.Owner, ">Ann Zwo of Argo<", ann + "<"},
		{"the list, searched", "person?q=" + url.QueryEscape("a_1 OF"), p.Owner, ">Bob A_1 of Argo<", "Ann Zwo"},
		{"the page of one", "person/" + ann, p.Owner, "<h1>Ann Zwo of Argo</h1>", "Untitled"},
		{"what refers", "task", p.Owner, ">Ann Zwo of Argo<", ">" + ann},
		{"a column over references", "task", p.Owner, ">Who: Name<", ">First</a>"},
		{"what stands in it", "task", p.Owner, ">Argo<", "Longer"},
		{"a column behind a guard", "task", p.Owner, ">G7<", "Longer"},
		{"a column over references, chosen", "task?columns=who.first&columns=what", p.Owner, ">Ann<", ">Argo<"},
		{"a column behind a guard, without it", "task", p.Member, ">Ann<", "Wage: Grade"},
		{"the form of what refers", "task/" + task, p.Owner, "Bob A_1 of Argo", ">" + bob},
		{"the picker", "person/options?q=ann", p.Owner, `"Ann Zwo of Argo"`, "Bob"},
		{"with the guard", "pay", p.Owner, "Low: G7", "Untitled"},
		{"without the guard", "pay", p.Member, "Low", "G7"},
		{"without the guard, what refers", "task", p.Member, "Ann Zwo of Argo", "G7"},
		{"without the guard, the picker", "pay/options", p.Member, `"title":"Low"`, "G7"},
		{"without the guard, the picker, searched", "pay/options?q=G7", p.Member, "[]", "Low"},
		{"a list of nothing but what is behind the guard", "trip?view=more", p.Member, `Far west<`, ">Tip<"},
		{"groups", "trip", p.Owner, `<th role="rowheader" scope="rowgroup" colspan="3">Far west</th>`, "Longer"},
		{"a group of those without", "trip", p.Owner, `colspan="3">No port</th>`, "Longer"},
		{"a total", "trip", p.Owner, `<dt>Total days</dt><dd>20</dd>`, "Longer"},
		{"a total in each currency", "trip", p.Owner, `<dt>Total fare</dt><dd>$9.00</dd><dd>€15.50</dd>`, "Longer"},
		{"a total behind a guard", "trip", p.Owner, `<dt>Total tip</dt><dd>42</dd>`, "Longer"},
		{"without the guard", "trip", p.Member, `<dd>20</dd>`, "Total tip"},
		{"of what a view shows", "trip?view=long", p.Owner, `<dt>Total days</dt><dd>16</dd>`, "scope=\"rowgroup\" colspan"},
		{"one head a group, whatever the order", "trip?order=days.desc", p.Owner, `>Far west</th>`, "Longer"},
		{"the next runs", "../jobs?state=scheduled", p.Owner, `<code>job.row</code>`, "2032"},
		{"in the site's zone", "../jobs?state=scheduled", p.Owner, `04:30`, "03:30<"},
		{"not among those given up", "../jobs", p.Owner, `Nothing was given up`, "job.row"},
		{"without the guard, the search", "pay?q=G7", p.Member, pay, "No "},
	} {
		r := p.Do(row.who, http.MethodGet, at(app, row.at), nil)
		if r.Status != http.StatusOK || !strings.Contains(r.Body, row.has) || strings.Contains(r.Body, row.hasn) {
			_, main, _ := strings.Cut(r.Body, "<main")
			t.Errorf("%s: %d, not %q without %q\n%.3000s", row.says, r.Status, row.has, row.hasn, main)
		}
	}
	narrow(t, p, app, ann)
}

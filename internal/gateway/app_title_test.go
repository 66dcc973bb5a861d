package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

// crewModule has records that are called by an expression, which reads another
// record, and a field that a guard closes.
func crewModule(t testing.TB) []byte {
	return testkit.Files{
		"module.yaml": `{manifest: 1, id: crew, name: Crew, version: 1.0.0, category: other, description: Crews.,
roles: {visitor: {grants: [task.ask]}, boss: {grants: ["*"], for: [agency_admin]}, hand: {grants: ["person.read", "ship.read", "pay.read", "task.*"], for: [agency_member]}}}`,
		"collections/ship.yaml":   `fields: {name: {type: text, required: true}}`,
		"collections/person.yaml": `{title: 'first + " " + last + " of " + ship.name', fields: {first: {type: text, required: true}, last: {type: text, required: true}, ship: {type: reference, to: ship, required: true}}}`,
		"collections/pay.yaml":    `{title: 'nick + ": " + grade', guards: {inner: Inner matters}, fields: {nick: {type: text}, grade: {type: text, guard: inner}}}`,
		"collections/task.yaml": `fields: {what: {type: text, required: true}, who: {type: reference, to: person}, wage: {type: reference, to: pay}}
actions: {ask: {scope: collection, params: {what: {}, who: {}}}}`,
	}.Pack(t)
}

// TestATitleIsWhatItsExpressionSays looks at all screens that tell how a record
// is called.
func TestATitleIsWhatItsExpressionSays(t *testing.T) {
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
		{"the form of what refers", "task/" + task, p.Owner, "Bob A_1 of Argo", ">" + bob},
		{"the picker", "person/options?q=ann", p.Owner, `"Ann Zwo of Argo"`, "Bob"},
		{"with the guard", "pay", p.Owner, "Low: G7", "Untitled"},
		{"without the guard", "pay", p.Member, "Low", "G7"},
		{"without the guard, what refers", "task", p.Member, "Ann Zwo of Argo", "G7"},
		{"without the guard, the picker", "pay/options", p.Member, "null", "G7"},
		{"without the guard, the search", "pay?q=G7", p.Member, pay, "No "},
	} {
		r := p.Do(row.who, http.MethodGet, app+row.at, nil)
		if r.Status != http.StatusOK || !strings.Contains(r.Body, row.has) || strings.Contains(r.Body, row.hasn) {
			_, main, _ := strings.Cut(r.Body, "<main")
			t.Errorf("%s: %d, not %q without %q\n%.3000s", row.says, r.Status, row.has, row.hasn, main)
		}
	}
}

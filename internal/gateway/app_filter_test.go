package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

// narrow holds the list of trips of the crew to its conditions, and the panel in
// which people put them together. ann is a person, task a task of hers.
func narrow(t *testing.T, p *testkit.Platform, app, ann string) {
	t.Helper()
	form := func(pairs ...string) string {
		q := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			q.Add(pairs[i], pairs[i+1])
		}
		return q.Encode()
	}
	row := func(name, field, op, as, value string) []string {
		return []string{name + ".field", field, name + ".of", field, name + ".op", op, name + ".as", as, name + ".value", value}
	}
	panel := func(collection string, pairs ...[]string) string {
		all := []string{"match", "and"}
		for _, p := range pairs {
			all = append(all, p...)
		}
		return collection + "/filter?" + form(all...)
	}
	apply := []string{"do", "apply"}
	for _, row := range []struct {
		says, at  string
		who       testkit.Actor
		status    int
		has, hasn string // of the page, or of where it leads to
	}{
		{"a choice and a number", "trip?and=(port.in.(west),days.gt.5)", p.Owner, 200, `<dt>Total days</dt><dd>9</dd>`, `€`},
		{"one of two", "trip?or=(days.eq.1,days.eq.9)", p.Owner, 200, `<dt>Total days</dt><dd>10</dd>`, `€`},
		{"in a view with a condition of its own", "trip?view=long&and=(days.lt.9)", p.Owner, 200, `<dt>Total days</dt><dd>7</dd>`, `<dd>16</dd>`},
		{"its words", "trip?and=(port.in.(west),days.gt.5)", p.Owner, 200, `>Port is Far west</a>`, "Longer"},
		{"without one of them", "trip?and=(port.in.(west),days.gt.5)", p.Owner, 200, `trip?and=%28days.gt.5%29" aria-label="Remove the condition Port is Far west"`, "Longer"},
		{"a reference by name", "task?and=(who_id.eq." + ann + ")", p.Owner, 200, "Who is Ann Zwo of Argo", ">" + ann},
		{"nothing is such", "trip?and=(days.gt.500)", p.Owner, 200, "None of the trips meet these conditions.", "<table"},
		{"pages and orders keep it", "trip?and=(days.gt.5)", p.Owner, 200, "and=%28days.gt.5%29&amp;order=days.asc", "Longer"},
		{"so does a search", "person?and=(first.eq.Ann)", p.Owner, 200, `name="and" value="(first.eq.Ann)" form="filter"`, "Longer"},
		{"no such field", "trip?and=(nope.eq.1)", p.Owner, 422, "There is no field &#34;nope&#34;", "<table"},
		{"no condition at all", "trip?and=nonsense", p.Owner, 422, "The conditions cannot be applied", "<table"},
		{"with the guard", "trip?and=(tip.gt.10)", p.Owner, 200, `<dd>40</dd>`, "cannot be applied"},
		{"without the guard", "trip?and=(tip.gt.10)", p.Member, 422, "There is no field &#34;tip&#34;", "<table"},
		{"the panel without the guard", "trip/filter", p.Member, 200, ">Fare</option>", ">Tip</option>"},
		{"the panel with the guard", "trip/filter", p.Owner, 200, ">Tip</option>", "Longer"},
		{"columns", "trip?columns=days&columns=nope", p.Owner, 200, `value="port"`, `>Fare</a></th>`},
		{"columns behind a guard", "trip?columns=days,tip", p.Member, 200, `>Days`, `Tip`},
		{"the panel of what is there", "trip/filter?and=(port.in.(west),fare-%3Eamount.gte.1050)", p.Owner, 200, `value="10.50"`, "Longer"},
		{"another field has other operators", panel("trip", []string{"r0.field", "port", "r0.of", "days", "r0.op", "gt", "r0.as", "1", "r0.value", "5"}), p.Owner, 200, `<option value="oneof" selected>`, `value="5"`},
		{"one more", panel("trip", row("r0", "days", "gt", "1", "5"), []string{"do", "add"}), p.Owner, 200, `name="r1.field"`, "Longer"},
		{"a group", panel("trip", row("r0", "days", "gt", "1", "5"), []string{"do", "group"}), p.Owner, 200, `name="g0.r0.field"`, "Longer"},
		{"one less", panel("trip", row("r0", "days", "gt", "1", "5"), row("r1", "days", "lt", "1", "7"), []string{"do", "drop 0"}), p.Owner, 200, `value="7"`, `value="5"`},
		{"applied", panel("trip", row("r0", "fare", "ge", "1", "1,050.5"), apply), p.Owner, 303, "trip?and=%28fare.amount.gte.105050%29", "match"},
		{"applied with the rest of the list", panel("trip", row("r0", "days", "gt", "1", "5"), []string{"view", "long", "order", "days.asc", "columns", "days"}, apply), p.Owner, 303, "and=%28days.gt.5%29&columns=days&order=days.asc&view=long", "match"},
		{
			"a group is applied", panel("trip", row("r0", "days", "gt", "1", "5"), row("g0.r0", "port", "empty", "0", ""), row("g0.r1", "port", "oneof", "4", "west"), apply), p.Owner, 303,
			url.QueryEscape("(days.gt.5,or(port.is.null,port.in.(west)))"), "match",
		},
		{"what cannot be read", panel("trip", row("r0", "days", "gt", "1", "many"), apply), p.Owner, 200, "This cannot be read as a value of the field.", "Longer"},
		{"is kept", panel("trip", row("r0", "days", "gt", "1", "many"), apply), p.Owner, 200, `value="many"`, "Longer"},
		{"nothing filled in is nothing", panel("trip", row("r0", "days", "gt", "1", ""), apply), p.Owner, 303, "/trip", "and="},
		{"markup stays text", panel("person", row("r0", "first", "contains", "1", `<b>"x`), apply), p.Owner, 303, url.QueryEscape(`<b>`), "<b>"},
	} {
		r := p.Do(row.who, http.MethodGet, at(app, row.at), nil)
		_, said, _ := strings.Cut(r.Body, "<main")
		if row.status == http.StatusSeeOther {
			said = r.Location()
		}
		if r.Status != row.status || !strings.Contains(said, row.has) || strings.Contains(said, row.hasn) {
			t.Errorf("%s: %d, not %q without %q\n%.2500s", row.says, r.Status, row.has, row.hasn, said)
		}
	}
}

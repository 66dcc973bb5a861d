package manifest_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// TestNamesAreDerived reads the names that follow from a module in which every
// sort of them occurs.
func TestNamesAreDerived(t *testing.T) {
	t.Parallel()
	files := module(`type: system
actions: {find: {reads: true, code: true, params: {on: date}}, sweep: {internal: true, code: true}}
jobs: {night: {schedule: "0 3 * * mon-fri"}}
uses: {payments: {version: 1}}
subscribe: [payments.payment.paid]
endpoints: {feed: {method: GET, path: "/feed/{token}.ics", auth: none}}
`, "collections/visit.yaml", `delete: never
fields:
  name: text
  pay: {type: money, guard: pay}
  status: {type: state, options: [open, {value: done, requires: [pay]}, late]}
  parts: {type: lines, fields: {text: text}}
guards: {pay: See pay}
actions:
  ask: {scope: collection, params: {name: {}}}
  close: {label: Finish, from: open, to: done, bulk: true, code: true}
  lapse: {from: open, to: late, internal: true}
timers: {reminder: {at: created_at + 1d, emits: due}}
events: {done: {data: {amount: money}, version: 2}, renamed: {changed: [name]}}
hooks: [before_save]
`)
	m, err := manifest.ReadLinked(files)
	if err != nil {
		t.Fatal(err)
	}
	var permissions, events []string
	for _, p := range m.Permissions() {
		permissions = append(permissions, p.Key)
	}
	for _, e := range m.Events() {
		events = append(events, e.Name)
		if e.Event == "done" && (e.Version != 2 || len(e.Data) != 1) {
			t.Errorf("the event done is %+v", e)
		}
	}
	for _, c := range []struct {
		what      string
		got, want []string
	}{
		{"permissions", permissions, strings.Fields(`sample.visit.read sample.visit.create sample.visit.update sample.visit.export sample.visit.import
			sample.visit.ask sample.visit.close sample.visit.pay sample.find sample.settings`)},
		{"events", events, strings.Fields(`sample.visit.created sample.visit.updated sample.visit.deleted sample.visit.restored
			sample.visit.done sample.visit.renamed sample.visit.late sample.visit.due`)},
		{"bindings", m.Bindings(), strings.Fields("visit.before_save visit.close find sweep job.night on.payments.payment.paid endpoint.feed")},
		{"tools", m.Tools(), strings.Fields("sample_visit_list sample_visit_get sample_visit_create sample_visit_update sample_visit_ask sample_visit_close sample_find")},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s:\n%q, want\n%q", c.what, c.got, c.want)
		}
	}
	for _, address := range []string{
		"POST /api/modules/sample/visit/{id}/close", "POST /api/modules/sample/visit/close", "POST /api/modules/sample/visit/ask",
		"GET /api/modules/sample/visit_parts", "GET /api/modules/sample/rpc/find", "GET /api/modules/sample/x/feed/{token}.ics",
	} {
		if !slices.Contains(m.Addresses(), address) {
			t.Errorf("%s is missing in %q", address, m.Addresses())
		}
	}
}

// TestOrderAndLive reads in which order derived values are made, and which of
// them are evaluated when they are read.
func TestOrderAndLive(t *testing.T) {
	t.Parallel()
	m, err := manifest.ReadLinked(os.DirFS(filepath.Join(workedFolder, "accounting")))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(m.Collections, func(c *manifest.Collection) bool { return c.Name == "invoice" })
	c := m.Collections[i]
	order := m.Order(c)
	for _, pair := range [][2]string{
		{"lines.unit_price", "lines.off"},
		{"lines.off", "lines.subtotal"},
		{"lines.gross", "total"},
		{"total", "due"},
		{"due", "payment"},
		{"due", "overdue"},
	} {
		before, after := slices.Index(order, pair[0]), slices.Index(order, pair[1])
		if before < 0 || after < 0 || before > after {
			t.Errorf("%s does not come before %s in %q", pair[0], pair[1], order)
		}
	}
	for field, live := range map[string]bool{
		"total": false, "lines.off": false, "paid": true, "due": true, "payment": true, "overdue": true, "number": false,
	} {
		if got := m.Live(c, field); got != live {
			t.Errorf("%s is live: %v", field, got)
		}
	}
}

func TestCronIsChecked(t *testing.T) {
	t.Parallel()
	for schedule, why := range map[string]string{
		"*/5 * * * *": "", "0 3 * * mon-fri": "", "0,30 9-17/2 1 jan,jul 0": "", "0 0 29 2 *": "",
		"60 * * * *": `"60" is not a minute`, "* 24 * * *": `"24" is not a hour`, "* * 0 * *": `"0" is not a day of the month`,
		"* * * 13 *": `"13" is not a month`, "* * * * fri-mon": `"fri-mon" is not a day of the week`, "*/0 * * * *": `"*/0" is not a minute`,
		"5/2 * * * *": `"5/2" is not a minute`,
	} {
		_, err := manifest.ReadLinked(module("jobs: {night: {schedule: \"" + schedule + "\"}}\n"))
		switch {
		case why == "" && err != nil:
			t.Errorf("%s: %v", schedule, err)
		case why != "" && (err == nil || !strings.Contains(err.Error(), why)):
			t.Errorf("%s: %v, want %s", schedule, err, why)
		}
	}
}

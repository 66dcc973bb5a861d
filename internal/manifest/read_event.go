package manifest

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// builtInEvents come from every collection by themselves.
var builtInEvents = []string{"created", "updated", "deleted", "restored"}

// readTimer reads what happens at an instant of a record.
func (r *reader) readTimer(d *draft, e entry) {
	if d.doc.bad[e.value] {
		return
	}
	v := d.doc.values(e.value)
	t := Timer{Name: e.key.Value, At: value(v["at"]), When: value(v["when"]), Run: value(v["run"]), Emits: value(v["emits"])}
	r.expression(d.doc, v["at"], `"at" of timer `+t.Name, scope{of: d}, moment)
	r.expression(d.doc, v["when"], `"when" of timer `+t.Name, scope{of: d}, condition)
	hasRun, hasEmits := d.doc.has(e.value, "run"), d.doc.has(e.value, "emits")
	switch {
	case hasRun == hasEmits:
		if !d.doc.holdsBad(e.value) {
			d.doc.problem(e.key, "", `timer %s has either "run" or "emits"`, t.Name)
		}
	case v["run"] != nil:
		d.checkRun(v["run"], t.Name)
	case v["emits"] != nil && slices.Contains(builtInEvents, t.Emits):
		d.doc.problem(v["emits"], "Choose another name.", "%q is a built-in event of every collection", t.Emits)
	}
	d.Timers = append(d.Timers, t)
}

// checkRun checks the action that a timer runs: one on a record, which asks
// nobody for anything.
func (d *draft) checkRun(n *yaml.Node, timer string) {
	a := d.action(n.Value)
	switch {
	case a == nil:
		d.doc.problem(n, suggest(n.Value, d.actionNames()), "%s has no action %q", d.Name, n.Value)
	case a.Scope != ScopeRecord:
		d.doc.problem(n, "", "timer %s runs an action on its record, and %q has the scope %s", timer, a.Name, a.Scope)
	default:
		for _, p := range a.Params {
			if p.Required && p.Default == nil && d.field(p.Name) == nil {
				d.doc.problem(n, "", "timer %s runs %q, which asks for %q", timer, a.Name, p.Name)
			}
		}
	}
}

// readEvents reads the events that do not come by themselves.
func (r *reader) readEvents(d *draft, n *yaml.Node) {
	for _, e := range d.doc.entries(n) {
		if d.doc.bad[e.value] {
			continue
		}
		v := d.doc.values(e.value)
		event := Event{Name: e.key.Value, Version: 1}
		if version := whole(v["version"]); version != nil {
			event.Version = int(*version)
		}
		for _, item := range d.doc.items(v["changed"]) {
			if d.known(item) != nil {
				event.Changed = append(event.Changed, item.Value)
			}
		}
		event.Data = r.fields(d.doc, v["data"], scope{place: answerPlace, of: d})
		r.checkTargets(d.doc, v["data"], event.Data)
		hasChanged, hasData := d.doc.has(e.value, "changed"), d.doc.has(e.value, "data")
		switch {
		case slices.Contains(builtInEvents, event.Name):
			d.doc.problem(e.key, "Choose another name.", "%q is a built-in event of every collection", event.Name)
		case hasChanged && hasData:
			d.doc.problem(e.key, "", `event %s is either a change or told by code, and has "changed" and "data"`, event.Name)
		case hasChanged && d.emits(event.Name):
			d.doc.problem(e.key, "Choose another name.", "%q is the event of an action or timer of %s", event.Name, d.Name)
		}
		d.Events = append(d.Events, event)
	}
}

// emits says whether an action or timer of the collection tells the event.
func (d *draft) emits(event string) bool {
	return slices.ContainsFunc(d.Actions, func(a Action) bool { return a.Emits == event }) ||
		slices.ContainsFunc(d.Timers, func(t Timer) bool { return t.Emits == event })
}

package manifest

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readAction reads an action that makes a record from its parameters.
func (d *draft) readAction(e entry) Action {
	a := Action{Name: e.key.Value, Scope: "collection", Label: labelOf(e.key.Value)}
	d.checkActionName(e.key)
	if d.doc.bad[e.value] {
		return a
	}
	v := d.doc.values(e.value)
	a.Label = or(value(v["label"]), a.Label)
	a.Description = value(v["description"])
	a.Confirm = value(v["confirm"])
	a.Emits = value(v["emits"])
	a.Limit = parseLimit(value(v["limit"]))
	covered := map[string]bool{}
	for _, p := range d.doc.entries(v["params"]) {
		if param, ok := d.readParam(a.Name, p, covered); ok {
			a.Params = append(a.Params, param)
		}
	}
	for _, s := range d.doc.entries(v["set"]) {
		d.readSet(&a, s, covered)
	}
	d.checkCovered(e, a.Name, covered)
	return a
}

func (d *draft) checkActionName(key *yaml.Node) {
	switch name := key.Value; {
	case slices.Contains(builtInVerbs, name):
		d.doc.problem(key, "Choose another name.", "%q is a built-in action of every collection", name)
	case slices.Contains(reservedActions, name):
		d.doc.problem(key, "Choose another name.", "%q is reserved (the platform has an address of that name)", name)
	}
}

// parseLimit reads a text that has the form of a limit.
func parseLimit(text string) Limit {
	count, period, ok := strings.Cut(text, "/")
	if !ok {
		return Limit{}
	}
	n, _ := strconv.Atoi(count)
	return Limit{Count: n, Period: period}
}

// readParam reads a parameter, which is the field of its name with a few words
// of its own.
func (d *draft) readParam(action string, e entry, covered map[string]bool) (Field, bool) {
	name := e.key.Value
	f := d.field(name)
	if f == nil {
		near := nearest(name, d.fieldNames())
		covered[near] = true
		d.doc.problem(e.key, suggest(name, d.fieldNames()), "action %s has the parameter %q, but %s has no such field", action, name, d.Name)
		return Field{}, false
	}
	covered[name] = true
	param := *f
	v := d.doc.values(e.value)
	param.Label = or(value(v["label"]), param.Label)
	param.Help = or(value(v["help"]), param.Help)
	param.Placeholder = or(value(v["placeholder"]), param.Placeholder)
	param.Section = or(value(v["section"]), param.Section)
	param.Required = param.Required || isTrue(v["required"])
	return param, true
}

// readSet reads a value that the action writes itself.
func (d *draft) readSet(a *Action, e entry, covered map[string]bool) {
	name := e.key.Value
	f := d.field(name)
	if f == nil {
		near := nearest(name, d.fieldNames())
		covered[near] = true
		d.doc.problem(e.key, suggest(name, d.fieldNames()), "action %s sets %q, but %s has no such field", a.Name, name, d.Name)
		return
	}
	covered[name] = true
	if d.doc.bad[e.value] || f.Kind == "" {
		return
	}
	if f.Kind == KindReference {
		d.doc.problem(e.value, "", "%s", laterPhrase("a value for a reference in \"set\""))
		return
	}
	shape := defaultShape(f.Kind, recordPlace)
	d.doc.check(strconv.Quote(name), e.value, &shape)
	if d.doc.bad[e.value] {
		return
	}
	val := readLiteral(d.doc, e.value, f)
	if val == nil {
		return
	}
	if why := f.refuses(val); why != "" {
		d.doc.problem(e.value, "", "the value that action %s sets for %s %s", a.Name, name, why)
		return
	}
	if a.Set == nil {
		a.Set = map[string]any{}
	}
	a.Set[name] = val
}

// checkCovered refuses an action that could never make a record.
func (d *draft) checkCovered(e entry, action string, covered map[string]bool) {
	params := d.doc.values(e.value)["params"]
	if params != nil && d.doc.bad[params] {
		return
	}
	for _, f := range d.Fields {
		if f.Required && f.Default == nil && !covered[f.Name] {
			d.doc.problem(e.key, "Add it to \"params\" or \"set\".", "action %s leaves %q of the new record empty, which is required", action, f.Name)
		}
	}
}

package manifest

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The scopes of actions.
const (
	ScopeRecord     = "record"
	ScopeCollection = "collection"
	ScopeModule     = "module"
)

// readAction reads an action of a collection, or what it says of a built-in one.
func (r *reader) readAction(d *draft, e entry) {
	if slices.Contains(changingVerbs, e.key.Value) {
		r.readBuiltIn(d, e)
		return
	}
	d.checkActionName(e.key)
	a := Action{Name: e.key.Value, Scope: ScopeRecord, Label: labelOf(e.key.Value)}
	if d.doc.holdsBad(e.value) {
		d.actionsBroken = true
	}
	if d.doc.bad[e.value] {
		d.Actions = append(d.Actions, a)
		return
	}
	v := d.doc.values(e.value)
	a.readWords(d.doc, v)
	a.Scope = or(value(v["scope"]), ScopeRecord)
	a.Message = value(v["message"])
	a.When = value(v["when"])
	a.Bulk = isTrue(v["bulk"])
	a.Was = texts(d.doc, v["was"])
	in := scope{of: d, old: true}
	touched := map[string]bool{}
	for _, p := range d.doc.entries(v["params"]) {
		a.Params = append(a.Params, r.readParam(d, &a, p, in, touched)...)
	}
	in.params = append([]Field{}, a.Params...)
	r.expression(d.doc, v["when"], `"when" of action `+a.Name, in, condition)
	d.readMove(&a, v)
	for _, s := range d.doc.entries(v["set"]) {
		r.readSet(d, &a, s, in, touched)
	}
	r.checkTargets(d.doc, v["params"], a.Params)
	a.Returns = r.fields(d.doc, v["returns"], scope{place: answerPlace, of: d})
	r.checkTargets(d.doc, v["returns"], a.Returns)
	r.needsLink(d.doc, e.value, "code")
	if a.Emits == "" {
		a.Emits = a.To
	}
	d.checkAction(&a, e, v, touched)
	d.Actions = append(d.Actions, a)
}

// readWords reads what actions of collections and of the module have in common.
func (a *Action) readWords(d *document, v map[string]*yaml.Node) {
	a.Label = or(value(v["label"]), a.Label)
	a.Icon = value(v["icon"])
	a.Description = value(v["description"])
	a.Confirm = value(v["confirm"])
	a.Emits = value(v["emits"])
	a.Limit = parseLimit(value(v["limit"]))
	a.Code = isTrue(v["code"])
	a.Reads = isTrue(v["reads"])
	a.AsModule = value(v["as"]) == "module"
	a.Internal = isTrue(v["internal"])
	if n := v["emits"]; n != nil && slices.Contains(builtInEvents, n.Value) {
		d.problem(n, `Leave "emits" out: it comes by itself.`, "%q is a built-in event of every collection", n.Value)
		a.Emits = ""
	}
}

func (d *draft) checkActionName(key *yaml.Node) {
	switch name := key.Value; {
	case slices.Contains(builtInVerbs, name):
		d.doc.problem(key, "Choose another name.", "%q is a built-in action of every collection", name)
	case slices.Contains(reservedActions, name):
		d.doc.problem(key, "Choose another name.", "%q is reserved (the platform has an address of that name)", name)
	}
}

func (r *reader) readBuiltIn(d *draft, e entry) {
	if d.doc.bad[e.value] {
		return
	}
	v := d.doc.values(e.value)
	in := scope{of: d, old: true}
	b := BuiltIn{
		Label: value(v["label"]), Confirm: value(v["confirm"]), Message: value(v["message"]),
		When: value(v["when"]), Limit: parseLimit(value(v["limit"])),
	}
	r.expression(d.doc, v["when"], `"when" of action `+e.key.Value, in, condition)
	if v["message"] != nil && !d.doc.has(e.value, "when") {
		d.doc.problem(v["message"], "", "\"message\" of action %s is shown when a condition refuses, and there is no \"when\"", e.key.Value)
	}
	if d.BuiltIn == nil {
		d.BuiltIn = map[string]BuiltIn{}
	}
	d.BuiltIn[e.key.Value] = b
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

// readParam reads a parameter: the field of its name with a few words of its
// own, or a value of its own kind. It returns none after a complaint.
func (r *reader) readParam(d *draft, a *Action, e entry, in scope, touched map[string]bool) []Field {
	name := e.key.Value
	f := d.field(name)
	own := e.value.Kind == yaml.ScalarNode || d.doc.has(e.value, "type")
	switch {
	case d.doc.bad[e.value]:
		touched[name] = true
		return nil
	case f == nil && !own:
		touched[nearest(name, d.fieldNames())] = true
		hint := suggest(name, d.fieldNames())
		d.doc.problem(e.key, or(hint, "Say of what kind it is: {type: text}."), "action %s has the parameter %q, but %s has no such field", a.Name, name, d.Name)
		return nil
	case f == nil:
		in.place = paramPlace
		return []Field{r.readField(d.doc, e, in)}
	case own && d.doc.kindOf(e.value) != nil && f.Kind != "":
		touched[name] = true
		d.doc.problem(d.doc.kindOf(e.value), `Leave "type" out.`, "the parameter %q of action %s is the field of that name and has its kind", name, a.Name)
		return nil
	case own && e.value.Kind == yaml.ScalarNode:
		touched[name] = true
		d.doc.problem(e.value, "Write "+name+": {}.", "the parameter %q of action %s is the field of that name and has its kind", name, a.Name)
		return nil
	}
	touched[name] = true
	if why := f.closed(); why != "" {
		hint := ""
		if f.Kind == KindState {
			hint = `Use "to".`
		}
		d.doc.problem(e.key, hint, "action %s asks for %q, which %s", a.Name, name, why)
	}
	param := *f
	v := d.doc.values(e.value)
	param.readWords(v)
	if n := v["required"]; n != nil && n.Tag != "!!bool" {
		param.RequiredWhen = n.Value
		r.expression(d.doc, n, `"required" of parameter `+name, in, condition)
	}
	param.Required = param.Required || isTrue(v["required"])
	return []Field{param}
}

// closed says why no action's caller may write the field, "" if one may.
func (f *Field) closed() string {
	switch {
	case f.Kind == KindState:
		return "is a state"
	case f.Computed != "":
		return "is computed"
	case f.Set != "":
		return "is set by itself"
	case f.Kind == KindSequence:
		return "is drawn by itself"
	}
	return ""
}

// readMove reads which state the action leads from and to.
func (d *draft) readMove(a *Action, v map[string]*yaml.Node) {
	if v["from"] == nil && v["to"] == nil && v["field"] == nil {
		return
	}
	state := d.stateOf(a, v)
	a.From, a.To = texts(d.doc, v["from"]), value(v["to"])
	if state == nil {
		d.actionsBroken = true
		return
	}
	a.Field = state.Name
	if v["to"] == nil {
		at := v["from"]
		if at == nil {
			at = v["field"]
		}
		d.doc.problem(at, `A condition that moves no state is written in "when".`, "action %s starts from a state and leads to none", a.Name)
		d.actionsBroken = true
		return
	}
	for _, item := range append(d.doc.items(v["from"]), v["to"]) {
		if state.Option(item.Value) == nil {
			d.doc.problem(item, suggest(item.Value, state.optionValues()), "%q is not a state of %s.%s", item.Value, d.Name, state.Name)
			d.actionsBroken = true
		}
	}
	if a.Scope == ScopeCollection && v["from"] != nil {
		d.doc.problem(v["from"], `Leave "from" out.`, "action %s makes a record, which comes from no state", a.Name)
	}
}

// stateOf returns the state field that the action moves, nil after a complaint
// or when the field is wrong.
func (d *draft) stateOf(a *Action, v map[string]*yaml.Node) *Field {
	at := v["to"]
	if at == nil {
		at = v["from"]
	}
	if n := v["field"]; n != nil {
		f := d.known(n)
		if f != nil && f.Kind != KindState && f.Kind != "" {
			d.doc.problem(n, "", "%q is %s field, not a state", f.Name, article(f.Kind))
		}
		if f == nil || f.Kind != KindState {
			return nil
		}
		return f
	}
	var states []*Field
	for i := range d.Fields {
		switch d.Fields[i].Kind {
		case KindState:
			states = append(states, &d.Fields[i])
		case "":
			return nil // perhaps it is one
		}
	}
	switch len(states) {
	case 1:
		return states[0]
	case 0:
		d.doc.problem(at, "", "action %s moves a state, and %s has none", a.Name, d.Name)
	default:
		d.doc.problem(at, `Name it in "field".`, "action %s moves a state, and %s has several", a.Name, d.Name)
	}
	return nil
}

// readSet reads a value that the action writes itself.
func (r *reader) readSet(d *draft, a *Action, e entry, in scope, touched map[string]bool) {
	name := e.key.Value
	f := d.field(name)
	if f == nil {
		touched[nearest(name, d.fieldNames())] = true
		d.doc.problem(e.key, suggest(name, d.fieldNames()), "action %s sets %q, but %s has no such field", a.Name, name, d.Name)
		return
	}
	touched[name] = true
	if d.doc.bad[e.value] || f.Kind == "" {
		return
	}
	if why := f.closed(); why != "" {
		hint := ""
		if f.Kind == KindState {
			hint = `Use "to".`
		}
		d.doc.problem(e.key, hint, "action %s sets %q, which %s", a.Name, name, why)
		return
	}
	if a.Set == nil {
		a.Set = map[string]any{}
	}
	if isNull(e.value) {
		a.Set[name] = nil
		if f.Required {
			d.doc.problem(e.value, "", "action %s empties %q, which is required", a.Name, name)
		}
		return
	}
	shape := defaultShape(f.Kind, recordPlace)
	if f.Many || f.Kind == KindTags {
		shape = listOf(shape)
	}
	shape.currency = f.Currency
	d.doc.check(strconv.Quote(name), e.value, &shape)
	if d.doc.bad[e.value] {
		return
	}
	what := "the value that action " + a.Name + " sets for " + name
	if formula, is := computedValue(e.value); is {
		r.expression(d.doc, e.value, what, in, valueOf(f))
		a.Set[name] = formula
		return
	}
	val := readLiteral(d.doc, e.value, f)
	if val == nil {
		return
	}
	if why := f.refuses(val); why != "" {
		d.doc.problem(e.value, f.optionHint(val), "%s %s", what, why)
		return
	}
	a.Set[name] = val
}

// checkAction holds the keys of an action against one another.
func (d *draft) checkAction(a *Action, e entry, v map[string]*yaml.Node, touched map[string]bool) {
	checkCode(d.doc, a, v)
	if v["message"] != nil && !d.doc.has(e.value, "when") {
		d.doc.problem(v["message"], "", "\"message\" of action %s is shown when a condition refuses, and there is no \"when\"", a.Name)
	}
	if a.Scope == ScopeCollection {
		if a.Bulk {
			d.doc.problem(v["bulk"], "", "action %s runs without a record, so that \"bulk\" says nothing about it", a.Name)
		}
		if !a.Code {
			d.checkCovered(e, a.Name, touched)
		}
		return
	}
	if a.Reads {
		for _, key := range []string{"to", "set"} {
			if v[key] != nil {
				d.doc.problem(v[key], "", "action %s reads, and %q changes the record", a.Name, key)
			}
		}
		return
	}
	if !a.Code && a.To == "" && len(a.Set) == 0 && len(touched) == 0 && a.Emits == "" && !d.doc.holdsBad(e.value) {
		d.doc.problem(e.key, `Give it "to", "set", parameters that are fields, or "emits".`, "action %s does nothing", a.Name)
	}
}

// checkCode refuses what only code does of an action without code.
func checkCode(d *document, a *Action, v map[string]*yaml.Node) {
	if a.Code {
		return
	}
	for _, key := range []string{"returns", "reads", "as"} {
		if v[key] == nil || key == "reads" && !a.Reads || key == "as" && !a.AsModule {
			continue
		}
		d.problem(v[key], `Add "code: true".`, "action %s has %q, which only code answers", a.Name, key)
	}
}

// checkCovered refuses an action that could never make a record.
func (d *draft) checkCovered(e entry, action string, touched map[string]bool) {
	params := d.doc.values(e.value)["params"]
	if params != nil && d.doc.bad[params] {
		return
	}
	for _, f := range d.Fields {
		if f.Required && f.asked() && !touched[f.Name] {
			d.doc.problem(e.key, "Add it to \"params\" or \"set\".", "action %s leaves %q of the new record empty, which is required", action, f.Name)
		}
	}
}

// checkStates refuses states that no record can ever be in.
func (d *draft) checkStates(actions *yaml.Node) {
	if d.actionsBroken || d.values["actions"] == nil && d.doc.has(d.doc.root, "actions") || d.doc.misspelt(d.doc.root, collectionFormat(), "actions") {
		return
	}
	for i := range d.Fields {
		if f := &d.Fields[i]; f.Kind == KindState && len(f.Options) > 0 {
			d.checkReached(f)
		}
	}
}

func (d *draft) checkReached(f *Field) {
	reached := map[string]bool{f.Options[0].Value: true}
	led := map[string]bool{}
	for grows := true; grows; {
		grows = false
		for _, a := range d.Actions {
			if a.Field != f.Name {
				continue
			}
			led[a.To] = true
			starts := len(a.From) == 0 || slices.ContainsFunc(a.From, func(state string) bool { return reached[state] })
			if starts && !reached[a.To] {
				reached[a.To], grows = true, true
			}
		}
	}
	unled := false
	at := d.optionNodes(f)
	for _, o := range f.Options[1:] {
		if !led[o.Value] {
			unled = true
			d.doc.problem(at[o.Value], `Add an action with "to: `+o.Value+`", or remove the state.`, "no action leads to state %q of %s.%s", o.Value, d.Name, f.Name)
		}
	}
	for _, o := range f.Options[1:] {
		if !unled && !reached[o.Value] {
			d.doc.problem(at[o.Value], "", "no record comes to state %q of %s.%s: the actions that lead there start from states that are never reached", o.Value, d.Name, f.Name)
		}
	}
}

// optionNodes are the places of a field's options, by value.
func (d *draft) optionNodes(f *Field) map[string]*yaml.Node {
	nodes := map[string]*yaml.Node{}
	for _, item := range d.doc.items(d.fieldValues(f.Name)["options"]) {
		at := item
		if item.Kind == yaml.MappingNode {
			at = d.doc.values(item)["value"]
		}
		nodes[value(at)] = at
	}
	return nodes
}

package manifest

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readRules reads what the records of a collection keep together: exclusions,
// checks, order, lock and deletion.
func (r *reader) readRules(d *draft, v map[string]*yaml.Node) {
	for _, item := range d.doc.items(v["exclude"]) {
		d.Exclude = append(d.Exclude, r.readExclude(d, item))
	}
	for _, item := range d.doc.items(v["checks"]) {
		check := r.readCheck(d.doc, item, scope{of: d, old: true})
		check.Each = d.readEach(d.doc.values(item)["each"])
		d.Checks = append(d.Checks, check)
	}
	d.readOrdered(v["ordered"])
	if n := v["lock"]; n != nil {
		lv := d.doc.values(n)
		d.Lock = &Lock{When: value(lv["when"])}
		r.expression(d.doc, lv["when"], `"when" of "lock"`, scope{of: d}, condition)
		for _, item := range d.doc.items(lv["except"]) {
			if d.known(item) != nil {
				d.Lock.Except = append(d.Lock.Except, item.Value)
			}
		}
	}
	r.readDeletion(d, v["delete"])
}

// readExclude reads a rule against overlapping ranges.
func (r *reader) readExclude(d *draft, item *yaml.Node) Exclude {
	v := d.doc.values(item)
	x := Exclude{Fields: d.indexed(v["fields"], "exclude"), When: value(v["when"]), Message: value(v["message"])}
	r.expression(d.doc, v["when"], `"when" of an exclusion`, scope{of: d}, stored)
	d.checkPlaceholders(v["message"])
	ends := d.doc.items(v["range"])
	if len(ends) != 2 {
		return x
	}
	from, to := d.known(ends[0]), d.known(ends[1])
	x.From, x.To = ends[0].Value, ends[1].Value
	for i, f := range []*Field{from, to} {
		if f != nil && f.Kind != "" && (f.Kind != KindDate && f.Kind != KindDatetime || f.Many) {
			d.doc.problem(ends[i], "", "a range goes from one date or datetime to another, and %q is %s field", f.Name, article(f.Kind))
			return x
		}
	}
	if from != nil && to != nil && from.Kind != "" && to.Kind != "" && from.Kind != to.Kind {
		d.doc.problem(ends[1], "", "a range has two ends of one kind: %q is %s field, %q %s field", from.Name, article(from.Kind), to.Name, article(to.Kind))
	}
	return x
}

var placeholderRE = regexp.MustCompile(`\{([a-z0-9_]+)\}`)

// checkPlaceholders refuses names in braces that no field has.
func (d *draft) checkPlaceholders(message *yaml.Node) {
	for _, match := range placeholderRE.FindAllStringSubmatch(value(message), -1) {
		if d.field(match[1]) == nil {
			d.doc.problem(message, suggest(match[1], d.fieldNames()), "%s has no field %q", d.Name, match[1])
		}
	}
}

// readCheck reads a rule of a record or line.
func (r *reader) readCheck(d *document, item *yaml.Node, in scope) Check {
	v := d.values(item)
	check := Check{Rule: value(v["rule"]), Message: value(v["message"])}
	r.expression(d, v["rule"], `"rule"`, in, condition)
	return check
}

// readEach reads for each value of which field of lines a check holds.
func (d *draft) readEach(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	lines, name, _ := strings.Cut(n.Value, ".")
	f := d.field(lines)
	switch {
	case f == nil:
		d.doc.problem(n, suggest(lines, d.fieldNames()), "%s has no field %q", d.Name, lines)
	case f.Kind == "":
	case f.Kind != KindLines:
		d.doc.problem(n, "", "%q is %s field and has no lines", lines, article(f.Kind))
	case fieldNamed(f.Fields, name) == nil:
		d.doc.problem(n, suggest(name, namesOf(f.Fields)), "a line of %s has no field %q", lines, name)
	}
	return n.Value
}

// readOrdered reads within what records are sorted by hand.
func (d *draft) readOrdered(n *yaml.Node) {
	switch {
	case n == nil:
	case n.Tag == "!!bool":
		if isTrue(n) {
			d.Ordered = "*"
		}
	default:
		f := d.known(n)
		if f != nil && f.Kind != "" && (f.Kind != KindReference || f.Many) {
			d.doc.problem(n, "", "records are sorted by hand within a reference, and %q is %s field", f.Name, article(f.Kind))
		}
		d.Ordered = n.Value
	}
	if d.Ordered != "" && d.field("position") != nil {
		d.doc.problem(d.nodes["position"], "Choose another name.", "\"position\" is where a record stands in a collection that is sorted by hand")
	}
}

// readDeletion reads how records go.
func (r *reader) readDeletion(d *draft, n *yaml.Node) {
	d.Delete.Mode = "trash"
	if d.AppendOnly {
		d.Delete.Mode = "never"
	}
	switch {
	case n == nil:
		return
	case d.AppendOnly && n.Value != "never":
		d.doc.problem(n, `Leave "delete" out.`, "records of an append-only collection are not deleted")
	case slices.Contains([]string{"trash", "hard", "never"}, n.Value):
		d.Delete.Mode = n.Value
	default:
		d.Delete.When = n.Value
		r.expression(d.doc, n, `"delete"`, scope{of: d}, condition)
	}
}

// readGuard reads a permission that opens fields.
func (d *draft) readGuard(e entry) {
	name := e.key.Value
	switch {
	case name == NoGuard:
		d.doc.problem(e.key, "Choose another name.", "\"guard: none\" says of a field that no guard opens it")
	case slices.Contains(builtInVerbs, name):
		d.doc.problem(e.key, "Choose another name.", "%q is a built-in action of every collection", name)
	case d.doc.has(d.values["actions"], name):
		d.doc.problem(e.key, "Choose another name.", "%q is an action of %s, and both would be one permission", name, d.Name)
	}
	d.Guards = append(d.Guards, Guard{Name: name, Label: or(value(e.value), labelOf(name))})
}

// worksOut reports whether an expression may give the field its value, or a
// value in its lines.
func (f *Field) worksOut() bool {
	_, initial := f.Default.(Expression)
	return initial || f.Set != "" || f.Computed != "" || f.From != "" || f.Kind == KindLines
}

// checkFields checks what fields name besides references.
func (r *reader) checkFields(d *draft) {
	for i := range d.Fields {
		f := &d.Fields[i]
		v := d.fieldValues(f.Name)
		switch {
		case f.Guard == NoGuard && !f.worksOut():
			d.doc.problem(v["guard"], `Leave "guard" out.`, "nothing guards %s: only what an expression works out has the guards of what it reads", f.Name)
		case f.Guard != "" && f.Guard != NoGuard && !slices.ContainsFunc(d.Guards, func(g Guard) bool { return g.Name == f.Guard }):
			var known []string
			for _, g := range d.Guards {
				known = append(known, g.Name)
			}
			d.doc.problem(v["guard"], suggest(f.Guard, known), "%q is not declared under \"guards\" of %s", f.Guard, d.Name)
		}
		d.checkMany(f, v)
		switch f.Kind {
		case KindMoney:
			r.checkCurrency(d, nil, f, v["currency"])
		case KindLines:
			lines := d.doc.values(v["fields"])
			for j := range f.Fields {
				if line := &f.Fields[j]; line.Kind == KindMoney && lines[line.Name] != nil {
					r.checkCurrency(d, f.Fields, line, d.doc.values(lines[line.Name])["currency"])
				}
			}
		case KindSlug:
			d.checkSlug(f, v["from"])
		case KindState:
			d.checkRequires(f, v["options"])
		case KindSequence:
			d.checkSequence(f, v)
		}
	}
}

// checkCurrency checks the field or setting that holds an amount's currency.
func (r *reader) checkCurrency(d *draft, line []Field, f *Field, at *yaml.Node) {
	if f.CurrencyOf == "" || at == nil {
		return
	}
	known := append(slices.Clone(line), d.Fields...)
	name, isSetting := strings.CutPrefix(f.CurrencyOf, "setting.")
	if isSetting {
		known = r.m.Settings
	}
	of := fieldNamed(known, name)
	switch {
	case of == nil && isSetting && r.settingsBroken:
	case of == nil && isSetting:
		d.doc.problem(at, suggest(name, namesOf(known)), "there is no setting %q", name)
	case of == nil:
		d.doc.problem(at, suggest(name, namesOf(known)), "%s has no field %q", d.Name, name)
	case of.Kind != "" && (of.Kind != KindCurrency || of.Many):
		d.doc.problem(at, "", "an amount has its currency from a currency field, and %q is %s field", name, article(of.Kind))
	}
}

// checkMany refuses what lists of values do not have.
func (d *draft) checkMany(f *Field, v map[string]*yaml.Node) {
	if !f.Many || f.Kind == KindTags {
		return
	}
	for _, key := range []string{"unique", "index"} {
		if isTrue(v[key]) {
			d.doc.problem(v[key], "", "%s holds many values, which leaves no room for %q", f.Name, key)
		}
	}
}

func (d *draft) checkSlug(f *Field, from *yaml.Node) {
	if from == nil {
		return
	}
	source := d.known(from)
	if source != nil && source.Kind != "" && source.Kind != KindText && source.Kind != KindSequence {
		d.doc.problem(from, "", "a slug is made from a text, and %q is %s field", source.Name, article(source.Kind))
	}
}

// checkRequires checks the fields that are filled in records of a state.
func (d *draft) checkRequires(f *Field, options *yaml.Node) {
	for _, item := range d.doc.items(options) {
		for _, name := range d.doc.items(d.doc.values(item)["requires"]) {
			d.known(name)
		}
	}
}

func (d *draft) checkSequence(f *Field, v map[string]*yaml.Node) {
	s := f.Sequence
	if per := v["per"]; per != nil {
		if of := d.known(per); of != nil && of.Kind != "" && (!has(of.Kind, canIndex) || of.Many || of.Kind == KindMoney) {
			d.doc.problem(per, "", "numbers do not run on their own for each value of %q, %s field", of.Name, article(of.Kind))
		}
	}
	needs := map[string][]string{"yearly": {"{yyyy}", "{yy}"}, "monthly": {"{mm}"}, "daily": {"{dd}"}}[s.Reset]
	if needs != nil && s.Format != "" && !slices.ContainsFunc(needs, func(part string) bool { return strings.Contains(s.Format, part) }) {
		d.doc.problem(v["reset"], "Add it to \"format\".", "numbers that begin again %s are given twice without %s", s.Reset, words(needs))
	}
	a := d.action(s.Draw)
	switch {
	case s.Draw != "create" && a == nil:
		d.doc.problem(v["draw"], suggest(s.Draw, d.actionNames()), "%s has no action %q", d.Name, s.Draw)
	case s.Gapless && (a == nil || a.To == ""):
		d.doc.problem(v["gapless"], `Name that action in "draw".`, "a number without gaps is drawn by an action that moves a state, last of all")
	}
}

func (d *draft) actionNames() []string {
	var names []string
	for _, a := range d.Actions {
		names = append(names, a.Name)
	}
	return names
}

func fieldNamed(fields []Field, name string) *Field {
	for i := range fields {
		if fields[i].Name == name {
			return &fields[i]
		}
	}
	return nil
}

func namesOf(fields []Field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}

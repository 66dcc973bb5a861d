package manifest

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readCollection reads all of a collection but its fields, and derives what is
// not declared.
func (r *reader) readCollection(d *draft) {
	v := d.values
	d.Label = or(value(v["label"]), labelOf(d.Name))
	d.Plural = or(value(v["plural"]), pluralOf(d.Label))
	d.Description = value(v["description"])
	d.Icon = value(v["icon"])
	d.Screens = or(value(v["screens"]), "full")
	if d.broken {
		return
	}
	d.readTitle(v["title"])
	d.readUnique(v["unique"])
	d.readIndex(v["index"])
	d.boundIndexedTexts()
	for _, e := range d.doc.entries(v["actions"]) {
		d.Actions = append(d.Actions, d.readAction(e))
	}
	for _, e := range d.doc.entries(v["access"]) {
		d.Access = append(d.Access, d.readReach(e))
	}
	views := d.doc.values(v["views"])
	d.readList(d.doc.values(views["list"]))
	d.readForm(d.doc.values(views["form"]))
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// known returns the field that the node names, nil after a complaint. A field
// of unknown kind is returned as well.
func (d *draft) known(n *yaml.Node) *Field {
	f := d.field(n.Value)
	if f == nil {
		d.doc.problem(n, suggest(n.Value, d.fieldNames()), "%s has no field %q", d.Name, n.Value)
	}
	return f
}

// readTitle reads which field names a record. Without one it is the first
// text, else the first field of another readable kind.
func (d *draft) readTitle(n *yaml.Node) {
	if n != nil {
		if f := d.known(n); f != nil && (f.Kind == KindMoney || f.Kind == KindReference) {
			d.doc.problem(n, "", "a %s field cannot be the title", f.Kind)
			return
		}
		d.Title = n.Value
		return
	}
	for _, kind := range []string{KindText, KindLongtext, KindInteger, KindDate} {
		for _, f := range d.Fields {
			if f.Kind == kind {
				d.Title = f.Name
				return
			}
		}
	}
}

func (d *draft) readUnique(n *yaml.Node) {
	if n == nil || n.Kind != yaml.SequenceNode {
		return
	}
	for _, item := range d.doc.items(n) {
		rule := Unique{}
		fields := item
		if item.Kind == yaml.MappingNode {
			v := d.doc.values(item)
			rule.Message = value(v["message"])
			fields = v["fields"]
		}
		rule.Fields = d.indexed(fields, "unique")
		if d.hasUnique(rule.Fields) {
			d.doc.problem(item, "", "%s is unique already", strings.Join(rule.Fields, ", "))
			continue
		}
		if len(rule.Fields) > 0 {
			d.Unique = append(d.Unique, rule)
		}
	}
}

// hasUnique says whether the same fields are unique together already.
func (d *draft) hasUnique(fields []string) bool {
	if len(fields) == 1 && d.field(fields[0]).Unique {
		return true
	}
	return slices.ContainsFunc(d.Unique, func(u Unique) bool { return slices.Equal(u.Fields, fields) })
}

func (d *draft) readIndex(n *yaml.Node) {
	for _, item := range d.doc.items(n) {
		fields := d.indexed(item, "index")
		if d.hasIndex(fields) {
			d.doc.problem(item, "", "%s has an index already", strings.Join(fields, ", "))
			continue
		}
		if len(fields) > 0 {
			d.Index = append(d.Index, fields)
		}
	}
}

// hasIndex says whether the same fields have an index already.
func (d *draft) hasIndex(fields []string) bool {
	if len(fields) == 1 {
		if f := d.field(fields[0]); f.Index || f.Kind == KindReference {
			return true
		}
	}
	return d.hasUnique(fields) && len(fields) > 0 ||
		slices.ContainsFunc(d.Index, func(i []string) bool { return slices.Equal(i, fields) })
}

// indexed reads the fields of an index or unique rule, which need a kind that
// can be compared by index.
func (d *draft) indexed(n *yaml.Node, rule string) []string {
	var names []string
	for _, item := range d.doc.items(n) {
		f := d.known(item)
		switch {
		case f == nil:
			continue
		case f.Kind != "" && !Indexable(f.Kind):
			d.doc.problem(item, "", "%q is a %s field, which cannot be part of %q", f.Name, f.Kind, rule)
			continue
		case f.Kind == KindMoney && rule == "unique":
			d.doc.problem(item, "", "%q is a money field, which cannot be part of %q", f.Name, rule)
			continue
		}
		names = append(names, f.Name)
	}
	return names
}

// boundIndexedTexts gives indexed texts a maximum and refuses indexes whose
// entries would not fit a page of the database.
func (d *draft) boundIndexedTexts() {
	var rules [][]string
	for _, f := range d.Fields {
		if f.Unique || f.Index {
			rules = append(rules, []string{f.Name})
		}
	}
	for _, u := range d.Unique {
		rules = append(rules, u.Fields)
	}
	rules = append(rules, d.Index...)
	complained := map[string]bool{}
	for _, rule := range rules {
		d.boundTexts(rule, complained)
	}
}

func (d *draft) boundTexts(names []string, complained map[string]bool) {
	var total int64
	var last *Field
	for _, name := range names {
		f := d.field(name)
		if f == nil || f.Kind != KindText {
			continue
		}
		if f.Max == nil {
			bound := int64(defaultIndexed)
			f.Max = &bound
		}
		total += *f.Max
		last = f
	}
	if total > maxIndexed && !complained[last.Name] {
		complained[last.Name] = true
		d.doc.problem(d.nodes[last.Name], `Give them a smaller "max".`,
			"the texts of the index over %s have up to %d characters, at most %d fit", strings.Join(names, ", "), total, maxIndexed)
	}
}

// readReach reads a named subset of rows and fields.
func (d *draft) readReach(e entry) Reach {
	reach := Reach{Name: e.key.Value}
	if d.doc.bad[e.value] {
		return reach
	}
	when := e.value
	if e.value.Kind == yaml.MappingNode {
		v := d.doc.values(e.value)
		when = v["when"]
		for _, item := range d.doc.items(v["fields"]) {
			if d.known(item) != nil {
				reach.Fields = append(reach.Fields, item.Value)
			}
		}
		if len(d.doc.entries(e.value)) == 0 {
			d.doc.problem(e.value, "", "reach %s says neither \"when\" nor \"fields\"", reach.Name)
		}
	}
	if when != nil {
		reach.When = when.Value
		d.checkCondition(d.doc, when, "reach "+reach.Name)
	}
	return reach
}

// readList reads the list view. Without columns it shows the first six fields.
func (d *draft) readList(v map[string]*yaml.Node) {
	for _, item := range d.doc.items(v["columns"]) {
		if d.known(item) != nil {
			d.List.Columns = append(d.List.Columns, item.Value)
		}
	}
	d.List.Sort = d.readSort(d.doc, v["sort"])
	if len(d.List.Columns) == 0 {
		d.List.Columns = d.fieldNames()[:min(6, len(d.Fields))]
	}
}

// readSort reads fields to order by, in whichever file they stand.
func (d *draft) readSort(doc *document, n *yaml.Node) []Sort {
	var all []Sort
	for _, item := range doc.items(n) {
		name, descending := strings.CutPrefix(item.Value, "-")
		f := d.field(name)
		switch {
		case slices.Contains(systemSort, name):
		case f == nil:
			doc.problem(item, suggest(name, append(d.fieldNames(), systemSort...)), "%s has no field %q", d.Name, name)
			continue
		case f.Kind == KindLongtext || f.Kind == KindReference:
			doc.problem(item, "", "%q is a %s field, by which records are not sorted", name, f.Kind)
			continue
		}
		all = append(all, Sort{Field: name, Descending: descending})
	}
	return all
}

// readForm reads the form. Without sections it has one with every field that
// people write.
func (d *draft) readForm(v map[string]*yaml.Node) {
	sections := v["sections"]
	if sections == nil {
		d.Form.Sections = []Section{{Fields: d.writable()}}
		return
	}
	shown := map[string]bool{}
	for _, item := range d.doc.items(sections) {
		sv := d.doc.values(item)
		section := Section{Label: value(sv["label"])}
		for _, name := range d.doc.items(sv["fields"]) {
			if d.known(name) == nil {
				continue
			}
			if shown[name.Value] {
				d.doc.problem(name, "", "%q is in the form twice", name.Value)
				continue
			}
			shown[name.Value] = true
			section.Fields = append(section.Fields, name.Value)
		}
		d.Form.Sections = append(d.Form.Sections, section)
	}
	d.checkForm(sections, shown)
}

// checkForm refuses a form with which no record could be made.
func (d *draft) checkForm(at *yaml.Node, shown map[string]bool) {
	for _, item := range d.doc.items(at) {
		if d.doc.bad[item] || len(d.doc.items(d.doc.values(item)["fields"])) == 0 {
			return // a section was wrong, and it may have held the field
		}
	}
	for _, f := range d.Fields {
		if f.Required && f.Default == nil && !f.Readonly && !shown[f.Name] && !d.nearShown(at, f.Name) {
			d.doc.problem(at, "", "the form leaves out %q, which is required and has no default", f.Name)
		}
	}
}

// nearShown says whether a name in the form was probably meant to be the field's.
func (d *draft) nearShown(at *yaml.Node, field string) bool {
	for _, section := range d.doc.items(at) {
		for _, name := range d.doc.items(d.doc.values(section)["fields"]) {
			if d.field(name.Value) == nil && nearest(name.Value, d.fieldNames()) == field {
				return true
			}
		}
	}
	return false
}

// writable lists the fields that people write.
func (d *draft) writable() []string {
	var names []string
	for _, f := range d.Fields {
		if !f.Readonly {
			names = append(names, f.Name)
		}
	}
	return names
}

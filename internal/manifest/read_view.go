package manifest

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// readViews reads the collection's list and form, and further ones.
func (r *reader) readViews(d *draft, n *yaml.Node) {
	views := d.doc.values(n)
	d.List = r.readList(d, "list", d.doc.values(views["list"]))
	d.Form = r.readForm(d, "form", d.doc.values(views["form"]))
	for _, e := range d.doc.entries(n) {
		name := e.key.Value
		if d.doc.bad[e.value] || name == "list" || name == "form" {
			continue
		}
		v := d.doc.values(e.value)
		switch value(v["type"]) {
		case "list":
			d.Lists = append(d.Lists, r.readList(d, name, v))
		case "form":
			d.Forms = append(d.Forms, r.readForm(d, name, v))
		}
	}
}

// readList reads a list view. Without columns it shows the first six fields.
func (r *reader) readList(d *draft, name string, v map[string]*yaml.Node) ListView {
	list := ListView{Name: name, Label: or(value(v["label"]), labelOf(name)), Filter: value(v["filter"])}
	r.expression(d.doc, v["filter"], `"filter" of view `+name, scope{of: d}, condition)
	for _, item := range d.doc.items(v["columns"]) {
		if r.isPath(d, item) {
			list.Columns = append(list.Columns, item.Value)
		}
	}
	list.Sort = d.readSort(d.doc, v["sort"])
	if n := v["group"]; n != nil {
		f := d.known(n)
		if f != nil && f.Kind != "" && !has(f.Kind, canIndex) {
			d.doc.problem(n, "", "%q is %s field, by which records are not grouped", f.Name, article(f.Kind))
		}
		list.Group = n.Value
	}
	for _, item := range d.doc.items(v["totals"]) {
		f := d.known(item)
		if f != nil && f.Kind != "" && !summable(f) {
			d.doc.problem(item, "", "%q is %s field, which has no sum", f.Name, article(f.Kind))
		}
		list.Totals = append(list.Totals, item.Value)
	}
	if len(list.Columns) == 0 {
		list.Columns = d.columnNames()
	}
	return list
}

// columnNames are the fields that a list shows when none are declared.
func (d *draft) columnNames() []string {
	var names []string
	for _, f := range d.Fields {
		if f.Kind != KindLines && f.Kind != KindJSON && !f.Secret && len(names) < 6 {
			names = append(names, f.Name)
		}
	}
	return names
}

// summable says whether values of the field have a sum.
func summable(f *Field) bool {
	switch f.Kind {
	case KindInteger, KindDecimal, KindMoney, KindDuration:
		return !f.Many
	}
	return false
}

// isPath says whether the node is a field of the collection, or one of a record
// that a reference leads to; it notes why not.
func (r *reader) isPath(d *draft, n *yaml.Node) bool {
	at := d
	steps := strings.Split(n.Value, ".")
	for i, step := range steps {
		if i == len(steps)-1 && (step == "created_at" || step == "updated_at") {
			return true
		}
		f := at.field(step)
		switch {
		case at.broken:
			return true
		case f == nil:
			d.doc.problem(n, suggest(step, at.fieldNames()), "%s has no field %q", at.Name, step)
			return false
		case i == len(steps)-1 || f.Kind == "":
			return true
		case f.Kind != KindReference || f.Many:
			d.doc.problem(n, "", "%q leads nowhere: %q is %s field", n.Value, step, article(f.Kind))
			return false
		}
		if at = r.collections[f.To]; at == nil {
			return true // the reference itself is wrong
		}
	}
	return true
}

// readForm reads a form. Without sections it has one with every field that
// people write.
func (r *reader) readForm(d *draft, name string, v map[string]*yaml.Node) FormView {
	form := FormView{Name: name, Label: or(value(v["label"]), labelOf(name))}
	sections := v["sections"]
	if sections == nil {
		form.Sections = []Section{{Fields: d.writable()}}
		return form
	}
	shown := map[string]bool{}
	for _, item := range d.doc.items(sections) {
		sv := d.doc.values(item)
		section := Section{Label: value(sv["label"]), When: value(sv["when"])}
		r.expression(d.doc, sv["when"], `"when" of a section`, scope{of: d}, condition)
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
		form.Sections = append(form.Sections, section)
	}
	d.checkForm(sections, shown)
	return form
}

package manifest

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readFields reads the fields of a collection, without looking at others.
func (r *reader) readFields(d *draft) {
	n := d.values["fields"]
	if n == nil {
		return
	}
	d.broken = false
	for _, e := range d.doc.entries(n) {
		d.nodes[e.key.Value] = e.key
		if why := reservedField(e.key.Value); why != "" {
			d.doc.problem(e.key, "Choose another name.", "%s", why)
		}
	}
	d.Fields = r.fields(d.doc, n, scope{of: d, old: true})
	d.doc.checkColumns(d.Fields, d.nodes, Field.columns)
}

// lineColumns are the columns of every line.
var lineColumns = []string{"id", "site_id", "record_id", "position"}

// checkLineColumns refuses fields of lines that would have a column that is there
// already.
func (d *document) checkLineColumns(n *yaml.Node, fields []Field) {
	nodes := map[string]*yaml.Node{}
	for _, e := range d.entries(n) {
		nodes[e.key.Value] = e.key
	}
	for _, f := range fields {
		if at := slices.IndexFunc(f.columns(), func(column string) bool { return slices.Contains(lineColumns, column) }); at >= 0 && nodes[f.Name] != nil {
			d.problem(nodes[f.Name], "Choose another name.", "%q is reserved (every line has %q)", f.Name, f.columns()[at])
		}
	}
	d.checkColumns(fields, nodes, func(f Field) []string { // a line shows no titles
		return slices.DeleteFunc(f.columns(), func(column string) bool { return column == f.Name+"_title" })
	})
}

// columns are the names under which the field appears in tables and answers.
func (f Field) columns() []string {
	names := []string{f.Name}
	switch f.Kind {
	case KindMoney:
		names = append(names, f.Name+"_amount", f.Name+"_currency")
	case KindReference:
		names = append(names, f.Name+"_id", f.Name+"_title")
	case KindMember, KindFile, KindImage:
		names = append(names, f.Name+"_id")
	}
	if f.Many && (f.Kind == KindReference || f.Kind == KindMember) {
		names = append(names, f.Name+"_ids")
	}
	if f.Track || f.Kind == KindState {
		names = append(names, f.Name+"_at")
	}
	return names
}

// checkColumns refuses fields that would share a column.
func (d *document) checkColumns(fields []Field, nodes map[string]*yaml.Node, columns func(Field) []string) {
	owner := map[string]string{}
	for _, f := range fields {
		for _, column := range columns(f)[1:] {
			owner[column] = f.Name
		}
	}
	for _, f := range fields {
		for _, column := range columns(f) {
			if other, taken := owner[column]; taken && other != f.Name && nodes[f.Name] != nil {
				d.problem(nodes[f.Name], "Choose another name.", "%q collides with a column of field %q", f.Name, other)
				break
			}
		}
	}
}

// checkReferences checks the targets of the references and gives them what
// they do not say.
func (r *reader) checkReferences(d *draft) {
	for i := range d.Fields {
		f := &d.Fields[i]
		v := d.fieldValues(f.Name)
		switch f.Kind {
		case KindReference:
			r.readOnDelete(d.doc, f, v)
			if f.Inverse == "" {
				f.Inverse = d.Name
			}
			if target := r.target(d.doc, f, v); target != nil {
				r.checkInverse(d, f, v, target)
			}
		case KindLines:
			r.checkTable(d, f)
			r.checkTargets(d.doc, v["fields"], f.Fields)
		case KindFilter:
			r.collection(d.doc, v["of"])
		}
		if f.Many && (f.Kind == KindReference || f.Kind == KindMember || f.Kind == KindFile || f.Kind == KindImage) {
			r.checkTable(d, f)
		}
	}
}

// checkTargets checks the references among fields that stand in no collection,
// and in lines.
func (r *reader) checkTargets(d *document, n *yaml.Node, fields []Field) {
	for _, e := range d.entries(n) {
		f := fieldNamed(fields, e.key.Value)
		if f == nil || d.bad[e.value] {
			continue
		}
		v := d.values(e.value)
		switch f.Kind {
		case KindReference:
			r.readOnDelete(d, f, v)
			r.target(d, f, v)
		case KindFilter:
			r.collection(d, v["of"])
		case KindLines:
			r.checkTargets(d, v["fields"], f.Fields)
		}
	}
}

// readOnDelete derives what happens to the reference when its target goes.
func (r *reader) readOnDelete(d *document, f *Field, v map[string]*yaml.Node) {
	// A parameter may be required although the field that it is can be cleared.
	if f.OnDelete == "clear" && f.Required && v["on_delete"] != nil {
		d.problem(v["on_delete"], "", "%s is required and cannot be cleared", f.Name)
	}
	if f.OnDelete == "" {
		f.OnDelete = "clear"
		if f.Required {
			f.OnDelete = "restrict"
		}
	}
}

// checkTable refuses a field whose table has the name of a collection.
func (r *reader) checkTable(d *draft, f *Field) {
	if _, taken := r.collections[d.Name+"_"+f.Name]; taken {
		d.doc.problem(d.nodes[f.Name], "Choose another name.", "the table of %q has the name of the collection %q", f.Name, d.Name+"_"+f.Name)
	}
}

// target returns the collection that the reference leads to, nil after a complaint.
func (r *reader) target(d *document, f *Field, v map[string]*yaml.Node) *draft {
	if f.To == "" {
		return nil
	}
	contract, _, beyond := strings.Cut(f.To, ".")
	switch {
	case !beyond:
		return r.collection(d, v["to"])
	case r.uses(contract) || r.collections[contract] != nil:
		d.problem(v["to"], "", "%s", laterPhrase(fmt.Sprintf("a reference to %q, beyond the module's collections,", f.To)))
	default:
		d.problem(v["to"], `To refer to another module, name its contract under "uses" in module.yaml.`, "there is no collection %q", f.To)
	}
	return nil
}

// uses says whether the module calls the contract.
func (r *reader) uses(contract string) bool {
	return slices.ContainsFunc(r.m.Uses, func(u Use) bool { return u.Contract == contract })
}

// checkInverse checks what the target calls the records that refer to it.
func (r *reader) checkInverse(d *draft, f *Field, v map[string]*yaml.Node, target *draft) {
	if f.Tree && f.To != d.Name {
		d.doc.problem(v["tree"], "", "a tree refers to its own collection, and %s to %q", f.Name, f.To)
	}
	at := v["inverse"]
	if at == nil {
		at = d.nodes[f.Name]
	}
	if target.field(f.Inverse) != nil {
		d.doc.problem(at, `Give another "inverse".`, "%q is a field of %s already", f.Inverse, target.Name)
		return
	}
	if other := r.inverseOwner(target.Name, f.Inverse, d.Name, f.Name); other != "" {
		d.doc.problem(at, `Give another "inverse".`, "%q already names the records of %s on %s", f.Inverse, other, target.Name)
	}
}

// inverseOwner returns the collection whose earlier reference gives the target
// that inverse, "" when there is none.
func (r *reader) inverseOwner(target, inverse, collection, field string) string {
	for _, c := range r.m.Collections {
		for _, f := range c.Fields {
			if c.Name == collection && f.Name == field {
				return ""
			}
			name := f.Inverse
			if name == "" {
				name = c.Name
			}
			if f.Kind == KindReference && f.To == target && name == inverse {
				return c.Name
			}
		}
	}
	return ""
}

// fieldValues returns the values under the keys of a field.
func (d *draft) fieldValues(name string) map[string]*yaml.Node {
	for _, e := range d.doc.entries(d.values["fields"]) {
		if e.key.Value == name && !d.doc.bad[e.value] {
			return d.doc.values(e.value)
		}
	}
	return map[string]*yaml.Node{}
}

// field returns the collection's field of that name, nil when there is none.
func (c *Collection) field(name string) *Field { return fieldNamed(c.Fields, name) }

// fieldNames lists the names of the fields in order.
func (c *Collection) fieldNames() []string { return namesOf(c.Fields) }

func (c *Collection) action(name string) *Action {
	i := slices.IndexFunc(c.Actions, func(a Action) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return &c.Actions[i]
}

func (c *Collection) reach(name string) *Reach {
	i := slices.IndexFunc(c.Access, func(a Reach) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return &c.Access[i]
}

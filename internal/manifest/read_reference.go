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
	d.Fields = r.fields(d.doc, n, recordPlace)
	d.checkColumns()
}

// columns are the names under which the field appears in tables and answers.
func (f Field) columns() []string {
	switch f.Kind {
	case KindMoney:
		return []string{f.Name, f.Name + "_amount", f.Name + "_currency"}
	case KindReference:
		return []string{f.Name, f.Name + "_id", f.Name + "_title"}
	}
	return []string{f.Name}
}

// checkColumns refuses fields that would share a column.
func (d *draft) checkColumns() {
	owner := map[string]string{}
	for _, f := range d.Fields {
		for _, column := range f.columns()[1:] {
			owner[column] = f.Name
		}
	}
	for _, f := range d.Fields {
		for _, column := range f.columns() {
			if other, taken := owner[column]; taken && other != f.Name {
				d.doc.problem(d.nodes[f.Name], "Choose another name.", "%q collides with a column of field %q", f.Name, other)
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
		if f.Kind != KindReference {
			continue
		}
		v := d.fieldValues(f.Name)
		if f.OnDelete == "clear" && f.Required {
			d.doc.problem(v["on_delete"], "", "%s is required and cannot be cleared", f.Name)
		}
		if f.OnDelete == "" {
			f.OnDelete = "clear"
			if f.Required {
				f.OnDelete = "restrict"
			}
		}
		if f.Inverse == "" {
			f.Inverse = d.Name
		}
		if f.To != "" {
			r.checkTarget(d, f, v)
		}
	}
}

func (r *reader) checkTarget(d *draft, f *Field, v map[string]*yaml.Node) {
	if strings.Contains(f.To, ".") {
		d.doc.problem(v["to"], "", "%s", laterPhrase(fmt.Sprintf("a reference to %q, beyond the module's collections,", f.To)))
		return
	}
	target := r.collection(d.doc, v["to"])
	if target == nil {
		return
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
func (c *Collection) field(name string) *Field {
	i := slices.IndexFunc(c.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return &c.Fields[i]
}

// fieldNames lists the names of the fields in order.
func (c *Collection) fieldNames() []string {
	names := make([]string, len(c.Fields))
	for i, f := range c.Fields {
		names[i] = f.Name
	}
	return names
}

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

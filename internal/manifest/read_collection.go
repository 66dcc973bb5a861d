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
	d.AppendOnly = isTrue(v["append_only"])
	d.Custom = v["custom"] == nil || isTrue(v["custom"])
	d.Was = texts(d.doc, v["was"])
	d.Hooks = texts(d.doc, v["hooks"])
	r.needsLink(d.doc, d.doc.root, "hooks")
	for _, e := range d.doc.entries(v["guards"]) {
		d.readGuard(e)
	}
	r.readTitle(d, v["title"])
	r.readUnique(d, v["unique"])
	d.readIndex(v["index"])
	d.boundIndexedTexts()
	r.readRules(d, v)
	for _, e := range d.doc.entries(v["actions"]) {
		r.readAction(d, e)
	}
	d.checkStates(v["actions"])
	for _, e := range d.doc.entries(v["timers"]) {
		r.readTimer(d, e)
	}
	r.readEvents(d, v["events"])
	for _, e := range d.doc.entries(v["access"]) {
		d.Access = append(d.Access, r.readReach(d, e))
	}
	r.readViews(d, v["views"])
	r.checkFields(d)
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

// titleKinds are the kinds that name a record when no title is declared, the
// best first.
var titleKinds = []string{KindText, KindSequence, KindEmail, KindLongtext, KindSlug, KindPhone, KindURL, KindInteger, KindDate, KindDatetime}

// readTitle reads which field or expression names a record. Without one it is
// the first field of the best kind.
func (r *reader) readTitle(d *draft, n *yaml.Node) {
	switch {
	case n == nil:
		d.Title = d.firstTitle()
	case !nameRE.MatchString(n.Value):
		d.TitleExpr = n.Value
		r.expression(d.doc, n, `"title"`, scope{of: d}, textual)
	default:
		f := d.known(n)
		if f != nil && f.Kind != "" && (!has(f.Kind, canTitle) || f.Many || f.Secret || f.Sensitive) {
			d.doc.problem(n, "", "%q, %s field, cannot be the title", f.Name, article(f.Kind))
			return
		}
		d.Title = n.Value
	}
}

func (d *draft) firstTitle() string {
	for _, kind := range titleKinds {
		for _, f := range d.Fields {
			if f.Kind == kind && !f.Many && !f.Secret && !f.Sensitive {
				return f.Name
			}
		}
	}
	return ""
}

func (r *reader) readUnique(d *draft, n *yaml.Node) {
	if n == nil || n.Kind != yaml.SequenceNode {
		return
	}
	for _, item := range d.doc.items(n) {
		rule, fields := r.readUniqueRule(d.doc, item, scope{of: d})
		rule.Fields = d.indexed(fields, "unique")
		if d.hasUnique(rule) {
			d.doc.problem(item, "", "%s is unique already", strings.Join(rule.Fields, ", "))
			continue
		}
		if len(rule.Fields) > 0 {
			d.Unique = append(d.Unique, rule)
		}
	}
}

// readUniqueRule reads a rule of a collection or of lines, and returns the node
// of its fields too.
func (r *reader) readUniqueRule(d *document, item *yaml.Node, in scope) (Unique, *yaml.Node) {
	rule, fields := Unique{}, item
	if item.Kind == yaml.MappingNode {
		v := d.values(item)
		rule.Message = value(v["message"])
		rule.When = value(v["when"])
		r.expression(d, v["when"], `"when" of a unique rule`, in, stored)
		fields = v["fields"]
	}
	rule.Fields = texts(d, fields)
	return rule, fields
}

// columnOf returns the field of "lower(field)", and every other name as it is.
func columnOf(name string) string {
	inner, is := strings.CutPrefix(name, "lower(")
	if !is {
		return name
	}
	return strings.TrimSuffix(inner, ")")
}

// hasUnique says whether the same fields are unique together already.
func (d *draft) hasUnique(rule Unique) bool {
	if rule.When == "" && len(rule.Fields) == 1 {
		if f := d.field(rule.Fields[0]); f != nil && f.Unique {
			return true
		}
	}
	return slices.ContainsFunc(d.Unique, func(u Unique) bool {
		return slices.Equal(u.Fields, rule.Fields) && u.When == rule.When
	})
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
		if f := d.field(fields[0]); f.Index || f.indexes() {
			return true
		}
	}
	return d.hasUnique(Unique{Fields: fields}) && len(fields) > 0 ||
		slices.ContainsFunc(d.Index, func(i []string) bool { return slices.Equal(i, fields) })
}

// indexes says whether every field of the kind has an index by itself.
func (f *Field) indexes() bool {
	switch f.Kind {
	case KindReference, KindMember, KindState, KindSequence:
		return !f.Many
	}
	return false
}

// indexed reads the fields of an index or unique rule, which need a kind that
// can be compared by index.
func (d *draft) indexed(n *yaml.Node, rule string) []string {
	needed := canIndex
	if rule == "unique" {
		needed = canUnique
	}
	var names []string
	for _, item := range d.doc.items(n) {
		name := columnOf(item.Value)
		f := d.field(name)
		switch {
		case f == nil:
			d.doc.problem(item, suggest(name, d.fieldNames()), "%s has no field %q", d.Name, name)
			continue
		case f.Kind == "":
		case f.Many && f.Kind != KindTags:
			d.doc.problem(item, "", "%q holds many values, which cannot be part of %q", f.Name, rule)
			continue
		case !has(f.Kind, needed):
			d.doc.problem(item, "", "%q is %s field, which cannot be part of %q", f.Name, article(f.Kind), rule)
			continue
		case f.Secret || f.Sensitive:
			d.doc.problem(item, "", "%q is encrypted and cannot be part of %q", f.Name, rule)
			continue
		case name != item.Value && !has(f.Kind, canSearch):
			d.doc.problem(item, "", "lower() takes a text, and %q is %s field", f.Name, article(f.Kind))
			continue
		}
		names = append(names, item.Value)
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
		f := d.field(columnOf(name))
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
func (r *reader) readReach(d *draft, e entry) Reach {
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
		r.expression(d.doc, when, `"when" of reach `+reach.Name, scope{of: d}, condition)
	}
	return reach
}

// isOrdered says whether records are sorted by hand, which gives them a position.
func (d *draft) isOrdered() bool {
	n := d.values["ordered"]
	return n != nil && value(n) != "false"
}

// readSort reads fields to order by, in whichever file they stand.
func (d *draft) readSort(doc *document, n *yaml.Node) []Sort {
	var all []Sort
	for _, item := range doc.items(n) {
		name, descending := strings.CutPrefix(item.Value, "-")
		f := d.field(name)
		switch {
		case slices.Contains(systemSort, name), name == "position" && f == nil && d.isOrdered():
		case f == nil:
			doc.problem(item, suggest(name, append(d.fieldNames(), systemSort...)), "%s has no field %q", d.Name, name)
			continue
		case f.Kind != "" && !has(f.Kind, canSort):
			doc.problem(item, "", "%q is %s field, by which records are not sorted", name, article(f.Kind))
			continue
		case f.Many:
			doc.problem(item, "", "%q holds many values, by which records are not sorted", name)
			continue
		case f.Secret || f.Sensitive:
			doc.problem(item, "", "%q is encrypted, so that records are not sorted by it", name)
			continue
		}
		all = append(all, Sort{Field: name, Descending: descending})
	}
	return all
}

// checkForm refuses a form with which no record could be made.
func (d *draft) checkForm(at *yaml.Node, shown map[string]bool) {
	for _, item := range d.doc.items(at) {
		if d.doc.bad[item] || len(d.doc.items(d.doc.values(item)["fields"])) == 0 {
			return // a section was wrong, and it may have held the field
		}
	}
	for _, f := range d.Fields {
		if f.Required && f.asked() && !shown[f.Name] && !d.nearShown(at, f.Name) {
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
		if f.writable() {
			names = append(names, f.Name)
		}
	}
	return names
}

// writable says whether callers may write the field at some time.
func (f *Field) writable() bool {
	return !f.Readonly && f.Set == "" && f.Computed == "" && f.Kind != KindState && f.Kind != KindSequence
}

// asked says whether a new record lacks the field's value unless its writer gives one.
func (f *Field) asked() bool { return f.writable() && f.Default == nil }

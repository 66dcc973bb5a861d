package collection

import (
	"slices"
	"strings"
)

// relation is a way from a record to records of another collection.
type relation struct {
	name   string      // as a select names it
	also   []string    // other names, where it is the only one that they mean
	target *Collection // whose records it leads to
	field  *Field      // the reference: of this record, or of the related ones
	back   bool        // the reference is theirs and points here
	many   bool        // there may be several
	list   *List       // whose rows l lead to them, in their order; nil: the reference itself does
	on     string      // SQL that ties the related record x, and the row l, to the record t
}

// listedColumn is the place of a related record in the list that leads to it.
// No field can have the name.
const listedColumn = "_listed"

// relations lists every way from the collection: its own references first.
func (c *Collection) relations() []relation {
	var all []relation
	for _, f := range c.fields {
		switch to := f.listed(); {
		case f.target != nil:
			all = append(all, relation{
				name: f.Name, also: []string{f.key, f.target.Name}, target: f.target, field: f,
				on: "x.id = " + column(f.columns[0].Name),
			})
		case to != nil:
			all = append(all, relation{
				name: f.Name, also: []string{f.key, to.Name}, target: to, field: f, many: true, list: f.list,
				on: "l.site_id = x.site_id and l.target_id = x.id and l.record_id = t.id",
			})
		}
	}
	for _, by := range c.referrers {
		all = append(all, relation{
			name: by.inverse(), also: []string{by.from.Name}, target: by.from, field: by.field,
			back: true, many: !by.field.Unique, on: "x." + quote(by.field.columns[0].Name) + " = t.id",
		})
	}
	for _, by := range c.holders {
		if by.line != nil { // a line is no record
			continue
		}
		all = append(all, relation{
			name: by.inverse(), also: []string{by.from.Name}, target: by.from, field: by.field, back: true, many: true,
			on: "x.id in (select l.record_id from " + by.field.list.table + " l where l.site_id = $1::uuid and l.target_id = t.id)",
		})
	}
	return all
}

// open reports whether the actor may follow the relation: it sees the records
// at its end, and the reference, from whichever side that comes.
func (r relation) open(here Access, reach func(*Collection) (Access, bool)) (Access, bool) {
	if reach == nil {
		return Access{}, false
	}
	there, ok := reach(r.target)
	if !ok {
		return Access{}, false
	}
	if r.back {
		return there, there.Visible(r.field.Name)
	}
	return there, here.Visible(r.field.Name)
}

// relation finds the one way of that name which the actor may follow. A
// collection's name does where one way leads there; else the hint decides. A
// closed way is exactly as unknown as one that does not exist.
func (c *Collection) relation(name, hint string, here Access, reach func(*Collection) (Access, bool)) (relation, Access, *problem) {
	type way struct {
		relation
		Access
	}
	var named, led []way
	var known []string
	for _, r := range c.relations() {
		a, ok := r.open(here, reach)
		if !ok {
			continue
		}
		known = append(known, r.name)
		if hint != "" && hint != r.field.Name && hint != r.field.key && hint != r.name && !slices.Contains(r.also, hint) {
			continue
		}
		if r.name == name {
			named = append(named, way{r, a})
		} else if slices.Contains(r.also, name) {
			led = append(led, way{r, a})
		}
	}
	found := named
	if len(found) == 0 {
		found = led
	}
	switch len(found) {
	case 1:
		return found[0].relation, found[0].Access, nil
	case 0:
		return relation{}, Access{}, nearest("unknown_relation", "There is no relation %q.", name, known)
	}
	var ways []string
	for _, w := range found {
		ways = append(ways, name+"!"+w.field.Name)
	}
	return relation{}, Access{}, wrong("ambiguous_relation", "More than one relation is called %q. Write one of %s.", name, strings.Join(ways, ", "))
}

// from is the related live records under the name t, which hides the record
// they are related to. The site is $1.
func (r relation) from() string {
	if r.list != nil {
		return "(select x.*, l.position as " + quote(listedColumn) + " from " + r.list.table + " l join " + r.target.view +
			" x on " + r.on + " where l.site_id = $1::uuid and x.deleted_at is null) t"
	}
	return "(select x.* from " + r.target.view + " x where x.site_id = $1::uuid and " + r.on + " and x.deleted_at is null) t"
}

package collection

import (
	"slices"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// Access is what an actor may see of a collection. The zero Access is
// everything, so whoever builds one must have asked for the permission first.
type Access struct {
	// Fields are the visible fields; nil means every field. id, version and
	// created_at are always visible: a record is addressed by its id, which
	// tells the time of its creation anyway.
	Fields []string
	// When admits rows; nil means every row.
	When expr.Node
	// Stay is what a record has to be when it has been written; nil: whatever it
	// becomes. What an action makes of it is the action's.
	Stay expr.Node
}

// WholeRows reports whether every record of the collection is admitted, so that
// what a record was at another time may be seen as well.
func (a Access) WholeRows() bool { return a.When == nil }

// Visible reports whether the actor may see a field, by its name or key; of
// accesses of this package, which have both.
func (a Access) Visible(field string) bool {
	return a.Fields == nil || slices.Contains(a.Fields, field)
}

// Spelled are the fields under each of their names and keys, whichever is given.
func (c *Collection) Spelled(names []string) []string {
	if names == nil {
		return nil
	}
	all := slices.Clone(names)
	for _, name := range names {
		if f, ok := c.byName[name]; ok && f.key != f.Name {
			all = append(all, f.Name, f.key)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// sees reports whether a key of the record's JSON is visible.
func (a Access) sees(i item) bool {
	if a.Fields == nil {
		return true
	}
	switch i.key {
	case "id", "version", "created_at":
		return true
	}
	return slices.Contains(a.Fields, i.key) || i.field != nil && slices.Contains(a.Fields, i.field.Name)
}

// visible returns the resolver of names that the actor may use, and their list
// for suggestions. A hidden field is exactly as unknown as one that does not
// exist.
func (c *Collection) visible(a Access) (kindsOf, []string) {
	if a.Fields == nil {
		return c.kindOf, c.suggested
	}
	hidden := map[string]bool{}
	for _, i := range c.items {
		if a.sees(i) {
			continue
		}
		hidden[i.key] = true
		if i.field != nil {
			hidden[i.field.Name] = true
			for _, n := range i.field.names() {
				hidden[n.name] = true
			}
		}
	}
	known := slices.DeleteFunc(slices.Clone(c.suggested), func(n string) bool { return hidden[n] })
	return func(name string) (expr.Kind, bool) {
		if hidden[name] {
			return expr.None, false
		}
		return c.kindOf(name)
	}, known
}

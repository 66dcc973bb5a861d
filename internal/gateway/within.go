package gateway

import (
	"slices"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/expr"
)

// within is what the reaches under which one permission is granted let the
// actor see: a row that any of them admits, and of it only the fields that all
// of them show, less those whose guards it does not hold. A reach that the
// collection does not declare admits nothing. False when nothing is left.
func (c *call) within(in *collection.Collection, reaches []string, whole bool) (collection.Access, bool) {
	if whole {
		return c.unguarded(in, collection.Access{}), true
	}
	var rows []expr.Node
	var all collection.Access
	everyRow, found := false, false
	for _, name := range reaches {
		reach, ok := in.Reach(name)
		if !ok {
			continue
		}
		if reach.When == nil {
			everyRow = true
		} else {
			rows = append(rows, reach.When)
		}
		all.Fields = shared(all.Fields, reach.Fields, found)
		found = true
	}
	if !everyRow && len(rows) > 0 {
		all.When = rows[0]
		if len(rows) > 1 {
			all.When = expr.Canonical(expr.Or{Nodes: rows})
		}
	}
	return c.unguarded(in, all), found
}

// shared returns the fields that both lists show; nil shows every field.
func shared(a, b []string, started bool) []string {
	switch {
	case !started || a == nil:
		return b
	case b == nil:
		return a
	}
	return slices.DeleteFunc(slices.Clone(a), func(name string) bool { return !slices.Contains(b, name) })
}

// unguarded leaves out the fields that a guard closes to the actor: each guard
// is a permission of its own. It opens the field on every record or not at all:
// a grant within a reach, "employee.*:own", opens none.
func (c *call) unguarded(in *collection.Collection, a collection.Access) collection.Access {
	return in.Closed(a, func(in *collection.Collection, guard string) bool {
		_, whole := c.running.grants.Reaches(in.Name, guard)
		return whole
	})
}

package access

import (
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// Grants is what an actor may do with one module's records on one site. The
// zero value is nothing.
type Grants struct {
	all  bool
	list []manifest.Grant
	// parts are further grants, each with exceptions of its own.
	parts []part
}

// part is what one membership gives, less what is denied to it.
type part struct {
	all          bool
	list, denied []manifest.Grant
}

// gives calls fn with each grant of the verb; all stands for one without a reach.
func (g Grants) gives(collection, verb string, fn func(reach string) (more bool)) {
	each := func(all bool, list []manifest.Grant) bool {
		if all {
			return fn("")
		}
		for _, x := range list {
			if matches(x, collection, verb) && !fn(x.Reach) {
				return false
			}
		}
		return true
	}
	if !each(g.all, g.list) {
		return
	}
	for _, p := range g.parts {
		if !slices.ContainsFunc(p.denied, func(x manifest.Grant) bool { return matches(x, collection, verb) }) && !each(p.all, p.list) {
			return
		}
	}
}

// Everything returns the grants that lack nothing.
func Everything() Grants { return Grants{all: true} }

// Any reports whether there is anything at all that may be done.
func (g Grants) Any() bool {
	return g.all || len(g.list) > 0 || slices.ContainsFunc(g.parts, func(p part) bool { return p.all || len(p.list) > 0 })
}

// Can reports whether the verb is granted on the collection, with or without
// a reach. Verbs are read, create, update, delete and the names of actions.
func (g Grants) Can(collection, verb string) (can bool) {
	if g.all {
		return true
	}
	g.gives(collection, verb, func(string) bool {
		can = true
		return false
	})
	return can
}

// Reaches returns the reaches within which the verb is granted. whole is true
// when one grant has no reach: then every record and field is meant.
func (g Grants) Reaches(collection, verb string) (reaches []string, whole bool) {
	if g.all {
		return nil, true
	}
	g.gives(collection, verb, func(reach string) bool {
		if whole = reach == ""; !whole {
			reaches = append(reaches, reach)
		}
		return !whole
	})
	if whole {
		return nil, true
	}
	return reaches, false
}

func matches(g manifest.Grant, collection, verb string) bool {
	return (g.Collection == "*" || g.Collection == collection) && (g.Verb == "*" || g.Verb == verb)
}

func (g Grants) with(other Grants) Grants {
	return Grants{
		all: g.all || other.all, list: append(g.list[:len(g.list):len(g.list)], other.list...),
		parts: append(g.parts[:len(g.parts):len(g.parts)], other.parts...),
	}
}

// without takes from the grants, which have no exceptions yet, what the others
// name. A reach of theirs does not narrow an exception.
func (g Grants) without(denied Grants) Grants {
	if denied.all || !g.Any() {
		return Grants{}
	}
	if len(denied.list) == 0 {
		return g
	}
	return Grants{parts: []part{{all: g.all, list: g.list, denied: denied.list}}}
}

func roleGrants(m *manifest.Manifest, holds func(manifest.Role) bool) Grants {
	var g Grants
	for _, role := range m.Roles {
		if holds(role) {
			g.list = append(g.list, role.Grants...)
		}
	}
	return g
}

// keyGrants reads permission keys: "*", "crm.*", "crm.deal.*", "crm.*.read",
// "crm.deal.read", "crm.find_slots" of an action of the module itself, and
// "crm:rep" of a role that the module declares. Keys of other modules grant
// nothing here.
func keyGrants(m *manifest.Manifest, keys []string) Grants {
	var g Grants
	for _, key := range keys {
		if key == "*" || key == m.ID+".*" {
			return Everything()
		}
		if name, role, ok := strings.Cut(key, ":"); ok && name == m.ID {
			g.list = append(g.list, roleGrants(m, func(r manifest.Role) bool { return r.Name == role }).list...)
			continue
		}
		parts := strings.Split(key, ".")
		switch {
		case parts[0] != m.ID:
		case len(parts) == 2:
			g.list = append(g.list, manifest.Grant{Verb: parts[1]})
		case len(parts) == 3:
			verb, reach, _ := strings.Cut(parts[2], ":")
			g.list = append(g.list, manifest.Grant{Collection: parts[1], Verb: verb, Reach: reach})
		}
	}
	return g
}

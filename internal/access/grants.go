package access

import (
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// Grants is what an actor may do with one module's records on one site. The
// zero value is nothing.
type Grants struct {
	all  bool
	list []manifest.Grant
}

// Everything returns the grants that lack nothing.
func Everything() Grants { return Grants{all: true} }

// Any reports whether there is anything at all that may be done.
func (g Grants) Any() bool { return g.all || len(g.list) > 0 }

// Can reports whether the verb is granted on the collection, with or without
// a reach. Verbs are read, create, update, delete and the names of actions.
func (g Grants) Can(collection, verb string) bool {
	if g.all {
		return true
	}
	for _, x := range g.list {
		if matches(x, collection, verb) {
			return true
		}
	}
	return false
}

// Reaches returns the reaches within which the verb is granted. whole is true
// when one grant has no reach: then every record and field is meant.
func (g Grants) Reaches(collection, verb string) (reaches []string, whole bool) {
	if g.all {
		return nil, true
	}
	for _, x := range g.list {
		if !matches(x, collection, verb) {
			continue
		}
		if x.Reach == "" {
			return nil, true
		}
		reaches = append(reaches, x.Reach)
	}
	return reaches, false
}

func matches(g manifest.Grant, collection, verb string) bool {
	return (g.Collection == "*" || g.Collection == collection) && (g.Verb == "*" || g.Verb == verb)
}

func (g Grants) with(other Grants) Grants {
	return Grants{all: g.all || other.all, list: append(g.list[:len(g.list):len(g.list)], other.list...)}
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
// "crm.deal.read", and "crm.find_slots" of an action of the module itself. Keys
// of other modules grant nothing here.
func keyGrants(m *manifest.Manifest, keys []string) Grants {
	var g Grants
	for _, key := range keys {
		if key == "*" || key == m.ID+".*" {
			return Everything()
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

package access

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

// everyGrant stands for all grants in all modules, as owners and admins hold them.
const everyGrant = "*"

// needs lists what the membership gives, as keys: permissions of the platform,
// grants in modules, and for a fixed role that gets its grants from modules the
// role itself, as "#member".
func (m Member) needs() []string {
	var keys []string
	for _, d := range catalogue {
		if m.may(d.Key) {
			keys = append(keys, string(d.Key))
		}
	}
	switch {
	case m.Custom.Valid:
		keys = append(keys, ofModules(m.Permissions)...)
	case m.audience() == "agency_admin":
		keys = append(keys, everyGrant)
	default:
		keys = append(keys, "#"+string(m.Role))
	}
	return append(keys, ofModules(m.Allow)...)
}

// ofModules are the keys that are not the platform's.
func ofModules(keys []string) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return strings.HasPrefix(k, "platform.") })
}

// holds reports whether the membership, of a whole agency, gives the key.
// Grants in modules are compared as patterns, never more than can be seen from
// them: what a module lets a fixed role do is that role's alone.
func (m Member) holds(key string) bool {
	if strings.HasPrefix(key, "platform.") {
		return m.may(Permission(key))
	}
	if slices.ContainsFunc(ofModules(m.Deny), func(denied string) bool { return key == everyGrant || moduleOf(denied) == moduleOf(key) }) {
		return false
	}
	if !m.Custom.Valid && (m.audience() == "agency_admin" || key == "#"+string(m.Role)) {
		return true
	}
	return slices.ContainsFunc(slices.Concat(m.Permissions, m.Allow), func(held string) bool { return covers(held, key) })
}

func moduleOf(key string) string {
	if at := strings.IndexAny(key, ".:"); at >= 0 {
		return key[:at]
	}
	return key
}

// covers reports whether one grant in a module gives all that the other gives.
func covers(held, key string) bool {
	if held == key || held == moduleOf(key)+".*" {
		return true
	}
	h, k := strings.Split(held, "."), strings.Split(key, ".")
	if len(h) != 3 || len(k) != 3 || h[0] != k[0] || h[1] != "*" && h[1] != k[1] {
		return false
	}
	verb, _, _ := strings.Cut(k[2], ":")
	return h[2] == "*" || h[2] == k[2] || h[2] == verb
}

// Lacks returns which of the keys the actor does not hold in the whole agency.
// Nobody gives to others what they lack.
func (a Actor) Lacks(agency uuid.UUID, keys []string) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool {
		return slices.ContainsFunc(a.members, func(m Member) bool { return m.Agency == agency && m.wholeAgency() && m.holds(key) })
	})
}

// Above reports whether the membership gives something that the actor lacks, so
// that it is not the actor's to change.
func (a Actor) Above(m Member) bool { return len(a.Lacks(m.Agency, m.needs())) > 0 }

package manifest

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// checkGrant says whether the grant names things that exist and may be given to
// the role; it notes why not.
func (r *reader) checkGrant(d *document, n *yaml.Node, role string, g Grant) bool {
	switch {
	case g.Collection == "":
		if role == VisitorRole {
			d.problem(n, "", "visitors cannot be granted %q", n.Value)
			return false
		}
		return true
	case g.Collection == "*":
		return r.checkWideGrant(d, n, role, g)
	}
	target, has := r.collections[g.Collection]
	if !has {
		d.problem(n, suggest(n.Value, r.grants()), "role %q is granted %q, but there is no collection %q", role, n.Value, g.Collection)
		return false
	}
	if target.broken {
		return true
	}
	if g.Verb != "*" && !slices.Contains(builtInVerbs, g.Verb) && target.action(g.Verb) == nil {
		d.problem(n, suggest(withoutReach(g), r.grants()), "role %q is granted %q, which does not exist", role, withoutReach(g))
		return false
	}
	if g.Reach != "" && !r.checkReach(d, n, target, g) {
		return false
	}
	if role == VisitorRole {
		return r.checkVisitorGrant(d, n, target, g)
	}
	return true
}

func withoutReach(g Grant) string { return g.Collection + "." + g.Verb }

// checkWideGrant checks a grant on every collection: "*", "*.read".
func (r *reader) checkWideGrant(d *document, n *yaml.Node, role string, g Grant) bool {
	switch {
	case role == VisitorRole:
		d.problem(n, "Grant them actions and reads with a reach, one by one.", "visitors cannot be granted %q", n.Value)
	case n.Value == "*":
		return true
	case g.Verb == "*":
		d.problem(n, `Write "*" for everything.`, "role %q is granted %q, which does not exist", role, n.Value)
	case g.Reach != "":
		d.problem(n, "", "role %q is granted %q, but a reach belongs to one collection", role, n.Value)
	case !slices.Contains(builtInVerbs, g.Verb):
		d.problem(n, suggest(g.Verb, builtInVerbs), "role %q is granted %q, which not every collection has", role, n.Value)
	default:
		return true
	}
	return false
}

func (r *reader) checkReach(d *document, n *yaml.Node, target *draft, g Grant) bool {
	var known []string
	for _, reach := range target.Access {
		known = append(known, reach.Name)
	}
	switch {
	case !slices.Contains(known, g.Reach):
		d.problem(n, suggest(g.Reach, known), "%q is not declared under \"access\" of %s", g.Reach, g.Collection)
	case g.Verb == "create" || g.Verb == "import" || target.action(g.Verb) != nil:
		d.problem(n, "", "%q makes new records, so that a reach says nothing about it", withoutReach(g))
	default:
		return true
	}
	return false
}

// checkVisitorGrant holds the rules for people whom nobody knows: they run
// actions and see listed fields, and nothing else.
func (r *reader) checkVisitorGrant(d *document, n *yaml.Node, target *draft, g Grant) bool {
	name := g.Collection
	switch {
	case g.Verb == "create":
		d.problem(n, `Declare an action with "scope: collection" and the parameters they may fill.`,
			"visitors cannot be granted %q, which takes every field", n.Value)
	case g.Verb == "*" || (g.Verb != "read" && slices.Contains(builtInVerbs, g.Verb)):
		d.problem(n, "", "visitors cannot be granted %q: they may read within a reach and run actions", n.Value)
	case g.Verb == "read" && g.Reach == "":
		d.problem(n, "Write "+name+".read:shown and declare shown: {when: ..., fields: [...]} under \"access\" of "+name+".",
			"visitors cannot be granted %q without a reach", n.Value)
	case g.Verb == "read" && len(target.reach(g.Reach).Fields) == 0:
		d.problem(n, "Write "+g.Reach+": {when: ..., fields: [...]} under \"access\" of "+name+".",
			"visitors may see %q, but that reach lists no fields", n.Value)
	default:
		return true
	}
	return false
}

// grants lists every grant that can be written without a reach.
func (r *reader) grants() []string {
	var all []string
	for _, c := range r.m.Collections {
		for _, verb := range builtInVerbs {
			all = append(all, c.Name+"."+verb)
		}
		for _, a := range c.Actions {
			all = append(all, c.Name+"."+a.Name)
		}
	}
	return all
}

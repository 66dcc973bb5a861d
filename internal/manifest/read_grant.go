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
		return r.checkModuleGrant(d, n, role, g)
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
	if g.Verb != "*" && !slices.Contains(target.verbs(), g.Verb) {
		hint := suggest(withoutReach(g), r.grants())
		if a := target.action(g.Verb); a != nil {
			hint = "The action is internal: timers and code run it."
		}
		d.problem(n, hint, "role %q is granted %q, which does not exist", role, withoutReach(g))
		return false
	}
	if g.Reach != "" && !r.checkReach(d, n, target, g) {
		return false
	}
	if forStrangers(role) {
		return r.checkStrangerGrant(d, n, target, role+"s", g)
	}
	return true
}

// checkModuleGrant checks a grant without a collection: the settings, or an
// action of the module.
func (r *reader) checkModuleGrant(d *document, n *yaml.Node, role string, g Grant) bool {
	known := []string{"settings"}
	for _, a := range r.m.Actions {
		if !a.Internal {
			known = append(known, a.Name)
		}
	}
	switch {
	case !slices.Contains(known, g.Verb):
		d.problem(n, suggest(n.Value, append(known, r.grants()...)), "role %q is granted %q, which does not exist", role, n.Value)
	case g.Verb == "settings" && forStrangers(role):
		d.problem(n, "", "%ss cannot be granted %q", role, n.Value)
	default:
		return true
	}
	return false
}

// verbs lists what may be granted on the collection.
func (c *Collection) verbs() []string {
	var all []string
	for _, verb := range builtInVerbs {
		gone := c.AppendOnly && (verb == "update" || verb == "delete") || c.Delete.Mode == "never" && verb == "delete"
		if !gone {
			all = append(all, verb)
		}
	}
	for _, a := range c.Actions {
		if !a.Internal {
			all = append(all, a.Name)
		}
	}
	for _, g := range c.Guards {
		all = append(all, g.Name)
	}
	return all
}

func withoutReach(g Grant) string { return g.Collection + "." + g.Verb }

// checkWideGrant checks a grant on every collection: "*", "*.read".
func (r *reader) checkWideGrant(d *document, n *yaml.Node, role string, g Grant) bool {
	switch {
	case forStrangers(role):
		d.problem(n, "Grant them actions and reads with a reach, one by one.", "%ss cannot be granted %q", role, n.Value)
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
	case g.Verb == "create" || g.Verb == "import" || target.makes(g.Verb):
		d.problem(n, "", "%q makes new records, so that a reach says nothing about it", withoutReach(g))
	case target.guards(g.Verb):
		d.problem(n, "Grant "+withoutReach(g)+" without a reach, or put the field into a collection of its own.",
			"%q opens a field on every record, so that it cannot be granted within a reach", withoutReach(g))
	default:
		return true
	}
	return false
}

// guards says whether the name is that of a guard.
func (c *Collection) guards(name string) bool {
	return slices.ContainsFunc(c.Guards, func(g Guard) bool { return g.Name == name })
}

// makes says whether the verb is an action that runs without a record.
func (c *Collection) makes(verb string) bool {
	a := c.action(verb)
	return a != nil && a.Scope == ScopeCollection
}

// checkStrangerGrant holds the rules for people whom nobody knows, signed in or
// not: they run actions and see listed fields, and nothing else.
func (r *reader) checkStrangerGrant(d *document, n *yaml.Node, target *draft, who string, g Grant) bool {
	name := g.Collection
	switch {
	case g.Verb == "create":
		d.problem(n, `Declare an action with "scope: collection" and the parameters they may fill.`,
			"%s cannot be granted %q, which takes every field", who, n.Value)
	case g.Verb == "*" || (g.Verb != "read" && slices.Contains(builtInVerbs, g.Verb)):
		d.problem(n, "", "%s cannot be granted %q: they may read within a reach and run actions", who, n.Value)
	case g.Reach == "" && !target.makes(g.Verb):
		d.problem(n, "Write "+withoutReach(g)+":shown and declare shown: {when: ..., fields: [...]} under \"access\" of "+name+".",
			"%s cannot be granted %q without a reach", who, n.Value)
	case g.Verb == "read" && len(target.reach(g.Reach).Fields) == 0:
		d.problem(n, "Write "+g.Reach+": {when: ..., fields: [...]} under \"access\" of "+name+".",
			"%s may see %q, but that reach lists no fields", who, n.Value)
	default:
		return true
	}
	return false
}

// grants lists every grant that can be written without a reach.
func (r *reader) grants() []string {
	var all []string
	for _, c := range r.m.Collections {
		for _, verb := range c.verbs() {
			all = append(all, c.Name+"."+verb)
		}
	}
	return all
}

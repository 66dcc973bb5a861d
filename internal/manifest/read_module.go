package manifest

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readIdentity reads what module.yaml says without regard to other files.
func (r *reader) readIdentity(d *document) {
	v := d.values(d.root)
	r.m.Format = 1
	r.m.ID = value(v["id"])
	r.m.Name = value(v["name"])
	r.m.Version = value(v["version"])
	r.m.Type = moduleType(d, v["type"])
	r.m.Category = value(v["category"])
	r.m.Description = value(v["description"])
	r.m.Icon = value(v["icon"])
	r.m.Tags = texts(d, v["tags"])
	r.m.License = value(v["license"])
	for _, e := range d.entries(v["links"]) {
		if d.bad[e.value] {
			continue
		}
		if r.m.Links == nil {
			r.m.Links = map[string]string{}
		}
		r.m.Links[e.key.Value] = e.value.Value
	}
	for _, reserved := range reservedIDs {
		if r.m.ID == reserved {
			d.problem(v["id"], "Choose another id.", "%q is reserved (the platform has an address or permissions of that name)", reserved)
		}
	}
	for _, e := range d.entries(d.root) {
		if !r.allows(e.key.Value) && isPart(e.key.Value) {
			d.refuse(e.value, "", "%s has no %q", r.moduleNoun(), e.key.Value)
		}
	}
	r.m.Settings = r.fields(d, v["settings"], scope{place: settingPlace})
	r.readCode(d, v)
	r.settingsBroken = v["settings"] == nil && (d.has(d.root, "settings") || d.misspelt(d.root, moduleFormat(), "settings"))
}

// moduleType is the declared type, App when none is declared and "" when the
// declared one is wrong, so that nothing more is said about it.
func moduleType(d *document, n *yaml.Node) Type {
	if n != nil {
		return Type(n.Value)
	}
	if d.has(d.root, "type") {
		return ""
	}
	return App
}

// isPart says whether the key of module.yaml depends on the module's type.
func isPart(key string) bool { return System.Allows(key) }

// texts returns the entries of a list of texts.
func texts(d *document, n *yaml.Node) []string {
	var all []string
	for _, item := range d.items(n) {
		all = append(all, item.Value)
	}
	return all
}

// readMenu reads the order of the menu; without one, all collections with full
// screens stand there by name.
func (r *reader) readMenu(d *document) {
	declared := d.values(d.root)["menu"]
	if declared == nil {
		for _, c := range r.m.Collections {
			if c.Screens == "full" {
				r.m.Menu = append(r.m.Menu, c.Name)
			}
		}
		return
	}
	for _, item := range d.items(declared) {
		target := r.collection(d, item)
		if target == nil {
			continue
		}
		if target.Screens == "none" {
			d.problem(item, "", "collection %q has no screens", item.Value)
		}
		r.m.Menu = append(r.m.Menu, item.Value)
	}
}

// collection returns the collection that the node names, nil after a complaint.
func (r *reader) collection(d *document, n *yaml.Node) *draft {
	if n == nil {
		return nil
	}
	target, has := r.collections[n.Value]
	if !has {
		d.problem(n, suggest(n.Value, sortedKeys(r.collections)), "there is no collection %q", n.Value)
		return nil
	}
	return target
}

// readRoles reads the roles and puts the defaults in place of roles for
// members when none is declared.
func (r *reader) readRoles(d *document) {
	forMembers := false
	declared := d.values(d.root)["roles"]
	r.rolesBroken = declared == nil && d.has(d.root, "roles")
	for _, e := range d.entries(declared) {
		name := e.key.Value
		r.rolesBroken = r.rolesBroken || (name == VisitorRole && d.holdsBad(e.value))
		role := r.readRole(d, e)
		forMembers = forMembers || !forStrangers(name)
		r.m.Roles = append(r.m.Roles, role)
	}
	if !forMembers && r.allows("roles") {
		r.m.Roles = append(defaultRoles(r.m.Collections, r.m.Actions), r.m.Roles...)
	}
}

// VisitorRole is the role of everybody who is not signed in, CustomerRole of
// people who are signed in on the site, who hold the visitor's as well.
const (
	VisitorRole  = "visitor"
	CustomerRole = "customer"
)

// forStrangers reports whether everybody can come to hold the role.
func forStrangers(role string) bool { return role == VisitorRole || role == CustomerRole }

// HasCustomers reports whether people sign in on sites to use the module.
func (m *Manifest) HasCustomers() bool {
	return slices.ContainsFunc(m.Roles, func(r Role) bool { return r.Name == CustomerRole })
}

func (r *reader) readRole(d *document, e entry) Role {
	v := d.values(e.value)
	role := Role{Name: e.key.Value, Label: value(v["label"]), For: texts(d, v["for"])}
	if role.Label == "" {
		role.Label = labelOf(role.Name)
	}
	if forStrangers(role.Name) && v["for"] != nil {
		d.problem(v["for"], "", "the role %s is for %ss, not for members", role.Name, role.Name)
	}
	for _, item := range d.items(v["grants"]) {
		grant := parseGrant(item.Value)
		if role.Name == VisitorRole && grant.Verb == "read" {
			r.visitorReads[grant.Collection] = true
		}
		if r.checkGrant(d, item, role.Name, grant) {
			role.Grants = append(role.Grants, grant)
		}
	}
	return role
}

// parseGrant splits a text that has the form of a grant.
func parseGrant(text string) Grant {
	switch text {
	case "*":
		return Grant{Collection: "*", Verb: "*"}
	}
	if !strings.Contains(text, ".") {
		return Grant{Verb: text}
	}
	text, reach, _ := strings.Cut(text, ":")
	collection, verb, _ := strings.Cut(text, ".")
	return Grant{Collection: collection, Verb: verb, Reach: reach}
}

// defaultRoles are the roles of a module that declares none for members:
// manager may do everything, editor everything but delete and change settings,
// reader may look.
func defaultRoles(collections []*Collection, actions []Action) []Role {
	editor := Role{Name: "editor", Label: "Editor", For: []string{"agency_member", "client_staff"}}
	for _, verb := range builtInVerbs {
		if verb != "delete" {
			editor.Grants = append(editor.Grants, Grant{Collection: "*", Verb: verb})
		}
	}
	for _, c := range collections {
		for _, a := range c.Actions {
			if !a.Internal {
				editor.Grants = append(editor.Grants, Grant{Collection: c.Name, Verb: a.Name})
			}
		}
	}
	for _, a := range actions {
		if !a.Internal {
			editor.Grants = append(editor.Grants, Grant{Verb: a.Name})
		}
	}
	return []Role{
		{Name: "manager", Label: "Manager", Grants: []Grant{{Collection: "*", Verb: "*"}}, For: []string{"agency_admin", "client_owner"}},
		editor,
		{Name: "reader", Label: "Reader", Grants: []Grant{{Collection: "*", Verb: "read"}}, For: []string{"agency_viewer"}},
	}
}

package access

import (
	"slices"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// Kind says what sort of credential a request came with.
type Kind string

// The kinds of actors of this release.
const (
	// Visitor came with no credential.
	Visitor Kind = "visitor"
	// Person is an account with a session; it acts through its memberships.
	Person Kind = "member"
	// Program came with an API key.
	Program Kind = "key"
	// Customer is a person who is signed in on one site, and has nothing to do
	// with any other.
	Customer Kind = "person"
)

// Actor is who makes a request. The zero Actor is a visitor.
type Actor struct {
	kind    Kind
	id      uuid.UUID
	name    string
	members []Member
	key     Key
	site    uuid.UUID // of a customer
	// administers is whether the person administers the platform.
	administers bool
}

// VisitorActor returns the actor without a credential.
func VisitorActor() Actor { return Actor{kind: Visitor} }

// PersonActor returns the actor of an account with its memberships.
func PersonActor(id uuid.UUID, name string, members []Member) Actor {
	return Actor{kind: Person, id: id, name: name, members: members}
}

// ProgramActor returns the actor of an API key.
func ProgramActor(k Key) Actor { return Actor{kind: Program, id: k.ID, name: k.Name, key: k} }

// CustomerActor returns the actor of a person who is signed in on the site.
func CustomerActor(id uuid.UUID, name string, site uuid.UUID) Actor {
	return Actor{kind: Customer, id: id, name: name, site: site}
}

// Administering returns the person as one who administers the platform, which
// opens no agency and no site.
func (a Actor) Administering() Actor {
	a.administers = a.kind == Person
	return a
}

// CanOnPlatform reports whether the actor has a permission on the platform itself.
func (a Actor) CanOnPlatform(p Permission) bool { return a.administers && OfPlatform(p) }

// SuspendedIn reports whether the actor belongs to the agency, and everything of
// it is out of reach because it is suspended.
func (a Actor) SuspendedIn(agency uuid.UUID) bool {
	return slices.ContainsFunc(a.members, func(m Member) bool { return m.Agency == agency && m.Suspended })
}

// Owns reports whether the actor is an owner of the agency, suspended or not.
func (a Actor) Owns(agency uuid.UUID) bool {
	return slices.ContainsFunc(a.members, func(m Member) bool { return m.Agency == agency && m.wholeAgency() && m.Role == Owner })
}

// Trusted reports whether somebody of the agency or a client vouches for the
// actor. Everybody may become a customer.
func (a Actor) Trusted() bool { return a.Known() && a.kind != Customer }

// Kind returns the sort of credential.
func (a Actor) Kind() Kind {
	if a.kind == "" {
		return Visitor
	}
	return a.kind
}

// ID returns the account or key; not valid for visitors.
func (a Actor) ID() uuid.NullUUID { return uuid.NullUUID{UUID: a.id, Valid: a.id != uuid.Nil} }

// Name returns how people know the actor; empty for visitors.
func (a Actor) Name() string { return a.name }

// Known reports whether the actor came with a credential.
func (a Actor) Known() bool { return a.Kind() != Visitor }

// KeySite returns the site that a program's key is bound to.
func (a Actor) KeySite() (uuid.UUID, bool) { return a.key.Site, a.kind == Program }

// Reaches reports whether the actor has anything to do with the site at all.
// Where it has not, the site does not exist as far as it can tell.
func (a Actor) Reaches(p Place) bool {
	switch a.Kind() {
	case Person:
		for _, m := range a.members {
			if m.Covers(p) {
				return true
			}
		}
	case Program:
		return a.key.Site == p.Site
	case Customer:
		return a.site == p.Site
	}
	return false
}

// Can reports whether the actor has a platform permission on the site.
func (a Actor) Can(permission Permission, p Place) bool { return a.Why(permission, p).Grants() }

// Why says why the actor has a platform permission on the site, or why not.
func (a Actor) Why(permission Permission, p Place) Reason {
	why := Elsewhere
	switch a.Kind() {
	case Person:
		for _, m := range a.members {
			if !m.Covers(p) {
				continue
			}
			if why = m.Ruled(p.Site).Why(permission); why.Grants() {
				return why
			}
		}
	case Program:
		if a.key.Site == p.Site {
			return a.key.why(permission)
		}
	case Customer:
		if a.site == p.Site && permission == SiteUse {
			return ByRole
		}
	}
	return why
}

// CanInAgency reports whether the actor has a permission on the agency itself.
func (a Actor) CanInAgency(permission Permission, agency uuid.UUID) bool {
	return a.WhyInAgency(permission, agency).Grants()
}

// WhyInAgency says why the actor has a permission on the agency itself, or why not.
func (a Actor) WhyInAgency(permission Permission, agency uuid.UUID) Reason {
	why := Elsewhere
	switch a.Kind() {
	case Person:
		for _, m := range a.members {
			if m.Agency != agency || !m.wholeAgency() {
				continue
			}
			if why = m.Why(permission); why.Grants() {
				return why
			}
		}
	case Program:
		if d, _ := declaration(permission); a.key.Agency == agency && d.Staff {
			return a.key.why(permission)
		}
	}
	return why
}

// Agencies returns the agencies the actor has to do with, in the order of its
// memberships, those that are suspended last.
func (a Actor) Agencies() []uuid.UUID {
	var list []uuid.UUID
	seen := map[uuid.UUID]bool{}
	add := func(id uuid.UUID) {
		if !seen[id] {
			seen[id] = true
			list = append(list, id)
		}
	}
	for _, suspended := range []bool{false, true} {
		for _, m := range a.members {
			if m.Suspended == suspended {
				add(m.Agency)
			}
		}
	}
	if a.kind == Program {
		add(a.key.Agency)
	}
	return list
}

// Grants returns what the actor may do with a module's records on the site.
func (a Actor) Grants(m *manifest.Manifest, p Place) Grants {
	switch a.Kind() {
	case Person:
		return a.memberGrants(m, p)
	case Program:
		if a.key.Site != p.Site {
			return Grants{}
		}
		return keyGrants(m, a.key.Grants)
	case Customer:
		if a.site != p.Site {
			return Grants{}
		}
		return roleGrants(m, func(r manifest.Role) bool { return r.Name == manifest.VisitorRole || r.Name == manifest.CustomerRole })
	}
	return roleGrants(m, func(r manifest.Role) bool { return r.Name == "visitor" })
}

func (a Actor) memberGrants(of *manifest.Manifest, p Place) Grants {
	var all Grants
	for _, m := range a.members {
		if m.Covers(p) {
			all = all.with(m.Ruled(p.Site).grants(of))
		}
	}
	return all
}

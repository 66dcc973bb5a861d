package testkit

import (
	"net/http"
	"slices"

	"github.com/google/uuid"
)

// Actor is somebody who makes requests, with the credential it shows.
type Actor struct {
	Name  string
	Email string    // of a person
	ID    uuid.UUID // of the account or key
	// Known is whether the credential is good.
	Known bool
	// Reaches are the sites that it has anything to do with.
	Reaches []*Site

	program   bool
	publishes bool // sees the modules of its agency
	token     string
}

// IsProgram reports whether the credential is an API key.
func (a Actor) IsProgram() bool { return a.program }

// Token is the credential itself; empty for a visitor.
func (a Actor) Token() string { return a.token }

// ReachesSite reports whether the actor has anything to do with the site.
func (a Actor) ReachesSite(s *Site) bool { return slices.Contains(a.Reaches, s) }

// WithToken returns the actor with another credential of the same sort.
func (a Actor) WithToken(token string) Actor {
	a.token = token
	return a
}

// show puts the credential on a request.
func (a Actor) show(r *http.Request) {
	switch {
	case a.token == "":
	case a.program:
		r.Header.Set("Authorization", "Bearer "+a.token)
	default:
		r.Header.Set("Cookie", SessionCookie+"="+a.token)
	}
}

// Everybody returns all actors of the platform.
func (p *Platform) Everybody() []Actor {
	return []Actor{
		p.Visitor, p.Owner, p.Admin, p.Member, p.Viewer, p.ClientMember,
		p.OtherClientMember, p.OtherSiteMember, p.ForeignOwner, p.PlatformAdmin, p.Impersonator,
		p.SiteKey, p.NarrowKey, p.OtherSiteKey, p.ForeignKey,
		p.ExpiredSession, p.SignedOut, p.GarbageSession,
		p.ExpiredKey, p.RevokedKey, p.GarbageKey,
	}
}

package gateway

import "strings"

// Endpoint is one line of the surface: an address that is answered, and what
// is asked of who calls it.
type Endpoint struct {
	Method  string
	Pattern string // the path, with {wildcards}
	// Host says where it answers: "platform", "site" or "both".
	Host string
	// Permission is a key of internal/access; "public" is open to everybody.
	Permission string
	// Verb is asked of the module's grants; empty asks nothing, "*" any grant.
	Verb string
}

// OnPlatform reports whether the platform's own host answers it.
func (e Endpoint) OnPlatform() bool { return e.Host != "site" }

// OnSite reports whether the hosts of sites answer it.
func (e Endpoint) OnSite() bool { return e.Host != "platform" }

// Surface returns every address of the server in the order of its routes. It
// is for tests that walk them all; what is not in it is answered 404 or 405.
func (s *Server) Surface() []Endpoint {
	var all []Endpoint
	for _, rt := range s.routes() {
		method, pattern, _ := strings.Cut(rt.pattern, " ")
		all = append(all, Endpoint{
			Method: method, Pattern: pattern, Host: rt.host.String(), Permission: string(rt.permission), Verb: rt.verb,
		})
	}
	return all
}

func (h host) String() string {
	switch h {
	case onPlatform:
		return "platform"
	case onSite:
		return "site"
	}
	return "both"
}

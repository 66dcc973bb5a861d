package testkit

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
)

// Site is a site with what stands on it.
type Site struct {
	tenancy.Site
	// Key may do everything on the site.
	Key Actor
	// Secret is the id of a module that only this site has, with one
	// collection, "note".
	Secret string
	// Records holds one record of each collection: "equipment-rental.item". Two
	// more entries of the guestbook are "hidden", which visitors do not see, and
	// "deleted".
	Records map[string]uuid.UUID
	// Canaries are the words that nobody may see who has nothing to do with the
	// site: names, values, ids.
	Canaries []string
	// Hidden are values on the site that its visitors may not see.
	Hidden []string

	// Member is a membership of the agency, Role a role that it made, Invitation
	// one that is open.
	Member, Role, Invitation uuid.UUID

	agencyWords, clientWords []string // canaries that sites of the agency, of the client share
}

// Ref is the site as the module catalogue knows it.
func (s *Site) Ref() module.SiteRef {
	return module.SiteRef{ID: s.ID, Agency: s.Agency, Currency: s.Currency}
}

// Host is where the site's pages answer.
func (s *Site) Host() string { return s.Subdomain + ".localhost:8080" }

// URL is a path on the site's own host.
func (s *Site) URL(path string) string { return "http://" + s.Host() + path }

// App is a path below the site in the app.
func (s *Site) App(path string) string { return "/app/" + s.ID.String() + path }

// On names the site of a request to the data API on the platform's host.
func (s *Site) On() Header { return Header{"Dramac-Site", s.ID.String()} }

// Sites returns all sites of the platform.
func (p *Platform) Sites() []*Site { return []*Site{p.Home, p.Sister, p.Other, p.Foreign} }

// CanariesFor returns the words that an actor may not see: those of all sites
// that it does not reach.
func (p *Platform) CanariesFor(a Actor) []string {
	known := map[string]bool{}
	for _, s := range a.Reaches {
		for _, w := range slices.Concat(s.agencyWords, s.clientWords) {
			known[w] = true
		}
		for _, near := range p.Sites() {
			known[near.Secret] = known[near.Secret] || a.publishes && near.Agency == s.Agency
		}
	}
	var all []string
	for _, s := range p.Sites() {
		if !a.ReachesSite(s) {
			all = append(all, s.Canaries...)
		}
	}
	var words []string
	for _, w := range all {
		if !known[w] {
			words = append(words, w)
		}
	}
	return words
}

// settle makes the tenants and everybody's credentials, in one change.
func (p *Platform) settle() {
	p.Helper()
	p.inTx(func(ctx context.Context, tx pgx.Tx) error {
		s := settler{Platform: p, ctx: ctx, tx: tx}
		home, client, other := s.agency(), NewID(), NewID()
		clientName, otherName := s.client(home, client), s.client(home, other)
		p.Home = s.site(home, client, clientName, "en-GB", "EUR")
		p.Sister = s.site(home, client, clientName, "en-GB", "EUR")
		p.Other = s.site(home, other, otherName, "en-US", "USD")
		abroad, customer := s.agency(), NewID()
		p.Foreign = s.site(abroad, customer, s.client(abroad, customer), "en-GB", "GBP")
		s.adopt(p.Home, p.Sister, p.Other)
		s.adopt(p.Foreign)
		s.people(home, client, other, abroad)
		s.keys()
		return s.err
	})
}

// settler makes tenants; the first error sticks.
type settler struct {
	*Platform
	ctx context.Context
	tx  pgx.Tx
	err error
}

type agency struct {
	id   uuid.UUID
	name string
}

func (s *settler) keep(err error) {
	if s.err == nil {
		s.err = err
	}
}

func (s *settler) agency() agency {
	a := agency{NewID(), "Agency " + word("ag")}
	s.keep(tenancy.CreateAgency(s.ctx, s.tx, tenancy.Agency{ID: a.id, Name: a.name}))
	s.keep(s.exec(`update platform.agency set plan = 'enterprise' where id = $1`, a.id))
	return a
}

func (s *settler) client(of agency, id uuid.UUID) string {
	name := "Client " + word("cl")
	s.keep(tenancy.CreateClient(s.ctx, s.tx, tenancy.Client{ID: id, Agency: of.id, Name: name}))
	return name
}

func (s *settler) site(of agency, client uuid.UUID, clientName, locale, currency string) *Site {
	site := &Site{
		Site: tenancy.Site{
			ID: NewID(), Agency: of.id, AgencyName: of.name, Client: client, ClientName: clientName,
			Name: "Site " + word("si"), Subdomain: word("sub"), Locale: locale, TimeZone: "Europe/Berlin", Currency: currency,
		},
		Secret: word("vault"), Records: map[string]uuid.UUID{},
		agencyWords: []string{of.id.String(), of.name}, clientWords: []string{client.String(), clientName},
	}
	site.Canaries = append(site.Canaries, site.ID.String(), site.Name, site.Subdomain, site.Secret)
	site.Canaries = append(append(site.Canaries, site.agencyWords...), site.clientWords...)
	s.keep(tenancy.CreateSite(s.ctx, s.tx, site.Site))
	return site
}

func (s *settler) people(home agency, client, other uuid.UUID, abroad agency) {
	all := []*Site{s.Home, s.Sister, s.Other}
	id := func(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: true} }
	s.Visitor = Actor{Name: "visitor"}
	s.Owner = s.person("owner", access.Member{Agency: home.id, Role: access.Owner}, all...)
	s.Admin = s.person("admin", access.Member{Agency: home.id, Role: access.Admin}, all...)
	s.Member = s.person("member", access.Member{Agency: home.id, Role: access.Editor}, all...)
	s.Viewer = s.person("viewer", access.Member{Agency: home.id, Role: access.Viewer}, all...)
	s.ClientMember = s.person("client member", access.Member{Agency: home.id, Client: id(client), Role: access.Editor}, s.Home, s.Sister)
	s.OtherClientMember = s.person("member of another client", access.Member{Agency: home.id, Client: id(other), Role: access.Owner}, s.Other)
	s.OtherSiteMember = s.person("member of another site", access.Member{Agency: home.id, Site: id(s.Sister.ID), Role: access.Owner}, s.Sister)
	s.ForeignOwner = s.person("owner of another agency", access.Member{Agency: abroad.id, Role: access.Owner}, s.Foreign)
	for _, site := range all {
		site.Canaries = append(site.Canaries, s.Owner.Email)
	}
	s.Foreign.Canaries = append(s.Foreign.Canaries, s.ForeignOwner.Email)

	s.PlatformAdmin = s.administrator("platform admin")
	s.Impersonator = s.administrator("impersonator")
	s.Impersonator.Reaches = all
	s.keep(s.exec(`insert into platform.impersonation (id, session_id, admin_id, account_id, agency_id, reason, started_at, expires_at)
		values ($1, (select id from platform.session where account_id = $2), $2, $3, $4, 'a test', $5, $6)`,
		NewID(), s.Impersonator.ID, s.Viewer.ID, home.id, s.Now(), s.Now().Add(access.ImpersonationLife)))

	s.team(all, s.Viewer)
	s.team([]*Site{s.Foreign}, s.ForeignOwner)
	s.ExpiredSession = s.ended("expired session", home.id)
	s.keep(s.exec(`update platform.session set expires_at = $2 where token_hash = $1`,
		secret.Hash(s.ExpiredSession.token), s.Now().Add(-time.Second)))
	s.SignedOut = s.ended("signed-out session", home.id)
	s.keep(s.exec(`delete from platform.session where token_hash = $1`, secret.Hash(s.SignedOut.token)))
	s.GarbageSession = Actor{Name: "garbage in the cookie", token: "' or 1=1 --"}
}

// team gives the sites of an agency one of its members, and a role that nobody has.
func (s *settler) team(sites []*Site, a Actor) {
	role, invitation, agency := NewID(), NewID(), sites[0].Agency
	s.keep(s.exec(`insert into platform.role (id, agency_id, name, permissions, created_at) values ($1, $2, $3, '{platform.site.read}', $4)`,
		role, agency, word("role"), s.Now()))
	s.keep(s.exec(`insert into platform.invitation (id, agency_id, email, role, token_hash, invited_by, created_at, expires_at) values ($1, $2, $3, 'viewer', $4, $5, $6, $7)`,
		invitation, agency, word("mail")+"@example.com", secret.Hash(secret.NewToken()), a.ID, s.Now(), s.Now().Add(time.Hour)))
	for _, site := range sites {
		site.Role, site.Invitation = role, invitation
		s.keep(s.tx.QueryRow(s.ctx, `select id from platform.member where agency_id = $1 and account_id = $2`, agency, a.ID).Scan(&site.Member))
	}
}

// ended makes an owner whose session the caller is about to end.
func (s *settler) ended(name string, agency uuid.UUID) Actor {
	a := s.person(name, access.Member{Agency: agency, Role: access.Owner})
	a.Known = false
	return a
}

// person makes an account with one membership and an open session. It cannot
// sign in with a password.
func (s *settler) person(name string, m access.Member, reaches ...*Site) Actor {
	a := Actor{Name: name, ID: NewID(), Email: word("mail") + "@example.com", Known: true, Reaches: reaches}
	s.keep(s.exec(`insert into platform.account (id, email, name, password_hash) values ($1, $2, $3, 'none')`, a.ID, a.Email, name))
	if m.Agency != uuid.Nil {
		m.ID, m.Account = NewID(), a.ID
		s.keep(access.CreateMember(s.ctx, s.tx, m))
	}
	a.token = secret.NewToken()
	s.keep(openSession(s.ctx, s.tx, a, s.Now()))
	return a
}

// administrator makes an account without a membership that administers the
// platform. Nobody has the codes of its second factor.
func (s *settler) administrator(name string) Actor {
	a := s.person(name, access.Member{})
	s.keep(access.MakeAdministrator(s.ctx, s.tx, a.ID, s.Now()))
	sealed, err := s.Platform.keys.Seal(make([]byte, 20), secret.AuthenticatorContext(a.ID))
	s.keep(err)
	s.keep(s.exec(`insert into platform.authenticator (account_id, secret, created_at, active_at) values ($1, $2, $3, $3)`, a.ID, sealed, s.Now()))
	return a
}

// openSession stores the actor's session without the work of a sign-in.
func openSession(ctx context.Context, tx pgx.Tx, a Actor, now time.Time) error {
	_, err := tx.Exec(ctx, `insert into platform.session (token_hash, account_id, created_at, seen_at, confirmed_at, expires_at) values ($1, $2, $3, $3, $3, $4)`,
		secret.Hash(a.token), a.ID, now, now.Add(time.Hour))
	return err
}

func (s *settler) exec(sql string, args ...any) error {
	_, err := s.tx.Exec(s.ctx, sql, args...)
	return err
}

func (s *settler) keys() {
	for _, site := range []*Site{s.Home, s.Sister, s.Other, s.Foreign} {
		site.Key = s.key("key of "+site.Name, site, access.Key{Grants: []string{"*"}, Publishes: true})
	}
	s.SiteKey = s.Home.Key
	s.SiteKey.Name = "key of the site"
	s.OtherSiteKey = s.Other.Key
	s.OtherSiteKey.Name = "key of another site"
	s.ForeignKey = s.Foreign.Key
	s.ForeignKey.Name = "key of another agency"
	s.NarrowKey = s.key("narrow key", s.Home, access.Key{Grants: []string{"equipment-rental.item.read"}})
	past := s.Now().Add(-time.Second)
	s.ExpiredKey = s.key("expired key", s.Home, access.Key{Grants: []string{"*"}, Publishes: true, ExpiresAt: &past})
	s.RevokedKey = s.key("revoked key", s.Home, access.Key{Grants: []string{"*"}, Publishes: true})
	s.keep(s.exec(`update platform.api_key set revoked_at = $2 where id = $1`, s.RevokedKey.ID, past))
	s.ExpiredKey.Known, s.RevokedKey.Known = false, false
	s.ExpiredKey.Reaches, s.RevokedKey.Reaches = nil, nil
	s.GarbageKey = Actor{Name: "garbage for a key", program: true, token: access.KeyPrefix + strings.Repeat("0", 64)}
}

func (s *settler) key(name string, site *Site, k access.Key) Actor {
	a := Actor{Name: name, ID: NewID(), Known: true, program: true, publishes: k.Publishes, token: access.NewKeyToken(), Reaches: []*Site{site}}
	k.ID, k.Agency, k.Site, k.Name = a.ID, site.Agency, site.ID, name
	s.keep(access.CreateKey(s.ctx, s.tx, k, a.token, s.Now()))
	return a
}

// NewKey makes a key of the site with those grants.
func (p *Platform) NewKey(site *Site, grants ...string) Actor {
	p.Helper()
	var a Actor
	p.inTx(func(ctx context.Context, tx pgx.Tx) error {
		s := settler{Platform: p, ctx: ctx, tx: tx}
		a = s.key("key of the test", site, access.Key{Grants: grants})
		return s.err
	})
	return a
}

// NewPerson makes an account with one membership and an open session.
func (p *Platform) NewPerson(name string, m access.Member, reaches ...*Site) Actor {
	p.Helper()
	var a Actor
	p.inTx(func(ctx context.Context, tx pgx.Tx) error {
		s := settler{Platform: p, ctx: ctx, tx: tx}
		a = s.person(name, m, reaches...)
		return s.err
	})
	return a
}

// OpenSession signs a person in with the credential that it has, after it was
// signed out.
func (p *Platform) OpenSession(a Actor) {
	p.Helper()
	p.inTx(func(ctx context.Context, tx pgx.Tx) error { return openSession(ctx, tx, a, p.Now()) })
}

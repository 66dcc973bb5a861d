package gateway

import (
	"context"
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/account"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// sessionCookie is the name of the cookie that holds a session's token,
// personCookie of the one that holds a person's on a site.
const (
	sessionCookie = "dramac_session"
	personCookie  = "dramac_person"
)

// A token's hash is the key of what is remembered of it, so that no secret
// stays in memory.
type (
	sessionKey [sha256.Size]byte
	bearerKey  [sha256.Size]byte
	personKey  struct {
		site  uuid.UUID
		token [sha256.Size]byte
	}
)

type signedIn struct {
	session account.Session
	members []access.Member // that the session acts through
	// withheld are further ones, whose agencies want their provider to vouch.
	withheld []withheld
	// administers is whether the account administers the platform, factor whether
	// it has a second one.
	administers, factor bool
	// acting is as whom the session acts; nil: in person.
	acting *access.Impersonation
	as     []access.Member // that one's memberships in the agency

	seen *atomic.Int64 // when this process last wrote down that it is in use, in seconds
}

// authenticate finds out who calls: an API key in the Authorization header, or
// a session in the cookie. A bearer token that is not good ends the request; a
// cookie that is not good makes a visitor.
func (c *call) authenticate() error {
	if header := c.request.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		c.bad = true                              // until it turns out to be good
		if !strings.EqualFold(scheme, "Bearer") { // RFC 9110 §11.1
			return errNoCredential
		}
		return c.authenticateKey(strings.TrimSpace(token))
	}
	if c.onSite {
		return c.authenticatePerson(c.cookie(personCookie))
	}
	return c.authenticateSession(c.cookie(sessionCookie))
}

func (c *call) authenticateKey(token string) error {
	if !strings.HasPrefix(token, access.KeyPrefix) || len(token) > 200 {
		return errNoCredential
	}
	key, revision, err := recall(c.ctx, c.memory, bearerKey(sha256.Sum256([]byte(token))),
		func(ctx context.Context) (access.Key, error) { return access.FindKey(ctx, c.DB.Pool(), token) })
	c.note(revision)
	if err != nil && errs.KindOf(err) == errs.NotFound {
		return errNoCredential
	}
	if err != nil {
		return err
	}
	if !key.Live(c.Now()) {
		c.badKey = key
		return errNoCredential
	}
	if !key.Admits(c.address(c.request)) {
		c.badKey, c.elsewhere = key, true
		return errNoCredential
	}
	c.bad = false
	c.actor = access.ProgramActor(key)
	if c.attempt == nil {
		return nil
	}
	return c.attempt.key.once(func() error { return c.spendKey(key) })
}

func (c *call) authenticateSession(token string) error {
	if token == "" || len(token) > 200 {
		return nil
	}
	found, revision, err := recall(c.ctx, c.memory, sessionKey(sha256.Sum256([]byte(token))),
		func(ctx context.Context) (signedIn, error) {
			session, err := account.FindSession(ctx, c.DB.Pool(), token)
			if err != nil {
				return signedIn{}, err
			}
			members, kept, err := c.through(ctx, session)
			if err != nil {
				return signedIn{}, err
			}
			found := signedIn{session: session, members: members, withheld: kept, seen: new(atomic.Int64)}
			found.seen.Store(session.SeenAt.Unix())
			if session.Provider.Valid { // an agency's provider vouches for nobody beyond it
				return found, nil
			}
			found.administers, found.factor, err = access.Administers(ctx, c.DB.Pool(), session.ID)
			if err == nil && found.administers && found.factor {
				err = found.findActing(ctx, c.DB.Pool())
			}
			return found, err
		})
	c.note(revision)
	live := false
	if err == nil {
		live, err = c.inUse(&found, token)
	}
	if errs.KindOf(err) == errs.NotFound || err == nil && !live {
		c.expired, c.bad = true, true
		return nil
	}
	if err != nil {
		return err
	}
	c.token, c.account, c.members, c.withheld = token, found.session, found.members, found.withheld
	c.actor = access.PersonActor(found.session.ID, found.session.Name, found.members)
	if found.acting != nil && c.Now().Before(found.acting.ExpiresAt) {
		c.withheld = nil
		c.actAs(*found.acting, found.as)
		return nil
	}
	if c.factor = found.factor; found.administers {
		c.actor = c.actor.Administering()
	}
	return nil
}

// findActing finds out as whom the session acts.
func (s *signedIn) findActing(ctx context.Context, q pg.Querier) error {
	i, err := access.FindImpersonation(ctx, q, s.session.Session)
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	all, err := access.ListMembers(ctx, q, i.Account)
	s.acting, s.as = &i, slices.DeleteFunc(all, func(m access.Member) bool { return m.Agency != i.Agency })
	return err
}

// actAs makes the call one of the member that an administrator of the platform
// acts as. The session stays the administrator's.
func (c *call) actAs(i access.Impersonation, members []access.Member) {
	c.impersonation = &i
	c.account.Account = account.Account{ID: i.Account, Email: i.Email, Name: i.Name}
	c.members = members
	c.actor = access.PersonActor(i.Account, i.Name, members)
}

// authenticatePerson finds out who is signed in on the site that the request
// came to. The token of another site is none.
func (c *call) authenticatePerson(token string) error {
	if token == "" || len(token) > 200 || c.site == nil {
		return nil
	}
	found, revision, err := recall(c.ctx, c.memory, personKey{c.site.ID, sha256.Sum256([]byte(token))},
		func(ctx context.Context) (account.Person, error) {
			return account.FindPerson(ctx, c.DB.Pool(), c.site.ID, token)
		})
	c.note(revision)
	if errs.KindOf(err) == errs.NotFound || err == nil && !c.Now().Before(found.ExpiresAt) {
		c.bad = true
		return nil
	}
	if err != nil {
		return err
	}
	c.person, c.personToken = found, token
	c.actor = access.CustomerActor(found.ID, found.Email, found.Site)
	return nil
}

// inUse reports whether a session goes on, and writes down now and then that it
// is in use. What is remembered of its last use may be another process's past,
// so that only the database says that it has ended.
func (c *call) inUse(found *signedIn, token string) (bool, error) {
	s := found.session
	s.SeenAt = time.Unix(found.seen.Load(), 0)
	now := c.Now()
	if !s.Stale(now) {
		return s.Live(now), nil
	}
	s, err := account.FindSession(c.ctx, c.DB.Pool(), token)
	if err != nil || !s.Live(now) {
		return false, err
	}
	found.session = s
	if !s.Stale(now) {
		found.seen.Store(s.SeenAt.Unix())
		return true, nil
	}
	found.seen.Store(now.Unix())
	return true, c.Accounts.Seen(c.ctx, s.Session)
}

// secure reports whether browsers come by TLS, here or at a proxy before us.
func (c *call) secure() bool { return c.request.TLS != nil || c.BaseURL.Scheme == "https" }

// setSession gives the browser its session.
func (c *call) setSession(token string, seconds int) { c.setCookie(sessionCookie, token, seconds) }

// setCookie sets a cookie that goes back to this host only, is out of reach of
// scripts, and does not travel with requests from elsewhere.
func (c *call) setCookie(name, value string, seconds int) {
	http.SetCookie(c.writer, &http.Cookie{
		Name: c.cookieName(name), Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: c.secure(), SameSite: http.SameSiteLaxMode,
	})
}

// cookie returns the value of a cookie of ours; empty when there is none.
func (c *call) cookie(name string) string {
	found, err := c.request.Cookie(c.cookieName(name))
	if err != nil {
		return ""
	}
	return found.Value
}

// cookieName is the name under which a browser keeps a cookie. Over TLS its
// prefix makes the browser refuse one that another host or a plain connection
// tries to plant (RFC 6265bis §4.1.3).
func (c *call) cookieName(name string) string {
	if c.secure() {
		return "__Host-" + name
	}
	return name
}

package gateway

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/account"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// sessionCookie is the name of the cookie that holds a session's token.
const sessionCookie = "dramac_session"

// A token's hash is the key of what is remembered of it, so that no secret
// stays in memory.
type (
	sessionKey [sha256.Size]byte
	bearerKey  [sha256.Size]byte
)

type signedIn struct {
	session account.Session
	members []access.Member
}

// authenticate finds out who calls: an API key in the Authorization header, or
// a session in the cookie. A bearer token that is not good ends the request; a
// cookie that is not good makes a visitor.
func (c *call) authenticate() error {
	if header := c.request.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") { // RFC 9110 §11.1
			return errNoCredential
		}
		return c.authenticateKey(strings.TrimSpace(token))
	}
	cookie, err := c.request.Cookie(sessionCookie)
	if err != nil || c.onSite {
		return nil
	}
	return c.authenticateSession(cookie.Value)
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
		return errNoCredential
	}
	c.actor = access.ProgramActor(key)
	return nil
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
			members, err := access.ListMembers(ctx, c.DB.Pool(), session.ID)
			return signedIn{session: session, members: members}, err
		})
	c.note(revision)
	if err != nil && errs.KindOf(err) == errs.NotFound || err == nil && !c.Now().Before(found.session.ExpiresAt) {
		c.expired = true
		return nil
	}
	if err != nil {
		return err
	}
	c.token, c.account, c.members = token, found.session, found.members
	c.actor = access.PersonActor(found.session.ID, found.session.Name, found.members)
	return nil
}

// secure reports whether browsers come by TLS, here or at a proxy before us.
func (c *call) secure() bool { return c.request.TLS != nil || c.BaseURL.Scheme == "https" }

// setSession gives the browser its session. It goes back to this host only,
// is out of reach of scripts, and does not travel with requests from elsewhere.
func (c *call) setSession(token string, seconds int) {
	http.SetCookie(c.writer, &http.Cookie{
		Name: sessionCookie, Value: token, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: c.secure(), SameSite: http.SameSiteLaxMode,
	})
}

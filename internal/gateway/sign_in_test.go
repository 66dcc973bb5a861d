package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/account"
	"github.com/dramac-main/dramac-cms/testkit"
)

const password = "correct horse battery staple"

// withPassword gives a person a password to sign in with.
func withPassword(p *testkit.Platform, a testkit.Actor) {
	p.Helper()
	hash, err := account.HashPassword(password)
	if err != nil {
		p.Fatal(err)
	}
	p.Change(`update platform.account set password_hash = $2 where id = $1`, a.ID, hash)
}

func login(p *testkit.Platform, email, password, next string, headers ...testkit.Header) testkit.Response {
	p.Helper()
	return p.Do(p.Visitor, http.MethodPost, "/app/login", url.Values{"email": {email}, "password": {password}, "next": {next}}, headers...)
}

func TestAWrongPasswordIsLikeAnUnknownAddress(t *testing.T) {
	p := testkit.NewPlatform(t)
	withPassword(p, p.Owner)
	before := p.State()
	unknown := "nobody@example.com"
	// Equal lengths, so that Content-Length tells nothing of its own.
	unknown = strings.Repeat("n", max(0, len(p.Owner.Email)-len(unknown))) + unknown
	want := ""
	for says, r := range map[string]testkit.Response{
		"wrong password":      login(p, p.Owner.Email, "wrong", "/app"),
		"unknown address":     login(p, unknown, "wrong", "/app"),
		"the right, unknown":  login(p, unknown, password, "/app"),
		"an account without":  login(p, p.Member.Email, password, "/app"),
		"no password":         login(p, p.Owner.Email, "", "/app"),
		"a password too long": login(p, p.Owner.Email, strings.Repeat("x", 2000), "/app"),
	} {
		if r.Status != http.StatusUnprocessableEntity || r.Cookie(testkit.SessionCookie) != nil {
			t.Errorf("%s: %d", says, r.Status)
		}
		text := r.Text()
		for _, email := range []string{p.Owner.Email, p.Member.Email, unknown} {
			text = strings.ReplaceAll(text, email, "<address>")
		}
		if want == "" {
			want = text
		}
		if text != want {
			t.Errorf("%s is told apart:\n%s\n--- and ---\n%s", says, text, want)
		}
	}
	for _, email := range []string{"' or 1=1 --", "a\x00b@example.com", "\xff@example.com", strings.Repeat("x", 5000) + "@example.com", ""} {
		if r := login(p, email, "wrong", "/app"); r.Status != http.StatusUnprocessableEntity {
			t.Errorf("%.40q: %d", email, r.Status)
		}
	}
	if changed := p.State().Changed(before); changed != "" {
		t.Errorf("something was written: %s", changed)
	}
}

func TestSigningInAndOut(t *testing.T) {
	p := testkit.NewPlatform(t)
	withPassword(p, p.Owner)
	there := p.Twin()
	r := login(p, "  "+strings.ToUpper(p.Owner.Email)+" ", password, p.Home.App(""), testkit.Header{Name: "User-Agent", Value: "x\xff\x00" + strings.Repeat("é", 150)})
	if r.Status != http.StatusSeeOther || r.Location() != p.Home.App("") {
		t.Fatalf("%d %s %s", r.Status, r.Location(), r.Body)
	}
	cookie := r.Cookie(testkit.SessionCookie)
	if cookie == nil || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Domain != "" || cookie.Path != "/" {
		t.Fatalf("the cookie is %v", cookie)
	}
	person := p.Owner.WithToken(cookie.Value)
	for _, at := range []*testkit.Platform{p, there} {
		if r := at.Do(person, http.MethodGet, p.Home.App(""), nil); r.Status != http.StatusOK {
			t.Errorf("signed in: %d", r.Status)
		}
	}
	if r := p.Do(person, http.MethodPost, "/app/logout", url.Values{}); r.Cookie(testkit.SessionCookie).MaxAge >= 0 {
		t.Error("the cookie stays in the browser")
	}
	for _, at := range []*testkit.Platform{p, there} {
		if r := at.Do(person, http.MethodGet, p.Home.App(""), nil); r.Status != http.StatusSeeOther {
			t.Errorf("signed out: %d", r.Status)
		}
	}
	// The other session of the same person goes on.
	if r := p.Do(p.Owner, http.MethodGet, "/app", nil); r.Status != http.StatusOK {
		t.Errorf("the other session: %d", r.Status)
	}
	var stored int
	err := p.DB.Pool().QueryRow(t.Context(), `select count(*) from platform.session where token_hash = $1`, []byte(cookie.Value)).Scan(&stored)
	if err != nil || stored != 0 {
		t.Errorf("the token itself is stored: %d %v", stored, err)
	}
}

// TestNextStaysInTheApp tries to leave for another website after signing in.
func TestNextStaysInTheApp(t *testing.T) {
	p := testkit.NewPlatform(t)
	for _, next := range []string{
		"https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/app/\\evil.example", "/app/../../evil", "/app//evil.example/..",
		"javascript:alert(1)", " https://evil.example", "/app\t//evil.example", "/app/\n//evil.example", "http:evil.example", "/%2f%2fevil.example",
		"/app/%0d%0aSet-Cookie:%20x=y", "/app/\r\nSet-Cookie: x=y", "/apps", "/app@evil.example", "/app.evil.example", "/app/logout", "/app/login", "", "/",
		"///evil.example/app/", "https://localhost:8080@evil.example/app/", "data:text/html,x",
		"///evil.example/../app/x", "////app/x", "//evil.example/../../app/x", "/.//evil.example/../app/x", "/x/..//evil.example/app/../app/x",
		"/app/..//evil.example/app/x", "/app/%2e%2e/%2e%2e//evil.example", "/app/./x", "/app/x/../y",
	} {
		// A person who is signed in already is sent on without the work of a password.
		r := p.Do(p.Owner, http.MethodGet, "/app/login?next="+url.QueryEscape(next), nil)
		if r.Status != http.StatusSeeOther {
			t.Errorf("%q: %d", next, r.Status)
			continue
		}
		to := r.Location()
		u, err := url.Parse(to)
		if err != nil || u.Host != "" || u.Scheme != "" || u.Path != "/app" && !strings.HasPrefix(u.Path, "/app/") || strings.ContainsAny(to, "\\\r\n\t") {
			t.Errorf("%q leads to %q", next, to)
		}
		if to != "/app" && !strings.HasPrefix(to, "/app/") || strings.Contains(to, "/.") || strings.Contains(to, "//") || r.Header.Get("Set-Cookie") != "" {
			t.Errorf("%q leads to %q with the cookie %q", next, to, r.Header.Get("Set-Cookie"))
		}
	}
	withPassword(p, p.Owner)
	for _, next := range []string{"//evil.example", "/app/\\evil.example", "///evil.example/../app/x"} {
		if r := login(p, p.Owner.Email, password, next); r.Location() != "/app" {
			t.Errorf("%q leads to %q", next, r.Location())
		}
	}
}

func TestTheEleventhFailureIsTooMuch(t *testing.T) {
	p := testkit.NewPlatform(t)
	withPassword(p, p.Owner)
	from := testkit.From("192.0.2.9")
	for i := range 10 {
		if r := login(p, p.Owner.Email, "wrong", "/app", from); r.Status != http.StatusUnprocessableEntity {
			t.Fatalf("failure %d: %d", i+1, r.Status)
		}
	}
	for says, r := range map[string]testkit.Response{
		"another failure":      login(p, p.Owner.Email, "wrong", "/app", from),
		"the right password":   login(p, p.Owner.Email, password, "/app", from),
		"in other capitals":    login(p, strings.ToUpper(p.Owner.Email), password, "/app", from),
		"another address said": login(p, p.Owner.Email, password, "/app", from, testkit.Header{Name: "X-Forwarded-For", Value: "198.51.100.1"}),
	} {
		if r.Status != http.StatusTooManyRequests || r.Cookie(testkit.SessionCookie) != nil || r.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d, Retry-After %q", says, r.Status, r.Header.Get("Retry-After"))
		}
	}
	// Somebody else's failures lock nobody out.
	if r := login(p, p.Owner.Email, password, "/app"); r.Status != http.StatusSeeOther {
		t.Errorf("from another address: %d", r.Status)
	}
	for i := range 12 {
		if r := p.Do(p.Owner, http.MethodGet, "/app", nil, from); r.Status != http.StatusOK {
			t.Fatalf("request %d of a session: %d", i, r.Status)
		}
	}
}

// TestGuessesAllAtOnceAreLimitedToo sends the right password behind a crowd of
// wrong ones.
func TestGuessesAllAtOnceAreLimitedToo(t *testing.T) {
	p := testkit.NewPlatform(t)
	withPassword(p, p.Owner)
	from := testkit.From("192.0.2.10")
	var crowd sync.WaitGroup
	var wrong atomic.Int32
	for range 24 {
		crowd.Go(func() {
			if login(p, p.Owner.Email, "wrong", "/app", from).Status == http.StatusUnprocessableEntity {
				wrong.Add(1)
			}
		})
	}
	crowd.Wait()
	if n := wrong.Load(); n != 10 {
		t.Errorf("%d guesses were answered, want 10", n)
	}
	if r := login(p, p.Owner.Email, password, "/app", from); r.Status != http.StatusTooManyRequests {
		t.Errorf("behind the crowd: %d", r.Status)
	}
}

package gateway_test

import (
	"bufio"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/testkit"
)

// npmProvider is oidc-provider as it is published, and a browser that walks its
// pages.
type npmProvider struct {
	*testkit.Platform
	issuer string
	client *http.Client
}

func newNPMProvider(t *testing.T, p *testkit.Platform) npmProvider {
	t.Helper()
	home, err := filepath.Abs("../../web/node_modules/oidc-provider")
	if err != nil {
		t.Fatal(err)
	}
	node := exec.CommandContext(t.Context(), "node", "testdata/provider.mjs", home, testkit.BaseURL+"/app/login/callback/"+p.Home.Agency.String())
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaints strings.Builder
	node.Stderr = &complaints
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "http://") {
		t.Log(lines.Text())
	}
	if lines.Text() == "" {
		_ = node.Wait()
		t.Fatalf("the provider does not run (make frontend brings the package)\n%s", complaints.String())
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return npmProvider{p, lines.Text(), client}
}

// walk goes through the provider's pages as the account, until they lead back.
func (o npmProvider) walk(question, account string, refuse bool) url.Values {
	o.Helper()
	for at, steps := question, 0; steps < 20; steps++ {
		r, err := http.NewRequestWithContext(o.Context(), http.MethodGet, at, nil)
		if err != nil {
			o.Fatal(err)
		}
		r.Header.Set("X-Account", account)
		if refuse {
			r.Header.Set("X-Refuse", "yes")
		}
		answer, err := o.client.Do(r)
		if err != nil {
			o.Fatal(err)
		}
		_ = answer.Body.Close()
		next, err := answer.Location()
		if err != nil {
			o.Fatalf("%s: %d leads nowhere", at, answer.StatusCode)
		}
		if at = next.String(); strings.HasPrefix(at, testkit.BaseURL+"/app/login/callback/") {
			return next.Query()
		}
	}
	o.Fatal("the provider's pages have no end")
	return nil
}

// TestAPublishedProvider signs in by oidc-provider, the one from npm.
func TestAPublishedProvider(t *testing.T) {
	p := testkit.NewPlatform(t)
	o := newNPMProvider(t, p)
	post(p, p.Owner, "/app/agency/provider", url.Values{
		"issuer": {o.issuer}, "client": {"dramac"}, "secret": {clientSecret}, "domains": {"example.com"}, "address": {p.Home.Subdomain}, "enabled": {"true"},
	}, http.StatusSeeOther)
	if r := p.Do(p.Owner, "POST", "/app/agency/provider/do", url.Values{"do": {"test"}}); r.Status != http.StatusSeeOther {
		t.Errorf("the test: %d\n%s", r.Status, r.Text())
	}
	for _, row := range []struct {
		says, account string
		refuse        bool
		status        int
	}{
		{"who refuses", "1|" + p.Member.Email + "|true", true, 422},
		{"an unverified address", "2|" + p.Member.Email + "|false", false, 422},
		{"a foreign domain", "3|somebody@example.org|true", false, 422},
		{"nobody here", "4|somebody-else@example.com|true", false, 422},
		{"a member", "5|" + p.Member.Email + "|true", false, 303},
	} {
		jar, err := cookiejar.New(nil) // another browser
		if err != nil {
			t.Fatal(err)
		}
		o.client.Jar = jar
		j := depart(p, p.Visitor, "/app/login/org/"+p.Home.Subdomain+"/start")
		r := j.arrive(p.Home, o.walk(j.question, row.account, row.refuse))
		cookie := r.Cookie(testkit.SessionCookie)
		if r.Status != row.status || (cookie != nil) != (row.status == 303) {
			t.Fatalf("%s: %d\n%s", row.says, r.Status, r.Text())
		}
		if cookie == nil {
			continue
		}
		member := p.Member.WithToken(cookie.Value)
		if !in(p, member) {
			t.Error("the member is not in")
		}
		// The provider knows the browser, and asks again all the same.
		again := depart(p, member, "/app/me/confirm/provider")
		if r := again.arrive(p.Home, o.walk(again.question, row.account, false)); r.Status != 303 || r.Cookie(testkit.SessionCookie) == nil {
			t.Errorf("proving again: %d\n%s", r.Status, r.Text())
		}
	}
}

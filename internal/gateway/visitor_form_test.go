package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/page"
	"github.com/dramac-main/dramac-cms/testkit"
)

const sign = "/api/modules/guestbook/entry/sign"

func signed(name, message string) url.Values {
	return url.Values{"name": {name}, "message": {message}}
}

// entries counts what the guestbook of Home holds.
func entries(p *testkit.Platform) int {
	p.Helper()
	return len(p.Do(p.SiteKey, http.MethodGet, testkit.API("guestbook.entry"), nil).Rows())
}

func TestAVisitorSignsTheGuestbook(t *testing.T) {
	p := testkit.NewPlatform(t)
	before := entries(p)
	r := p.Do(p.Visitor, http.MethodPost, p.Home.URL(sign), signed("Marta", "It stood like a rock."))
	if r.Status != http.StatusSeeOther || r.Location() != "/?sent=guestbook.entry.sign" {
		t.Fatalf("%d %s", r.Status, r.Location())
	}
	thanks := p.Do(p.Visitor, http.MethodGet, p.Home.URL(r.Location()), nil)
	if thanks.Status != http.StatusOK || strings.Contains(thanks.Body, `action="`+sign+`"`) {
		t.Errorf("after sending the form is still there: %d", thanks.Status)
	}
	if !strings.Contains(thanks.Body, "It stood like a rock.") {
		t.Error("the entry is not on the page")
	}
	if entries(p) != before+1 {
		t.Errorf("%d entries, was %d", entries(p), before)
	}
	// Sent on one site, it is on that site alone.
	if sister := p.Do(p.Visitor, http.MethodGet, p.Sister.URL("/"), nil); strings.Contains(sister.Body, "It stood like a rock.") {
		t.Error("the entry is on another site")
	}
}

// TestFormsFromElsewhereAreRefused sends what browsers send for a form on
// another website, and for the site's own.
func TestFormsFromElsewhereAreRefused(t *testing.T) {
	p := testkit.NewPlatform(t)
	for _, row := range []struct {
		says    string
		headers []testkit.Header
		status  int
	}{
		{"the site's own form", []testkit.Header{{Name: "Sec-Fetch-Site", Value: "same-origin"}, {Name: "Origin", Value: p.Home.URL("")}}, 303},
		{"an old browser's own form", []testkit.Header{{Name: "Origin", Value: p.Home.URL("")}}, 303},
		{"no browser", nil, 303},
		{"another website", []testkit.Header{{Name: "Sec-Fetch-Site", Value: "cross-site"}, {Name: "Origin", Value: "https://evil.example"}}, 403},
		{"another website, without its name", []testkit.Header{{Name: "Sec-Fetch-Site", Value: "cross-site"}}, 403},
		{"another site of the platform", []testkit.Header{{Name: "Sec-Fetch-Site", Value: "same-site"}, {Name: "Origin", Value: p.Sister.URL("")}}, 403},
		{"an old browser on another website", []testkit.Header{{Name: "Origin", Value: "https://evil.example"}}, 403},
		{"an old browser on another site", []testkit.Header{{Name: "Origin", Value: p.Foreign.URL("")}}, 403},
		{"an origin that is hidden", []testkit.Header{{Name: "Origin", Value: "null"}}, 403},
	} {
		before := entries(p)
		r := p.Do(p.Visitor, http.MethodPost, p.Home.URL(sign), signed("x", "y"), row.headers...)
		stored := entries(p) - before
		if r.Status != row.status || stored != 0 && row.status != 303 || stored != 1 && row.status == 303 {
			t.Errorf("%s: %d, stored %d", row.says, r.Status, stored)
		}
	}
	// The app's forms too, with the cookie that a browser would send along.
	before := p.State()
	for _, to := range []string{p.Home.App("/equipment-rental/item"), p.Home.App("/modules/guestbook/disable"), "/app/logout", "/app/login", testkit.API(items)} {
		for _, h := range []testkit.Header{{Name: "Sec-Fetch-Site", Value: "cross-site"}, {Name: "Sec-Fetch-Site", Value: "same-site"}, {Name: "Origin", Value: p.Home.URL("")}} {
			if r := p.Do(p.Owner, http.MethodPost, to, url.Values{"name": {"x"}}, h, p.Home.On()); r.Status != http.StatusForbidden {
				t.Errorf("%s with %v: %d", to, h, r.Status)
			}
		}
	}
	if changed := p.State().Changed(before); changed != "" {
		t.Errorf("something was written: %s", changed)
	}
}

func TestTheSixthInAnHourIsTooMuch(t *testing.T) {
	p := testkit.NewPlatform(t)
	from := testkit.From("192.0.2.7")
	for i := range 5 {
		if r := p.Do(p.Visitor, http.MethodPost, p.Home.URL(sign), signed("x", "y"), from); r.Status != http.StatusSeeOther {
			t.Fatalf("number %d: %d", i+1, r.Status)
		}
	}
	before := p.State()
	form := p.Do(p.Visitor, http.MethodPost, p.Home.URL(sign), signed("x", "y"), from)
	program := p.Do(p.Visitor, http.MethodPost, p.Home.URL(sign), testkit.JSON(`{"name":"x","message":"y"}`), from)
	for _, r := range []testkit.Response{form, program} {
		if r.Status != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" {
			t.Errorf("%d, Retry-After %q", r.Status, r.Header.Get("Retry-After"))
		}
	}
	if changed := p.State().Changed(before); changed != "" {
		t.Errorf("something was written: %s", changed)
	}
	for says, r := range map[string]testkit.Response{
		"another address": p.Do(p.Visitor, http.MethodPost, p.Home.URL(sign), signed("x", "y"), testkit.From("192.0.2.8")),
		"another site":    p.Do(p.Visitor, http.MethodPost, p.Sister.URL(sign), signed("x", "y"), from),
		"another form": p.Do(p.Visitor, http.MethodPost, p.Home.URL("/api/modules/equipment-rental/inquiry/ask"),
			url.Values{"name": {"x"}, "email": {"x@example.com"}, "message": {"y"}}, from),
	} {
		if r.Status != http.StatusSeeOther {
			t.Errorf("%s is limited too: %d", says, r.Status)
		}
	}
	// Nobody gets a fresh limit by naming another address.
	for _, h := range []testkit.Header{{Name: "X-Forwarded-For", Value: "198.51.100.1"}, {Name: "X-Real-Ip", Value: "198.51.100.1"}, {Name: "True-Client-Ip", Value: "198.51.100.1"}} {
		if r := p.Do(p.Visitor, http.MethodPost, p.Home.URL(sign), signed("x", "y"), from, h); r.Status != http.StatusTooManyRequests {
			t.Errorf("%s gets around the limit: %d", h.Name, r.Status)
		}
	}
}

func TestARobotIsThankedAndForgotten(t *testing.T) {
	p := testkit.NewPlatform(t)
	before := p.State()
	form := signed("Robot", "Buy now")
	form.Set(page.Honeypot, "https://spam.example")
	r := p.Do(p.Visitor, http.MethodPost, p.Home.URL(sign), form)
	if r.Status != http.StatusSeeOther || r.Location() != "/?sent=guestbook.entry.sign" {
		t.Errorf("%d %s", r.Status, r.Location())
	}
	if changed := p.State().Changed(before); changed != "" {
		t.Errorf("something was written: %s", changed)
	}
}

// TestWhatIsRefusedComesBackInert sends what breaks out of HTML and is too long
// to be taken, so that the page shows it again.
func TestWhatIsRefusedComesBackInert(t *testing.T) {
	p := testkit.NewPlatform(t)
	before := p.State()
	for _, text := range []string{
		`"><script>alert(1)</script>`, `' onfocus='alert(1)' autofocus='`, `</textarea><script>alert(1)</script>`, `<img src=x onerror=alert(1)>`,
		`{{ .properties.heading }}`, `javascript:alert(1)`, "\u2028</title><svg onload=alert(1)>",
	} {
		long := text + strings.Repeat("x", 100)
		r := p.Do(p.Visitor, http.MethodPost, p.Home.URL(sign), signed(long, text))
		if r.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", text, r.Status)
		}
		for _, live := range []string{"<script", "<svg onload", "<img src=x", `' onfocus`, `" onfocus`} {
			if strings.Contains(strings.ToLower(r.Body), live) {
				t.Errorf("%s: the page has %s", text, live)
			}
		}
		if !strings.Contains(r.Body, strings.Repeat("x", 100)) {
			t.Errorf("%s: what was typed is gone", text)
		}
		strict(t, "the page of a refused form", r)
	}
	if changed := p.State().Changed(before); changed != "" {
		t.Errorf("something was written: %s", changed)
	}
}

// TestWhatVisitorsWroteIsInert stores what breaks out of HTML and looks at every
// page that shows it.
func TestWhatVisitorsWroteIsInert(t *testing.T) {
	p := testkit.NewPlatform(t)
	attack := `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	if r := p.Do(p.Visitor, http.MethodPost, p.Home.URL(sign), signed(attack, attack)); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	id, _ := p.Do(p.SiteKey, http.MethodGet, testkit.API("guestbook.entry")+"?name=like.*script*", nil).Rows()[0]["id"].(string)
	for _, row := range []struct {
		actor testkit.Actor
		to    string
	}{
		{p.Visitor, p.Home.URL("/")},
		{p.Owner, p.Home.App("/guestbook/entry")},
		{p.Owner, p.Home.App("/guestbook/entry?q=" + url.QueryEscape(attack))},
		{p.Owner, p.Home.App("/guestbook/entry/" + id)},
		{p.Visitor, "/app/login?next=" + url.QueryEscape("/app/"+attack)},
		{p.Visitor, p.Home.URL("/" + url.PathEscape(attack))},
	} {
		r := p.Do(row.actor, http.MethodGet, row.to, nil)
		if strings.Contains(r.Body, "<script>") || strings.Contains(r.Body, "<img src=x") {
			t.Errorf("%s carries it alive", row.to)
		}
		strict(t, row.to, r)
	}
}

// strict wants a policy that lets no inline script and nobody's frame in.
func strict(t *testing.T, says string, r testkit.Response) {
	t.Helper()
	csp := r.Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"} {
		if !strings.Contains(csp, part) {
			t.Errorf("%s: the policy lacks %s: %q", says, part, csp)
		}
	}
	if strings.Contains(csp, "unsafe-") || strings.Contains(csp, "*") {
		t.Errorf("%s: the policy is %q", says, csp)
	}
	if r.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s: the type may be guessed", says)
	}
}

// TestEveryPageIsStrict looks at each page of the surface as somebody who gets
// it and as somebody who does not.
func TestEveryPageIsStrict(t *testing.T) {
	p := testkit.NewPlatform(t)
	pages := 0
	for _, e := range p.Server.Surface() {
		for _, a := range []testkit.Actor{p.Owner, p.Viewer, p.ForeignOwner, p.Visitor, p.ExpiredSession} {
			for _, on := range []*testkit.Site{nil, p.Home} {
				if on == nil && !e.OnPlatform() || on != nil && !e.OnSite() {
					continue
				}
				q := request(p, e, on, targets(p, e, on)[0], false)
				q.Headers = append(q.Headers, testkit.Header{Name: "Cookie", Value: "dramac_flash=flash.record.deleted%7C%2Fapp%2Felsewhere%7Cx"})
				r := p.Send(a, q)
				if strings.Contains(r.Body, "/app/elsewhere") {
					t.Errorf("%s %s %s: a planted cookie chooses what undo does", a.Name, e.Method, e.Pattern)
				}
				if strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
					pages++
					strict(t, a.Name+" "+e.Method+" "+e.Pattern, r)
				}
				for _, c := range (&http.Response{Header: r.Header}).Cookies() {
					if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Domain != "" {
						t.Errorf("%s %s %s sets the cookie %s", a.Name, e.Method, e.Pattern, c.Raw)
					}
				}
				if e.Pattern != "/_assets/{file}" && strings.Contains(r.Header.Get("Cache-Control"), "public") {
					t.Errorf("%s %s may be kept by proxies", e.Method, e.Pattern)
				}
			}
		}
		if e.Pattern == "/app/logout" {
			p.OpenSession(p.Owner)
		}
	}
	if pages < 20 {
		t.Errorf("only %d pages were seen", pages)
	}
}

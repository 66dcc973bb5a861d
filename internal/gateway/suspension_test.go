package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

// TestSuspending takes an agency out of service and puts it back: at once, in a
// second process too, for everybody of it and nobody else.
func TestSuspending(t *testing.T) {
	p := testkit.NewPlatform(t)
	twin := p.Twin()
	here := "/app/platform/agencies/" + p.Home.Agency.String()
	items := "/api/modules/equipment-rental/item"
	// Both processes remember everybody.
	for _, one := range []*testkit.Platform{p, twin} {
		for _, a := range []testkit.Actor{p.Owner, p.Viewer, p.ClientMember, p.SiteKey, p.ForeignOwner} {
			one.Do(a, "GET", items, nil, p.Home.On())
		}
		one.Do(p.Visitor, "GET", p.Home.URL("/"), nil)
	}
	if r := p.Do(p.PlatformAdmin, "POST", here+"/suspend", url.Values{"reason": {"The bill of October is not paid."}}); r.Status != http.StatusSeeOther {
		t.Fatalf("suspend: %d %s", r.Status, r.Body)
	}
	for _, one := range []*testkit.Platform{twin, p} {
		for _, c := range []struct {
			says   string
			as     testkit.Actor
			to     string
			status int
			want   string
		}{
			{"the owner's API", p.Owner, items, 403, `"code":"agency_suspended"`},
			{"the owner is told why", p.Owner, items, 403, `October`},
			{"a viewer is not", p.Viewer, items, 403, `Its owners know`},
			{"a client's member", p.ClientMember, items, 403, `"code":"agency_suspended"`},
			{"a key", p.SiteKey, items, 403, `"code":"agency_suspended"`},
			{"a key that publishes", p.SiteKey, "/api/v1/modules", 403, `"code":"agency_suspended"`},
			{"a page of the agency", p.Owner, "/app/agency/clients", 403, `is suspended`},
			{"the start page tells why", p.Owner, "/app", 200, `October`},
			{"the start page of a viewer", p.Viewer, "/app", 200, `Its owners know`},
			{"one's own account", p.Owner, "/app/me", 200, ``},
			{"the site's page", p.Visitor, p.Home.URL("/"), 503, `not available at the moment`},
			{"the site's API", p.Visitor, p.Home.URL(items), 503, `"code":"agency_suspended"`},
			{"another agency's site", p.Visitor, p.Foreign.URL("/"), 200, ``},
			{"another agency's owner", p.ForeignOwner, "/app/" + p.Foreign.ID.String(), 200, ``},
			{"somebody else sees nothing of it", p.ForeignOwner, "/app/" + p.Home.ID.String(), 404, ``},
		} {
			r := one.Do(c.as, "GET", c.to, nil, headersFor(p, c.as, c.to)...)
			if r.Status != c.status || !strings.Contains(r.Body, c.want) {
				t.Errorf("%s: %d, want %d with %q\n%.600s", c.says, r.Status, c.status, c.want, r.Body)
			}
			if c.status == 503 && r.Header.Get("Retry-After") != "3600" {
				t.Errorf("%s: when to come again is %q", c.says, r.Header.Get("Retry-After"))
			}
		}
	}
	if m, _ := p.Letter(p.Owner.Email, "agency_suspended"); !strings.Contains(m.Text, "October") {
		t.Errorf("the owner is written %q", m.Subject)
	}
	if r := p.Do(p.PlatformAdmin, "POST", here+"/suspend", url.Values{"reason": {"Again"}}); r.Status != http.StatusConflict {
		t.Errorf("twice: %d", r.Status)
	}
	list := p.Do(p.PlatformAdmin, "GET", "/app/platform/agencies?state=suspended&q="+url.QueryEscape(p.Owner.Email), nil).Body
	if !strings.Contains(list, p.Home.AgencyName) || strings.Contains(list, p.Foreign.AgencyName) {
		t.Error("the suspended agency is not found by the address of one of its people")
	}

	p.Change(`delete from platform.authenticator where account_id = $1`, p.PlatformAdmin.ID)
	if r := p.Do(p.PlatformAdmin, "POST", here+"/resume", nil); r.Status != http.StatusForbidden || !strings.Contains(r.Body, "second factor") {
		t.Errorf("without a second factor: %d", r.Status)
	}
	p.Change(`insert into platform.authenticator (account_id, secret, created_at, active_at) values ($1, 'none', now(), now())`, p.PlatformAdmin.ID)
	if r := p.Do(p.PlatformAdmin, "POST", here+"/resume", nil); r.Status != http.StatusSeeOther {
		t.Fatalf("resume: %d %s", r.Status, r.Body)
	}
	for _, one := range []*testkit.Platform{twin, p} {
		if r := one.Do(p.SiteKey, "GET", items, nil); r.Status != 200 {
			t.Errorf("the key after it: %d", r.Status)
		}
		if r := one.Do(p.Visitor, "GET", p.Home.URL("/"), nil); r.Status != 200 {
			t.Errorf("the site after it: %d", r.Status)
		}
	}
	p.Change(`update platform.administrator set revoked_at = now() where account_id = $1`, p.PlatformAdmin.ID)
	if r := twin.Do(p.PlatformAdmin, "GET", "/app/platform/agencies", nil); r.Status != http.StatusForbidden {
		t.Errorf("who does not administer any more: %d", r.Status)
	}
}

// headersFor names the site of a request to the data API on the platform's host.
func headersFor(p *testkit.Platform, as testkit.Actor, to string) []testkit.Header {
	if strings.HasPrefix(to, "/api/modules/") && !as.IsProgram() {
		return []testkit.Header{p.Home.On()}
	}
	return nil
}

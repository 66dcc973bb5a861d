package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/gateway"
	"github.com/dramac-main/dramac-cms/testkit"
)

// TestActingAsSomebody lets an administrator of the platform act as a member:
// with what that one has and nothing else, under both names, and not for long.
func TestActingAsSomebody(t *testing.T) {
	p := testkit.NewPlatform(t)
	now := p.Now()
	p.Now = func() time.Time { return now }
	admin := p.PlatformAdmin
	member := func(a testkit.Actor) (id string) {
		t.Helper()
		if err := p.DB.Pool().QueryRow(t.Context(), `select id from platform.member where account_id = $1`, a.ID).Scan(&id); err != nil {
			t.Fatal(err)
		}
		return id
	}
	door := "/app/platform/agencies/" + p.Home.Agency.String() + "/impersonate?member="
	begin := func(as testkit.Actor, reason string) testkit.Response {
		t.Helper()
		return p.Do(admin, "POST", door+member(as), url.Values{"reason": {reason}})
	}
	if r := begin(p.Admin, " "); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", r.Status)
	}
	if r := begin(p.ForeignOwner, "x"); r.Status != http.StatusNotFound {
		t.Errorf("a member of another agency than the page's: %d", r.Status)
	}
	if form := p.Do(admin, "GET", door+member(p.Admin), nil).Body; !strings.Contains(form, "30 minutes") {
		t.Error("the form does not tell for how long")
	}
	// Somebody is in two agencies, and is met in one of them.
	p.Change(`insert into platform.member (id, agency_id, account_id, role) values ($1, $2, $3, 'owner')`, testkit.NewID(), p.Foreign.Agency, p.Member.ID)
	if r := p.Do(admin, "GET", "/app/"+p.Home.ID.String(), nil); r.Status != http.StatusNotFound {
		t.Errorf("an administrator reaches a site: %d", r.Status)
	}
	p.Change(`insert into platform.administrator (account_id, granted_at) values ($1, now())`, p.Viewer.ID)
	if r := begin(p.Viewer, "x"); r.Status != http.StatusConflict {
		t.Errorf("as another administrator: %d", r.Status)
	}
	if r := p.Do(admin, "POST", "/app/platform/agencies/"+p.Home.Agency.String()+"/impersonate?member="+member(p.Admin), url.Values{"reason": {"Ticket 7"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("begin: %d %s", r.Status, r.Body)
	}

	for _, one := range []*testkit.Platform{p, p.Twin()} {
		for _, c := range []struct {
			says, method, to string
			body             any
			status           int
			want             string
		}{
			{"the start page", "GET", "/app", nil, 200, "acts as admin"},
			{"a site of the agency", "GET", "/app/" + p.Home.ID.String(), nil, 200, "acts as admin"},
			{"a site of another one", "GET", "/app/" + p.Foreign.ID.String(), nil, 404, "acts as admin"},
			{"the platform's pages", "GET", "/app/platform/agencies", nil, 403, "acts as admin"},
			{"acting as a third one", "POST", door + member(p.Owner), url.Values{"reason": {"x"}}, 403, ""},
			{"the account", "GET", "/app/me", nil, 403, "act as somebody else"},
			{"the password", "POST", "/app/me/password", url.Values{"password": {"something else entirely"}}, 403, ""},
			{"the second factor", "POST", "/app/me/factor", url.Values{"do": {"remove"}}, 403, ""},
			{"an invitation", "POST", "/app/invitation", url.Values{"token": {"x"}}, 403, ""},
		} {
			if r := one.Do(admin, c.method, c.to, c.body); r.Status != c.status || !strings.Contains(r.Body, c.want) {
				t.Errorf("%s: %d, want %d with %q\n%.400s", c.says, r.Status, c.status, c.want, r.Body)
			}
		}
	}
	r := p.Do(admin, "POST", "/api/modules/guestbook/entry", testkit.JSON(`{"name":"Under both names","message":"x"}`), p.Home.On())
	if r.Status != http.StatusCreated {
		t.Fatalf("create: %d %s", r.Status, r.Body)
	}
	var by, as string
	err := p.DB.Pool().QueryRow(t.Context(), `select impersonator, actor from platform.changes where site_id = $1 and record = $2`, p.Home.ID, r.Object()["id"]).Scan(&by, &as)
	if err != nil || by != admin.ID.String() || as != p.Admin.ID.String() {
		t.Errorf("the change log has %s as %s: %v", by, as, err)
	}
	if r := p.Do(admin, "POST", "/app/agency/clients", url.Values{"name": {"Made under both names"}}); r.Status != http.StatusSeeOther {
		t.Errorf("a client: %d", r.Status)
	}
	written := func(action string) (n int) {
		t.Helper()
		err := p.DB.Pool().QueryRow(t.Context(), `select count(*) from platform.audit where agency_id = $1 and action = $2 and actor_id = $3 and impersonator_id = $4`,
			p.Home.Agency, action, p.Admin.ID, admin.ID).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if written("impersonation.begun") != 1 || written("client.created") != 1 || written("impersonation.ended") != 0 {
		t.Error("the audit log does not name both")
	}
	if r := p.Do(admin, "POST", "/app/impersonation/stop", nil); r.Status != http.StatusSeeOther || written("impersonation.ended") != 1 {
		t.Errorf("stop: %d, %d entries", r.Status, written("impersonation.ended"))
	}
	if r := p.Do(admin, "GET", "/app/platform/agencies", nil); r.Status != http.StatusOK || strings.Contains(r.Body, "acts as") {
		t.Errorf("afterwards: %d", r.Status)
	}

	// Time ends it, and whoever is a member no more.
	begin(p.Member, "Ticket 8")
	if r := p.Do(admin, "GET", "/app/"+p.Foreign.ID.String(), nil); r.Status != http.StatusNotFound {
		t.Errorf("the member's other agency: %d", r.Status)
	}
	now = now.Add(access.ImpersonationLife)
	if r := p.Do(admin, "GET", "/app", nil); strings.Contains(r.Body, "acts as") {
		t.Error("it goes on after its time")
	}
	if n, err := gateway.EndOverdueImpersonations(t.Context(), p.DB, now); err != nil || n < 1 {
		t.Errorf("%d ended: %v", n, err)
	}
	now = now.Add(-access.ImpersonationLife)
	begin(p.Member, "Ticket 9")
	p.Change(`delete from platform.member where account_id = $1 and agency_id = $2`, p.Member.ID, p.Home.Agency)
	if r := p.Do(admin, "GET", "/app", nil); strings.Contains(r.Body, "acts as") {
		t.Error("it goes on after the member has left")
	}
}

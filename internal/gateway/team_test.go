package gateway_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/testkit"
)

// member is the id of the actor's membership in an agency.
func member(t *testing.T, p *testkit.Platform, a testkit.Actor) string {
	t.Helper()
	var id uuid.UUID
	if err := p.DB.Pool().QueryRow(t.Context(), `select id from platform.member where account_id = $1`, a.ID).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id.String()
}

// TestWhoMayDoWhatInAnAgency gives roles, takes them, and tries to give more than
// one has. What changes holds at once, in another process too.
func TestWhoMayDoWhatInAnAgency(t *testing.T) {
	p := testkit.NewPlatform(t)
	twin := p.Twin()
	send := func(as testkit.Actor, status int, method, to, body string) testkit.Response {
		t.Helper()
		var sent any
		if body != "" {
			sent = testkit.JSON(body)
		}
		r := p.Do(as, method, to, sent)
		if r.Status != status {
			t.Fatalf("%s: %s %s %s: %d %s, want %d", as.Name, method, to, body, r.Status, r.Body, status)
		}
		return r
	}
	sees := func(as testkit.Actor, to string, status int) {
		t.Helper()
		if r := twin.Do(as, "GET", to, nil, p.Home.On()); r.Status != status {
			t.Errorf("%s: GET %s: %d, want %d", as.Name, to, r.Status, status)
		}
	}
	of := func(a testkit.Actor) string { return "/api/v1/members/" + member(t, p, a) }
	items, notes := "/api/modules/"+testkit.Rental+"/item", "/api/modules/"+p.Home.Secret+"/note"

	// A role of the agency's own, with a part of one module.
	send(p.Owner, 422, "POST", "/api/v1/roles", `{"name":"Odd","permissions":["platform.everything"]}`)
	send(p.Owner, 422, "POST", "/api/v1/roles", `{"name":"Odd","permissions":["Not A Key"]}`)
	role := send(p.Owner, 201, "POST", "/api/v1/roles", `{"name":"Reader","permissions":["platform.site.read","platform.site.use","equipment-rental.item.read"]}`).Object()["id"].(string)
	send(p.Owner, 422, "POST", "/api/v1/roles", `{"name":"READER","permissions":[]}`)
	sees(p.Member, items, 200)
	send(p.Admin, 200, "PATCH", of(p.Member), `{"role_id":"`+role+`"}`)
	sees(p.Member, items, 200)
	sees(p.Member, "/api/modules/"+testkit.Rental+"/customer", 403)
	sees(p.Member, "/app/agency/team", 403)
	send(p.Owner, 200, "PATCH", "/api/v1/roles/"+role, `{"permissions":["platform.site.read","platform.site.use"]}`)
	sees(p.Member, items, 403)
	send(p.Owner, 409, "DELETE", "/api/v1/roles/"+role, "")

	// Additions and exceptions of one member; what is denied wins.
	send(p.Owner, 200, "PATCH", of(p.Member), `{"role":"member","allow":["platform.activity.read"],"deny":["equipment-rental.item.read"]}`)
	sees(p.Member, p.Home.App("/activity"), 200)
	sees(p.Member, items, 403)
	send(p.Owner, 200, "PATCH", of(p.Member), `{"deny":["platform.activity.read"]}`)
	sees(p.Member, p.Home.App("/activity"), 403)
	sees(p.Member, items, 200)

	// Limited to sites, the rest is not there.
	send(p.Owner, 422, "PATCH", of(p.Member), `{"limited":true,"sites":["`+p.Foreign.ID.String()+`"]}`)
	send(p.Owner, 422, "PATCH", of(p.Admin), `{"limited":true,"sites":["`+p.Home.ID.String()+`"]}`)
	send(p.Owner, 200, "PATCH", of(p.Member), `{"limited":true,"sites":["`+p.Home.ID.String()+`"]}`)
	sees(p.Member, p.Home.App(""), 200)
	sees(p.Member, p.Sister.App(""), 404)
	sees(p.Member, "/app/agency/clients", 403)

	nobodyGivesWhatTheyLack(t, p, send, of)
	anAgencyKeepsAnOwner(t, p)

	if r := p.Do(p.Owner, "GET", "/app/agency/matrix", nil); r.Status != http.StatusOK || !strings.Contains(r.Body, "Not allowed") || strings.Contains(r.Body, p.ForeignOwner.Email) {
		t.Errorf("the matrix does not say why: %d", r.Status)
	}
	sees(p.Owner, notes, 200)
}

// TestWhatAClientsPeopleMayDo holds the rules of a client against the roles of its
// people and what is denied to one of them. A rule of one site holds there in
// the place of the client's.
func TestWhatAClientsPeopleMayDo(t *testing.T) {
	p := testkit.NewPlatform(t)
	twin := p.Twin()
	rules := "/api/v1/clients/" + p.Home.Client.String() + "/rules"
	set := func(as testkit.Actor, site, allow, deny string, status int) {
		t.Helper()
		if site != "" {
			site = fmt.Sprintf(`"site":%q,`, site)
		}
		r := p.Do(as, "PUT", rules, testkit.JSON(fmt.Sprintf(`{%s"allow":[%s],"deny":[%s]}`, site, allow, deny)))
		if r.Status != status {
			t.Fatalf("%s: %s %s %s: %d %s, want %d", as.Name, site, allow, deny, r.Status, r.Body, status)
		}
	}
	items, manage := `"equipment-rental.*"`, `"platform.site.manage"`
	home, sister := p.Home.ID.String(), p.Sister.ID.String()
	type rule struct{ allow, deny string }
	for _, c := range []struct {
		name                      string
		client, home, sister      rule
		denied                    string // to the member
		reads, readsSister        bool   // items of the sites
		manages, managesSister    bool
		ownerReads, ownerOverview bool // the owner of the sister site: her role reads items and the sister's activity
	}{
		{name: "roles alone", reads: true, readsSister: true, ownerReads: true, ownerOverview: true},
		{name: "orders for the client, not on one site", home: rule{deny: items}, readsSister: true, ownerReads: true, ownerOverview: true},
		{name: "denied to one person", denied: items, ownerReads: true, ownerOverview: true},
		{name: "denied to the client, allowed on one site", client: rule{deny: items}, sister: rule{allow: items}, readsSister: true, ownerReads: true, ownerOverview: true},
		{name: "a person's denial beats the site's rule", client: rule{deny: items}, sister: rule{allow: items}, denied: items, ownerReads: true, ownerOverview: true},
		{name: "a narrower rule of a site", client: rule{deny: `"equipment-rental.item.read"`}, sister: rule{allow: items}, readsSister: true, ownerReads: true, ownerOverview: true},
		{name: "publishing has no rule of the client, only the site's", home: rule{allow: manage}, reads: true, readsSister: true, manages: true, ownerReads: true, ownerOverview: true},
		{name: "allowed to the client, not on one site", client: rule{allow: manage}, home: rule{deny: manage}, reads: true, readsSister: true, managesSister: true, ownerReads: true, ownerOverview: true},
		{name: "people of a site are the client's", client: rule{deny: `"equipment-rental.item.read","platform.activity.read"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			set(p.Owner, "", c.client.allow, c.client.deny, 200)
			set(p.Owner, home, c.home.allow, c.home.deny, 200)
			set(p.Owner, sister, c.sister.allow, c.sister.deny, 200)
			if r := p.Do(p.Owner, "PATCH", "/api/v1/members/"+member(t, p, p.ClientMember), testkit.JSON(`{"deny":[`+c.denied+`]}`)); r.Status != 200 {
				t.Fatal(r.Status, r.Body)
			}
			may := func(as testkit.Actor, to string, want bool, headers ...testkit.Header) {
				t.Helper()
				if r := twin.Do(as, "GET", to, nil, headers...); (r.Status == 200) != want || r.Status >= 500 {
					t.Errorf("%s: GET %s: %d, want %v", as.Name, to, r.Status, want)
				}
			}
			list := "/api/modules/" + testkit.Rental + "/item"
			may(p.ClientMember, list, c.reads, p.Home.On())
			may(p.ClientMember, list, c.readsSister, p.Sister.On())
			may(p.ClientMember, "/app/"+home+"/settings", c.manages)
			may(p.ClientMember, "/app/"+sister+"/settings", c.managesSister)
			may(p.OtherSiteMember, list, c.ownerReads, p.Sister.On())
			may(p.OtherSiteMember, "/app/"+sister+"/activity", c.ownerOverview)
			may(p.Member, list, true, p.Home.On()) // the agency's own people are not meant
		})
	}

	// What a rule gives, its giver has; and it is about the client's own sites.
	set(p.Owner, "", "", "", 200)
	set(p.Owner, p.Other.ID.String(), manage, "", 422)
	set(p.Owner, "", `"platform.agency.manage"`, "", 422)
	set(p.Owner, "", `"Not A Key"`, "", 422)
	set(p.Member, "", manage, "", 403)
	set(p.ClientMember, "", manage, "", 403)
	set(p.ForeignOwner, "", manage, "", 404)
	if r := p.Do(p.Owner, "PATCH", "/api/v1/members/"+member(t, p, p.Viewer), testkit.JSON(`{"allow":["platform.member.manage"]}`)); r.Status != 200 {
		t.Fatal(r.Status, r.Body)
	}
	set(p.Viewer, "", manage, "", 403) // has it not
	set(p.Viewer, "", "", items, 200)
	set(p.Viewer, "", "", "", 403) // nor what would be given back

	// A site that is given away leaves its rule behind.
	set(p.Owner, sister, manage, "", 200)
	if r := p.Do(p.Owner, "POST", "/api/v1/sites/"+sister+"/transfer", testkit.JSON(`{"client":"`+p.Other.Client.String()+`"}`)); r.Status != 200 {
		t.Fatal(r.Status, r.Body)
	}
	if r := p.Do(p.Owner, "GET", rules, nil); strings.Contains(r.Text(), sister) {
		t.Errorf("the rule stays: %s", r.Text())
	}

	// On the screen, with what is refused beside what was ticked.
	page := "/app/agency/clients/" + p.Home.Client.String() + "/rules"
	if r := p.Do(p.Viewer, "POST", page, url.Values{"allow": {"platform.site.manage"}, "allow_modules": {"equipment-rental.item.read"}}); r.Status != 403 || !strings.Contains(r.Text(), "equipment-rental.item.read") {
		t.Errorf("refused: %d", r.Status)
	}
	if r := p.Do(p.Owner, "POST", page+"?site="+home, url.Values{"deny": {"platform.activity.read"}}); r.Status != 303 {
		t.Errorf("kept: %d", r.Status)
	}
	if r := p.Do(p.Owner, "GET", "/app/agency/clients/"+p.Home.Client.String(), nil); !strings.Contains(r.Text(), "rules?site="+home) {
		t.Error("the client's page does not lead to its rules")
	}
}

func nobodyGivesWhatTheyLack(t *testing.T, p *testkit.Platform, send func(testkit.Actor, int, string, string, string) testkit.Response, of func(testkit.Actor) string) {
	t.Helper()
	beyond := func(as testkit.Actor, method, to, body string) {
		t.Helper()
		if r := send(as, 403, method, to, body); r.Code() != "beyond_own" {
			t.Errorf("%s: %s %s %s: %s", as.Name, method, to, body, r.Code())
		}
	}
	beyond(p.Admin, "PATCH", of(p.Viewer), `{"role":"owner"}`)
	beyond(p.Admin, "PATCH", of(p.Admin), `{"role":"owner"}`)
	beyond(p.Admin, "PATCH", of(p.Admin), `{"allow":["platform.role.manage"]}`)
	beyond(p.Admin, "PATCH", of(p.Owner), `{"role":"viewer"}`)
	beyond(p.Admin, "DELETE", of(p.Owner), "")
	send(p.Admin, 403, "POST", "/api/v1/roles", `{"name":"Mine","permissions":[]}`)

	// Somebody with a role of the agency's own who leads the team.
	lead := send(p.Owner, 201, "POST", "/api/v1/roles",
		`{"name":"Lead","permissions":["platform.member.read","platform.member.manage","platform.role.manage","platform.site.read","platform.site.use","equipment-rental.item.*","guestbook.*"]}`).Object()["id"].(string)
	who := p.NewPerson("lead", access.Member{Agency: p.Home.Agency, Role: access.Viewer})
	send(p.Owner, 200, "PATCH", of(who), `{"role_id":"`+lead+`"}`)
	other := p.NewPerson("led", access.Member{Agency: p.Home.Agency, Role: access.Viewer})
	send(p.Owner, 200, "PATCH", of(other), `{"role_id":"`+lead+`"}`)
	for _, want := range []struct {
		permissions string
		status      int
	}{
		{`"equipment-rental.item.read"`, 201},
		{`"equipment-rental.item.read:offered"`, 201},
		{`"guestbook.entry.delete","guestbook:editor"`, 201},
		{`"equipment-rental.*"`, 403},
		{`"equipment-rental.customer.read"`, 403},
		{`"equipment-rental.*.read"`, 403},
		{`"platform.agency.manage"`, 403},
		{`"guestbooks.*"`, 403},
	} {
		send(who, want.status, "POST", "/api/v1/roles", fmt.Sprintf(`{"name":"R %s","permissions":[%s]}`, testkit.NewID(), want.permissions))
	}
	beyond(who, "PATCH", of(p.Viewer), `{"role_id":"`+lead+`"}`) // a viewer has what modules give viewers
	beyond(who, "PATCH", of(other), `{"role":"member"}`)
	beyond(who, "PATCH", of(other), `{"allow":["equipment-rental.customer.read"]}`)
	send(who, 200, "PATCH", of(other), `{"allow":["equipment-rental.item.read"]}`)
	// What is denied to somebody is not theirs to give, nor to take back.
	send(p.Owner, 200, "PATCH", of(who), `{"deny":["guestbook.entry.read","platform.site.use"]}`)
	beyond(who, "PATCH", of(who), `{"deny":[]}`)
	beyond(who, "PATCH", of(other), `{"allow":["guestbook.entry.delete"]}`)
	send(p.Owner, 204, "DELETE", of(other), "")
	send(other, 403, "GET", "/api/v1/agency", "") // belongs nowhere any more
}

// anAgencyKeepsAnOwner lets two owners demote each other at once.
func anAgencyKeepsAnOwner(t *testing.T, p *testkit.Platform) {
	t.Helper()
	other := p.NewPerson("second owner of another agency", access.Member{Agency: p.Foreign.Agency, Role: access.Owner})
	mine, theirs := member(t, p, p.ForeignOwner), member(t, p, other)
	var answers [2]testkit.Response
	var both sync.WaitGroup
	both.Go(func() {
		answers[0] = p.Do(p.ForeignOwner, "PATCH", "/api/v1/members/"+theirs, testkit.JSON(`{"role":"viewer"}`))
	})
	both.Go(func() { answers[1] = p.Do(other, "DELETE", "/api/v1/members/"+mine, nil) })
	both.Wait()
	var owners int
	if err := p.DB.Pool().QueryRow(t.Context(), `select count(*) from platform.member where agency_id = $1 and role = 'owner'`, p.Foreign.Agency).Scan(&owners); err != nil {
		t.Fatal(err)
	}
	if owners != 1 {
		t.Errorf("%d owners are left: %d %s, %d %s", owners, answers[0].Status, answers[0].Body, answers[1].Status, answers[1].Body)
	}
	last, id := p.ForeignOwner, mine
	if answers[1].Status == http.StatusNoContent {
		last, id = other, theirs
	}
	for _, r := range []testkit.Response{
		p.Do(last, "DELETE", "/api/v1/members/"+id, nil),
		p.Do(last, "PATCH", "/api/v1/members/"+id, testkit.JSON(`{"role":"admin"}`)),
		p.Do(last, "PATCH", "/api/v1/members/"+id, testkit.JSON(`{"deny":["platform.member.manage"]}`)),
	} {
		if r.Status != http.StatusConflict || r.Code() != "last_owner" {
			t.Errorf("the last owner goes: %d %s", r.Status, r.Body)
		}
	}
	if r := p.Do(last, "POST", "/app/agency/team/"+id+"/remove", url.Values{}); r.Status != http.StatusConflict || !strings.Contains(r.Body, "at least one owner") {
		t.Errorf("the screen does not say so: %d", r.Status)
	}
}

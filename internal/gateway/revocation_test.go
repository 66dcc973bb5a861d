package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/testkit"
)

// probe is a request and what its status is while it may be made.
type probe struct {
	actor  testkit.Actor
	method string
	url    string
	body   any
	header testkit.Header
	status int
}

func (q probe) send(p *testkit.Platform) testkit.Response {
	return p.Do(q.actor, q.method, q.url, q.body, q.header)
}

// TestWhatIsTakenAwayIsGoneAtTheNextRequest changes something through one
// process and asks another, which has just answered and remembers everything.
func TestWhatIsTakenAwayIsGoneAtTheNextRequest(t *testing.T) {
	off, on := false, true
	list := testkit.API(testkit.Guestbook + ".entry")
	rental := testkit.API(testkit.Rental + ".item")
	get := http.MethodGet
	here := testkit.NewPlatform(t)
	for _, row := range []struct {
		says string
		// asks are requests that are answered before, and with that status after.
		asks  func(p *testkit.Platform) []probe
		takes func(p *testkit.Platform)
		gives func(p *testkit.Platform) // back
	}{
		{
			"a module is disabled",
			func(p *testkit.Platform) []probe {
				return []probe{
					{p.SiteKey, get, list, nil, testkit.Header{}, 404},
					{p.SiteKey, http.MethodPost, list, testkit.JSON(`{}`), testkit.Header{}, 404},
					{p.Owner, get, list, nil, p.Home.On(), 404},
					{p.Owner, get, p.Home.App("/guestbook/entry"), nil, testkit.Header{}, 404},
					{p.Visitor, get, p.Home.URL(list), nil, testkit.Header{}, 401},
					{p.Visitor, get, p.Home.URL("/api/modules/guestbook/openapi.json"), nil, testkit.Header{}, 401},
					{p.Visitor, http.MethodPost, p.Home.URL(list + "/sign"), testkit.JSON(`{}`), testkit.Header{}, 401},
				}
			},
			func(p *testkit.Platform) { p.Update(p.Home, testkit.Guestbook, module.Change{Enabled: &off}) },
			func(p *testkit.Platform) { p.Update(p.Home, testkit.Guestbook, module.Change{Enabled: &on}) },
		},
		{
			"a module is uninstalled",
			func(p *testkit.Platform) []probe {
				return []probe{
					{p.SiteKey, get, list, nil, testkit.Header{}, 404},
					{p.Owner, get, p.Home.App("/guestbook/entry"), nil, testkit.Header{}, 404},
					{p.Owner, get, p.Home.App("/modules/guestbook"), nil, testkit.Header{}, 404},
				}
			},
			func(p *testkit.Platform) {
				if err := p.Modules.Uninstall(p.Context(), testkit.System, p.Home.Ref(), testkit.Guestbook); err != nil {
					p.Fatal(err)
				}
			},
			func(p *testkit.Platform) { p.Install(p.Home, testkit.Guestbook) },
		},
		{
			"a key is revoked",
			func(p *testkit.Platform) []probe {
				return []probe{
					{p.SiteKey, get, rental, nil, testkit.Header{}, 401},
					{p.SiteKey, get, rental + "?nonsense=eq.1", nil, testkit.Header{}, 401},
					{p.SiteKey, http.MethodPost, rental, testkit.JSON(`{}`), testkit.Header{}, 401},
					{p.SiteKey, http.MethodPatch, rental + "/" + p.Home.Records[items].String(), testkit.JSON(`{"nonsense":1}`), testkit.Header{}, 401},
					{p.SiteKey, get, "/api/v1/sites", nil, testkit.Header{}, 401},
					{p.SiteKey, get, "/api/modules/guestbook/openapi.json", nil, testkit.Header{}, 401},
				}
			},
			func(p *testkit.Platform) {
				p.Change(`update platform.api_key set revoked_at = now() where id = $1`, p.SiteKey.ID)
			},
			func(p *testkit.Platform) {
				p.Change(`update platform.api_key set revoked_at = null where id = $1`, p.SiteKey.ID)
			},
		},
		{
			"a key is granted less",
			func(p *testkit.Platform) []probe {
				return []probe{{p.SiteKey, http.MethodPost, rental, testkit.JSON(`{}`), testkit.Header{}, 403}}
			},
			func(p *testkit.Platform) {
				p.Change(`update platform.api_key set grants = '{equipment-rental.item.read}' where id = $1`, p.SiteKey.ID)
			},
			func(p *testkit.Platform) {
				p.Change(`update platform.api_key set grants = '{*}' where id = $1`, p.SiteKey.ID)
			},
		},
		{
			"somebody signs out",
			func(p *testkit.Platform) []probe {
				return []probe{
					{p.Owner, get, "/app", nil, testkit.Header{}, 303},
					{p.Owner, get, p.Home.App("/equipment-rental/item"), nil, testkit.Header{}, 303},
					{p.Owner, get, rental, nil, p.Home.On(), 401},
					{p.Owner, http.MethodPost, rental, testkit.JSON(`{}`), p.Home.On(), 401},
				}
			},
			func(p *testkit.Platform) {
				if r := p.Do(p.Owner, http.MethodPost, "/app/logout", url.Values{}); r.Status != http.StatusSeeOther {
					p.Fatalf("sign out: %d", r.Status)
				}
			},
			func(p *testkit.Platform) { p.OpenSession(p.Owner) },
		},
		{
			"a member is removed",
			func(p *testkit.Platform) []probe {
				return []probe{
					{p.Member, get, p.Home.App(""), nil, testkit.Header{}, 404},
					{p.Member, get, rental, nil, p.Home.On(), 404},
					{p.Member, http.MethodPatch, rental + "/" + p.Home.Records[items].String(), testkit.JSON(`{"nonsense":1}`), p.Home.On(), 404},
					{p.Member, get, "/app/modules", nil, testkit.Header{}, 403},
				}
			},
			func(p *testkit.Platform) { p.Change(`delete from platform.member where account_id = $1`, p.Member.ID) },
			func(p *testkit.Platform) {
				p.Change(`insert into platform.member (id, agency_id, account_id, role) values ($1, $2, $3, 'member')`,
					testkit.NewID(), p.Home.Agency, p.Member.ID)
			},
		},
		{
			"a member is narrowed to another client",
			func(p *testkit.Platform) []probe {
				return []probe{{p.Member, get, p.Home.App(""), nil, testkit.Header{}, 404}, {p.Member, get, rental, nil, p.Home.On(), 404}}
			},
			func(p *testkit.Platform) {
				p.Change(`update platform.member set client_id = $2 where account_id = $1`, p.Member.ID, p.Other.Client)
			},
			func(p *testkit.Platform) {
				p.Change(`update platform.member set client_id = null where account_id = $1`, p.Member.ID)
			},
		},
		{
			"a role is lowered",
			func(p *testkit.Platform) []probe {
				return []probe{
					{p.Admin, get, p.Home.App("/activity"), nil, testkit.Header{}, 403},
					{p.Admin, get, p.Home.App("/modules/guestbook"), nil, testkit.Header{}, 403},
					{p.Admin, http.MethodPost, rental, testkit.JSON(`{}`), p.Home.On(), 403},
					{p.Admin, http.MethodPost, "/api/v1/packages", []byte("nothing"), testkit.Header{}, 403},
				}
			},
			func(p *testkit.Platform) {
				p.Change(`update platform.member set role = 'viewer' where account_id = $1`, p.Admin.ID)
			},
			func(p *testkit.Platform) {
				p.Change(`update platform.member set role = 'admin' where account_id = $1`, p.Admin.ID)
			},
		},
		{
			"a site goes to another client",
			func(p *testkit.Platform) []probe {
				return []probe{{p.ClientMember, get, p.Home.App(""), nil, testkit.Header{}, 404}, {p.ClientMember, get, rental, nil, p.Home.On(), 404}}
			},
			func(p *testkit.Platform) {
				p.Change(`update platform.site set client_id = $2 where id = $1`, p.Home.ID, p.Other.Client)
			},
			func(p *testkit.Platform) {
				p.Change(`update platform.site set client_id = $2 where id = $1`, p.Home.ID, p.Home.Client)
			},
		},
		{
			"a site gives up its address",
			func(p *testkit.Platform) []probe {
				return []probe{{p.Visitor, get, p.Home.URL("/"), nil, testkit.Header{}, 404}, {p.Visitor, get, p.Home.URL(rental), nil, testkit.Header{}, 404}}
			},
			func(p *testkit.Platform) {
				p.Change(`update platform.site set subdomain = 'x' || subdomain where id = $1`, p.Home.ID)
			},
			func(p *testkit.Platform) {
				p.Change(`update platform.site set subdomain = $2 where id = $1`, p.Home.ID, p.Home.Subdomain)
			},
		},
	} {
		t.Run(row.says, func(t *testing.T) {
			for _, q := range row.asks(here) {
				// Every request has another process of its own, which remembers.
				there := here.Twin()
				before := q.send(there)
				if again := q.send(there); again.Status != before.Status || before.Status == q.status {
					t.Errorf("%s %s %s: %d, then %d, before anything happened", q.actor.Name, q.method, q.url, before.Status, again.Status)
				}
				row.takes(here)
				if after := q.send(there); after.Status != q.status {
					t.Errorf("%s %s %s: %d after it, want %d\n%.300s", q.actor.Name, q.method, q.url, after.Status, q.status, after.Body)
				}
				row.gives(here)
				if back := q.send(there); back.Status != before.Status {
					t.Errorf("%s %s %s: %d when it is given back, want %d\n%.300s", q.actor.Name, q.method, q.url, back.Status, before.Status, back.Body)
				}
			}
		})
	}
}

// TestADisabledModuleLeavesNoTrace looks at the pages that show modules.
func TestADisabledModuleLeavesNoTrace(t *testing.T) {
	p := testkit.NewPlatform(t)
	there := p.Twin()
	off, on := false, true
	pages := []struct {
		actor testkit.Actor
		url   string
		word  string
	}{
		{p.Visitor, p.Home.URL("/"), `/api/modules/guestbook/entry/sign`},
		{p.Owner, p.Home.App(""), "/guestbook/entry"},
		{p.Owner, p.Home.App("/equipment-rental/item"), "/guestbook/entry"},
		{p.SiteKey, "/api/v1/sites/" + p.Home.ID.String() + "/modules/guestbook", `"enabled":true`},
	}
	shows := func(says string, want bool) {
		t.Helper()
		for _, page := range pages {
			r := there.Do(page.actor, http.MethodGet, page.url, nil)
			if r.Status != http.StatusOK || strings.Contains(r.Body, page.word) != want {
				t.Errorf("%s: %s: %d, %q is there: %v", says, page.url, r.Status, page.word, !want)
			}
		}
	}
	shows("enabled", true)
	p.Update(p.Home, testkit.Guestbook, module.Change{Enabled: &off})
	shows("disabled", false)
	p.Update(p.Home, testkit.Guestbook, module.Change{Enabled: &on})
	shows("enabled again", true)
}

// TestAnotherVersionHoldsAtTheNextRequest puts the site on a version with
// another visitor's reach, and back.
func TestAnotherVersionHoldsAtTheNextRequest(t *testing.T) {
	p := testkit.NewPlatform(t)
	there := p.Twin()
	wall := func(version, fields string) []byte {
		return testkit.Files{
			"module.yaml": "manifest: 1\nid: wall\nname: Wall\nversion: " + version + "\ntype: app\ncategory: content\ndescription: Notes.\n" +
				"roles: {visitor: {grants: [\"note.read:shown\"]}}\n",
			"collections/note.yaml": "fields:\n  name: {type: text}\n  more: {type: text}\naccess:\n  shown: {fields: [" + fields + "]}\n",
		}.Pack(t)
	}
	p.Publish(p.Home, wall("1.0.0", "name, more"))
	p.Install(p.Home, "wall")
	p.Publish(p.Home, wall("1.0.1", "name"))
	p.Create(p.Home, "wall.note", `{"name":"open","more":"secret"}`)
	for _, row := range []struct {
		version string
		tells   bool
	}{{"1.0.0", true}, {"1.0.1", false}, {"1.0.0", true}, {"1.0.1", false}} {
		p.Update(p.Home, "wall", module.Change{Version: &row.version})
		r := there.Do(p.Visitor, http.MethodGet, p.Home.URL(testkit.API("wall.note")), nil)
		if r.Status != http.StatusOK || strings.Contains(r.Body, "secret") != row.tells {
			t.Errorf("version %s: %d %s", row.version, r.Status, r.Body)
		}
	}
}

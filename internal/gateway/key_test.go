package gateway_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/testkit"
)

// TestKeysOfPrograms makes, uses, rotates and revokes keys, by the API and the
// screens. What changes holds at once in another process too.
func TestKeysOfPrograms(t *testing.T) {
	p := testkit.NewPlatform(t)
	twin := p.Twin()
	keys := "/api/v1/sites/" + p.Home.ID.String() + "/keys"
	items := "/api/modules/" + testkit.Rental + "/item"
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
	uses := func(token, from string, status int) {
		t.Helper()
		for _, at := range []*testkit.Platform{p, twin} {
			r := at.Do(p.SiteKey.WithToken(token), "GET", items, nil, testkit.Header{Name: "From-Address", Value: from})
			if r.Status != status {
				t.Errorf("from %s: %d, want %d: %s", from, r.Status, status, r.Body)
			}
		}
	}
	for body, want := range map[string]string{
		`{"name":"","grants":[]}`:                                       "role_name",
		`{"name":"A","grants":["platform.agency.manage"]}`:              "not_for_keys",
		`{"name":"A","grants":["platform.site.*"]}`:                     "unknown_permission",
		`{"name":"A","grants":[],"addresses":["192.0.2.0/33"]}`:         "not_network",
		`{"name":"A","grants":[],"per_minute":0}`:                       "key_limit",
		`{"name":"A","grants":[],"expires_at":"2001-01-01T00:00:00Z"}`:  "too_early",
		`{"name":"A","grants":["` + strings.Repeat("x", 60) + `.*"]}`:   "unknown_permission",
		`{"name":"A","grants":[],"addresses":["::ffff:192.0.2.1/120"]}`: "not_network",
		`{"name":"A","grants":[],"per_day":2000000000}`:                 "key_limit",
	} {
		if r := send(p.Owner, 422, "POST", keys, body); !strings.Contains(r.Body, want) {
			t.Errorf("%s is refused as %s", body, r.Body)
		}
	}
	made := send(p.Admin, 201, "POST", keys, `{"name":" Feed  of items ","grants":["equipment-rental.item.read"],"addresses":["192.0.2.0/24","2001:db8::7"]}`).Object()
	id, token := made["id"].(string), made["token"].(string)
	if !strings.HasPrefix(token, made["prefix"].(string)) || len(made["prefix"].(string)) != 17 {
		t.Errorf("the key is %v", made)
	}
	var stored int
	if err := p.DB.Pool().QueryRow(t.Context(), `select count(*) from platform.api_key k where strpos(k::text, $1) > 0 or exists (select from platform.audit a where strpos(a::text, $1) > 0)`, token[20:]).Scan(&stored); err != nil || stored > 0 {
		t.Errorf("the token itself is kept (%v)", err)
	}
	uses(token, "192.0.2.200", 200)
	uses(token, "[2001:db8::7]", 200)
	uses(token, "192.0.3.1", 401)
	uses(token, "[2001:db8::8]", 401)
	if r := p.Do(p.SiteKey.WithToken(token), "GET", "/api/modules/"+testkit.Rental+"/customer", nil, testkit.Header{Name: "From-Address", Value: "192.0.2.1"}); r.Status != 403 {
		t.Errorf("it may do more than it was given: %d", r.Status)
	}
	send(p.SiteKey.WithToken(token), 401, "GET", items, "") // from an address of its own

	if err := p.Server.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := send(p.Owner, 200, "GET", keys, "")
	if !strings.Contains(list.Body, `"last_address":"192.0.2.1"`) || !strings.Contains(list.Body, `"Feed of items"`) || strings.Contains(list.Body, token) {
		t.Errorf("the list is %s", list.Body)
	}

	// Nobody gives what they lack.
	role := send(p.Owner, 201, "POST", "/api/v1/roles", `{"name":"Keys","permissions":["platform.key.manage","platform.site.read","platform.site.use","equipment-rental.item.*"]}`).Object()["id"].(string)
	send(p.Owner, 200, "PATCH", "/api/v1/members/"+member(t, p, p.Member), `{"role_id":"`+role+`"}`)
	for grants, status := range map[string]int{
		`"equipment-rental.item.read"`: 201, `"equipment-rental.*"`: 403, `"*"`: 403, `"platform.installation.manage"`: 403, `"guestbook:editor"`: 403,
	} {
		send(p.Member, status, "POST", keys, `{"name":"Mine","grants":[`+grants+`]}`)
	}
	send(p.Member, 403, "POST", keys, `{"name":"Mine","grants":[],"publishes":true}`)
	whole := "/" + p.Home.Key.ID.String()
	send(p.Member, 403, "POST", keys+whole+"/rotate", `{"overlap_hours":0}`) // it would hand them all of it
	send(p.Viewer, 403, "GET", keys, "")
	send(p.SiteKey, 403, "POST", keys, `{"name":"Child","grants":[]}`)
	send(p.Owner, 404, "POST", keys+"/"+p.Sister.Key.ID.String()+"/rotate", `{"overlap_hours":0}`)
	send(p.Owner, 404, "POST", keys+"/"+p.Foreign.Key.ID.String()+"/revoke", "")

	// Rotated, the one before is good for a while.
	next := send(p.Owner, 200, "POST", keys+"/"+id+"/rotate", `{"overlap_hours":1}`).Object()["token"].(string)
	uses(token, "192.0.2.1", 200)
	uses(next, "192.0.2.1", 200)
	now := p.Now
	p.Now = func() time.Time { return now().Add(61 * time.Minute) }
	if r := p.Do(p.SiteKey.WithToken(token), "GET", items, nil, testkit.Header{Name: "From-Address", Value: "192.0.2.1"}); r.Status != 401 {
		t.Errorf("the token before is good after its time: %d", r.Status)
	}
	p.Now = now
	third := send(p.Owner, 200, "POST", keys+"/"+id+"/rotate", `{"overlap_hours":0}`).Object()["token"].(string)
	uses(token, "192.0.2.1", 401)
	uses(next, "192.0.2.1", 401)
	uses(third, "192.0.2.1", 200)
	send(p.Owner, 422, "POST", keys+"/"+id+"/rotate", `{"overlap_hours":721}`)
	send(p.Owner, 204, "POST", keys+"/"+id+"/revoke", "")
	uses(third, "192.0.2.1", 401)
	send(p.Owner, 409, "POST", keys+"/"+id+"/revoke", "")

	keysOnScreen(t, p)
	var logged string
	err := p.DB.Pool().QueryRow(t.Context(), `select string_agg(action, ',' order by id) from platform.audit where site_id = $1 and action like 'key.%' and subject = 'Feed of items'`, p.Home.ID).Scan(&logged)
	if err != nil || logged != "key.created,key.rotated,key.rotated,key.revoked" {
		t.Errorf("the log has %s (%v)", logged, err)
	}
}

// keysOnScreen does it by hand.
func keysOnScreen(t *testing.T, p *testkit.Platform) {
	t.Helper()
	to := p.Home.App("/keys")
	page := p.Do(p.Owner, "GET", to+"/new", nil)
	if page.Status != http.StatusOK || !strings.Contains(page.Body, "equipment-rental.*.read") || !strings.Contains(page.Body, "platform.installation.manage") {
		t.Errorf("the form offers nothing: %d", page.Status)
	}
	wrong := p.Do(p.Owner, "POST", to, url.Values{"name": {""}, "per_minute": {"many"}, "grants_modules": {"crm.*"}})
	if wrong.Status != 422 || !strings.Contains(wrong.Body, "crm.*") || !strings.Contains(wrong.Body, "many") {
		t.Errorf("what was typed is lost: %d", wrong.Status)
	}
	made := p.Do(p.Owner, "POST", to, url.Values{"name": {"By hand"}, "grants": {"equipment-rental.*.read"}, "per_day": {"100"}, "expires_at": {"2099-12-31"}, "addresses": {"10.0.0.0/8\n::1"}})
	_, rest, ok := strings.Cut(made.Body, "dmc_live_")
	if made.Status != http.StatusOK || !ok {
		t.Fatalf("the key is not shown: %d %s", made.Status, made.Body)
	}
	token, _, _ := strings.Cut(rest, "<")
	if r := p.Do(p.SiteKey.WithToken("dmc_live_"+token), "GET", "/api/modules/"+testkit.Rental+"/item", nil); r.Status != http.StatusOK || r.Header.Get("RateLimit-Policy") != `"day";q=100;w=86400` {
		t.Errorf("the key does not work: %d %v", r.Status, r.Header)
	}
	list := p.Do(p.Owner, "GET", to, nil)
	if !strings.Contains(list.Body, "By hand") || !strings.Contains(list.Body, "dmc_live_"+token[:8]) || strings.Contains(list.Body, token) || !strings.Contains(list.Body, "100 a day") {
		t.Error("the list does not show the key")
	}
	_, rest, _ = strings.Cut(list.Body, to+"/")
	for !strings.HasPrefix(rest[36:], "/rotate") {
		_, rest, _ = strings.Cut(rest, to+"/")
	}
	if r := p.Do(p.Owner, "POST", to+"/"+rest[:36]+"/rotate", url.Values{"overlap_hours": {"24"}}); r.Status != http.StatusOK || !strings.Contains(r.Body, "dmc_live_") {
		t.Errorf("rotate: %d", r.Status)
	}
	if r := p.Do(p.Owner, "POST", to+"/"+rest[:36]+"/revoke", url.Values{}); r.Status != http.StatusSeeOther {
		t.Errorf("revoke: %d", r.Status)
	}
	// Whoever has not proven who they are for a while is asked to.
	p.Change(`update platform.session set confirmed_at = now() - interval '1 hour' where account_id = $1`, p.Admin.ID)
	if r := p.Do(p.Admin, "POST", to, url.Values{"name": {"Stale"}}); !strings.HasPrefix(r.Location(), "/app/me/confirm") {
		t.Errorf("a key is made without proof: %d", r.Status)
	}
}

// TestLimitsOfKeysHoldOverProcesses uses up limits in two processes at once: never
// more than the limit, and nearly all of it.
func TestLimitsOfKeysHoldOverProcesses(t *testing.T) {
	p := testkit.NewPlatform(t)
	twin := p.Twin()
	at := time.Now().UTC().Truncate(24 * time.Hour).Add(12*time.Hour + 5*time.Second)
	var moved atomic.Int64
	clock := func() time.Time { return at.Add(time.Duration(moved.Load())) }
	p.Now, twin.Now = clock, clock
	keys := "/api/v1/sites/" + p.Home.ID.String() + "/keys"
	items := "/api/modules/" + testkit.Rental + "/item?limit=1"
	p.Change(`update platform.session set expires_at = $2, seen_at = $1, confirmed_at = $1`, at, at.AddDate(0, 0, 7))
	key := func(limits string) testkit.Actor {
		t.Helper()
		r := p.Do(p.Owner, "POST", keys, testkit.JSON(`{"name":"Limited","grants":["*"],`+limits+`}`))
		if r.Status != http.StatusCreated {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		return p.SiteKey.WithToken(r.Object()["token"].(string))
	}
	// spend makes so many requests in each process at once and counts those let.
	spend := func(who testkit.Actor, each int) int {
		var let atomic.Int64
		var all sync.WaitGroup
		for _, process := range []*testkit.Platform{p, twin} {
			for range 4 {
				all.Go(func() {
					for range each / 4 {
						switch r := process.Do(who, "GET", items, nil); r.Status {
						case http.StatusOK:
							let.Add(1)
						case http.StatusTooManyRequests:
							if r.Header.Get("Retry-After") == "" || r.Code() != "too_many" {
								t.Errorf("it is not told when to come again: %v %s", r.Header, r.Body)
							}
						default:
							t.Errorf("%d %s", r.Status, r.Body)
						}
					}
				})
			}
		}
		all.Wait()
		return int(let.Load())
	}
	for _, limit := range []int{1, 7, 40, 100} {
		who := key(fmt.Sprintf(`"per_minute":%d`, limit))
		if let := spend(who, limit+12); let != limit {
			t.Errorf("of %d requests a minute %d are let", limit, let)
		}
		r := p.Do(who, "GET", items, nil)
		if r.Status != 429 || r.Header.Get("Retry-After") != "55" || r.Header.Get("RateLimit") != `"minute";r=0;t=55` {
			t.Errorf("%d %v", r.Status, r.Header)
		}
	}
	// The next minute has its own; the day goes on.
	who := key(`"per_minute":20,"per_day":50`)
	got := []int{spend(who, 32)}
	for range 3 {
		moved.Add(int64(time.Minute))
		got = append(got, spend(who, 32))
	}
	// What one process holds of the day, the other waits for.
	if all := got[0] + got[1] + got[2] + got[3]; got[0] != 20 || got[1] != 20 || all > 50 || all < 45 {
		t.Errorf("minute by minute %v are let", got)
	}

	// Warm, a portion needs no question; what lies idle goes back to the others.
	who = key(`"per_minute":100`)
	if r := p.Do(who, "GET", items, nil); r.Status != http.StatusOK || r.Header.Get("RateLimit") != `"minute";r=99;t=55` {
		t.Errorf("%d %v", r.Status, r.Header)
	}
	taken := func() (n int) {
		if err := p.DB.Pool().QueryRow(t.Context(), `select b.taken from platform.key_budget b join platform.api_key k on k.id = b.key_id where k.site_id = $1 order by k.created_at desc, k.id desc limit 1`, p.Home.ID).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for range 9 {
		p.Do(who, "GET", items, nil)
	}
	if n := taken(); n != 10 {
		t.Errorf("ten requests took %d", n)
	}
	p.Do(who, "GET", items, nil)
	if n := taken(); n != 20 {
		t.Errorf("eleven requests took %d", n)
	}
	if err := p.Server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := taken(); n != 11 {
		t.Errorf("eleven requests and a stop took %d", n)
	}
	if r := p.Do(who, "GET", items, nil); r.Status != http.StatusOK {
		t.Errorf("after it was given back: %d", r.Status)
	}
}

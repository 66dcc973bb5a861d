package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/plan"
	"github.com/dramac-main/dramac-cms/testkit"
)

// TestPlansHaveLimits fills the plans of an agency: on screen, by the API, from
// two processes at once, and again after it gets a wider one.
func TestPlansHaveLimits(t *testing.T) {
	p := testkit.NewPlatform(t)
	twin := p.Twin()
	give := func(key string) {
		t.Helper()
		r := p.Do(p.PlatformAdmin, "POST", "/app/platform/agencies/"+p.Home.Agency.String()+"/plan", url.Values{"plan": {key}})
		if r.Status != http.StatusSeeOther {
			t.Fatalf("give %s: %d %s", key, r.Status, r.Body)
		}
	}
	site := func(on *testkit.Platform) testkit.Response {
		return on.Do(p.Owner, "POST", "/api/v1/sites", testkit.JSON(`{"client":"`+p.Home.Client.String()+`","name":"`+testkit.NewID().String()[24:]+`"}`))
	}
	wants := func(says string, r testkit.Response, parts ...string) {
		t.Helper()
		for _, part := range append(parts, `"code":"plan_limit"`, `"type":"urn:dramac:problem:plan-limit"`) {
			if r.Status != http.StatusForbidden || !strings.Contains(r.Body, part) {
				t.Errorf("%s: %d without %s\n%s", says, r.Status, part, r.Body)
			}
		}
	}
	give("starter") // five sites, of which there are three
	if r := site(p); r.Status != http.StatusCreated {
		t.Fatalf("the fourth site: %d %s", r.Status, r.Body)
	}
	var both sync.WaitGroup
	var made, refused int
	var mu sync.Mutex
	for _, one := range []*testkit.Platform{p, twin} {
		both.Go(func() {
			r := site(one)
			mu.Lock()
			defer mu.Unlock()
			switch r.Status {
			case http.StatusCreated:
				made++
			case http.StatusForbidden:
				refused++
			}
		})
	}
	both.Wait()
	if made != 1 || refused != 1 {
		t.Errorf("of two at once %d were made and %d refused", made, refused)
	}
	wants("the sixth site", site(twin), `"limit":{"of":"sites","plan":"starter","used":5,"max":5}`)
	form := p.Do(p.Owner, "POST", "/app/agency/sites", url.Values{"client": {p.Home.Client.String()}, "name": {"Sixth"}})
	if form.Status != http.StatusForbidden || !strings.Contains(form.Body, "The plan Growth has 15") || !strings.Contains(form.Body, "Sixth") {
		t.Errorf("the form gives no way on: %d", form.Status)
	}
	page := p.Do(p.Owner, "GET", "/app/agency/plan", nil).Body
	if !strings.Contains(page, "100 %") || !strings.Contains(page, "US$29") && !strings.Contains(page, "$29") {
		t.Errorf("the page of the plan:\n%.3000s", page)
	}

	invite := func(body string) testkit.Response {
		return p.Do(p.Owner, "POST", "/api/v1/invitations", testkit.JSON(body))
	}
	wants("an invitation", invite(`{"email":"new@example.com","role":"viewer"}`), `"of":"members"`, `"max":3`)
	if r := invite(`{"email":"new@example.com","role":"member","client":"` + p.Home.Client.String() + `"}`); r.Status != http.StatusCreated {
		t.Errorf("people of clients count: %d %s", r.Status, r.Body)
	}
	give("growth") // fifteen sites, eight people: six and one who is asked
	if r := site(p); r.Status != http.StatusCreated {
		t.Errorf("the sixth site with a wider plan: %d", r.Status)
	}
	if r := invite(`{"email":"eighth@example.com","role":"viewer"}`); r.Status != http.StatusCreated {
		t.Errorf("the eighth: %d %s", r.Status, r.Body)
	}
	wants("the ninth", invite(`{"email":"ninth@example.com","role":"viewer"}`), `"used":8,"max":8`)

	give(plan.None)
	install := func(name string) testkit.Response {
		return p.Do(p.Owner, "POST", "/api/v1/sites/"+p.Home.ID.String()+"/modules", testkit.JSON(`{"module":"`+name+`"}`))
	}
	if r := install(p.Sister.Secret); r.Status >= 300 {
		t.Errorf("a module that another site has already: %d %s", r.Status, r.Body)
	}
	p.Publish(p.Home, walkedPackage(p))
	wants("one more module", install("walked"), `"of":"modules"`)
	p.Change(`insert into platform.file (site_id, id, module, collection, field, state, name, slug, media_type, size, sha256, created_at, changed_at)
		values ($1, $2, '00000000', 'x', 'x', 'pending', 'x', 'x', 'x', 100000000, '', now(), now())`, p.Home.ID, testkit.NewID())
	err := p.DB.Tx(t.Context(), func(tx pgx.Tx) error {
		_, err := plan.Room(t.Context(), tx, p.Home.Agency, plan.Storage, 1, time.Now())
		return err
	})
	if over, ok := plan.OverOf(err); !ok || over.Used != 100_000_000 {
		t.Errorf("a byte too many: %v", err)
	}

	// After a while the sites that came last take no changes, but can be put away.
	var first, last string
	if err := p.DB.Pool().QueryRow(t.Context(), `select min(id::text), max(id::text) from platform.site where agency_id = $1`, p.Home.Agency).Scan(&first, &last); err != nil {
		t.Fatal(err)
	}
	rename := func(on *testkit.Platform, site string, want int) {
		t.Helper()
		if r := on.Do(p.Owner, "PATCH", "/api/v1/sites/"+site, testkit.JSON(`{"units":"metric"}`)); r.Status != want {
			t.Errorf("a change: %d %s, want %d", r.Status, r.Body, want)
		}
	}
	rename(p, last, http.StatusOK)
	p.Change(`update platform.agency set narrowed_at = narrowed_at - interval '30 days' where id = $1`, p.Home.Agency)
	rename(twin, first, http.StatusOK)
	rename(p, last, http.StatusForbidden)
	if r := p.Do(p.Owner, "GET", "/app/"+last+"/settings", nil); r.Status != http.StatusOK || !strings.Contains(r.Text(), "takes no changes") {
		t.Errorf("a read-only site does not say so: %d", r.Status)
	}
	if r := p.Do(p.Owner, "POST", "/app/"+last+"/settings", url.Values{"name": {"Another"}}); r.Status != http.StatusForbidden || !strings.Contains(r.Text(), "takes no changes") {
		t.Errorf("a read-only site is changed on screen: %d", r.Status)
	}
	if r := p.Do(p.Owner, "GET", "/app/agency/plan", nil); !strings.Contains(r.Text(), "the newest first, are read-only from") {
		t.Error("the page of the plan does not say what is read-only")
	}
	if r := p.Do(p.Owner, "POST", "/api/v1/sites/"+last+"/archive", nil); r.Status != http.StatusOK {
		t.Errorf("a read-only site is put away: %d %s", r.Status, r.Body)
	}

	// The agency's look is in app and mail where the plan has it.
	p.Change(`update platform.agency set colour = '#f5d90a', reply_to = 'hello@brand.example' where id = $1`, p.Home.Agency)
	for key, branded := range map[string]bool{"starter": false, "agency": true} {
		give(key)
		to := key + "@brand.example"
		invite(`{"email":"` + to + `","role":"member","client":"` + p.Home.Client.String() + `"}`)
		var sender, answers string
		if err := p.DB.Pool().QueryRow(t.Context(), `select sender, reply_to from platform.mail where recipient = $1`, to).Scan(&sender, &answers); err != nil {
			t.Fatal(err)
		}
		letter, _ := p.Letter(to, "invitation")
		if (sender == p.Home.AgencyName) != branded || answers != "hello@brand.example" || strings.Contains(letter.Text, "-- \n"+p.Home.AgencyName) != branded {
			t.Errorf("with the plan %s mail is from %q, answers go to %q:\n%s", key, sender, answers, letter.Text)
		}
		if got := strings.Contains(p.Do(p.Owner, "GET", "/app", nil).Body, "/_assets/brand-f5d90a.css"); got != branded {
			t.Errorf("with the plan %s the app has the agency's colour: %v", key, got)
		}
	}
	if r := p.Do(p.Visitor, "GET", "/_assets/brand-f5d90a.css", nil); r.Status != http.StatusOK || !strings.Contains(r.Body, "--accent:#f5d90a") {
		t.Errorf("the colour: %d %s", r.Status, r.Body)
	}
	if r := p.Do(p.Visitor, "GET", "/_assets/brand-red}.css", nil); r.Status != http.StatusNotFound {
		t.Errorf("no colour: %d %s", r.Status, r.Body)
	}

	// Features are on unless they are switched off.
	throw := func(form url.Values) {
		t.Helper()
		if r := p.Do(p.PlatformAdmin, "POST", "/app/platform/flags/package_upload", form); r.Status != http.StatusSeeOther {
			t.Fatalf("switch: %d %s", r.Status, r.Body)
		}
	}
	publish := func(on *testkit.Platform) int {
		return on.Do(p.SiteKey, "POST", "/api/v1/packages", walkedPackage(p)).Status
	}
	if got := publish(twin); got != http.StatusOK {
		t.Errorf("on: %d", got)
	}
	throw(url.Values{"percentage": {"100"}, "off": {p.Home.Agency.String()}})
	if got := publish(twin); got != http.StatusForbidden {
		t.Errorf("off for the agency: %d", got)
	}
	if got := p.Do(p.ForeignKey, "POST", "/api/v1/packages", walkedPackage(p)).Status; got >= 300 {
		t.Errorf("another agency: %d", got)
	}
	throw(url.Values{"percentage": {"100"}}) // for all tests of the database
	if got := publish(twin); got != http.StatusOK {
		t.Errorf("on again: %d", got)
	}
}

package gateway_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/testkit"
)

// audited is the agency's log as the API tells it to the actor.
func audited(t *testing.T, p *testkit.Platform, as testkit.Actor, query string) []map[string]any {
	t.Helper()
	if err := p.Server.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := p.Do(as, "GET", "/api/v1/audit?limit=200&"+query, nil)
	if r.Status != http.StatusOK {
		t.Fatalf("the log: %d %s", r.Status, r.Body)
	}
	var all []map[string]any
	for _, e := range r.Object()["entries"].([]any) {
		all = append(all, e.(map[string]any))
	}
	return all
}

// TestTheAuditLog is about one platform, whose log grows on the way.
func TestTheAuditLog(t *testing.T) {
	p := testkit.NewPlatform(t)
	theLogIsReadAndFiltered(t, p)
	refusalsAreAudited(t, p, p.Twin())
	nobodyFillsTheLogByBeingRefused(t, p)
}

// refusalsAreAudited is refused in every way, and finds each once, counted, with
// whoever was refused.
func refusalsAreAudited(t *testing.T, p, twin *testkit.Platform) {
	t.Helper()
	start := url.QueryEscape(p.Now().UTC().Format(time.RFC3339Nano))
	items, from := "/api/modules/"+testkit.Rental+"/item", testkit.Header{Name: "From-Address", Value: "192.0.2.7"}
	for _, at := range []*testkit.Platform{p, twin, p} { // two processes count in one line
		for _, q := range []struct {
			as   testkit.Actor
			to   string
			code int
		}{
			{p.Viewer, "/app/agency/team", 403},                                // permission
			{p.NarrowKey, "/api/modules/" + testkit.Rental + "/customer", 403}, // a module's grants
			{p.ExpiredKey, items, 401},                                         // a key that was good
			{p.GarbageKey, items, 401},                                         // nobody's
			{p.SiteKey, "/api/v1/sites/" + p.Foreign.ID.String(), 404},         // another tenant's site
			{p.Owner, "/api/v1/clients/" + p.Foreign.Client.String(), 404},     // another tenant's client
			{p.Owner, "/api/v1/clients/" + testkit.NewID().String(), 404},      // nobody's
			{p.Owner, "/api/v1/members?agency=" + p.Foreign.Agency.String(), 404},
			{p.Visitor, "/app/agency/team", 303},
			{p.Owner, "/app/agency/nothing", 404},
		} {
			if r := at.Do(q.as, "GET", q.to, nil, from); r.Status != q.code {
				t.Errorf("%s: GET %s: %d, want %d", q.as.Name, q.to, r.Status, q.code)
			}
		}
	}
	for range 3 {
		p.Do(p.Visitor, "POST", "/app/login", url.Values{"email": {p.Member.Email}, "password": {"wrong"}}, from)
		p.Do(p.Visitor, "POST", "/app/login", url.Values{"email": {"hunter2-" + p.Member.Email}, "password": {"wrong"}}, from)
	}
	if err := twin.Server.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, e := range audited(t, p, p.Owner, "result=refused&from="+start) {
		got[fmt.Sprintf("%s %s: %s", e["actor"], e["action"], e["subject"])] = e["times"].(float64)
		if e["request_id"] == "" || e["address"] == "" {
			t.Errorf("it is not told from where: %v", e)
		}
	}
	want := map[string]float64{
		"viewer refusal.permission: GET /app/agency/team":                        3,
		"narrow key refusal.permission: GET /api/modules/{module}/{collection}":  3,
		"expired key refusal.credential: GET /api/modules/{module}/{collection}": 3,
		"key of " + p.Home.Name + " refusal.tenant: GET /api/v1/sites/{site}":    3,
		"owner refusal.tenant: GET /api/v1/clients/{client}":                     3,
		"owner refusal.tenant: GET /api/v1/members":                              3,
		" refusal.sign_in: " + p.Member.Name + " <" + p.Member.Email + ">":       3,
	}
	for line, times := range want {
		if got[line] != times {
			t.Errorf("%s: %v times, want %v", line, got[line], times)
		}
		delete(got, line)
	}
	for line := range got {
		t.Errorf("%s is in the log", line)
	}
	var typed int
	if err := p.DB.Pool().QueryRow(t.Context(), `select count(*) from platform.audit where details::text like '%hunter2%' or subject like '%hunter2%'`).Scan(&typed); err != nil || typed > 0 {
		t.Errorf("what strangers typed is kept (%v)", err)
	}
	for _, e := range audited(t, p, p.ForeignOwner, "result=refused") {
		t.Errorf("another agency is told: %v", e)
	}
}

// nobodyFillsTheLogByBeingRefused is refused at more places than one process
// keeps apart.
func nobodyFillsTheLogByBeingRefused(t *testing.T, p *testkit.Platform) {
	t.Helper()
	who, start := p.NewKey(p.Home, "equipment-rental.item.read"), url.QueryEscape(p.Now().UTC().Format(time.RFC3339Nano))
	for i := range 150 {
		p.Do(who, "GET", "/api/modules/"+testkit.Rental+"/customer", nil, testkit.Header{Name: "From-Address", Value: fmt.Sprint("192.0.2.", i)})
		p.Do(p.Viewer, "GET", fmt.Sprintf("/app/agency/team/%s", testkit.NewID()), nil)
	}
	lines, times := audited(t, p, p.Owner, "action=refusal.permission&from="+start), 0.0
	for _, e := range lines {
		times += e["times"].(float64)
	}
	if len(lines) > 101 || times != 300 {
		t.Errorf("%d lines count %v refusals, want 300", len(lines), times)
	}
}

// theLogIsReadAndFiltered changes a few things and finds them.
func theLogIsReadAndFiltered(t *testing.T, p *testkit.Platform) {
	t.Helper()
	send := func(as testkit.Actor, method, to, body string) {
		t.Helper()
		if r := p.Do(as, method, to, testkit.JSON(body)); r.Status >= 300 {
			t.Fatalf("%s %s: %d %s", method, to, r.Status, r.Body)
		}
	}
	send(p.Owner, "PATCH", "/api/v1/agency", `{"name":"=1+1","audit_days":120}`)
	send(p.Admin, "POST", "/api/v1/clients", `{"name":"Audited & Co"}`)
	send(p.Owner, "PATCH", "/api/v1/sites/"+p.Home.ID.String(), `{"languages":["fr"]}`)
	send(p.SiteKey, "PATCH", "/api/v1/sites/"+p.Home.ID.String(), `{"languages":["de"]}`)
	if r := p.Do(p.Owner, "PATCH", "/api/v1/agency", testkit.JSON(`{"audit_days":89}`)); r.Status != 422 || !strings.Contains(r.Body, "audit_days") {
		t.Errorf("the log may be kept 89 days: %d", r.Status)
	}
	today := p.Now().UTC().Format(time.DateOnly)
	for query, want := range map[string]int{
		"":                               4,
		"actor=" + p.Admin.ID.String():   1,
		"action=agency.updated":          1,
		"action=client.":                 1,
		"action=clien":                   0,
		"site=" + p.Home.ID.String():     2,
		"site=" + p.Foreign.ID.String():  0,
		"from=" + today + "&to=" + today: 4,
		"to=2001-01-01":                  0,
		"result=refused":                 0,
		"actor=" + p.Owner.ID.String() + "&site=" + p.Home.ID.String(): 1,
	} {
		query = strings.TrimPrefix(query+"&from=2020-01-01", "&")
		if strings.Count(query, "from=") > 1 {
			query = strings.TrimSuffix(query, "&from=2020-01-01")
		}
		n := 0
		for _, e := range audited(t, p, p.Owner, query) {
			if e["actor_kind"] != "system" {
				n++
			}
		}
		if n != want {
			t.Errorf("%s finds %d entries, want %d", query, n, want)
		}
	}
	last := audited(t, p, p.Owner, "action=site.languages_changed")[0]
	if changes := fmt.Sprint(last["changes"]); changes != "map[languages:map[after:[de] before:[fr]]]" || last["client"] != p.Home.Client.String() || last["actor"] != "key of "+p.Home.Name {
		t.Errorf("the entry is %v", last)
	}

	// Page by page.
	seen, after := 0, ""
	for range 20 {
		page := p.Do(p.Owner, "GET", "/api/v1/audit?limit=1&actor="+p.Owner.ID.String()+"&after="+url.QueryEscape(after), nil).Object()
		seen += len(page["entries"].([]any))
		if after = page["next"].(string); after == "" {
			break
		}
	}
	if seen != 2 {
		t.Errorf("%d entries page by page", seen)
	}
	for _, want := range []struct {
		as     testkit.Actor
		to     string
		status int
	}{
		{p.Owner, "/app/agency/audit?from=nonsense&actor=1&after=x", 200},
		{p.Viewer, "/app/agency/audit", 403},
		{p.Member, "/app/agency/audit/export", 403},
		{p.Owner, "/api/v1/audit?from=nonsense", 422},
		{p.Owner, "/api/v1/audit?result=all", 422},
		{p.SiteKey, "/api/v1/sites/" + p.Home.ID.String() + "/audit", 200},
		{p.OtherClientMember, "/api/v1/sites/" + p.Home.ID.String() + "/audit", 404},
	} {
		if r := p.Do(want.as, "GET", want.to, nil); r.Status != want.status {
			t.Errorf("%s: GET %s: %d, want %d", want.as.Name, want.to, r.Status, want.status)
		}
	}
	page := p.Do(p.Owner, "GET", "/app/agency/audit", nil).Body
	if !strings.Contains(page, "Audited &amp; Co") || !strings.Contains(page, "changed the languages of") || strings.Contains(page, p.Foreign.Name) {
		t.Error("the screen does not show the agency's log")
	}
	if text := p.Do(p.SiteKey, "GET", "/api/v1/sites/"+p.Home.ID.String()+"/audit", nil).Body; strings.Contains(text, "Audited & Co") || strings.Contains(text, `"address"`) {
		t.Errorf("a site's log tells of more than the site: %s", text)
	}
	export := p.Do(p.Owner, "GET", "/app/agency/audit/export?action=agency.", nil)
	rows, err := csv.NewReader(strings.NewReader(export.Body)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][11] != "'=1+1" || !strings.HasPrefix(export.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the export is %v (%v)", rows, err)
	}
}

package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

// TestTheTreeOfTenants makes, changes, moves and archives clients and sites by
// the API and by the screens, and finds all of it in the audit log.
func TestTheTreeOfTenants(t *testing.T) {
	p := testkit.NewPlatform(t)
	owner := func(status int, method, to, body string) testkit.Response {
		t.Helper()
		var sent any
		if body != "" {
			sent = testkit.JSON(body)
		}
		r := p.Do(p.Owner, method, to, sent)
		if r.Status != status {
			t.Fatalf("%s %s %s: %d %s, want %d", method, to, body, r.Status, r.Body, status)
		}
		return r
	}
	agency := owner(200, "PATCH", "/api/v1/agency", `{"country":"ZM"}`).Object()
	if agency["currency"] != "ZMW" || agency["tax_rate"] != 16.0 || agency["tax_included"] != true || agency["language"] != "en-ZM" {
		t.Errorf("the agency is set to %v", agency)
	}
	if r := owner(422, "PATCH", "/api/v1/agency", `{"colour":"red","currency":"XXX","time_zone":"Mars/Base","name":" "}`); strings.Count(r.Body, `"path"`) != 4 {
		t.Errorf("not every mistake is told: %s", r.Body)
	}

	client := owner(201, "POST", "/api/v1/clients", `{"name":"  Ten  &  Ten Ltd ","email":"ten@example.com"}`).Object()
	if client["name"] != "Ten & Ten Ltd" {
		t.Errorf("the client is called %v", client["name"])
	}
	id := client["id"].(string)
	label := "x" + strings.ReplaceAll(testkit.NewID().String(), "-", "")[12:]
	create := func(status int, body string) testkit.Response {
		t.Helper()
		return owner(status, "POST", "/api/v1/sites", strings.ReplaceAll(body, "CLIENT", id))
	}
	site := create(201, `{"client":"CLIENT","name":"`+label+`"}`).Object()
	if site["subdomain"] != label || site["currency"] != "ZMW" || site["language"] != "en-ZM" {
		t.Errorf("the site is %v", site)
	}
	if again := create(201, `{"client":"CLIENT","name":"`+label+`","country":"US","tax_rate":7.25}`).Object(); again["subdomain"] != label+"-2" || again["tax_rate"] != 7.25 || again["units"] != "imperial" {
		t.Errorf("the second site is %v", again)
	}
	if r := create(422, `{"client":"CLIENT","name":"Third","subdomain":"`+label+`"}`); !strings.Contains(r.Body, label+"-3") {
		t.Errorf("a free address is not told: %s", r.Body)
	}
	create(422, `{"client":"CLIENT","name":"Mail","subdomain":"mail"}`)
	create(422, `{"client":"`+p.Foreign.Client.String()+`","name":"Not ours"}`)

	here := "/api/v1/sites/" + site["id"].(string)
	owner(409, "POST", "/api/v1/clients/"+id+"/archive", "")
	if moved := owner(200, "POST", here+"/transfer", `{"client":"`+p.Home.Client.String()+`"}`).Object(); moved["client"] != p.Home.ClientName {
		t.Errorf("the site is %v's", moved["client"])
	}
	owner(409, "POST", here+"/transfer", `{"client":"`+p.Home.Client.String()+`"}`)
	owner(422, "POST", here+"/transfer", `{"client":"`+p.Foreign.Client.String()+`"}`)
	if r := p.Do(p.ClientMember, "GET", here, nil); r.Status != http.StatusOK {
		t.Errorf("people of the new client do not reach the site: %d", r.Status)
	}
	owner(200, "PATCH", here, `{"name":"Renamed","currency":"EUR"}`)

	archivedSitesAnswerNobody(t, p)

	text := p.Do(p.Owner, "GET", "/app/agency/clients", nil).Body
	if !strings.Contains(text, "Ten &amp; Ten Ltd") || strings.Contains(text, p.Foreign.ClientName) {
		t.Error("the list of clients is not the agency's")
	}
	form := p.Do(p.Owner, "POST", "/app/agency/clients", url.Values{"name": {""}, "email": {"nonsense"}})
	if form.Status != 422 || strings.Count(form.Body, "field-error") != 2 || !strings.Contains(form.Body, "nonsense") {
		t.Errorf("the form does not say what is wrong: %d", form.Status)
	}
	var logged string
	err := p.DB.Pool().QueryRow(t.Context(), `select string_agg(action || ' ' || coalesce(details #>> '{changes,currency,after}', ''), ',' order by id)
		from platform.audit where agency_id = $1 and actor_id = $2`, p.Home.Agency, p.Owner.ID).Scan(&logged)
	want := "agency.updated ZMW,client.created ,site.created ZMW,site.created USD,site.transferred ,site.updated EUR,site.archived ,site.restored "
	if err != nil || logged != want {
		t.Errorf("the log has %s, want %s (%v)", logged, want, err)
	}
}

// archivedSitesAnswerNobody archives Sister and takes it back.
func archivedSitesAnswerNobody(t *testing.T, p *testkit.Platform) {
	t.Helper()
	twin := p.Twin() // remembers the site as it was
	for _, at := range []*testkit.Platform{p, twin} {
		if r := at.Do(p.Visitor, "GET", p.Sister.URL("/"), nil); r.Status != http.StatusOK {
			t.Fatalf("the site is not there: %d", r.Status)
		}
	}
	if r := p.Do(p.Owner, "POST", p.Sister.App("/archive"), url.Values{}); r.Status != http.StatusSeeOther {
		t.Fatalf("archive: %d %s", r.Status, r.Body)
	}
	for _, at := range []*testkit.Platform{p, twin} {
		for _, want := range []struct {
			actor  testkit.Actor
			to     string
			status int
		}{
			{p.Visitor, p.Sister.URL("/"), 404},
			{p.Owner, p.Sister.App(""), 409},
			{p.Sister.Key, "/api/modules/" + testkit.Guestbook + "/entry", 409},
			{p.Owner, p.Sister.App("/settings"), 409},
			{p.ForeignOwner, p.Sister.App(""), 404},
		} {
			if r := at.Do(want.actor, "GET", want.to, nil); r.Status != want.status {
				t.Errorf("%s: GET %s of an archived site: %d, want %d", want.actor.Name, want.to, r.Status, want.status)
			}
		}
	}
	if r := p.Do(p.OtherSiteMember, "POST", p.Sister.App("/restore"), url.Values{}); r.Status != http.StatusForbidden {
		t.Errorf("the site's own people may restore it: %d", r.Status)
	}
	if r := p.Do(p.Owner, "POST", p.Sister.App("/restore"), url.Values{}); r.Status != http.StatusSeeOther {
		t.Fatalf("restore: %d %s", r.Status, r.Body)
	}
	if r := twin.Do(p.Visitor, "GET", p.Sister.URL("/"), nil); r.Status != http.StatusOK {
		t.Errorf("the site does not come back: %d", r.Status)
	}
}

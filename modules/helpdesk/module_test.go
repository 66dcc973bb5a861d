package helpdesk_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/modules/helpdesk"
	"github.com/dramac-main/dramac-cms/testkit"
)

const api = "/api/modules/helpdesk"

// desk is a platform whose home site has a helpdesk.
func desk(t *testing.T) *testkit.Platform {
	t.Helper()
	p := testkit.NewLinked(t, helpdesk.Module())
	p.Install(p.Home, "helpdesk")
	return p
}

func TestASiteBeginsWithAFrontDesk(t *testing.T) {
	p := desk(t)
	agents := p.Do(p.SiteKey, "GET", api+"/agent?select=name", nil).Rows()
	if len(agents) != 1 || agents[0]["name"] != "Front desk" {
		t.Errorf("%v", agents)
	}
}

func TestEndpoints(t *testing.T) {
	p := desk(t)
	sent := testkit.JSON(`{"from": "ada@example.com", "subject": "Printer", "text": "It, well; burns."}`)
	made := p.Do(p.SiteKey, "POST", api+"/x/inbound", sent)
	if made.Status != http.StatusCreated {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	agent := p.Do(p.SiteKey, "POST", api+"/agent", testkit.JSON(`{"name": "Ada"}`))
	t.Log(agent.Body)
	id := made.Object()["id"].(string)
	p.Do(p.SiteKey, "PATCH", api+"/ticket/"+id, testkit.JSON(`{"agent_id": "`+agent.Object()["id"].(string)+`"}`))
	for _, want := range []struct {
		says   string
		who    testkit.Actor
		method string
		url    string
		status int
	}{
		{"a visitor sends no mail", p.Visitor, "POST", p.Home.URL(api + "/x/inbound"), 401},
		{"nor does a person", p.Owner, "POST", api + "/x/inbound", 403},
		{"nor a key without any grant here", p.NarrowKey, "POST", api + "/x/inbound", 403},
		{"nor a key of another site", p.ForeignKey, "POST", api + "/x/inbound", 404},
		{"nothing else is answered", p.SiteKey, "POST", api + "/x/outbound", 404},
		{"nor by another method", p.SiteKey, "GET", api + "/x/inbound", 404},
		{"a calendar nobody has", p.Visitor, "GET", p.Home.URL(api + "/x/calendar/nobody.ics"), 404},
	} {
		var headers []testkit.Header
		if want.who.Name == p.Owner.Name {
			headers = append(headers, p.Home.On())
		}
		if r := p.Do(want.who, want.method, want.url, sent, headers...); r.Status != want.status {
			t.Errorf("%s: %d %s", want.says, r.Status, r.Body)
		}
	}
	feed, _ := agent.Object()["feed"].(string)
	r := p.Do(p.Visitor, "GET", p.Home.URL(api+"/x/calendar/"+feed+".ics"), nil)
	if r.Status != 200 || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/calendar") || !strings.Contains(r.Body, "SUMMARY:Printer") {
		t.Errorf("%d %v %s", r.Status, r.Header, r.Body)
	}
}

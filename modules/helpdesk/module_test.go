package helpdesk_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

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

func TestItConforms(t *testing.T) { testkit.Conforms(t, helpdesk.Module()) }

// create makes a record and returns it.
func create(p *testkit.Platform, collection, body string) map[string]any {
	p.Helper()
	r := p.Do(p.SiteKey, "POST", api+"/"+collection, testkit.JSON(body))
	if r.Status != http.StatusCreated {
		p.Fatalf("%s: %d %s", collection, r.Status, r.Body)
	}
	return r.Object()
}

const printer = `{"title": "Printer", "question": "It burns.", "email": "ada@example.com"}`

func TestASiteBeginsWithAFrontDesk(t *testing.T) {
	p := desk(t)
	agents := p.Do(p.SiteKey, "GET", api+"/agent?select=name,feed", nil).Rows()
	if len(agents) != 1 || agents[0]["name"] != "Front desk" || agents[0]["feed"] == nil {
		t.Errorf("%v", agents)
	}
}

func TestATicketIsPromisedAnAnswer(t *testing.T) {
	p := desk(t)
	due := func(record map[string]any) time.Duration {
		at, err := time.Parse(time.RFC3339, record["due_at"].(string))
		if err != nil {
			t.Fatal(err)
		}
		return time.Until(at).Round(time.Hour)
	}
	ticket := create(p, "ticket", printer)
	if due(ticket) != 24*time.Hour {
		t.Errorf("a normal ticket waits %s", due(ticket))
	}
	urgent := p.Do(p.SiteKey, "PATCH", api+"/ticket/"+ticket["id"].(string), testkit.JSON(`{"priority": "urgent"}`)).Object()
	if due(urgent) != 4*time.Hour {
		t.Errorf("an urgent ticket waits %s", due(urgent))
	}
}

func TestTicketsAreCombined(t *testing.T) {
	p := desk(t)
	one, other := create(p, "ticket", printer)["id"].(string), create(p, "ticket", printer)["id"].(string)
	create(p, "note", `{"ticket_id": "`+one+`", "text": "It still burns."}`)
	combine := func(who testkit.Actor, into string) testkit.Response {
		return p.Do(who, "POST", api+"/ticket/"+one+"/combine", testkit.JSON(`{"into_id": "`+into+`"}`), p.Home.On())
	}
	for _, want := range []struct {
		says   string
		who    testkit.Actor
		into   string
		status int
		body   string
	}{
		{"a reader may not", p.Viewer, other, 403, ""},
		{"not into itself", p.Member, one, 422, "Choose another ticket."},
		{"not into one that is not there", p.Member, testkit.NewID().String(), 422, "Does not exist."},
		{"into another", p.Member, other, 200, ""},
		{"not twice", p.Member, other, 409, ""},
	} {
		if r := combine(want.who, want.into); r.Status != want.status || !strings.Contains(r.Body, want.body) {
			t.Errorf("%s: %d %s", want.says, r.Status, r.Body)
		}
	}
	notes := p.Do(p.SiteKey, "GET", api+"/note?ticket_id=eq."+other, nil).Rows()
	merged := p.Do(p.SiteKey, "GET", api+"/ticket/"+one, nil).Object()
	if len(notes) != 1 || merged["status"] != "merged" || merged["merged_into_id"] != other {
		t.Errorf("%v %v", notes, merged)
	}
}

func TestWhatIsOverdueIsEscalatedOnce(t *testing.T) {
	p := desk(t)
	create(p, "ticket", printer)
	now := p.Now
	p.Now = func() time.Time { return now().Add(30 * time.Hour) }
	for _, want := range []string{`{"escalated":1}`, `{"escalated":0}`} {
		r := p.Do(p.SiteKey, "POST", api+"/rpc/escalate_overdue", testkit.JSON(`{}`))
		if strings.ReplaceAll(r.Body, " ", "") != want {
			t.Errorf("%d %s, want %s", r.Status, r.Body, want)
		}
	}
}

// TestAMailIsFiled uploads a mail for the action, which makes a ticket of it and
// keeps it with the ticket.
func TestAMailIsFiled(t *testing.T) {
	p := desk(t)
	p.CheckAnswers()
	const mail = "From: Ada <ada@example.com>\r\nSubject: Printer\r\n\r\nIt burns.\r\n"
	uploads := api + "/rpc/file_mail/mail/files?name=printer.txt"
	upload := func(who testkit.Actor, to, content string) testkit.Response {
		t.Helper()
		return p.Do(who, http.MethodPost, to, []byte(content), p.Home.On())
	}
	for _, want := range []struct {
		says, to, content string
		who               testkit.Actor
		status            int
	}{
		{"a reader may not run the action", uploads, mail, p.Viewer, 403},
		{"nor does a visitor", p.Home.URL(uploads), mail, p.Visitor, 401},
		{"another tenant finds none", uploads, mail, p.ForeignKey, 404},
		{"a parameter that is none", api + "/rpc/file_mail/subject/files", mail, p.SiteKey, 404},
		{"an action that takes no file", api + "/rpc/busiest/mail/files", mail, p.SiteKey, 404},
		{"no text", uploads, "<!doctype html><p>It burns.</p>", p.SiteKey, 422},
		{"more than the parameter takes", uploads, strings.Repeat("x", 2<<20), p.SiteKey, 422},
	} {
		if r := upload(want.who, want.to, want.content); r.Status != want.status {
			t.Errorf("%s: %d %s", want.says, r.Status, r.Body)
		}
	}
	file := func(who testkit.Actor, id any) testkit.Response {
		t.Helper()
		return p.Do(who, http.MethodPost, api+"/rpc/file_mail", testkit.JSON(`{"mail_id": "`+id.(string)+`"}`), p.Home.On())
	}
	saved, blank := upload(p.Member, uploads, mail).Object()["id"], upload(p.Member, uploads, "Hello.").Object()["id"]
	for says, got := range map[string]struct {
		r      testkit.Response
		status int
		body   string
	}{
		"somebody else's":  {file(p.SiteKey, saved), 404, ""},
		"one that is none": {file(p.Member, testkit.NewID().String()), 404, ""},
		"no mail":          {file(p.Member, blank), 422, "A mail has a sender"},
	} {
		if got.r.Status != got.status || !strings.Contains(got.r.Body, got.body) {
			t.Errorf("%s: %d %s", says, got.r.Status, got.r.Body)
		}
	}
	filed := file(p.Member, saved)
	if filed.Status != http.StatusOK {
		t.Fatalf("%d %s", filed.Status, filed.Body)
	}
	ticket := p.Do(p.SiteKey, http.MethodGet, api+"/ticket/"+filed.Object()["ticket"].(string), nil).Object()
	kept, _ := ticket["mail"].(map[string]any)
	if ticket["title"] != "Printer" || ticket["email"] != "ada@example.com" || ticket["question"] != "It burns." || kept["name"] != "printer.txt" {
		t.Fatalf("the ticket is %v", ticket)
	}
	for who, want := range map[*testkit.Actor]int{&p.Viewer: 200, &p.SiteKey: 200, &p.OtherSiteKey: 404} {
		if r := p.Do(*who, http.MethodGet, kept["url"].(string), nil); r.Status != want || want == 200 && r.Body != mail {
			t.Errorf("the mail, to %s: %d %q", who.Name, r.Status, r.Body)
		}
	}
	if r := file(p.Member, kept["id"]); r.Status != http.StatusOK {
		t.Errorf("the mail of a ticket that may be read: %d %s", r.Status, r.Body)
	}
}

func TestTheBusiestAgent(t *testing.T) {
	p := desk(t)
	ada := create(p, "agent", `{"name": "Ada"}`)["id"].(string)
	ticket := create(p, "ticket", printer)["id"].(string)
	if r := p.Do(p.SiteKey, "POST", api+"/ticket/"+ticket+"/take", testkit.JSON(`{"agent_id": "`+ada+`"}`)); r.Status != 200 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	r := p.Do(p.SiteKey, "GET", api+"/rpc/busiest", nil)
	if r.Object()["agent"] != "Ada" || r.Object()["open"] != 1.0 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := p.Do(p.SiteKey, "GET", api+"/rpc/escalate_overdue", nil); r.Status != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "POST" {
		t.Errorf("GET of what writes: %d %v %s", r.Status, r.Header, r.Body)
	}
}

func TestEndpoints(t *testing.T) {
	p := desk(t)
	p.CheckAnswers()
	sent := testkit.JSON(`{"from": "ada@example.com", "subject": "Printer, again", "text": "It burns."}`)
	made := p.Do(p.SiteKey, "POST", api+"/x/inbound", sent)
	if made.Status != http.StatusCreated {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	agent := create(p, "agent", `{"name": "Ada"}`)
	p.Do(p.SiteKey, "PATCH", api+"/ticket/"+made.Object()["id"].(string), testkit.JSON(`{"agent_id": "`+agent["id"].(string)+`"}`))
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
	feed, _ := agent["feed"].(string)
	r := p.Do(p.Visitor, "GET", p.Home.URL(api+"/x/calendar/"+feed+".ics"), nil)
	if r.Status != 200 || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/calendar") || !strings.Contains(r.Body, `SUMMARY:Printer\, again`) {
		t.Errorf("%d %v %s", r.Status, r.Header, r.Body)
	}
}

package gateway_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/testkit"
)

// desk is a module for people of a site: each sees what they have asked, and
// may take it back.
var desk = testkit.Files{
	"module.yaml": `manifest: 1
id: desk
name: Desk
version: 1.0.0
type: app
category: content
description: Questions of people.
roles:
  customer: {grants: [ticket.ask, "ticket.read:own", "ticket.take_back:own"]}
`,
	"collections/ticket.yaml": `title: subject
fields:
  subject: {type: text, required: true, max: 80}
  note: {type: text}
  withdrawn: {type: boolean}
access:
  own: {when: created_by == actor, fields: [subject, withdrawn]}
actions:
  ask:
    scope: collection
    label: Ask
    params:
      subject: {required: true}
    set: {note: internal}
  take_back:
    label: Take back
    set: {withdrawn: true}
`,
}

// visitorOf is a browser on a site, with what it was given.
type visitorOf struct {
	*testkit.Platform
	site    *testkit.Site
	cookies map[string]string
}

func (b *visitorOf) do(method, path string, body any) testkit.Response {
	b.Helper()
	var pairs []string
	for name, value := range b.cookies {
		pairs = append(pairs, name+"="+value)
	}
	r := b.Do(b.Visitor, method, b.site.URL(path), body, testkit.Header{Name: "Cookie", Value: strings.Join(pairs, "; ")})
	for _, c := range (&http.Response{Header: r.Header}).Cookies() {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return r
}

func browserOn(p *testkit.Platform, site *testkit.Site) *visitorOf {
	return &visitorOf{p, site, map[string]string{}}
}

// code asks for a code and returns it with the link's path.
func (b *visitorOf) code(email string) (code, link string) {
	b.Helper()
	if r := b.do(http.MethodPost, "/account", url.Values{"email": {email}}); r.Status != http.StatusSeeOther || r.Location() != "/account/code" {
		b.Fatalf("asking for a code: %d %s", r.Status, r.Text())
	}
	letter, _ := b.Letter(strings.ToLower(email), "person_sign_in")
	for line := range strings.SplitSeq(letter.Text, "\n") {
		if text := strings.ReplaceAll(strings.TrimSpace(line), " ", ""); len(text) == 6 && strings.Trim(text, "0123456789") == "" {
			code = text
		}
	}
	path, ok := strings.CutPrefix(letter.Link, b.site.URL(""))
	if code == "" || !ok {
		b.Fatalf("the letter has no code, or leads elsewhere: %s %s", letter.Text, letter.Link)
	}
	return code, path
}

func (b *visitorOf) signIn(email string) *visitorOf {
	b.Helper()
	code, _ := b.code(email)
	if r := b.do(http.MethodPost, "/account/code", url.Values{"code": {code}}); r.Status != http.StatusSeeOther || b.cookies["dramac_person"] == "" {
		b.Fatalf("signing in: %d %s", r.Status, r.Text())
	}
	return b
}

const tickets = "/api/modules/desk/ticket"

// list returns the subjects that somebody sees.
func (b *visitorOf) list() string {
	b.Helper()
	r := b.do(http.MethodGet, tickets+"?order=subject", nil)
	var rows []map[string]any
	if r.Status != http.StatusOK || json.Unmarshal([]byte(r.Body), &rows) != nil {
		b.Fatalf("the list: %d %s", r.Status, r.Body)
	}
	var all []string
	for _, row := range rows {
		all = append(all, row["subject"].(string))
		if row["note"] != nil {
			b.Errorf("what is internal is shown: %v", row)
		}
	}
	return strings.Join(all, " ")
}

// ask makes a ticket and returns its id.
func (b *visitorOf) ask(subject string) string {
	b.Helper()
	r := b.do(http.MethodPost, tickets+"/ask", testkit.JSON(`{"subject":"`+subject+`"}`))
	if r.Status >= 300 {
		b.Fatalf("asking: %d %s", r.Status, r.Body)
	}
	var id string
	if err := b.DB.Pool().QueryRow(b.Context(), `select record from platform.changes where site_id = $1 and after->>'subject' = $2 limit 1`, b.site.ID, subject).Scan(&id); err != nil {
		b.Fatal(err)
	}
	return id
}

// TestPeopleOfASite signs people in on sites, and tries to reach what is
// somebody else's.
func TestPeopleOfASite(t *testing.T) {
	p := testkit.NewPlatform(t)
	var ahead atomic.Int64
	p.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	p = p.Twin()
	if r := p.Do(p.Visitor, http.MethodGet, p.Home.URL("/account"), nil); r.Status != http.StatusNotFound {
		t.Errorf("a site without customers has a sign-in: %d", r.Status)
	}
	p.Publish(p.Home, desk.Pack(t))
	p.Install(p.Home, "desk")
	p.Install(p.Sister, "desk")
	tag := strings.ReplaceAll(p.Home.Subdomain, "sub", "p")
	ann, bob := "ann-"+tag+"@example.com", "bob-"+tag+"@example.com"

	a := browserOn(p, p.Home).signIn(strings.ToUpper(ann))
	b := browserOn(p, p.Home).signIn(bob)
	twin := browserOn(p.Twin(), p.Home)
	mine, theirs := a.ask("mine"), b.ask("theirs")
	if a.list() != "mine" || b.list() != "theirs" {
		t.Errorf("they see %q and %q", a.list(), b.list())
	}
	// The same person in another browser and another process.
	second := browserOn(p, p.Home)
	_, link := second.code(ann)
	elsewhere := browserOn(p, p.Home)
	for range 2 {
		if r := elsewhere.do(http.MethodGet, link, nil); r.Status != http.StatusOK || elsewhere.cookies["dramac_person"] != "" {
			t.Errorf("following the link: %d, cookies %v", r.Status, elsewhere.cookies)
		}
	}
	token := link[strings.Index(link, "=")+1:]
	if r := browserOn(p, p.Sister).do(http.MethodPost, "/account/link", url.Values{"token": {token}}); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("the link works on another site: %d", r.Status)
	}
	var good atomic.Int32
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if browserOn(p, p.Home).do(http.MethodPost, "/account/link", url.Values{"token": {token}}).Status == http.StatusSeeOther {
				good.Add(1)
			}
		})
	}
	both.Wait()
	if good.Load() != 1 {
		t.Errorf("the link worked %d times", good.Load())
	}
	if r := second.do(http.MethodPost, "/account/code", url.Values{"code": {"000000"}}); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Text(), "/account") {
		t.Errorf("the code outlives its link: %d", r.Status)
	}

	// What is another person's, another site's or nobody's is not there.
	forged := testkit.NewID().String()
	neutral := func(r testkit.Response, id string) string { return strings.ReplaceAll(r.Text(), id, "<id>") }
	for _, q := range []struct {
		method, path string
		body         any
	}{
		{http.MethodGet, "", nil},
		{http.MethodPost, "/take_back", testkit.JSON(`{}`)},
		{http.MethodGet, "/history", nil},
		{http.MethodPatch, "", testkit.JSON(`{"subject":"taken"}`)},
		{http.MethodDelete, "", nil},
	} {
		got, absent := a.do(q.method, tickets+"/"+theirs+q.path, q.body), a.do(q.method, tickets+"/"+forged+q.path, q.body)
		if got.Status != http.StatusNotFound || neutral(got, theirs) != neutral(absent, forged) {
			t.Errorf("%s %s of somebody else's: %d\n%s\n--- and ---\n%s", q.method, q.path, got.Status, got.Text(), absent.Text())
		}
	}
	for _, q := range []struct {
		method, path string
		body         any
	}{
		{http.MethodPost, tickets, testkit.JSON(`{"subject":"made","note":"by hand"}`)},
		{http.MethodPatch, tickets + "/" + mine, testkit.JSON(`{"subject":"changed"}`)},
		{http.MethodGet, tickets + "/" + mine + "/history", nil},
		{http.MethodGet, "/api/modules/equipment-rental/customer", nil},
		{http.MethodGet, "/api/modules/" + p.Home.Secret + "/note", nil},
	} {
		if r := a.do(q.method, q.path, q.body); r.Status != http.StatusNotFound {
			t.Errorf("%s %s: %d %s", q.method, q.path, r.Status, r.Body)
		}
	}
	for _, filter := range []string{"note=eq.internal", "select=note", "order=note", "created_by=neq.@person"} {
		if r := a.do(http.MethodGet, tickets+"?"+filter, nil); strings.Contains(r.Body, "theirs") || strings.Contains(r.Body, "internal\"") {
			t.Errorf("%s: %d %s", filter, r.Status, r.Body)
		}
	}
	if r := a.do(http.MethodPost, tickets+"/"+mine+"/take_back", testkit.JSON(`{}`)); r.Status >= 300 {
		t.Errorf("their own: %d %s", r.Status, r.Body)
	}
	// The cookie is one site's: not another's, and not the platform's.
	stolen := browserOn(p, p.Sister)
	stolen.cookies["dramac_person"] = a.cookies["dramac_person"]
	if r := stolen.do(http.MethodGet, tickets, nil); r.Status != http.StatusUnauthorized {
		t.Errorf("on another site: %d %s", r.Status, r.Body)
	}
	for _, name := range []string{"dramac_person", testkit.SessionCookie} {
		r := p.Do(p.Visitor, http.MethodGet, "/app", nil, testkit.Header{Name: "Cookie", Value: name + "=" + a.cookies["dramac_person"]})
		if r.Status != http.StatusSeeOther {
			t.Errorf("in the app by %s: %d", name, r.Status)
		}
	}
	member := browserOn(p, p.Home)
	member.cookies["dramac_person"] = p.Owner.Token()
	if r := member.do(http.MethodGet, tickets, nil); r.Status != http.StatusUnauthorized {
		t.Errorf("a member's session on the site: %d", r.Status)
	}
	if r := member.do(http.MethodGet, "/", nil); strings.Contains(r.Text(), ann) {
		t.Error("a page knows somebody")
	}

	// Codes: in the browser that asked, five times, for ten minutes.
	third := browserOn(p, p.Home)
	code, _ := third.code(bob)
	if r := browserOn(p, p.Home).do(http.MethodPost, "/account/code", url.Values{"code": {code}}); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("the code works in another browser: %d", r.Status)
	}
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	for range 5 {
		third.do(http.MethodPost, "/account/code", url.Values{"code": {wrong}})
	}
	if third.do(http.MethodPost, "/account/code", url.Values{"code": {code}}); third.cookies["dramac_person"] != "" {
		t.Error("the sixth code is tried")
	}
	late := browserOn(p, p.Home)
	code, link = late.code(ann)
	ahead.Add(int64(11 * time.Minute))
	late.do(http.MethodPost, "/account/code", url.Values{"code": {code}})
	late.do(http.MethodPost, "/account/link", url.Values{"token": {link[strings.Index(link, "=")+1:]}})
	if late.cookies["dramac_person"] != "" {
		t.Error("a code or a link works too late")
	}

	// Signed out is signed out, in every process.
	twin.cookies["dramac_person"] = a.cookies["dramac_person"]
	if twin.list() != "mine" {
		t.Error("the other process does not know them")
	}
	a.do(http.MethodPost, "/account/sign-out", url.Values{})
	for _, browser := range []*visitorOf{a, twin} {
		if r := browser.do(http.MethodGet, tickets, nil); r.Status != http.StatusUnauthorized {
			t.Errorf("signed out: %d", r.Status)
		}
	}
	var people int
	if err := p.DB.Pool().QueryRow(t.Context(), `select count(*) from platform.person_account where site_id = $1`, p.Home.ID).Scan(&people); err != nil || people != 2 {
		t.Errorf("%d people: %v", people, err)
	}
}

// TestCustomersHaveTheRulesOfStrangers refuses grants that everybody could take.
func TestCustomersHaveTheRulesOfStrangers(t *testing.T) {
	t.Parallel()
	for _, grant := range []string{"ticket.create", "ticket.read", `"*"`, `"*.read"`, `"ticket.update:own"`, `"ticket.delete:own"`, "settings"} {
		files := fstest.MapFS{}
		for name, text := range desk {
			files[name] = &fstest.MapFile{Data: []byte(strings.Replace(text, "[ticket.ask,", "[ticket.ask, "+grant+",", 1))}
		}
		if _, err := manifest.Read(files); err == nil {
			t.Errorf("customers may be granted %s", grant)
		}
	}
}

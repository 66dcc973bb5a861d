package gateway_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/testkit"
)

// TestOneRequestCannotKeepTheServerBusy sends as much nonsense as fits.
func TestOneRequestCannotKeepTheServerBusy(t *testing.T) {
	p := testkit.NewPlatform(t)
	var body strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&body, `,"x%d":1`, i)
	}
	var query strings.Builder
	for i := range 6_000 {
		fmt.Fprintf(&query, "&a%d=1", i)
	}
	for _, row := range []struct {
		says, method, to string
		body             any
	}{
		{"keys that do not exist", http.MethodPost, p.Home.URL(sign), testkit.JSON("{" + body.String()[1:] + "}")},
		{"parameters that do not exist", http.MethodGet, p.Home.URL(testkit.API("guestbook.entry") + "?" + query.String()[1:]), nil},
	} {
		begun := time.Now()
		r := p.Do(p.Visitor, row.method, row.to, row.body)
		if r.Status != http.StatusUnprocessableEntity || len(r.Body) > 64<<10 {
			t.Errorf("%s: %d with %d bytes", row.says, r.Status, len(r.Body))
		}
		if took := time.Since(begun); took > 10*time.Second { // it was minutes
			t.Errorf("%s took %s", row.says, took)
		}
	}
}

// unread fails the test when the server reads it.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body of a stranger was read")
	return 0, http.ErrBodyReadAfterClose
}

func TestTheBodyOfAStrangerIsNotRead(t *testing.T) {
	p := testkit.NewPlatform(t)
	for _, to := range []string{"/api/v1/packages", "/app/modules", testkit.API(items)} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost:8080"+to, unread{t})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		p.Server.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized && w.Code != http.StatusSeeOther {
			t.Errorf("%s: %d", to, w.Code)
		}
	}
}

func TestADamagedPackageTakesDownItsOwnModuleOnly(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.Change(`update platform.module_version set blob = decode(repeat('00', 32), 'hex') where module_id = $1`,
		p.Release(p.Home, "guestbook").ID)
	fresh := p.Twin() // has not read the package yet
	if r := fresh.Do(p.SiteKey, http.MethodGet, testkit.API("guestbook.entry"), nil); r.Status != http.StatusInternalServerError {
		t.Errorf("the damaged module answers %d", r.Status)
	}
	for _, row := range []struct {
		says  string
		actor testkit.Actor
		to    string
	}{
		{"the site's page", p.Visitor, p.Home.URL("/")},
		{"another module", p.SiteKey, testkit.API(items)},
		{"the site in the app", p.Owner, p.Home.App("")},
		{"its modules", p.Owner, p.Home.App("/modules")},
		{"the damaged module's own page", p.Owner, p.Home.App("/modules/guestbook")},
	} {
		if r := fresh.Do(row.actor, http.MethodGet, row.to, nil); r.Status != http.StatusOK {
			t.Errorf("%s: %d", row.says, r.Status)
		}
	}
	off := fresh.Do(p.SiteKey, http.MethodPatch, "/api/v1/sites/"+p.Home.ID.String()+"/modules/guestbook", testkit.JSON(`{"enabled":false}`))
	if off.Status != http.StatusOK {
		t.Errorf("disabling it: %d %s", off.Status, off.Body)
	}
}

func TestSettingsAreForWhoeverMayChangeThem(t *testing.T) {
	p := testkit.NewPlatform(t)
	to := "/api/v1/sites/" + p.Home.ID.String() + "/modules"
	for _, row := range []struct {
		actor testkit.Actor
		shown bool
	}{{p.Owner, true}, {p.SiteKey, true}, {p.Viewer, false}, {p.NewKey(p.Home, "guestbook.entry.read"), false}} {
		r := p.Do(row.actor, http.MethodGet, to, nil)
		if r.Status != http.StatusOK || strings.Contains(r.Body, `"settings"`) != row.shown {
			t.Errorf("%s: %d %s", row.actor.Name, r.Status, r.Body)
		}
	}
}

// reaching is a module whose members may write more than they may read.
var reaching = testkit.Files{
	"module.yaml": `{manifest: 1, id: reaching, name: Reaching, version: 1.0.0, type: app, category: other, description: Writing is no reading.,
roles: {clerk: {for: [agency_member], grants: ["thing.read:own", thing.update, thing.create, thing.delete]}}}
`,
	"collections/thing.yaml": `
fields: {name: {type: text, required: true}, rank: {type: integer}, secret: {type: text}}
access: {own: {when: rank > 0, fields: [name]}}
views: {list: {columns: [name, rank], sort: [-rank]}}
`,
}

func TestAWriteAnswersNoMoreThanMayBeRead(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.Publish(p.Home, reaching.Pack(t))
	p.Install(p.Home, "reaching")
	const things = "/api/modules/reaching/thing"
	made := p.Do(p.SiteKey, http.MethodPost, things, testkit.JSON(`{"name":"n","rank":0,"secret":"TOPSECRET"}`)).Object()
	id := fmt.Sprint(made["id"])
	shown := fmt.Sprint(p.Do(p.SiteKey, http.MethodPost, things, testkit.JSON(`{"name":"s","rank":1,"secret":"TOPSECRET"}`)).Object()["id"])
	for _, row := range []struct {
		method, to, body string
		status           int
	}{
		{http.MethodGet, things, ``, 200},
		{http.MethodGet, things + "/" + id, ``, 404},
		{http.MethodPatch, things + "/" + id, `{"name":"m"}`, 404},
		{http.MethodDelete, things + "/" + id, ``, 404},
		{http.MethodPatch, things + "/" + shown, `{}`, 200},
		{http.MethodPatch, things + "/" + shown, `{"name":"m"}`, 200},
		{http.MethodPatch, things + "/" + shown, `{"name":"o","version":1}`, 409},
		{http.MethodPost, things, `{"name":"x","secret":"TOPSECRET"}`, 201},
		{http.MethodDelete, things + "/" + shown, ``, 204},
		{http.MethodPost, things + "/" + id + "/restore", ``, 404},
		{http.MethodPost, things + "/" + shown + "/restore", ``, 200},
	} {
		var body any
		if row.body != "" {
			body = testkit.JSON(row.body)
		}
		r := p.Do(p.Member, row.method, row.to, body, p.Home.On())
		if r.Status != row.status {
			t.Errorf("%s %s %s: %d %s", row.method, row.to, row.body, r.Status, r.Body)
		}
		if strings.Contains(r.Body, "TOPSECRET") || strings.Contains(r.Body, `"rank"`) {
			t.Errorf("%s %s %s tells what may not be read: %s", row.method, row.to, row.body, r.Body)
		}
	}
	unchanged := p.Do(p.SiteKey, http.MethodPatch, things+"/"+id, testkit.JSON(`{}`)).Object()
	again := p.Do(p.SiteKey, http.MethodPatch, things+"/"+id, testkit.JSON(`{}`)).Object()
	if unchanged["version"] != again["version"] {
		t.Error("a change of nothing makes a new version")
	}
	for _, query := range []string{"", "?order=rank.desc", "?order=nonsense", "?q=n"} {
		if r := p.Do(p.Member, http.MethodGet, p.Home.App("/reaching/thing"+query), nil); r.Status != http.StatusOK {
			t.Errorf("the list with a hidden sort and %q: %d", query, r.Status)
		}
	}
}

func TestASlipInAFormCostsNothingOfTheLimit(t *testing.T) {
	p := testkit.NewPlatform(t)
	from := testkit.From("198.51.100.77")
	for range 8 {
		if r := p.Do(p.Visitor, http.MethodPost, p.Home.URL(sign), url.Values{"name": {"x"}}, from); r.Status != http.StatusUnprocessableEntity {
			t.Fatalf("a form without its message: %d", r.Status)
		}
	}
	slip := func(site *testkit.Site, from testkit.Header) {
		if r := p.Do(p.Visitor, http.MethodPost, site.URL(sign), url.Values{"name": {"x"}}, from); r.Status != http.StatusUnprocessableEntity {
			t.Fatalf("a form without its message: %d", r.Status)
		}
	}
	for i := range 6 {
		// Neither a slip of one's own nor of others gives anything back.
		if i < 5 {
			slip(p.Home, from)
		}
		slip(p.Home, testkit.From("198.51.100.78"))
		slip(p.Sister, testkit.From("198.51.100.79"))
		r := p.Do(p.Visitor, http.MethodPost, p.Home.URL(sign), signed("Marta", "kept words"), from)
		want := http.StatusSeeOther
		if r.Header.Get("X-RateLimit-Limit") != "5" || r.Header.Get("X-RateLimit-Remaining") != strconv.Itoa(max(0, 4-i)) {
			t.Errorf("sending %d: %s of %s are left", i+1, r.Header.Get("X-RateLimit-Remaining"), r.Header.Get("X-RateLimit-Limit"))
		}
		if i == 5 { // the example allows five an hour
			want = http.StatusTooManyRequests
			if r.Header.Get("Retry-After") == "" || r.Header.Get("X-RateLimit-Reset") == "" {
				t.Error("the limit does not say when to come again")
			}
			if !strings.Contains(r.Body, "kept words") {
				t.Error("the limit lost what was typed")
			}
		}
		if r.Status != want {
			t.Errorf("sending %d: %d", i+1, r.Status)
		}
	}
}

func TestWhatTheClientMakesUpBecomesNoSeries(t *testing.T) {
	p := testkit.NewPlatform(t)
	for i := range 5 {
		p.Do(p.Visitor, fmt.Sprintf("MADEUP%d", i), "/app/login", nil)
	}
	metrics := p.Do(p.Visitor, http.MethodGet, "/metrics", nil, testkit.From("127.0.0.1")).Body
	if strings.Contains(metrics, "MADEUP") || !strings.Contains(metrics, `method="other"`) {
		t.Error("a method that does not exist is a label")
	}
}

func TestASchemeIsWrittenInAnyCase(t *testing.T) {
	p := testkit.NewPlatform(t)
	for _, scheme := range []string{"Bearer", "bearer", "BEARER"} {
		r := p.Do(p.Visitor, http.MethodGet, testkit.API(items), nil, testkit.Header{Name: "Authorization", Value: scheme + " " + p.SiteKey.Token()})
		if r.Status != http.StatusOK {
			t.Errorf("%s: %d", scheme, r.Status)
		}
	}
	r := p.Do(p.Visitor, http.MethodGet, testkit.API(items), nil, testkit.Header{Name: "Authorization", Value: "Basic " + p.SiteKey.Token()})
	if r.Status != http.StatusUnauthorized {
		t.Errorf("another scheme: %d", r.Status)
	}
}

// TestRealErrorsAreAsThePlatformDescribesThem holds problem documents against
// the schema in the platform's own document.
func TestRealErrorsAreAsThePlatformDescribesThem(t *testing.T) {
	p := testkit.NewPlatform(t)
	document, err := openapi3.NewLoader().LoadFromData([]byte(p.Do(p.Visitor, http.MethodGet, "/api/v1/openapi.json", nil).Body))
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	schema := document.Components.Schemas["ErrorModel"].Value
	site := "/api/v1/sites/" + p.Home.ID.String() + "/modules"
	for _, r := range []testkit.Response{
		p.Do(p.Visitor, http.MethodGet, site, nil),
		p.Do(p.Viewer, http.MethodPost, site, testkit.JSON(`{"module":"guestbook"}`)),
		p.Do(p.Owner, http.MethodPost, site, testkit.JSON(`{"module":7,"x":1}`)),
		p.Do(p.Owner, http.MethodPost, site, testkit.JSON(`{`)),
		p.Do(p.Owner, http.MethodPost, site, testkit.JSON(`{"module":"guestbook"}`)),
		p.Do(p.SiteKey, http.MethodPost, "/api/v1/packages", []byte("not a package")),
	} {
		var problem map[string]any
		if err := json.Unmarshal([]byte(r.Body), &problem); err != nil {
			t.Fatalf("%d %s: %v", r.Status, r.Body, err)
		}
		if err := schema.VisitJSON(problem); err != nil {
			t.Errorf("%d %s: %v", r.Status, r.Body, err)
		}
		if problem["code"] == "" || problem["message"] == "" || problem["status"] != float64(r.Status) {
			t.Errorf("%d: %s", r.Status, r.Body)
		}
	}
	published := document.Paths.Find("/api/v1/packages").Post.Responses
	if published.Value("200") == nil || published.Value("201") == nil {
		t.Error("publishing is not described with both of its answers")
	}
}

func TestAMemberOfTwoAgenciesWorksWhereItMay(t *testing.T) {
	p := testkit.NewPlatform(t)
	person := p.NewPerson("of two agencies", access.Member{Agency: p.Home.Agency, Role: access.Viewer}, p.Home)
	p.Change(`insert into platform.member (id, agency_id, account_id, role)
		select $1, $2, account_id, 'owner' from platform.session where token_hash = sha256($3::bytea)`,
		testkit.NewID(), p.Foreign.Agency, []byte(person.Token()))
	if r := p.Do(person, http.MethodPost, "/api/v1/packages", []byte("not a package")); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("publishing for the agency it owns: %d %s", r.Status, r.Body)
	}
	// What it sees is in two, so it is asked which.
	foreign, home := "?agency="+p.Foreign.Agency.String(), "?agency="+p.Home.Agency.String()
	for _, row := range []struct {
		method, to string
		body       any
		status     int
		has, lacks string
	}{
		{http.MethodGet, "/api/v1/modules", nil, 400, "agency_required", ""},
		{http.MethodGet, "/api/v1/modules" + foreign, nil, 200, p.Foreign.Secret, p.Home.Secret},
		{http.MethodGet, "/api/v1/modules" + home, nil, 200, p.Home.Secret, p.Foreign.Secret},
		{http.MethodGet, "/api/v1/modules?agency=" + testkit.NewID().String(), nil, 404, "", ""},
		{http.MethodPost, "/api/v1/packages" + home, []byte("not a package"), 404, "", ""},
		{http.MethodGet, "/app/modules" + foreign, nil, 200, p.Foreign.Secret, p.Home.Secret},
		{http.MethodGet, "/app/modules" + foreign, nil, 200, "/app/modules" + home, ""},
		{http.MethodGet, "/app/modules" + home, nil, 200, p.Home.Secret, p.Foreign.Secret},
		{http.MethodGet, p.Foreign.App("/modules"), nil, 200, "/app/modules" + foreign, ""},
		{http.MethodPost, "/app/modules" + foreign, url.Values{}, 422, p.Foreign.Secret, ""},
	} {
		r := p.Do(person, row.method, row.to, row.body)
		if r.Status != row.status || !strings.Contains(r.Body, row.has) || row.lacks != "" && strings.Contains(r.Body, row.lacks) {
			t.Errorf("%s %s: %d, %q is there: %v", row.method, row.to, r.Status, row.has, strings.Contains(r.Body, row.has))
		}
	}
}

func TestUsesAllAtOnceAreLimitedToo(t *testing.T) {
	p := testkit.NewPlatform(t)
	from := testkit.From("198.51.100.80")
	var accepted atomic.Int32
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			if p.Do(p.Visitor, http.MethodPost, p.Home.URL(sign), signed("Marta", "at once"), from).Status == http.StatusSeeOther {
				accepted.Add(1)
			}
		})
	}
	all.Wait()
	if n := accepted.Load(); n != 5 {
		t.Errorf("%d of 12 were accepted, the example allows five an hour", n)
	}
}

// TestNothingOfAFilterIsLost sends filters that the standard library would drop
// without a word, so that more records would match than were asked for.
func TestNothingOfAFilterIsLost(t *testing.T) {
	p := testkit.NewPlatform(t)
	before := p.State()
	for _, row := range []struct {
		query  string
		status int
		hint   string
	}{
		{"quantity=gte.0&name=eq.nothing;", 200, ""},
		{"quantity=gte.0&name=eq.nothing;x=1", 200, ""},
		{"quantity=gte.0;name=eq.nothing", 422, ""},
		{"quantity=gte.0&name=like.nothing%", 400, "%25"},
		{"quantity=gte.0&name=eq.%zz", 400, "%25"},
		{"quantity=gte.0&name=eq.%ff", 400, "%25"},
		{"quantity=gte.0&name=like.nothing%25", 200, ""},
	} {
		for _, r := range []testkit.Response{
			p.Do(p.SiteKey, http.MethodGet, testkit.API(items)+"?"+row.query, nil),
			p.Do(p.SiteKey, http.MethodPatch, testkit.API(items)+"?"+row.query, testkit.JSON(`{"quantity":3}`)),
			p.Do(p.SiteKey, http.MethodDelete, testkit.API(items)+"?"+row.query, nil),
		} {
			if r.Status != row.status && (row.status != 200 || r.Status != 204) || !strings.Contains(r.Body, row.hint) || r.Status == 200 && r.Body != "[]" {
				t.Errorf("%s: %d %s", row.query, r.Status, r.Body)
			}
		}
	}
	plan := "/api/v1/sites/" + p.Home.ID.String() + "/modules/equipment-rental/plan?version="
	for version, status := range map[string]int{"9.9.9;": 422, "9.9.9%": 400} {
		if r := p.Do(p.SiteKey, http.MethodGet, plan+version, nil); r.Status != status {
			t.Errorf("a plan for %s: %d %s", version, r.Status, r.Body)
		}
	}
	// People follow links that others have lengthened.
	if r := p.Do(p.Visitor, http.MethodGet, p.Home.URL("/?sent=a.b.c;&utm=50%"), nil); r.Status != http.StatusOK {
		t.Errorf("the site's page: %d", r.Status)
	}
	if changed := p.State().Changed(before); changed != "" {
		t.Errorf("something was written: %s", changed)
	}
}

// TestInputIsTakenAsItIsSent sends what the readers of Go would quietly mend.
func TestInputIsTakenAsItIsSent(t *testing.T) {
	p := testkit.NewPlatform(t)
	before := p.State()
	as := func(kind string) testkit.Header { return testkit.Header{Name: "Content-Type", Value: kind} }
	site := "/api/v1/sites/" + p.Home.ID.String() + "/modules"
	entry := func(name string) testkit.JSON { return testkit.JSON(`{"name":"` + name + `","message":"m"}`) }
	api := testkit.API("guestbook.entry")
	one := api + "/" + p.Home.Records["guestbook.entry"].String()
	for _, row := range []struct {
		method, to string
		body       testkit.JSON
		header     testkit.Header
		status     int
		code, path string
	}{
		{"POST", api, entry("\xff\xfe"), as(""), 422, "not_text", ""},
		{"POST", api, entry(`\ud800`), as(""), 422, "not_text", ""},
		{"POST", api, "[" + entry(`\udc00`) + "]", as(""), 422, "not_text", ""},
		{"PATCH", one, `{"name":"\ud800"}`, as(""), 422, "not_text", ""},
		{"POST", api + "/sign", entry(`\ud800`), as(""), 422, "not_text", ""},
		{"POST", api, entry("x"), as("application/json; charset=latin1"), 415, "unsupported_media_type", ""},
		{"POST", api, `{"name":"x","message":"m","version":5}`, as(""), 422, "invalid", "version"},
		{"POST", api, `[{"name":"x","message":"m","version":5}]`, as(""), 422, "invalid", "0.version"},
		{"POST", site, `{"module":"guestbook"}`, as("text/plain"), 415, "unsupported_media_type", ""},
		{"PATCH", site + "/guestbook", `{"enabled":true}`, as("application/x-www-form-urlencoded"), 415, "unsupported_media_type", ""},
		{"PATCH", site + "/guestbook", `{"enabled":true,"enabled":false}`, as(""), 422, "invalid", "enabled"},
		{"PATCH", site + "/guestbook", `{"settings":{"greeting":"a","greeting":"b"}}`, as(""), 422, "invalid", "settings.greeting"},
		{"PATCH", site + "/guestbook", `{"settings":{"greeting":"\ud800"}}`, as(""), 422, "not_text", ""},
		{"PATCH", site + "/guestbook", `{"version":""}`, as(""), 422, "invalid", "version"},
		{"POST", site, `{"module":"guestbook","version":""}`, as(""), 422, "invalid", "version"},
		{"POST", site, `{"version":7}`, as(""), 422, "invalid", "body.module"},
		{"POST", site, `{"module":"guestbook","x":1}`, as(""), 422, "invalid", "body.x"},
		{"POST", site, `7`, as(""), 422, "invalid_json", ""},
		{"POST", site, ``, as(""), 422, "invalid_json", ""},
		{"POST", site, `{"module":`, as(""), 422, "invalid_json", ""},
		{"GET", site + "/guestbook/plan?version=", "", as(""), 422, "invalid", "version"},
		{"POST", "/api/v1/packages", "x=1", as("application/x-www-form-urlencoded"), 415, "unsupported_media_type", ""},
		{"POST", "/api/v1/packages", "x=1", as("application/octet-stream"), 422, "package_malformed", ""},
	} {
		r := p.Do(p.SiteKey, row.method, row.to, row.body, row.header)
		if r.Status != row.status || r.Code() != row.code || !strings.Contains(r.Body, `"path":"`+row.path) {
			if r.Status != row.status || r.Code() != row.code || row.path != "" {
				t.Errorf("%s %s %s: %d %s", row.method, row.to, row.body, r.Status, r.Body)
			}
		}
		for _, foreign := range []string{"expected", "unexpected", "huma", "content type"} {
			if strings.Contains(r.Body, foreign) {
				t.Errorf("%s %s %s speaks as a library: %s", row.method, row.to, row.body, r.Body)
			}
		}
	}
	if changed := p.State().Changed(before); changed != "" {
		t.Errorf("something was written: %s", changed)
	}
}

// TestOnlyOurHostsAreAnswered names hosts that somebody else could have.
func TestOnlyOurHostsAreAnswered(t *testing.T) {
	p := testkit.NewPlatform(t)
	for host, status := range map[string]int{
		"localhost:8080": 200, "LOCALHOST.": 200, "127.0.0.1": 200, "[::1]:8080": 200, "10.0.0.7:8080": 200, p.Home.Host(): 404, "x.localhost": 404,
		"evil.example": 421, "localhost.evil.example": 421, "evillocalhost": 421, "127.0.0.1.evil.example": 421,
	} {
		for _, to := range []string{"/healthz", "/metrics", "/api/v1/openapi.json"} {
			if r := p.Do(p.Visitor, http.MethodGet, "http://"+host+to, nil, testkit.From("127.0.0.1")); r.Status != status {
				t.Errorf("%s%s: %d", host, to, r.Status)
			}
		}
	}
	r := p.Do(p.Owner, http.MethodGet, "http://evil.example/app", nil)
	if r.Status != http.StatusMisdirectedRequest || strings.Contains(r.Body, p.Owner.Name) {
		t.Errorf("the app at a foreign host: %d", r.Status)
	}
}

// TestAPageIsAVisitorsWhoeverAsks sends a key that may read everything.
func TestAPageIsAVisitorsWhoeverAsks(t *testing.T) {
	p := testkit.NewPlatform(t)
	for _, row := range []struct {
		method string
		body   any
		to     string
		status int
	}{
		{http.MethodGet, nil, "/", 200},
		{http.MethodPost, url.Values{"name": {"x"}}, sign, 422},
	} {
		plain := p.Do(p.Visitor, row.method, p.Home.URL(row.to), row.body)
		r := p.Do(p.Home.Key, row.method, p.Home.URL(row.to), row.body)
		if r.Status != row.status && !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") || r.Body != plain.Body {
			t.Errorf("%s %s with a key: %d, and %d for a visitor", row.method, row.to, r.Status, plain.Status)
		}
		for _, word := range p.Home.Hidden {
			if strings.Contains(r.Body, word) {
				t.Errorf("%s %s shows %q to who sends a key", row.method, row.to, word)
			}
		}
	}
}

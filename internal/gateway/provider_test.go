package gateway_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/testkit"
)

const (
	clientSecret  = "a secret of the client"
	journeyCookie = "dramac_journey"
)

// trust lets the site's agency trust the issuer, as its owner does on the
// screen.
func trust(p *testkit.Platform, owner testkit.Actor, site *testkit.Site, i *issuer, change ...string) {
	p.Helper()
	form := url.Values{
		"issuer": {i.URL}, "client": {"client of " + site.Subdomain}, "secret": {clientSecret}, "domains": {"example.com"}, "address": {site.Subdomain}, "enabled": {"true"},
	}
	for _, c := range change {
		name, value, _ := strings.Cut(c, "=")
		form.Set(name, value)
	}
	post(p, owner, "/app/agency/provider", form, http.StatusSeeOther)
}

// journey is a browser on its way to a provider and back.
type journey struct {
	*testkit.Platform
	actor    testkit.Actor // whom the browser is signed in as
	browser  string        // its cookie
	question string        // where it was sent
}

func depart(p *testkit.Platform, a testkit.Actor, from string) journey {
	p.Helper()
	r := p.Do(a, http.MethodGet, from, nil, testkit.Header{Name: "Sec-Fetch-Site", Value: "same-origin"})
	cookie := r.Cookie(journeyCookie)
	if r.Status != http.StatusSeeOther || cookie == nil || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode {
		p.Fatalf("%s: %d, cookie %v\n%s", from, r.Status, cookie, r.Text())
	}
	return journey{p, a, cookie.Value, r.Location()}
}

// arrive brings the provider's answer to the agency of the site.
func (j journey) arrive(site *testkit.Site, answer url.Values) testkit.Response {
	j.Helper()
	var headers []testkit.Header
	if j.browser != "" {
		headers = append(headers, testkit.Header{Name: "Cookie", Value: journeyCookie + "=" + j.browser})
	}
	return j.Do(j.actor, http.MethodGet, "/app/login/callback/"+site.Agency.String()+"?"+answer.Encode(), nil, headers...)
}

// enter signs somebody in by the site's agency's provider and returns who that is.
func enter(p *testkit.Platform, site *testkit.Site, i *issuer, a testkit.Actor, subject string) testkit.Actor {
	p.Helper()
	j := depart(p, p.Visitor, "/app/login/org/"+site.Subdomain+"/start")
	r := j.arrive(site, i.answer(j.question, subject, a.Email))
	cookie := r.Cookie(testkit.SessionCookie)
	if r.Status != http.StatusSeeOther || cookie == nil {
		p.Fatalf("%s cannot sign in: %d\n%s", a.Name, r.Status, r.Text())
	}
	return a.WithToken(cookie.Value)
}

// TestIdentityProviders tells, one after the other on one platform, what agencies'
// providers can do, and what they cannot.
func TestIdentityProviders(t *testing.T) {
	p := testkit.NewPlatform(t)
	for _, chapter := range []func(*testing.T, *testkit.Platform){
		aProviderSignsIn, aProvidersAnswersDoNotHold, aProviderProvesAgain, whatAProviderOpenedEndsWithIt, aProviderIsNamed, anAgencyInsistsOnItsProvider,
		aProviderReachesItsAgencyOnly,
	} {
		chapter(t, p)
	}
}

// aProviderSignsIn walks the whole way, once.
func aProviderSignsIn(t *testing.T, p *testkit.Platform) {
	i := newIssuer(t)
	trust(p, p.Owner, p.Home, i)
	page := p.Do(p.Owner, http.MethodGet, "/app/agency/provider", nil)
	if page.Status != http.StatusOK || strings.Contains(page.Body, clientSecret) || !strings.Contains(page.Body, "/app/login/callback/"+p.Home.Agency.String()) {
		t.Errorf("the settings: %d, or they show the secret", page.Status)
	}
	var stored string
	if err := p.DB.Pool().QueryRow(t.Context(), `select client_secret from platform.identity_provider where agency_id = $1`, p.Home.Agency).Scan(&stored); err != nil || strings.Contains(stored, clientSecret) {
		t.Errorf("the secret is stored as %q: %v", stored, err)
	}

	// A link of somebody else's does not go on without saying where.
	for _, from := range []string{"cross-site", "none", "same-site"} {
		r := p.Do(p.Visitor, http.MethodGet, "/app/login/org/"+p.Home.Subdomain+"/start", nil, testkit.Header{Name: "Sec-Fetch-Site", Value: from})
		if r.Status != http.StatusOK || !strings.Contains(r.Body, strings.TrimPrefix(i.URL, "http://")) {
			t.Errorf("coming from %s: %d %s", from, r.Status, r.Location())
		}
	}
	j := depart(p, p.Visitor, "/app/login/org/"+p.Home.Subdomain+"/start?next="+url.QueryEscape(p.Home.App("")))
	asked, err := url.Parse(j.question)
	if err != nil {
		t.Fatal(err)
	}
	q := asked.Query()
	if q.Get("code_challenge_method") != "S256" || len(q.Get("state")) != 64 || len(q.Get("nonce")) != 64 || q.Get("response_type") != "code" || !strings.Contains(q.Get("scope"), "openid") {
		t.Errorf("the question is %v", q)
	}
	answer := i.answer(j.question, "subject-1", p.Member.Email)
	r := j.arrive(p.Home, answer)
	if r.Status != http.StatusSeeOther || r.Location() != p.Home.App("") || r.Cookie("dramac_device") != nil {
		t.Fatalf("arrived: %d %s, device %v\n%s", r.Status, r.Location(), r.Cookie("dramac_device"), r.Text())
	}
	member := p.Member.WithToken(r.Cookie(testkit.SessionCookie).Value)
	if !in(p, member) || p.Do(member, http.MethodGet, p.Home.App("/equipment-rental/item"), nil).Status != http.StatusOK {
		t.Error("whoever signed in is not in")
	}
	for _, action := range []string{"provider.created", "provider.linked", "account.signed_in_by_provider"} {
		if noted(p, action) != 1 {
			t.Errorf("%s was noted %d times", action, noted(p, action))
		}
	}
	// State and code work once.
	if r := j.arrive(p.Home, answer); r.Status != http.StatusUnprocessableEntity || r.Cookie(testkit.SessionCookie) != nil {
		t.Errorf("used again: %d", r.Status)
	}
	// Afterwards the subject counts, whatever its address.
	again := enter(p, p.Home, i, testkit.Actor{Name: "renamed", Email: "renamed-" + p.Member.Email}, "subject-1")
	if r := p.Do(again, http.MethodGet, "/app/me", nil); !strings.Contains(r.Body, p.Member.Email) {
		t.Error("the subject is somebody else now")
	}
	if noted(p, "provider.linked") != 1 {
		t.Error("the subject was linked again")
	}
	// The address may come from the page of the user.
	i.lie = func(c map[string]any) { c["email"], c["email_verified"] = nil, nil }
	i.page = map[string]any{"sub": "subject-2", "email": p.Viewer.Email, "email_verified": true}
	enter(p, p.Home, i, p.Viewer, "subject-2")
	i.page["sub"] = "somebody else"
	j = depart(p, p.Visitor, "/app/login/org/"+p.Home.Subdomain+"/start")
	if r := j.arrive(p.Home, i.answer(j.question, "subject-2", p.Viewer.Email)); r.Cookie(testkit.SessionCookie) != nil {
		t.Error("the page of another user is believed")
	}
	// People of clients come in too.
	i.lie = nil
	enter(p, p.Home, i, p.ClientMember, "subject-3")
}

// aProvidersAnswersDoNotHold tries everything that a provider, or
// somebody between, may do wrong.
func aProvidersAnswersDoNotHold(t *testing.T, p *testkit.Platform) {
	i, evil := newIssuer(t), newIssuer(t)
	trust(p, p.Owner, p.Home, i)
	trust(p, p.ForeignOwner, p.Foreign, evil)
	other := newIssuer(t)
	hour := time.Hour
	for _, row := range []struct {
		says    string
		lie     func(c map[string]any)
		sign    func(c map[string]any) string
		arrive  func(j journey, answer url.Values) testkit.Response // nil: as it should be
		subject string
		email   string // empty: the member's
		asks    bool   // the provider is asked for tokens
	}{
		{says: "another nonce", lie: func(c map[string]any) { c["nonce"] = "another" }, asks: true},
		{says: "no nonce", lie: func(c map[string]any) { c["nonce"] = nil }, asks: true},
		{says: "another audience", lie: func(c map[string]any) { c["aud"] = "another" }, asks: true},
		{says: "several audiences and no party", lie: func(c map[string]any) { c["aud"] = []any{c["aud"], "another"} }, asks: true},
		{says: "another party", lie: func(c map[string]any) { c["azp"] = "another" }, asks: true},
		{says: "another issuer", lie: func(c map[string]any) { c["iss"] = other.URL }, asks: true},
		{says: "expired", lie: func(c map[string]any) { c["exp"] = time.Now().Add(-time.Second).Unix() }, asks: true},
		{says: "no end", lie: func(c map[string]any) { c["exp"] = nil }, asks: true},
		{says: "not valid yet", lie: func(c map[string]any) { c["nbf"] = time.Now().Add(hour).Unix() }, asks: true},
		{says: "of the future", lie: func(c map[string]any) { c["iat"] = time.Now().Add(hour).Unix() }, asks: true},
		{says: "nobody", lie: func(c map[string]any) { c["sub"] = "" }, asks: true},
		{says: "a subject too long", lie: func(c map[string]any) { c["sub"] = strings.Repeat("x", 256) }, asks: true},
		{says: "an unverified address", lie: func(c map[string]any) { c["email_verified"] = false }, asks: true},
		{says: "an address of which nothing is said", lie: func(c map[string]any) { c["email_verified"] = nil }, asks: true},
		{says: "no address", lie: func(c map[string]any) { c["email"] = nil }, asks: true},
		{says: "a foreign domain", email: "member@example.org", asks: true},
		{says: "a domain that ends alike", email: "member@evilexample.com", asks: true},
		{says: "a subdomain", email: "member@mail.example.com", asks: true},
		{says: "two signs", email: "member@example.com@example.org", asks: true},
		{says: "nobody's address", email: "nobody@example.com", asks: true},
		{says: "a member of another agency", email: p.ForeignOwner.Email, asks: true},
		{says: "no signature", sign: i.unsigned, asks: true},
		{says: "signed with a shared secret", sign: func(c map[string]any) string { return i.signed([]byte(clientSecret+clientSecret), jose.HS256, c) }, asks: true},
		{says: "signed by another", sign: func(c map[string]any) string { return other.signed(other.key, jose.RS256, c) }, asks: true},
		{says: "signed in another way", sign: func(c map[string]any) string { return i.signed(i.key, jose.PS256, c) }, asks: true},
		{says: "no token", sign: func(map[string]any) string { return "" }, asks: true},
		{says: "a changed token", sign: func(c map[string]any) string {
			parts := strings.Split(i.signed(i.key, jose.RS256, c), ".")
			c["email"] = p.Owner.Email
			return parts[0] + "." + strings.Split(i.unsigned(c), ".")[1] + "." + parts[2]
		}, asks: true},
		{says: "a token of another access token", lie: func(c map[string]any) { c["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA" }, asks: true},

		{says: "another browser", arrive: func(j journey, a url.Values) testkit.Response {
			j.browser = strings.Repeat("0", 64)
			return j.arrive(p.Home, a)
		}},
		{says: "a browser that never began", arrive: func(j journey, a url.Values) testkit.Response {
			j.browser = ""
			return j.arrive(p.Home, a)
		}},
		{says: "the state of another journey", arrive: func(j journey, a url.Values) testkit.Response {
			a.Set("state", strings.Repeat("0", 64))
			return j.arrive(p.Home, a)
		}},
		{says: "a code of another journey", asks: true, arrive: func(j journey, a url.Values) testkit.Response {
			second := depart(p, p.Visitor, "/app/login/org/"+p.Home.Subdomain+"/start")
			a.Set("code", i.answer(second.question, "subject", p.Member.Email).Get("code"))
			return j.arrive(p.Home, a)
		}},
		{says: "no code", asks: true, arrive: func(j journey, a url.Values) testkit.Response {
			a.Del("code")
			return j.arrive(p.Home, a)
		}},
		{says: "an error", arrive: func(j journey, a url.Values) testkit.Response {
			a.Set("error", "access_denied")
			return j.arrive(p.Home, a)
		}},
		// One provider's answer brought to another agency (RFC 9700 §4.4).
		{says: "mixed up: at the other agency", arrive: func(j journey, a url.Values) testkit.Response { return j.arrive(p.Foreign, a) }},
		{says: "mixed up: the issuer's name", arrive: func(j journey, a url.Values) testkit.Response {
			a.Set("iss", evil.URL)
			return j.arrive(p.Home, a)
		}},
		{says: "no issuer's name though it gives one", arrive: func(j journey, a url.Values) testkit.Response {
			a.Del("iss")
			return j.arrive(p.Home, a)
		}},
		{says: "no agency's", arrive: func(j journey, a url.Values) testkit.Response {
			return j.Do(p.Visitor, http.MethodGet, "/app/login/callback/no-agency?"+a.Encode(), nil, testkit.Header{Name: "Cookie", Value: journeyCookie + "=" + j.browser})
		}},
	} {
		i.lie, i.sign = row.lie, row.sign
		j := depart(p, p.Visitor, "/app/login/org/"+p.Home.Subdomain+"/start")
		answer := i.answer(j.question, "subject", orText(row.email, p.Member.Email))
		before := i.asked + evil.asked + other.asked
		arrive := row.arrive
		if arrive == nil {
			arrive = func(j journey, a url.Values) testkit.Response { return j.arrive(p.Home, a) }
		}
		r := arrive(j, answer)
		if r.Status != http.StatusUnprocessableEntity || r.Cookie(testkit.SessionCookie) != nil {
			t.Errorf("%s: %d\n%s", row.says, r.Status, r.Text())
		}
		if asked := i.asked+evil.asked+other.asked > before; asked != row.asks {
			t.Errorf("%s: the provider was asked for tokens: %v", row.says, asked)
		}
		i.lie, i.sign = nil, nil
	}
	// The agency's owner sees why, and how often.
	if err := p.Server.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{"provider_refused", "email_unverified", "domain_foreign", "not_member"} {
		var n int
		if err := p.DB.Pool().QueryRow(t.Context(), `select count(*) from platform.audit where agency_id = $1 and action = 'refusal.provider' and details->>'code' = $2`, p.Home.Agency, code).Scan(&n); err != nil || n == 0 {
			t.Errorf("%s is not noted: %v", code, err)
		}
	}
	var sessions, known int
	if err := p.DB.Pool().QueryRow(t.Context(), `select (select count(*) from platform.session where provider_id is not null and account_id = any($1)),
		(select count(*) from platform.identity where account_id = any($1))`, []any{p.Member.ID, p.ForeignOwner.ID, p.Owner.ID}).Scan(&sessions, &known); err != nil || sessions+known != 0 {
		t.Errorf("%d sessions and %d links came of it: %v", sessions, known, err)
	}
	// Whoever is no member and whoever has no account are told the same.
	var answers []string
	for _, email := range []string{p.ForeignOwner.Email, "nobody-at-all@example.com"} {
		j := depart(p, p.Visitor, "/app/login/org/"+p.Home.Subdomain+"/start")
		r := j.arrive(p.Home, i.answer(j.question, "subject", email))
		answers = append(answers, r.Body)
	}
	if answers[0] != answers[1] || !strings.Contains(answers[0], "invitation") {
		t.Errorf("the answers tell who exists:\n%s\n%s", answers[0], answers[1])
	}
}

func orText(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}

// aProviderReachesItsAgencyOnly is the attack that this is all about: an
// agency's owner lets their own provider say that they are somebody who has more
// elsewhere.
func aProviderReachesItsAgencyOnly(t *testing.T, p *testkit.Platform) {
	withPassword(p, p.ForeignOwner)
	// The victim owns Foreign and is a viewer of the attacker's agency.
	p.Change(`insert into platform.member (id, agency_id, account_id, role) values ($1, $2, $3, 'viewer')`, testkit.NewID(), p.Home.Agency, p.ForeignOwner.ID)
	// And even administers the platform, with a second factor.
	p.Change(`insert into platform.administrator (account_id, granted_at) values ($1, now())`, p.ForeignOwner.ID)
	p.Change(`insert into platform.authenticator (account_id, secret, created_at, active_at) values ($1, '', now(), now())`, p.ForeignOwner.ID)
	if r := p.Do(p.ForeignOwner, "GET", "/app/platform/agencies", nil); r.Status != http.StatusOK {
		t.Errorf("the victim does not administer the platform: %d", r.Status)
	}
	i := newIssuer(t)
	trust(p, p.Owner, p.Home, i)
	puppet := enter(p, p.Home, i, p.ForeignOwner, "made up")
	there, here := http.StatusOK, http.StatusNotFound

	for _, row := range []struct {
		method, to string
		body       any
		header     testkit.Header
		status     int
	}{
		{"GET", "/app", nil, testkit.Header{}, there},
		{"GET", p.Home.App(""), nil, testkit.Header{}, there},
		{"GET", p.Foreign.App(""), nil, testkit.Header{}, here},
		{"GET", p.Foreign.App("/settings"), nil, testkit.Header{}, here},
		{"POST", p.Foreign.App("/settings"), url.Values{"name": {"taken"}}, testkit.Header{}, here},
		{"GET", testkit.API("guestbook.entry"), nil, p.Foreign.On(), here},
		{"POST", testkit.API("guestbook.entry"), testkit.JSON(`{"name":"taken","message":"taken"}`), p.Foreign.On(), here},
		{"GET", "/app/agency/clients?agency=" + p.Foreign.Agency.String(), nil, testkit.Header{}, here},
		{"GET", "/app/agency/team?agency=" + p.Foreign.Agency.String(), nil, testkit.Header{}, here},
		{"GET", "/app/agency/provider?agency=" + p.Foreign.Agency.String(), nil, testkit.Header{}, here},
		{"POST", "/app/agency/provider?agency=" + p.Foreign.Agency.String(), url.Values{}, testkit.Header{}, here},
		{"GET", "/api/v1/clients?agency=" + p.Foreign.Agency.String(), nil, testkit.Header{}, here},
		{"GET", "/app/platform/agencies", nil, testkit.Header{}, http.StatusForbidden},
		{"GET", "/app/platform/agencies/" + p.Foreign.Agency.String(), nil, testkit.Header{}, http.StatusForbidden},
		{"POST", "/app/platform/agencies/" + p.Foreign.Agency.String() + "/suspend", url.Values{"reason": {"taken"}}, testkit.Header{}, http.StatusForbidden},
		{"POST", "/app/me/password", url.Values{"current": {password}, "password": {newPassword}}, testkit.Header{}, http.StatusForbidden},
		{"GET", "/app/me/password", nil, testkit.Header{}, http.StatusForbidden},
		{"POST", "/app/me/email", url.Values{"email": {"taken@example.com"}}, testkit.Header{}, http.StatusForbidden},
		{"GET", "/app/me/factor", nil, testkit.Header{}, http.StatusForbidden},
		{"POST", "/app/me/factor", url.Values{"do": {"remove"}}, testkit.Header{}, http.StatusForbidden},
		{"POST", "/app/me/codes", url.Values{}, testkit.Header{}, http.StatusForbidden},
		{"POST", "/app/me/sessions", url.Values{"end": {"others"}}, testkit.Header{}, http.StatusForbidden},
		{"POST", "/app/me/confirm", url.Values{"password": {password}}, testkit.Header{}, http.StatusForbidden},
	} {
		for range 2 { // what is remembered is no more than what was read
			r := p.Do(puppet, row.method, row.to, row.body, row.header)
			if r.Status != row.status {
				t.Errorf("%s %s: %d %s, want %d", row.method, row.to, r.Status, r.Location(), row.status)
			}
			if strings.Contains(r.Body, p.Foreign.Name) || strings.Contains(r.Body, p.Foreign.AgencyName) {
				t.Errorf("%s %s tells of the other agency", row.method, row.to)
			}
		}
	}
	// Nothing about one's own account is open that is not said to be.
	var open []string
	for _, e := range p.Server.Surface() {
		if e.Permission != "own_account" || strings.Contains(e.Pattern, "{") {
			continue
		}
		if r := p.Do(puppet, e.Method, e.Pattern, url.Values{}); r.Status != http.StatusForbidden {
			open = append(open, fmt.Sprintf("%s %s", e.Method, e.Pattern))
		}
	}
	if want := []string{"GET /app/me", "GET /app/me/confirm", "GET /app/me/confirm/provider", "GET /app/me/notifications", "POST /app/me/notifications"}; !slices.Equal(slices.Sorted(slices.Values(open)), want) {
		t.Errorf("open: %v, want %v", open, want)
	}
	if r := p.Do(puppet, "GET", "/app/me", nil); strings.Contains(r.Body, "/app/me/password") || strings.Contains(r.Body, "/app/me/sessions") {
		t.Error("the page tells where the victim is signed in")
	}
	// An invitation of a third agency is not the attacker's to accept.
	token := secret.NewToken()
	third := testkit.NewID()
	p.Change(`insert into platform.agency (id, name) values ($1, 'A third agency')`, third)
	p.Change(`insert into platform.invitation (id, agency_id, email, role, token_hash, invited_by, created_at, expires_at) values ($1, $2, $3, 'owner', $4, $5, now(), now() + interval '1 day')`,
		testkit.NewID(), third, p.ForeignOwner.Email, secret.Hash(token), p.Owner.ID)
	if p.Do(puppet, "GET", "/app/invitation?token="+token, nil).Status != http.StatusForbidden {
		t.Error("the attacker sees the invitation")
	}
	post(p, puppet, "/app/invitation", url.Values{"token": {token}}, http.StatusForbidden)
	if r := login(p, p.ForeignOwner.Email, password, "/app"); r.Status != http.StatusSeeOther {
		t.Errorf("the victim cannot sign in: %d", r.Status)
	}
	if !in(p, p.ForeignOwner) {
		t.Error("the victim was signed out")
	}
	var elsewhere int
	if err := p.DB.Pool().QueryRow(t.Context(), `select count(*) from platform.audit where agency_id = $1 and action like '%by_provider'`, p.Foreign.Agency).Scan(&elsewhere); err != nil || elsewhere != 0 {
		t.Errorf("the other agency's log has %d lines of it: %v", elsewhere, err)
	}
}

// aProviderProvesAgain asks the provider before what is dangerous.
func aProviderProvesAgain(t *testing.T, p *testkit.Platform) {
	i := newIssuer(t)
	trust(p, p.Owner, p.Home, i)
	long := time.Now().Add(-time.Hour).Unix()
	i.lie = func(c map[string]any) { c["auth_time"] = long }
	owner := enter(p, p.Home, i, p.Owner, "owner")
	settings := url.Values{
		"issuer": {i.URL}, "client": {"client of " + p.Home.Subdomain}, "domains": {"example.com"}, "address": {p.Home.Subdomain}, "enabled": {"true"}, "label": {"Ours"},
	}
	r := p.Do(owner, "POST", "/app/agency/provider", settings, testkit.Header{Name: "Referer", Value: testkit.BaseURL + "/app/agency/provider"})
	if want := "/app/me/confirm?next=%2Fapp%2Fagency%2Fprovider"; r.Location() != want {
		t.Fatalf("sent to %d %s, want %s", r.Status, r.Location(), want)
	}
	if r := p.Do(owner, "GET", r.Location(), nil); r.Status != http.StatusOK || !strings.Contains(r.Body, "/app/me/confirm/provider") || strings.Contains(r.Body, `type="password"`) {
		t.Errorf("the page: %d\n%s", r.Status, r.Body)
	}
	for _, row := range []struct {
		says    string
		lie     func(c map[string]any)
		subject string
		other   testkit.Actor
		status  int
	}{
		{"an old proof", func(c map[string]any) { c["auth_time"] = long }, "owner", owner, 422},
		{"none that is said", func(c map[string]any) { c["auth_time"] = nil }, "owner", owner, 422},
		{"by somebody else", nil, "viewer", owner, 422},
		{"in another's browser", nil, "owner", p.Viewer, 422},
		{"as it should be", nil, "owner", owner, 303},
	} {
		i.lie = row.lie
		j := depart(p, owner, "/app/me/confirm/provider?next=/app/agency/provider")
		if !strings.Contains(j.question, "prompt=login") || !strings.Contains(j.question, "max_age=0") {
			t.Errorf("the question is %s", j.question)
		}
		j.actor = row.other
		r := j.arrive(p.Home, i.answer(j.question, row.subject, p.Owner.Email))
		if r.Status != row.status || (r.Cookie(testkit.SessionCookie) != nil) != (row.status == 303) {
			t.Errorf("%s: %d\n%s", row.says, r.Status, r.Text())
		}
		if r.Status == 303 {
			if in(p, owner) {
				t.Error("the old token works still")
			}
			owner = owner.WithToken(r.Cookie(testkit.SessionCookie).Value)
		}
	}
	post(p, owner, "/app/agency/provider", settings, http.StatusSeeOther)
	// A fresh sign-in is proof enough.
	i.lie = nil
	post(p, enter(p, p.Home, i, p.Owner, "owner"), "/app/agency/provider", settings, http.StatusSeeOther)
}

// anAgencyInsistsOnItsProvider withholds it from whoever is signed in
// otherwise, but from owners.
func anAgencyInsistsOnItsProvider(t *testing.T, p *testkit.Platform) {
	i := newIssuer(t)
	trust(p, p.Owner, p.Home, i, "enforced=true")
	gate := "/app/login/org/" + p.Home.Subdomain
	for _, row := range []struct {
		a      testkit.Actor
		to     string
		header testkit.Header
		status int
		sent   string
	}{
		{p.Member, p.Home.App("/equipment-rental/item"), testkit.Header{}, 303, gate + "?next=" + url.QueryEscape(p.Home.App("/equipment-rental/item"))},
		{p.Member, "/app", testkit.Header{}, 303, gate + "?next=%2Fapp"},
		{p.Admin, "/app/agency/team", testkit.Header{}, 303, gate + "?next=%2Fapp%2Fagency%2Fteam"},
		{p.Admin, "/app/agency/team?agency=" + p.Home.Agency.String(), testkit.Header{}, 303, gate + "?next=" + url.QueryEscape("/app/agency/team?agency="+p.Home.Agency.String())},
		{p.Member, testkit.API("equipment-rental.item"), p.Home.On(), 403, ""},
		{p.Member, "/app/me", testkit.Header{}, 200, ""},
		{p.Member, p.Foreign.App(""), testkit.Header{}, 404, ""},
		{p.Owner, p.Home.App(""), testkit.Header{}, 200, ""},
		{p.ClientMember, p.Home.App(""), testkit.Header{}, 200, ""},
		{p.SiteKey, testkit.API("equipment-rental.item"), testkit.Header{}, 200, ""},
	} {
		for range 2 {
			r := p.Do(row.a, "GET", row.to, nil, row.header)
			if r.Status != row.status || r.Location() != row.sent {
				t.Errorf("%s, %s: %d %s, want %d %s", row.a.Name, row.to, r.Status, r.Location(), row.status, row.sent)
			}
		}
	}
	if r := p.Do(p.Member, "GET", gate, nil); r.Status != http.StatusOK || !strings.Contains(r.Body, "asks its people") {
		t.Errorf("the page: %d\n%s", r.Status, r.Body)
	}
	member := enter(p, p.Home, i, p.Member, "member")
	if r := p.Do(member, "GET", p.Home.App("/equipment-rental/item"), nil); r.Status != http.StatusOK {
		t.Errorf("signed in by the provider: %d", r.Status)
	}
	// Who belongs to another agency too sees it, and the way to this one.
	p.Change(`insert into platform.member (id, agency_id, account_id, role) values ($1, $2, $3, 'viewer')`, testkit.NewID(), p.Foreign.Agency, p.Member.ID)
	if r := p.Do(p.Member, "GET", "/app", nil); r.Status != http.StatusOK || !strings.Contains(r.Body, p.Foreign.Name) || strings.Contains(r.Body, p.Home.Name) || !strings.Contains(r.Body, gate) {
		t.Errorf("the other agency: %d\n%s", r.Status, r.Body)
	}
	// It holds at once, in every process, both ways.
	twin := p.Twin()
	trust(p, p.Owner, p.Home, i, "enforced=false")
	if r := twin.Do(p.Admin, "GET", p.Home.App(""), nil); r.Status != http.StatusOK {
		t.Errorf("no longer asked for: %d", r.Status)
	}
	trust(p, p.Owner, p.Home, i, "enforced=true", "enabled=false")
	if r := twin.Do(p.Admin, "GET", p.Home.App(""), nil); r.Status != http.StatusOK {
		t.Errorf("asked for and not in use: %d", r.Status)
	}
}

// whatAProviderOpenedEndsWithIt changes the provider in every way.
func whatAProviderOpenedEndsWithIt(t *testing.T, p *testkit.Platform) {
	i, second := newIssuer(t), newIssuer(t)
	trust(p, p.Owner, p.Home, i)
	links := func() (n int) {
		if err := p.DB.Pool().QueryRow(t.Context(), `select count(*) from platform.identity where account_id = $1`, p.Member.ID).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, row := range []struct {
		says   string
		change func()
		ends   bool
		links  int
	}{
		{"another label", func() { trust(p, p.Owner, p.Home, i, "label=Ours", "secret=") }, false, 1},
		{"enforced", func() { trust(p, p.Owner, p.Home, i, "enforced=true", "secret=") }, false, 1},
		{"another secret", func() { trust(p, p.Owner, p.Home, i) }, true, 1},
		{"another domain", func() { trust(p, p.Owner, p.Home, i, "domains=example.com\nexample.org") }, true, 1},
		{"out of use", func() {
			trust(p, p.Owner, p.Home, i, "enabled=false", "secret=")
			trust(p, p.Owner, p.Home, i, "enabled=true", "secret=")
		}, true, 1},
		{"unlinked", func() {
			post(p, p.Owner, "/app/agency/provider/do", url.Values{"do": {"unlink"}, "account": {p.Member.ID.String()}}, 303)
		}, true, 0},
		{"another client", func() { trust(p, p.Owner, p.Home, i, "client=another"); trust(p, p.Owner, p.Home, i) }, true, 0},
		{"another issuer", func() { trust(p, p.Owner, p.Home, second); trust(p, p.Owner, p.Home, i) }, true, 0},
		{"removed", func() {
			post(p, p.Owner, "/app/agency/provider/do", url.Values{"do": {"remove"}}, 303)
			trust(p, p.Owner, p.Home, i)
		}, true, 0},
	} {
		member, twin := enter(p, p.Home, i, p.Member, "member"), p.Twin()
		if !in(twin, member) {
			t.Fatalf("%s: not in before", row.says)
		}
		row.change()
		if in(twin, member) == row.ends || links() != row.links {
			t.Errorf("%s: goes on %v, %d links", row.says, in(twin, member), links())
		}
	}
	// A sign-in that was on its way when the provider changed comes to nothing.
	j := depart(p, p.Visitor, "/app/login/org/"+p.Home.Subdomain+"/start")
	answer := i.answer(j.question, "member", p.Member.Email)
	post(p, p.Owner, "/app/agency/provider/do", url.Values{"do": {"remove"}}, 303)
	if r := j.arrive(p.Home, answer); r.Status != 422 || r.Cookie(testkit.SessionCookie) != nil {
		t.Errorf("came back to a provider that is gone: %d", r.Status)
	}
	// An address that went to somebody else does not bring them into the account.
	trust(p, p.Owner, p.Home, i)
	enter(p, p.Home, i, p.Member, "member")
	j = depart(p, p.Visitor, "/app/login/org/"+p.Home.Subdomain+"/start")
	if r := j.arrive(p.Home, i.answer(j.question, "successor", p.Member.Email)); r.Status != 422 || r.Cookie(testkit.SessionCookie) != nil {
		t.Errorf("another subject with the address: %d", r.Status)
	}
}

// aProviderIsNamed is about the settings: what they refuse, and what leads
// to a provider.
func aProviderIsNamed(t *testing.T, p *testkit.Platform) {
	i := newIssuer(t)
	good := url.Values{"issuer": {i.URL}, "client": {"client"}, "secret": {clientSecret}, "domains": {"Example.com, mail.example.com"}, "address": {p.Home.Subdomain}, "enabled": {"true"}}
	for _, row := range []struct{ name, value string }{
		{"issuer", ""},
		{"issuer", "http://idp.example.com"},
		{"issuer", "http://169.254.169.254/"},
		{"issuer", "file:///etc/passwd"},
		{"issuer", "https://a:b@example.com"},
		{"issuer", "https://example.com?x=1"},
		{"client", ""},
		{"client", "a\x00b"},
		{"secret", ""},
		{"domains", ""},
		{"domains", "com"},
		{"domains", "*.example.com"},
		{"domains", "a@b.com"},
		{"address", ""},
		{"address", "A B"},
		{"address", "../x"},
		{"label", strings.Repeat("x", 61)},
	} {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		form.Set(row.name, row.value)
		post(p, p.Owner, "/app/agency/provider", form, 422)
	}
	post(p, p.Owner, "/app/agency/provider", good, 303)
	// The secret stays with the issuer that it belongs to.
	good.Del("secret")
	post(p, p.Owner, "/app/agency/provider", good, 303)
	good.Set("issuer", "https://thief.example.com")
	post(p, p.Owner, "/app/agency/provider", good, 422)
	// Short names are one agency's each.
	post(p, p.ForeignOwner, "/app/agency/provider", url.Values{"issuer": {i.URL}, "client": {"c"}, "secret": {"s"}, "domains": {"example.com"}, "address": {p.Home.Subdomain}}, 422)

	find := func(email string) testkit.Response {
		return p.Do(p.Visitor, "POST", "/app/login/org", url.Values{"email": {email}})
	}
	domain := "d" + p.Home.Subdomain + ".example.com"
	trust(p, p.Owner, p.Home, i, "domains="+domain+"\nexample.com")
	if r := find("somebody@" + domain); r.Status != 422 || strings.Contains(r.Body, p.Home.AgencyName) {
		t.Errorf("a domain that anybody may claim leads to the provider: %d", r.Status)
	}
	var proof string
	if err := p.DB.Pool().QueryRow(t.Context(), `select proof from platform.identity_provider where agency_id = $1`, p.Home.Agency).Scan(&proof); err != nil {
		t.Fatal(err)
	}
	prove := url.Values{"do": {"prove"}}
	post(p, p.Owner, "/app/agency/provider/do", prove, 422)
	p.Names["_dramac."+domain] = []string{"something else", proof}
	post(p, p.Owner, "/app/agency/provider/do", prove, 422) // example.com is not
	if r := find("somebody@" + strings.ToUpper(domain)); r.Status != 200 || !strings.Contains(r.Body, p.Home.AgencyName) {
		t.Errorf("a domain of its own: %d", r.Status)
	}
	if a, b := find(p.Member.Email), find("nobody@example.com"); a.Status != b.Status || strings.ReplaceAll(a.Body, p.Member.Email, "nobody@example.com") != b.Body {
		t.Error("the answers tell who has an account")
	}
	// Two agencies that have both shown it are offered by name.
	trust(p, p.ForeignOwner, p.Foreign, i, "domains="+domain)
	if r := find("somebody@" + domain); strings.Contains(r.Body, p.Foreign.AgencyName) {
		t.Error("the other agency has shown nothing")
	}
	if err := p.DB.Pool().QueryRow(t.Context(), `select proof from platform.identity_provider where agency_id = $1`, p.Foreign.Agency).Scan(&proof); err != nil {
		t.Fatal(err)
	}
	p.Names["_dramac."+domain] = append(p.Names["_dramac."+domain], proof)
	post(p, p.ForeignOwner, "/app/agency/provider/do", prove, 303)
	if r := find("somebody@" + domain); r.Status != 200 || !strings.Contains(r.Body, p.Foreign.AgencyName) || !strings.Contains(r.Body, p.Home.AgencyName) {
		t.Errorf("two agencies: %d\n%s", r.Status, r.Body)
	}

	test := func() testkit.Response {
		return p.Do(p.Owner, "POST", "/app/agency/provider/do", url.Values{"do": {"test"}})
	}
	if r := test(); r.Status != 303 {
		t.Errorf("the test: %d\n%s", r.Status, r.Body)
	}
	for says, wrong := range map[string]map[string]any{
		"another issuer": {"issuer": "https://somebody.else"}, "plain tokens": {"token_endpoint": "http://idp.example.com/token"},
		"no code flow": {"response_types_supported": []string{"id_token"}}, "no client secret": {"token_endpoint_auth_methods_supported": []string{"private_key_jwt"}},
	} {
		i.describe = wrong
		if r := test(); r.Status != 422 || !strings.Contains(r.Body, "does not answer as it should") {
			t.Errorf("%s: %d", says, r.Status)
		}
	}
	i.describe = map[string]any{}
	i.Close()
	if r := test(); r.Status != 422 {
		t.Errorf("a provider that is down: %d", r.Status)
	}
	r := p.Do(p.Visitor, "GET", "/app/login/org/"+p.Home.Subdomain+"/start", nil)
	if r.Status != 422 || !strings.Contains(r.Body, "cannot be asked") {
		t.Errorf("signing in by it: %d", r.Status)
	}
	if !access.Known(access.ProviderManage) {
		t.Error("nobody can hold the permission")
	}
}

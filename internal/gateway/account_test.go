package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/hotp"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/testkit"
)

const newPassword = "a wholly different phrase"

// post sends a form and requires the status.
func post(p *testkit.Platform, a testkit.Actor, to string, form url.Values, status int, headers ...testkit.Header) testkit.Response {
	p.Helper()
	r := p.Do(a, http.MethodPost, to, form, headers...)
	if r.Status != status {
		p.Fatalf("%s: %d %s, want %d\n%s", to, r.Status, r.Location(), status, r.Text())
	}
	return r
}

// in reports whether the credential opens the app.
func in(p *testkit.Platform, a testkit.Actor) bool {
	p.Helper()
	return p.Do(a, http.MethodGet, "/app/me", nil).Status == http.StatusOK
}

// signIn signs a person in and returns who that is then.
func signIn(p *testkit.Platform, a testkit.Actor, password string) testkit.Actor {
	p.Helper()
	r := login(p, a.Email, password, "/app")
	cookie := r.Cookie(testkit.SessionCookie)
	if r.Status != http.StatusSeeOther || cookie == nil {
		p.Fatalf("%s cannot sign in: %d", a.Name, r.Status)
	}
	return a.WithToken(cookie.Value)
}

// noted counts the entries of the agency's audit log with the action.
func noted(p *testkit.Platform, action string) (n int) {
	p.Helper()
	if err := p.DB.Pool().QueryRow(p.Context(), `select count(*) from platform.audit where agency_id = $1 and action = $2`, p.Home.Agency, action).Scan(&n); err != nil {
		p.Fatal(err)
	}
	return n
}

// TestANewPasswordByMail walks the way of somebody who has forgotten theirs.
func TestANewPasswordByMail(t *testing.T) {
	p := testkit.NewPlatform(t)
	withPassword(p, p.Member)
	var answers []string
	for _, email := range []string{p.Member.Email, "  " + strings.ToUpper(p.Member.Email), "nobody-" + p.Member.Email} {
		start := time.Now()
		r := post(p, p.Visitor, "/app/forgot", url.Values{"email": {email}}, http.StatusOK)
		if took := time.Since(start); took < 250*time.Millisecond {
			t.Errorf("%s: the answer came after %v and may tell by its time", email, took)
		}
		answers = append(answers, r.Text())
	}
	if answers[0] != answers[1] || answers[0] != answers[2] {
		t.Error("the answers tell whether an address is known")
	}
	if got := p.Letters("nobody-" + p.Member.Email); len(got) != 0 {
		t.Errorf("a stranger was written to: %+v", got)
	}
	older := p.Letters(p.Member.Email)[1]
	_, token := p.Letter(p.Member.Email, "reset_password")
	if r := p.Do(p.Visitor, http.MethodGet, strings.TrimPrefix(older.Link, testkit.BaseURL), nil); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("an older link works still: %d", r.Status)
	}
	for range 2 { // programs that read mail follow links
		if r := p.Do(p.Visitor, http.MethodGet, "/app/reset?token="+token, nil); r.Status != http.StatusOK {
			t.Errorf("following the link: %d", r.Status)
		}
	}
	for _, weak := range []string{"short", "password1", p.Member.Email} {
		post(p, p.Visitor, "/app/reset", url.Values{"token": {token}, "password": {weak}}, http.StatusUnprocessableEntity)
	}
	var good atomic.Int32
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if p.Do(p.Visitor, http.MethodPost, "/app/reset", url.Values{"token": {token}, "password": {newPassword}}).Status == http.StatusOK {
				good.Add(1)
			}
		})
	}
	both.Wait()
	if good.Load() != 1 {
		t.Errorf("the link worked %d times", good.Load())
	}
	if in(p, p.Member) {
		t.Error("a session of before goes on")
	}
	if r := login(p, p.Member.Email, password, "/app"); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("the old password: %d", r.Status)
	}
	signIn(p, p.Member, newPassword)
	p.Letter(p.Member.Email, "password_changed")
	if noted(p, "account.password_reset") != 1 {
		t.Error("nobody wrote it down")
	}
	for _, bad := range []string{"", token, strings.Repeat("0", 64), "' or 1=1 --", "\x00"} {
		post(p, p.Visitor, "/app/reset", url.Values{"token": {bad}, "password": {newPassword}}, http.StatusUnprocessableEntity)
	}
	// Nobody lets us flood a mailbox.
	for range 5 {
		p.Do(p.Visitor, http.MethodPost, "/app/forgot", url.Values{"email": {p.Viewer.Email}})
	}
	post(p, p.Visitor, "/app/forgot", url.Values{"email": {p.Viewer.Email}}, http.StatusTooManyRequests)
}

func TestAnAccountAndAnAgencyOfOnesOwn(t *testing.T) {
	p := testkit.NewPlatform(t)
	fresh := "fresh-" + p.Owner.Email
	known := post(p, p.Visitor, "/app/signup", url.Values{"email": {p.Owner.Email}}, http.StatusOK)
	unknown := post(p, p.Visitor, "/app/signup", url.Values{"email": {fresh}}, http.StatusOK)
	if known.Text() != unknown.Text() {
		t.Error("the answers tell whether an address is known")
	}
	if _, token := p.Letter(p.Owner.Email, "address_known"); token != "" {
		t.Error("a known address is sent a link to an account")
	}
	_, token := p.Letter(fresh, "sign_up")
	form := url.Values{"token": {token}, "name": {"Fresh <b>"}, "agency": {"Fresh & Co"}, "password": {newPassword}}
	for path, bad := range map[string]string{"name": "", "agency": strings.Repeat("x", 121), "password": "password"} {
		wrong := url.Values{}
		for k, v := range form {
			wrong[k] = v
		}
		wrong.Set(path, bad)
		post(p, p.Visitor, "/app/signup/finish", wrong, http.StatusUnprocessableEntity)
	}
	var made int
	count := func() int {
		if err := p.DB.Pool().QueryRow(t.Context(), `select count(*) from platform.account where email = $1`, fresh).Scan(&made); err != nil {
			t.Fatal(err)
		}
		return made
	}
	if count() != 0 {
		t.Error("there is an account before the address was proven")
	}
	r := post(p, p.Visitor, "/app/signup/finish", form, http.StatusSeeOther)
	person := testkit.Actor{Name: "fresh", Email: fresh}.WithToken(r.Cookie(testkit.SessionCookie).Value)
	if !in(p, person) || count() != 1 {
		t.Error("whoever signed up is not in")
	}
	var role access.Role
	if err := p.DB.Pool().QueryRow(t.Context(), `select m.role from platform.member m join platform.account a on a.id = m.account_id
		join platform.agency g on g.id = m.agency_id where a.email = $1 and g.name = 'Fresh & Co' and m.client_id is null and m.site_id is null`, fresh).Scan(&role); err != nil || role != access.Owner {
		t.Errorf("they are %q: %v", role, err)
	}
	post(p, p.Visitor, "/app/signup/finish", form, http.StatusUnprocessableEntity)
	if r := p.Do(person, http.MethodGet, p.Home.App(""), nil); r.Status != http.StatusNotFound {
		t.Errorf("another agency's site: %d", r.Status)
	}
	signIn(p, person, newPassword)
}

func TestChangingPasswordAndAddress(t *testing.T) {
	p := testkit.NewPlatform(t)
	withPassword(p, p.Member)
	here, there := signIn(p, p.Member, password), signIn(p, p.Member, password)
	post(p, here, "/app/me/password", url.Values{"current": {"wrong"}, "password": {newPassword}}, http.StatusUnprocessableEntity)
	post(p, here, "/app/me/password", url.Values{"current": {password}, "password": {"password"}}, http.StatusUnprocessableEntity)
	if !in(p, there) {
		t.Error("a refused change signs out")
	}
	r := post(p, here, "/app/me/password", url.Values{"current": {password}, "password": {newPassword}}, http.StatusSeeOther)
	if in(p, here) || in(p, there) {
		t.Error("sessions of before go on under their old tokens")
	}
	here = here.WithToken(r.Cookie(testkit.SessionCookie).Value)
	if !in(p, here) {
		t.Error("the browser that asked is signed out")
	}
	p.Letter(p.Member.Email, "password_changed")

	post(p, here, "/app/me/email", url.Values{"email": {p.Owner.Email}}, http.StatusSeeOther)
	if _, token := p.Letter(p.Owner.Email, "address_known"); token != "" {
		t.Error("somebody else's address is sent a link")
	}
	moved := "moved-" + p.Member.Email
	post(p, here, "/app/me/email", url.Values{"email": {moved}}, http.StatusSeeOther)
	_, token := p.Letter(moved, "change_email")
	signIn(p, p.Member, newPassword) // nothing has changed yet
	post(p, p.Visitor, "/app/email", url.Values{"token": {token}}, http.StatusOK)
	post(p, p.Visitor, "/app/email", url.Values{"token": {token}}, http.StatusUnprocessableEntity)
	p.Letter(p.Member.Email, "email_changed")
	if r := login(p, p.Member.Email, newPassword, "/app"); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("the old address: %d", r.Status)
	}
	p.Member.Email = moved
	signIn(p, p.Member, newPassword)
}

// TestAHashOfBeforeIsMadeAnew signs in with parameters of another time.
func TestAHashOfBeforeIsMadeAnew(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.Change(`update platform.account set password_hash = $2 where id = $1`, p.Owner.ID, "$argon2id$v=19$m=1024,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$5Tx9YkNNWfq1gl0Huxrt8T0TE4IsPYoxCIG6y6JJZ6I")
	stored := func() (hash string) {
		if err := p.DB.Pool().QueryRow(t.Context(), `select password_hash from platform.account where id = $1`, p.Owner.ID).Scan(&hash); err != nil {
			t.Fatal(err)
		}
		return hash
	}
	before := stored()
	if r := login(p, p.Owner.Email, "wrong", "/app"); r.Status != http.StatusUnprocessableEntity || stored() != before {
		t.Errorf("a wrong password: %d, %s", r.Status, stored())
	}
	signIn(p, p.Owner, password)
	if !strings.HasPrefix(stored(), "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("it is still %s", stored())
	}
	signIn(p, p.Owner, password)
}

// TestStrangersLockNobodyOut guesses from everywhere, and signs in from a browser
// that the account knows and from one that it does not.
func TestStrangersLockNobodyOut(t *testing.T) {
	p := testkit.NewPlatform(t)
	withPassword(p, p.Owner)
	home := testkit.From("192.0.2.77")
	first := login(p, p.Owner.Email, password, "/app", home)
	device := first.Cookie("dramac_device")
	if device == nil || !device.HttpOnly {
		t.Fatalf("the browser is not remembered: %v", device)
	}
	known := testkit.Header{Name: "Cookie", Value: "dramac_device=" + device.Value}
	forged := testkit.Header{Name: "Cookie", Value: "dramac_device=" + strings.Repeat("0", 64) + "~" + device.Value[65:]}
	for range 15 { // a crowd at a time, so that the test ends
		var crowd sync.WaitGroup
		for range 2 {
			crowd.Go(func() { login(p, p.Owner.Email, "wrong", "/app") })
		}
		crowd.Wait()
	}
	for says, r := range map[string]struct {
		header testkit.Header
		status int
	}{
		"a stranger":                       {testkit.Header{}, http.StatusTooManyRequests},
		"a stranger with a made-up cookie": {forged, http.StatusTooManyRequests},
		"the account's own browser":        {known, http.StatusSeeOther},
	} {
		if got := login(p, p.Owner.Email, password, "/app", r.header); got.Status != r.status {
			t.Errorf("%s: %d, want %d", says, got.Status, r.status)
		}
	}
	// The cookie of one account is none of another's.
	withPassword(p, p.Admin)
	for range 11 {
		login(p, p.Admin.Email, "wrong", "/app", home, known)
	}
	if r := login(p, p.Admin.Email, password, "/app", home, known); r.Status != http.StatusTooManyRequests {
		t.Errorf("another account's browser: %d", r.Status)
	}
	// And it is slowed itself.
	for range 10 {
		login(p, p.Owner.Email, "wrong", "/app", known)
	}
	if r := login(p, p.Owner.Email, password, "/app", known); r.Status != http.StatusTooManyRequests {
		t.Errorf("the known browser may guess without end: %d", r.Status)
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	p := testkit.NewPlatform(t)
	withPassword(p, p.Member)
	twin := p.Twin()
	here := signIn(p, p.Member, password)
	r := login(p, p.Member.Email, password, "/app", testkit.From("198.51.100.7"),
		testkit.Header{Name: "User-Agent", Value: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"})
	other := p.Member.WithToken(r.Cookie(testkit.SessionCookie).Value)
	page := p.Do(here, http.MethodGet, "/app/me", nil)
	for _, want := range []string{"198.51.100.7", "Firefox, Linux", "This browser"} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	// Times are those of the browser's zone, else of the agency's.
	p.Change(`update platform.agency set time_zone = 'Asia/Kolkata' where id = $1`, p.Home.Agency)
	var since time.Time
	if err := p.DB.Pool().QueryRow(t.Context(), `select created_at from platform.session where account_id = $1 and address = '198.51.100.7'`, p.Member.ID).Scan(&since); err != nil {
		t.Fatal(err)
	}
	for cookie, zone := range map[string]string{"": "Asia/Kolkata", "zone=Asia/Tokyo": "Asia/Tokyo", "zone=Etc/UTC": "UTC", "zone=../../etc/passwd": "Asia/Kolkata"} {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		if said := since.In(location).Format("15:04"); !strings.Contains(p.Do(here, http.MethodGet, "/app/me", nil, testkit.Header{Name: "Cookie", Value: cookie}).Body, said) {
			t.Errorf("with the cookie %q no time is as in %s: %s", cookie, zone, said)
		}
	}
	var id, foreign string
	err := p.DB.Pool().QueryRow(t.Context(), `select s.id, (select id from platform.session where account_id = $2 limit 1) from platform.session s
		where account_id = $1 and address = '198.51.100.7'`, p.Member.ID, p.Owner.ID).Scan(&id, &foreign)
	if err != nil {
		t.Fatal(err)
	}
	post(p, here, "/app/me/sessions", url.Values{"end": {foreign}}, http.StatusSeeOther)
	if !in(p, p.Owner) {
		t.Error("somebody else's session was ended")
	}
	if !in(twin, other) {
		t.Error("the other browser is not in")
	}
	post(p, here, "/app/me/sessions", url.Values{"end": {id}}, http.StatusSeeOther)
	if in(p, other) || in(twin, other) {
		t.Error("a session that was ended goes on")
	}
	other = signIn(p, p.Member, password)
	post(p, here, "/app/me/sessions", url.Values{"end": {"others"}}, http.StatusSeeOther)
	if in(p, other) || in(p, p.Member) || !in(p, here) {
		t.Error("all others should have ended, and no more")
	}
	// Signing in again in the same browser ends what was there.
	again := p.Do(here, http.MethodPost, "/app/login", url.Values{"email": {p.Member.Email}, "password": {password}})
	if in(p, here) || again.Cookie(testkit.SessionCookie).Value == here.Token() {
		t.Error("the session was not renewed")
	}
}

// TestSessionsEnd turns the clock.
func TestSessionsEnd(t *testing.T) {
	p := testkit.NewPlatform(t)
	var ahead atomic.Int64
	p.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	p = p.Twin()
	withPassword(p, p.Member)
	turn := func(d time.Duration) { ahead.Add(int64(d)) }
	person := signIn(p, p.Member, password)
	for range 5 { // used every six days, it goes on until it is a month old
		turn(6*24*time.Hour - time.Hour)
		if !in(p, person) {
			t.Fatal("a session in use ended")
		}
	}
	turn(24 * time.Hour)
	if in(p, person) {
		t.Error("a session goes on for more than 30 days")
	}
	person = signIn(p, p.Member, password)
	turn(7*24*time.Hour + time.Minute)
	if in(p, person) {
		t.Error("a session that nobody used for a week goes on")
	}
}

// codeOf is what an authenticator shows at a time.
func codeOf(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := hotp.GenerateCode(secret, uint64(at.Unix()/30))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// between returns what stands between two texts.
func between(t *testing.T, text, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, from)
	found, _, also := strings.Cut(rest, to)
	if !ok || !also {
		t.Fatalf("there is no %q…%q in\n%s", from, to, text)
	}
	return found
}

// TestASecondStep walks an authenticator from its picture to its removal.
func TestASecondStep(t *testing.T) {
	p := testkit.NewPlatform(t)
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	p.Now = now
	p = p.Twin()
	turn := func(d time.Duration) { ahead.Add(int64(d)) }
	withPassword(p, p.Member)
	me := signIn(p, p.Member, password)

	page := p.Do(me, http.MethodGet, "/app/me/factor", nil)
	secret := between(t, page.Text(), `<p class="secret"><code>`, "</code>")
	if !strings.Contains(page.Text(), `src="data:image/png;base64,`) {
		t.Error("there is no picture")
	}
	var stored string
	if err := p.DB.Pool().QueryRow(t.Context(), `select secret from platform.authenticator where account_id = $1`, p.Member.ID).Scan(&stored); err != nil || strings.Contains(stored, secret) || !strings.HasPrefix(stored, "s1.") {
		t.Errorf("the secret is not sealed: %s %v", stored, err)
	}
	signIn(p, p.Member, password) // begun is not enabled
	post(p, me, "/app/me/factor", url.Values{"code": {"000000"}}, http.StatusUnprocessableEntity)
	r := post(p, me, "/app/me/factor", url.Values{"code": {codeOf(t, secret, now())}}, http.StatusOK)
	if in(p, me) {
		t.Error("the session keeps its token")
	}
	me = me.WithToken(r.Cookie(testkit.SessionCookie).Value)
	recovery := between(t, r.Text(), `<ul class="codes"><li><code>`, "</code>")
	p.Letter(p.Member.Email, "factor_enabled")

	// pending signs in with the password and returns the cookie of what waits.
	pending := func() testkit.Header {
		t.Helper()
		r := login(p, p.Member.Email, password, "/app")
		cookie := r.Cookie("dramac_pending")
		if r.Cookie(testkit.SessionCookie) != nil || cookie == nil || !strings.HasPrefix(r.Location(), "/app/login/code") {
			t.Fatalf("the password alone: %d %s", r.Status, r.Location())
		}
		return testkit.Header{Name: "Cookie", Value: "dramac_pending=" + cookie.Value}
	}
	waits := pending()
	if r := p.Do(p.Visitor, http.MethodGet, "/app", nil, waits); r.Status == http.StatusOK {
		t.Error("what waits for its second step is in")
	}
	code := func(waits testkit.Header, code string, status int) testkit.Response {
		t.Helper()
		return post(p, p.Visitor, "/app/login/code", url.Values{"code": {code}, "next": {"/app/me"}}, status, waits)
	}
	code(waits, codeOf(t, secret, now()), http.StatusUnprocessableEntity) // it enabled the authenticator
	turn(time.Minute)
	shown := codeOf(t, secret, now())
	if r := code(waits, shown[:3]+" "+shown[3:], http.StatusSeeOther); r.Location() != "/app/me" || !in(p, me.WithToken(r.Cookie(testkit.SessionCookie).Value)) {
		t.Errorf("the right code leads to %s", r.Location())
	}
	code(waits, shown, http.StatusUnprocessableEntity)     // the sign-in has ended
	code(pending(), shown, http.StatusUnprocessableEntity) // no code twice
	turn(time.Minute)
	code(pending(), codeOf(t, secret, now().Add(-2*time.Minute)), http.StatusUnprocessableEntity)
	code(pending(), codeOf(t, secret, now().Add(5*time.Minute)), http.StatusUnprocessableEntity)

	// Two at once with one code: one is in.
	turn(time.Minute)
	shown = codeOf(t, secret, now())
	first := pending()
	var entered atomic.Int32
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if r := p.Do(p.Visitor, http.MethodPost, "/app/login/code", url.Values{"code": {shown}}, first); r.Cookie(testkit.SessionCookie) != nil {
				entered.Add(1)
			}
		})
	}
	both.Wait()
	if entered.Load() != 1 {
		t.Errorf("%d came in with one code", entered.Load())
	}

	code(pending(), strings.ToUpper(recovery), http.StatusSeeOther)
	code(pending(), recovery, http.StatusUnprocessableEntity)

	// Five wrong codes end a sign-in, and the account's limit is per browser.
	turn(time.Hour)
	p = p.Twin()
	waits = pending()
	for range 5 {
		code(waits, "000000", http.StatusUnprocessableEntity)
	}
	turn(time.Minute)
	code(waits, codeOf(t, secret, now()), http.StatusUnprocessableEntity) // the sixth is not tried
	waits = pending()
	for range 5 {
		code(waits, "000000", http.StatusUnprocessableEntity)
	}
	code(pending(), codeOf(t, secret, now()), http.StatusTooManyRequests)

	// A new password by mail does not pass by the second step.
	p = p.Twin()
	post(p, p.Visitor, "/app/forgot", url.Values{"email": {p.Member.Email}}, http.StatusOK)
	_, token := p.Letter(p.Member.Email, "reset_password")
	post(p, p.Visitor, "/app/reset", url.Values{"token": {token}, "password": {password + " again"}}, http.StatusOK)
	if r := login(p, p.Member.Email, password+" again", "/app"); r.Cookie(testkit.SessionCookie) != nil || r.Cookie("dramac_pending") == nil {
		t.Error("a new password passes by the second step")
	}
	withPassword(p, p.Member)
	turn(time.Minute)
	me = me.WithToken(code(pending(), codeOf(t, secret, now()), http.StatusSeeOther).Cookie(testkit.SessionCookie).Value)

	// What is dangerous asks again after ten minutes; a code proves it too.
	turn(11 * time.Minute)
	for method, form := range map[string]url.Values{http.MethodGet: nil, http.MethodPost: {"do": {"remove"}}} {
		var body any
		if form != nil {
			body = form
		}
		if r := p.Do(me, method, "/app/me/factor", body); !strings.HasPrefix(r.Location(), "/app/me/confirm") {
			t.Errorf("%s without proof: %d %s", method, r.Status, r.Location())
		}
	}
	p = p.Twin()
	post(p, me, "/app/me/confirm", url.Values{"password": {"wrong"}}, http.StatusUnprocessableEntity)
	r = post(p, me, "/app/me/confirm", url.Values{"code": {codeOf(t, secret, now())}, "next": {"/app/me/factor"}}, http.StatusSeeOther)
	if in(p, me) || r.Location() != "/app/me/factor" {
		t.Errorf("the session was not renewed, or it leads to %s", r.Location())
	}
	me = me.WithToken(r.Cookie(testkit.SessionCookie).Value)
	r = post(p, me, "/app/me/codes", url.Values{}, http.StatusOK)
	if renewed := between(t, r.Text(), `<ul class="codes"><li><code>`, "</code>"); renewed == recovery {
		t.Error("the codes are the old ones")
	}
	p.Member = p.Member.WithToken(strings.Repeat("7", 64))
	p.OpenSession(p.Member)
	post(p, me, "/app/me/factor", url.Values{"do": {"remove"}}, http.StatusSeeOther)
	if in(p, p.Member) {
		t.Error("another session outlives the second factor")
	}
	p.Letter(p.Member.Email, "factor_removed")
	signIn(p, p.Member, password)
	for _, action := range []string{"account.factor_enabled", "account.codes_renewed", "account.confirmed", "account.factor_removed"} {
		if noted(p, action) != 1 {
			t.Errorf("%s is not written down", action)
		}
	}
}

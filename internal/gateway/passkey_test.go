package gateway_test

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	virtual "github.com/descope/virtualwebauthn"

	"github.com/dramac-main/dramac-cms/testkit"
)

// device is a phone with passkeys.
type device struct {
	t    *testing.T
	at   virtual.RelyingParty
	auth virtual.Authenticator
	key  virtual.Credential
}

func newDevice(t *testing.T, a testkit.Actor) *device {
	id := a.ID
	return &device{
		t: t, at: virtual.RelyingParty{Name: "DRAMAC", ID: "localhost", Origin: testkit.BaseURL},
		auth: virtual.NewAuthenticatorWithOptions(virtual.AuthenticatorOptions{UserHandle: id[:], BackupEligible: true, BackupState: true}),
		key:  virtual.NewCredential(virtual.KeyTypeEC2),
	}
}

// challenge is what a page asks a passkey.
func challenge(t *testing.T, page testkit.Response) (options, ceremony string) {
	t.Helper()
	options = html.UnescapeString(between(t, page.Text(), `data-options="`, `"`))
	return options, between(t, page.Text(), `name="ceremony" value="`, `"`)
}

// made is a form with a new passkey, as the page asks for one.
func (d *device) made(page testkit.Response) url.Values {
	d.t.Helper()
	options, ceremony := challenge(d.t, page)
	asked, err := virtual.ParseAttestationOptions(options)
	if err != nil {
		d.t.Fatal(err)
	}
	return url.Values{"name": {"My phone"}, "ceremony": {ceremony}, "credential": {virtual.CreateAttestationResponse(d.at, d.auth, d.key, *asked)}}
}

// signs is a form with the answer to a question.
func (d *device) signs(options, ceremony string) url.Values {
	d.t.Helper()
	asked, err := virtual.ParseAssertionOptions(options)
	if err != nil {
		d.t.Fatal(err)
	}
	d.key.Counter++
	return url.Values{"ceremony": {ceremony}, "credential": {virtual.CreateAssertionResponse(d.at, d.auth, d.key, *asked)}, "next": {"/app/me"}}
}

// asks is a question of the page of signing in, which knows nobody.
func asks(p *testkit.Platform) (options, ceremony string) {
	p.Helper()
	r := p.Do(p.Visitor, http.MethodPost, "/app/login/passkey/ask", nil)
	var asked struct {
		Options json.RawMessage
		Token   string
	}
	if err := json.Unmarshal([]byte(r.Body), &asked); err != nil {
		p.Fatalf("%d %s: %v", r.Status, r.Text(), err)
	}
	return string(asked.Options), asked.Token
}

// TestAPasskey walks a passkey from its making to its removal.
func TestAPasskey(t *testing.T) {
	p := testkit.NewPlatform(t)
	var ahead atomic.Int64
	p.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	p = p.Twin()
	withPassword(p, p.Member)
	me := signIn(p, p.Member, password)
	phone := newDevice(t, p.Member)

	// What is not made for this page, here and by its owner's finger, is no passkey.
	type fault struct {
		name string
		make func(page testkit.Response) url.Values
	}
	for _, f := range []fault{
		{"another page's", func(page testkit.Response) url.Values {
			d := *phone
			d.at.Origin = "https://dramac.example"
			return d.made(page)
		}},
		{"another site's", func(page testkit.Response) url.Values {
			d := *phone
			d.at.ID = "example.com"
			return d.made(page)
		}},
		{"without a finger", func(page testkit.Response) url.Values {
			d := *phone
			d.auth.Options.UserNotVerified = true
			return d.made(page)
		}},
		{"of an older question", func(page testkit.Response) url.Values {
			form := phone.made(page)
			form.Set("ceremony", strings.Repeat("0", 64))
			return form
		}},
		{"nothing", func(page testkit.Response) url.Values {
			form := phone.made(page)
			form.Set("credential", `{"id":"AAAA"}`)
			return form
		}},
		{"without a name", func(page testkit.Response) url.Values {
			form := phone.made(page)
			form.Set("name", " ")
			return form
		}},
	} {
		r := post(p, me, "/app/me/passkeys", f.make(p.Do(me, http.MethodGet, "/app/me/passkeys/new", nil)), http.StatusUnprocessableEntity)
		if !strings.Contains(r.Text(), "data-options=") {
			t.Errorf("%s: there is no way to try again", f.name)
		}
	}
	form := phone.made(p.Do(me, http.MethodGet, "/app/me/passkeys/new", nil))
	r := post(p, me, "/app/me/passkeys", form, http.StatusOK)
	recovery := between(t, r.Text(), `<ul class="codes"><li><code>`, "</code>")
	if in(p, me) {
		t.Error("the session keeps its token")
	}
	me = me.WithToken(r.Cookie(testkit.SessionCookie).Value)
	p.Letter(p.Member.Email, "passkey_added")
	post(p, me, "/app/me/passkeys", form, http.StatusUnprocessableEntity) // once
	if page := p.Do(me, http.MethodGet, "/app/me", nil).Text(); !strings.Contains(page, "My phone") {
		t.Error("the account's page does not show it")
	}

	// It signs in without the password, once for each question.
	enters := func(form url.Values, status int) testkit.Response {
		t.Helper()
		r := post(p, p.Visitor, "/app/login/passkey", form, status)
		if (r.Cookie(testkit.SessionCookie) != nil) != (status == http.StatusSeeOther) {
			t.Fatalf("%d, and the cookie says otherwise", status)
		}
		return r
	}
	form = phone.signs(asks(p))
	if r := enters(form, http.StatusSeeOther); r.Location() != "/app/me" || !in(p, me.WithToken(r.Cookie(testkit.SessionCookie).Value)) {
		t.Errorf("it leads to %s", r.Location())
	}
	enters(form, http.StatusUnprocessableEntity)

	var entered atomic.Int32
	var both sync.WaitGroup
	form = phone.signs(asks(p))
	for range 2 {
		both.Go(func() {
			if p.Do(p.Visitor, http.MethodPost, "/app/login/passkey", form).Cookie(testkit.SessionCookie) != nil {
				entered.Add(1)
			}
		})
	}
	both.Wait()
	if entered.Load() != 1 {
		t.Errorf("%d came in with one answer", entered.Load())
	}

	copied := *phone // counts on its own from here
	enters(phone.signs(asks(p)), http.StatusSeeOther)
	for name, change := range map[string]func(*device){
		"a copy":              func(d *device) { d.key = copied.key },
		"another key":         func(d *device) { d.key.Key = virtual.NewCredential(virtual.KeyTypeEC2).Key },
		"without a finger":    func(d *device) { d.auth.Options.UserNotVerified = true },
		"of another page":     func(d *device) { d.at.Origin = "http://bluedoor.localhost:8080" },
		"of somebody else":    func(d *device) { id := p.ClientMember.ID; d.auth.Options.UserHandle = id[:] },
		"of nobody":           func(d *device) { id := testkit.NewID(); d.auth.Options.UserHandle = id[:] },
		"without its owner":   func(d *device) { d.auth.Options.UserHandle = nil },
		"for another purpose": func(*device) {},
	} {
		d := *phone
		change(&d)
		options, ceremony := asks(p)
		if name == "for another purpose" {
			r := login(p, p.Member.Email, password, "/app")
			options, ceremony = challenge(t, p.Do(p.Visitor, http.MethodGet, r.Location(), nil, testkit.Header{Name: "Cookie", Value: "dramac_pending=" + r.Cookie("dramac_pending").Value}))
		}
		if r := p.Do(p.Visitor, http.MethodPost, "/app/login/passkey", d.signs(options, ceremony)); r.Status != http.StatusUnprocessableEntity || r.Cookie(testkit.SessionCookie) != nil {
			t.Errorf("%s: %d", name, r.Status)
		}
	}
	options, ceremony := asks(p)
	late := phone.signs(options, ceremony)
	ahead.Add(int64(11 * time.Minute))
	enters(late, http.StatusUnprocessableEntity)

	// The password alone is not enough any more; the passkey or a code is.
	pending := func() (testkit.Header, testkit.Response) {
		t.Helper()
		r := login(p, p.Member.Email, password, "/app")
		if r.Cookie("dramac_pending") == nil || r.Cookie(testkit.SessionCookie) != nil {
			t.Fatalf("the password alone: %d %s", r.Status, r.Location())
		}
		waits := testkit.Header{Name: "Cookie", Value: "dramac_pending=" + r.Cookie("dramac_pending").Value}
		return waits, p.Do(p.Visitor, http.MethodGet, r.Location(), nil, waits)
	}
	waits, page := pending()
	options, ceremony = challenge(t, page)
	stranger := newDevice(t, p.Member)
	options, ceremony = challenge(t, post(p, p.Visitor, "/app/login/code", stranger.signs(options, ceremony), http.StatusUnprocessableEntity, waits))
	r = post(p, p.Visitor, "/app/login/code", phone.signs(options, ceremony), http.StatusSeeOther, waits)
	me = me.WithToken(r.Cookie(testkit.SessionCookie).Value)
	waits, _ = pending()
	post(p, p.Visitor, "/app/login/code", url.Values{"code": {recovery}}, http.StatusSeeOther, waits)

	// It proves again who somebody is, and only its owner removes it.
	ahead.Add(int64(11 * time.Minute))
	gone := ""
	if err := p.DB.Pool().QueryRow(t.Context(), `select '/app/me/passkeys/' || id || '/remove' from platform.passkey where account_id = $1`, p.Member.ID).Scan(&gone); err != nil {
		t.Fatal(err)
	}
	if r := p.Do(me, http.MethodPost, gone, url.Values{}); !strings.HasPrefix(r.Location(), "/app/me/confirm") {
		t.Fatalf("it is removed without proof: %d %s", r.Status, r.Location())
	}
	_, ceremony = challenge(t, p.Do(me, http.MethodGet, "/app/me/confirm", nil))
	post(p, me, "/app/me/confirm", url.Values{"ceremony": {ceremony}, "credential": {"{}"}}, http.StatusUnprocessableEntity)
	options, ceremony = challenge(t, p.Do(me, http.MethodGet, "/app/me/confirm", nil))
	r = post(p, me, "/app/me/confirm", phone.signs(options, ceremony), http.StatusSeeOther)
	me = me.WithToken(r.Cookie(testkit.SessionCookie).Value)
	p.ForeignOwner = p.ForeignOwner.WithToken(strings.ReplaceAll(testkit.NewID().String()+testkit.NewID().String(), "-", ""))
	p.OpenSession(p.ForeignOwner)
	p.Change(`update platform.session set confirmed_at = now() + interval '1 day' where account_id = $1`, p.ForeignOwner.ID)
	post(p, p.ForeignOwner, gone, url.Values{}, http.StatusSeeOther)
	if noted(p, "account.passkey_removed") != 0 {
		t.Error("somebody else removes it")
	}
	post(p, me, gone, url.Values{}, http.StatusSeeOther)
	p.Letter(p.Member.Email, "passkey_removed")
	enters(phone.signs(asks(p)), http.StatusUnprocessableEntity)
	signIn(p, p.Member, password)
	for _, action := range []string{"account.passkey_added", "account.passkey_removed"} {
		if noted(p, action) != 1 {
			t.Errorf("%s is not written down", action)
		}
	}
}

package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/testkit"
)

// TestInvitations invites by mail, and lets in whom it was sent to, once.
func TestInvitations(t *testing.T) {
	p := testkit.NewPlatform(t)
	address := func() string { return "i" + strings.ReplaceAll(testkit.NewID().String(), "-", "") + "@example.com" }
	invite := func(as testkit.Actor, status int, body string) string {
		t.Helper()
		r := p.Do(as, "POST", "/api/v1/invitations", testkit.JSON(body))
		if r.Status != status {
			t.Fatalf("%s invites %s: %d %s, want %d", as.Name, body, r.Status, r.Body, status)
		}
		id, _ := r.Object()["id"].(string)
		return id
	}
	answer := func(as testkit.Actor, token string, form url.Values, status int) testkit.Response {
		t.Helper()
		if form == nil {
			form = url.Values{}
		}
		form.Set("token", token)
		r := p.Do(as, "POST", "/app/invitation", form)
		if r.Status != status {
			t.Errorf("%s accepts: %d, want %d", as.Name, r.Status, status)
		}
		return r
	}
	invited := func(email string) string {
		t.Helper()
		_, token := p.Letter(email, "invitation")
		return token
	}
	agencies := func() (n int) {
		t.Helper()
		if err := p.DB.Pool().QueryRow(t.Context(), `select count(*) from platform.agency where id = any($1)`, []uuid.UUID{p.Home.Agency, p.Foreign.Agency}).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}

	// Somebody new gets an account and a membership, and no agency.
	first, before := address(), agencies()
	id := invite(p.Admin, 201, `{"email":" `+strings.ToUpper(first)+`","role":"viewer"}`)
	invite(p.Admin, 422, `{"email":"`+first+`","role":"viewer"}`)
	invite(p.Admin, 403, `{"email":"`+address()+`","role":"owner"}`)
	invite(p.Admin, 422, `{"email":"`+address()+`","role":"viewer","client":"`+p.Home.Client.String()+`"}`)
	invite(p.Admin, 422, `{"email":"`+address()+`","role":"member","client":"`+p.Foreign.Client.String()+`"}`)
	invite(p.Admin, 422, `{"email":"`+p.Member.Email+`","role":"viewer"}`)
	token := invited(first)
	if r := p.Do(p.Visitor, "GET", "/app/invitation?token="+token, nil); r.Status != 200 || !strings.Contains(r.Body, "new-password") || !strings.Contains(r.Body, p.Home.AgencyName) {
		t.Errorf("the page does not ask for a name and a password: %d", r.Status)
	}
	answer(p.Owner, token, nil, 403)
	answer(p.Visitor, token, url.Values{"name": {"New"}, "password": {"short"}}, 422)
	answer(p.Visitor, token, url.Values{"name": {""}, "password": {"a few words in a row"}}, 422)
	in := answer(p.Visitor, token, url.Values{"name": {"New Person"}, "password": {"a few words in a row"}}, 303)
	cookie := in.Cookie(testkit.SessionCookie)
	if cookie == nil {
		t.Fatal("the new account is not signed in")
	}
	who := testkit.Actor{Name: "new", Email: first, Known: true}.WithToken(cookie.Value)
	if r := p.Do(who, "GET", p.Home.App(""), nil); r.Status != 200 {
		t.Errorf("the new member does not reach the site: %d", r.Status)
	}
	answer(who, token, nil, 410)
	answer(p.Visitor, token, nil, 410)
	if r := p.Do(p.Visitor, "GET", "/app/invitation?token="+token, nil); r.Status != 410 {
		t.Errorf("a used invitation is shown: %d", r.Status)
	}
	if r := p.Do(p.Admin, "POST", "/api/v1/invitations/"+id+"/resend", nil); r.Status != 409 {
		t.Errorf("an accepted invitation is sent again: %d", r.Status)
	}
	if agencies() != before {
		t.Error("an invitation made an agency")
	}

	// Sent again, the first link is over; revoked or too old, both are.
	second := address()
	id = invite(p.Owner, 201, `{"email":"`+second+`","role":"member","client":"`+p.Home.Client.String()+`"}`)
	old := invited(second)
	if r := p.Do(p.Owner, "POST", "/api/v1/invitations/"+id+"/resend", nil); r.Status != 200 {
		t.Fatalf("resend: %d %s", r.Status, r.Body)
	}
	answer(p.Visitor, old, url.Values{"name": {"X"}, "password": {"a few words in a row"}}, 410)
	fresh := invited(second)
	p.Change(`update platform.invitation set expires_at = $2 where id = $1`, id, p.Now())
	answer(p.Visitor, fresh, url.Values{"name": {"X"}, "password": {"a few words in a row"}}, 410)
	third := invite(p.Owner, 201, `{"email":"`+second+`","role":"member"}`) // the old one makes room
	if r := p.Do(p.Owner, "POST", "/api/v1/invitations/"+third+"/revoke", nil); r.Status != 200 || r.Object()["state"] != "revoked" {
		t.Errorf("revoke: %d %s", r.Status, r.Body)
	}
	for _, again := range []string{"resend", "revoke"} {
		r := p.Do(p.Owner, "POST", "/app/agency/invitations/"+third+"/"+again, url.Values{})
		if r.Status != 409 || !strings.Contains(r.Body, "accepted or taken back") || !strings.Contains(r.Body, second) {
			t.Errorf("%s of what is over: %d, without its page", again, r.Status)
		}
	}
	answer(p.Visitor, invited(second), nil, 410)

	// An account that there is signs in first; two presses at once make one member.
	known := p.NewPerson("known", access.Member{Agency: p.Foreign.Agency, Role: access.Viewer})
	invite(p.Owner, 201, `{"email":"`+known.Email+`","role":"admin"}`)
	token = invited(known.Email)
	if r := p.Do(p.Visitor, "GET", "/app/invitation?token="+token, nil); r.Status != 200 || strings.Contains(r.Body, "new-password") || !strings.Contains(r.Body, "/app/login?next=") {
		t.Errorf("whoever has an account is not asked to sign in: %d", r.Status)
	}
	answer(p.Visitor, token, url.Values{"name": {"Thief"}, "password": {"a few words in a row"}}, 409)
	var both sync.WaitGroup
	statuses := make([]int, 6)
	for n := range statuses {
		both.Go(func() {
			statuses[n] = p.Do(known, "POST", "/app/invitation", url.Values{"token": {token}}).Status
		})
	}
	both.Wait()
	good := 0
	for _, status := range statuses {
		switch status {
		case http.StatusSeeOther:
			good++
		case http.StatusGone:
		default:
			t.Errorf("one of several answers is %d", status)
		}
	}
	var members int
	if err := p.DB.Pool().QueryRow(t.Context(), `select count(*) from platform.member where account_id = $1 and agency_id = $2`, known.ID, p.Home.Agency).Scan(&members); err != nil {
		t.Fatal(err)
	}
	if good != 1 || members != 1 {
		t.Errorf("%d presses were good, and made %d members", good, members)
	}
	if r := p.Do(known, "GET", "/app?agency="+p.Home.Agency.String(), nil); r.Status != 200 || !strings.Contains(r.Body, p.Foreign.AgencyName) || !strings.Contains(r.Body, p.Home.Name) {
		t.Errorf("the switcher does not offer both agencies: %d", r.Status)
	}

	// A dump of the database holds no token.
	var leaked int
	if err := p.DB.Pool().QueryRow(t.Context(), `select count(*) from platform.invitation i where i::text like '%' || $1 || '%'`, token).Scan(&leaked); err != nil || leaked > 0 {
		t.Errorf("%d rows hold the token (%v)", leaked, err)
	}
	if r := p.Do(p.Owner, "GET", "/app/agency/invitations", nil); r.Status != 200 || !strings.Contains(r.Body, "Taken back") || !strings.Contains(r.Body, first) {
		t.Errorf("the list of invitations: %d", r.Status)
	}
}

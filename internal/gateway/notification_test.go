package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/gateway"
	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/job"
	"github.com/dramac-main/dramac-cms/internal/mail"
	"github.com/dramac-main/dramac-cms/internal/notify"
	"github.com/dramac-main/dramac-cms/testkit"
)

// TestNotifications lets things happen and looks at who is told, how, how often,
// and what they do with it.
func TestNotifications(t *testing.T) {
	p := testkit.NewPlatform(t)
	words, err := i18n.New()
	if err != nil {
		t.Fatal(err)
	}
	notices := notify.New(notify.Config{Mail: p.Mail, Words: words, Now: p.Now, BaseURL: testkit.BaseURL})
	jobDies := func(on *testkit.Site, name string) {
		t.Helper()
		run := &job.Run{Job: job.Job{Site: on.ID, Module: "00000000", Name: name}}
		if err := p.DB.Tx(t.Context(), func(tx pgx.Tx) error { return gateway.TellOfDeadJob(t.Context(), tx, notices, run) }); err != nil {
			t.Fatal(err)
		}
	}
	list := func(a testkit.Actor) string {
		t.Helper()
		r := p.Do(a, "GET", "/app/me/notifications", nil)
		if r.Status != http.StatusOK {
			t.Fatalf("the list of %s: %d", a.Name, r.Status)
		}
		return r.Text()
	}
	letters := func(a testkit.Actor) (n int) {
		for _, m := range p.Letters(a.Email) {
			if m.Kind == notify.MailKind {
				n++
			}
		}
		return n
	}

	// Whoever manages the site is told, once for what is the same.
	jobDies(p.Home, "job.score")
	jobDies(p.Home, "job.score")
	jobDies(p.Home, "job.score")
	for _, c := range []struct {
		who   testkit.Actor
		told  bool
		mails int
	}{{p.Owner, true, 1}, {p.Admin, true, 1}, {p.Member, false, 0}, {p.Viewer, false, 0}, {p.ClientMember, false, 0}, {p.ForeignOwner, false, 0}} {
		text := list(c.who)
		if got := strings.Contains(text, "job.score"); got != c.told || letters(c.who) != c.mails {
			t.Errorf("%s: told %v and %d letters, want %v and %d", c.who.Name, got, letters(c.who), c.told, c.mails)
		}
		if c.told && (!strings.Contains(text, "3 times") || !strings.Contains(text, "Notifications: 1 unread")) {
			t.Errorf("%s: it is not one that is counted", c.who.Name)
		}
	}

	// Preferences: of a site before those of all.
	prefer := func(site *testkit.Site, form url.Values) {
		t.Helper()
		to := "/app/me/notifications/settings"
		if site != nil {
			to += "?site=" + site.ID.String()
		}
		if r := p.Do(p.Owner, "POST", to, form); r.Status != http.StatusSeeOther {
			t.Fatalf("prefer: %d %s", r.Status, r.Body)
		}
	}
	prefer(nil, url.Values{"bell": {"job_dead", "mail_failed"}, "email": {"mail_failed"}})
	jobDies(p.Home, "job.quiet")
	prefer(p.Sister, url.Values{"bell": {}, "email": {"job_dead"}})
	jobDies(p.Sister, "job.loud")
	if n := letters(p.Owner); n != 2 || letters(p.Admin) != 3 {
		t.Errorf("%d letters to the owner, want the one of before and the sister site's", n)
	}
	if text := list(p.Owner); !strings.Contains(text, "Notifications: 2 unread") {
		t.Error("what nobody wants to see counts as new")
	}
	if r := p.Do(p.Owner, "GET", "/app/me/notifications/settings?site="+p.Foreign.ID.String(), nil); r.Status != http.StatusNotFound {
		t.Errorf("settings for a foreign site: %d", r.Status)
	}
	prefer(p.Sister, url.Values{"do": {"same"}})
	if page := p.Do(p.Owner, "GET", "/app/me/notifications/settings?site="+p.Sister.ID.String(), nil).Body; strings.Count(page, "checked") != 3 {
		t.Errorf("the site does not follow the rest: %d", strings.Count(page, "checked"))
	}

	// Reading is one's own.
	var id uuid.UUID
	if err := p.DB.Pool().QueryRow(t.Context(), `select id from platform.notification where account_id = $1 and key like '%job.score'`, p.Owner.ID).Scan(&id); err != nil {
		t.Fatal(err)
	}
	if r := p.Do(p.Admin, "POST", "/app/me/notifications", url.Values{"id": {id.String()}}); r.Status != http.StatusNotFound {
		t.Errorf("somebody else's: %d", r.Status)
	}
	if r := p.Do(p.Owner, "POST", "/app/me/notifications", url.Values{"id": {id.String()}}); r.Location() != p.Home.App("/jobs") {
		t.Errorf("it leads to %s", r.Location())
	}
	p.Do(p.Owner, "POST", "/app/me/notifications", url.Values{"do": {"all"}})
	if text := list(p.Owner); strings.Contains(text, "unread") {
		t.Error("read is not read")
	}

	// What else is told.
	p.Publish(p.Home, testkit.Files{
		"module.yaml":           "manifest: 1\nid: " + p.Home.Secret + "\nname: Vault\nversion: 1.0.1\ntype: app\ncategory: content\ndescription: x\n",
		"collections/note.yaml": "fields:\n  text: {type: text}\n",
	}.Pack(t))
	told := func(kind string) (n int) {
		t.Helper()
		if err := p.DB.Pool().QueryRow(t.Context(), `select count(*) from platform.notification where agency_id = $1 and kind = $2`, p.Home.Agency, kind).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := told("upgrade_available"); n != 0 {
		t.Errorf("a job tells of a version: %d", n)
	}
	r := p.Do(p.SiteKey, "POST", "/api/v1/packages", testkit.Files{
		"module.yaml":           "manifest: 1\nid: " + p.Home.Secret + "\nname: Vault\nversion: 1.0.2\ntype: app\ncategory: content\ndescription: x\n",
		"collections/note.yaml": "fields:\n  text: {type: text}\n",
	}.Pack(t))
	if r.Status != http.StatusCreated || told("upgrade_available") < 2 {
		t.Errorf("a new version: %d, told %d: %s", r.Status, told("upgrade_available"), r.Body)
	}
	failed := mail.Undelivered{Kind: "invitation", Agency: uuid.NullUUID{UUID: p.Home.Agency, Valid: true}, Recipient: "gone@example.com", Subject: "Come"}
	for _, kind := range []string{"invitation", notify.MailKind} {
		failed.Kind = kind
		if err := p.DB.Tx(t.Context(), func(tx pgx.Tx) error { return gateway.TellOfFailedMail(t.Context(), tx, notices, failed) }); err != nil {
			t.Fatal(err)
		}
	}
	if text := list(p.Owner); !strings.Contains(text, "gone@example.com") || strings.Contains(text, "2 times") || strings.Contains(list(p.Admin), "gone@example.com") {
		t.Error("of failed mail owners are told, once, and of failed notifications nobody")
	}
	p.Change(`update platform.agency set plan = 'starter' where id = $1`, p.Home.Agency)
	p.Do(p.Owner, "POST", "/api/v1/sites", testkit.JSON(`{"client":"`+p.Home.Client.String()+`","name":"`+testkit.NewID().String()[24:]+`"}`))
	if text := list(p.Admin); !strings.Contains(text, "80 % of the plan is used: Sites") {
		t.Error("the administrator is not told of the plan")
	}

	// Who leaves takes nothing along.
	p.Change(`delete from platform.member where account_id = $1`, p.Admin.ID)
	if text := list(p.Admin); strings.Contains(text, "job.score") {
		t.Error("who has left still reads of the agency")
	}
}

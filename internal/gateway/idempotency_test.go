package gateway_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/testkit"
)

const entryAPI = testkit.Guestbook + ".entry"

// once is the header that makes a write happen once.
func once(key string) testkit.Header { return testkit.Header{Name: "Idempotency-Key", Value: key} }

// newEntry is the body of an entry that says who wrote it.
func newEntry(p *testkit.Platform, name string) testkit.JSON { return p.Home.Body(entryAPI, name, "") }

// count is how many entries say that the text wrote them.
func count(p *testkit.Platform, collection, text string) int {
	p.Helper()
	return strings.Count(p.Do(p.SiteKey, http.MethodGet, testkit.API(collection)+"?limit=1000", nil).Body, "Hello from "+text)
}

func TestAWriteWithAKeyHappensOnce(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	twin := p.Twin()
	to, key := testkit.API(entryAPI), testkit.NewID().String()
	body := newEntry(p, "wrote once")
	first := p.Do(p.SiteKey, http.MethodPost, to, body, once(key))
	if first.Status != http.StatusCreated || first.Header.Get("Idempotent-Replayed") != "" {
		t.Fatalf("%d %s", first.Status, first.Body)
	}
	for _, platform := range []*testkit.Platform{p, twin} {
		for _, spelling := range []string{key, `"` + key + `"`} {
			again := platform.Do(p.SiteKey, http.MethodPost, to, body, once(spelling))
			if again.Status != first.Status || again.Body != first.Body || again.Header.Get("Content-Type") != first.Header.Get("Content-Type") || again.Header.Get("Idempotent-Replayed") != "true" {
				t.Errorf("sent again: %s, not %s", again.Text(), first.Text())
			}
		}
	}
	if n := count(p, entryAPI, "wrote once"); n != 1 {
		t.Errorf("%d records", n)
	}
	id, _ := first.Object()["id"].(string)
	for _, other := range []struct {
		method, to string
		body       any
		says       testkit.Header
	}{
		{http.MethodPost, to, body, testkit.Header{Name: "Prefer", Value: "return=minimal"}},
		{http.MethodPost, to, body, testkit.Header{Name: "Content-Language", Value: "en-GB"}},
		{http.MethodPost, to, body, testkit.Header{Name: "Content-Type", Value: "text/csv"}},
		{http.MethodPost, to, body, testkit.Header{Name: "If-Match", Value: `"1"`}},
		{http.MethodPost, to, newEntry(p, "another body"), testkit.Header{}},
		{http.MethodPost, to + "?select=id", body, testkit.Header{}},
		{http.MethodPost, to + "/" + id + "/restore", nil, testkit.Header{}},
		{http.MethodPatch, to + "/" + id, body, testkit.Header{}},
	} {
		headers := []testkit.Header{once(key)}
		if other.says.Name != "" {
			headers = append(headers, other.says)
		}
		if r := twin.Do(p.SiteKey, other.method, other.to, other.body, headers...); r.Status != http.StatusConflict || r.Code() != "idempotency_mismatch" {
			t.Errorf("%s %s %v: %d %s", other.method, other.to, other.says, r.Status, r.Body)
		}
	}
}

func TestKeysAreTheCallersOwn(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	to, key := testkit.API(entryAPI), testkit.NewID().String()
	body := newEntry(p, "wrote for itself")
	for _, caller := range []struct {
		actor testkit.Actor
		site  *testkit.Site
	}{{p.SiteKey, p.Home}, {p.Owner, p.Home}, {p.Admin, p.Home}, {p.Owner, p.Sister}, {p.OtherSiteKey, p.Other}, {p.ForeignKey, p.Foreign}} {
		r := p.Do(caller.actor, http.MethodPost, to, body, once(key), testkit.Header{Name: "Dramac-Site", Value: caller.site.ID.String()})
		if r.Status != http.StatusCreated || r.Header.Get("Idempotent-Replayed") != "" {
			t.Errorf("%s: %d %s", caller.actor.Name, r.Status, r.Body)
		}
	}
	if r := p.Do(p.GarbageKey, http.MethodPost, to, body, once(key)); r.Status != http.StatusUnauthorized {
		t.Errorf("without a credential: %d", r.Status)
	}
	if r := p.Do(p.NarrowKey, http.MethodPost, to, body, once(key)); r.Status != http.StatusForbidden {
		t.Errorf("without the permission: %d", r.Status)
	}
}

func TestTwoAtOnceWithOneKeyAreOne(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	platforms := []*testkit.Platform{p, p.Twin()}
	for round := range 5 {
		key, name := testkit.NewID().String(), fmt.Sprintf("at once %d", round)
		body := newEntry(p, name)
		answers := make([]testkit.Response, 8)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() {
				answers[i] = platforms[i%2].Do(p.SiteKey, http.MethodPost, testkit.API(entryAPI), body, once(key))
			})
		}
		all.Wait()
		fresh := 0
		for _, a := range answers {
			if a.Status != http.StatusCreated || a.Body != answers[0].Body {
				t.Errorf("%d %s", a.Status, a.Body)
			}
			if a.Header.Get("Idempotent-Replayed") == "" {
				fresh++
			}
		}
		if n := count(p, entryAPI, name); n != 1 || fresh != 1 {
			t.Errorf("%d records by %d writes", n, fresh)
		}
	}
}

// TestWhoMeetsARunningWriteWaitsAndIsToldSo: another transaction holds the key.
func TestWhoMeetsARunningWriteWaitsAndIsToldSo(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	key := testkit.NewID().String()
	tx, err := p.DB.Pool().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = tx.Exec(t.Context(), `insert into platform.idempotency (tenant_id, actor, key, fingerprint, created_at) values ($1, $2, $3, '', now())`,
		p.Home.ID, "key "+p.SiteKey.ID.String(), key)
	if err != nil {
		t.Fatal(err)
	}
	body := newEntry(p, "wrote later")
	if r := p.Do(p.SiteKey, http.MethodPost, testkit.API(entryAPI), body, once(key)); r.Status != http.StatusConflict || r.Code() != "busy" {
		t.Errorf("while it runs: %d %s", r.Status, r.Body)
	}
	// The process that ran it dies.
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := p.Do(p.SiteKey, http.MethodPost, testkit.API(entryAPI), body, once(key)); r.Status != http.StatusCreated {
		t.Errorf("afterwards: %d %s", r.Status, r.Body)
	}
	if n := count(p, entryAPI, "wrote later"); n != 1 {
		t.Errorf("%d records", n)
	}
}

func TestWhatIsRefusedLeavesItsKeyFree(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	to, key := testkit.API(entryAPI), testkit.NewID().String()
	for range 2 {
		if r := p.Do(p.SiteKey, http.MethodPost, to, testkit.JSON(`{"no_such_field":1}`), once(key)); r.Status != http.StatusUnprocessableEntity {
			t.Errorf("%d %s", r.Status, r.Body)
		}
	}
	if r := p.Do(p.SiteKey, http.MethodPost, to, newEntry(p, "mended"), once(key)); r.Status != http.StatusCreated {
		t.Errorf("mended: %d %s", r.Status, r.Body)
	}
}

func TestWhatIsNoIdempotencyKey(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	for _, bad := range []string{`""`, " ", strings.Repeat("k", 256), "ключ", "a\tb"} {
		r := p.Do(p.SiteKey, http.MethodPost, testkit.API(entryAPI), newEntry(p, "never"), once(bad))
		if r.Status != http.StatusBadRequest || r.Code() != "bad_idempotency_key" {
			t.Errorf("%q: %d %s", bad, r.Status, r.Body)
		}
	}
	// Reading is what it is.
	if r := p.Do(p.SiteKey, http.MethodGet, testkit.API(entryAPI), nil, once(strings.Repeat("k", 256))); r.Status != http.StatusOK {
		t.Errorf("reading: %d", r.Status)
	}
}

func TestEachSortOfWriteIsKept(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	made := p.Do(p.SiteKey, http.MethodPost, testkit.API(entryAPI), newEntry(p, "kept"))
	record := testkit.API(entryAPI) + "/" + fmt.Sprint(made.Object()["id"])
	modules := "/api/v1/sites/" + p.Home.ID.String() + "/modules"
	visit := testkit.From("192.0.2.7")
	for _, w := range []struct {
		name       string
		actor      testkit.Actor
		method, to string
		body       any
		status     int
	}{
		{"delete", p.SiteKey, http.MethodDelete, record, nil, http.StatusNoContent},
		{"restore", p.SiteKey, http.MethodPost, record + "/restore", nil, http.StatusOK},
		{"a visitor's action", p.Visitor, http.MethodPost, p.Home.URL("/api/modules/guestbook/entry/sign"), testkit.JSON(`{"name":"Vera","message":"Once"}`), http.StatusCreated},
		{"uninstall", p.SiteKey, http.MethodDelete, modules + "/guestbook", nil, http.StatusNoContent},
		{"install", p.SiteKey, http.MethodPost, modules, testkit.JSON(`{"module":"guestbook"}`), http.StatusCreated},
		{"switch", p.SiteKey, http.MethodPatch, modules + "/guestbook", testkit.JSON(`{"enabled":false}`), http.StatusOK},
		{"publish", p.SiteKey, http.MethodPost, "/api/v1/packages", testkit.Files{
			"module.yaml": `{manifest: 1, id: once, name: Once, version: 1.0.0, category: other, description: Once., type: widget}`,
		}.Pack(p), http.StatusCreated},
	} {
		key := testkit.NewID().String()
		first := p.Do(w.actor, w.method, w.to, w.body, once(key), visit)
		again := p.Twin().Do(w.actor, w.method, w.to, w.body, once(key), visit)
		if first.Status != w.status || again.Status != w.status || again.Body != first.Body || again.Header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s: %s\nagain: %s", w.name, first.Text(), again.Text())
		}
	}
}

func TestAnAnswerIsForgottenAfterAWeek(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	key := testkit.NewID().String()
	body := newEntry(p, "twice in time")
	for n := 1; n <= 2; n++ {
		if r := p.Do(p.SiteKey, http.MethodPost, testkit.API(entryAPI), body, once(key)); r.Status != http.StatusCreated || r.Header.Get("Idempotent-Replayed") != "" {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		if _, err := p.DB.Pool().Exec(t.Context(), `update platform.idempotency set created_at = $2 where key = $1`, key, time.Now().Add(-8*24*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(p, entryAPI, "twice in time"); n != 2 {
		t.Errorf("%d records", n)
	}
}

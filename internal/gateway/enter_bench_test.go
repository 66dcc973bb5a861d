package gateway

import (
	"crypto/sha256"
	"io/fs"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/examples"
	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
)

// BenchmarkEnterWarm is what a request goes through before its handler runs,
// from the key to the module's grants, when everything is remembered. There is
// no database behind it: a lookup would fail.
func BenchmarkEnterWarm(b *testing.B) {
	s, err := New(Config{
		DB: &pg.DB{}, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		BaseURL: &url.URL{Scheme: "http", Host: "localhost:8080"},
	})
	if err != nil {
		b.Fatal(err)
	}
	token, site := access.NewKeyToken(), tenancy.Site{ID: uuid.New(), Agency: uuid.New(), TimeZone: "Europe/Berlin", Locale: "de"}
	s.memory.store(bearerKey(sha256.Sum256([]byte(token))), access.Key{ID: uuid.New(), Agency: site.Agency, Site: site.ID, Grants: []string{"*"}}, 0)
	s.memory.store(siteKey(site.ID), site, 0)
	s.memory.store(installedKey(site.ID), []running{guestbook(b)}, 0)
	rt := &route{
		pattern: "GET /api/modules/{module}/{collection}", permission: access.SiteUse, verb: "read", fast: true, handle: listRecords,
	}
	r := httptest.NewRequest("GET", "http://localhost:8080/api/modules/guestbook/entry", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	r.SetPathValue("module", "guestbook")
	r.SetPathValue("collection", "entry")
	w := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		if err := s.begin(rt, w, r).enter(); err != nil {
			b.Fatal(err)
		}
	}
}

// guestbook is the example module as it runs on a site.
func guestbook(b *testing.B) running {
	b.Helper()
	files, err := fs.Sub(examples.Files, "guestbook")
	if err != nil {
		b.Fatal(err)
	}
	m, err := manifest.Read(files)
	if err != nil {
		b.Fatal(err)
	}
	compiled, err := collection.Compile(m, "mod_00000000")
	if err != nil {
		b.Fatal(err)
	}
	return running{
		Installation: module.Installation{Name: m.ID, State: module.Enabled},
		release:      &module.Release{Manifest: m, Module: compiled},
	}
}

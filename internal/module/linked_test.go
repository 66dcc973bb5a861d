package module_test

import (
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/testkit"
)

// start is what a server does first that holds the module.
func (w *world) start(f files) error {
	w.Helper()
	folder := fstest.MapFS{}
	for name, text := range f {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	m, err := manifest.ReadLinked(folder)
	if err != nil {
		w.Fatal(err)
	}
	w.Catalogue = module.New(w.db, w.blobs, testkit.Keys(w), w.clock.Now, slog.New(slog.DiscardHandler))
	return w.Link(w.Context(), module.Linked{Files: folder, Manifest: m, Code: func(*collection.Module) collection.Code { return nil }})
}

// TestRecordsFollowAManifestThatChangesUnderItsVersion works on a linked module
// without raising its version.
func TestRecordsFollowAManifestThatChangesUnderItsVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.NewDatabase(t))
	_, sites := w.agency(2)
	if err := w.start(shop("1.0.0", "fields: {price: integer, total: {type: integer, computed: price * 2}}\n", "")); err != nil {
		t.Fatal(err)
	}
	ids := []uuid.UUID{}
	for _, site := range sites {
		w.install(site, "rental")
		ids = append(ids, w.write(site, "goods", uuid.Nil, `{"price":100}`))
	}
	edited := "fields: {price: {type: decimal, scale: 1}, total: {type: decimal, scale: 1, computed: price * 3}, kind: {type: choice, options: [a, b], required: true, fill: b}}\n"
	for range 2 { // the second start finds all as it is
		if err := w.start(shop("1.0.0", edited, "")); err != nil {
			t.Fatal(err)
		}
		for n, site := range sites {
			w.shows(site, "goods", ids[n], "edited", `{"price":100,"total":300,"kind":"b"}`)
		}
	}
	w.write(sites[1], "goods", ids[1], `{"kind":"a"}`)
	err := w.start(shop("1.0.0", strings.Replace(edited, "[a, b]", "[b]", 1), ""))
	if err == nil || !strings.Contains(err.Error(), "changed under the same version") || !strings.Contains(err.Error(), sites[1].ID.String()) {
		t.Errorf("with records in the way: %v", err)
	}
	// Nothing has happened: what the server held before still runs.
	if err := w.start(shop("1.0.0", edited, "")); err != nil {
		t.Fatal(err)
	}
	w.shows(sites[1], "goods", ids[1], "after a refusal", `{"price":100,"total":300,"kind":"a"}`)
	// And a new version goes on from there.
	if err := w.start(shop("1.1.0", strings.Replace(edited, "price * 3", "price * 4", 1), "")); err != nil {
		t.Fatal(err)
	}
	w.shows(sites[1], "goods", ids[1], "the next version", `{"price":100,"total":400,"kind":"a"}`)
}

package module_test

import (
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/internal/blob"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/testkit"
)

func TestADamagedPackageIsNotUsed(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, sites := w.agency(1)
	v := w.publish(agency, rental("1.0.0"))
	other := module.New(w.db, emptyStore(t), testkit.Keys(t), w.clock.Now, slog.New(slog.DiscardHandler))
	if _, err := other.Release(t.Context(), v.Module, v.Version); err == nil || errs.Of(err) != nil {
		t.Errorf("a package that is lost: %v, want a fault of ours", err)
	}
	w.exec(`update platform.module_version set content_hash = decode(repeat('00', 32), 'hex') where module_id = $1`, v.Module)
	if _, err := w.Release(t.Context(), v.Module, v.Version); err == nil || errs.Of(err) != nil {
		t.Errorf("a package with another content: %v, want a fault of ours", err)
	}
	if _, err := w.Install(t.Context(), alice, sites[0], "rental", "", nil); err == nil {
		t.Error("it was installed")
	}
	_, err := w.Release(t.Context(), v.Module, "7.7.7")
	wantCode(t, err, errs.NotFound, "not_found")
}

// TestALostPackageTakesNothingElseDown has a version whose package is gone.
func TestALostPackageTakesNothingElseDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.NewDatabase(t))
	agency, sites := w.agency(3)
	w.publish(agency, rental("1.0.0"))
	off, gone, old := w.install(sites[0], "rental"), w.install(sites[1], "rental"), w.install(sites[2], "rental")
	w.add(gone, "item", ", name", "Canoe")
	w.add(old, "item", ", name", "Canoe")
	w.lose("1.0.0")

	if off = w.update(sites[0], module.Change{Enabled: ptr(false), Settings: raw(`{}`), Version: ptr("1.0.0")}); off.State != module.Disabled {
		t.Errorf("switched off: %+v", off)
	}
	if _, err := w.Update(t.Context(), alice, sites[0], "rental", module.Change{Enabled: ptr(true)}); err == nil {
		t.Error("it was switched on")
	}
	if err := w.Uninstall(t.Context(), alice, sites[1], "rental"); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(module.Kept)
	if n, err := w.Purge(t.Context(), w.clock.Now()); err != nil || n != 1 || w.count(gone, "item") != 0 || w.count(old, "item") != 1 {
		t.Errorf("purged %d, %v; %d and %d items are left", n, err, w.count(gone, "item"), w.count(old, "item"))
	}

	// Nothing can be compared with it, and the next one is compared with what can be read.
	with := func(version, fields string) files {
		return rental(version).with(files{"collections/item.yaml": "fields: {" + fields + "}\n"})
	}
	w.publish(agency, with("1.1.0", "name: text"))
	w.publish(agency, with("1.2.0", "name: text, price: money"))
	w.lose("1.2.0")
	_, _, err := w.Publish(t.Context(), alice, agency, with("1.3.0", "price: money").pack(t))
	if e := wantCode(t, err, errs.Invalid, "breaking_change"); !strings.Contains(e.Message, "1.1.0") {
		t.Errorf("compared with the wrong version: %v", e)
	}
	if i := w.update(sites[0], module.Change{Version: ptr("1.1.0"), Enabled: ptr(true)}); i.State != module.Enabled {
		t.Errorf("another version: %+v", i)
	}

	// The same upload brings the package back.
	if _, created, err := w.Publish(t.Context(), alice, agency, rental("1.0.0").pack(t)); err != nil || created {
		t.Fatalf("created %v, %v", created, err)
	}
	w.update(sites[2], module.Change{Enabled: ptr(false)})
	w.update(sites[2], module.Change{Enabled: ptr(true)})
}

func TestARefusedPackageIsNotStored(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, _ := w.agency(0)
	w.publish(agency, rental("1.0.0"))
	for _, refused := range []files{
		rental("0.9.0"),
		rental("1.0.0").with(files{"README.md": "Other words."}),
		rental("1.1.0").with(files{"collections/item.yaml": "fields: {name: text}\n"}),
	} {
		if _, _, err := w.Publish(t.Context(), alice, agency, refused.pack(t)); err == nil {
			t.Error("it was published")
		}
	}
	if kept := w.kept(); len(kept) != 1 {
		t.Errorf("%d packages are kept, want the published one", len(kept))
	}
}

func TestPackagesThatNoVersionNamesAreDroppedAfterADay(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, _ := w.agency(0)
	v := w.publish(agency, rental("1.0.0"))
	if err := w.blobs.Put(t.Context(), blob.HashOf([]byte("an orphan")), []byte("an orphan")); err != nil {
		t.Fatal(err)
	}
	// The age is that of the files, so it is the machine's clock that counts.
	for _, tt := range []struct {
		after   time.Duration
		dropped int
	}{{23 * time.Hour, 0}, {25 * time.Hour, 1}, {25 * time.Hour, 0}} {
		if n, err := w.DropOrphans(t.Context(), time.Now().Add(tt.after)); err != nil || n != tt.dropped {
			t.Errorf("after %v: %d dropped, %v; want %d", tt.after, n, err, tt.dropped)
		}
	}
	if kept := w.kept(); len(kept) != 1 || string(kept[0]) != v.Blob {
		t.Errorf("left %v", kept)
	}
}

// kept returns what the store of packages holds.
func (w world) kept() []blob.Hash {
	w.Helper()
	list, err := w.blobs.List(w.Context(), time.Now().Add(time.Hour))
	if err != nil {
		w.Fatal(err)
	}
	return list
}

// lose takes the package of a version from the store and from memory.
func (w *world) lose(version string) {
	w.Helper()
	var hash string
	err := w.db.Pool().QueryRow(w.Context(), `
		select encode(blob, 'hex') from platform.module_version where version = $1`, version).Scan(&hash)
	if err != nil {
		w.Fatal(err)
	}
	if err := w.blobs.Delete(w.Context(), blob.Hash(hash)); err != nil {
		w.Fatal(err)
	}
	w.Catalogue = module.New(w.db, w.blobs, testkit.Keys(w), w.clock.Now, slog.New(slog.DiscardHandler))
}

func TestOneUploadManyTimesAtOnceIsOneVersion(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, _ := w.agency(0)
	data := rental("1.0.0").pack(t)
	var created atomic.Int32
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			_, fresh, err := w.Publish(t.Context(), alice, agency, data)
			if err != nil {
				t.Error(err)
			}
			if fresh {
				created.Add(1)
			}
		})
	}
	group.Wait()
	if n := created.Load(); n != 1 {
		t.Errorf("%d uploads made the version", n)
	}
}

func emptyStore(t *testing.T) blob.Store {
	t.Helper()
	store, err := blob.NewFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return store
}

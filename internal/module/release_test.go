package module_test

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/blob"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

func TestADamagedPackageIsNotUsed(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, sites := w.agency(1)
	v := w.publish(agency, rental("1.0.0"))
	other := module.New(w.db, emptyStore(t), w.clock.Now, slog.New(slog.DiscardHandler))
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

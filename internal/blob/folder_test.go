package blob

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

func folder(t *testing.T) *Folder {
	t.Helper()
	store, err := NewFolder(filepath.Join(t.TempDir(), "blobs [1]"))
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func put(t *testing.T, store Store, content string) Hash {
	t.Helper()
	hash := HashOf([]byte(content))
	if err := store.Put(t.Context(), hash, []byte(content)); err != nil {
		t.Fatal(err)
	}
	return hash
}

func TestContentIsKeptByHash(t *testing.T) {
	t.Parallel()
	store := folder(t)
	for _, content := range []string{"", "a package", strings.Repeat("large ", 1<<18)} {
		hash := put(t, store, content)
		put(t, store, content)
		got, err := store.Open(t.Context(), hash)
		if err != nil || string(got) != content {
			t.Fatalf("got %d bytes, %v", len(got), err)
		}
		if exists, err := store.Exists(t.Context(), hash); err != nil || !exists {
			t.Fatalf("exists = %v, %v", exists, err)
		}
	}
	reopened, err := NewFolder(store.root)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reopened.Open(t.Context(), HashOf([]byte("a package"))); err != nil {
		t.Fatalf("a new process does not find it: %v", err)
	}
}

func TestDeletedContentIsAbsent(t *testing.T) {
	t.Parallel()
	store := folder(t)
	hash := put(t, store, "a package")
	for range 2 {
		if err := store.Delete(t.Context(), hash); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Open(t.Context(), hash); errs.KindOf(err) != errs.NotFound {
		t.Fatalf("open: %v", err)
	}
	if exists, err := store.Exists(t.Context(), hash); err != nil || exists {
		t.Fatalf("exists = %v, %v", exists, err)
	}
}

func TestDamagedContentIsNotReturned(t *testing.T) {
	t.Parallel()
	store := folder(t)
	hash := put(t, store, "a package")
	for name, damage := range map[string]string{"changed": "a pockage", "cut off": "a pack", "emptied": ""} {
		if err := os.WriteFile(store.path(hash), []byte(damage), 0o600); err != nil {
			t.Fatal(err)
		}
		if content, err := store.Open(t.Context(), hash); errs.KindOf(err) != errs.Internal || content != nil {
			t.Fatalf("%s: got %q, %v", name, content, err)
		}
	}
	put(t, store, "a package")
	if _, err := store.Open(t.Context(), hash); err != nil {
		t.Fatalf("putting it again did not mend it: %v", err)
	}
}

func TestOtherContentIsRefused(t *testing.T) {
	t.Parallel()
	store := folder(t)
	hash := HashOf([]byte("a package"))
	if err := store.Put(t.Context(), hash, []byte("another")); errs.KindOf(err) != errs.Internal || err == nil {
		t.Fatalf("put: %v", err)
	}
	if exists, _ := store.Exists(t.Context(), hash); exists {
		t.Fatal("it was kept")
	}
}

func TestOnlyHashesBecomePaths(t *testing.T) {
	t.Parallel()
	store := folder(t)
	good := string(HashOf(nil))
	for _, bad := range []string{"", "..", good[:63], good + "0", strings.ToUpper(good), "../../" + good[6:], "g" + good[1:], good[:60] + "é00"} {
		hash := Hash(bad)
		_, openErr := store.Open(t.Context(), hash)
		_, existsErr := store.Exists(t.Context(), hash)
		for _, err := range []error{store.Put(t.Context(), hash, nil), openErr, existsErr, store.Delete(t.Context(), hash)} {
			if errs.KindOf(err) != errs.Invalid {
				t.Fatalf("%q: %v", bad, err)
			}
		}
	}
}

func TestManyWritersOfOneContent(t *testing.T) {
	t.Parallel()
	store := folder(t)
	content := bytes.Repeat([]byte("package"), 10_000)
	var writers sync.WaitGroup
	for range 16 {
		writers.Go(func() {
			if err := store.Put(context.Background(), HashOf(content), content); err != nil {
				t.Error(err)
			}
			if got, err := store.Open(context.Background(), HashOf(content)); err != nil || !bytes.Equal(got, content) {
				t.Errorf("open: %d bytes, %v", len(got), err)
			}
		})
	}
	writers.Wait()
	left, err := fs.Glob(os.DirFS(store.root), "*/*")
	if err != nil || len(left) != 1 {
		t.Fatalf("left %v, %v", left, err)
	}
}

func TestOnlySweepClearsUnfinishedWritesAway(t *testing.T) {
	t.Parallel()
	store := folder(t)
	hash := put(t, store, "a package")
	crashed := filepath.Join(filepath.Dir(store.path(hash)), unfinished+"123")
	if err := os.WriteFile(crashed, []byte("a pa"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewFolder(store.root); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(crashed); err != nil {
		t.Fatalf("opening took away what another process may be writing: %v", err)
	}
	if err := store.Sweep(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(crashed); !os.IsNotExist(err) {
		t.Fatalf("still there: %v", err)
	}
	if _, err := store.Open(t.Context(), hash); err != nil {
		t.Fatal(err)
	}
}

func TestListTellsWhatIsOlder(t *testing.T) {
	t.Parallel()
	store := folder(t)
	old, young := put(t, store, "old"), put(t, store, "young")
	moment := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for hash, at := range map[Hash]time.Time{old: moment.Add(-time.Second), young: moment} {
		if err := os.Chtimes(store.path(hash), at, at); err != nil {
			t.Fatal(err)
		}
	}
	for _, stray := range []string{"stray", string(old), filepath.Join(string(old[:2]), unfinished+"1")} {
		name := filepath.Join(store.root, stray)
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, moment.Add(-time.Hour), moment.Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := store.List(t.Context(), moment); err != nil || !slices.Equal(got, []Hash{old}) {
		t.Fatalf("got %v, %v", got, err)
	}
}

func TestClaim(t *testing.T) {
	t.Parallel()
	store := folder(t)
	for _, c := range []struct {
		owner string
		alone bool
	}{{"one", true}, {"one", true}, {"two", false}, {"one", false}} {
		if alone, err := store.Claim(c.owner); err != nil || alone != c.alone {
			t.Fatalf("%s: alone %v, %v", c.owner, alone, err)
		}
	}
}

func TestAFileIsReplacedAsAWhole(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "kept")
	for _, content := range []string{"first and longer", "second"} {
		if err := WriteFile(file, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != content {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	left, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(left) != 1 {
		t.Fatalf("left %v, %v", left, err)
	}
}

func TestCancelledCallsDoNothing(t *testing.T) {
	t.Parallel()
	store := folder(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	hash := HashOf([]byte("a package"))
	if err := store.Put(ctx, hash, []byte("a package")); err == nil {
		t.Fatal("put after the end")
	}
	if exists, _ := store.Exists(t.Context(), hash); exists {
		t.Fatal("it was kept")
	}
}

func TestContentIsClosedToOtherUsers(t *testing.T) {
	t.Parallel()
	store := folder(t)
	hash := put(t, store, "a package")
	for path, want := range map[string]os.FileMode{store.root: 0o700, filepath.Dir(store.path(hash)): 0o700, store.path(hash): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Fatalf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

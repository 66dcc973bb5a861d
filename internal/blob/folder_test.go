package blob

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

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

func TestUnfinishedWritesAreClearedAway(t *testing.T) {
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
	if _, err := os.Stat(crashed); !os.IsNotExist(err) {
		t.Fatalf("still there: %v", err)
	}
	if _, err := store.Open(t.Context(), hash); err != nil {
		t.Fatal(err)
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

package blob

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func folder(t *testing.T) *Folder {
	t.Helper()
	store, err := NewFolder(filepath.Join(t.TempDir(), "blobs [1]"))
	if err != nil {
		t.Fatal(err)
	}
	return store
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

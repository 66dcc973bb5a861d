package cluster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// fakeServer puts scripts into dir that answer --version like PostgreSQL.
func fakeServer(t *testing.T, dir, version string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"postgres", "initdb"} {
		script := fmt.Sprintf("#!/bin/sh\necho '%s'\n", version)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestBinariesAreChosen(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	old := fakeServer(t, filepath.Join(base, "old"), "postgres (PostgreSQL) 14.9")
	good := fakeServer(t, filepath.Join(base, "good"), "postgres (PostgreSQL) 16.2 (Debian 16.2-1)")
	next := fakeServer(t, filepath.Join(base, "next"), "postgres (PostgreSQL) 77beta1")
	broken := fakeServer(t, filepath.Join(base, "broken"), "something else")
	linked := filepath.Join(base, "linked")
	if err := os.Mkdir(linked, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(good, "postgres"), filepath.Join(linked, "postgres")); err != nil {
		t.Fatal(err)
	}
	path := func(dirs ...string) string {
		list := ""
		for _, dir := range dirs {
			list += dir + string(os.PathListSeparator)
		}
		return list
	}
	for _, want := range []struct {
		name, chosen, path string
		major              int
		dir                string
		fails              bool
	}{
		{name: "the named folder goes before PATH", chosen: next, path: path(good), dir: next},
		{name: "a named folder that is too old is an error, not passed over", chosen: old, path: path(good), fails: true},
		{name: "a named folder without binaries is an error", chosen: base, path: path(good), fails: true},
		{name: "a named folder with something else is an error", chosen: broken, path: path(good), fails: true},
		{name: "PATH in its order, old ones passed over", path: path(base, old, good, next), dir: good},
		{name: "links lead to the real folder", path: path(linked), dir: good},
		{name: "data decides the version", path: path(good, next), major: 77, dir: next},
		{name: "a named folder of another version than the data is an error", chosen: good, major: 77, fails: true},
		{name: "no binaries for the data", path: path(good), major: 99, fails: true},
	} {
		env := map[string]string{"DRAMAC_PG_BIN": want.chosen, "PATH": want.path}
		got, err := find(func(name string) string { return env[name] }, want.major)
		if want.fails != (err != nil) {
			t.Errorf("%s: %v", want.name, err)
		}
		if !want.fails && got.dir != want.dir {
			t.Errorf("%s: got %q, want %q", want.name, got.dir, want.dir)
		}
	}
	if _, err := find(func(string) string { return "" }, 99); !errors.Is(err, ErrNoBinaries) {
		t.Errorf("no binaries: %v", err)
	}
}

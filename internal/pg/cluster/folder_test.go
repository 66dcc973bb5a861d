package cluster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheStatusFileOfPostgreSQLIsRead(t *testing.T) {
	t.Parallel()
	ready := "123\n/data/postgres\n1700000000\n5432\n/run/dramac-1\n\n  5432001   65538\nready   \n"
	for _, want := range []struct {
		name, text string
		m          postmaster
		ok         bool
	}{
		{"a running server", ready, postmaster{pid: 123, port: "5432", socket: "/run/dramac-1", ready: true}, true},
		{"a starting server", strings.Replace(ready, "ready   ", "starting", 1), postmaster{pid: 123, port: "5432", socket: "/run/dramac-1"}, true},
		{"half a file", "123\n/data", postmaster{pid: 123}, true},
		{"an empty file", "", postmaster{}, false},
		{"a negative process", "-1\n", postmaster{}, false},
		{"no number", "x\n", postmaster{}, false},
	} {
		if m, ok := parsePostmaster(want.text); m != want.m || ok != want.ok {
			t.Errorf("%s: got %+v, %v", want.name, m, ok)
		}
	}
}

// stranger is a user who owns nothing.
var stranger = account{name: "stranger", uid: 4_000_000_000, gid: 4_000_000_000, drop: true}

func TestAClosedFolderIsNamed(t *testing.T) {
	t.Parallel()
	base := dataFolder(t)
	closed := filepath.Join(base, "home")
	inner := filepath.Join(closed, "data")
	if err := os.MkdirAll(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(base, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		mode os.FileMode
		path string
	}{{0o700, closed}, {0o711, ""}, {0o744, closed}} {
		if err := os.Chmod(closed, want.mode); err != nil {
			t.Fatal(err)
		}
		if got, err := stranger.closedFolder(inner); got != want.path || err != nil {
			t.Errorf("mode %o: got %q, %v, want %q", want.mode, got, err, want.path)
		}
	}
}

func TestBinariesOutOfReachAreCopied(t *testing.T) {
	t.Parallel()
	base, data := dataFolder(t), dataFolder(t)
	bin := filepath.Join(base, "native", "bin")
	fakeServer(t, bin, "postgres (PostgreSQL) 18.4")
	if err := os.Symlink("postgres", filepath.Join(bin, "postmaster")); err != nil {
		t.Fatal(err)
	}
	f := folder{data: data, cluster: filepath.Join(data, "postgres"), account: stranger}
	first, err := reachable(bin, f)
	if err != nil || !strings.HasPrefix(first, data) {
		t.Fatalf("%q, %v", first, err)
	}
	info, err := os.Stat(filepath.Join(first, "postmaster"))
	if err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("the copy's mode is %v, %v", info, err)
	}
	if second, err := reachable(bin, f); second != first || err != nil {
		t.Errorf("a second start copies again: %q, %v", second, err)
	}
	if err := os.Chmod(base, 0o755); err != nil {
		t.Fatal(err)
	}
	if same, err := reachable(bin, f); same != bin || err != nil {
		t.Errorf("binaries within reach: %q, %v", same, err)
	}
}

package secret_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/testkit/postgres"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func TestADatabaseKeepsToItsKeyFile(t *testing.T) {
	t.Parallel()
	db := postgres.NewDatabase(t)
	path := filepath.Join(t.TempDir(), "keys")
	first, err := secret.OpenFor(t.Context(), db, path, noon)
	if err != nil {
		t.Fatal(err)
	}
	again, err := secret.OpenFor(t.Context(), db, path, noon)
	if err != nil || again.Keys()[0].ID != first.Keys()[0].ID {
		t.Fatalf("a second process: %v", err)
	}
	refused := func(what, file, want string) {
		t.Helper()
		if _, err := secret.OpenFor(t.Context(), db, file, noon); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	absent := filepath.Join(t.TempDir(), "keys")
	refused("a missing file", absent, "is missing")
	if _, err := os.Stat(absent); !os.IsNotExist(err) {
		t.Errorf("a new one was made: %v", err)
	}
	if err := secret.CreateRing(absent, noon); err != nil {
		t.Fatal(err)
	}
	refused("another database's file", absent, "is not this database's")

	id, err := first.Rotate(noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Note(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if rotated, err := again.Rotated(t.Context(), db); err != nil || !rotated {
		t.Errorf("rotated %v, %v", rotated, err)
	}
	if err := first.Retire(t.Context(), db, []string{id}, noon); err != nil {
		t.Fatal(err)
	}
	if rotated, err := again.Rotated(t.Context(), db); err != nil || rotated {
		t.Errorf("after retiring: rotated %v, %v", rotated, err)
	}
	// A retired key may leave the file.
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if err := os.WriteFile(path, []byte(lines[len(lines)-1]+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.OpenFor(t.Context(), db, path, noon); err != nil {
		t.Errorf("without the retired key: %v", err)
	}
}

package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKeysAreMadeListedRotatedAndMissed(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	begin(t, data)
	file := filepath.Join(data, "keys")
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the key file: %v, %v", info, err)
	}
	code, stdout, stderr := dramac(t.Context(), "keys", "rotate", "--data", data)
	if code != 0 || !strings.Contains(stdout.String(), "Sealed anew: 0 values") {
		t.Fatalf("rotate: %d, %s %s", code, stdout, stderr)
	}
	code, stdout, stderr = dramac(t.Context(), "keys", "list", "--data", data)
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	if code != 0 || len(lines) != 3 || strings.Contains(lines[1], "active") || !strings.Contains(lines[2], "active") {
		t.Errorf("list: %d, %s %s", code, stdout, stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if parts := strings.Fields(line); len(parts) == 3 && strings.Contains(stdout.String()+stderr.String(), parts[2]) {
			t.Error("a key is printed")
		}
	}
	code, stdout, _ = dramac(t.Context(), "doctor", "--data", data)
	if code != 0 || !strings.Contains(stdout.String(), "active, seals 0 values") {
		t.Errorf("doctor: %d, %s", code, stdout)
	}
	code, stdout, _ = dramac(t.Context(), "doctor", "--data", data, "--key-file", filepath.Join(t.TempDir(), "keys"))
	if code != 1 || !strings.Contains(stdout.String(), "is missing") {
		t.Errorf("doctor without the key file: %d, %s", code, stdout)
	}
}

package sdk_test

import (
	"os"
	"os/exec"
	"testing"
)

// TestAuthorsCanCompileItToWebAssembly holds what standardOnly in the test of
// the architecture is for.
func TestAuthorsCanCompileItToWebAssembly(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{".", "./errs", "./money", "./sql"} {
		build := exec.CommandContext(t.Context(), "go", "build", "-o", os.DevNull, folder)
		build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
		if said, err := build.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", folder, err, said)
		}
	}
}

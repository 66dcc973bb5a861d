package manifest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// workedFolder holds manifests of real modules, which declare nearly all of the format.
const workedFolder = "testdata/worked"

func workedFolders(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(workedFolder, "*", "module.yaml"))
	if err != nil || len(files) < 4 {
		t.Fatalf("found %d worked manifests, error %v", len(files), err)
	}
	for i, f := range files {
		files[i] = filepath.Dir(f)
	}
	return files
}

func TestWorkedManifestsAreValid(t *testing.T) {
	t.Parallel()
	for _, folder := range workedFolders(t) {
		if _, err := manifest.ReadLinked(os.DirFS(folder)); err != nil {
			t.Errorf("%s:\n%v", folder, err)
		}
	}
}

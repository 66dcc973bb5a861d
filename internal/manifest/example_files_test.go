package manifest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// examplesFolder holds the modules that the project shows as examples.
const examplesFolder = "../../examples"

// exampleFolders lists the folders of the example modules.
func exampleFolders(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(examplesFolder, "*", "module.yaml"))
	if err != nil || len(files) < 2 {
		t.Fatalf("found %d examples, error %v", len(files), err)
	}
	folders := make([]string, len(files))
	for i, f := range files {
		folders[i] = filepath.Dir(f)
	}
	return folders
}

func TestExamplesAreValid(t *testing.T) {
	t.Parallel()
	for _, folder := range exampleFolders(t) {
		m, err := manifest.Read(os.DirFS(folder))
		if err != nil {
			t.Errorf("%s:\n%v", folder, err)
			continue
		}
		if err := m.Check(manifest.Strangers()); err != nil {
			t.Errorf("%s is larger than a stranger's module may be:\n%v", folder, err)
		}
		if m.ID != filepath.Base(folder) {
			t.Errorf("%s holds the module %q", folder, m.ID)
		}
	}
}

package pack

import (
	"bytes"
	"io/fs"
	"testing"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// FuzzOpen checks that any bytes are either refused with a code, or a package
// whose files build to a package of the same content.
func FuzzOpen(f *testing.F) {
	var packed bytes.Buffer
	if _, err := Build(guestbook(), &packed); err != nil {
		f.Fatal(err)
	}
	f.Add(packed.Bytes())
	f.Add(described(f, 0))
	for _, refusal := range refusals(f) {
		if len(refusal.data) < 4096 {
			f.Add(refusal.data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		opened, err := Open(bytes.Clone(data), DefaultLimits())
		if err != nil {
			if e := errs.Of(err); e == nil || e.Kind != errs.Invalid || e.Code == "" || e.Message == "" {
				t.Fatalf("a refusal without a code: %v", err)
			}
			return
		}
		err = fs.WalkDir(opened.FS(), ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				_, err = fs.ReadFile(opened.FS(), name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var again bytes.Buffer
		info, err := Build(opened.FS(), &again)
		if err != nil {
			t.Fatalf("an accepted package cannot be built: %v", err)
		}
		if info.Hash != opened.Hash() {
			t.Fatalf("hash %s became %s", opened.Hash(), info.Hash)
		}
	})
}

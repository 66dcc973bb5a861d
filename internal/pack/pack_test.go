package pack

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// guestbook returns the files of a small module.
func guestbook() fstest.MapFS {
	return fstest.MapFS{
		"module.yaml":            {Data: []byte("manifest: 1\nid: guestbook\n")},
		"collections/entry.yaml": {Data: []byte("fields: {name: text}\n")},
		"blocks/guestbook.yaml":  {Data: []byte("label: Guestbook\n")},
		"blocks/guestbook.html":  {Data: []byte(strings.Repeat("<p>{{ .name }}</p>\n", 40))},
	}
}

func build(t *testing.T, files fs.FS) ([]byte, Info) {
	t.Helper()
	var packed bytes.Buffer
	info, err := Build(files, &packed)
	if err != nil {
		t.Fatalf("Build: %v", err)
	}
	return packed.Bytes(), info
}

func open(t *testing.T, data []byte) *Package {
	t.Helper()
	opened, err := Open(data, DefaultLimits())
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return opened
}

// wantCode checks that err is Invalid with the code.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	e := errs.Of(err)
	if e == nil || e.Kind != errs.Invalid || e.Code != code {
		t.Fatalf("got %v, want Invalid with code %s", err, code)
	}
}

func TestBuildIsDeterministic(t *testing.T) {
	t.Parallel()
	first, info := build(t, guestbook())
	second, _ := build(t, guestbook())
	if !bytes.Equal(first, second) {
		t.Fatal("equal files gave different bytes")
	}
	if info.Size != int64(len(first)) || info.Files != 4 {
		t.Fatalf("Info = %+v for %d bytes", info, len(first))
	}
	changed := guestbook()
	changed["module.yaml"].Data = append(changed["module.yaml"].Data, '\n')
	if _, other := build(t, changed); other.Hash == info.Hash {
		t.Fatal("different files gave one hash")
	}
}

// The hash is part of the format: a change of it would make every published
// version look like a different one.
func TestContentHashIsFixed(t *testing.T) {
	t.Parallel()
	got := contentHash(map[string][]byte{"module.yaml": []byte("a\n"), "blocks/b.html": {}})
	const want = "3b123e9a92c985ade385089a65e249430169d26c6ee75bb92fa28b6d335d9e27"
	if got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func TestOpenReturnsWhatWasBuilt(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 50 {
		files := randomModule(random)
		data, info := build(t, files)
		opened := open(t, data)
		if opened.Info() != info || opened.Hash() != info.Hash || opened.Size() != info.Size {
			t.Fatalf("round %d: Open says %+v, Build said %+v", round, opened.Info(), info)
		}
		sameFiles(t, files, opened.FS())
		if again, _ := build(t, opened.FS()); !bytes.Equal(again, data) {
			t.Fatalf("round %d: building the opened package gave other bytes", round)
		}
	}
}

// randomModule returns files of many sizes: empty, noise, and content that
// compresses beyond the ratio.
func randomModule(random *rand.Rand) fstest.MapFS {
	files := fstest.MapFS{"module.yaml": {Data: []byte("manifest: 1\n")}}
	for i := range random.IntN(12) {
		content := make([]byte, random.IntN(20_000))
		if random.IntN(2) == 0 {
			for j := range content {
				content[j] = byte(random.UintN(256))
			}
		}
		folder := []string{"collections/c%d.yaml", "blocks/b%d.yaml", "blocks/b%d.html"}[random.IntN(3)]
		files[fmt.Sprintf(folder, i)] = &fstest.MapFile{Data: content}
	}
	return files
}

func sameFiles(t *testing.T, want fstest.MapFS, got fs.FS) {
	t.Helper()
	count := 0
	err := fs.WalkDir(got, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		count++
		content, err := fs.ReadFile(got, name)
		if err != nil {
			return err
		}
		if want[name] == nil || !bytes.Equal(content, want[name].Data) {
			return fmt.Errorf("%s differs", name)
		}
		return nil
	})
	if err != nil || count != len(want) {
		t.Fatalf("%d of %d files: %v", count, len(want), err)
	}
}

func TestFilesAreAFileSystem(t *testing.T) {
	t.Parallel()
	data, _ := build(t, guestbook())
	files := open(t, data).FS()
	if err := fstest.TestFS(files, "module.yaml", "collections/entry.yaml", "blocks/guestbook.html"); err != nil {
		t.Fatal(err)
	}
	content, err := fs.ReadFile(files, "module.yaml")
	if err != nil {
		t.Fatal(err)
	}
	content[0] = 'X'
	if again, _ := fs.ReadFile(files, "module.yaml"); again[0] == 'X' {
		t.Fatal("a reader can change the package")
	}
}

func TestBuildRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(fstest.MapFS)
		code   string
	}{
		{"an unknown file", func(m fstest.MapFS) { m["run.sh"] = &fstest.MapFile{} }, CodeFileUnknown},
		{"a link", func(m fstest.MapFS) { m["blocks/a.html"] = &fstest.MapFile{Mode: fs.ModeSymlink} }, CodeFileSpecial},
		{"a device", func(m fstest.MapFS) { m["blocks/a.html"] = &fstest.MapFile{Mode: fs.ModeDevice} }, CodeFileSpecial},
		{"names that differ by case only", func(m fstest.MapFS) { m["Module.yaml"] = &fstest.MapFile{} }, CodeFileDuplicate},
		{"a colon", func(m fstest.MapFS) { m["blocks/a:b.html"] = &fstest.MapFile{} }, CodeFileName},
		{"a long text", func(m fstest.MapFS) {
			m["blocks/a.html"] = &fstest.MapFile{Data: make([]byte, 256<<10+1)}
		}, CodeFileTooLarge},
		{"too much text", func(m fstest.MapFS) {
			for i := range 81 {
				m[fmt.Sprintf("blocks/b%d.html", i)] = &fstest.MapFile{Data: make([]byte, 256<<10)}
			}
		}, CodeUnpackedTooLarge},
		{"a package over the limit", func(m fstest.MapFS) {
			random := rand.NewChaCha8([32]byte{})
			for i := range 41 {
				noise := make([]byte, 256<<10)
				_, _ = random.Read(noise)
				m[fmt.Sprintf("blocks/b%d.html", i)] = &fstest.MapFile{Data: noise}
			}
		}, CodeTooLarge},
		{"too many files", func(m fstest.MapFS) {
			for i := range 500 {
				m[fmt.Sprintf("blocks/b%d.html", i)] = &fstest.MapFile{}
			}
		}, CodeTooManyFiles},
		{"nothing", func(m fstest.MapFS) { clear(m) }, CodeEmpty},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			files := guestbook()
			test.change(files)
			var out bytes.Buffer
			_, err := Build(files, &out)
			wantCode(t, err, test.code)
			if out.Len() != 0 {
				t.Fatal("a refused package was written in part")
			}
		})
	}
}

package manifest_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// FuzzRead reads any text as the files of a module: it never panics, complains
// in Problems with positions, and what it accepts the JSON Schema accepts and a
// second reading reads the same.
func FuzzRead(f *testing.F) {
	f.Add(sound["module.yaml"], sound[entryFile], sound["blocks/wall.yaml"], sound["blocks/wall.html"], "one: {title: x}\n", "name: Buch\n")
	for _, folder := range workedFolders(f) {
		head, err := os.ReadFile(filepath.Join(folder, "module.yaml"))
		if err != nil {
			f.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(folder, "collections", "*.yaml"))
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(head), string(content), "", "", "", "")
		}
	}
	for _, c := range mistakes {
		files := map[string]string{"module.yaml": sound["module.yaml"], entryFile: sound[entryFile], "blocks/wall.yaml": sound["blocks/wall.yaml"]}
		if c.was == "" {
			continue
		}
		content := files[c.file]
		files[c.file] = strings.Replace(content, c.was, c.is, 1)
		f.Add(files["module.yaml"], files[entryFile], files["blocks/wall.yaml"], "", "", "")
	}
	parts := definitions(f)
	f.Fuzz(func(t *testing.T, module, entry, block, template, seed, locale string) {
		files := fstest.MapFS{
			"module.yaml":            {Data: []byte(module)},
			entryFile:                {Data: []byte(entry)},
			"collections/topic.yaml": {Data: []byte(sound["collections/topic.yaml"])},
			"blocks/wall.yaml":       {Data: []byte(block)},
			"blocks/wall.html":       {Data: []byte(template)},
			"seed/topic.yaml":        {Data: []byte(seed)},
			"locales/de.yaml":        {Data: []byte(locale)},
		}
		m, err := manifest.ReadLinked(files)
		if err != nil {
			checkProblems(t, err)
			return
		}
		for name, file := range files {
			if definitionOf(name) != "" {
				if err := validate(t, parts, name, file.Data); err != nil {
					t.Errorf("the reader accepts %s and the schema does not: %v", name, err)
				}
			}
		}
		again, err := manifest.ReadLinked(files)
		if err != nil || !reflect.DeepEqual(m, again) {
			t.Errorf("the second reading differs: %v", err)
		}
		if found := manifest.Difference(m, again); found != nil {
			t.Errorf("a module differs from itself: %v", found)
		}
		for _, c := range m.Collections {
			m.Order(c)
		}
	})
}

func checkProblems(t *testing.T, err error) {
	t.Helper()
	var problems manifest.Problems
	if !errors.As(err, &problems) || len(problems) == 0 {
		t.Fatalf("the error is %T: %v", err, err)
	}
	for _, p := range problems {
		if p.Line < 1 || p.Column < 1 || p.File == "" || p.Message == "" {
			t.Errorf("incomplete problem %+v", p)
		}
	}
}

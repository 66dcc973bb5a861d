package web

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"testing/fstest"
)

func built() fstest.MapFS {
	return fstest.MapFS{
		".keep":       {},
		"app.css":     {Data: []byte("a{}")},
		"app.js":      {Data: []byte("1")},
		"site.css":    {Data: []byte("b{}")},
		"favicon.svg": {Data: []byte("<svg/>")},
	}
}

func TestAddressesCarryTheHash(t *testing.T) {
	files, err := load(built())
	if err != nil {
		t.Fatal(err)
	}
	url := files.URL("app.css")
	if !strings.HasPrefix(url, "/_assets/app.") || !strings.HasSuffix(url, ".css") || url == "/_assets/app.css" {
		t.Fatalf("the address is %q", url)
	}
	for _, address := range []string{url, strings.TrimPrefix(url, Prefix)} {
		file, ok := files.Find(address)
		if !ok || string(file.Bytes) != "a{}" || file.Type != "text/css; charset=utf-8" {
			t.Errorf("%s finds %+v, %v", address, file, ok)
		}
	}
	for _, address := range []string{"app.css", "", ".keep", "app.000000000000.css", "../web.go"} {
		if _, ok := files.Find(address); ok {
			t.Errorf("%q is found", address)
		}
	}
	other := built()
	other["app.css"].Data = []byte("c{}")
	changed, err := load(other)
	if err != nil {
		t.Fatal(err)
	}
	if changed.URL("app.css") == url {
		t.Error("another content has the same address")
	}
}

func TestMissingFilesSayWhatToDo(t *testing.T) {
	_, err := load(fstest.MapFS{".keep": {}})
	if err == nil || !strings.Contains(err.Error(), "npm run build") {
		t.Fatalf("the error is %v", err)
	}
}

func TestWeights(t *testing.T) {
	files, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, limit := range map[string]int{"app.js": 60 << 10, "app.css": 30 << 10, "site.css": 8 << 10} {
		file, _ := files.Named(name)
		var packed bytes.Buffer
		w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if _, err := w.Write(file.Bytes); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes, %d compressed", name, len(file.Bytes), packed.Len())
		if packed.Len() > limit {
			t.Errorf("%s weighs %d bytes compressed, the budget is %d", name, packed.Len(), limit)
		}
	}
}

// TestNothingComesFromElsewhere keeps the content security policy possible.
func TestNothingComesFromElsewhere(t *testing.T) {
	files, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range files.byName {
		text := string(file.Bytes)
		for _, bad := range []string{"@import", "url(http", "url(//", "fonts.googleapis"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s contains %q", name, bad)
			}
		}
	}
}

package page_test

import (
	"testing"

	"github.com/dramac-main/dramac-cms/internal/page"
)

func TestWebAddress(t *testing.T) {
	for address, want := range map[string]string{
		"https://x.example/a?b=c#d": "https://x.example/a?b=c#d",
		"http://x.example":          "http://x.example",
		" /about ":                  "/about",
		"about/us":                  "about/us",
		"?page=2":                   "?page=2",
		"#form":                     "#form",
		"/grün und blau":            "/gr%C3%BCn%20und%20blau",
		"HTTPS://x.example":         "https://x.example",
	} {
		if got, ok := page.WebAddress(address); !ok || got != want {
			t.Errorf("%q: got %q, %t, want %q", address, got, ok, want)
		}
	}
	for _, address := range []string{
		"", " ", "//x.example", "https:", "https:x", "http:///x", "javascript:alert(1)", "javascript://x.example/%0aalert(1)",
		"JavaScript:x", "java\nscript:x", "\x01javascript:x", "data:text/html,x", "vbscript:x", "ftp://x.example", "mailto:a@x.example",
		`\\x.example`, `/\x.example`, "file:///etc/passwd", ":", "%zz:x",
	} {
		if got, ok := page.WebAddress(address); ok {
			t.Errorf("%q is taken as %q", address, got)
		}
	}
}

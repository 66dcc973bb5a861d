package main

import (
	"regexp"
	"strings"
	"testing"
)

// tutorialFile is a file of the tutorial: its name in bold, then its content.
var tutorialFile = regexp.MustCompile("(?s)\\*\\*`([a-z/.]+)`\\*\\*.*?```[a-z]+\n(.*?)```")

// The tutorial's module must be what the tutorial says it is.
func TestTutorialIsValid(t *testing.T) {
	t.Parallel()
	text := string(read(t, "../../docs/modules.md"))
	folder := t.TempDir()
	files := tutorialFile.FindAllStringSubmatch(text, -1)
	if len(files) != 4 {
		t.Fatalf("the tutorial has %d files", len(files))
	}
	for _, file := range files {
		write(t, folder, file[1], file[2])
	}
	got := dramac(t, folder, "validate")
	if got.code != 0 || !strings.Contains(text, got.out) {
		t.Fatalf("%+v", got)
	}
	if got := dramac(t, folder, "build", "--out", "guestbook.dramac"); got.code != 0 || !strings.Contains(got.out, "4 files") {
		t.Fatalf("%+v", got)
	}
	write(t, folder, "collections/entry.yaml", strings.Replace(files[1][2], "max: 80", "maxx: 80", 1))
	write(t, folder, "blocks/guestbook.html", strings.Replace(files[3][2], ".name", ".nmae", 1))
	got = dramac(t, folder, "validate")
	if !strings.Contains(text, got.out) {
		t.Fatalf("the tutorial shows another message than %s", got.out)
	}
	write(t, folder, "collections/entry.yaml", files[1][2])
	got = dramac(t, folder, "validate")
	if !strings.Contains(text, got.out) {
		t.Fatalf("the tutorial shows another message than %s", got.out)
	}
}

package ui

import (
	"strings"
	"testing"
)

func TestEveryIconIsFound(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(iconLines, "\n"), "\n")
	if len(lines) < 1500 {
		t.Fatalf("the set holds %d names", len(lines))
	}
	previous := ""
	for _, line := range lines {
		name, body, _ := strings.Cut(line, "\t")
		if name <= previous {
			t.Fatalf("%q stands after %q", name, previous)
		}
		previous = name
		found, ok := findIcon(name)
		if !ok || !strings.HasPrefix(found, "<") {
			t.Errorf("%q is not found", name)
		}
		if !strings.HasPrefix(body, "=") && found != body {
			t.Errorf("%q finds another icon", name)
		}
	}
}

func TestUnknownIconIsABox(t *testing.T) {
	for _, name := range []string{"", "no-such-icon", "zzzz", "a", "\n", "box\tx", `"><script>`} {
		if HasIcon(name) {
			t.Errorf("%q is said to be an icon", name)
		}
		if got, want := render(t, Icon(name)), render(t, Icon("box")); got != want {
			t.Errorf("%q draws %q", name, got)
		}
	}
}

package ui

import (
	"strings"
	"testing"

	"github.com/a-h/templ"
)

// render returns a component's HTML.
func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

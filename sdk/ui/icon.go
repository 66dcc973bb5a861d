package ui

import (
	"context"
	_ "embed" // the icon file
	"io"
	"sort"
	"strings"

	"github.com/a-h/templ"
)

// iconLines holds a line "name<TAB>inner SVG" per Lucide icon, sorted by name;
// "name<TAB>=other" is an older name. Lucide is licensed under ISC.
//
//go:embed icons.txt
var iconLines string

// unknownIcon stands in for names that the set does not have.
const unknownIcon = "box"

// HasIcon says whether the set has an icon of the name.
func HasIcon(name string) bool {
	_, ok := findIcon(name)
	return ok
}

// Icon draws a Lucide icon in the size and colour of the text around it. It is
// hidden from assistive technology: the words beside it say what it means. An
// unknown name draws a box.
func Icon(name string) templ.Component {
	body, ok := findIcon(name)
	if !ok {
		body, _ = findIcon(unknownIcon)
	}
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">`+body+`</svg>`)
		return err
	})
}

// findIcon returns the inner SVG of a name, following an older name once.
func findIcon(name string) (string, bool) {
	body, ok := iconLine(name)
	if !ok {
		return "", false
	}
	if newer, alias := strings.CutPrefix(body, "="); alias {
		return iconLine(newer)
	}
	return body, true
}

// iconLine searches the sorted text by halves and returns what follows the tab.
func iconLine(name string) (string, bool) {
	if name == "" || strings.ContainsAny(name, "\t\n") {
		return "", false
	}
	// The first offset at or after which a line begins whose name is not smaller.
	at := sort.Search(len(iconLines), func(offset int) bool {
		return nameAt(lineStart(offset)) >= name
	})
	line := iconLines[lineStart(at):]
	if end := strings.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
	}
	found, body, _ := strings.Cut(line, "\t")
	return body, found == name
}

// lineStart returns where the line that holds the offset begins.
func lineStart(offset int) int {
	if offset >= len(iconLines) {
		return len(iconLines)
	}
	return strings.LastIndexByte(iconLines[:offset], '\n') + 1
}

// nameAt returns the name of the line that begins at start.
func nameAt(start int) string {
	name, _, _ := strings.Cut(iconLines[start:], "\t")
	return name
}

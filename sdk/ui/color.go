package ui

import (
	"regexp"
	"slices"
)

// Colors are the names of the colours that options may have.
func Colors() []string {
	return []string{"gray", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink"}
}

// KnownColor says whether a name is one of Colors.
func KnownColor(name string) bool { return slices.Contains(Colors(), name) }

var hexColor = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

func isColor(text string) bool { return hexColor.MatchString(text) }

// colorOr is a colour that the browser's picker takes: it knows no empty one.
func colorOr(text string) string {
	if isColor(text) {
		return text
	}
	return "#ffffff"
}

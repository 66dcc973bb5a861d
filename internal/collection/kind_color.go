package collection

import (
	"regexp"
	"strings"
)

// colorWord is a colour as #rrggbb in lower case.
type colorWord struct{}

var (
	colorPattern      = regexp.MustCompile(`^#[0-9a-f]{6}$`)
	shortColorPattern = regexp.MustCompile(`^#[0-9a-f]{3}$`)
)

func (colorWord) clean(_ *Field, text string) (string, *problem) {
	text = strings.ToLower(text)
	if shortColorPattern.MatchString(text) {
		text = "#" + text[1:2] + text[1:2] + text[2:3] + text[2:3] + text[3:4] + text[3:4]
	}
	if !colorPattern.MatchString(text) {
		return "", wrong("not_color", "Must be a colour in hexadecimal, like #1e90ff.")
	}
	return text, nil
}

func (colorWord) typed(_ *Field, text string, _ Locale) (string, *problem) {
	if !strings.HasPrefix(text, "#") {
		text = "#" + text
	}
	return text, nil
}

func (colorWord) describe(*Field) map[string]any {
	return map[string]any{"type": "string", "pattern": "^#([0-9A-Fa-f]{3}){1,2}$", "description": "Kept as #rrggbb."}
}

package screen

import (
	"regexp"
	"testing"
)

var colours = regexp.MustCompile(`#[0-9a-f]{6}`)

func TestBrandColoursAreReadable(t *testing.T) {
	for _, colour := range []string{"#000000", "#ffffff", "#ffee00", "#3557d6", "#7f7f7f", "#ff0000", "#00ff88", "#123456", "#ABCDEF"} {
		css, ok := BrandStyle(colour)
		if !ok {
			t.Fatalf("%s is refused", colour)
		}
		var found []rgb
		for _, text := range colours.FindAllString(string(css), -1) {
			c, _ := parseColour(text)
			found = append(found, c)
		}
		if len(found) != 4 {
			t.Fatalf("%s: %s", colour, css)
		}
		accent, on, light, dark := found[0], found[1], found[2], found[3]
		for _, pair := range []struct {
			what           string
			text, backdrop rgb
		}{{"on the accent", on, accent}, {"in light", light, lightest}, {"in dark", dark, darkest}} {
			if got := contrast(pair.text, pair.backdrop); got < readable {
				t.Errorf("%s, %s: %.2f", colour, pair.what, got)
			}
		}
	}
}

func TestBrandTakesColoursOnly(t *testing.T) {
	for _, text := range []string{"", "red", "#fff", "#12345g", "#123456;}", "url(x)", "#+12345"} {
		if _, ok := BrandStyle(text); ok {
			t.Errorf("%q is taken", text)
		}
	}
}

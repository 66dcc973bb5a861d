package page

import (
	"html"
	"net/url"
	"unicode"
	"unicode/utf8"
)

// icon returns a picture for the browser's tab, written out as an address: the
// site's initial on its colour. It spares the request for one.
func icon(name string) string {
	initial, _ := utf8.DecodeRuneInString(name)
	if initial == utf8.RuneError || !unicode.IsGraphic(initial) {
		initial = '·'
	}
	svg := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="16" fill="#1f5c4c"/>` +
		`<text x="32" y="44" font-family="Georgia,serif" font-size="36" text-anchor="middle" fill="#fff">` +
		html.EscapeString(string(unicode.ToUpper(initial))) + `</text></svg>`
	return "data:image/svg+xml," + url.PathEscape(svg)
}

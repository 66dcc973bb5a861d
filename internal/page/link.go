package page

import (
	"html"
	"html/template"
	"net/url"
	"strings"
)

// webAddress returns the address if it leads to the web or to the site itself:
// http, https or relative. Everything else, "//host" included, is refused.
func webAddress(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasPrefix(text, "//") || strings.ContainsFunc(text, hidden) {
		return "", false
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", false
	}
	switch u.Scheme {
	case "http", "https":
		return u.String(), u.Host != ""
	case "":
		return u.String(), u.Host == ""
	}
	return "", false
}

// hidden names what browsers drop or turn when they read an address, so that it
// could read differently there than here.
func hidden(r rune) bool {
	return r < ' ' || r == 0x7f || r == '\\'
}

// link draws an anchor; without an address that may be followed, its text only.
func link(address any, text ...any) template.HTML {
	href, label := plainText(address), ""
	if len(text) > 0 {
		label = plainText(text[0])
	}
	if label == "" {
		label = href
	}
	safe, ok := webAddress(href)
	if !ok {
		return template.HTML(html.EscapeString(label))
	}
	return template.HTML(`<a href="` + html.EscapeString(safe) + `">` + html.EscapeString(label) + `</a>`)
}

// image draws a picture with its description; nothing without a usable address.
// An image without a description is decoration to screen readers.
func image(address any, description ...any) template.HTML {
	safe, ok := webAddress(plainText(address))
	if !ok {
		return ""
	}
	alt := ""
	if len(description) > 0 {
		alt = plainText(description[0])
	}
	return template.HTML(`<img src="` + html.EscapeString(safe) + `" alt="` + html.EscapeString(alt) +
		`" loading="lazy" decoding="async">`)
}

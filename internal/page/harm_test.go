package page_test

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// harm reads the page as a browser does and returns what in it could run, style
// or lead astray; empty if nothing can.
func harm(text string) string {
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return err.Error()
	}
	for n := range root.Descendants() {
		if n.Type == html.CommentNode {
			return "a comment"
		}
		if n.Type != html.ElementNode {
			continue
		}
		if slices.Contains([]string{"script", "style", "iframe", "object", "embed", "base", "svg", "math"}, n.Data) {
			return "<" + n.Data + ">"
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" {
				return a.Key
			}
			if n.Data == "link" || !slices.Contains([]string{"href", "src", "action", "formaction"}, a.Key) {
				continue
			}
			u, err := url.Parse(strings.TrimSpace(a.Val))
			if err != nil || !slices.Contains([]string{"", "http", "https"}, u.Scheme) {
				return a.Key + "=" + a.Val
			}
		}
	}
	return ""
}

// harmInBlocks is harm, but knows that pictures may be drawn in blocks, and that
// a stranger's template may link to mailboxes and telephones.
func harmInBlocks(text string) string {
	bad := harm(text)
	switch {
	case bad == "<svg>", strings.HasPrefix(bad, "href=mailto:"), strings.HasPrefix(bad, "href=tel:"),
		strings.HasPrefix(bad, "src=data:image/"):
		return ""
	}
	return bad
}

package page

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// tidy parses the markup of one block as a browser would and writes it anew.
// What the block left open ends with it, what it closed without opening is gone,
// and so is what a block may not do: run, style or redirect the page. A first
// heading becomes a second one, as the page has its own. Markup nested more than
// 512 deep is refused.
func tidy(markup []byte) (_ []byte, err error) {
	defer func() {
		if p := recover(); p != nil { // how the parser says that the nesting is too deep
			err = fmt.Errorf("the markup cannot be read: %v", p)
		}
	}()
	within := &html.Node{Type: html.ElementNode, Data: "section", DataAtom: atom.Section}
	nodes, err := html.ParseFragment(bytes.NewReader(markup), within)
	if err != nil {
		return nil, fmt.Errorf("the markup cannot be read: %w", err)
	}
	var b bytes.Buffer
	for _, n := range nodes {
		if !allowed(n) {
			continue
		}
		clean(n)
		if err := html.Render(&b, n); err != nil {
			return nil, fmt.Errorf("the markup cannot be written: %w", err)
		}
	}
	return b.Bytes(), nil
}

// barred lists elements that are dropped with all they hold: what runs, styles,
// redirects or embeds, and what browsers read by rules of its own, so that it
// could turn into something else once written again.
var barred = []string{
	"script", "style", "link", "meta", "base", "title", "template", "noscript", "iframe", "object", "embed",
	"frame", "frameset", "noframes", "noembed", "plaintext", "xmp", "listing", "portal", "dialog",
	"math", "foreignobject", "animate", "animatemotion", "animatetransform", "set", "use",
}

func allowed(n *html.Node) bool {
	switch n.Type {
	case html.TextNode:
		return true
	case html.ElementNode:
		return !slices.Contains(barred, strings.ToLower(n.Data))
	}
	return false // comments
}

// clean removes what is barred below the node and mends its attributes.
func clean(n *html.Node) {
	if n.DataAtom == atom.H1 {
		n.Data, n.DataAtom = "h2", atom.H2
	}
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return !attributeAllowed(a) })
	for child := n.FirstChild; child != nil; {
		next := child.NextSibling
		if allowed(child) {
			clean(child)
		} else {
			n.RemoveChild(child)
		}
		child = next
	}
}

func attributeAllowed(a html.Attribute) bool {
	key := strings.ToLower(a.Key)
	switch {
	case strings.HasPrefix(key, "on"):
		return false
	case key == "style", key == "srcdoc", key == "nonce", key == "is", key == "slot", key == "ping":
		return false
	case key == "href", key == "src", key == "action", key == "formaction", key == "poster", key == "cite", key == "data":
		return addressAllowed(a.Val, key == "src")
	}
	return true
}

// addressAllowed says whether an address in markup leads to the web, the site
// itself, a mailbox or a telephone; pictures may be written out as data.
func addressAllowed(text string, picture bool) bool {
	text = strings.TrimSpace(text)
	if strings.ContainsFunc(text, hidden) {
		return false
	}
	if picture && strings.HasPrefix(text, "data:image/") {
		return true
	}
	u, err := url.Parse(text)
	if err != nil {
		return false
	}
	return slices.Contains([]string{"", "http", "https", "mailto", "tel"}, u.Scheme)
}

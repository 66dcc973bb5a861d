package collection

import (
	"encoding/json"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
)

// richtextKind is text with markup in HTML. What could run, load or disguise is
// taken out when it is written, so that nobody who shows it has to.
type richtextKind struct{ textKind }

func newRichtext() richtextKind { return richtextKind{textKind{most: 100_000, lines: true}} }

// richtextPolicy is the markup that may stay: structure, emphasis, lists,
// tables, links and images of the web; no styles, classes and ids.
var richtextPolicy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h2", "h3", "h4", "strong", "b", "em", "i", "u", "s", "sub", "sup", "code", "pre",
		"blockquote", "ul", "ol", "li", "figure", "figcaption", "table", "thead", "tbody", "tfoot", "tr", "caption")
	p.AllowAttrs("colspan", "rowspan").Matching(bluemonday.Integer).OnElements("td", "th")
	p.AllowElements("td", "th")
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.AllowRelativeURLs(true)
	p.AllowAttrs("href").OnElements("a")
	p.RequireNoFollowOnFullyQualifiedLinks(true)
	p.AllowAttrs("src", "alt").OnElements("img")
	p.AllowAttrs("width", "height").Matching(bluemonday.Integer).OnElements("img")
	return p
})

func (k richtextKind) decode(f *Field, raw json.RawMessage, currency string) (any, *problem) {
	return sanitised(k.textKind.decode(f, raw, currency))
}

// sanitised takes out what may not stay. Markup without text or image is empty.
func sanitised(value any, p *problem) (any, *problem) {
	text, ok := value.(string)
	if p != nil || !ok {
		return value, p
	}
	clean := strings.TrimSpace(richtextPolicy().Sanitize(text))
	if !strings.Contains(clean, "<img") && strings.TrimSpace(bareText(clean)) == "" {
		return nil, nil
	}
	return clean, nil
}

var strict = sync.OnceValue(bluemonday.StrictPolicy)

// bareText is the text of markup, with the spaces that do not break.
func bareText(markup string) string {
	return strings.ReplaceAll(strict().Sanitize(markup), "\u00a0", " ")
}

func (k richtextKind) parse(f *Field, text string, loc Locale) (any, *problem) {
	return sanitised(k.textKind.parse(f, text, loc))
}

func (k richtextKind) literal(f *Field, value any, at moment) (any, *problem) {
	return sanitised(k.textKind.literal(f, value, at))
}

func (k richtextKind) schema(f *Field) map[string]any {
	s := k.textKind.schema(f)
	s["contentMediaType"] = "text/html"
	s["description"] = "HTML; what could run or load is taken out when it is written."
	return s
}

func (k richtextKind) parseText(f *Field, text, _ string) (any, *problem) {
	return k.parse(f, text, Locale{})
}

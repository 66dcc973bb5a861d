package gateway

import (
	"strings"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// ownTexts is the language that a module's own texts are taken to be in when
// it has no translation into it.
const ownTexts = "en"

// wordsWanted is the language in which the call wants the texts of a module:
// the first of Accept-Language that there is, else the site's.
func (c *call) wordsWanted(m *manifest.Manifest) string {
	for _, tag := range i18n.Wanted(c.request.Header.Get("Accept-Language")) {
		if base, _, _ := strings.Cut(tag, "-"); base == ownTexts || m.Speaks(tag) != "" {
			return tag
		}
	}
	return c.site.Locale
}

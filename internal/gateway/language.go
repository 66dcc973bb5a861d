package gateway

import (
	"strings"
	"time"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
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

// speak picks the printer: the site's locale and zone where there is a site,
// otherwise what the browser asks for.
func (c *call) speak() {
	if c.site != nil {
		c.words = c.catalogue.Printer(c.site.Locale, c.site.Zone())
		return
	}
	zone, known := c.browserZone()
	if !known {
		zone = time.UTC
	}
	c.words = c.catalogue.Printer(c.catalogue.Match(c.request.Header.Get("Accept-Language")), zone)
}

// browserZone is the time zone that the app's script has found the person in;
// false without a script, and before the second page.
func (c *call) browserZone() (*time.Location, bool) {
	cookie, err := c.request.Cookie("zone")
	switch {
	case err != nil:
		return nil, false
	case cookie.Value == "UTC" || cookie.Value == "Etc/UTC":
		return time.UTC, true
	case i18n.ZoneCountry(cookie.Value) == "":
		return nil, false
	}
	return tenancy.Site{TimeZone: cookie.Value}.Zone(), true
}

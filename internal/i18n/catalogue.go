package i18n

import (
	"embed"
	"fmt"
	"io/fs"
	"sort"
	"sync"
	"time"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"
)

//go:embed locales/*.yaml
var locales embed.FS

// fallback is the language that is complete.
const fallback = "en"

// Catalogue holds the messages of every language. It is made once and safe for
// concurrent use.
type Catalogue struct {
	bundle  *goi18n.Bundle
	matcher language.Matcher
	tags    []language.Tag
	locales sync.Map // string → *Locale
	keys    []string
}

// New reads the embedded catalogue. An error means that a file of the catalogue
// is malformed, which is a fault of the build.
func New() (*Catalogue, error) {
	c := &Catalogue{bundle: goi18n.NewBundle(language.English)}
	c.bundle.RegisterUnmarshalFunc("yaml", yaml.Unmarshal)
	names, err := fs.Glob(locales, "locales/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list locales: %w", err)
	}
	for _, name := range names {
		file, err := c.bundle.LoadMessageFileFS(locales, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		if file.Tag == language.English {
			for _, m := range file.Messages {
				c.keys = append(c.keys, m.ID)
			}
		}
	}
	sort.Strings(c.keys)
	c.tags = c.bundle.LanguageTags()
	c.matcher = language.NewMatcher(c.tags)
	return c, nil
}

// Keys returns the keys of the English catalogue, sorted.
func (c *Catalogue) Keys() []string { return append([]string(nil), c.keys...) }

// Match returns the catalogue's best language for an Accept-Language header.
func (c *Catalogue) Match(accept string) string {
	if accept == "" { // as programs ask
		return fallback
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return fallback
	}
	_, index, _ := c.matcher.Match(wanted...)
	return c.tags[index].String()
}

// Printer returns a printer for a BCP 47 tag such as "de-AT" and a time zone.
// An unknown or malformed tag is English, a nil zone is UTC.
func (c *Catalogue) Printer(tag string, zone *time.Location) *Printer {
	if zone == nil {
		zone = time.UTC
	}
	locale := c.locale(tag)
	return &Printer{localizer: locale.localizer, locale: locale, zone: zone}
}

// locale returns the conventions of a tag, computed once per tag.
func (c *Catalogue) locale(tag string) *Locale {
	if known, ok := c.locales.Load(tag); ok {
		return known.(*Locale)
	}
	made := newLocale(tag)
	made.localizer = goi18n.NewLocalizer(c.bundle, made.Tag, fallback)
	// A stranger may send any tag; only what has conventions of its own is kept.
	if made.Tag == tag {
		c.locales.Store(tag, made)
	}
	return made
}

package screen

import (
	"net/url"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// Cell is one value, written for reading.
type Cell struct {
	Kind   string
	Text   string // empty: no value
	URL    string // of a referenced record, an address or a number; empty: plain text
	Away   bool   // URL leads off the platform
	Title  bool   // the cell names the record and carries the row's link
	Icon   string // before the text; empty: none
	Yes    bool   // boolean: what it is
	Badges []Badge
	More   int // values that there was no room for
}

// Badge is an option or a tag.
type Badge struct {
	Text  string
	Color string // of ui.Colors; empty: none
}

// mostBadges is how many values of a list a cell shows.
const mostBadges = 3

// newCell writes a field's value into a cell.
func newCell(p *i18n.Printer, f manifest.Field, r record, moduleBase string) Cell {
	c := Cell{Kind: f.Kind, Text: oneLine(r.shown(p, f))}
	text := r.text(key(f))
	if c.Text == "" || secret(f) {
		return c
	}
	switch {
	case list(f):
		c.badges(p, f, r.texts(f.Name))
		return c
	case f.Many:
		return c
	}
	switch f.Kind {
	case manifest.KindChoice, manifest.KindState:
		c.badges(p, f, []string{text})
	case manifest.KindBoolean:
		c.Yes = text == "true"
	case manifest.KindReference:
		c.URL = moduleBase + "/" + f.To + "/" + url.PathEscape(text)
	case manifest.KindEmail:
		c.URL = "mailto:" + text
	case manifest.KindPhone:
		c.URL = "tel:" + text
	case manifest.KindURL:
		c.URL, c.Away = text, true
	case manifest.KindFile, manifest.KindImage:
		c.Icon = "paperclip"
		if f.Kind == manifest.KindImage {
			c.Icon = "image"
		}
		name, address := r.file(f.Name)
		c.Text, c.URL = firstOf(name, p.T("form.file.kept")), address
	case manifest.KindPerson, manifest.KindMember:
		c.Icon = "user"
	case manifest.KindLocation:
		c.Icon = "map-pin"
	case manifest.KindRecurrence:
		c.Icon = "repeat"
	}
	return c
}

func (c *Cell) badges(p *i18n.Printer, f manifest.Field, values []string) {
	for i, value := range values {
		if i == mostBadges {
			c.More = len(values) - mostBadges
			return
		}
		c.Badges = append(c.Badges, Badge{Text: shownText(p, f, value), Color: optionColor(f, value)})
	}
}

// number says that a field's values are figures and stand at the right.
func number(f manifest.Field) bool {
	switch f.Kind {
	case manifest.KindInteger, manifest.KindMoney, manifest.KindDecimal, manifest.KindPercent, manifest.KindDuration:
		return !f.Many && !secret(f)
	}
	return false
}

// Plain says that a field's value can stand in the list of records that point at
// its own.
func Plain(f manifest.Field) bool { return telling(f) && suffix(f) == "" }

// telling says that a field's values say something in a table.
func telling(f manifest.Field) bool {
	switch f.Kind {
	case manifest.KindJSON, manifest.KindFilter, manifest.KindLines, manifest.KindFile, manifest.KindImage:
		return false
	}
	return !secret(f)
}

// sortKey is what the data API orders a field by; empty: not worth sorting by.
func sortKey(f manifest.Field) string {
	if secret(f) || f.Many || strings.Contains(f.Name, ".") {
		return ""
	}
	switch f.Kind {
	case manifest.KindMoney:
		return f.Name + "->amount"
	case manifest.KindText, manifest.KindEmail, manifest.KindPhone, manifest.KindURL, manifest.KindSlug, manifest.KindInteger, manifest.KindDecimal,
		manifest.KindPercent, manifest.KindDuration, manifest.KindBoolean, manifest.KindDate, manifest.KindDatetime, manifest.KindTime,
		manifest.KindChoice, manifest.KindState, manifest.KindCountry, manifest.KindLanguage, manifest.KindTimezone, manifest.KindCurrency, manifest.KindSequence:
		return f.Name
	}
	return ""
}

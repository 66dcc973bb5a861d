package screen

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// bare says that the collection is empty: then the one action stands in the
// middle of the page and there is nothing to filter.
func (l List) bare() bool {
	return l.Failed == "" && len(l.Rows) == 0 && !l.Filtered() && l.Previous == "" && l.View == ""
}

// kept is what of the address a search keeps.
func (l List) kept() []ui.Hidden {
	kept := slices.DeleteFunc(slices.Clone(l.State), func(h ui.Hidden) bool { return h.Name == "q" })
	if len(l.Columns) > 0 && l.chosen != "" {
		kept = append(kept, ui.Hidden{Name: "columns", Value: l.chosen})
	}
	return kept
}

// nothing says that no record is such.
func (l List) nothing(p *i18n.Printer) string {
	plural := lowerFirst(p, l.Collection.Plural)
	if l.Filter.Value == "" {
		return p.T("filter.nothing", "plural", plural)
	}
	return p.T("list.nothing.text", "typed", l.Filter.Value, "plural", plural)
}

// heads are the table's headings.
func (l List) heads() []ui.TableHead {
	heads := make([]ui.TableHead, 0, len(l.Columns))
	for _, c := range l.Columns {
		heads = append(heads, ui.TableHead{
			Label: c.Label, URL: c.Sort, Order: string(c.Order), Number: c.Number, Attrs: ui.Swap("#records"),
		})
	}
	return heads
}

// summary is the line below the table: which rows of how many.
func (l List) summary(p *i18n.Printer) string {
	first, last := p.Number(l.First), p.Number(l.Last())
	switch {
	case l.Total < 0:
		return p.T("list.range", "first", first, "last", last)
	case l.Capped:
		return p.T("list.more", "first", first, "last", last, "count", l.Total)
	case l.Previous == "" && l.Next == "":
		return p.T("list.all", "count", l.Total)
	}
	return p.T("list.of", "first", first, "last", last, "count", l.Total)
}

// icon of the collection.
func (l List) icon() string {
	if l.Collection.Icon != "" {
		return l.Collection.Icon
	}
	return "inbox"
}

// emptyText says what the collection is for and why it is empty.
func (l List) emptyText(p *i18n.Printer) string {
	return p.T("list.empty.text", "label", lowerFirst(p, l.Collection.Label))
}

// sortIcon shows the present order in the menu of narrow screens.
func sortIcon(o Order) string {
	switch o {
	case Ascending:
		return "arrow-up"
	case Descending:
		return "arrow-down"
	}
	return "minus"
}

// Inside writes a label as it stands inside a sentence.
func Inside(p *i18n.Printer, label string) string { return lowerFirst(p, label) }

// lowerFirst writes a label inside a sentence. Abbreviations ("VAT rate") and
// names with inner capitals stay as they are, and so do the nouns of German.
func lowerFirst(p *i18n.Printer, label string) string {
	if language, _, _ := strings.Cut(p.Language(), "-"); language == "de" {
		return label
	}
	r, size := utf8.DecodeRuneInString(label)
	next, _ := utf8.DecodeRuneInString(label[size:])
	if unicode.IsUpper(next) {
		return label
	}
	return string(unicode.ToLower(r)) + label[size:]
}

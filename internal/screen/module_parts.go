package screen

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// The states of an installation that are shown.
const (
	Enabled  = "enabled"
	Disabled = "disabled"
)

// versionChoices offers versions, the given one chosen.
func versionChoices(versions []string, chosen string) []ui.Choice {
	choices := make([]ui.Choice, 0, len(versions))
	for _, v := range versions {
		choices = append(choices, ui.Choice{Value: v, Label: v, Selected: v == chosen})
	}
	return choices
}

// bySection puts the inputs of one section together: first those of none, then
// the sections in the order in which they begin.
func bySection(fields []FormField) []FormField {
	at := map[string]int{"": 0}
	for _, f := range fields {
		if _, known := at[f.Section]; !known {
			at[f.Section] = len(at)
		}
	}
	slices.SortStableFunc(fields, func(a, b FormField) int { return cmp.Compare(at[a.Section], at[b.Section]) })
	return fields
}

// sections returns the inputs in their groups.
func (s SettingFields) sections() []FormSection {
	var all []FormSection
	for _, f := range s.Fields {
		if n := len(all); n == 0 || all[n-1].Label != f.Section {
			all = append(all, FormSection{Label: f.Section})
		}
		last := &all[len(all)-1]
		last.Fields = append(last.Fields, f)
	}
	return all
}

// tabs lead to the modules of each agency.
func (v Catalogue) tabs() []ui.Tab {
	tabs := make([]ui.Tab, len(v.Agencies))
	for i, a := range v.Agencies {
		tabs[i] = ui.Tab{Label: a.Name, URL: a.URL, Current: a.Current}
	}
	return tabs
}

// short is enough of the hash to tell versions apart.
func (v CatalogueVersion) short() string {
	if len(v.Hash) <= 12 {
		return v.Hash
	}
	return v.Hash[:12]
}

// limit says what the upload takes.
func (v Catalogue) limit(p *i18n.Printer) string {
	if v.MaxBytes == 0 {
		return p.T("catalogue.kind")
	}
	return p.T("catalogue.limit", "size", p.Number(v.MaxBytes/(1<<20)))
}

// title names the file that was refused.
func (r Refusal) title(p *i18n.Printer) string {
	if r.File == "" {
		return p.T("refused.title")
	}
	return p.T("refused.named", "file", r.File)
}

// place is file:line:column as editors write it.
func (m Problem) place() string {
	place := m.File
	if place != "" && m.Line > 0 {
		place += ":" + strconv.Itoa(m.Line)
		if m.Column > 0 {
			place += ":" + strconv.Itoa(m.Column)
		}
	}
	return place
}

// about is the line under an installation's name.
func (m Installation) about(p *i18n.Printer) string {
	text := p.T("module.version", "version", m.Version)
	if !m.Since.IsZero() {
		text += " · " + p.T("sitemodules.since", "when", p.Day(m.Since))
	}
	return text
}

package screen

import (
	"encoding/json"
	"net/url"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// Languages is the page of the languages of a site's content.
type Languages struct {
	Own    Language
	Others []Language // beside its own, in order
	Offers []Language // what can be added, by name
	Submit string     // posts "add" or "remove" with a tag
	Error  string
}

// Language is a language with the name that people know it by.
type Language struct {
	Tag  string // BCP 47
	Name string
}

func (v Languages) choices(p *i18n.Printer) []ui.Choice {
	choices := []ui.Choice{{Label: p.T("languages.choose")}}
	for _, l := range v.Offers {
		choices = append(choices, ui.Choice{Value: l.Tag, Label: l.Name})
	}
	return choices
}

// TranslationOptions is what NewTranslation needs besides the collection and
// its options as a form.
type TranslationOptions struct {
	FormOptions
	Page         string // URL of the record's translations
	Languages    []Language
	Language     string // the tag of the one that is drawn
	Own          string // the name of the site's own
	Translations []byte // as JSON, by language and field
}

// NewTranslation makes the form of a record's values in another language: the
// translatable fields, each with its value in the site's own.
func NewTranslation(p *i18n.Printer, c *manifest.Collection, o TranslationOptions) (Form, error) {
	var record map[string]any
	if err := json.Unmarshal(o.Record, &record); err != nil {
		return Form{}, err
	}
	var translations map[string]map[string]any
	if err := json.Unmarshal(o.Translations, &translations); err != nil {
		return Form{}, err
	}
	title := RecordTitle(p, c, o.Record)
	in := *c
	in.Fields, in.Form.Sections = nil, nil
	for _, f := range c.Fields {
		if !f.Translatable {
			continue
		}
		f.Required, f.RequiredWhen, f.When, f.Immutable, f.Readonly, f.Section, f.Placeholder = false, "", "", false, false, "", ""
		if original, ok := record[f.Name].(string); ok && original != "" {
			f.Help = p.T("translate.original", "language", o.Own, "text", excerpt(f, original))
		}
		in.Fields = append(in.Fields, f)
		record[f.Name] = translations[o.Language][f.Name]
	}
	var err error
	if o.Record, err = json.Marshal(record); err != nil {
		return Form{}, err
	}
	if o.Err != nil && o.Err.Current != nil { // the record, as it was read just now, in this language
		conflict := *o.Err
		conflict.Current = o.Record
		o.Err = &conflict
	}
	f, err := NewForm(p, &in, o.FormOptions)
	if err != nil {
		return Form{}, err
	}
	f.Title, f.Cancel, f.Delete = title, o.Base+"/"+url.PathEscape(o.ID), ""
	f.Action = o.Page + "?language=" + url.QueryEscape(o.Language)
	for _, l := range o.Languages {
		f.Tabs = append(f.Tabs, ui.Tab{Label: l.Name, URL: o.Page + "?language=" + url.QueryEscape(l.Tag), Current: l.Tag == o.Language})
	}
	if f.Conflict != nil {
		f.Conflict.Reload = f.Action
	}
	return f, nil
}

// excerpt is a value short enough for a line of help.
func excerpt(f manifest.Field, text string) string {
	if f.Kind == manifest.KindRichtext {
		text = bareText(text)
	}
	const most = 200
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

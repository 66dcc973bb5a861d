package screen

import (
	"encoding/json"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// key is what the field is called in JSON and in forms: its name, or
// "<name>_id" where the value is the id of something else.
func key(f manifest.Field) string { return f.Name + suffix(f) }

// suffix is what a field adds to its name in JSON and in forms.
func suffix(f manifest.Field) string {
	switch f.Kind {
	case manifest.KindReference:
		if f.Many {
			return referenceSuffix + "s"
		}
		return referenceSuffix
	case manifest.KindPerson, manifest.KindMember, manifest.KindFile, manifest.KindImage, manifest.KindConnection:
		return referenceSuffix
	}
	return ""
}

// secret says that the field's value is never shown: answers only say whether
// there is one.
func secret(f manifest.Field) bool { return f.Secret || f.Sensitive }

// list says that the field's value is a list of texts.
func list(f manifest.Field) bool {
	return f.Kind == manifest.KindTags || f.Many && f.Kind != manifest.KindReference
}

// settable says that people may write the field. Others are written by actions,
// by code, and by what the manifest says of them.
func settable(f manifest.Field) bool {
	return !f.Readonly && f.Set == "" && f.Computed == "" && f.Kind != manifest.KindSequence && f.Kind != manifest.KindState
}

// shown writes a field's value for reading.
func (r record) shown(p *i18n.Printer, f manifest.Field) string {
	switch {
	case !r.has(key(f)):
		return ""
	case secret(f):
		return p.T("record.secret")
	case list(f):
		var labels []string
		for _, text := range r.texts(f.Name) {
			labels = append(labels, shownText(p, f, text))
		}
		return strings.Join(labels, ", ")
	}
	switch f.Kind {
	case manifest.KindMoney:
		if m, ok := r.money(f.Name); ok {
			return p.Money(m)
		}
		return ""
	case manifest.KindDatetime:
		return p.DateTime(r.instant(f.Name))
	case manifest.KindBoolean:
		if r.text(f.Name) == "true" {
			return p.T("record.yes")
		}
		return p.T("record.no")
	case manifest.KindLocation:
		return r.location(f.Name).oneLine(p)
	case manifest.KindLines:
		return p.T("record.lines", "count", len(r.rows(f.Name)))
	case manifest.KindReference, manifest.KindPerson, manifest.KindMember, manifest.KindFile, manifest.KindImage, manifest.KindConnection:
		if f.Many {
			return p.T("record.several", "count", len(r.texts(key(f))))
		}
		name, _ := r.file(f.Name)
		return firstOf(r.text(f.Name+"_title"), name, r.text(key(f)))
	case manifest.KindRecord:
		var of struct{ Collection, Title string }
		_ = json.Unmarshal(r[f.Name], &of) // without a title it is told by its collection
		return firstOf(of.Title, of.Collection)
	}
	return shownText(p, f, r.text(f.Name))
}

// shownText writes a value that is one text or number.
func shownText(p *i18n.Printer, f manifest.Field, text string) string {
	switch f.Kind {
	case manifest.KindInteger, manifest.KindDecimal:
		return p.Decimal(text)
	case manifest.KindPercent:
		return p.Percent(text)
	case manifest.KindDate:
		return p.CivilDate(text)
	case manifest.KindTime:
		return p.Clock(text)
	case manifest.KindDuration:
		if d, ok := isoDuration(text); ok {
			return p.Duration(d)
		}
	case manifest.KindChoice, manifest.KindState:
		return optionLabel(f, text)
	case manifest.KindCountry:
		return p.Country(text)
	case manifest.KindLanguage:
		return p.LanguageName(text)
	case manifest.KindTimezone:
		return i18n.ZoneName(text)
	case manifest.KindPhone:
		return collection.PhoneText(text)
	case manifest.KindURL:
		_, rest, _ := strings.Cut(text, "://")
		return strings.TrimSuffix(rest, "/")
	case manifest.KindRichtext:
		return bareText(text)
	}
	return text
}

// typed writes a field's value as people type it into its input.
func (r record) typed(p *i18n.Printer, f manifest.Field) string {
	switch {
	case !r.has(key(f)) || secret(f):
		return ""
	case list(f):
		return strings.Join(r.texts(f.Name), ", ")
	}
	switch f.Kind {
	case manifest.KindMoney:
		if m, ok := r.money(f.Name); ok {
			return p.Amount(m)
		}
		return ""
	case manifest.KindDatetime:
		return p.LocalInput(r.instant(f.Name))
	case manifest.KindJSON:
		return indented(r[f.Name])
	}
	return typedText(p, f, r.text(key(f)))
}

// typedText writes a value that is one text or number as people type it.
func typedText(p *i18n.Printer, f manifest.Field, text string) string {
	switch f.Kind {
	case manifest.KindDecimal, manifest.KindPercent:
		return p.TypedDecimal(text)
	case manifest.KindTime:
		return strings.TrimSuffix(text, ":00")
	case manifest.KindDuration:
		if d, ok := isoDuration(text); ok {
			return p.TypedDecimal(collection.DurationInput(d.Milliseconds()))
		}
	case manifest.KindPhone:
		return collection.PhoneText(text)
	}
	return text
}

// isoDuration reads a duration as answers have it: hours, minutes and seconds.
func isoDuration(text string) (time.Duration, bool) {
	sign, rest, found := strings.Cut(text, "PT")
	if !found {
		return 0, false
	}
	d, err := time.ParseDuration(sign + strings.ToLower(rest))
	return d, err == nil
}

func indented(raw json.RawMessage) string {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return string(raw)
	}
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return string(raw)
	}
	return string(text)
}

// bareText is the text of markup, its parts set apart by spaces.
func bareText(markup string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(markup))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.Join(strings.Fields(b.String()), " ")
		case html.TextToken:
			b.Write(z.Text())
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			if name, _ := z.TagName(); breaksText[string(name)] {
				b.WriteByte(' ')
			}
		}
	}
}

// breaksText are the elements at which text does not run on.
var breaksText = map[string]bool{
	"p": true, "br": true, "hr": true, "h2": true, "h3": true, "h4": true, "li": true, "td": true, "th": true, "pre": true, "blockquote": true, "figcaption": true,
}

// optionLabel is how people call an option; one that is gone is told by its value.
func optionLabel(f manifest.Field, value string) string {
	for _, o := range f.Options {
		if o.Value == value {
			return firstOf(o.Label, o.Value)
		}
	}
	return value
}

func optionColor(f manifest.Field, value string) string {
	for _, o := range f.Options {
		if o.Value == value {
			return o.Color
		}
	}
	return ""
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// place is a location as answers have it.
type place struct {
	Line1, Line2, City, Region, Country string
	PostalCode                          string `json:"postal_code"`
	Lat, Lng                            json.Number
}

func (r record) location(key string) place {
	var l place
	_ = json.Unmarshal(r[key], &l) // what it is not stays empty
	return l
}

// part returns a part by its name in forms.
func (l place) part(name string) string {
	switch name {
	case "line1":
		return l.Line1
	case "line2":
		return l.Line2
	case "postal_code":
		return l.PostalCode
	case "city":
		return l.City
	case "region":
		return l.Region
	case "country":
		return l.Country
	case "lat":
		return l.Lat.String()
	case "lng":
		return l.Lng.String()
	}
	return ""
}

func (l place) oneLine(p *i18n.Printer) string {
	var parts []string
	add := func(text string) {
		if text = strings.TrimSpace(text); text != "" {
			parts = append(parts, text)
		}
	}
	add(l.Line1)
	add(l.Line2)
	add(l.PostalCode + " " + l.City)
	add(l.Region)
	if l.Country != "" {
		add(p.Country(l.Country))
	}
	if len(parts) == 0 && l.Lat != "" {
		add(p.Decimal(l.Lat.String()) + " / " + p.Decimal(l.Lng.String()))
	}
	return strings.Join(parts, ", ")
}

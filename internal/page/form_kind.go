package page

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// mostRadios is up to how many choices stand open rather than in a select.
const mostRadios = 5

// further makes the input of the kinds that need more than their text; false
// when visitors cannot fill it in.
func (f field) further(of manifest.Field, o formOptions) (field, bool, error) {
	switch of.Kind {
	case manifest.KindEmail, manifest.KindPhone, manifest.KindURL, manifest.KindTags:
		f.fill = first(f.fill, kindPurposes[of.Kind])
		f.keyboard = kindKeyboards[of.Kind]
	case manifest.KindDecimal, manifest.KindPercent, manifest.KindDuration, manifest.KindBoolean:
	case manifest.KindTime:
		f.min, f.max = of.MinDate, of.MaxDate
	case manifest.KindDatetime:
		f.min, f.max = local(of.MinDate, o), local(of.MaxDate, o)
	case manifest.KindChoice:
		f.many = of.Many
		for _, option := range of.Options {
			f.choices = append(f.choices, Choice{ID: option.Value, Title: first(option.Label, option.Value)})
		}
		f.chosen = []string{f.value}
		if several, ok := of.Default.([]string); ok {
			f.chosen = several
		}
	case manifest.KindCountry:
		f.choose(o.words.Countries())
		f.fill = "country"
	case manifest.KindLanguage:
		f.choose(o.words.Languages())
	case manifest.KindCurrency:
		f.choose(o.words.Currencies())
	case manifest.KindTimezone:
		f.choose(o.words.Zones())
	case manifest.KindLocation:
		f.parts = f.locationParts(o)
	case manifest.KindFile, manifest.KindImage:
		f.name += "_id"
		f.accept = strings.Join(of.Accept, ",")
		if of.Kind == manifest.KindImage && f.accept == "" {
			f.accept = "image/jpeg,image/png,image/gif,image/webp"
		}
	case manifest.KindPerson:
		f.name += "_id"
		f.parts = f.personParts(o)
	default:
		return field{}, false, nil
	}
	return f, true, nil
}

func (f *field) choose(all []i18n.Named) {
	for _, n := range all {
		f.choices = append(f.choices, Choice{ID: n.Code, Title: n.Name})
	}
	f.chosen = []string{f.value}
}

// radio says that the choices stand open, one of which may be taken.
func (f field) radio() bool {
	return f.kind == manifest.KindChoice && f.required && !f.many && len(f.choices) <= mostRadios
}

// grouped says that the field is several inputs below one legend.
func (f field) grouped() bool { return f.many || f.parts != nil || f.radio() }

// takes says whether a choice is taken.
func (f field) takes(id string) bool {
	for _, chosen := range f.chosen {
		if chosen == id {
			return true
		}
	}
	return false
}

// part makes the input of a part of the value.
func (f field) part(name, label, kind, fill string, required bool) field {
	return field{
		id: f.id + "-" + name, name: f.name + "." + name, kind: kind, label: label, fill: fill,
		required: required, keyboard: kindKeyboards[kind],
	}
}

func (f field) locationParts(o formOptions) []field {
	country := f.part("country", o.words.T("location.country"), manifest.KindCountry, "country", false)
	country.choose(o.words.Countries())
	return []field{
		f.part("line1", o.words.T("location.line1"), manifest.KindText, "address-line1", f.required),
		f.part("line2", o.words.T("location.line2"), manifest.KindText, "address-line2", false),
		f.part("postal_code", o.words.T("location.postal_code"), manifest.KindText, "postal-code", false),
		f.part("city", o.words.T("location.city"), manifest.KindText, "address-level2", f.required),
		f.part("region", o.words.T("location.region"), manifest.KindText, "address-level1", false),
		country,
	}
}

func (f field) personParts(o formOptions) []field {
	return []field{
		f.part("name", o.words.T("person.name"), manifest.KindText, "name", f.required),
		f.part("email", o.words.T("person.email"), manifest.KindEmail, "email", f.required),
		f.part("phone", o.words.T("person.phone"), manifest.KindPhone, "tel", false),
	}
}

// keep puts what was typed back into the inputs.
func (f *field) keep(typed url.Values) {
	if all := typed[f.name]; len(all) > 0 {
		f.value, f.chosen = all[len(all)-1], all // a checkbox stands behind the input that speaks for it
	} else {
		f.value, f.chosen = "", nil
	}
	for i := range f.parts {
		f.parts[i].keep(typed)
	}
}

// takesFile says that the field is filled with a file.
func (f field) takesFile() bool { return f.kind == manifest.KindFile || f.kind == manifest.KindImage }

// keepFile names the file that waits for the form to be sent well; one that is
// not there any more is to be chosen anew.
func (f *field) keepFile(names map[string]string) {
	if f.takesFile() {
		if f.kept = names[f.name]; f.kept == "" {
			f.value = ""
		}
	}
}

// about finds the input that a complaint's path means: that of a part, or the
// field's own.
func (f *field) about(path string) *field {
	_, rest, _ := strings.Cut(path, ".")
	for i := range f.parts {
		if rest != "" && strings.HasSuffix(f.parts[i].name, "."+rest) {
			return &f.parts[i]
		}
	}
	return f
}

// typedNumber writes a number as the field stores it for its input.
func typedNumber(f manifest.Field, n int64, o formOptions) string {
	switch f.Kind {
	case manifest.KindDecimal:
		return o.words.TypedDecimal(collection.FixedText(n, f.Scale))
	case manifest.KindPercent:
		return o.words.TypedDecimal(collection.FixedText(n, collection.PercentScale))
	case manifest.KindDuration:
		return o.words.TypedDecimal(collection.DurationInput(n))
	}
	return strconv.FormatInt(n, 10)
}

// local writes the bound of an instant for its input.
func local(bound string, o formOptions) string {
	t, err := time.Parse(time.RFC3339, bound)
	if err != nil {
		return ""
	}
	return o.words.LocalInput(t)
}

// kindKeyboards tells telephones which keys a kind asks for.
var kindKeyboards = map[string]string{manifest.KindEmail: "email", manifest.KindPhone: "tel", manifest.KindURL: "url"}

// kindPurposes tells browsers which of a person's data a kind asks for.
var kindPurposes = map[string]string{manifest.KindEmail: "email", manifest.KindPhone: "tel", manifest.KindURL: "url"}

package gateway

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// countryChoices are the prepared countries, with a first choice of none.
func (c *call) countryChoices(none, chosen string) []ui.Choice {
	choices := []ui.Choice{{Label: none}}
	for _, p := range tenancy.Presets() {
		choices = append(choices, ui.Choice{Value: p.Country, Label: c.words.Country(p.Country), Selected: p.Country == chosen})
	}
	return choices
}

// settingFields are the inputs of what agencies and sites have alike.
func (c *call) settingFields(s tenancy.Settings) []screen.SheetField {
	rate := c.words.TypedDecimal(rateText(s.TaxRate))
	return []screen.SheetField{
		{Name: "locale", Label: c.words.T("place.locale"), Help: c.words.T("place.locale.help"), Value: s.Locale, Required: true},
		{Name: "time_zone", Kind: "select", Label: c.words.T("place.zone"), Choices: named(c.words.Zones(), s.TimeZone)},
		{Name: "currency", Kind: "select", Label: c.words.T("place.currency"), Choices: named(c.words.Currencies(), s.Currency)},
		{Name: "tax_rate", Kind: "number", Label: c.words.T("place.tax"), Help: c.words.T("place.tax.help"), Value: rate},
		{Name: "tax_included", Kind: "check", Label: c.words.T("place.included"), Value: boolText(s.TaxIncluded)},
		{Name: "units", Kind: "select", Label: c.words.T("place.units"), Choices: []ui.Choice{
			{Value: "metric", Label: c.words.T("place.metric"), Selected: s.Units != "imperial"},
			{Value: "imperial", Label: c.words.T("place.imperial"), Selected: s.Units == "imperial"},
		}},
	}
}

func boolText(yes bool) string {
	if yes {
		return "true"
	}
	return "false"
}

// ticked reads a checkbox, whose last value holds.
func ticked(form url.Values, name string) bool {
	values := form[name]
	return len(values) > 0 && values[len(values)-1] == "true"
}

// typedSettings reads the inputs; the rate as people here write numbers.
func (c *call) typedSettings(form url.Values) tenancy.Settings {
	s := tenancy.Settings{
		Locale: form.Get("locale"), TimeZone: form.Get("time_zone"), Currency: form.Get("currency"),
		TaxIncluded: ticked(form, "tax_included"), Units: form.Get("units"),
	}
	s.TaxRate = typedRate(form.Get("tax_rate"), c.words.Locale().Decimal)
	return s
}

// named are the choices of a list of codes with their names, none first when
// none is chosen.
func named(all []i18n.Named, chosen string) []ui.Choice {
	choices := make([]ui.Choice, 0, len(all)+1)
	found := false
	for _, one := range all {
		choices = append(choices, ui.Choice{Value: one.Code, Label: one.Name, Selected: one.Code == chosen})
		found = found || one.Code == chosen
	}
	if !found {
		choices = slices.Insert(choices, 0, ui.Choice{Value: chosen, Label: chosen, Selected: true})
	}
	return choices
}

// countries are the choices of all countries; who has not chosen is asked to.
func (c *call) countries(chosen string) []ui.Choice {
	choices := named(c.words.Countries(), chosen)
	if chosen == "" {
		choices[0].Label = c.words.T("agency.country.choose")
	}
	return choices
}

// rateText writes millionths as a percentage: 160000 is "16".
func rateText(millionths int64) string {
	text := strconv.FormatInt(millionths/10_000, 10)
	if rest := millionths % 10_000; rest != 0 {
		text += "." + strings.TrimRight(strconv.FormatInt(10_000+rest, 10)[1:], "0")
	}
	return text
}

// typedRate reads a percentage as people type it; -1 is none, which the rules
// refuse.
func typedRate(text, decimal string) int64 {
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "%"))
	if text == "" {
		return 0
	}
	whole, part, _ := strings.Cut(strings.Replace(text, decimal, ".", 1), ".")
	if len(part) > 4 || strings.ContainsAny(whole+part, "+-") {
		return -1
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", 4-len(part)), 10, 32)
	if err != nil {
		return -1
	}
	return n
}

package tenancy

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

func TestNamesBecomeSubdomains(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Ten & Ten Ltd":                 "ten-ten-ltd",
		"  Blue Door Café":              "blue-door-cafe",
		"24 Hours":                      "hours",
		"Åse's Gård":                    "ase-s-gard",
		"Admin":                         "",
		"日本":                            "",
		"ab":                            "",
		strings.Repeat("very long ", 9): "very-long-very-long-very-long",
	} {
		if got := Subdomain(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}

func TestNewSubdomainsKeepTheRules(t *testing.T) {
	t.Parallel()
	for label, code := range map[string]string{
		"ten-ten-ltd": "", "abc": "", "a1b": "", strings.Repeat("a", 30): "",
		"ab": "subdomain", strings.Repeat("a", 31): "subdomain", "1ab": "subdomain", "a--b": "subdomain", "-ab": "subdomain", "ab-": "subdomain", "a_b": "subdomain", "": "subdomain",
		"admin": "reserved", "api": "reserved", "app": "reserved", "www": "reserved", "mail": "reserved",
	} {
		var c complaints
		given := label
		c.subdomain(&given)
		got := ""
		if len(c) > 0 {
			got = c[0].Code
		}
		if got != code {
			t.Errorf("%q: %q, want %q", label, got, code)
		}
	}
}

// TestPresetsAreWhatTheirCountriesUse holds the data against what the rest of
// the program knows of locales, zones and currencies.
func TestPresetsAreWhatTheirCountriesUse(t *testing.T) {
	t.Parallel()
	catalogue, err := i18n.New()
	if err != nil {
		t.Fatal(err)
	}
	var countries []string
	for _, p := range Presets() {
		countries = append(countries, p.Country)
		var c complaints
		settings := p.Settings
		c.settings(&settings)
		if len(c) > 0 || settings != p.Settings {
			t.Errorf("%s: %v, %+v", p.Country, c, settings)
		}
		if i18n.Country(p.Locale, "") != p.Country || i18n.ZoneCountry(p.TimeZone) != p.Country || !money.Valid(p.Currency) {
			t.Errorf("%s: %s, %s and %s are of another country", p.Country, p.Locale, p.TimeZone, p.Currency)
		}
		day := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
		want := strings.NewReplacer("DD", "09", "MM", "03", "YYYY", "2026").Replace(p.DateFormat)
		if got := day.Format(catalogue.Printer(p.Locale, time.UTC).Locale().NumericDate); got != want {
			t.Errorf("%s: days are written %s, the preset says %s", p.Country, got, want)
		}
	}
	if !slices.Equal(countries, []string{"ZM", "ZA", "GB", "US", "DE"}) {
		t.Errorf("prepared are %v", countries)
	}
}

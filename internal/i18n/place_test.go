package i18n

import (
	"slices"
	"testing"
	"time"
)

// TestPlaces holds the lists to what ISO 3166 and the IANA database have.
func TestPlaces(t *testing.T) {
	t.Parallel()
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	p := c.Printer("de", time.UTC)
	if n := len(p.Countries()); n < 249 || n > 251 {
		t.Errorf("%d countries; ISO 3166 has 249, and Kosovo its own code by agreement", n)
	}
	for _, code := range []string{"DE", "US", "GB", "AX", "AQ", "TW"} {
		if !IsCountry(code) {
			t.Errorf("%s is no country", code)
		}
	}
	for _, code := range []string{"de", "UK", "EU", "ZZ", "XX", "SU", "AN", "", "DEU", "001"} {
		if IsCountry(code) {
			t.Errorf("%s is a country", code)
		}
	}
	if got := p.Country("DE"); got != "Deutschland" {
		t.Errorf("DE is %q", got)
	}
	if got := p.LanguageName("pt-BR"); got != "Brasilianisches Portugiesisch" {
		t.Errorf("pt-BR is %q", got)
	}
	for _, zone := range p.Zones() {
		if _, err := time.LoadLocation(zone.Code); err != nil {
			t.Error(err)
		}
	}
	if ZoneCountry("Europe/Berlin") != "DE" || ZoneCountry("UTC") != "" {
		t.Error("zones have other countries")
	}
	for _, all := range [][]Named{p.Countries(), p.Languages(), p.Currencies(), p.Zones()} {
		if slices.ContainsFunc(all, func(n Named) bool { return n.Code == "" || n.Name == "" }) || len(all) < 80 {
			t.Errorf("%d entries, or one without a name", len(all))
		}
	}
}

// TestValues writes values as the people of two locales do.
func TestValues(t *testing.T) {
	t.Parallel()
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	de, us := c.Printer("de", berlin), c.Printer("en-US", time.UTC)
	for _, v := range []struct{ got, want string }{
		{de.Decimal("-1234567.5"), "−1.234.567,5"},
		{us.Decimal("1234567.50"), "1,234,567.50"},
		{us.Decimal("none"), "none"},
		{de.TypedDecimal("-1234.5"), "-1234,5"},
		{de.Percent("16.5"), "16,5\u00a0%"},
		{us.Percent("16"), "16%"},
		{us.Percent(""), ""},
		{de.Clock("18:30:00"), "18:30"},
		{us.Clock("18:30:05"), "6:30:05 PM"},
		{us.Duration(26*time.Hour + 30*time.Minute), "1\u00a0d 2\u00a0h 30\u00a0min"},
		{de.Duration(-1500 * time.Millisecond), "−1,5\u00a0s"},
		{us.Duration(0), "0\u00a0min"},
		{de.LocalInput(time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC)), "2026-07-01T12:00"},
		{de.LocalInput(time.Time{}), ""},
	} {
		if v.got != v.want {
			t.Errorf("got %q, want %q", v.got, v.want)
		}
	}
}

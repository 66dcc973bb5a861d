package i18n

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/dramac-main/dramac-cms/sdk/money"
)

// Named is a code with the name that people of a locale know it by.
type Named struct{ Code, Name string }

// zonesText lists the time zones of the IANA database, each with the country it
// is in.
//
//go:embed zones.txt
var zonesText string

// zoneCountries are the countries by time zone.
var zoneCountries = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(zonesText) {
		zone, country, _ := strings.Cut(strings.TrimSpace(line), " ")
		all[zone] = country
	}
	return all
})

// Country returns the ISO 3166 code of the country of a place: that of its
// locale if it names one, else that of its time zone; empty if neither does.
func Country(locale, zone string) string {
	if tag, err := language.Parse(locale); err == nil {
		if region, sure := tag.Region(); sure == language.Exact && region.IsCountry() {
			return region.String()
		}
	}
	return ZoneCountry(zone)
}

// ZoneCountry returns the ISO 3166 code of the country that a time zone is in;
// empty for zones without one, such as UTC.
func ZoneCountry(zone string) string { return zoneCountries()[zone] }

// IsCountry says whether a text is the ISO 3166 code of a country, in capitals.
func IsCountry(code string) bool {
	_, ok := slices.BinarySearch(countries(), code)
	return ok
}

// countries are the assigned codes, sorted. x/text also knows codes that are
// reserved or withdrawn; their names say so by being missing.
var countries = sync.OnceValue(func() []string {
	var all []string
	regions := display.English.Regions()
	for first := 'A'; first <= 'Z'; first++ {
		for second := 'A'; second <= 'Z'; second++ {
			code := string([]rune{first, second})
			region, err := language.ParseRegion(code)
			if err != nil || !region.IsCountry() || region.String() != code || region.Canonicalize() != region || withoutCode[code] || regions.Name(region) == "" {
				continue
			}
			all = append(all, code)
		}
	}
	return all
})

// withoutCode are codes of CLDR that ISO 3166 has not assigned.
var withoutCode = map[string]bool{
	"AC": true, "CP": true, "CQ": true, "DG": true, "EA": true, "EU": true, "EZ": true, "IC": true, "TA": true, "UN": true, "XA": true, "XB": true, "ZZ": true,
}

// Countries lists all countries by their names in the locale.
func (p *Printer) Countries() []Named {
	all := make([]Named, 0, len(countries()))
	for _, code := range countries() {
		all = append(all, Named{code, p.Country(code)})
	}
	return p.sorted(all)
}

// Country returns a country's name; the code itself when there is none.
func (p *Printer) Country(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	return orCode(display.Regions(p.tag()).Name(region), code)
}

// Languages lists the languages that have names in the locale, and those of
// regions that are written differently.
func (p *Printer) Languages() []Named {
	seen := map[string]bool{}
	var all []Named
	for _, tag := range display.Supported.Tags() {
		code := tag.String()
		if seen[code] || strings.Contains(code, "-u-") || tag == language.Und {
			continue
		}
		seen[code] = true
		all = append(all, Named{code, p.LanguageName(code)})
	}
	return p.sorted(all)
}

// LanguageName returns the name of a language given by its BCP 47 tag.
func (p *Printer) LanguageName(code string) string {
	tag, err := language.Parse(code)
	if err != nil {
		return code
	}
	return orCode(display.Tags(p.tag()).Name(tag), code)
}

// Currencies lists all currencies. x/text has no names of them: the sign stands
// beside the code where there is one.
func (p *Printer) Currencies() []Named {
	codes := money.Currencies()
	all := make([]Named, 0, len(codes))
	for _, code := range codes {
		all = append(all, Named{code, p.CurrencyName(code)})
	}
	slices.SortFunc(all, func(a, b Named) int { return strings.Compare(a.Code, b.Code) })
	return all
}

// CurrencyName returns a currency's code with its sign: "EUR (€)".
func (p *Printer) CurrencyName(code string) string {
	if symbol := p.CurrencySymbol(code); symbol != code && symbol != "" {
		return code + " (" + symbol + ")"
	}
	return code
}

// Zones lists the time zones by region and city.
func (p *Printer) Zones() []Named {
	all := []Named{{"UTC", "UTC"}}
	for zone := range zoneCountries() {
		all = append(all, Named{zone, ZoneName(zone)})
	}
	slices.SortFunc(all[1:], func(a, b Named) int { return strings.Compare(a.Code, b.Code) })
	return all
}

// ZoneName writes a time zone for reading: "Europe / Berlin".
func ZoneName(zone string) string {
	return strings.ReplaceAll(strings.ReplaceAll(zone, "_", " "), "/", " / ")
}

func (p *Printer) tag() language.Tag {
	tag, err := language.Parse(p.locale.Tag)
	if err != nil {
		return language.English
	}
	return tag
}

// sorted orders names as the locale's people do.
func (p *Printer) sorted(all []Named) []Named {
	by := collate.New(p.tag(), collate.IgnoreCase)
	slices.SortFunc(all, func(a, b Named) int { return by.CompareString(a.Name, b.Name) })
	return all
}

func orCode(name, code string) string {
	if name == "" {
		return code
	}
	return name
}

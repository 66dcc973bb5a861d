package tenancy

// Preset is what is usual in a country: what an agency or a site there begins
// with. Everything of it can be changed afterwards.
type Preset struct {
	Country string `json:"country"` // ISO 3166
	Settings
	// DateFormat is how days are written there; it follows from the locale.
	DateFormat string `json:"date_format"`
}

// Presets are the countries that are prepared, the home market first.
func Presets() []Preset {
	return []Preset{
		{"ZM", Settings{"en-ZM", "Africa/Lusaka", "ZMW", 160_000, true, "metric"}, "DD/MM/YYYY"},
		{"ZA", Settings{"en-ZA", "Africa/Johannesburg", "ZAR", 150_000, true, "metric"}, "YYYY/MM/DD"},
		{"GB", Settings{"en-GB", "Europe/London", "GBP", 200_000, true, "metric"}, "DD/MM/YYYY"},
		{"US", Settings{"en-US", "America/New_York", "USD", 0, false, "imperial"}, "MM/DD/YYYY"},
		{"DE", Settings{"de-DE", "Europe/Berlin", "EUR", 190_000, true, "metric"}, "DD.MM.YYYY"},
	}
}

// FindPreset returns what is usual in the country; false if nothing is prepared.
func FindPreset(country string) (Preset, bool) {
	for _, p := range Presets() {
		if p.Country == country {
			return p, true
		}
	}
	return Preset{}, false
}

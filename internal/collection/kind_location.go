package collection

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/dramac-main/dramac-cms/internal/expr"

	"github.com/dramac-main/dramac-cms/internal/i18n"
)

// Location is a postal address, a point on the earth, or both.
type Location struct {
	Line1      string   `json:"line1,omitempty"`
	Line2      string   `json:"line2,omitempty"`
	City       string   `json:"city,omitempty"`
	Region     string   `json:"region,omitempty"`
	PostalCode string   `json:"postal_code,omitempty"`
	Country    string   `json:"country,omitempty"` // ISO 3166
	Lat        *float64 `json:"lat,omitempty"`     // degrees, north positive
	Lng        *float64 `json:"lng,omitempty"`     // degrees, east positive
}

// locationKind is a Location, kept as jsonb.
type locationKind struct{}

func (locationKind) key(f *Field) string { return f.Name }

func (locationKind) columns(f *Field) []Column { return []Column{{Name: f.Name, Type: "jsonb"}} }

func (locationKind) names(f *Field) []name {
	return []name{{name: f.Name, column: f.Name, kind: expr.JSON}}
}

func (k locationKind) decode(f *Field, raw json.RawMessage, _ string) (any, *problem) {
	var l Location
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return nil, notLocation()
	}
	return tidyLocation(l)
}

func notLocation() *problem {
	return wrong("not_location", `Must be an object of line1, line2, city, region, postal_code, country, lat and lng.`)
}

// tidyLocation trims the parts; without any the value is empty.
func tidyLocation(l Location) (any, *problem) {
	for _, part := range l.parts() {
		*part.value = strings.TrimSpace(*part.value)
	}
	l.Country = strings.ToUpper(l.Country)
	if p := checkLocation(l); p != nil {
		return nil, p
	}
	if l == (Location{}) {
		return nil, nil
	}
	return l, nil
}

// locationPart is one of the texts of a location.
type locationPart struct {
	name  string
	value *string
}

// parts are the texts of the location, in the order of a form.
func (l *Location) parts() []locationPart {
	return []locationPart{
		{"line1", &l.Line1},
		{"line2", &l.Line2},
		{"postal_code", &l.PostalCode},
		{"city", &l.City},
		{"region", &l.Region},
		{"country", &l.Country},
	}
}

const longestLocationPart = 200

func checkLocation(l Location) *problem {
	var found *problem
	for _, part := range l.parts() {
		text := *part.value
		p := refusedCharacter(text, false)
		switch {
		case p != nil || text == "":
		case utf8.RuneCountInString(text) > longestLocationPart:
			p = wrong("too_long", "May have at most %d characters.", longestLocationPart).with("max", int64(longestLocationPart))
		case part.name == "country" && !i18n.IsCountry(text):
			p = wrong("not_country", "Must be the ISO 3166 code of a country, like DE.")
		default:
			_, p = storable(text)
		}
		found = found.and(p.within(part.name))
	}
	found = found.and(checkDegrees(l.Lat, 90).within("lat"))
	found = found.and(checkDegrees(l.Lng, 180).within("lng"))
	if (l.Lat == nil) != (l.Lng == nil) {
		missing := "lat"
		if l.Lng == nil {
			missing = "lng"
		}
		found = found.and(required().within(missing))
	}
	return found
}

func checkDegrees(degrees *float64, most float64) *problem {
	if degrees != nil && (math.IsNaN(*degrees) || math.Abs(*degrees) > most) {
		return wrong("not_degrees", "Must be degrees between %v and %v.", -most, most).with("min", -most).with("max", most)
	}
	return nil
}

func (locationKind) parse(_ *Field, text string, _ Locale) (any, *problem) {
	var l Location
	for i, line := range strings.Split(text, "\n") {
		switch i {
		case 0:
			l.Line1 = line
		default:
			l.Line2 = strings.TrimSpace(l.Line2 + " " + line)
		}
	}
	return tidyLocation(l)
}

// readForm takes one input for each part.
func (locationKind) readForm(_ *Field, inputs formInputs, loc Locale) (any, *problem) {
	var l Location
	var found *problem
	for _, part := range l.parts() {
		*part.value = inputs.one("." + part.name)
	}
	degrees := func(name string) *float64 {
		text := inputs.one("." + name)
		if text == "" {
			return nil
		}
		plain, ok := loc.plainNumber(text)
		if !ok {
			plain = text
		}
		n, err := json.Number(plain).Float64()
		if err != nil {
			found = found.and(notNumber().within(name))
			return nil
		}
		return &n
	}
	l.Lat, l.Lng = degrees("lat"), degrees("lng")
	if found != nil {
		return nil, found
	}
	return tidyLocation(l)
}

func (locationKind) literal(_ *Field, value any, _ moment) (any, *problem) {
	if l, ok := value.(Location); ok {
		return tidyLocation(l)
	}
	return nil, notLocation()
}

func (locationKind) check(_ *Field, value any) *problem {
	l, ok := value.(Location)
	if !ok {
		return notLocation()
	}
	return checkLocation(l)
}

func (locationKind) args(value any) []any {
	if l, ok := value.(Location); ok {
		return []any{compactJSON(l)}
	}
	return []any{nil}
}

func (locationKind) selection(f *Field) string { return column(f.Name) }

func (locationKind) schema(*Field) map[string]any {
	text := map[string]any{"type": "string", "maxLength": longestLocationPart}
	return map[string]any{"type": "object", "additionalProperties": false, "properties": map[string]any{
		"line1": text, "line2": text, "city": text, "region": text, "postal_code": text,
		"country": map[string]any{"type": "string", "pattern": "^[A-Za-z]{2}$"},
		"lat":     map[string]any{"type": "number", "minimum": -90, "maximum": 90},
		"lng":     map[string]any{"type": "number", "minimum": -180, "maximum": 180},
	}}
}

func (locationKind) text(_ *Field, value any) string { return compactJSON(value) }

func (k locationKind) parseText(f *Field, text, currency string) (any, *problem) {
	if strings.HasPrefix(text, "{") {
		return k.decode(f, json.RawMessage(text), currency)
	}
	return k.parse(f, text, Locale{})
}

package collection

import (
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

// currencyKind is a currency by its ISO 4217 code.
type currencyKind struct{ wordKind }

func (currencyKind) columns(f *Field) []Column {
	return []Column{{Name: f.Name, Type: "character(3)"}}
}

type currencyWord struct{ asTyped }

func (currencyWord) clean(_ *Field, text string) (string, *problem) {
	code := strings.ToUpper(text)
	if !money.Valid(code) {
		return "", wrong("currency", "There is no currency %q.", text).with("currency", text)
	}
	return code, nil
}

func (currencyWord) describe(*Field) map[string]any {
	return map[string]any{"type": "string", "pattern": "^[A-Za-z]{3}$", "description": "ISO 4217 code, like EUR."}
}

// countryWord is a country by its ISO 3166 code of two letters.
type countryWord struct{ asTyped }

func (countryWord) clean(_ *Field, text string) (string, *problem) {
	code := strings.ToUpper(text)
	if !i18n.IsCountry(code) {
		return "", wrong("not_country", "Must be the ISO 3166 code of a country, like DE.")
	}
	return code, nil
}

func (countryWord) describe(*Field) map[string]any {
	return map[string]any{"type": "string", "pattern": "^[A-Za-z]{2}$", "description": "ISO 3166 code, like DE."}
}

// languageWord is a language by its BCP 47 tag in canonical form.
type languageWord struct{ asTyped }

func (languageWord) clean(_ *Field, text string) (string, *problem) {
	tag, err := language.Parse(text)
	if err != nil || tag == language.Und || len(text) > 35 {
		return "", wrong("not_language", "Must be the BCP 47 tag of a language, like de or pt-BR.")
	}
	return tag.String(), nil
}

func (languageWord) describe(*Field) map[string]any {
	return map[string]any{"type": "string", "maxLength": 35, "description": "BCP 47 tag, like de or pt-BR."}
}

// timezoneWord is a time zone by its name in the IANA database.
type timezoneWord struct{ asTyped }

func (timezoneWord) clean(_ *Field, text string) (string, *problem) {
	// Go also knows "Local", which is the server's own zone.
	if _, err := time.LoadLocation(text); err != nil || text == "Local" {
		return "", wrong("not_timezone", "Must be the name of a time zone, like Europe/Berlin.")
	}
	return text, nil
}

func (timezoneWord) describe(*Field) map[string]any {
	return map[string]any{"type": "string", "maxLength": 64, "description": "Name in the IANA time zone database, like Europe/Berlin."}
}

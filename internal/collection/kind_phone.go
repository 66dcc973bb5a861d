package collection

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// phoneWord is a telephone number as E.164 writes it: +4930123456. Programs
// give the country with the number; people may leave the site's country out.
type phoneWord struct{}

func (phoneWord) clean(_ *Field, text string) (string, *problem) {
	if !strings.HasPrefix(text, "+") {
		return "", notPhone()
	}
	return dialled(text, "")
}

// dialled reads a number, in the country when it does not name one itself.
func dialled(text, country string) (string, *problem) {
	number, err := phonenumbers.Parse(text, country)
	// The extension would be lost. Whether a number is assigned changes by the
	// month; that it could be is enough.
	if err != nil || number.GetExtension() != "" || !phonenumbers.IsPossibleNumber(number) {
		return "", notPhone()
	}
	dial := phonenumbers.Format(number, phonenumbers.E164)
	if len(dial) < shortestPhone {
		return "", notPhone()
	}
	return dial, nil
}

// shortestPhone is a plus and seven digits: what is shorter works within one
// country, or is not complete.
const shortestPhone = 8

func notPhone() *problem {
	return wrong("not_phone", "Must be a phone number with its country code, like +49 30 123456.")
}

func (phoneWord) typed(_ *Field, text string, loc Locale) (string, *problem) {
	if rest, found := strings.CutPrefix(text, "00"); found {
		text = "+" + rest
	}
	return dialled(text, loc.Country)
}

func (phoneWord) describe(*Field) map[string]any {
	return map[string]any{
		"type": "string", "pattern": `^\+[0-9 ().\-]{4,30}$`,
		"description": "A phone number with its country code; kept as E.164: +4930123456.",
	}
}

// PhoneText writes a number in E.164 as people read it, with its country code;
// other text is returned as it is.
func PhoneText(text string) string {
	number, err := phonenumbers.Parse(text, "")
	if err != nil {
		return text
	}
	return phonenumbers.Format(number, phonenumbers.INTERNATIONAL)
}

// Package tenancy is the tree of tenants: agency → client → site. Every record
// of a business belongs to exactly one site.
package tenancy

import (
	"net/mail"
	"strings"
	"time"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

// maxName is how long the name of an agency, client or site may be.
const maxName = 120

// complaints collects what is wrong with a form.
type complaints []errs.Field

func (c *complaints) add(path, code, message string) {
	*c = append(*c, errs.Field{Path: path, Code: code, Message: message})
}

// err is an errs.Invalid with all complaints; nil when there are none.
func (c complaints) err() error {
	if len(c) == 0 {
		return nil
	}
	return errs.BadFields(c...)
}

// name tidies a name, which has to be there.
func (c *complaints) name(name *string) {
	*name = strings.Join(strings.Fields(*name), " ")
	switch n := len([]rune(*name)); {
	case n == 0:
		c.add("name", "required", "Enter a name.")
	case n > maxName:
		*c = append(*c, errs.Field{Path: "name", Code: "too_long", Message: "Use at most 120 characters.", Args: map[string]any{"max": maxName}})
	}
}

// text tidies a text that may be empty and has at most so many characters.
func (c *complaints) text(path string, text *string, most int) {
	*text = strings.TrimSpace(*text)
	if len([]rune(*text)) > most {
		*c = append(*c, errs.Field{Path: path, Code: "too_long", Message: "This is too long.", Args: map[string]any{"max": most}})
	}
}

// email tidies an address that may be empty. It is one address without a name.
func (c *complaints) email(path string, address *string) {
	*address = strings.TrimSpace(*address)
	if *address == "" {
		return
	}
	parsed, err := mail.ParseAddress(*address)
	if err != nil || parsed.Address != *address || len(*address) > 254 {
		c.add(path, "not_email", "Enter an e-mail address, like ada@example.com.")
	}
}

// Settings are how a place speaks, counts and taxes.
type Settings struct {
	Locale   string `db:"locale" json:"locale"`       // BCP 47
	TimeZone string `db:"time_zone" json:"time_zone"` // IANA name
	Currency string `db:"currency" json:"currency"`   // ISO 4217
	// TaxRate is in millionths: 160000 is 16 %.
	TaxRate int64 `db:"tax_rate" json:"tax_rate"`
	// TaxIncluded is whether prices are written with the tax in them.
	TaxIncluded bool   `db:"tax_included" json:"tax_included"`
	Units       string `db:"units" json:"units"` // "metric" or "imperial"
}

// maxRate is 100 % in millionths.
const maxRate = 1_000_000

// settings checks the settings; what is empty gets its default.
func (c *complaints) settings(s *Settings) {
	for value, otherwise := range map[*string]string{&s.Locale: "en", &s.TimeZone: "UTC", &s.Currency: "EUR", &s.Units: "metric"} {
		if *value = strings.TrimSpace(*value); *value == "" {
			*value = otherwise
		}
	}
	if tag, ok := i18n.Tag(s.Locale); ok {
		s.Locale = tag
	} else {
		c.add("locale", "unknown_language", "This is no language. Write it as in BCP 47, de or pt-BR.")
	}
	if _, err := time.LoadLocation(s.TimeZone); err != nil || s.TimeZone == "Local" {
		c.add("time_zone", "unknown", "This time zone is not known.")
	}
	s.Currency = strings.ToUpper(s.Currency)
	if !money.Valid(s.Currency) {
		c.add("currency", "currency", "Choose a currency.")
	}
	if s.TaxRate < 0 || s.TaxRate > maxRate {
		c.add("tax_rate", "not_percent", "Enter a percentage between 0 and 100.")
	}
	if s.Units != "metric" && s.Units != "imperial" {
		c.add("units", "option", "Choose one of the options.")
	}
}

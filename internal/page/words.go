package page

import (
	"time"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

// Words writes for the page's language, locale and time zone; internal/i18n's
// Printer is one. Arguments of T and TOr are pairs of name and value.
type Words interface {
	// T returns the message of a key.
	T(key string, args ...any) string
	// TOr is T, or the given text when the catalogue has no such key.
	TOr(key, text string, args ...any) string
	// Money writes an amount with its currency.
	Money(m money.Money) string
	// Amount writes it as people type it, without the currency.
	Amount(m money.Money) string
	// TypedDecimal writes a number, given as programs do, as people type it.
	TypedDecimal(text string) string
	// LocalInput writes an instant for an input of date and time, in the site's zone.
	LocalInput(t time.Time) string
	// Countries, Languages, Currencies and Zones list what can be chosen, by the
	// names that readers know.
	Countries() []i18n.Named
	Languages() []i18n.Named
	Currencies() []i18n.Named
	Zones() []i18n.Named
	// CivilDate writes a day given as YYYY-MM-DD.
	CivilDate(day string) string
	// DateTime writes an instant in the site's time zone.
	DateTime(t time.Time) string
}

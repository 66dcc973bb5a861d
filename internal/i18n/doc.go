// Package i18n turns keys and values into what a person reads: words from the
// message catalogue, and dates, numbers and money in the person's locale.
//
// The catalogue is embedded, one file per language in locales/. English is
// complete; a key that another language lacks is shown in English. The package
// is pure: it reads no clock, no file and no environment.
package i18n

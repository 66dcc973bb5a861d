package manifest

// How values of the kinds are written down in a manifest.

const (
	dayPattern      = `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`
	instantPattern  = `^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})$`
	clockPattern    = `^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$`
	percentPattern  = `^-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,4})?%$`
	durationPattern = `^(0|[1-9][0-9]{0,8})(s|m|h|d|w)$`
	decimalPattern  = `^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?$`
	currencyPattern = `^[A-Z]{3}$`
	computedPattern = `^=.`
	slugPattern     = `^[a-z0-9]+(-[a-z0-9]+)*$`
	emailPattern    = `^[^@ ]+@[^@ ]+\.[^@ ]+$`
	phonePattern    = `^\+[1-9][0-9]{3,14}$`
	colorPattern    = `^#[0-9a-f]{6}$`
	languagePattern = `^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`
	zonePattern     = `^(UTC|[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)+)$`
	rulePattern     = `^FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY|HOURLY|MINUTELY)(;[A-Z]+=[A-Z0-9,+-]+)*$`
)

// literalShape is how one value of the kind is written.
func literalShape(kind string) shape {
	switch kind {
	case KindInteger:
		return integer()
	case KindDecimal:
		return shape{form: decimalForm, takes: "a number"}
	case KindPercent:
		return literalText("a percentage", percentPattern, "Write it like 16%, with four decimals at most.")
	case KindMoney:
		s := either("an amount in minor units or {amount, currency}", minorUnits(), keys(moneyFormat()))
		s.minor = true
		return s
	case KindBoolean:
		return boolean()
	case KindCurrency:
		return currencyCode()
	case KindDate:
		return literalText("a date", dayPattern, "Write it like 2026-12-31.")
	case KindDatetime:
		return literalText("an instant", instantPattern, "Write it like 2026-12-31T17:00:00Z.")
	case KindTime:
		return literalText("a time of day", clockPattern, "Write it like 09:30.")
	case KindDuration:
		return literalText("a duration", durationPattern, "Write it like 90m, 24h or 30d; the units are s, m, h, d and w.")
	case KindEmail:
		return literalText("an e-mail address", emailPattern, "Write it like name@example.com.")
	case KindPhone:
		return literalText("a phone number", phonePattern, "Write it like +4930123456.")
	case KindURL:
		return literalText("an address", urlPattern, "Write it in full, like https://example.com.")
	case KindSlug:
		return literalText("a slug", slugPattern, "Write lower case words joined by hyphens.")
	case KindColor:
		return literalText("a colour", colorPattern, "Write it like #1f6feb, in quotes.")
	case KindCountry:
		return literalText("a country", `^[A-Z]{2}$`, "Write its ISO 3166 code, like DE.")
	case KindLanguage:
		return literalText("a language", languagePattern, "Write its BCP 47 tag, like de or pt-BR.")
	case KindTimezone:
		return literalText("a time zone", zonePattern, "Write its IANA name, like Europe/Berlin.")
	case KindRecurrence:
		return literalText("a recurrence", rulePattern, "Write a rule of iCalendar, like FREQ=WEEKLY;BYDAY=MO.")
	case KindTags:
		return list(text(60), 1, 50)
	case KindChoice:
		return text(80)
	}
	return text(maxText(kind))
}

// literalText is a text that stands for a value of another kind. YAML reads
// some of them as numbers or days, which is why any scalar is looked at.
func literalText(noun, re, hint string) shape {
	s := pattern(noun, re, hint)
	s.takes = noun
	return s
}

func currencyCode() shape {
	return pattern("a currency", currencyPattern, "Write its ISO 4217 code, like EUR.")
}

// defaultShape is how the default of a field of the place is written: as a
// value of the kind, or as an expression where the place has one.
func defaultShape(kind string, where place) shape {
	s := shape{form: noForm, takes: "an expression that begins with ="}
	if has(kind, hasLiteral) {
		s = literalShape(kind)
	}
	s.literal = true
	switch kind {
	case KindDate:
		s.hint = "Write it like 2026-12-31, or =today() for the day of creation."
	case KindDatetime:
		s.hint = "Write it like 2026-12-31T17:00:00Z, or =now() for the moment of creation."
	}
	switch {
	case where == settingPlace:
		s.computed = settingDefault
	case where != propertyPlace:
		s.computed = computedPattern
	case kind == KindDate:
		s.computed = `^=today\(\)$`
	}
	return s
}

// settingDefault is what the default of a setting may read.
const settingDefault = `^=(today\(\)|site\.currency)$`

package manifest

// The kinds of field.
const (
	KindText      = "text"
	KindLongtext  = "longtext"
	KindInteger   = "integer"
	KindMoney     = "money"
	KindDate      = "date"
	KindReference = "reference"
)

// Kinds lists the kinds of field that this version runs.
func Kinds() []string {
	return []string{KindText, KindLongtext, KindInteger, KindMoney, KindDate, KindReference}
}

// laterKinds are kinds of the format that this version does not run.
func laterKinds() []string {
	return []string{
		"richtext", "email", "phone", "url", "slug", "color", "decimal", "percent", "currency", "boolean",
		"datetime", "time", "duration", "recurrence", "choice", "tags", "country", "language", "timezone",
		"state", "person", "member", "file", "image", "location", "json", "lines", "sequence", "record",
		"filter", "connection",
	}
}

// Indexable says whether fields of the kind may be part of an index. The
// database compares their columns without looking at rows of other sites first.
func Indexable(kind string) bool {
	switch kind {
	case KindText, KindInteger, KindDate, KindReference, KindMoney:
		return true
	}
	return false
}

// place is where a field stands, which decides what it may say about itself.
type place int

const (
	recordPlace place = iota
	settingPlace
	propertyPlace
)

// noun is how messages call a field of the place.
func (p place) noun() string {
	return [...]string{"a field", "a setting", "a property"}[p]
}

func field(where place) shape {
	return shape{form: fieldForm, takes: "a kind of field or {type: …}", place: where}
}

// kinds lists what a field of the place can be. Settings and properties have
// no records to refer to yet.
func (p place) kinds() []string {
	if p == recordPlace {
		return Kinds()
	}
	return []string{KindText, KindLongtext, KindInteger, KindMoney, KindDate}
}

// fieldFormat returns the keys of a field of the kind. The kind is one of Kinds.
func fieldFormat(kind string, where place) *object {
	o := &object{
		noun: "a " + kind + " field",
		keys: []key{
			{"type", enum("a kind of field", kind), true, "The kind of field."},
			{"label", text(80), false, "What people call it; from the name when not given."},
			{"help", text(500), false, "A sentence below the input."},
			{"placeholder", text(200), false, "Shown in the empty input."},
			{"section", text(80), false, "Groups settings and properties."},
			{"required", conditional(), false, "May not be empty."},
		},
		later: []string{
			"set", "computed", "when", "many", "secret", "guard", "translatable", "track",
			"was", "convert", "back", "fill",
		},
	}
	o.keys = append(o.keys, kindKeys(kind, where)...)
	if where == recordPlace {
		o.keys = append(o.keys, recordKeys(kind)...)
	}
	if kind == KindReference {
		o.later = append(o.later, "filter", "tree", "default")
	}
	return o
}

// kindKeys are the keys with which a kind of field says what its values are.
func kindKeys(kind string, where place) []key {
	if kind == KindReference {
		return referenceKeys()
	}
	return append([]key{{"default", defaultShape(kind, where), false, "Value of a new record when none is given."}}, ruleKeys(kind)...)
}

// computedDefault is how a value of a record is read from a setting.
const computedDefault = `^=setting\.[a-z][a-z0-9_]{0,40}$`

// defaultShape is how a value of the kind is written down.
func defaultShape(kind string, where place) shape {
	var s shape
	switch kind {
	case KindInteger:
		s = integer()
	case KindMoney:
		s = either("an amount in minor units or {amount, currency}", minorUnits(), keys(moneyFormat()))
		s.minor = true
	case KindDate:
		s = day(`^([0-9]{4}-[0-9]{2}-[0-9]{2}|=today\(\))$`, "Write it like 2026-12-31, or =today() for the day of creation.")
	default:
		s = text(maxText(kind))
	}
	s.literal = true
	if where == recordPlace {
		s.computed = computedDefault
	}
	return s
}

// ruleKeys are the keys that bound the values of a kind of field.
func ruleKeys(kind string) []key {
	const (
		minAbout = "The least allowed: characters of a text, value of a number, day of a date."
		maxAbout = "The most allowed: characters of a text, value of a number, day of a date."
	)
	switch kind {
	case KindInteger:
		return []key{
			{"min", integer(), false, minAbout},
			{"max", integer(), false, maxAbout},
		}
	case KindMoney:
		return []key{
			{"min", minorUnits(), false, "The least allowed, in minor units."},
			{"max", minorUnits(), false, "The most allowed, in minor units."},
			{"currency", currency(), false, "ISO 4217 code; the site's currency when not given."},
		}
	case KindDate:
		return []key{
			{"min", day(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`, "Write it like 2026-12-31."), false, minAbout},
			{"max", day(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`, "Write it like 2026-12-31."), false, maxAbout},
		}
	default:
		most := maxText(kind)
		return []key{
			{"min", between(0, most), false, minAbout},
			{"max", between(1, most), false, maxAbout},
			{"pattern", text(200), false, "Regular expression (RE2) that the whole text has to match."},
			{"message", text(200), false, "Shown when the pattern does not match."},
		}
	}
}

func referenceKeys() []key {
	to := pattern("the name of a collection", `^[a-z][a-z0-9_]{0,40}(\.[a-z][a-z0-9_]{0,40})?$`, nameHint)
	onDelete := enum("what happens on deletion", "restrict", "clear")
	onDelete.later = []string{"cascade", "replace"}
	return []key{
		{"to", to, true, "The collection it refers to."},
		{"inverse", name("a name"), false, "What the target calls the records that refer to it; this collection's name when not given."},
		{"on_delete", onDelete, false, "restrict: the target stays while it is referred to; clear: the reference becomes empty."},
	}
}

// recordKeys are the keys that only fields of records have.
func recordKeys(kind string) []key {
	all := []key{
		{"readonly", boolean(), false, "Written by actions and defaults only."},
		{"immutable", boolean(), false, "Written at creation only."},
		{"personal", personal(), false, "Exported and erased with the person it is about."},
	}
	if kind != KindLongtext {
		all = append(all, key{"index", boolean(), false, "Searched and sorted by often."})
	}
	if kind != KindLongtext && kind != KindMoney {
		all = append(all, key{"unique", boolean(), false, "No two records of a site have the same value."})
	}
	if kind == KindText || kind == KindLongtext {
		all = append(all, key{"search", boolean(), false, "Part of the site's text search."})
	}
	return all
}

// maxText is how many characters a text of the kind may ever have.
func maxText(kind string) int64 {
	if kind == KindLongtext {
		return 100_000
	}
	return 10_000
}

func personal() shape {
	s := boolean()
	s.laterText = `another value than true or false of "personal"`
	return s
}

func currency() shape {
	return pattern("a currency", `^[A-Z]{3}$`, "Write its ISO 4217 code, like EUR.")
}

func day(re, hint string) shape {
	s := pattern("a date", re, hint)
	s.takes, s.literal = "a date", true
	return s
}

func moneyFormat() *object {
	return &object{noun: "an amount of money", keys: []key{
		{"amount", minorUnits(), true, "In minor units: 1999 is 19.99."},
		{"currency", currency(), false, "ISO 4217 code; the field's or the site's currency when not given."},
	}}
}

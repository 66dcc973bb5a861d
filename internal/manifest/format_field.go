package manifest

import "slices"

// The first kinds of field.
const (
	KindText      = "text"
	KindLongtext  = "longtext"
	KindInteger   = "integer"
	KindMoney     = "money"
	KindDate      = "date"
	KindReference = "reference"
)

func field(where place) shape {
	s := shape{form: fieldForm, takes: "a kind of field or {type: …}", place: where}
	if where == paramPlace {
		s.takes = "a kind of field, {type: …}, or {} for the field of its name"
	}
	return s
}

func fields(where place) shape {
	s := named(where.noun(), field(where))
	s.min = number(1)
	return s
}

// fieldFormat returns the keys of a field of the kind, which is one of Kinds.
func fieldFormat(kind string, where place) *object {
	o := &object{noun: article(kind) + " field"}
	o.add(
		key{"type", enum("a kind of field", kind), true, "The kind of field."},
		key{"label", text(80), false, "What people call it; from the name when not given."},
		key{"help", text(500), false, "A sentence below the input."},
	)
	if where != answerPlace {
		o.add(
			key{"placeholder", text(200), false, "Shown in the empty input."},
			key{"section", text(80), false, "Groups settings, parameters and properties."},
		)
		if has(kind, canEmpty) {
			o.add(key{"required", required(where), false, "May not be empty: always, or while the condition holds."})
		}
		o.addValue(kind, where)
	}
	o.add(kindKeys(kind, where)...)
	if has(kind, canMany) {
		many := key{"many", boolean(), false, "A list of values."}
		if where == propertyPlace {
			o.later = append(o.later, many.name)
		} else {
			o.add(many)
		}
	}
	if has(kind, laterMany) {
		o.later = append(o.later, "many")
	}
	switch where {
	case recordPlace:
		o.addWriting(kind)
		o.addRules(kind)
	case linePlace:
		o.addWriting(kind)
		o.later = append(o.later, "unique", "index", "search", "secret", "guard", "personal", "translatable", "track")
	case paramPlace:
		o.add(key{"when", expression(), false, "Asked and accepted only then."})
	case settingPlace:
		if has(kind, canSeal) {
			o.add(key{"secret", boolean(), false, "Write-only, encrypted at rest."})
		}
		o.later = append(o.later, "when", "set", "computed", "immutable", "translatable")
	case propertyPlace:
		o.later = append(o.later, "when", "set", "computed", "translatable")
	}
	return o
}

func article(noun string) string {
	switch noun[0] {
	case 'a', 'e', 'i', 'o':
		return "an " + noun
	}
	return "a " + noun
}

func (o *object) add(keys ...key) { o.keys = append(o.keys, keys...) }

// needed is the one key, besides the type, without which a field of the kind
// says too little.
func (o *object) needed() string {
	for _, k := range o.keys {
		if k.required && k.name != "type" {
			return k.name
		}
	}
	return ""
}

// withMany returns the keys of a field that holds a list, if it does: its
// default is one too.
func (o *object) withMany(many bool) *object {
	if !many {
		return o
	}
	list := *o
	list.keys = slices.Clone(o.keys)
	for i, k := range list.keys {
		if k.name == "default" || k.name == "fill" {
			list.keys[i].value = listOf(k.value)
		}
	}
	return &list
}

// listOf is a list of literals, or the same expression.
func listOf(item shape) shape {
	computed, isText := item.computed, item.form != noForm
	item.computed = ""
	if !isText {
		item.computed = computed
		return item
	}
	s := list(item, 0, 100)
	s.literal, s.computed = true, computed
	return s
}

// required is true or false, and in places with a record also a condition.
func required(where place) shape {
	if where == settingPlace || where == propertyPlace {
		s := boolean()
		s.laterText = `a condition in "required"`
		return s
	}
	s := either("true, false or a condition", boolean(), expression())
	s.yesNo = true
	return s
}

// addValue adds where the value comes from when nobody gives one.
func (o *object) addValue(kind string, where place) {
	if has(kind, canDefault) {
		o.add(key{"default", defaultShape(kind, where), false, "Value of a new record when none is given."})
	}
}

// addWriting adds the keys that say who writes a field of a record or line, and when.
func (o *object) addWriting(kind string) {
	if has(kind, canDerive) || kind == KindState {
		o.add(key{"set", formula(), false, "As a default, but never written by callers; taken anew when what it reads changes."})
	}
	if has(kind, canDerive) {
		o.add(key{"computed", formula(), false, "Always this value, never written."})
	}
	if kind == KindSequence {
		return
	}
	o.add(
		key{"when", expression(), false, "Shown and accepted only then, else empty."},
		key{"readonly", boolean(), false, "Written by actions, defaults and code only."},
		key{"immutable", boolean(), false, "Written at creation only."},
	)
}

// addRules adds the keys that only fields of records have.
func (o *object) addRules(kind string) {
	sensitive := personal()
	if has(kind, canSeal) {
		o.add(key{"secret", boolean(), false, "Write-only, encrypted at rest."})
		sensitive = either("true, false or sensitive", boolean(), enum("a kind of personal data", "sensitive"))
		sensitive.yesNo = true
	}
	o.add(
		key{"guard", name("the name of a guard"), false, "The guard of the collection that opens the field. What an expression works out has the guards of all that it reads, unless it names one here, or none."},
		key{"personal", sensitive, false, "Exported and erased with the person it is about; sensitive: encrypted as well."},
		key{"was", wasNames(), false, "Names the field had in earlier versions."},
	)
	if kind != KindLines && kind != KindSequence {
		o.add(
			key{"convert", formula(), false, "From the record of the version before (old.x), when the kind or meaning changes."},
			key{"back", formula(), false, "The opposite of \"convert\", for a site that returns to the version before."},
			key{"track", boolean(), false, "Each change can be read as a row of <collection>.history."},
		)
	}
	if has(kind, canDefault) {
		o.add(key{"fill", defaultShape(kind, recordPlace), false, "Value of records from before the field was required."})
	}
	if has(kind, canIndex) {
		o.add(key{"index", boolean(), false, "Searched and sorted by often."})
	}
	if has(kind, canUnique) && kind != KindSequence {
		o.add(key{"unique", boolean(), false, "No two records of a site have the same value."})
	}
	if has(kind, canSearch) {
		o.add(key{"search", boolean(), false, "Part of the site's text search."})
	}
	if has(kind, canTranslate) {
		o.add(key{"translatable", boolean(), false, "Has a value in each language of the site."})
	}
}

// wasNames are names of earlier versions.
func wasNames() shape {
	return list(name("a name"), 1, 20)
}

// personal is true or false for kinds that are not encrypted.
func personal() shape {
	s := boolean()
	s.laterText = `another value than true or false of "personal" for this kind`
	return s
}

// kindKeys are the keys with which a kind of field says what its values are.
func kindKeys(kind string, where place) []key {
	switch kind {
	case KindText, KindLongtext, KindRichtext:
		return textKeys(kind)
	case KindReference:
		return referenceKeys(where)
	case KindSlug:
		return []key{{"from", name("the name of a field"), false, "The text that it is made from."}}
	case KindChoice:
		return []key{{"options", options(false), true, "The values to choose from."}}
	case KindState:
		return []key{{"options", options(true), true, "The states; the first is the start."}}
	case KindFile, KindImage:
		return fileKeys(kind)
	case KindLines:
		return lineKeys()
	case KindSequence:
		return sequenceKeys()
	case KindFilter:
		return []key{{"of", name("the name of a collection"), true, "The collection that it filters."}}
	case KindMoney:
		return append(boundKeys(kind, "The least allowed, in minor units.", "The most allowed, in minor units."),
			key{"currency", currencySource(where), false, "ISO 4217 code, a currency field or a setting; the site's currency when not given."})
	case KindDecimal:
		return append(boundKeys(kind, "The least allowed.", "The most allowed."),
			key{"scale", between(1, maxScale), false, "Digits after the point, 4 when not given."})
	}
	if has(kind, hasBounds) {
		return boundKeys(kind, "The least allowed.", "The most allowed.")
	}
	return nil
}

func boundKeys(kind, least, most string) []key {
	return []key{{"min", boundShape(kind), false, least}, {"max", boundShape(kind), false, most}}
}

// boundShape is how a bound of the kind is written: as a value, though an
// amount without its currency.
func boundShape(kind string) shape {
	if kind == KindMoney {
		return minorUnits()
	}
	s := literalShape(kind)
	s.literal = true
	return s
}

// currencySource is where an amount has its currency from.
func currencySource(where place) shape {
	if where != recordPlace && where != linePlace {
		return currencyCode()
	}
	return pattern("a currency", `^([A-Z]{3}|[a-z][a-z0-9_]{0,40}|setting\.[a-z][a-z0-9_]{0,40})$`,
		"Write its ISO 4217 code, like EUR, or the name of a currency field or setting.")
}

func textKeys(kind string) []key {
	most := maxText(kind)
	all := []key{
		{"min", between(0, most), false, "The least number of characters."},
		{"max", between(1, most), false, "The greatest number of characters."},
	}
	if kind == KindRichtext {
		return all
	}
	return append(all,
		key{"pattern", text(200), false, "Regular expression (RE2) that the whole text has to match."},
		key{"message", text(200), false, "Shown when the pattern does not match."},
	)
}

// maxText is how many characters a text of the kind may ever have.
func maxText(kind string) int64 {
	switch kind {
	case KindLongtext, KindRichtext:
		return 100_000
	case KindEmail:
		return 254
	case KindURL:
		return 2_000
	}
	return 10_000
}

func referenceKeys(where place) []key {
	to := pattern("the name of a collection", targetPattern, nameHint)
	onDelete := enum("what happens on deletion", "restrict", "clear", "cascade", "replace")
	all := []key{{"to", to, true, "The collection it refers to."}}
	if where == answerPlace {
		return all
	}
	all = append(all, key{"filter", expression(), false, "Condition that the target keeps; this.x is the record's own."})
	if where == recordPlace || where == linePlace {
		all = append(all, key{"on_delete", onDelete, false, "restrict: the target stays while it is referred to; clear: the reference becomes empty; cascade: the record goes too; replace: asks for a substitute."})
	}
	if where == recordPlace {
		all = append(all,
			key{"inverse", name("a name"), false, "What the target calls the records that refer to it; this collection's name when not given."},
			key{"tree", boolean(), false, "Refers to its own collection, and no record is its own ancestor."})
	}
	return all
}

// Colors lists the colours of options, by name.
func Colors() []string {
	return []string{"gray", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink"}
}

// options are the values of a choice or state. Those of a state are names,
// since addresses, events and actions speak of them.
func options(state bool) shape {
	value := text(80)
	o := &object{noun: "an option"}
	if state {
		value = name("the name of a state")
		o.noun = "a state"
	}
	o.add(
		key{"value", value, true, "What records hold."},
		key{"label", text(80), false, "What people call it; from the value when not given."},
		key{"color", enum("a colour", Colors()...), false, "Colour of its badge."},
		key{"was", list(value, 1, 20), false, "Options of earlier versions whose records it takes."},
	)
	if state {
		o.add(key{"requires", list(name("the name of a field"), 1, 50), false, "Fields that are filled in records of this state."})
	}
	return list(either("a word or {value, label, color}", value, keys(o)), 1, 200)
}

func fileKeys(kind string) []key {
	re, hint := `^[a-z]+/([a-z0-9.+-]+|\*)$`, "Write it like application/pdf, or image/* for all images."
	if kind == KindImage {
		re, hint = `^image/([a-z0-9.+-]+|\*)$`, "Write it like image/png."
	}
	return []key{
		{"accept", list(pattern("a media type", re, hint), 1, 20), false, "Media types that are taken."},
		{"max", pattern("a size", sizePattern, "Write it like 10MB; the units are KB and MB."), false, "The greatest size."},
	}
}

const sizePattern = `^[1-9][0-9]{0,3}(KB|MB)$`

func lineKeys() []key {
	return []key{
		{"fields", fields(linePlace), true, "What a line holds."},
		{"min", between(0, maxLines), false, "The least number of lines."},
		{"max", between(1, maxLines), false, "The greatest number of lines, 500 when not given."},
		{"unique", list(uniqueRule(), 0, 10), false, "Fields in which no two lines of a record agree."},
		{"checks", list(keys(checkFormat(false)), 0, 20), false, "Rules that each line keeps; parent.x is the record's."},
	}
}

// maxLines is how many lines one record may have.
const maxLines = 1000

// maxScale is how many digits after the point a decimal may have.
const maxScale = 12

func sequenceKeys() []key {
	format := pattern("the format of a sequence", sequencePattern,
		"Write it like INV-{yyyy}-{####}: one run of # for the number; {yyyy}, {yy}, {mm}, {dd} for the day; {setting.x} for a setting.")
	format.max = number(80)
	return []key{
		{"format", format, true, "How numbers look: INV-{yyyy}-{####}."},
		{"per", name("the name of a field"), false, "Numbers run on their own for each value of this field."},
		{"reset", enum("a period", "yearly", "monthly", "daily", "never"), false, "When numbers begin at 1 again; never when not given."},
		{"draw", name("the name of an action"), false, "The action that draws the number; create when not given."},
		{"gapless", boolean(), false, "No number is ever missing."},
	}
}

// sequencePattern has one run of # in braces and any number of other parts.
const sequencePattern = `^([^{}#]|\{yyyy\}|\{yy\}|\{mm\}|\{dd\}|\{setting\.[a-z][a-z0-9_]{0,40}\})*` +
	`\{#{1,12}\}([^{}#]|\{yyyy\}|\{yy\}|\{mm\}|\{dd\}|\{setting\.[a-z][a-z0-9_]{0,40}\})*$`

// parameterFormat are the keys of a parameter that is the field of its name.
func parameterFormat() *object {
	return &object{
		noun: "a parameter",
		keys: []key{
			{"label", text(80), false, "What the form calls it; the field's label when not given."},
			{"help", text(500), false, "A sentence below the input."},
			{"placeholder", text(200), false, "Shown in the empty input."},
			{"section", text(80), false, "Groups parameters."},
			{"required", required(paramPlace), false, "Must be filled here, even if the field may be empty."},
		},
	}
}

func moneyFormat() *object {
	return &object{noun: "an amount of money", keys: []key{
		{"amount", minorUnits(), true, "In minor units: 1999 is 19.99."},
		{"currency", currencyCode(), false, "ISO 4217 code; the field's or the site's currency when not given."},
	}}
}

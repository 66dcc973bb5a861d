package manifest

import "slices"

// trait is something that fields of a kind may be or have.
type trait uint32

const (
	isBare       trait = 1 << iota // written as the kind's name alone
	canMany                        // `many`: a list of values
	canIndex                       // part of an index: the kind's comparisons are leakproof
	canUnique                      // part of a unique rule
	canSearch                      // part of the site's text search
	canSort                        // records are ordered by it
	canTitle                       // names a record
	hasLiteral                     // its values can be written down
	canDefault                     // has a default, written down or computed
	canDerive                      // is `set` or `computed`
	canEmpty                       // may be empty, so that `required` says something
	canSeal                        // `secret` or `personal: sensitive`: kept encrypted
	canTranslate                   // has a value in each language
	hasBounds                      // `min` and `max` speak of its values
	laterMany                      // `many` is part of the format, and not run yet
)

const (
	isValue  = isBare | hasLiteral | canDefault | canDerive | canEmpty // what most kinds are
	isColumn = canIndex | canUnique | canSort                          // one column that the database compares
)

// places says where, besides fields of records, a kind may stand.
type places uint8

const (
	inLines places = 1 << iota
	inParams
	inSettings
	inProperties

	inData = inLines | inParams | inSettings
	inAll  = inData | inProperties
)

// kindTable lists the kinds that this version runs, and what the format knows
// of each.
var kindTable = []struct {
	name   string
	traits trait
	places places
}{
	{KindText, isValue | isColumn | canMany | canSearch | canTitle | canSeal | canTranslate, inAll},
	{KindLongtext, isValue | canSearch | canTitle | canSeal | canTranslate, inAll},
	{KindRichtext, isValue | canSearch | canTranslate, inAll},
	{KindEmail, isValue | isColumn | canMany | canSearch | canTitle | canSeal, inAll},
	{KindPhone, isValue | isColumn | canMany | canSearch | canTitle | canSeal, inAll},
	{KindURL, isValue | isColumn | canMany | canSearch | canTitle | canSeal, inAll},
	{KindSlug, isValue | isColumn | canSearch | canTitle, inData},
	{KindColor, isValue | isColumn, inAll},
	{KindInteger, isValue | isColumn | laterMany | canTitle | hasBounds, inAll},
	{KindDecimal, isValue | isColumn | canTitle | hasBounds, inAll},
	{KindPercent, isValue | isColumn | hasBounds, inAll},
	{KindMoney, isValue | canIndex | canSort | hasBounds, inAll},
	{KindCurrency, isValue | isColumn, inAll},
	{KindBoolean, (isValue | isColumn) &^ canEmpty, inAll},
	{KindDate, isValue | isColumn | laterMany | canTitle | hasBounds, inAll},
	{KindDatetime, isValue | isColumn | canTitle | hasBounds, inAll},
	{KindTime, isValue | isColumn | canTitle | hasBounds, inAll},
	{KindDuration, isValue | isColumn | laterMany | hasBounds, inAll},
	{KindRecurrence, isValue, inData},
	{KindChoice, (isValue | isColumn | canMany | canTitle) &^ isBare, inAll},
	{KindTags, isBare | hasLiteral | canDefault | canEmpty, inParams},
	{KindCountry, isValue | isColumn | canMany | canTitle, inAll},
	{KindLanguage, isValue | isColumn | canMany | canTitle, inAll},
	{KindTimezone, isValue | isColumn | canTitle, inAll},
	{KindState, isColumn | canTitle, 0},
	{KindReference, canIndex | canUnique | canMany | canDefault | canDerive | canEmpty, inData},
	{KindMember, isBare | canIndex | canUnique | canMany | canDefault | canDerive | canEmpty, inData},
	{KindFile, isBare | laterMany | canEmpty, inLines | inParams},
	{KindImage, isBare | laterMany | canEmpty, inLines | inParams},
	{KindLocation, isBare | canDefault | canDerive | canEmpty, inData},
	{KindJSON, isBare | canDefault | canDerive | canEmpty, inData},
	{KindLines, canEmpty, inParams},
	{KindSequence, isColumn | canSearch | canTitle, 0},
	{KindRecord, isBare | canDefault | canDerive | canEmpty, inLines | inParams},
	{KindFilter, hasLiteral | canDefault | canEmpty, inData},
}

// Kinds lists the kinds of field that this version runs.
func Kinds() []string {
	names := make([]string, len(kindTable))
	for i, k := range kindTable {
		names[i] = k.name
	}
	return names
}

// laterKinds are kinds of the format that this version does not run.
func laterKinds() []string { return []string{KindPerson, KindConnection} }

// has says whether the kind has all the traits. One that is not known has none.
func has(kind string, t trait) bool {
	for _, k := range kindTable {
		if k.name == kind {
			return k.traits&t == t
		}
	}
	return false
}

// Indexable says whether fields of the kind may be part of an index. The
// database compares their columns without looking at rows of other sites first.
func Indexable(kind string) bool { return has(kind, canIndex) }

// Sortable says whether records may be ordered by fields of the kind.
func Sortable(kind string) bool { return has(kind, canSort) }

// place is where a field stands, which decides what it may say about itself.
type place int

const (
	recordPlace   place = iota
	linePlace           // of a line of a record
	paramPlace          // a parameter of an action
	answerPlace         // of an action's answer or an event's data
	settingPlace        // of the module
	propertyPlace       // of a block
)

func allPlaces() []place {
	return []place{recordPlace, linePlace, paramPlace, answerPlace, settingPlace, propertyPlace}
}

// noun is how messages call a field of the place.
func (p place) noun() string {
	return [...]string{"a field", "a field of lines", "a parameter", "a value", "a setting", "a property"}[p]
}

// kinds lists what a field of the place can be.
func (p place) kinds() []string {
	needed := [...]places{0, inLines, inParams, inParams, inSettings, inProperties}[p]
	var names []string
	for _, k := range kindTable {
		if k.places&needed == needed {
			names = append(names, k.name)
		}
	}
	return names
}

// takes says whether a field of the place may be of the kind.
func (p place) takes(kind string) bool { return slices.Contains(p.kinds(), kind) }

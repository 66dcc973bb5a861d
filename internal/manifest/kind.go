package manifest

// The kinds of field beyond the first six.
const (
	KindRichtext   = "richtext"
	KindEmail      = "email"
	KindPhone      = "phone"
	KindURL        = "url"
	KindSlug       = "slug"
	KindColor      = "color"
	KindDecimal    = "decimal"
	KindPercent    = "percent"
	KindCurrency   = "currency"
	KindBoolean    = "boolean"
	KindDatetime   = "datetime"
	KindTime       = "time"
	KindDuration   = "duration"
	KindRecurrence = "recurrence"
	KindChoice     = "choice"
	KindTags       = "tags"
	KindCountry    = "country"
	KindLanguage   = "language"
	KindTimezone   = "timezone"
	KindState      = "state"
	KindPerson     = "person"
	KindMember     = "member"
	KindFile       = "file"
	KindImage      = "image"
	KindLocation   = "location"
	KindJSON       = "json"
	KindLines      = "lines"
	KindSequence   = "sequence"
	KindRecord     = "record"
	KindFilter     = "filter"
	KindConnection = "connection"
)

// Typed reports whether values of the kind are texts in which a part can be
// looked for.
func Typed(kind string) bool {
	switch kind {
	case KindText, KindLongtext, KindSequence, KindEmail, KindPhone, KindURL, KindSlug:
		return true
	}
	return false
}

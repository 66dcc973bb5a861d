package expr

// Kind is the sort of a value in the tree.
type Kind int

// The kinds. The zero Kind is that of the empty value, which fits every kind.
// The comment says what a Literal and a Row hold for it.
const (
	None     Kind = iota // null
	Raw                  // text of a URL whose kind its field decides
	Text                 // string
	Integer              // int64
	Decimal              // exact number: canonical text in a Literal; in a Row an int64 scaled by the Type's Scale, or a *big.Rat
	Boolean              // bool
	Date                 // civil date as text, YYYY-MM-DD
	Instant              // RFC 3339 in UTC, at most microseconds, as text; in a Row also a time.Time
	UUID                 // lower-case canonical text; in a Row also anything with String()
	Percent              // int64 in millionths: 16 % is 160000
	Money                // money.Money; only 0 can be written as a literal
	Clock                // time of day as text, 15:04:05
	Duration             // int64 in milliseconds
	Months               // int64, calendar months; only in expressions
	JSON                 // JSON text in a Literal; the decoded value in a Row, numbers as json.Number
)

// String returns the kind in the words of an error message.
func (k Kind) String() string {
	return [...]string{
		"empty", "text", "text", "a whole number", "a number", "true or false",
		"a date (YYYY-MM-DD)", "an instant (RFC 3339)", "an id (UUID)",
		"a percent", "money", "a time (hh:mm)", "a duration", "a number of months", "JSON",
	}[k]
}

// Type is the kind of a value, or of the values of a list.
type Type struct {
	Kind  Kind
	List  bool // any number of values; []string in a Row
	Scale int  // of a Decimal that is stored: digits after the point
}

// String returns the type in the words of an error message.
func (t Type) String() string {
	if t.List {
		return "a list of " + [...]string{
			"nothing", "texts", "texts", "whole numbers", "numbers", "truths", "dates", "instants", "ids",
			"percents", "money", "times", "durations", "months", "JSON",
		}[t.Kind]
	}
	return t.Kind.String()
}

// same reports whether values of the two types can meet without conversion.
func (t Type) same(u Type) bool { return t.Kind == u.Kind && t.List == u.List }

// number reports whether the type is a plain number.
func (t Type) number() bool { return !t.List && (t.Kind == Integer || t.Kind == Decimal) }

// numeric reports whether values are numbers underneath: stored as bigint,
// computed as numeric.
func (t Type) numeric() bool {
	switch t.Kind {
	case Integer, Decimal, Percent, Money, Duration, Months:
		return !t.List
	}
	return false
}

// sqlType is the type to which a parameter of the kind is cast.
func (k Kind) sqlType() string {
	switch k {
	case Integer, Percent, Duration, Months, Money:
		return "bigint"
	case Decimal:
		return "numeric"
	case Boolean:
		return "boolean"
	case Date:
		return "date"
	case Instant:
		return "timestamptz"
	case Clock:
		return "time"
	case UUID:
		return "uuid"
	case JSON:
		return "jsonb"
	default:
		return "text"
	}
}

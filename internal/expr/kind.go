package expr

// Kind is the type of a value in the tree.
type Kind int

// The kinds. The zero Kind is that of the empty value, which fits every kind.
const (
	None    Kind = iota // null
	Raw                 // text of a URL whose kind its field decides
	Text                // Go string
	Integer             // int64
	Decimal             // exact decimal number, as canonical text
	Boolean             // bool
	Date                // civil date YYYY-MM-DD, as text
	Instant             // RFC 3339 in UTC, at most microseconds, as text
	UUID                // lower-case canonical text
)

// String returns the kind in the words of an error message.
func (k Kind) String() string {
	return [...]string{
		"empty", "text", "text", "a whole number", "a number", "true or false",
		"a date (YYYY-MM-DD)", "an instant (RFC 3339)", "an id (UUID)",
	}[k]
}

// sqlType is the type to which a parameter of the kind is cast.
func (k Kind) sqlType() string {
	switch k {
	case Integer:
		return "bigint"
	case Decimal:
		return "numeric"
	case Boolean:
		return "boolean"
	case Date:
		return "date"
	case Instant:
		return "timestamptz"
	case UUID:
		return "uuid"
	default:
		return "text"
	}
}

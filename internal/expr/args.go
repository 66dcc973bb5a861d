package expr

import (
	"strconv"
	"time"
)

// Args collects the parameters of one statement while its text is made.
type Args struct {
	Values []any // $1 is Values[0]
	// Now is the present in the site's zone, for now() and today(). A zone that
	// has no name of the IANA database cannot be used by day(), week(), month()
	// and year() of instants.
	Now time.Time

	aliases int
}

// Add appends a parameter and returns its placeholder: "$3".
func (a *Args) Add(value any) string {
	a.Values = append(a.Values, value)
	return "$" + strconv.Itoa(len(a.Values))
}

// Alias returns a name for a table that no other has in the statement.
func (a *Args) Alias() string {
	a.aliases++
	return "r" + strconv.Itoa(a.aliases)
}

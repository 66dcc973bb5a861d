package expr

import "strconv"

// Args collects the parameters of one statement while its text is made.
type Args struct {
	Values []any  // $1 is Values[0]
	Today  string // the date that today() stands for, YYYY-MM-DD
}

// Add appends a parameter and returns its placeholder: "$3".
func (a *Args) Add(value any) string {
	a.Values = append(a.Values, value)
	return "$" + strconv.Itoa(len(a.Values))
}

package screen

// Failure is the page for what went wrong on our side.
type Failure struct {
	Request string // id to quote to support
	Home    string // a way out
}

// Dead is the page for what is not there, or not for this person. Both say the
// same about another tenant's things: nothing.
type Dead struct {
	Home string // a way out
}

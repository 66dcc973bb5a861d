package screen

// Passkey is a form that the browser completes with a passkey. Without its script
// there is no such thing, and the form is not shown.
type Passkey struct {
	Action string
	Submit string // label of the button
	// Options are the question for the browser, as JSON; empty: it is asked for at
	// Ask when the button is pressed.
	Options, Ask string
	Create       bool // a new passkey is made; otherwise one of those that are there is used
	Primary      bool // nothing else on the page does the same
	Hidden       []Hidden
	Fields       []DoorField
}

func (p Passkey) mode() string {
	if p.Create {
		return "create"
	}
	return "get"
}

package screen

import (
	"time"

	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// Outbox is what was written to people in an agency's name.
type Outbox struct {
	Leaves bool // a server takes it
	Shown  bool // what the messages say is shown
	Lines  []OutboxLine
	// More is the URL of older messages, First of the newest; empty: there are
	// none, it is the page.
	More, First string
}

// OutboxLine is one message.
type OutboxLine struct {
	ID      string
	To      string
	Subject string
	State   string // "kept", "waiting", "sent", "refused" or "failed"
	At      time.Time
	Error   string // what the server said; empty: nothing
	Text    string // what it says; empty: not shown
	Link    string // where it leads; empty: nowhere, or not shown
}

// tone is how a state is coloured.
func (l OutboxLine) tone() ui.Tone {
	switch l.State {
	case "sent":
		return ui.Success
	case "refused", "failed":
		return ui.Bad
	}
	return ui.Neutral
}

package screen

import "time"

// Bell is how the frame shows that there are notifications.
type Bell struct {
	URL    string // of the list
	Unread int
}

// Notices is what somebody was told of, the newest first.
type Notices struct {
	Settings string // URL of what one wants to be told of
	Action   string // where reading is posted
	Unread   bool   // something on the page is not read
	Lines    []NoticeLine
	// More is the URL of older ones, First of the newest; empty: there are none,
	// it is the page.
	More, First string
}

// NoticeLine is one notification.
type NoticeLine struct {
	ID     string
	Text   string
	Place  string // the site and the agency
	Times  int
	At     time.Time
	Unread bool
}

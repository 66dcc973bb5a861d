package screen

import "github.com/dramac-main/dramac-cms/internal/i18n"

// Failure is the page for what went wrong on our side.
type Failure struct {
	Request string // id to quote to support
	Home    string // a way out
	Public  bool   // on a site, to a visitor
}

// Dead is the page for what is not there, or not for this person. Both say the
// same about another tenant's things: nothing.
type Dead struct {
	Home   string // a way out
	Public bool   // on a site, to a visitor
}

// wayOut is what the way out is called, for people of the app or for visitors.
func wayOut(p *i18n.Printer, public bool) string {
	if public {
		return p.T("dead.front")
	}
	return p.T("dead.home")
}

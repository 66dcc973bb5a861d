package screen

import (
	"strings"
	"time"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// Audit is a page of an audit log.
type Audit struct {
	Text   string // under the title
	Base   string // where the filter posts to
	Hidden []ui.Hidden
	Filter []SheetField
	// Filtered is whether something is left out; Clear is the way back to all.
	Filtered bool
	Clear    string
	Lines    []AuditLine
	Places   bool // whether lines are about several sites
	// Next is the URL of older lines, Previous of the newest; empty: there are none.
	Next, Previous string
	Export         string // URL of all that the filter finds, as CSV; empty: not offered
	Keep           string // URL of how long it is kept; empty: not allowed
}

// AuditLine is one entry.
type AuditLine struct {
	ID      string
	At      time.Time
	Times   int64  // how often it was refused
	Action  string // its words are below "activity.action."
	Actor   string // empty: the platform
	Through string // who acted as the actor; empty: nobody else
	Subject string
	Where   string // client and site; empty: the agency
	Refused bool
	Changes []AuditChange
	Facts   []AuditFact // what else is known: request, address
}

// AuditChange is one value before and after; empty: it was or is none.
type AuditChange struct {
	Name, Before, After string
}

// AuditFact is a name and a value.
type AuditFact struct {
	Label, Value string
}

// heads are the columns.
func (v Audit) heads(p *i18n.Printer) []ui.TableHead {
	heads := []ui.TableHead{{Label: p.T("audit.what")}}
	if v.Places {
		heads = append(heads, ui.TableHead{Label: p.T("audit.where")})
	}
	return append(heads, ui.TableHead{Label: p.T("audit.result")}, ui.TableHead{Label: p.T("audit.when")})
}

func (l AuditLine) entry() Entry { return Entry{Action: l.Action, Actor: l.Actor} }

// refusals says that it was refused, and how often.
func (l AuditLine) refusals(p *i18n.Printer) string {
	if l.Times < 2 {
		return p.T("audit.result.refused")
	}
	return p.T("audit.times", "times", p.Number(l.Times))
}

// detailed reports whether there is more to show than the line itself.
func (l AuditLine) detailed() bool { return len(l.Changes) > 0 || len(l.Facts) > 0 }

// ofItself reports whether the subject is whoever acted, which has been said.
func (l AuditLine) ofItself() bool {
	return l.Actor != "" && strings.HasPrefix(l.Subject, l.Actor+" <")
}

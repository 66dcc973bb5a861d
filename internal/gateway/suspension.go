package gateway

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
)

// codeSuspended is the code of what is refused because an agency is suspended.
const codeSuspended = "agency_suspended"

// retryAfter is when, in seconds, to come again to what is not available.
func retryAfter(code string) string {
	if code == codeSuspended {
		return "3600"
	}
	return "2"
}

// suspended is how everything of a suspended agency is refused: to visitors and
// programs on the hosts of its sites as not available, so that search engines
// keep what they know, elsewhere as denied. Its owners are told why.
func (c *call) suspended(agency uuid.UUID) error {
	if c.onSite {
		return refuse(http.StatusServiceUnavailable, codeSuspended, "This site is not available at the moment.", "")
	}
	hint := "Its owners know why, and the people who run the platform."
	if c.actor.Owns(agency) {
		t, err := tenancy.FindTenant(c.ctx, c.DB.Pool(), agency)
		if err != nil {
			return err
		}
		hint = t.Reason
	}
	return refuse(http.StatusForbidden, codeSuspended, "This agency is suspended.", hint)
}

// suspensions tell the person which of its agencies are suspended, and an owner why.
func (c *call) suspensions() ([]screen.AgencyNotice, error) {
	var list []screen.AgencyNotice
	for _, agency := range c.actor.Agencies() {
		if !c.actor.SuspendedIn(agency) {
			continue
		}
		t, err := tenancy.FindTenant(c.ctx, c.DB.Pool(), agency)
		if err != nil {
			return nil, err
		}
		n := screen.AgencyNotice{Title: c.words.T("suspended.title", "name", t.Name), Text: c.words.T("suspended.text")}
		if c.actor.Owns(agency) {
			n.Text = c.words.T("suspended.why", "reason", t.Reason)
		}
		list = append(list, n)
	}
	return list, nil
}

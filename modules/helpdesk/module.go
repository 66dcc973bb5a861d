// Package helpdesk is the tickets of a site's customers: it is the model of a
// module with code, and uses each power that code has once.
//
// Most of it is declared. The code fills in until when a ticket must be looked
// at (before_save), merges two tickets, makes one of a mail that was saved as a
// file, escalates what is overdue, by hand and on a schedule, shows an agent's deadlines to their calendar, and takes
// tickets that another system sends.
package helpdesk

import (
	"embed"

	"github.com/dramac-main/dramac-cms/sdk"
)

//go:embed module.yaml collections
var files embed.FS

// Module ties the code to the names in the manifest.
func Module() sdk.Module {
	return sdk.Module{Files: files, Handlers: map[string]sdk.Handler{
		"ticket.before_save": sdk.Hook(promise),
		"ticket.combine":     sdk.Action(combine),
		"agent.before_save":  sdk.Hook(giveFeed),
		"escalate_overdue":   sdk.Action(escalateOverdue),
		"file_mail":          sdk.Action(fileMail),
		"busiest":            sdk.Action(busiest),
		"job.escalate":       sdk.Job(escalate),
		"endpoint.calendar":  sdk.Endpoint(calendar),
		"endpoint.inbound":   sdk.Endpoint(inbound),
		"install":            sdk.Life(welcome),
	}}
}

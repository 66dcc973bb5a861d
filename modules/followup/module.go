// Package followup asks customers again some days after their ticket was solved.
// It stands on the contract "tickets", whoever offers it: it reads a ticket's
// title, hears when one is solved and reopens one that was not.
package followup

import (
	"embed"

	"github.com/dramac-main/dramac-cms/sdk"
)

//go:embed module.yaml collections
var files embed.FS

// Module ties the code to the names in the manifest.
func Module() sdk.Module {
	return sdk.Module{Files: files, Handlers: map[string]sdk.Handler{
		"checkup.complain":         sdk.Action(complain),
		"on.tickets.ticket.solved": sdk.On(plan),
	}}
}

package helpdesk

import (
	"strings"

	"github.com/dramac-main/dramac-cms/sdk"
)

// Agent is somebody who answers tickets.
type Agent struct {
	ID    string  `json:"id,omitempty"`
	Name  string  `json:"name"`
	Email *string `json:"email"`
	Feed  *string `json:"feed"`
}

// giveFeed gives a new agent the secret part of the address of their calendar.
func giveFeed(c *sdk.Call, a, _ *Agent) error {
	if a.Feed == nil {
		feed := strings.ReplaceAll(c.NewID(), "-", "")
		a.Feed = &feed
	}
	return nil
}

// welcome is the step of installing: a site begins with one agent, so that the
// first ticket can be taken. One that comes back has its own.
func welcome(c *sdk.Call, _ sdk.Change) error {
	agents := c.Records("agent")
	if n, err := agents.Count(sdk.Query{}); err != nil || n > 0 {
		return err
	}
	_, err := agents.Create(Agent{Name: "Front desk"})
	return err
}

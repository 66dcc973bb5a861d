package gateway

import (
	"net/http"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// rpcVerb asks for the module's own action that the path names.
const rpcVerb = "{rpc}"

// findRPC resolves an action of the running module and asks for its grant. What
// only timers and code run does not exist for callers.
func (c *call) findRPC() error {
	action, ok := c.running.release.Module.Action(c.path("action"))
	if !ok || action.Internal {
		return errs.Missing()
	}
	c.running.action = action
	if !c.running.grants.Can("", action.Name) {
		return denied()
	}
	if c.request.Method != http.MethodPost && !action.Reads {
		return notTaken(http.MethodPost)
	}
	return nil
}

// runRPC is POST /api/modules/{module}/rpc/{action}, and GET for an action that
// only reads, as PostgREST has functions: parameters in the body as a JSON
// object, or in the address. Nothing to answer is 204.
func runRPC(c *call) (answer, error) {
	action := c.running.action
	actions, err := c.actions(action.Name)
	if err != nil {
		return answer{}, err
	}
	if err := c.countRPC(); err != nil {
		return answer{}, err
	}
	values, err := c.rpcValues(actions)
	if err != nil {
		return answer{}, err
	}
	out, err := actions.Run(c.ctx, action, values)
	if err != nil {
		return answer{}, err
	}
	if string(out) == "null" {
		return answer{status: http.StatusNoContent}, nil
	}
	return jsonBody(http.StatusOK, out), nil
}

func (c *call) rpcValues(actions collection.Actions) (collection.Values, error) {
	if c.request.Method == http.MethodGet || c.request.Method == http.MethodHead {
		return actions.DecodeQuery(c.running.action, c.query())
	}
	if isForm(c.request) {
		return nil, refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "Send JSON.", "Content-Type: application/json")
	}
	body, err := c.readText()
	if err != nil {
		return nil, err
	}
	return actions.Decode(c.running.action, body)
}

// countRPC counts the use once for all attempts of a request.
func (c *call) countRPC() error {
	at, declared := declaredRate(c.running.action.Limit)
	if !declared && c.actor.Trusted() {
		return nil
	}
	if !declared {
		at = visitorAction
	}
	return c.countOnce(at, "rpc "+c.running.action.Name)
}

// countOnce counts a use of something of the module by one actor or address,
// once for all attempts of a request.
func (c *call) countOnce(at rate, what string) error {
	who := c.subnet()
	if c.actor.Trusted() {
		who = c.actor.ID().UUID.String()
	}
	return c.attempt.use.once(func() error {
		return c.limits.take(c.writer, c.request, at, c.site.ID.String()+" "+c.running.Name+" "+what+" "+who)
	})
}

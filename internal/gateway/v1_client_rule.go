package gateway

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dramac-main/dramac-cms/internal/access"
)

// clientRuleBody is a rule of a client as the API shows and takes it.
type clientRuleBody struct {
	Site  string   `json:"site,omitempty" format:"uuid" doc:"The site that it is about; all of the client's without it."`
	Allow []string `json:"allow" doc:"What people of the client may do beside their roles."`
	Deny  []string `json:"deny" doc:"What none of them may do, whatever their roles give."`
}

func describeClientRule(r access.ClientRule) clientRuleBody {
	body := clientRuleBody{Allow: r.Allow, Deny: r.Deny}
	if r.Site.Valid {
		body.Site = r.Site.UUID.String()
	}
	return body
}

type clientRulesOutput struct{ Body []clientRuleBody }

type setClientRuleInput struct {
	ClientInput
	Body clientRuleBody
}

type clientRuleOutput struct{ Body clientRuleBody }

// addClientRuleOperations declares the operations on the rules of clients.
func addClientRuleOperations(p *platformAPI) {
	operation(p, access.MemberRead, huma.Operation{
		OperationID: "listClientRules", Method: http.MethodGet, Path: "/api/v1/clients/{client}/rules",
		Summary: "List what a client's people may do beside their roles, and what they may not", Tags: []string{"Clients"},
	}, listClientRules)
	operation(p, access.MemberManage, huma.Operation{
		OperationID: "setClientRule", Method: http.MethodPut, Path: "/api/v1/clients/{client}/rules",
		Summary: "Set what a client's people may do, on all sites or on one", Tags: []string{"Clients"},
		Description: "What is said of one site holds there in the place of the same thing said of all. Empty lists remove the rule. 403 beyond_own if it would give what the caller has not.",
	}, setClientRule)
}

func listClientRules(c *call, _ *ClientInput) (*clientRulesOutput, error) {
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	rules, err := access.ListClientRules(c.ctx, c.DB.Pool(), c.agency(), client.ID)
	out := &clientRulesOutput{Body: []clientRuleBody{}}
	for _, r := range rules {
		out.Body = append(out.Body, describeClientRule(r))
	}
	return out, err
}

func setClientRule(c *call, in *setClientRuleInput) (*clientRuleOutput, error) {
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	site, err := ruledSite(in.Body.Site)
	if err != nil {
		return nil, err
	}
	rule, err := c.setClientRule(client, access.ClientRule{Site: site, Allow: in.Body.Allow, Deny: in.Body.Deny})
	return &clientRuleOutput{Body: describeClientRule(rule)}, err
}

package gateway

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dramac-main/dramac-cms/internal/access"
)

type keyBody struct {
	ID            string     `json:"id" format:"uuid"`
	Name          string     `json:"name"`
	Prefix        string     `json:"prefix" doc:"How its token begins." example:"dmc_live_4f1c09ab"`
	State         string     `json:"state" enum:"good,expired,revoked"`
	Grants        []string   `json:"grants"`
	Publishes     bool       `json:"publishes" doc:"Whether it may upload packages for the agency."`
	Addresses     []string   `json:"addresses" doc:"From where it may be used; none: from everywhere."`
	PerMinute     *int       `json:"per_minute" doc:"Requests a minute; null: no limit."`
	PerDay        *int       `json:"per_day" doc:"Requests a day (UTC); null: no limit."`
	CreatedAt     time.Time  `json:"created_at"`
	CreatedBy     string     `json:"created_by"`
	ExpiresAt     *time.Time `json:"expires_at"`
	RevokedAt     *time.Time `json:"revoked_at"`
	RotatedAt     *time.Time `json:"rotated_at"`
	PreviousUntil *time.Time `json:"previous_until" doc:"Until when the token before is good."`
	LastUsedAt    *time.Time `json:"last_used_at" doc:"To within a minute."`
	LastAddress   string     `json:"last_address"`
}

// keyState is where a key stands.
func keyState(k access.Key, now time.Time) string {
	switch {
	case k.RevokedAt != nil:
		return "revoked"
	case !k.Live(now):
		return "expired"
	}
	return "good"
}

func describeKey(l access.KeyLine, now time.Time) keyBody {
	body := keyBody{
		ID: l.ID.String(), Name: l.Name, Prefix: l.Prefix, State: keyState(l.Key, now), Grants: l.Grants, Publishes: l.Publishes, Addresses: []string{},
		PerMinute: l.PerMinute, PerDay: l.PerDay, CreatedAt: l.CreatedAt, CreatedBy: l.CreatedBy, ExpiresAt: l.ExpiresAt, RevokedAt: l.RevokedAt,
		RotatedAt: l.RotatedAt, PreviousUntil: l.PreviousUntil, LastUsedAt: l.LastUsedAt, LastAddress: l.LastAddress,
	}
	for _, p := range l.Addresses {
		body.Addresses = append(body.Addresses, p.String())
	}
	return body
}

type keysOutput struct{ Body []keyBody }

type tokenOutput struct {
	Body struct {
		ID     string `json:"id" format:"uuid"`
		Prefix string `json:"prefix"`
		Token  string `json:"token" doc:"The key itself. It is told this once and never again."`
	}
}

func tokenOf(k access.Key, token string) *tokenOutput {
	out := &tokenOutput{}
	out.Body.ID, out.Body.Prefix, out.Body.Token = k.ID.String(), k.Prefix, token
	return out
}

// addKeyOperations declares the operations on API keys.
func addKeyOperations(p *platformAPI) {
	personal := map[string]any{forPersons: true}
	operation(p, access.KeyManage, huma.Operation{
		OperationID: "listKeys", Method: http.MethodGet, Path: "/api/v1/sites/{site}/keys",
		Summary: "List the API keys of a site", Tags: []string{"Keys"}, Description: "Of a token only its beginning is told.",
	}, listKeys)
	operation(p, access.KeyManage, huma.Operation{
		OperationID: "createKey", Method: http.MethodPost, Path: "/api/v1/sites/{site}/keys",
		Summary: "Make an API key", Tags: []string{"Keys"}, DefaultStatus: http.StatusCreated, Metadata: personal,
		Description: "The answer has the key itself, this once. 403 beyond_own if it would give what the caller has not.",
	}, createKey)
	operation(p, access.KeyManage, huma.Operation{
		OperationID: "rotateKey", Method: http.MethodPost, Path: "/api/v1/sites/{site}/keys/{key}/rotate",
		Summary: "Replace the token of an API key", Tags: []string{"Keys"}, Metadata: personal,
		Description: "The token before is good for the overlap, and none before it.",
	}, rotateKey)
	operation(p, access.KeyManage, huma.Operation{
		OperationID: "revokeKey", Method: http.MethodPost, Path: "/api/v1/sites/{site}/keys/{key}/revoke",
		Summary: "Revoke an API key", Tags: []string{"Keys"}, DefaultStatus: http.StatusNoContent, Description: "It holds in every process at once.",
	}, revokeKey)
}

func listKeys(c *call, _ *siteInput) (*keysOutput, error) {
	found, err := access.ListKeys(c.ctx, c.DB.Pool(), c.site.ID)
	out := &keysOutput{Body: []keyBody{}}
	for _, l := range found {
		out.Body = append(out.Body, describeKey(l, c.Now()))
	}
	return out, err
}

type createKeyInput struct {
	Site string `path:"site" format:"uuid" doc:"The site's id."`
	Body struct {
		Name      string     `json:"name" doc:"1 to 60 characters."`
		Grants    []string   `json:"grants" doc:"Permissions of the platform on the site, and grants in modules; * is all of them." example:"[\"crm.deal.read\",\"crm.*.read\"]"`
		Publishes bool       `json:"publishes,omitempty" doc:"May upload packages for the agency."`
		Addresses []string   `json:"addresses,omitempty" doc:"Networks and addresses that it may be used from; none: everywhere." example:"[\"192.0.2.0/24\",\"2001:db8::/32\"]"`
		PerMinute *int       `json:"per_minute,omitempty" doc:"Requests a minute."`
		PerDay    *int       `json:"per_day,omitempty" doc:"Requests a day (UTC)."`
		ExpiresAt *time.Time `json:"expires_at,omitempty"`
	}
}

func createKey(c *call, in *createKeyInput) (*tokenOutput, error) {
	addresses, err := access.ParseAddresses(in.Body.Addresses)
	if err != nil {
		return nil, err
	}
	key, token, err := c.addKey(access.Key{
		Name: in.Body.Name, Grants: in.Body.Grants, Publishes: in.Body.Publishes, Addresses: addresses,
		PerMinute: in.Body.PerMinute, PerDay: in.Body.PerDay, ExpiresAt: in.Body.ExpiresAt,
	})
	return tokenOf(key, token), err
}

type rotateKeyInput struct {
	Site string `path:"site" format:"uuid" doc:"The site's id."`
	Key  string `path:"key" doc:"The key's id."`
	Body struct {
		OverlapHours int `json:"overlap_hours" doc:"For how long the token before stays good, 0 to 720." example:"24"`
	}
}

func rotateKey(c *call, in *rotateKeyInput) (*tokenOutput, error) {
	key, token, err := c.rotateKey(time.Duration(in.Body.OverlapHours) * time.Hour)
	return tokenOf(key, token), err
}

type keyInput struct {
	Site string `path:"site" format:"uuid" doc:"The site's id."`
	Key  string `path:"key" doc:"The key's id."`
}

func revokeKey(c *call, _ *keyInput) (*struct{}, error) {
	_, err := c.revokeKey()
	return nil, err
}

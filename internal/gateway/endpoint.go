package gateway

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"mime"
	"net/http"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// endpointVerb marks the routes that modules' own endpoints are below. Which of
// them is meant, and whom it lets in, its manifest says.
const endpointVerb = "{endpoint}"

// isEndpoint reports whether a path lies below a module's own endpoints.
func isEndpoint(path string) bool {
	rest, ok := strings.CutPrefix(path, "/api/modules/")
	_, below, cut := strings.Cut(rest, "/")
	return ok && cut && strings.HasPrefix(below, "x/")
}

// findEndpoint resolves the endpoint of the running module and asks whether the
// caller is let in. A visitor is told the same for every refusal.
func (c *call) findEndpoint() error {
	method := c.request.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for i := range c.running.release.Manifest.Endpoints {
		e := &c.running.release.Manifest.Endpoints[i]
		if e.Method != method {
			continue
		}
		if values, ok := e.Match("/" + c.path("rest")); ok {
			c.running.endpoint, c.running.wildcards = e, values
			return c.admit(e)
		}
	}
	return errs.Missing()
}

// admit asks what the endpoint asks of its callers.
func (c *call) admit(e *manifest.Endpoint) error {
	kind, any := c.actor.Kind(), c.running.grants.Any()
	switch {
	case e.Auth == "none":
		return nil
	case !c.actor.Known():
		return errNoCredential
	case e.Auth == "key" && kind == access.Program && any, e.Auth == "member" && kind == access.Person && any:
		return nil
	}
	return denied()
}

// runEndpoint answers with what the module's handler answers.
func runEndpoint(c *call) (answer, error) {
	e := c.running.endpoint
	body, err := readAll(c.request)
	if err != nil {
		return answer{}, err
	}
	if err := c.countEndpoint(e); err != nil {
		return answer{}, err
	}
	if err := c.verify(e, body); err != nil {
		return answer{}, err
	}
	in, err := json.Marshal(sdk.Request{
		Method: c.request.Method, Path: c.running.wildcards, Query: c.query(), Header: c.plainHeaders(), Body: body,
	})
	if err != nil {
		return answer{}, err
	}
	code := c.running.release.Module.Code()
	if code == nil {
		return answer{}, fmt.Errorf("the endpoint %s has no handler", e.Name)
	}
	out, err := code.Run(c.ctx, collection.Run{Name: "endpoint." + e.Name, Input: in, For: c.acting()})
	if err != nil {
		return answer{}, err
	}
	return endpointAnswer(out)
}

// countEndpoint counts the use once for all attempts of a request; without a
// declared limit those of visitors have the usual one.
func (c *call) countEndpoint(e *manifest.Endpoint) error {
	at, declared := declaredRate(e.Limit)
	if !declared && c.actor.Trusted() {
		return nil
	}
	if !declared {
		at = visitorAttempt
	}
	return c.countOnce(at, "x "+e.Name)
}

// verify asks a sender without an account for its proof: the body's HMAC, or a
// secret, in a header. Without the secret being set nobody has a proof.
func (c *call) verify(e *manifest.Endpoint, body []byte) error {
	if e.Verify == nil {
		return nil
	}
	raw, err := c.Modules.Secret(c.running.Installation, e.Verify.Setting)
	if errs.KindOf(err) == errs.NotFound {
		return errNoCredential
	}
	if err != nil {
		return err
	}
	var secret string
	if err := json.Unmarshal(raw, &secret); err != nil {
		return fmt.Errorf("the secret of the endpoint %s: %w", e.Name, err)
	}
	if !proves(e.Verify.HMAC, c.request.Header.Get(e.Verify.Header), secret, body) {
		return errNoCredential
	}
	return nil
}

// proves compares in a time that does not depend on how much is right.
func proves(algorithm, given, secret string, body []byte) bool {
	sums := map[string]func() hash.Hash{"sha256": sha256.New, "sha512": sha512.New}
	if algorithm == "" {
		return secret != "" && subtle.ConstantTimeCompare([]byte(given), []byte(secret)) == 1
	}
	sum, ok := sums[algorithm]
	if !ok || secret == "" {
		return false
	}
	mac := hmac.New(sum, []byte(secret))
	mac.Write(body)
	sent, err := hex.DecodeString(strings.TrimPrefix(strings.TrimSpace(given), algorithm+"="))
	return err == nil && hmac.Equal(sent, mac.Sum(nil))
}

// plainHeaders are the request's headers without credentials.
func (c *call) plainHeaders() map[string]string {
	plain := map[string]string{}
	for name, values := range c.request.Header {
		switch name {
		case "Authorization", "Cookie", "Proxy-Authorization":
		default:
			plain[strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}
	return plain
}

// endpointAnswer checks what a handler answers. It is data for programs: no
// page of it runs in a browser, wherever the address is opened.
func endpointAnswer(out json.RawMessage) (answer, error) {
	var said sdk.Response
	if err := json.Unmarshal(out, &said); err != nil {
		return answer{}, fmt.Errorf("an endpoint's answer: %w", err)
	}
	if said.Status == 0 {
		if said.Status = http.StatusOK; len(said.Body) == 0 {
			said.Status = http.StatusNoContent
		}
	}
	if said.Status < 200 || said.Status >= 300 && said.Status < 400 || said.Status >= 500 {
		return answer{}, fmt.Errorf("an endpoint answers with the status %d", said.Status)
	}
	a := answer{status: said.Status, body: said.Body, header: http.Header{"Content-Security-Policy": {"default-src 'none'; sandbox"}}}
	kind, params, err := mime.ParseMediaType(said.ContentType)
	if err != nil || kind == "text/html" || kind == "application/xhtml+xml" || strings.HasSuffix(kind, "+xml") || strings.HasSuffix(kind, "/xml") {
		kind, params = "text/plain", map[string]string{"charset": "utf-8"}
	}
	a.header.Set("Content-Type", mime.FormatMediaType(kind, params))
	if said.Filename != "" {
		if header := mime.FormatMediaType("attachment", map[string]string{"filename": said.Filename}); header != "" {
			a.header.Set("Content-Disposition", header)
		}
	}
	return a, nil
}

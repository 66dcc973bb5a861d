package testkit

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

// CheckAnswers holds every answer of the data API from now on against the
// OpenAPI document that its caller is given: the address, the status, the media
// type and each value. A document is read again before an answer is called
// wrong, because modules and rights change on the way.
func (p *Platform) CheckAnswers() {
	p.contract = &contract{known: map[string]description{}}
}

// contract remembers the documents of callers.
type contract struct {
	mu    sync.Mutex
	known map[string]description
}

// description is what a caller is told of a module. Where nothing is selected,
// records are held against their own schema and nothing else.
type description struct {
	loose, strict *openapi3.T
}

// check complains about an answer that its document does not describe.
func (p *Platform) check(a Actor, r *http.Request, target string, got Response) {
	p.Helper()
	address, err := url.Parse(target)
	if err != nil {
		return
	}
	module, rest, ok := strings.Cut(strings.TrimPrefix(address.Path, "/api/modules/"), "/")
	if !ok || !strings.HasPrefix(address.Path, "/api/modules/") || rest == "openapi.json" || r.Method == http.MethodHead {
		return
	}
	if got.Status == http.StatusTemporaryRedirect && path.Clean(address.Path) != address.Path {
		return // dots in an address are tidied away before anything is asked of it
	}
	key := strings.Join([]string{a.token, address.Host, r.Header.Get("Dramac-Site"), module}, " ")
	p.contract.mu.Lock()
	defer p.contract.mu.Unlock()
	known, read := p.contract.known[key]
	if read {
		if known.complaint(r.Method, address, got) == "" {
			return
		}
	}
	if !read && got.Status >= http.StatusBadRequest {
		return // a refusal asks for no document that nobody has asked for
	}
	fresh, ok := p.describe(a, r, address, module)
	if !ok {
		return // who is told nothing has no document
	}
	p.contract.known[key] = fresh
	if wrong := fresh.complaint(r.Method, address, got); wrong != "" {
		p.Errorf("%s %s is answered %d, and the document says otherwise: %s\n%.500s", r.Method, address.RequestURI(), got.Status, wrong, got.Body)
	}
}

// describe reads the caller's document of a module.
func (p *Platform) describe(a Actor, r *http.Request, address *url.URL, module string) (description, bool) {
	p.Helper()
	asked := *p
	asked.contract = nil
	text := asked.Send(a, Request{
		Method: http.MethodGet, URL: address.Scheme + "://" + address.Host + "/api/modules/" + module + "/openapi.json",
		Headers: []Header{{"Dramac-Site", r.Header.Get("Dramac-Site")}},
	})
	if text.Status != http.StatusOK {
		return description{}, false
	}
	var d description
	for _, one := range []struct {
		into   **openapi3.T
		strict bool
	}{{&d.loose, false}, {&d.strict, true}} {
		body := []byte(text.Body)
		if one.strict {
			body = withoutSelected(body)
		}
		document, err := openapi3.NewLoader().LoadFromData(body)
		if err == nil {
			err = document.Validate(p.Context())
		}
		if err != nil {
			p.Fatalf("the document of %s is not valid: %v", module, err)
		}
		*one.into = document
	}
	return d, true
}

// withoutSelected lets nothing be what a select asks for.
func withoutSelected(document []byte) []byte {
	var all map[string]any
	if json.Unmarshal(document, &all) != nil {
		return document
	}
	schemas, _ := all["components"].(map[string]any)["schemas"].(map[string]any)
	schemas["selected"] = map[string]any{"not": map[string]any{}}
	changed, err := json.Marshal(all)
	if err != nil {
		return document
	}
	return changed
}

// operationAt finds the operation of an address: the one that names most of its
// parts itself.
func operationAt(document *openapi3.T, method, address string) *openapi3.Operation {
	parts := strings.Split(address, "/")
	var found *openapi3.Operation
	most := -1
	for path, item := range document.Paths.Map() {
		wanted := strings.Split(path, "/")
		operation := item.GetOperation(method)
		if operation == nil || len(wanted) != len(parts) {
			continue
		}
		named := 0
		for i := range wanted {
			switch {
			case wanted[i] == parts[i]:
				named++
			case !fits(wanted[i], parts[i]):
				named = -len(wanted) - 1
			}
		}
		if named > most {
			found, most = operation, named
		}
	}
	return found
}

// fits says whether a part of an address is one of a path that holds a wildcard:
// "{id}", or "{feed}.ics".
func fits(wanted, part string) bool {
	before, rest, open := strings.Cut(wanted, "{")
	_, after, closed := strings.Cut(rest, "}")
	return open && closed && len(part) > len(before)+len(after) && strings.HasPrefix(part, before) && strings.HasSuffix(part, after)
}

// complaint says what of an answer the document does not describe.
func (d description) complaint(method string, address *url.URL, got Response) string {
	document := d.strict
	if address.Query().Has("select") {
		document = d.loose
	}
	operation := operationAt(document, method, address.Path)
	if operation == nil {
		if got.Status >= http.StatusBadRequest {
			return "" // what is not described is refused
		}
		return "the address is not there"
	}
	answer := operation.Responses.Status(got.Status)
	if answer == nil {
		if answer = operation.Responses.Default(); got.Status < http.StatusBadRequest || answer == nil {
			return "the status is not there"
		}
	}
	if got.Body == "" {
		return ""
	}
	kind := got.Header.Get("Content-Type")
	content := answer.Value.Content.Get(kind)
	if content == nil {
		return "the media type " + kind + " is not there"
	}
	if !strings.Contains(kind, "json") || strings.Contains(kind, "nulls=stripped") {
		return ""
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader([]byte(got.Body)))
	if err := decoder.Decode(&value); err != nil {
		return err.Error()
	}
	if err := content.Schema.Value.VisitJSON(value, openapi3.VisitAsResponse()); err != nil {
		return err.Error()
	}
	return ""
}

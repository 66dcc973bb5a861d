package sdk

import (
	"encoding/json"
	"net/url"
)

// Request is what came to an endpoint of the module.
type Request struct {
	Method string `json:"method"`
	// Path holds the values of the path's wildcards by name.
	Path map[string]string `json:"path"`
	// Query is the part of the address after "?".
	Query url.Values `json:"query"`
	// Header holds the headers by lower-case name; of one that was sent several
	// times the values are joined by ", ". Credentials are not among them.
	Header map[string]string `json:"header"`
	// Body is what was sent, at most 1 MB.
	Body []byte `json:"body"`
}

// Response is what an endpoint answers. The zero Response is 204 without body.
type Response struct {
	// Status is an HTTP status; zero is 200, or 204 without a body.
	Status int `json:"status,omitempty"`
	// ContentType is the media type of the body; "text/plain; charset=utf-8" when
	// empty. Pages of HTML are answered as text: an endpoint is no website.
	ContentType string `json:"content_type,omitempty"`
	// Filename makes browsers save the body under that name.
	Filename string `json:"filename,omitempty"`
	Body     []byte `json:"body,omitempty"`
}

// Text answers a text of a media type.
func Text(contentType, text string) Response {
	return Response{ContentType: contentType, Body: []byte(text)}
}

// JSON answers a value as JSON.
func JSON(value any) (Response, error) {
	body, err := json.Marshal(value)
	return Response{ContentType: "application/json", Body: body}, err
}

// Endpoint makes the handler of an endpoint: raw HTTP for what is not an
// action, a feed or another's webhook. It answers below
// /api/modules/{module}/x/ on the manifest's path and method, to those whom
// the manifest's auth lets in, within its limit.
//
// It runs outside of a transaction, like a job, with the module's own rights:
// it shows what it answers, so it answers no more than it should.
func Endpoint(fn func(c *Call, r *Request) (Response, error)) Handler {
	return Handler{SortEndpoint, func(c *Call, in json.RawMessage) (json.RawMessage, error) {
		var r Request
		if err := decode(in, &r); err != nil {
			return nil, err
		}
		answer, err := fn(c, &r)
		if err != nil {
			return nil, err
		}
		return json.Marshal(answer)
	}}
}

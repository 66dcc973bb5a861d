package testkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// SessionCookie is the name of the cookie that a person's session travels in.
const SessionCookie = "dramac_session"

// Header is one header of a request; an empty value leaves it out.
type Header struct{ Name, Value string }

// JSON is a request's body that is sent as JSON.
type JSON string

// Request is one request as a test describes it.
type Request struct {
	Method string
	// URL is a path on the platform's host, or a whole address.
	URL string
	// Body is nil, a JSON, url.Values (sent as a browser sends a form), or
	// []byte with the content type among the headers.
	Body    any
	Headers []Header
}

// Response is what came back.
type Response struct {
	Status int
	Header http.Header
	Body   string

	t testing.TB
}

// address hands out client addresses, so that no limit is met by accident.
type address struct{ last atomic.Uint32 }

func (a *address) next() string {
	n := a.last.Add(1)
	return fmt.Sprintf("10.%d.%d.%d:4711", n>>16&255, n>>8&255, n&255)
}

// From is a header that makes the request come from an address of the test's
// choice: From("10.0.0.1"). Without it each comes from another one.
func From(ip string) Header { return Header{"From-Address", ip} }

// Do sends a request as the actor.
func (p *Platform) Do(a Actor, method, to string, body any, headers ...Header) Response {
	p.Helper()
	return p.Send(a, Request{Method: method, URL: to, Body: body, Headers: headers})
}

// Send is Do for a request that is described already.
func (p *Platform) Send(a Actor, q Request) Response {
	p.Helper()
	target := q.URL
	if strings.HasPrefix(target, "/") {
		target = BaseURL + target
	}
	body, kind := p.encode(q.Body)
	r := httptest.NewRequestWithContext(p.Context(), q.Method, target, body)
	// A client's request line has the path alone.
	r.RequestURI = r.URL.RequestURI()
	r.URL.Scheme, r.URL.Host = "", ""
	r.RemoteAddr = p.address.next()
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	a.show(r)
	for _, h := range q.Headers {
		switch {
		case h.Name == "From-Address":
			r.RemoteAddr = h.Value + ":4711"
		case h.Name == "Cookie" && r.Header.Get("Cookie") != "":
			r.Header.Set("Cookie", r.Header.Get("Cookie")+"; "+h.Value)
		case h.Value != "":
			r.Header.Set(h.Name, h.Value)
		}
	}
	w := httptest.NewRecorder()
	p.Server.ServeHTTP(w, r)
	got := Response{Status: w.Code, Header: w.Result().Header, Body: w.Body.String(), t: p.TB}
	if p.contract != nil {
		p.check(a, r, target, got)
	}
	return got
}

func (p *Platform) encode(body any) (io.Reader, string) {
	p.Helper()
	switch b := body.(type) {
	case nil:
		return http.NoBody, ""
	case JSON:
		return strings.NewReader(string(b)), "application/json"
	case url.Values:
		return strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	case []byte:
		return bytes.NewReader(b), "application/octet-stream"
	}
	p.Fatalf("a body of type %T cannot be sent", body)
	return nil, ""
}

// Location is where the answer sends the client.
func (r Response) Location() string { return r.Header.Get("Location") }

// Decode reads the body as JSON.
func (r Response) Decode(into any) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(r.Body), into); err != nil {
		r.t.Fatalf("%d %s: %v", r.Status, r.Body, err)
	}
}

// Object returns the body as one JSON object.
func (r Response) Object() map[string]any {
	r.t.Helper()
	var m map[string]any
	r.Decode(&m)
	return m
}

// Rows returns the body as a list of JSON objects.
func (r Response) Rows() []map[string]any {
	r.t.Helper()
	var list []map[string]any
	r.Decode(&list)
	return list
}

// Code is the code of a problem document.
func (r Response) Code() string {
	code, _ := r.Object()["code"].(string)
	return code
}

// Cookie returns a cookie that the answer sets; nil if it does not.
func (r Response) Cookie(name string) *http.Cookie {
	for _, c := range (&http.Response{Header: r.Header}).Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Text is the whole answer but for what differs from request to request: the
// request's id, the date and how much is left of a limit.
func (r Response) Text() string {
	var all bytes.Buffer
	fmt.Fprintf(&all, "%d\n", r.Status)
	id := r.Header.Get("X-Request-Id")
	header := r.Header.Clone()
	for name := range header {
		if name == "X-Request-Id" || name == "Date" || strings.HasPrefix(name, "X-Ratelimit") {
			delete(header, name)
		}
	}
	_ = header.Write(&all)
	all.WriteString("\n" + r.Body)
	text := all.String()
	if id != "" {
		text = strings.ReplaceAll(text, id, "<request>")
	}
	return text
}

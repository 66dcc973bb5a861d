package gateway

import (
	"bytes"
	"context"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/plan"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// appPolicy is the content security policy of the app: our own files only, no
// inline script or style, no framing.
const appPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// write sends the answer. Only here something reaches the client.
func (c *call) write(a answer) error {
	h := c.writer.Header()
	for name, values := range a.header {
		h[name] = values
	}
	if a.content != nil {
		// Ranges, conditions and the length are the standard library's.
		http.ServeContent(c.writer, c.request, "", a.changed, a.content)
		return a.content.Close()
	}
	if a.stream != nil {
		return c.writeStream(a)
	}
	body := a.body
	if a.page != nil {
		var out bytes.Buffer
		if err := a.page.Render(c.ctx, &out); err != nil {
			return err
		}
		body = out.Bytes()
		h.Set("Content-Type", "text/html; charset=utf-8")
		if h.Get("Content-Security-Policy") == "" {
			h.Set("Content-Security-Policy", appPolicy)
		}
	}
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	status := a.status
	if a.location != "" {
		h.Set("Location", a.location)
		if status == 0 {
			status = http.StatusSeeOther
		}
	}
	if status == 0 {
		status = http.StatusOK
	}
	if status != http.StatusNoContent && status != http.StatusNotModified {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	c.writer.WriteHeader(status)
	if c.request.Method != http.MethodHead {
		_, _ = c.writer.Write(body)
	}
	return nil
}

// writeStream sends what is not known as a whole. What fails on the way cannot be
// told any more: the connection is broken off, so that nobody takes a part for
// the whole.
func (c *call) writeStream(a answer) error {
	h := c.writer.Header()
	h.Set("Cache-Control", "no-store")
	c.writer.WriteHeader(http.StatusOK)
	if c.request.Method == http.MethodHead {
		return nil
	}
	if err := a.stream(c.writer); err != nil {
		if c.ctx.Err() == nil {
			c.Log.Error("an answer was broken off", "request", c.requestID, "path", c.request.URL.Path, "error", err.Error())
		}
		panic(http.ErrAbortHandler)
	}
	return nil
}

// fail answers with the error: a page in the app and on sites, a problem
// document on the API. It is the one place that logs an error.
func (c *call) fail(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	p := problemOf(err, c.requestID)
	if p.Status >= http.StatusInternalServerError && p.Code != codeSuspended {
		c.Log.Error("request failed", "request", c.requestID, "method", c.request.Method,
			"path", c.request.URL.Path, "error", err.Error())
	}
	a := p.answer()
	if !c.wantsProblem() {
		a = c.failurePage(p)
		if text, hint, ok := c.overWords(err); ok && !c.onSite {
			a.page = screen.RefusedPage(c.bareFrame(c.words.T("plan.full")), text+" "+hint, screen.Dead{Home: "/app"})
		}
	}
	if p.Status == http.StatusServiceUnavailable {
		c.writer.Header().Set("Retry-After", retryAfter(p.Code))
	}
	if failed := c.write(a); failed != nil {
		c.Log.Error("error page failed", "request", c.requestID, "error", failed.Error())
		http.Error(c.writer, "Something went wrong on our side.", http.StatusInternalServerError)
	}
}

// fail answers a request that never became a call.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	s.begin(&route{}, w, r).fail(err)
}

// wantsProblem reports whether the client is a program: files answer problem
// documents to whoever sends a key, and what lies below /api does always, unless a browser posted the form of a site's page
// there.
func (c *call) wantsProblem() bool {
	if strings.HasPrefix(c.request.URL.Path, "/files/") {
		return c.request.Header.Get("Authorization") != ""
	}
	return strings.HasPrefix(c.request.URL.Path, "/api/") && !(c.onSite && isForm(c.request) && !c.actor.Trusted())
}

// isForm reports whether a browser's form was posted.
func isForm(r *http.Request) bool {
	kind, _ := mediaType(r)
	return kind == "application/x-www-form-urlencoded" || inParts(r)
}

// inParts reports whether the body is a form that may bring files.
func inParts(r *http.Request) bool {
	kind, _ := mediaType(r)
	return kind == "multipart/form-data"
}

// mediaType is what the body is said to be, in lower case, with its parameters;
// empty when nothing is said.
func mediaType(r *http.Request) (string, map[string]string) {
	said := r.Header.Get("Content-Type")
	kind, params, err := mime.ParseMediaType(said)
	if err != nil && kind == "" { // it is refused as what it is
		kind, _, _ = strings.Cut(said, ";")
		kind = strings.ToLower(strings.TrimSpace(kind))
	}
	return kind, params
}

// etagMatches reports whether the client has the bytes already (RFC 9110 §13.1.2).
func etagMatches(r *http.Request, etag string) bool {
	for part := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
		if part == etag || part == "*" {
			return true
		}
	}
	return false
}

// formError finds the complaints of an error that a form can show again.
func formError(err error) (*errs.Error, bool) {
	e := errs.Of(err)
	if e != nil && e.Code == plan.CodeOver {
		return e, true
	}
	if e == nil || e.Kind != errs.Invalid && e.Kind != errs.Conflict && e.Kind != errs.Exhausted {
		return nil, false
	}
	return e, true
}

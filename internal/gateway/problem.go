package gateway

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/plan"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// problem is the one shape of an error on the wire: an RFC 9457 problem
// document, with the members that PostgREST's clients read (message, details,
// hint, code) beside the standard ones.
type problem struct {
	Type      string          `json:"type"`
	Title     string          `json:"title"`
	Status    int             `json:"status"`
	Detail    string          `json:"detail"`
	Code      string          `json:"code"`
	Message   string          `json:"message"`
	Details   *string         `json:"details"`
	Hint      *string         `json:"hint"`
	Errors    []errs.Field    `json:"errors,omitempty"`
	Current   json.RawMessage `json:"current,omitempty"`
	Limit     *limitProblem   `json:"limit,omitempty"`
	RequestID string          `json:"request_id,omitempty"`

	allow string // the header Allow
}

// protocolError is a refusal that only HTTP knows.
type protocolError struct {
	status  int
	code    string
	message string
	hint    string
	details string
	current json.RawMessage // the present record, for a failed precondition
	allow   string          // the methods that the address takes, for 405
}

func (e *protocolError) Error() string { return e.message }

// errUnavailable asks the client to come again.
var errUnavailable = refuse(http.StatusServiceUnavailable, "unavailable", "This is not available for the moment. Try again.", "")

// notTaken refuses a method of an address that takes others.
func notTaken(allow string) error {
	return &protocolError{
		status: http.StatusMethodNotAllowed, code: "method_not_allowed", message: "This address does not take that method.", allow: allow,
	}
}

func refuse(status int, code, message, hint string) error {
	return &protocolError{status: status, code: code, message: message, hint: hint}
}

// statuses is the only place that knows which status a kind of error is.
var statuses = map[errs.Kind]int{
	errs.Internal:  http.StatusInternalServerError,
	errs.Invalid:   http.StatusUnprocessableEntity,
	errs.NotFound:  http.StatusNotFound,
	errs.Denied:    http.StatusForbidden,
	errs.Conflict:  http.StatusConflict,
	errs.Exhausted: http.StatusTooManyRequests,
}

// problemOf turns any error into what the client is told. Errors that nobody
// classified say one fixed sentence.
func problemOf(err error, requestID string) problem {
	p := problem{Type: "about:blank", RequestID: requestID}
	if errs.KindOf(err) == errs.Internal && pg.Lost(err) {
		err = errUnavailable
	}
	var pe *protocolError
	switch e := errs.Of(err); {
	case errors.Is(err, errNoCredential):
		p.fill(http.StatusUnauthorized, "unauthenticated", "Sign in or send a valid key.", "Send the header Authorization: Bearer <key>.")
	case errors.Is(err, errNoSite):
		p.fill(http.StatusBadRequest, "site_required", "The request names no site.", "Send the header Dramac-Site with the site's id.")
	case errors.Is(err, pg.ErrStale):
		p.fill(http.StatusConflict, "busy", "This is being changed all the time. Try again.", "")
	case errors.As(err, &pe):
		p.fill(pe.status, pe.code, pe.message, pe.hint)
		p.Current, p.allow = pe.current, pe.allow
		if pe.details != "" {
			p.Details = &pe.details
		}
	case e != nil && e.Kind != errs.Internal:
		p.fill(statuses[e.Kind], e.Code, e.Message, e.Hint)
		p.Errors, p.Current = e.Fields, e.Current
		if over, ok := plan.OverOf(e); ok {
			p.Type, p.Limit = typeOver, &limitProblem{Of: over.Limit, Plan: over.Plan, Used: over.Used, Max: over.Most}
		}
		if len(e.Fields) > 0 {
			details := fieldSentences(e.Fields)
			p.Details = &details
		}
	default:
		p.fill(http.StatusInternalServerError, "internal", "Something went wrong on our side. It has been logged.", "")
	}
	return p
}

func fieldSentences(fields []errs.Field) string {
	sentences := make([]string, len(fields))
	for i, f := range fields {
		sentences[i] = f.Path + ": " + f.Message
	}
	return strings.Join(sentences, " ")
}

func (p *problem) fill(status int, code, message, hint string) {
	p.Status, p.Code, p.Message, p.Detail = status, code, message, message
	p.Title = http.StatusText(status)
	if hint != "" {
		p.Hint = &hint
	}
}

func (p problem) answer() answer {
	body, err := json.Marshal(p)
	if err != nil {
		body = []byte(`{"status":500}`)
	}
	a := answer{status: p.Status, body: body, header: http.Header{"Content-Type": {"application/problem+json"}}}
	if p.allow != "" {
		a.header.Set("Allow", p.allow)
	}
	if p.Status == http.StatusUnauthorized {
		a.header.Set("WWW-Authenticate", `Bearer realm="dramac"`)
	}
	return a
}

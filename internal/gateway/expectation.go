package gateway

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// expectation is what a writer believes of the record it changes.
type expectation struct {
	versions   []int64 // any of them; none: whatever it is
	fromHeader bool    // it came as If-Match
}

// expectation reads which version the caller has seen: as If-Match, or as
// "version" in the body.
func (c *call) expectation(values collection.Values) (expectation, error) {
	header := strings.TrimSpace(strings.Join(c.request.Header.Values("If-Match"), ","))
	if header != "" && header != "*" {
		versions, err := matched(header)
		return expectation{versions: versions, fromHeader: true}, err
	}
	if n, ok := values.Version(); ok {
		return expectation{versions: []int64{n}}, nil
	}
	return expectation{}, nil
}

// matched reads a list of entity tags. A weak one never matches where something
// is written (RFC 9110, 13.1.1).
func matched(header string) ([]int64, error) {
	var versions []int64
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimSpace(tag)
		strong, weak := strings.CutPrefix(tag, "W/")
		version, _, _ := strings.Cut(strings.Trim(strong, `"`), "-")
		n, err := strconv.ParseInt(version, 10, 64)
		if err != nil {
			return nil, refuse(http.StatusBadRequest, "bad_if_match", "If-Match must be a record's version in quotes.", "")
		}
		if !weak {
			versions = append(versions, n)
		}
	}
	if len(versions) == 0 {
		return nil, failed("A weak entity tag matches no record that is to be changed.")
	}
	return versions, nil
}

// failed is a precondition that does not hold, whatever the record is.
func failed(message string) error {
	return &protocolError{status: http.StatusPreconditionFailed, code: "version_conflict", message: message, hint: `Send the record's version in quotes, If-Match: "2".`}
}

// hold writes with each version that is expected until the record has it.
func (e expectation) hold(write func(version *int64) error) error {
	if len(e.versions) == 0 {
		return write(nil)
	}
	var err error
	for _, n := range e.versions {
		err = write(&n)
		if found := errs.Of(err); found == nil || found.Code != "version_conflict" {
			return err
		}
	}
	return precondition(err, e.fromHeader)
}

// ofOne refuses If-Match where the address does not name one record by its id.
func (e expectation) ofOne(c *call) error {
	if !e.fromHeader {
		return nil
	}
	if _, ok := equalID(c.query()["id"]); ok {
		return nil
	}
	return refuse(http.StatusBadRequest, "if_match_one", "If-Match is about one record, and the address does not name one.", "Name it by its id: ?id=eq.<id>.")
}

// equalID is the id of the filter id=eq.<id>, given once.
func equalID(filters []string) (uuid.UUID, bool) {
	if len(filters) != 1 {
		return uuid.Nil, false
	}
	text, ok := strings.CutPrefix(filters[0], "eq.")
	id, err := uuid.Parse(text)
	return id, ok && err == nil && len(text) == 36
}

// precondition makes a stale If-Match the status that HTTP has for it.
func precondition(err error, fromHeader bool) error {
	if e := errs.Of(err); fromHeader && e != nil && e.Code == "version_conflict" {
		return &protocolError{status: http.StatusPreconditionFailed, code: e.Code, message: e.Message, hint: e.Hint, current: e.Current}
	}
	return err
}

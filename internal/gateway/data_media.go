package gateway

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/collection"
)

// The media types of PostgREST beside plain JSON.
const (
	mediaJSON   = "application/json"
	mediaArray  = "application/vnd.pgrst.array+json"
	mediaObject = "application/vnd.pgrst.object+json"
	mediaCSV    = "text/csv"
)

// media is how the caller wants records.
type media struct {
	kind     string // one of the above
	stripped bool   // empty values are left out
}

// accepted reads the header Accept: the first media type in it that there is.
func (c *call) accepted() (media, error) {
	header := strings.Join(c.request.Header.Values("Accept"), ",")
	if strings.TrimSpace(header) == "" {
		return media{kind: mediaJSON}, nil
	}
	for part := range strings.SplitSeq(header, ",") {
		kind, parameters, _ := strings.Cut(part, ";")
		m := media{stripped: strings.Contains(strings.ReplaceAll(parameters, " ", ""), "nulls=stripped")}
		switch kind = strings.ToLower(strings.TrimSpace(kind)); kind {
		case mediaJSON, "*/*", "application/*", "application/vnd.pgrst":
			return media{kind: mediaJSON}, nil
		case mediaArray, mediaObject:
			m.kind = kind
			return m, nil
		case "application/vnd.pgrst.object":
			m.kind = mediaObject
			return m, nil
		case "application/vnd.pgrst.array":
			m.kind = mediaArray
			return m, nil
		case mediaCSV, "text/*":
			return media{kind: mediaCSV}, nil
		}
	}
	return media{}, refuse(http.StatusNotAcceptable, "not_acceptable", "None of the media types asked for is available.",
		"There are application/json, "+mediaArray+", "+mediaObject+" and text/csv.")
}

// contentType is what the answer calls itself.
func (m media) contentType() string {
	kind := m.kind
	if m.stripped {
		kind += ";nulls=stripped"
	}
	if m.kind == mediaCSV {
		return kind + "; charset=utf-8"
	}
	return kind
}

// records makes the answer of a list.
func (m media) records(status int, found collection.Page) (answer, error) {
	body := found.JSON
	switch m.kind {
	case mediaCSV:
		body = found.CSV
	case mediaObject:
		if found.Rows != 1 {
			return answer{}, notOne(found.Rows)
		}
		body = bytes.TrimSpace(body)
		body = body[1 : len(body)-1] // the array's brackets
	}
	a := jsonBody(status, body)
	a.header.Set("Content-Type", m.contentType())
	a.header.Set("Vary", "Accept, Prefer")
	return a, nil
}

// notOne refuses to make one object of none or several, with the code and words
// that PostgREST's clients look for.
func notOne(rows int) error {
	return &protocolError{
		status: http.StatusNotAcceptable, code: "PGRST116", message: "JSON object requested, multiple (or no) rows returned",
		details: fmt.Sprintf("The result contains %d rows", rows),
	}
}

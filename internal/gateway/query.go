package gateway

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// errQuery refuses an address below /api that says something we cannot read.
// Half of a filter would find more records than were asked for.
var errQuery = refuse(http.StatusBadRequest, "bad_request", "The part of the address after the question mark cannot be read.",
	"A % that stands for itself is written %25. Patterns take * instead.")

// parseQuery reads the part of an address after the question mark, and is the
// only place that does. Unlike the standard library it loses nothing: only &
// parts what is said, a semicolon is text, and what is not UTF-8 or badly
// escaped is not ok. Then it comes as it stands, with U+FFFD for what is no text.
func parseQuery(raw string) (values url.Values, ok bool) {
	values, ok = url.Values{}, true
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, good := unescape(name)
		value, fine := unescape(value)
		values[name] = append(values[name], value)
		ok = ok && good && fine
	}
	return values, ok
}

func unescape(text string) (string, bool) {
	plain, err := url.QueryUnescape(text)
	if err != nil {
		return strings.ToValidUTF8(text, "\ufffd"), false
	}
	return strings.ToValidUTF8(plain, "\ufffd"), utf8.ValidString(plain)
}

// checkQuery tells programs what cannot be read of what the address asks for.
// People, whose links other programs have lengthened, get their page.
func (c *call) checkQuery() error {
	if c.unread && c.wantsProblem() {
		return errQuery
	}
	return nil
}

// query is what the address asks for, to be read only.
func (c *call) query() url.Values { return c.asked }

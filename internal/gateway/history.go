package gateway

import (
	"net/http"
	"strconv"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// recordHistory is GET /api/modules/{module}/{collection}/{id}/history: the
// record's changes, newest first; ?before=<seq> goes on after the last one seen.
func recordHistory(c *call) (answer, error) {
	id, records, err := c.record("read")
	if err != nil {
		return answer{}, err
	}
	before, err := c.number("before", 0)
	if err != nil {
		return answer{}, err
	}
	limit, err := c.number("limit", collection.MaxHistory)
	if err != nil {
		return answer{}, err
	}
	body, err := records.History(c.ctx, id, before, int(min(limit, collection.MaxHistory)))
	if err != nil {
		return answer{}, err
	}
	return jsonBody(http.StatusOK, body), nil
}

// number reads a parameter of the query that is a whole number from 1 on;
// absent is otherwise.
func (c *call) number(name string, otherwise int64) (int64, error) {
	text := c.query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, errs.BadFields(errs.Field{Path: name, Code: "not_a_number", Message: "This is a whole number from 1 on."})
	}
	return n, nil
}

package gateway

import (
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// recordHistory is GET /api/modules/{module}/{collection}/{id}/history: the
// record's changes, newest first; ?before=<seq> goes on after the last one seen.
func recordHistory(c *call) (answer, error) {
	if !c.actor.Trusted() {
		return answer{}, c.hide(denied())
	}
	id, records, err := c.record("read")
	if err != nil {
		return answer{}, err
	}
	if err := c.mayLookBack(records, id); err != nil {
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

// mayLookBack reports whether the caller may see what a record was before: who
// reads every record of the collection. What admits a record now
// says nothing of the time when it was somebody else's, or not yet to be shown.
func (c *call) mayLookBack(records collection.Records, id uuid.UUID) error {
	if records.Access.WholeRows() {
		return nil
	}
	if _, err := records.Find(c.ctx, id, collection.Query{Select: collection.Columns("id")}); err != nil {
		return err
	}
	return denied()
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

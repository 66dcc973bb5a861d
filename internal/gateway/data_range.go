package gateway

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/collection"
)

// narrow applies the header Range, which says the first and the last record,
// within what limit and offset say. A range that cannot be read is ignored, as
// HTTP wants it.
func (c *call) narrow(q *collection.Query) error {
	text := strings.TrimPrefix(c.request.Header.Get("Range"), "items=")
	from, to, ok := strings.Cut(text, "-")
	unit := c.request.Header.Get("Range-Unit")
	first, err := strconv.ParseInt(from, 10, 32)
	if !ok || err != nil || first < 0 || unit != "" && unit != "items" {
		return nil
	}
	rows := int64(-1)
	if to != "" {
		last, err := strconv.ParseInt(to, 10, 32)
		if err != nil {
			return nil
		}
		if last < first {
			return notSatisfiable("The lower boundary must be lower than or equal to the upper boundary in the Range header.")
		}
		rows = last - first + 1
	}
	switch {
	case q.Limit < 0:
	case q.Limit > 0: // the range counts within the limit
		left := max(int64(q.Limit)-first, 0)
		if rows < 0 || left < rows {
			rows = left
		}
		q.Limit = limitOf(rows)
	case rows >= 0:
		q.Limit = limitOf(rows)
	}
	q.Offset += int(first)
	return nil
}

// limitOf is a number of rows as a query has it.
func limitOf(rows int64) int {
	if rows == 0 {
		return -1
	}
	return int(min(rows, collection.MaxLimit))
}

func notSatisfiable(details string) error {
	return &protocolError{
		status: http.StatusRequestedRangeNotSatisfiable, code: "PGRST103", message: "Requested range not satisfiable", details: details,
	}
}

// ranged is the status of a list: 200 when all is there or nobody knows, 206
// for a part, and an error beyond the end.
func ranged(offset, rows int, total int64) (int, error) {
	switch {
	case total < 0:
		return http.StatusOK, nil
	case int64(offset) > total:
		return 0, notSatisfiable(fmt.Sprintf("An offset of %d was requested, but there are only %d rows.", offset, total))
	case int64(rows) < total:
		return http.StatusPartialContent, nil
	}
	return http.StatusOK, nil
}

// contentRange says which rows of how many were sent.
func contentRange(offset, rows int, total int64) string {
	of := "*"
	if total >= 0 {
		of = strconv.FormatInt(total, 10)
	}
	if rows == 0 {
		return "*/" + of
	}
	return fmt.Sprintf("%d-%d/%s", offset, offset+rows-1, of)
}

// Package sql reads a module's own tables by SQL. It is for modules that are
// linked into the server, and for what the data engine cannot ask: each use
// says in its comment which. It only reads, in the scope of the call: the
// module's role, the call's site, the open transaction if there is one. All
// writes go through Call.Records.
//
// A text names its tables as {ticket}, the collection's name in braces, which
// becomes the qualified name once for each text; a list's or lines' table is
// {invoice_lines}. Values are $1, $2 and so on, never part of the text. As every
// statement of the platform it names the site and leaves out what is deleted:
//
//	type load struct {
//		Agent string `json:"agent"`
//		Open  int64  `json:"open"`
//	}
//
//	// By SQL, because the data engine does not rank.
//	busiest, err := sql.Many[load](c, `
//		select agent_id as agent, count(*) as open from {ticket}
//		where site_id = $1 and deleted_at is null and status = 'open'
//		group by agent_id order by count(*) desc limit $2`, c.Site(), 5)
//
// Columns are the physical ones: a reference is <field>_id, money
// <field>_amount and <field>_currency. Rows come as JSON, so the types they are
// read into have json tags named after the columns. Which rows an actor may
// see is not asked here: that is the text's own business.
package sql

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dramac-main/dramac-cms/sdk"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Reader is what a host offers that lets its modules read by SQL: the rows of
// the text as a JSON array of objects.
type Reader interface {
	ReadSQL(ctx context.Context, text string, args []any) (json.RawMessage, error)
}

// Many returns every row of the query as a T; none is an empty list. Keep it
// bounded: rows are held in memory.
func Many[T any](c *sdk.Call, text string, args ...any) ([]T, error) {
	reader, ok := c.Host().(Reader)
	if !ok {
		return nil, errors.New("sql: only modules that are linked into the server read by SQL")
	}
	values := make([]any, len(args))
	for i, arg := range args {
		values[i] = arg
		if site, ok := arg.(sdk.Site); ok {
			values[i] = site.ID
		}
	}
	rows, err := reader.ReadSQL(c.Context(), text, values)
	if err != nil {
		return nil, err
	}
	list := []T{}
	if err := json.Unmarshal(rows, &list); err != nil {
		return nil, fmt.Errorf("sql: %w", err)
	}
	return list, nil
}

// One returns the first row of the query as a T; none is errs.NotFound.
func One[T any](c *sdk.Call, text string, args ...any) (T, error) {
	var zero T
	list, err := Many[T](c, text, args...)
	if err != nil {
		return zero, err
	}
	if len(list) == 0 {
		return zero, errs.Missing()
	}
	return list[0], nil
}

package collection

import (
	"context"
	"fmt"
	"strconv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Page is one page of a list.
type Page struct {
	JSON   []byte // an array of records, as PostgreSQL made it
	Rows   int    // how many records it holds
	Total  int64  // records that match, -1 when not counted; exact unless Capped
	Capped bool   // there are more than 10,000; Total is 10,000
}

// List returns the records that the query asks for and the actor may see. A
// name that is unknown or hidden is Invalid.
func (r Records) List(ctx context.Context, q Query) (Page, error) {
	q, err := r.Collection.checkQuery(q, r.Access)
	if err != nil {
		return Page{}, err
	}
	projection, err := r.Collection.projection(q.Select, r.Access, q.Titles)
	if err != nil {
		return Page{}, err
	}
	args := r.newArgs()
	where, err := r.where(q, args)
	if err != nil {
		return Page{}, err
	}
	page := Page{Total: -1}
	counted := args.Values // before limit and offset join them
	// The records are picked first: otherwise PostgreSQL makes the JSON of money
	// for every record that matches, also for those that the limit cuts off.
	sql := "select coalesce(json_agg(r), '[]'), count(*)::text from (select " + projection + " from (select * from " +
		r.Collection.table + " t where " + where + " order by " + r.Collection.orderBy(q.Order) +
		" limit " + args.Add(q.limit()) + "::bigint offset " + args.Add(q.Offset) + "::bigint) t) r"
	statements := []pg.Statement{{SQL: sql, Args: args.Values, Read: page.read}}
	if q.Count {
		statements = append(statements, r.countStatement(where, counted, &page.Total))
	}
	if err := r.Scope.Batch(ctx, statements...); err != nil {
		return Page{}, fmt.Errorf("list %s: %w", r.Collection.Name, err)
	}
	if page.Total > MaxCount {
		page.Total, page.Capped = MaxCount, true
	}
	return page, nil
}

// where joins what always holds with what the query asks. Names in the query
// were checked; they are resolved here without regard to what is hidden.
func (r Records) where(q Query, args *expr.Args) (string, error) {
	where, err := r.live(args)
	if err != nil || q.Where == nil {
		return where, err
	}
	asked, err := expr.Compile(q.Where, r.Collection.columnOf, args)
	if err != nil {
		return "", err
	}
	return where + " and " + asked, nil
}

// countStatement counts up to one more than is exact, so that a count never
// reads a whole table.
func (r Records) countStatement(where string, args []any, into *int64) pg.Statement {
	return pg.Statement{
		SQL: "select count(*)::text from (select 1 from " + r.Collection.table + " t where " + where +
			" limit " + strconv.Itoa(MaxCount+1) + ") c",
		Args: args,
		Read: func(rows pgx.Rows) error { return readNumber(rows, 0, into) },
	}
}

// read copies the array as it came; no record is decoded.
func (p *Page) read(rows pgx.Rows) error {
	var count int64
	if !rows.Next() {
		return rows.Err()
	}
	raw := rows.RawValues()
	p.JSON = append([]byte(nil), raw[0]...)
	count, err := strconv.ParseInt(string(raw[1]), 10, 64)
	p.Rows = int(count)
	return err
}

// readNumber reads a number sent as text from the first row.
func readNumber(rows pgx.Rows, column int, into *int64) error {
	if !rows.Next() {
		return rows.Err()
	}
	n, err := strconv.ParseInt(string(rows.RawValues()[column]), 10, 64)
	*into = n
	return err
}

// Get returns one record as JSON. Of the query it uses Select, Titles and
// Where. Absent, deleted, another site's and not admitted are all NotFound.
func (r Records) Get(ctx context.Context, id uuid.UUID, q Query) ([]byte, error) {
	q, err := r.Collection.checkQuery(q, r.Access)
	if err != nil {
		return nil, err
	}
	projection, err := r.Collection.projection(q.Select, r.Access, q.Titles)
	if err != nil {
		return nil, err
	}
	args := r.newArgs()
	where, err := r.where(q, args)
	if err != nil {
		return nil, err
	}
	var record []byte
	err = r.Scope.Batch(ctx, pg.Statement{
		SQL: "select " + asJSON(projection) + " from " + r.Collection.table + " t where " + where +
			" and t.id = " + args.Add(id.String()) + "::uuid",
		Args: args.Values,
		Read: pg.JSON(&record),
	})
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", r.Collection.Name, err)
	}
	if record == nil {
		return nil, errs.Missing()
	}
	return record, nil
}

// asJSON makes one JSON object of a select list.
func asJSON(projection string) string {
	return "(select row_to_json(r) from (select " + projection + ") r)"
}

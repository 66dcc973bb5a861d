package collection

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Page is one page of a list.
type Page struct {
	JSON   []byte // an array of records, as PostgreSQL made it
	CSV    []byte // the records as Table makes them
	Rows   int    // how many records it holds
	Total  int64  // records that match, -1 when not counted; see Count
	Capped bool   // there are more than 10,000; Total is 10,000
}

// List returns the records that the query asks for and the actor may see. A
// name that is unknown or hidden is Invalid.
func (r Records) List(ctx context.Context, q Query) (Page, error) {
	p, err := r.plan(q)
	if err != nil {
		return Page{}, err
	}
	args := r.newArgs()
	b := builder{records: r, args: args}
	where, err := b.live(p)
	if err != nil {
		return Page{}, err
	}
	counted := args.Values // before limit and offset join them
	sql, err := b.list(p, r.Collection.from(), where)
	if err != nil {
		return Page{}, err
	}
	page := Page{Total: -1}
	statements := []pg.Statement{{SQL: sql, Args: args.Values, Read: page.read}}
	counts, err := r.countStatements(p, q.Count, where, counted, &page)
	if err != nil {
		return Page{}, err
	}
	if err := r.Scope.Read(ctx, append(statements, counts...)...); err != nil {
		return Page{}, fmt.Errorf("list %s: %w", r.Collection.Name, err)
	}
	return page, nil
}

// Table is List as comma-separated values (RFC 4180): a line with the keys, in
// the order they were asked for, then one for each record; see DecodeTable, which
// reads the same.
func (r Records) Table(ctx context.Context, q Query) (Page, error) {
	p, err := r.plan(q)
	if err != nil {
		return Page{}, err
	}
	keys, err := p.cellsOf(q.Select)
	if err != nil {
		return Page{}, err
	}
	args := r.newArgs()
	b := builder{records: r, args: args}
	where, err := b.live(p)
	if err != nil {
		return Page{}, err
	}
	counted := args.Values
	rows, err := b.rows(p, r.Collection.from(), where)
	if err != nil {
		return Page{}, err
	}
	cells := make([]string, len(keys))
	for i, k := range keys {
		cells[i] = cellSQL("r." + quote(k))
	}
	page := Page{Total: -1}
	statements := []pg.Statement{{SQL: "select " + strings.Join(cells, ", ") + " from (" + rows + ") r", Args: args.Values, Read: page.readTable(keys)}}
	counts, err := r.countStatements(p, q.Count, where, counted, &page)
	if err != nil {
		return Page{}, err
	}
	if err := r.Scope.Read(ctx, append(statements, counts...)...); err != nil {
		return Page{}, fmt.Errorf("table of %s: %w", r.Collection.Name, err)
	}
	return page, nil
}

// readTable writes the rows as they come.
func (p *Page) readTable(keys []string) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		w := newTableWriter(keys)
		line := make([]string, len(keys))
		for rows.Next() {
			for i, raw := range rows.RawValues() {
				line[i] = cellText(string(raw))
			}
			w.write(line)
			p.Rows++
		}
		p.CSV = w.bytes()
		return rows.Err()
	}
}

// from is the collection's own records under the name that everything uses.
func (c *Collection) from() string { return c.view + " t" }

// live is the WHERE of a plan over the collection itself: the site, not
// deleted, and what the plan says. $1 is the site.
func (b builder) live(p *plan) (string, error) {
	where, err := b.where(p)
	if where == "true" {
		return "t.site_id = $1::uuid and t.deleted_at is null", err
	}
	return "t.site_id = $1::uuid and t.deleted_at is null and " + where, err
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

// Record is one record as it is answered.
type Record struct {
	JSON    []byte
	Version int64
	Whole   bool // it shows nothing but the record's own stored values, so its version tells all
}

// Get returns one record as JSON. Of the query it uses Select, Titles and
// Where. Absent, deleted, another site's and not admitted are all NotFound.
func (r Records) Get(ctx context.Context, id uuid.UUID, q Query) ([]byte, error) {
	found, err := r.Find(ctx, id, q)
	return found.JSON, err
}

// Find is Get with the record's version.
func (r Records) Find(ctx context.Context, id uuid.UUID, q Query) (Record, error) {
	if err := q.ofOne(); err != nil {
		return Record{}, err
	}
	p, err := r.plan(q)
	if err != nil {
		return Record{}, err
	}
	args := r.newArgs()
	b := builder{records: r, args: args}
	where, err := b.live(p)
	if err != nil {
		return Record{}, err
	}
	where += " and t.id = " + args.Add(id.String()) + "::uuid"
	projection, joins, err := b.projection(p)
	if err != nil {
		return Record{}, err
	}
	from, err := b.from(p, r.Collection.from())
	if err != nil {
		return Record{}, err
	}
	from += " where " + where
	record := Record{Whole: p.plain != "" && len(q.Titles) == 0 && len(p.computed) == 0}
	whole := asJSON(projection)
	if q.Stripped {
		whole = "json_strip_nulls(" + whole + ")"
	}
	if joins != "" {
		from = "(select * from " + from + ") t" + joins
	}
	sql := "select " + whole + ", t.version::text from " + from
	err = r.Scope.Read(ctx, pg.Statement{SQL: sql, Args: args.Values, Read: record.read})
	if err != nil {
		return Record{}, fmt.Errorf("get %s: %w", r.Collection.Name, err)
	}
	if record.JSON == nil {
		return Record{}, errs.Missing()
	}
	return record, nil
}

// ofOne refuses what only many records answer.
func (q Query) ofOne() error {
	for _, s := range q.Select {
		if s.Aggregate != "" {
			return errs.BadFields(wrong("syntax", "There is nothing to make an aggregate of in one record.").at("select"))
		}
	}
	return nil
}

// FindTable is Find as Table writes it.
func (r Records) FindTable(ctx context.Context, id uuid.UUID, q Query) (Page, error) {
	if err := q.ofOne(); err != nil {
		return Page{}, err
	}
	q.IDs, q.Count = []uuid.UUID{id}, CountNone
	found, err := r.Table(ctx, q)
	if err == nil && found.Rows == 0 {
		return Page{}, errs.Missing()
	}
	return found, err
}

func (r *Record) read(rows pgx.Rows) error {
	if !rows.Next() {
		return rows.Err()
	}
	raw := rows.RawValues()
	r.JSON = append([]byte(nil), raw[0]...)
	version, err := strconv.ParseInt(string(raw[1]), 10, 64)
	r.Version = version
	return err
}

// asJSON makes one JSON object of a select list.
func asJSON(projection string) string {
	return "(select row_to_json(r.*) from (select " + projection + ") r)"
}

package collection

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// positionColumn keeps the order by hand: texts that sort by bytes, so that a
// record moves between two others without touching either.
const positionColumn = "position"

// wholeSite says that a collection is ordered within the site, not within a
// reference.
const wholeSite = "*"

// positionDigits are the digits of positions, in the order of their bytes.
const positionDigits = "0123456789abcdefghijklmnopqrstuvwxyz"

// lastPosition is behind every record that was put somewhere before now, so
// that a new record joins the end without asking where that is.
func lastPosition(now time.Time) string {
	micros := now.UnixMicro()
	text := make([]byte, 12) // 36^12 microseconds are 150,000 years
	for i := len(text) - 1; i >= 0; i-- {
		text[i] = positionDigits[micros%36]
		micros /= 36
	}
	return string(text) + "i"
}

// between returns a position behind before and ahead of after; an empty one is
// the beginning or the end. Positions never end in the digit 0, so there is
// always room.
func between(before, after string) (string, error) {
	if after != "" && before >= after {
		return "", fmt.Errorf("there is no position between %q and %q", before, after)
	}
	var made strings.Builder
	open := after == "" // what follows is already ahead of after
	for i := 0; ; i++ {
		low, high := 0, len(positionDigits)
		if i < len(before) {
			low = strings.IndexByte(positionDigits, before[i])
		}
		if !open && i < len(after) {
			high = strings.IndexByte(positionDigits, after[i])
		}
		if low < 0 || high < 0 {
			return "", fmt.Errorf("%q and %q are no positions", before, after)
		}
		switch {
		case high-low > 1:
			made.WriteByte(positionDigits[(low+high)/2])
			return made.String(), nil
		case high > low:
			open = true
		}
		made.WriteByte(positionDigits[low])
	}
}

// Beside says next to which record another one is put.
type Beside struct {
	ID    uuid.UUID
	After bool // behind it; otherwise ahead of it
}

// Place puts a record of a collection that is ordered by hand next to another
// one of the same order, and returns it as JSON. A record that the actor cannot
// see is NotFound, a neighbour that it cannot see, or that stands in another
// order, is Invalid.
func (r Records) Place(ctx context.Context, id uuid.UUID, by Beside, version *int64) ([]byte, error) {
	if r.Collection.Ordered == "" {
		return nil, errs.Missing()
	}
	var record []byte
	err := r.transact(ctx, func(r Records) error {
		d, err := r.present(ctx, id, version)
		if err != nil {
			return err
		}
		if err := r.permits(ctx, "update", d); err != nil {
			return err
		}
		position, err := r.positionBeside(ctx, d, by)
		if err != nil {
			return err
		}
		args := r.newArgs()
		move := pg.Statement{SQL: "update " + r.Collection.table + " as t set version = t.version + 1, updated_at = " + args.Add(r.stamp()) +
			"::timestamptz, updated_by = " + args.Add(r.actor()) + "::uuid, " + positionColumn + " = " + args.Add(position) +
			"::text where t.site_id = $1::uuid and t.id = " + args.Add(id.String()) + "::uuid"}
		move.Args = args.Values
		look, err := d.look(&record)
		if err != nil {
			return err
		}
		return r.Scope.Batch(ctx, move, look)
	})
	if err != nil {
		return nil, fmt.Errorf("place %s: %w", r.Collection.Name, err)
	}
	return record, nil
}

// positionBeside finds the place next to a record. Whoever places in one order
// waits for the other, so that no two get the same place.
func (r Records) positionBeside(ctx context.Context, d *draft, by Beside) (string, error) {
	key := "after"
	if !by.After {
		key = "before"
	}
	if by.ID == d.id {
		return "", errs.BadFields(wrong("neighbour", "Must be another record.").at(key))
	}
	c := r.Collection
	order, within := "", "true"
	if c.within != nil {
		reference := column(c.within.columns[0].Name)
		order, _ = fieldArgs(c.within, d.values[c.within.Name])[0].(string)
		within = reference + " is not distinct from nullif(%s, '')::uuid"
	}
	lock := pg.Statement{
		SQL:  "select pg_advisory_xact_lock(hashtextextended($1::text, 7248301901))",
		Args: []any{c.table + " " + r.Scope.Site().String() + " " + order},
	}
	reading := r
	if r.Reach != nil {
		if readable, ok := r.Reach(c); ok {
			reading.Access = readable
		}
	}
	args := r.newArgs()
	seen, err := reading.one(by.ID, args)
	if err != nil {
		return "", err
	}
	if c.within != nil {
		within = fmt.Sprintf(within, args.Add(order)+"::text")
	}
	// The neighbour itself, and who stands on its other side.
	beyond, sort := "> n.position", "asc"
	if !by.After {
		beyond, sort = "< n.position", "desc"
	}
	sql := "select n.position, (select t.position from " + c.from() + " where t.site_id = $1::uuid and t.deleted_at is null and " + within +
		" and t.id <> " + args.Add(d.id.String()) + "::uuid and t.position " + beyond + " order by t.position " + sort +
		" limit 1) from (select t.position from " + c.from() + " where " + seen + " and " + within + ") n"
	var at string
	var next *string
	found := false
	find := pg.Statement{SQL: sql, Args: args.Values, Read: func(rows pgx.Rows) error {
		if found = rows.Next(); !found {
			return rows.Err()
		}
		return rows.Scan(&at, &next)
	}}
	if err := r.Scope.Batch(ctx, lock, find); err != nil {
		return "", err
	}
	switch {
	case !found:
		return "", errs.BadFields(wrong("reference_missing", "There is no such record in this order.").at(key))
	case next == nil && by.After:
		return lastPosition(r.stamp()), nil
	case next == nil:
		return between("", at)
	case by.After:
		return between(at, *next)
	}
	return between(*next, at)
}

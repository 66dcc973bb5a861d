package collection

import (
	"context"
	"fmt"
	"slices"
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
// one of the same order, and returns it as JSON. It is a change of the record as
// any other: what is locked or never changes stays where it is, and hooks run. A
// record that the actor cannot see is NotFound, a neighbour that it cannot see,
// or that stands in another order, is Invalid.
func (r Records) Place(ctx context.Context, id uuid.UUID, by Beside, version *int64) ([]byte, error) {
	switch {
	case r.Collection.Ordered == "":
		return nil, errs.Missing()
	case r.Collection.AppendOnly:
		return nil, appendOnly()
	}
	var record []byte
	err := r.transact(ctx, func(r Records) error {
		old, err := r.present(ctx, id, version)
		if err != nil {
			return err
		}
		if err := r.permits(ctx, "update", old); err != nil {
			return err
		}
		position, err := r.positionBeside(ctx, old, by)
		if err != nil {
			return err
		}
		w := &writing{Records: r, begin: func() (*draft, error) {
			d := old.next()
			d.position = position
			return d, nil
		}}
		d, err := w.settle(ctx)
		if err != nil {
			return err
		}
		record, err = w.write(ctx, d)
		return err
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
	// The neighbour itself, who shares its position, and who stands on both sides.
	around := " from " + c.table + " t where t.site_id = $1::uuid and t.deleted_at is null and " + within + " and t.id <> " + args.Add(d.id.String()) + "::uuid and t.position "
	sql := "select n.position, (select coalesce(array_agg(t.id order by t.id), '{}')" + around + "= n.position), coalesce((select t.position" + around +
		"< n.position order by t.position desc limit 1), ''), coalesce((select t.position" + around +
		"> n.position order by t.position limit 1), '') from (select t.position from " + c.from() + " where " + seen + " and " + within + ") n"
	var p spot
	var at string
	found := false
	find := pg.Statement{SQL: sql, Args: args.Values, Read: func(rows pgx.Rows) error {
		if found = rows.Next(); !found {
			return rows.Err()
		}
		return rows.Scan(&at, &p.sharing, &p.before, &p.behind)
	}}
	if err := r.Scope.Batch(ctx, lock, find); err != nil {
		return "", err
	}
	if !found {
		return "", errs.BadFields(wrong("reference_missing", "There is no such record in this order.").at(key))
	}
	p.positions = []string{at}
	if len(p.sharing) > 1 {
		if err := r.apart(ctx, &p); err != nil {
			return "", err
		}
	}
	return p.beside(by, r.stamp())
}

// spot is where a neighbour stands.
type spot struct {
	sharing        []uuid.UUID // the neighbour, with those that share its position, in order
	positions      []string    // of them
	before, behind string      // who stands on their other sides; empty: nobody
}

// beside is a position next to the neighbour. Behind the last it is also behind
// all that were made before now.
func (p spot) beside(by Beside, now time.Time) (string, error) {
	n := max(0, slices.Index(p.sharing, by.ID))
	before, behind := p.before, p.behind
	if by.After {
		before = p.positions[n]
		if n+1 < len(p.positions) {
			behind = p.positions[n+1]
		}
		if last := lastPosition(now); behind == "" && last > before { // a clock may have been ahead of ours
			return last, nil
		}
		return between(before, behind)
	}
	behind = p.positions[n]
	if n > 0 {
		before = p.positions[n-1]
	}
	return between(before, behind)
}

// apart gives records that share a position, since they were made in the same
// microsecond, positions of their own, in the order in which they are listed.
// Nothing of what they show changes, so their versions do not.
func (r Records) apart(ctx context.Context, p *spot) error {
	more, err := spread(p.positions[0], p.behind, len(p.sharing)-1)
	if err != nil {
		return err
	}
	p.positions = append(p.positions, more...)
	args := r.newArgs()
	return r.Scope.Batch(ctx, pg.Statement{
		SQL: "update " + r.Collection.table + " as t set " + positionColumn + " = n.place from unnest(" + args.Add(idTexts(p.sharing)) + "::uuid[], " +
			args.Add(p.positions) + "::text[]) as n(id, place) where t.site_id = $1::uuid and t.id = n.id",
		Args: args.Values,
	})
}

// spread returns n positions between two, in order.
func spread(before, after string, n int) ([]string, error) {
	if n == 0 {
		return nil, nil
	}
	middle, err := between(before, after)
	if err != nil {
		return nil, err
	}
	left, err := spread(before, middle, (n-1)/2)
	if err != nil {
		return nil, err
	}
	right, err := spread(middle, after, n-1-(n-1)/2)
	return slices.Concat(left, []string{middle}, right), err
}

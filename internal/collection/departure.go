package collection

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// departure is what goes in one call, by the names of collections, and how many
// records are written besides those that were named.
type departure struct {
	going   map[string][]uuid.UUID // what is known to go
	begun   map[departing]bool     // whose deletion has begun, or is done
	besides int
}

// departing is one record of a departure.
type departing struct {
	collection string
	id         uuid.UUID
}

func newDeparture() *departure {
	return &departure{going: map[string][]uuid.UUID{}, begun: map[departing]bool{}}
}

// begin reports whether the record's deletion begins now: each goes once, also
// where records go along with one another in a ring.
func (d *departure) begin(c *Collection, id uuid.UUID) bool {
	one := departing{c.Name, id}
	if d.begun[one] {
		return false
	}
	d.begun[one] = true
	if !slices.Contains(d.going[c.Name], id) {
		d.going[c.Name] = append(d.going[c.Name], id)
	}
	return true
}

// count adds records that are written besides, and refuses more than one call
// writes.
func (d *departure) count(n int) error {
	if d.besides += n; d.besides > MaxWritten {
		return errs.New(errs.Conflict, "too_many_records", "At least %d other records would be written with it, and one call writes %d at most.", d.besides, MaxWritten).
			WithHint("Change or delete some of those records first.")
	}
	return nil
}

// gather finds all that goes along with a record, and counts it before anything
// is written. It looks at records of one moment: those deleted then, or the live
// ones where there is none.
func (d *departure) gather(ctx context.Context, r Records, id uuid.UUID, deleted any) error {
	type found struct {
		in  *Collection
		ids []uuid.UUID
	}
	for level := []found{{r.Collection, []uuid.UUID{id}}}; len(level) > 0; {
		var next []found
		for _, at := range level {
			for _, by := range at.in.referrers {
				if by.field.OnDelete != "cascade" {
					continue
				}
				ids, all, err := r.goingAlong(ctx, by, at.ids, d.going[by.from.Name], deleted)
				if err != nil {
					return err
				}
				if err := d.count(all); err != nil {
					return err
				}
				if len(ids) > 0 {
					d.going[by.from.Name] = append(d.going[by.from.Name], ids...)
					next = append(next, found{by.from, ids})
				}
			}
		}
		level = next
	}
	return nil
}

// goingAlong are the records that go with these, without those that are known
// already: as many as one call may write, and how many there are.
func (r Records) goingAlong(ctx context.Context, by referrer, with, known []uuid.UUID, deleted any) (ids []uuid.UUID, all int, err error) {
	args := r.newArgs()
	moment := Live // as the index has it
	if deleted != nil {
		moment = "deleted_at = " + args.Add(deleted) + "::timestamptz"
	}
	sql := "select x.id, count(*) over () from " + by.from.table + " x where x.site_id = $1::uuid and x." + quote(by.field.columns[0].Name) +
		" = any (" + args.Add(idTexts(with)) + "::uuid[]) and x.id <> all (" + args.Add(idTexts(known)) + "::uuid[]) and x." + moment +
		" order by x.id limit " + fmt.Sprint(MaxWritten)
	err = r.Scope.Batch(ctx, pg.Statement{SQL: sql, Args: args.Values, Read: func(rows pgx.Rows) error {
		for rows.Next() {
			var id uuid.UUID
			if err := rows.Scan(&id, &all); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return rows.Err()
	}})
	return ids, all, err
}

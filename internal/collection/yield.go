package collection

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// yields reports whether a record may give way to another one: it has timers,
// and rules keep records apart.
func (c *Collection) yields() bool {
	return len(c.timers) > 0 && (len(c.uniques) > 0 || len(c.apart) > 0)
}

// yielding runs the statements that write the draft, within the open
// transaction. When a unique rule or an exclusion refuses them, the timers of
// the records in the way that are due are run first, and then it is tried once
// more: what should be over by now keeps nobody out.
func (d *draft) yielding(ctx context.Context, statements ...pg.Statement) error {
	r, c := d.records, d.records.Collection
	if !c.yields() {
		return c.explainFor(r.Scope.Batch(ctx, statements...), d)
	}
	write := func() error {
		return r.Within(ctx, func(r Records) error { return r.Scope.Batch(ctx, statements...) })
	}
	err := write()
	if violates(err, codeUnique) || violates(err, codeExclusion) {
		ran, failed := d.makeWay(ctx)
		if failed != nil {
			return fmt.Errorf("run what is due of %s: %w", c.Name, failed)
		}
		if ran {
			err = write()
		}
	}
	return c.explainFor(err, d)
}

// makeWay runs the timers that are due of the records in the draft's way, and
// reports whether there were any.
func (d *draft) makeWay(ctx context.Context) (bool, error) {
	ids, err := d.inTheWay(ctx)
	if err != nil || len(ids) == 0 {
		return false, err
	}
	own := d.records.beside(d.records.Collection)
	dues, err := own.Dues(ctx, ids, uuid.Nil)
	if err != nil {
		return false, err
	}
	ran := false
	for _, due := range dues {
		if due.At == nil || !due.When || due.At.After(own.Now()) {
			continue
		}
		mine, err := own.ringing(ctx, due)
		if err != nil {
			return ran, err
		}
		if !mine {
			continue
		}
		ran = true
		if err := own.RingDue(ctx, due.Timer, due.Record, *due.At); err != nil {
			return ran, err
		}
	}
	return ran, nil
}

// ringing notes that a timer runs for its instant, and reports whether it had
// not run yet.
func (r Records) ringing(ctx context.Context, due Due) (mine bool, err error) {
	err = r.Scope.Outside(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `insert into platform.timer (site_id, module, collection, record, name, ran_for) values ($1, $2, $3, $4, $5, $6)
			on conflict (site_id, module, collection, record, name) do update set ran_for = excluded.ran_for, due_at = null
			where timer.ran_for is distinct from excluded.ran_for`,
			r.Scope.Site(), strings.TrimPrefix(r.Collection.module.Schema, "mod_"), r.Collection.stored, due.Record, due.Timer, due.At)
		mine = err == nil && tag.RowsAffected() > 0
		return err
	})
	return mine, err
}

// RingDue is Ring of a timer that was due at an instant. It does nothing if the
// record is gone, the instant has moved (then it runs at the new one) or the
// timer's condition does not hold; and an action that is refused, because the
// record is in another state by now, is done with.
func (r Records) RingDue(ctx context.Context, name string, id uuid.UUID, at time.Time) error {
	dues, err := r.Dues(ctx, []uuid.UUID{id}, uuid.Nil)
	if err != nil {
		return err
	}
	for _, due := range dues {
		if due.Timer != name || !due.When || due.At == nil || !due.At.Equal(at) {
			continue
		}
		// What is refused is undone alone, behind a savepoint.
		err := r.Within(ctx, func(r Records) error { return r.Ring(ctx, name, id) })
		e := errs.Of(err)
		if e != nil && (e.Kind == errs.NotFound || e.Kind == errs.Conflict && e.Code != "busy") {
			return nil // trying again does not change it
		}
		return err
	}
	return nil
}

// inTheWay are the records that the draft cannot stand beside.
func (d *draft) inTheWay(ctx context.Context) (ids []uuid.UUID, err error) {
	r, c := d.records, d.records.Collection
	var statements []pg.Statement
	add := func(sql string, args []any) {
		statements = append(statements, pg.Statement{SQL: sql, Args: args, Read: func(rows pgx.Rows) error {
			more, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
			ids = append(ids, more...)
			return err
		}})
	}
	for n := range c.uniques {
		key := c.keysOf(&c.uniques[n])
		given := map[string]any{"_id": d.id.String()}
		for _, f := range key.fields {
			for i, arg := range fieldArgs(f, d.values[f.Name]) {
				given[givenKey(f.columns[i].Name)] = jsonArg(arg, f.columns[i])
			}
		}
		body, err := json.Marshal([]any{given})
		if err != nil {
			return nil, fmt.Errorf("write keys down: %w", err)
		}
		add("select t.id from "+key.given("$2")+" join "+c.table+" t on "+key.same+" where t.site_id = $1::uuid and t.id <> n._id and "+key.where,
			[]any{r.Scope.Site().String(), string(body)})
	}
	for _, x := range c.exclusions {
		args := r.newArgs()
		same := "t.id <> n.id and t.span && n.span"
		columns := "id"
		for _, column := range x.Columns {
			columns += ", " + quote(column)
			same += " and t." + quote(column) + " = n." + quote(column)
		}
		columns += ", " + x.Range + " as span"
		add("select t.id from (select "+columns+" from "+c.table+" where site_id = $1::uuid and "+x.Where+") t, (select "+columns+" from "+
			d.derived("n", args)+") n where "+same, args.Values)
	}
	return ids, r.Scope.Batch(ctx, statements...)
}

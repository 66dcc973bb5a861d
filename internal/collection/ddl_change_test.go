package collection

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// changesOf lists what the log holds of a record, oldest first, one line each.
func (w world) changesOf(site, record uuid.UUID) []string {
	w.Helper()
	rows, err := w.db.Pool().Query(w.Context(), `
		select concat_ws(' ', collection, op, version, 'by', actor_kind, coalesce(actor::text, '-'), coalesce(request, '-'),
			coalesce(before::text, '-'), '->', coalesce(jsonb_strip_nulls(after)::text, '-'))
		from platform.changes where site_id = $1 and record = $2 order by seq`, site, record)
	if err != nil {
		w.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		w.Fatal(err)
	}
	return lines
}

func TestEveryChangeOfARecordIsLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.records(w.a, "item")
	actor := newID(t)
	r.Scope = w.db.Scope(pg.ScopeOptions{
		Site: w.a, Role: w.runtime, Revision: w.revision(), ActorKind: "member", Request: "r1",
		Actor: uuid.NullUUID{UUID: actor, Valid: true},
	})
	id := idOf(t, w.create(r, `{"name": "Tent", "quantity": 2, "price": {"amount": 500, "currency": "EUR"}}`))
	for _, body := range []string{`{"quantity": 3}`, `{"price": {"amount": 700, "currency": "EUR"}}`, `{"name": "Tent"}`} {
		if _, err := w.tryUpdate(r, id, body); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Delete(t.Context(), id, nil); err != nil {
		t.Fatal(err)
	}
	by := " by member " + actor.String() + " r1 "
	want := []string{
		`item created 1` + by + `- -> {"name": "Tent", "quantity": 2, "price_amount": 500, "price_currency": "EUR", "i18n": {}, "custom": {}}`,
		`item updated 2` + by + `{"quantity": 2} -> {"quantity": 3}`,
		`item updated 3` + by + `{"price_amount": 500, "price_currency": "EUR"} -> {"price_amount": 700, "price_currency": "EUR"}`,
		`item updated 4` + by + `- -> -`,
		`item deleted 5` + by + `- -> -`,
	}
	got := w.changesOf(w.a, id)
	if len(got) != len(want) {
		t.Fatalf("the log holds\n%s", strings.Join(got, "\n"))
	}
	for i := range want {
		if i > 0 && got[i] != want[i] {
			t.Errorf("got  %s\nwant %s", got[i], want[i])
		}
	}
	for _, part := range []string{`created 1` + by, `"name": "Tent"`, `"price_amount": 500`} {
		if !strings.Contains(got[0], part) {
			t.Errorf("the creation is logged as %s", got[0])
		}
	}
}

func TestARoleOfAModuleSpeaksForItselfOnItsSiteOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.records(w.a, "item")
	id := idOf(t, w.create(r, `{"name": "Tent"}`))
	count := func(site uuid.UUID, sql string) (n int, err error) {
		err = w.records(site, "item").Scope.Batch(t.Context(), pg.Statement{SQL: sql, Args: []any{id}, Read: func(rows pgx.Rows) error {
			if !rows.Next() {
				return rows.Err()
			}
			return rows.Scan(&n)
		}})
		return n, err
	}
	history := `select count(*)::int from platform.history('item', $1::uuid, 9223372036854775807, 10)`
	if n, err := count(w.a, history); err != nil || n != 1 {
		t.Errorf("the record's history has %d lines, %v", n, err)
	}
	if n, err := count(w.b, history); err != nil || n != 0 {
		t.Errorf("on another site it has %d lines, %v", n, err)
	}
	if _, err := count(w.a, `select count(platform.emit('item', $1::uuid, 'rented', 1, '{"days": 2}'))::int`); err != nil {
		t.Fatal(err)
	}
	var name, module string
	var site uuid.UUID
	err := w.db.Pool().QueryRow(t.Context(), `select name, module::text, site_id from platform.event where site_id = $1 and record = $2`, w.a, id).
		Scan(&name, &module, &site)
	if err != nil || name != "rented" || "mod_"+module != w.module.Schema || site != w.a {
		t.Errorf("the event is %s of %s on %s: %v", name, module, site, err)
	}
	for says, sql := range map[string]string{
		"reading the log":       `select count(*)::int from platform.changes where record = $1`,
		"reading the events":    `select count(*)::int from platform.event where record = $1`,
		"writing the log":       `with x as (insert into platform.changes (site_id, module, collection, record, op, actor_kind) values ($1, '00000000', 'x', $1, 'created', 'key') returning 1) select 1 from x`,
		"rewriting the log":     `with x as (update platform.changes set after = null where record = $1 returning 1) select count(*)::int from x`,
		"the order of changes":  `select setval('platform.change_seq', 1)::int where $1::uuid is not null`,
		"the trigger of itself": `select 1 from platform.log_change() where $1::uuid is not null`,
	} {
		if _, err := count(w.a, sql); err == nil {
			t.Errorf("%s is not refused", says)
		}
	}
	// The login role, outside of any scope, has no module to speak for.
	_, err = w.db.Pool().Exec(t.Context(), `select set_config('app.site_id', $1, true), platform.emit('item', $2, 'rented')`, w.a.String(), id)
	if err == nil {
		t.Error("an event of no module is not refused")
	}
	for _, sql := range []string{`update platform.changes set after = null where record = $1`, `delete from platform.changes where record = $1`} {
		if _, err := w.db.Pool().Exec(t.Context(), sql, id); codeOf(err) != "42501" {
			t.Errorf("the login role rewrites the log: %v", err)
		}
	}
}

// BenchmarkChangeLog measures what the log costs: one record, and 20,000 in
// calls of 1,000.
func BenchmarkChangeLog(b *testing.B) {
	for _, logged := range []bool{false, true} {
		for _, size := range []int{1, 1000} {
			b.Run(fmt.Sprintf("logged=%v/rows=%d", logged, size), func(b *testing.B) { insertRows(b, logged, size) })
		}
	}
}

func insertRows(b *testing.B, logged bool, size int) {
	w, ctx := newWorld(b), context.WithoutCancel(b.Context())
	c, _ := w.module.Collection("item")
	for _, state := range []string{"disable", "enable"} {
		if state == "disable" && logged {
			continue
		}
		run := func() {
			err := w.db.Tx(ctx, func(tx pgx.Tx) error {
				return pg.As(ctx, tx, strings.Replace(w.runtime, "_run", "_owner", 1), uuid.Nil, func() error {
					_, err := tx.Exec(ctx, "alter table "+c.table+" "+state+" trigger user")
					return err
				})
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		if state == "enable" {
			b.Cleanup(run)
		} else {
			run()
		}
	}
	var sql strings.Builder
	sql.WriteString("insert into " + c.table + " (site_id, id, created_at, updated_at, name, quantity, price_amount, price_currency) values ")
	args := []any{w.a.String()}
	for i := range size {
		if i > 0 {
			sql.WriteString(", ")
		}
		args = append(args, "")
		fmt.Fprintf(&sql, "($1::uuid, $%d::uuid, now(), now(), 'Tent', 1, 500, 'EUR')", len(args))
	}
	scope := w.records(w.a, "item").Scope
	began := time.Now()
	for b.Loop() {
		for i := range size {
			args[i+1] = newID(b).String()
		}
		if err := scope.Batch(b.Context(), pg.Statement{SQL: sql.String(), Args: args}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(time.Since(began).Microseconds())/float64(b.N*size), "µs/row")
}

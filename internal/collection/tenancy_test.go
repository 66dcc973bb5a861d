package collection

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

func TestAnotherSiteDoesNotExist(t *testing.T) {
	assertApart(t, newWorld(t))
}

// TestStatementsNameTheSiteThemselves opens the row policies: the statements
// alone must keep sites apart.
func TestStatementsNameTheSiteThemselves(t *testing.T) {
	w := newWorld(t)
	owner := "mod_0badcafe_" + w.db.Deployment() + "_owner"
	w.runtime = "mod_0badcafe_" + w.db.Deployment() + "_run"
	compiled, err := Compile(rental(), "mod_0badcafe")
	if err != nil {
		t.Fatal(err)
	}
	w.module = compiled
	if err := provision(t.Context(), w.db, compiled, owner, w.runtime); err != nil {
		t.Fatal(err)
	}
	err = w.db.Tx(t.Context(), func(tx pgx.Tx) error {
		return pg.As(t.Context(), tx, owner, uuid.Nil, func() error {
			for _, c := range compiled.Collections() {
				if _, err := tx.Exec(t.Context(), "alter policy site on "+c.table+" using (true) with check (true)"); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	assertApart(t, w)
}

// assertApart works on one site and expects another to see and change nothing.
func assertApart(t *testing.T, w world) {
	t.Helper()
	mine := w.create(w.records(w.a, "item"), `{"name":"Mine"}`)
	id := idOf(t, mine)
	theirs := w.records(w.b, "item")
	if rows, page, err := w.list(theirs, ""); err != nil || len(rows) != 0 || page.Total != 0 {
		t.Errorf("listed %v %+v %v", rows, page, err)
	}
	if got := w.names(theirs, "id=eq."+id.String(), "name"); got != "" {
		t.Errorf("found %q", got)
	}
	_, err := theirs.Get(t.Context(), id, Query{})
	foreign := wants(t, err, errs.NotFound, "not_found", "")
	_, err = theirs.Get(t.Context(), newID(t), Query{})
	absent := wants(t, err, errs.NotFound, "not_found", "")
	if foreign.Error() != absent.Error() {
		t.Errorf("%q is not %q", foreign, absent)
	}
	_, err = w.tryUpdate(theirs, id, `{"name":"Theirs","version":1}`)
	wants(t, err, errs.NotFound, "not_found", "")
	wants(t, theirs.Delete(t.Context(), id, nil), errs.NotFound, "not_found", "")
	_, err = w.tryCreate(theirs, `{"name":"Theirs","parent_id":"`+id.String()+`"}`)
	wants(t, err, errs.Invalid, "reference_missing", "parent_id")
	w.create(w.records(w.a, "booking"), `{"customer":"Ann","item_id":"`+id.String()+`"}`)
	if got := w.names(w.records(w.a, "item"), "", "name"); got != "Mine" {
		t.Errorf("the record is %q", got)
	}
}

// TestTheDatabaseHoldsTheLine runs SQL as the module's role without the engine.
func TestTheDatabaseHoldsTheLine(t *testing.T) {
	w := newWorld(t)
	w.create(w.records(w.a, "item"), `{"name":"Mine"}`)
	items, _ := w.module.Collection("item")
	insert := fmt.Sprintf(`insert into %s (site_id, id, created_at, updated_at) values ('%s', '%s', now(), now())`, items.table, w.a, newID(t))
	for _, c := range []struct {
		says, sql string
		site      uuid.UUID
		rows      int
		code      string
	}{
		{"own rows without a word about the site", "select 1 from " + items.table, w.a, 1, ""},
		{"no site set", "select 1 from " + items.table, uuid.Nil, 0, ""},
		{"another site set", "select 1 from " + items.table + " where site_id = '" + w.a.String() + "'", w.b, 0, ""},
		{"update across sites", "update " + items.table + " set name = 'x' where site_id = '" + w.a.String() + "' returning 1", w.b, 0, ""},
		{"moving a row to another site", "update " + items.table + " set site_id = '" + w.b.String() + "' returning 1", w.a, 0, "42501"},
		{"insert for another site", insert, w.b, 0, "42501"},
		{"insert without a site", insert, uuid.Nil, 0, "42501"},
		{"rows are never removed", "delete from " + items.table, w.a, 0, "42501"},
		{"nor all at once", "truncate " + items.table, w.a, 0, "42501"},
		{"amount without currency", "update " + items.table + " set price_amount = 1", w.a, 0, "23514"},
	} {
		err := w.db.Tx(t.Context(), func(tx pgx.Tx) error {
			return pg.As(t.Context(), tx, w.runtime, c.site, func() error {
				rows, err := tx.Query(t.Context(), c.sql)
				if err != nil {
					return err
				}
				n := 0
				for rows.Next() {
					n++
				}
				if rows.Err() == nil && n != c.rows {
					t.Errorf("%s: %d rows, want %d", c.says, n, c.rows)
				}
				return rows.Err()
			})
		})
		if codeOf(err) != c.code {
			t.Errorf("%s: %v, want code %q", c.says, err, c.code)
		}
	}
	if _, err := w.db.Pool().Exec(t.Context(), "select 1 from "+items.table); codeOf(err) != "42501" {
		t.Errorf("the login role reads a module's table: %v", err)
	}
}

func TestNothingIsLeftOnAConnection(t *testing.T) {
	w := newWorld(t)
	one, err := pg.Open(t.Context(), pg.Options{DSN: w.db.Pool().Config().ConnString(), MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(one.Close)
	w.db = one
	mine, theirs := w.records(w.a, "item"), w.records(w.b, "item")
	w.create(mine, `{"name":"Mine"}`)
	check := func(after string) {
		t.Helper()
		if got := w.names(theirs, "", "name"); got != "" {
			t.Errorf("%s: the other site reads %q", after, got)
		}
		var role, site string
		err := one.Pool().QueryRow(t.Context(), `select current_user, coalesce(current_setting('app.site_id', true), '')`).Scan(&role, &site)
		if err != nil || role != one.Login() || site != "" {
			t.Errorf("%s: the connection is left as %s on site %q (%v)", after, role, site, err)
		}
	}
	check("a write")
	if got := w.names(mine, "", "name"); got != "Mine" {
		t.Errorf("read %q", got)
	}
	check("a read")
	_, err = w.tryCreate(mine, `{"name":"Other","category_id":"`+newID(t).String()+`"}`)
	wants(t, err, errs.Invalid, "reference_missing", "category_id")
	check("a refused write")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := mine.List(ctx, Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	check("a cancelled read")
}

func TestAScopeWithoutSiteReachesNothing(t *testing.T) {
	w := newWorld(t)
	items := w.records(uuid.Nil, "item")
	if _, err := items.List(t.Context(), Query{}); err == nil {
		t.Error("a scope without a site reads")
	}
	items.Scope = pg.Scope{}
	if _, err := items.List(t.Context(), Query{}); err == nil {
		t.Error("a zero scope reads")
	}
}

func TestInjectionIsData(t *testing.T) {
	w := newWorld(t)
	items := w.records(w.a, "item")
	for _, text := range []string{
		`'; drop table item; --`, `"; select 1; --`, `$1`, `\`, `%`, `_`, `*`, `{"a":1}`, `' or '1'='1`, `);--`, "a\tb", `eq.x`, `null`, `,`, `"`,
	} {
		made, err := items.Create(t.Context(), Values{"name": text})
		if err != nil {
			t.Fatal(err)
		}
		if got := w.decode(made)["name"]; got != text {
			t.Errorf("%q came back as %q", text, got)
		}
		quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
		for name, value := range map[string]string{"name": "eq." + text, "and": "(name.eq." + quoted + ")", "or": "(name.in.(" + quoted + "))"} {
			q, err := items.Collection.ParseQuery(map[string][]string{name: {value}})
			if err != nil {
				t.Errorf("%s=%s: %v", name, value, err)
				continue
			}
			page, err := items.List(t.Context(), q)
			if err != nil || page.Rows != 1 {
				t.Errorf("%s=%s finds %d (%v)", name, value, page.Rows, err)
			}
		}
	}
}

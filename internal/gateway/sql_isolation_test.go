package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/testkit"
)

func TestTheDatabaseIsolatesSitesByItself(t *testing.T) {
	p := testkit.NewPlatform(t)
	for _, name := range []string{testkit.Guestbook, testkit.Rental} {
		for _, other := range []*testkit.Site{p.Sister, p.Other} {
			leaks, err := testkit.Leaks(t.Context(), p.DB, p.Release(p.Home, name), p.Home.ID, other.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, leak := range leaks {
				t.Error(leak)
			}
		}
	}
}

// TestABrokenPolicyIsFound guards the guard: each row breaks a table's row
// security in its own way and wants the attack to get through.
func TestABrokenPolicyIsFound(t *testing.T) {
	p := testkit.NewPlatformOn(t, testkit.NewDatabase(t))
	r := p.Release(p.Home, testkit.Guestbook)
	entry := pgx.Identifier{r.Schema(), "entry"}.Sanitize()
	var policy string
	err := p.DB.Pool().QueryRow(t.Context(), `select policyname::text from pg_policies where schemaname = $1 and roles = '{public}'`, r.Schema()).Scan(&policy)
	if err != nil {
		t.Fatal(err)
	}
	policy = pgx.Identifier{policy}.Sanitize() + " on " + entry
	right := `(site_id = (select nullif(current_setting('app.site_id', true), '')::uuid))`
	for _, row := range []struct{ says, breaks, mends, found string }{
		{"the policy admits every row", "alter policy " + policy + " using (true)", "alter policy " + policy + " using " + right, "the other site by name: "},
		{"the policy lets every row in", "alter policy " + policy + " with check (true)", "alter policy " + policy + " with check " + right, "moving a row to another site is not refused"},
		{"a second policy", "create policy more on " + entry + " using (true)", "drop policy more on " + entry, "no site set"},
		{"no row security", "alter table " + entry + " disable row level security", "alter table " + entry + " enable row level security", "the other site by name"},
		{"row security that the owner escapes", "alter table " + entry + " no force row level security", "alter table " + entry + " force row level security", "the owner without a site: "},
		{"the right to delete", "grant delete on " + entry + " to " + r.Runtime, "revoke delete on " + entry + " from " + r.Runtime, "a deletion is not refused"},
		{"rights for everybody", "grant select on " + entry + " to public", "revoke select on " + entry + " from public", "no role at all is not refused"},
	} {
		asOwner(t, p.DB, r, row.breaks)
		leaks, err := testkit.Leaks(t.Context(), p.DB, r, p.Home.ID, p.Sister.ID)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(strings.Join(leaks, "\n"), row.found) {
			t.Errorf("%s: the attack did not find %q:\n%s", row.says, row.found, strings.Join(leaks, "\n"))
		}
		// The engine names the site in every statement of its own, so one broken
		// policy alone shows nothing to requests.
		list := p.Do(p.SiteKey, http.MethodGet, testkit.API(testkit.Guestbook+".entry"), nil)
		if list.Status != http.StatusOK || len(list.Rows()) != 2 {
			t.Errorf("%s: the data API answers %d %s", row.says, list.Status, list.Body)
		}
		asOwner(t, p.DB, r, row.mends)
	}
	leaks, err := testkit.Leaks(t.Context(), p.DB, r, p.Home.ID, p.Sister.ID)
	if err != nil || len(leaks) > 0 {
		t.Errorf("mended again: %v %v", leaks, err)
	}
}

// asOwner changes a module's tables as their owner.
func asOwner(t *testing.T, db *pg.DB, r *module.Release, sql string) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx pgx.Tx) error {
		return pg.As(t.Context(), tx, r.Owner, uuid.Nil, func() error {
			_, err := tx.Exec(t.Context(), sql)
			return err
		})
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func code(err error) string {
	var broken *pgconn.PgError
	if errors.As(err, &broken) {
		return broken.Code
	}
	return ""
}

// TestAScopeCannotBeLeft runs as a module's role what would give it another
// site or another role. Each statement is one that the data engine could be
// tricked into at worst, so that even then nothing is lost.
func TestAScopeCannotBeLeft(t *testing.T) {
	p := testkit.NewPlatform(t)
	home, guest := p.Release(p.Home, testkit.Rental), p.Release(p.Home, testkit.Guestbook)
	abroad := p.Release(p.Foreign, testkit.Rental)
	item := func(r *module.Release, table string) string { return pgx.Identifier{r.Schema(), table}.Sanitize() }
	for _, row := range []struct{ says, sql, code string }{
		{"set_config of the site", `select set_config('app.site_id', '` + p.Sister.ID.String() + `', true)`, "42501"},
		{"set_config of the role", `select set_config('role', 'none', true)`, "42501"},
		{"an anonymous block", `do $$ begin perform 1; end $$`, "42501"},
		{"a table of the platform", `select password_hash from platform.account`, "42501"},
		{"the sessions", `select token_hash from platform.session`, "42501"},
		{"the revision", `update platform.revision set n = 0`, "42501"},
		{"a table of another module", `select * from ` + item(guest, "entry"), "42501"},
		{"the same module of another agency", `select * from ` + item(abroad, "item"), "42501"},
		{"a table of its own", `create table ` + item(home, "mine") + ` (a int)`, "42501"},
		{"a table in public", `create table public.mine (a int)`, "42501"},
		{"a function", `create function ` + item(home, "f") + `() returns int language sql as 'select 1'`, "42501"},
		{"a trigger", `create trigger t before insert on ` + item(home, "item") + ` execute function suppress_redundant_updates_trigger()`, "42501"},
		{"a file", `select pg_read_file('/etc/passwd')`, "42501"},
		{"a program", `copy ` + item(home, "item") + ` to program 'cat'`, "42501"},
		{"the jobs", `select * from platform.river_job`, ""}, // 42501 or 42P01: below
		{"a grant", `grant select on ` + item(home, "item") + ` to public`, ""},
	} {
		err := retried(p, p.Home, testkit.Rental, pg.Statement{SQL: row.sql})
		got := code(err)
		if row.says == "a grant" {
			// PostgreSQL warns and grants nothing, since the role may grant nothing.
			if leaks, err := testkit.Leaks(t.Context(), p.DB, home, p.Home.ID, p.Sister.ID); err != nil || len(leaks) > 0 {
				t.Errorf("%s: %v %v", row.says, leaks, err)
			}
			continue
		}
		if row.code == "" && (got == "42501" || got == "42P01") {
			continue
		}
		if got != row.code {
			t.Errorf("%s: %v, want %s", row.says, err, row.code)
		}
	}
}

// retried runs statements in a site's scope; other tests of the database move
// the revision on, so a scope that went stale is built again.
func retried(p *testkit.Platform, s *testkit.Site, name string, statements ...pg.Statement) error {
	for {
		err := p.Scope(s, name).Batch(p.Context(), statements...)
		if !errors.Is(err, pg.ErrStale) {
			return err
		}
	}
}

// TestNothingStaysOnTheOneConnection alternates two sites on a pool of one
// connection, with everything in between that may go wrong.
func TestNothingStaysOnTheOneConnection(t *testing.T) {
	p := testkit.NewPlatform(t)
	one, err := pg.Open(t.Context(), pg.Options{DSN: p.DB.Pool().Config().ConnString(), MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(one.Close)
	r := p.Release(p.Home, testkit.Guestbook)
	entry := pgx.Identifier{r.Schema(), "entry"}.Sanitize()
	scope := func(s *testkit.Site) pg.Scope {
		revision, err := one.Revision(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return one.Scope(pg.ScopeOptions{Site: s.ID, Role: r.Runtime, Revision: revision})
	}
	// reads wants the names of the site alone, without naming the site in SQL.
	reads := func(after string, s *testkit.Site) {
		t.Helper()
		for {
			var sites []string
			err := scope(s).Batch(t.Context(), pg.Statement{SQL: "select distinct site_id::text from " + entry, Read: func(rows pgx.Rows) error {
				list, err := pgx.CollectRows(rows, pgx.RowTo[string])
				sites = list
				return err
			}})
			if errors.Is(err, pg.ErrStale) {
				continue
			}
			if err != nil || len(sites) != 1 || sites[0] != s.ID.String() {
				t.Errorf("after %s, %s reads the sites %v (%v)", after, s.Name, sites, err)
			}
			return
		}
	}
	clean := func(after string) {
		t.Helper()
		var role, site, timeout string
		err := one.Pool().QueryRow(t.Context(), `select current_user::text, coalesce(current_setting('app.site_id', true), ''), current_setting('statement_timeout')`).
			Scan(&role, &site, &timeout)
		if err != nil || role != one.Login() || site != "" || timeout != "1min" {
			t.Errorf("after %s the connection is left as %s on site %q with timeout %s (%v)", after, role, site, timeout, err)
		}
		if _, err := one.Pool().Exec(t.Context(), "select from "+entry); code(err) != "42501" {
			t.Errorf("after %s the login role reads the table: %v", after, err)
		}
	}
	fails := func(sql string) func(*testkit.Site) {
		return func(s *testkit.Site) { _ = scope(s).Batch(t.Context(), pg.Statement{SQL: sql}) }
	}
	within := func(d time.Duration, sql string) func(*testkit.Site) {
		return func(s *testkit.Site) {
			sc := scope(s)
			ctx, cancel := context.WithTimeout(t.Context(), d)
			defer cancel()
			_ = sc.Batch(ctx, pg.Statement{SQL: sql})
		}
	}
	for _, row := range []struct {
		says string
		do   func(*testkit.Site)
	}{
		{"nothing", func(*testkit.Site) {}},
		{"a mistake in SQL", fails("select nonsense")},
		{"a missing table", fails("select * from nowhere.nothing")},
		{"a refused insert", fails("insert into " + entry + " (site_id, id, created_at, updated_at) values (gen_random_uuid(), gen_random_uuid(), now(), now())")},
		{"a division by zero of the caller", fails("select 1 / 0")},
		{"a statement that runs out of time", fails("set local statement_timeout = 1; select pg_sleep(1)")},
		{"an end of the transaction", fails("commit")},
		{"a cancelled context", within(0, "select 1")},
		{"a context that ends in the middle", within(20*time.Millisecond, "select pg_sleep(1)")},
		{"a stale revision", func(s *testkit.Site) {
			stale := one.Scope(pg.ScopeOptions{Site: s.ID, Role: r.Runtime, Revision: 0})
			if err := stale.Batch(t.Context(), pg.Statement{SQL: "select 1"}); !errors.Is(err, pg.ErrStale) {
				t.Errorf("a scope of an old revision runs: %v", err)
			}
		}},
		{"a role that is not there", func(s *testkit.Site) {
			none := one.Scope(pg.ScopeOptions{Site: s.ID, Role: "mod_none"})
			_ = none.Batch(t.Context(), pg.Statement{SQL: "select 1"})
		}},
		{"a transaction that panics", func(s *testkit.Site) {
			defer func() { _ = recover() }()
			_ = scope(s).Tx(t.Context(), func(pgx.Tx) error { panic("in the middle") })
		}},
		{"a transaction that fails", func(s *testkit.Site) {
			_ = scope(s).Tx(t.Context(), func(pgx.Tx) error { return errors.New("no") })
		}},
	} {
		row.do(p.Home)
		reads(row.says, p.Sister)
		clean(row.says)
		row.do(p.Sister)
		reads(row.says, p.Home)
		clean(row.says)
	}
}

// TestASettingForTheSessionGivesNothingAway runs what PostgreSQL lets every
// role do: set a parameter beyond the transaction. No statement of the engine
// does, and a module has no statements of its own; were there one, the next
// request on the connection would still get its own site or nothing.
func TestASettingForTheSessionGivesNothingAway(t *testing.T) {
	p := testkit.NewPlatform(t)
	r := p.Release(p.Home, testkit.Guestbook)
	entry := pgx.Identifier{r.Schema(), "entry"}.Sanitize()
	for _, row := range []struct {
		sql  string
		code string // of what comes next; empty: it gets its own site
	}{
		{"set app.site_id = '" + p.Sister.ID.String() + "'", ""},
		{"set role " + r.Runtime, "42501"},
	} {
		one, err := pg.Open(t.Context(), pg.Options{DSN: p.DB.Pool().Config().ConnString(), MaxConns: 1})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(one.Close)
		on := func(s *testkit.Site, statement pg.Statement) error {
			for {
				revision, err := p.DB.Revision(t.Context())
				if err != nil {
					return err
				}
				err = one.Scope(pg.ScopeOptions{Site: s.ID, Role: r.Runtime, Revision: revision}).Batch(t.Context(), statement)
				if !errors.Is(err, pg.ErrStale) {
					return err
				}
			}
		}
		if err := on(p.Sister, pg.Statement{SQL: row.sql}); err != nil {
			t.Fatal(err)
		}
		var sites []string
		err = on(p.Home, pg.Statement{SQL: "select distinct site_id::text from " + entry, Read: func(rows pgx.Rows) error {
			list, err := pgx.CollectRows(rows, pgx.RowTo[string])
			sites = list
			return err
		}})
		if code(err) != row.code || row.code == "" && (len(sites) != 1 || sites[0] != p.Home.ID.String()) {
			t.Errorf("after %s the next scope reads %v (%v)", row.sql, sites, err)
		}
	}
}

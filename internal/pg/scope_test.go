package pg_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/testkit/postgres"
)

// look reads who the transaction runs as and for which site.
func look(role, site *string) pg.Statement {
	return pg.Statement{
		SQL: `select current_user::text, coalesce(current_setting('app.site_id', true), '')`,
		Read: func(rows pgx.Rows) error {
			rows.Next()
			return rows.Scan(role, site)
		},
	}
}

// alone opens a database of the test's own with one connection and a role to run as.
func alone(t *testing.T) (db *pg.DB, role string, revision int64) {
	t.Helper()
	dsn := postgres.EmptyDatabase(t)
	db, err := pg.Open(t.Context(), pg.Options{DSN: dsn, MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	role = "guest_" + db.Deployment()
	for _, statement := range []string{
		`create role ` + role + ` nologin`,
		`grant ` + role + ` to current_user`,
		`create schema guests`,
		`create table guests.note (site_id uuid not null, text text not null check (text <> 'bad'))`,
		`grant usage on schema guests to ` + role,
		`grant select, insert on guests.note to ` + role,
	} {
		if _, err := db.Pool().Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	name := databaseOf(t, dsn)
	t.Cleanup(func() {
		admin(t, name, "drop owned by "+role)
		admin(t, name, "drop role "+role)
	})
	if revision, err = db.Revision(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db, role, revision
}

func TestNothingOfAScopeStaysOnThePooledConnection(t *testing.T) {
	t.Parallel()
	db, role, revision := alone(t)
	site := uuid.New()
	scope := db.Scope(pg.ScopeOptions{Site: site, Role: role, Revision: revision})
	add := pg.Statement{SQL: `insert into guests.note values ($1, $2)`, Args: []any{site, "fine"}}
	bad := pg.Statement{SQL: `insert into guests.note values ($1, $2)`, Args: []any{site, "bad"}}
	slow := pg.Statement{SQL: `select pg_sleep(10)`}
	var asRole, forSite string
	for _, step := range []struct {
		name string
		run  func() error
		want errs.Kind
		fine bool
	}{
		{"what works", func() error { return scope.Batch(t.Context(), add, look(&asRole, &forSite)) }, 0, true},
		{"a rule that is broken", func() error { return scope.Batch(t.Context(), add, bad) }, errs.Invalid, false},
		{"a right that is missing", func() error { return scope.Batch(t.Context(), pg.Statement{SQL: `delete from guests.note`}) }, errs.Internal, false},
		{"what only reads", func() error { return scope.Read(t.Context(), look(&asRole, &forSite)) }, 0, true},
		{"a read that writes", func() error { return scope.Read(t.Context(), add) }, errs.Internal, false},
		{"a read that writes, prepared", func() error { return scope.Read(t.Context(), add) }, errs.Internal, false},
		{"a caller who goes away", func() error {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			return scope.Batch(ctx, slow)
		}, errs.Internal, false},
		{"a longer transaction", func() error {
			return scope.Tx(t.Context(), func(tx pgx.Tx) error {
				_, err := tx.Exec(t.Context(), `insert into guests.note values ($1, $2)`, site, "fine")
				return err
			})
		}, 0, true},
		{"a longer transaction that fails", func() error {
			return scope.Tx(t.Context(), func(pgx.Tx) error { return errs.Missing() })
		}, errs.NotFound, false},
		{"a platform's own transaction", func() error {
			return db.Tx(t.Context(), func(pgx.Tx) error { return nil })
		}, 0, true},
	} {
		err := step.run()
		if (err == nil) != step.fine || err != nil && errs.KindOf(err) != step.want {
			t.Errorf("%s: %v", step.name, err)
		}
		var user, left, reads string
		err = db.Pool().QueryRow(t.Context(), `select current_user::text, coalesce(current_setting('app.site_id', true), ''),
			current_setting('transaction_read_only')`).Scan(&user, &left, &reads)
		if err != nil || user != db.Login() || left != "" || reads != "off" {
			t.Errorf("after %s the connection is %s for %q, and reads only is %s: %v", step.name, user, left, reads, err)
		}
	}
	if asRole != role || forSite != site.String() {
		t.Errorf("inside the scope it was %s for %s", asRole, forSite)
	}
	var kept int
	if err := db.Pool().QueryRow(t.Context(), `select count(*) from guests.note`).Scan(&kept); err != nil || kept != 2 {
		t.Errorf("%d notes are kept, the failed batches left some: %v", kept, err)
	}
}

func TestAScopeOfAnOlderRevisionRunsNothing(t *testing.T) {
	t.Parallel()
	db, role, revision := alone(t)
	site := uuid.New()
	old := db.Scope(pg.ScopeOptions{Site: site, Role: role, Revision: revision})
	if err := db.Change(t.Context(), func(pgx.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	add := pg.Statement{SQL: `insert into guests.note values ($1, 'x')`, Args: []any{site}}
	if err := old.Batch(t.Context(), add); !errors.Is(err, pg.ErrStale) {
		t.Errorf("a batch: %v", err)
	}
	if err := old.Read(t.Context(), pg.Statement{SQL: `select 1`}); !errors.Is(err, pg.ErrStale) {
		t.Errorf("a read: %v", err)
	}
	err := old.Tx(t.Context(), func(pgx.Tx) error { t.Error("the function ran"); return nil })
	if !errors.Is(err, pg.ErrStale) {
		t.Errorf("a transaction: %v", err)
	}
	var kept int
	if err := db.Pool().QueryRow(t.Context(), `select count(*) from guests.note`).Scan(&kept); err != nil || kept != 0 {
		t.Errorf("%d notes were written: %v", kept, err)
	}
	now, err := db.Revision(t.Context())
	if err != nil || now != revision+1 {
		t.Errorf("revision %d after %d: %v", now, revision, err)
	}
	if err := db.Scope(pg.ScopeOptions{Site: site, Role: role, Revision: now}).Batch(t.Context(), add); err != nil {
		t.Errorf("a scope of the present revision: %v", err)
	}
}

func TestAnEmptyScopeReachesNothing(t *testing.T) {
	t.Parallel()
	db := postgres.Database(t)
	for _, scope := range []pg.Scope{
		{},
		db.Scope(pg.ScopeOptions{Role: "anybody"}),
		db.Scope(pg.ScopeOptions{Site: uuid.New()}),
	} {
		if err := scope.Batch(t.Context(), pg.Statement{SQL: `select 1`}); err == nil {
			t.Error("a batch ran")
		}
		if err := scope.Tx(t.Context(), func(pgx.Tx) error { return nil }); err == nil {
			t.Error("a transaction ran")
		}
	}
}

func TestErrorsOfTheDatabaseGetTheirKind(t *testing.T) {
	t.Parallel()
	db := postgres.Database(t)
	for _, want := range []struct {
		sql  string
		kind errs.Kind
	}{
		{`select 1 where false`, errs.NotFound},
		{`insert into platform.client (id, agency_id, name) values (gen_random_uuid(), gen_random_uuid(), 'x')`, errs.Invalid},
		{`insert into platform.agency (id, name) values (gen_random_uuid(), '')`, errs.Invalid},
		{`insert into platform.revision values (true, 1)`, errs.Conflict},
		{`select nonsense`, errs.Internal},
	} {
		var n int
		err := pg.Translate(db.Pool().QueryRow(t.Context(), want.sql).Scan(&n))
		if err == nil || errs.KindOf(err) != want.kind {
			t.Errorf("%s: kind %s of %v", want.sql, errs.KindOf(err), err)
		}
	}
}

package pg_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

func TestAScopeWithinATransactionIsPartOfIt(t *testing.T) {
	t.Parallel()
	db, role, revision := alone(t)
	site := uuid.New()
	scope := db.Scope(pg.ScopeOptions{Site: site, Role: role, Revision: revision})
	add := func(text string) pg.Statement {
		return pg.Statement{SQL: `insert into guests.note values ($1, $2)`, Args: []any{site, text}}
	}
	var texts string
	read := pg.Statement{SQL: `select coalesce(string_agg(text, ' ' order by text), '') from guests.note`, Read: func(rows pgx.Rows) error {
		rows.Next()
		return rows.Scan(&texts)
	}}
	err := scope.Tx(t.Context(), func(tx pgx.Tx) error {
		inner := scope.Within(tx)
		if err := inner.Batch(t.Context(), add("kept")); err != nil {
			return err
		}
		// What fails behind a savepoint is undone alone.
		err := inner.Tx(t.Context(), func(tx pgx.Tx) error {
			return inner.Within(tx).Batch(t.Context(), add("lost"), add("bad"))
		})
		if errs.KindOf(err) != errs.Invalid {
			t.Errorf("a broken rule within: %v", err)
		}
		return inner.Batch(t.Context(), add("more"), read)
	})
	if err != nil || texts != "kept more" {
		t.Errorf("%q, %v", texts, err)
	}
	// What fails outside takes everything within along.
	gone := errors.New("changed my mind")
	err = scope.Tx(t.Context(), func(tx pgx.Tx) error {
		if err := scope.Within(tx).Batch(t.Context(), add("never")); err != nil {
			return err
		}
		return gone
	})
	if !errors.Is(err, gone) {
		t.Error(err)
	}
	if err := scope.Batch(t.Context(), read); err != nil || texts != "kept more" {
		t.Errorf("%q, %v", texts, err)
	}
}

func TestAScopeBesideAnotherWorksAsItsOwnRole(t *testing.T) {
	t.Parallel()
	db, role, revision := alone(t)
	other := "other_" + db.Deployment()
	for _, statement := range []string{`create role ` + other + ` nologin`, `grant ` + other + ` to current_user`} {
		if _, err := db.Pool().Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { admin(t, "postgres", "drop role "+other) })
	site := uuid.New()
	scope := db.Scope(pg.ScopeOptions{Site: site, Role: role, Revision: revision})
	beside := db.Scope(pg.ScopeOptions{Site: site, Role: other, Revision: revision})
	elsewhere := db.Scope(pg.ScopeOptions{Site: uuid.New(), Role: other, Revision: revision})
	err := scope.Tx(t.Context(), func(tx pgx.Tx) error {
		inner := scope.Within(tx)
		runsAs := func(s pg.Scope, want string) {
			t.Helper()
			var is, at string
			if err := s.Batch(t.Context(), look(&is, &at)); err != nil || is != want || at != site.String() {
				t.Errorf("runs as %s for %s: %v", is, at, err)
			}
		}
		runsAs(beside.Beside(inner), other)
		runsAs(inner, role)
		refusal := errs.New(errs.Denied, "denied", "No.")
		err := beside.Beside(inner).Tx(t.Context(), func(tx pgx.Tx) error {
			runsAs(beside.Within(tx), other)
			return refusal
		})
		if !errors.Is(err, refusal) {
			t.Error(err)
		}
		runsAs(inner, role)
		// An error of the database is undone with its savepoint, the role too.
		err = beside.Beside(inner).Tx(t.Context(), func(tx pgx.Tx) error {
			return beside.Within(tx).Batch(t.Context(), pg.Statement{SQL: `select * from guests.note`})
		})
		if err == nil {
			t.Error("a role reads what it has no right to")
		}
		runsAs(inner, role)
		if err := elsewhere.Beside(inner).Batch(t.Context()); err == nil {
			t.Error("a scope of another site works beside this one")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

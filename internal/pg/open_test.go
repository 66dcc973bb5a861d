package pg_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/testkit/postgres"
)

// admin runs statements as the cluster's superuser in a database.
func admin(t *testing.T, database string, statements ...string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // it runs after the test's end too
	conn, err := pgx.Connect(ctx, postgres.AdminDSN(t, database))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func databaseOf(t *testing.T, dsn string) string {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return config.Database
}

func TestServersThatStartTogetherMigrateOnce(t *testing.T) {
	t.Parallel()
	dsn := postgres.EmptyDatabase(t)
	const servers = 6
	deployments := make([]string, servers)
	failures := make([]error, servers)
	var all sync.WaitGroup
	for i := range servers {
		all.Go(func() {
			db, err := pg.Open(t.Context(), pg.Options{DSN: dsn, MaxConns: 2})
			if failures[i] = err; err == nil {
				deployments[i] = db.Deployment()
				db.Close()
			}
		})
	}
	all.Wait()
	for i, err := range failures {
		if err != nil {
			t.Fatalf("server %d: %v", i, err)
		}
		if deployments[i] != deployments[0] || len(deployments[i]) != 6 {
			t.Errorf("server %d is of deployment %q, the first of %q", i, deployments[i], deployments[0])
		}
	}
}

func TestASchemaNewerThanTheProgramIsRefused(t *testing.T) {
	t.Parallel()
	dsn := postgres.EmptyDatabase(t)
	db, err := pg.Open(t.Context(), pg.Options{DSN: dsn, MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Pool().Exec(t.Context(), `update platform.schema_version set version = 9999`); err != nil {
		t.Fatal(err)
	}
	db.Close()
	_, err = pg.Open(t.Context(), pg.Options{DSN: dsn, MaxConns: 2})
	if err == nil || !strings.Contains(err.Error(), "9999") || !strings.Contains(err.Error(), "newer release") {
		t.Errorf("got %v", err)
	}
}

func TestRightsThatAreMissingAreAllToldAtOnce(t *testing.T) {
	t.Parallel()
	dsn := postgres.EmptyDatabase(t)
	name := databaseOf(t, dsn)
	role := name + "_weak"
	admin(t, name, fmt.Sprintf(`create role %s login`, role))
	t.Cleanup(func() { admin(t, "postgres", "drop role "+role) })
	conn := connectAs(t, name, role)
	err := pg.Check(t.Context(), conn)
	if err == nil {
		t.Fatal("a role without rights is good enough")
	}
	for _, want := range []string{"GRANT CREATE ON DATABASE", "CREATEROLE", role} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
}

func TestALoginRoleThatInheritsIsMadeNotTo(t *testing.T) {
	t.Parallel()
	dsn := postgres.EmptyDatabase(t)
	name := databaseOf(t, dsn)
	role := name + "_heir"
	admin(t, name,
		fmt.Sprintf(`create role %s login createrole inherit`, role),
		fmt.Sprintf(`grant create on database %s to %s`, name, role))
	t.Cleanup(func() {
		admin(t, name, "drop owned by "+role)
		admin(t, name, "drop role "+role)
	})
	conn := connectAs(t, name, role)
	if err := pg.Check(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	var version int
	var inherits bool
	err := conn.QueryRow(t.Context(), `select current_setting('server_version_num')::int, rolinherit from pg_roles where rolname = current_user`).
		Scan(&version, &inherits)
	if err != nil {
		t.Fatal(err)
	}
	if version < 160000 && inherits {
		t.Error("on PostgreSQL 15 the login role still inherits")
	}
}

func TestConnectionsWaitOnlySoLongButMigrationsAsLongAsTheyMust(t *testing.T) {
	t.Parallel()
	db, err := pg.Open(t.Context(), pg.Options{DSN: postgres.EmptyDatabase(t), MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	patient, err := db.Patient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer patient.Close()
	for _, tt := range []struct {
		name            string
		q               pg.Querier
		lock, statement string
	}{{"the pool", db.Pool(), "10s", "1min"}, {"for migrations", patient, "0", "0"}} {
		var lock, statement string
		// As the migrator does between two migrations.
		if _, err := tt.q.Exec(t.Context(), "reset all"); err != nil {
			t.Fatal(err)
		}
		err := tt.q.QueryRow(t.Context(), `select current_setting('lock_timeout'), current_setting('statement_timeout')`).
			Scan(&lock, &statement)
		if err != nil || lock != tt.lock || statement != tt.statement {
			t.Errorf("%s: waits %s for a lock and %s for a statement, %v", tt.name, lock, statement, err)
		}
	}
}

// TestMigratingWaitsForAnotherServer lets another server migrate for longer
// than a connection of the pool would wait for it.
func TestMigratingWaitsForAnotherServer(t *testing.T) {
	t.Parallel()
	dsn := postgres.EmptyDatabase(t)
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if _, err := conn.Exec(t.Context(), `select pg_advisory_lock(7248301001)`); err != nil {
		t.Fatal(err)
	}
	opened := make(chan error, 1)
	go func() {
		db, err := pg.Open(t.Context(), pg.Options{DSN: dsn + "&lock_timeout=50ms&statement_timeout=100ms", MaxConns: 2})
		if err == nil {
			db.Close()
		}
		opened <- err
	}()
	select {
	case err := <-opened:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	if _, err := conn.Exec(t.Context(), `select pg_advisory_unlock(7248301001)`); err != nil {
		t.Fatal(err)
	}
	if err := <-opened; err != nil {
		t.Fatal(err)
	}
}

// connectAs opens a connection that acts as the role. The cluster admits only
// its own login roles by name, so the administrator becomes the role.
func connectAs(t *testing.T, database, role string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), postgres.AdminDSN(t, database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	if _, err := conn.Exec(t.Context(), "set session authorization "+role); err != nil {
		t.Fatal(err)
	}
	return conn
}

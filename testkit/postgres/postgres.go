// Package postgres gives tests a real PostgreSQL: one cluster for all test
// processes, one database for each state of the platform's migrations. It
// stands apart from testkit because the packages that testkit is made of are
// tested on it too.
package postgres

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/pg/cluster"
)

// patience bounds how long a test waits for the cluster, which another test
// process may be making.
const patience = 90 * time.Second

// shared is the database that all tests of this process use.
var shared = sync.OnceValues(func() (*pg.DB, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	server, err := startCluster(ctx)
	if err != nil {
		return nil, err
	}
	if err := dropStale(ctx, server); err != nil {
		return nil, err
	}
	name := "tests_" + today() + "_" + pg.MigrationsHash()
	if err := createDatabase(ctx, server, name); err != nil {
		return nil, err
	}
	return pg.Open(ctx, pg.Options{DSN: server.DSN(name), MaxConns: 12})
})

// today is the day that names of databases carry, "20261128".
func today() string { return time.Now().UTC().Format("20060102") }

// Database returns the database that all tests share, one for each day and
// state of the platform's migrations. Tests keep apart by making an agency of
// their own, and never clean up: what is older than yesterday goes as a whole. A database that cannot be had fails the test.
func Database(t testing.TB) *pg.DB {
	t.Helper()
	db, err := shared()
	if err != nil {
		t.Fatalf("the tests need PostgreSQL: %v", err)
	}
	return db
}

// NewDatabase returns a database of the test's own, dropped at its end, for
// tests of migrations and of what concerns a whole deployment.
func NewDatabase(t testing.TB) *pg.DB {
	t.Helper()
	db, err := pg.Open(t.Context(), pg.Options{DSN: EmptyDatabase(t), MaxConns: 8})
	if err != nil {
		t.Fatalf("open a database: %v", err)
	}
	t.Cleanup(db.Close)
	return db
}

// EmptyDatabase returns the address of a database without any schema of the
// platform, which the login role owns. It is dropped at the test's end, with
// the roles that were made in it.
func EmptyDatabase(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	server, err := startCluster(ctx)
	if err != nil {
		t.Fatalf("the tests need PostgreSQL: %v", err)
	}
	var random [6]byte
	_, _ = rand.Read(random[:])
	name := "once_" + today() + "_" + hex.EncodeToString(random[:])
	if err := createDatabase(ctx, server, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := dropDatabase(ctx, server, name); err != nil {
			t.Errorf("drop the database %s: %v", name, err)
		}
	})
	return server.DSN(name)
}

// AdminDSN returns the superuser's address of a database of the cluster, to
// break things that the platform's own role cannot break.
func AdminDSN(t testing.TB, database string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	server, err := startCluster(ctx)
	if err != nil {
		t.Fatalf("the tests need PostgreSQL: %v", err)
	}
	return server.AdminDSN(database)
}

var clusterMutex sync.Mutex

// startCluster returns the one cluster of all test processes. Who comes first
// makes and starts it; it is left running.
func startCluster(ctx context.Context) (*cluster.Cluster, error) {
	clusterMutex.Lock()
	defer clusterMutex.Unlock()
	folder, err := cacheFolder()
	if err != nil {
		return nil, err
	}
	for {
		server, err := cluster.Start(ctx, cluster.Options{
			Data: folder, Env: os.Getenv, Detach: true,
			Settings: map[string]string{
				"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200",
			},
		})
		if !errors.Is(err, cluster.ErrInUse) {
			return server, err
		}
		// Another test process is starting it.
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// cacheFolder returns where the cluster lives: DRAMAC_TEST_DATA, to run the
// tests on another version of PostgreSQL (named by DRAMAC_PG_BIN), else the
// user's cache. Root's own cache is closed to the database's user, so root
// takes the system's.
func cacheFolder() (string, error) {
	if folder := os.Getenv("DRAMAC_TEST_DATA"); folder != "" {
		return folder, nil
	}
	if os.Geteuid() == 0 {
		return "/var/cache/dramac-test", nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "dramac-test"), nil
}

// createDatabase makes the database unless it is there, hardened as the
// product's own: module roles have neither set_config nor plpgsql.
func createDatabase(ctx context.Context, server *cluster.Cluster, name string) error {
	return asAdmin(ctx, server, func(conn *pgx.Conn) error {
		// Two processes that make one database at once would both fail to find it.
		if _, err := conn.Exec(ctx, `select pg_advisory_lock(7248301900)`); err != nil {
			return err
		}
		return server.EnsureDatabase(ctx, name)
	})
}

// dropStale removes the databases of the day before yesterday and earlier that
// nobody uses. Each test leaves some roles behind, and roles are the cluster's: with some ten
// thousand, every change of one costs every connection a tenth of a second.
func dropStale(ctx context.Context, server *cluster.Cluster) error {
	yesterday := time.Now().UTC().AddDate(0, 0, -1).Format("20060102")
	return asAdmin(ctx, server, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, `select pg_advisory_lock(7248301901)`); err != nil {
			return err
		}
		rows, err := conn.Query(ctx, `
			select datname::text from pg_database d
			where datname ~ '^(tests|once)_' and coalesce(substring(datname from '^[a-z]+_([0-9]{8})_'), '') < $1
				and not exists (select from pg_stat_activity a where a.datid = d.oid)`, yesterday)
		if err != nil {
			return err
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := dropDatabase(ctx, server, name); err != nil {
				return err
			}
		}
		return nil
	})
}

// dropDatabase removes the database and the roles that carry its deployment's id.
func dropDatabase(ctx context.Context, server *cluster.Cluster, name string) error {
	roles, err := rolesOf(ctx, server, name)
	if err != nil {
		return err
	}
	return asAdmin(ctx, server, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, `drop database `+pgx.Identifier{name}.Sanitize()+` with (force)`); err != nil {
			return err
		}
		for _, role := range roles {
			if _, err := conn.Exec(ctx, `drop role `+pgx.Identifier{role}.Sanitize()); err != nil {
				return err
			}
		}
		return nil
	})
}

func rolesOf(ctx context.Context, server *cluster.Cluster, name string) ([]string, error) {
	conn, err := pgx.Connect(ctx, server.AdminDSN(name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(ctx) }()
	var migrated bool
	err = conn.QueryRow(ctx, `select to_regclass('platform.deployment') is not null`).Scan(&migrated)
	if err != nil || !migrated {
		return nil, err
	}
	rows, err := conn.Query(ctx, `
		select rolname::text from pg_roles, platform.deployment
		where rolname like 'mod\_%\_' || short || '\_%' or rolname = 'dramac_' || short || '_keeper'`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func asAdmin(ctx context.Context, server *cluster.Cluster, fn func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, server.AdminDSN("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return fn(conn)
}

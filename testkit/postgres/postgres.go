// Package postgres gives tests a real PostgreSQL: one cluster for all test
// processes, and a database that each of them has to itself. It stands apart from testkit because the packages that testkit is made of are
// tested on it too.
package postgres

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

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
	name, err := borrow(ctx, server)
	if err != nil {
		return nil, err
	}
	return pg.Open(ctx, pg.Options{DSN: server.DSN(name), MaxConns: 12, ConnLifetime: 20 * time.Second})
})

// Database returns the database that all tests of the process share. Tests keep
// apart by making an agency of their own, and never clean up: the database goes
// as a whole when it is full. A database that cannot be had fails the test.
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
	name := "once_" + today() + "_" + suffix()
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

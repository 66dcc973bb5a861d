// Package testkit is what tests stand on: a real PostgreSQL, a whole platform
// over it, and ready-made tenants with everybody who may come to its doors.
// Nothing in it is part of the product.
package testkit

import (
	"testing"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/testkit/postgres"
)

// Database returns the database that all tests of the process share. Tests keep
// apart by making an agency of their own, and never clean up: the database goes
// as a whole when it is full. A database that cannot be had fails the test.
func Database(t testing.TB) *pg.DB {
	t.Helper()
	return postgres.Database(t)
}

// NewDatabase returns a database of the test's own, dropped at its end, for
// tests of migrations and of what concerns a whole deployment.
func NewDatabase(t testing.TB) *pg.DB {
	t.Helper()
	return postgres.NewDatabase(t)
}

// EmptyDatabase returns the address of a database without any schema of the
// platform, which the login role owns. It is dropped at the test's end, with
// the roles that were made in it.
func EmptyDatabase(t testing.TB) string {
	t.Helper()
	return postgres.EmptyDatabase(t)
}

// AdminDSN returns the superuser's address of a database of the cluster, to
// break things that the platform's own role cannot break.
func AdminDSN(t testing.TB, database string) string {
	t.Helper()
	return postgres.AdminDSN(t, database)
}

// Package pg holds the connection to PostgreSQL and the only two doors to
// data: DB.Tx for the platform's own tables, and Scope for a module's. It opens
// every transaction, so the spelling that isolates tenants stands in one place.
package pg

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// StatementTimeout is the longest a statement of a request may run.
const StatementTimeout = 5 * time.Second

// How long a connection of the pool waits at most, unless the address of the
// database or a transaction says otherwise, in the notation of PostgreSQL: work
// that hangs must neither hold others up nor use the pool up.
const (
	lockTimeout      = "10s"
	statementTimeout = "60s"
)

// DB is a pool of connections as the login role, which has rights on the
// platform's tables and none on those of modules. Safe for concurrent use.
type DB struct {
	pool       *pgxpool.Pool
	deployment string
	login      string
	shapes     *shapes
	within     pgx.Tx // nil: transactions are opened on the pool
}

// Options say how to connect.
type Options struct {
	// DSN is a PostgreSQL connection string or URL.
	DSN string
	// MaxConns limits the pool; zero means four for each processor.
	MaxConns int32
	// ConnLifetime is how long a connection is used; zero means ten minutes. It
	// has seen the tables of many modules then, remembers each, and gets slower
	// at every change of one.
	ConnLifetime time.Duration
}

// Open connects, checks that the server and the role will do (see Check),
// brings the platform's schema up to date, and returns the ready database.
func Open(ctx context.Context, o Options) (*DB, error) {
	config, err := pgxpool.ParseConfig(o.DSN)
	if err != nil {
		return nil, fmt.Errorf("the database address is not valid: %w", err)
	}
	if o.MaxConns == 0 {
		o.MaxConns = int32(4 * runtime.NumCPU())
	}
	config.MaxConns = o.MaxConns
	config.MaxConnLifetime = cmp.Or(o.ConnLifetime, 10*time.Minute)
	config.MaxConnLifetimeJitter = config.MaxConnLifetime / 4
	config.MaxConnIdleTime = 5 * time.Minute
	config.ConnConfig.StatementCacheCapacity = statementCache
	config.ConnConfig.RuntimeParams["application_name"] = "dramac"
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	for name, value := range map[string]string{"lock_timeout": lockTimeout, "statement_timeout": statementTimeout} {
		if config.ConnConfig.RuntimeParams[name] == "" {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	db := &DB{shapes: &shapes{}}
	if err := db.prepare(ctx, patient(config.ConnConfig)); err != nil {
		return nil, err
	}
	if db.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	return db, nil
}

// prepare works over a connection of its own, which the timeouts do not cut off.
func (db *DB) prepare(ctx context.Context, config *pgx.ConnConfig) error {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := Check(ctx, conn); err != nil {
		return err
	}
	if err := Migrate(ctx, conn); err != nil {
		return err
	}
	err = conn.QueryRow(ctx, `select short, current_user from platform.deployment`).Scan(&db.deployment, &db.login)
	if err != nil {
		return fmt.Errorf("read the deployment's id: %w", err)
	}
	return nil
}

// patient returns the configuration of connections that wait as long as they
// must. It is set at connecting, because the migrator resets all settings
// between two migrations.
func patient(config *pgx.ConnConfig) *pgx.ConnConfig {
	config = config.Copy()
	config.RuntimeParams["lock_timeout"] = "0"
	config.RuntimeParams["statement_timeout"] = "0"
	return config
}

// Patient opens a pool of two connections whose statements are never cut off,
// for migrations. The caller closes it.
func (db *DB) Patient(ctx context.Context) (*pgxpool.Pool, error) {
	config := db.pool.Config()
	config.ConnConfig = patient(config.ConnConfig)
	config.MinConns, config.MinIdleConns, config.MaxConns = 0, 0, 2
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	return pool, nil
}

// Close ends all connections, waiting for those in use.
func (db *DB) Close() { db.pool.Close() }

// Deployment returns the six hex characters that role names of this database carry.
func (db *DB) Deployment() string { return db.deployment }

// Login returns the name of the role the pool connects as.
func (db *DB) Login() string { return db.login }

// Unrestricted reports whether the login role is a superuser or bypasses row
// security. It works, but what row security should stop is then stopped by the
// role switch of each scope alone.
func (db *DB) Unrestricted(ctx context.Context) (bool, error) {
	var unrestricted bool
	err := db.pool.QueryRow(ctx, `select rolsuper or rolbypassrls from pg_roles where rolname = current_user`).Scan(&unrestricted)
	return unrestricted, Translate(err)
}

// Pool returns the pool itself, for the machinery that needs one (jobs,
// metrics, tests). Tenant data is out of its reach.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }

// Ping answers whether the database can be reached now.
func (db *DB) Ping(ctx context.Context) error { return db.pool.Ping(ctx) }

// Within returns the database as it is inside an open transaction of the login
// role: Tx and Change then are a part of it, behind a savepoint, and true when
// it commits. What reads by Pool does not see it.
func (db *DB) Within(tx pgx.Tx) *DB {
	inside := *db
	inside.within = tx
	return &inside
}

// Tx runs fn in one transaction on the platform's tables. An error of fn rolls
// back and is returned as it is. Errors of the database come translated.
func (db *DB) Tx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	begin := db.pool.Begin
	if db.within != nil {
		begin = db.within.Begin
	}
	tx, err := begin(ctx)
	if err != nil {
		return Translate(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if err := fn(tx); err != nil {
		return Translate(err)
	}
	return Translate(tx.Commit(ctx))
}

// Change runs fn like Tx and, in the same transaction, moves the revision on,
// so that every process drops what it remembers. Use it for each write that
// changes who may do what, or what is installed where.
func (db *DB) Change(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return db.Tx(ctx, func(tx pgx.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return Bump(ctx, tx)
	})
}

// Bump moves the revision on inside an open transaction. It should be the last
// statement, because it makes concurrent changes wait for the commit.
func Bump(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `update platform.revision set n = n + 1`)
	return err
}

// Revision reads the present revision.
func (db *DB) Revision(ctx context.Context) (int64, error) {
	var n int64
	err := db.pool.QueryRow(ctx, `select n from platform.revision`).Scan(&n)
	return n, Translate(err)
}

// Querier reads and writes platform tables: a transaction or the pool.
type Querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// One returns the single row of a query as a T, whose fields match the columns
// by name. No row is errs.NotFound.
func One[T any](ctx context.Context, q Querier, sql string, args ...any) (T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		var zero T
		return zero, Translate(err)
	}
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
	return row, Translate(err)
}

// All returns every row of a query as a T; none is an empty list.
func All[T any](ctx context.Context, q Querier, sql string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, Translate(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	return list, Translate(err)
}

// Keeper returns the name of the role that owns the change log and the events.
// The login role may become it and has not its rights until then.
func (db *DB) Keeper() string { return "dramac_" + db.deployment + "_keeper" }

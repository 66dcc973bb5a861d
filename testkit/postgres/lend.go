package postgres

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/pg/cluster"
)

// fullAt is how many modules a database holds before it is dropped. Each leaves
// three roles behind, and roles are the cluster's: every change of one makes
// each connection go through all of them again at its next SET ROLE, which
// takes 15 ms with 1,500 and 650 ms with 10,000.
const fullAt = 250

// leases are the connections by which others see that this process has its
// database. They end with the process.
var leases []*pgx.Conn

// borrow returns a database for this process alone: one with the present
// migrations that nobody uses any more, or a new one. What is full or two days
// old is dropped on the way.
func borrow(ctx context.Context, server *cluster.Cluster) (name string, err error) {
	err = asAdmin(ctx, server, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, `select pg_advisory_lock(7248301901)`); err != nil {
			return err
		}
		rows, err := conn.Query(ctx, `
			select datname::text from pg_database d
			where datname ~ '^(tests_[0-9]+_[0-9a-f]+|once_[0-9]+)_[0-9a-f]+$' and not exists (select from pg_stat_activity a where a.datid = d.oid)
			order by datname desc`)
		if err != nil {
			return err
		}
		idle, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		for _, candidate := range idle {
			taken, err := takeOrDrop(ctx, server, candidate)
			if err != nil {
				return err
			}
			if taken && name == "" {
				name = candidate
			}
		}
		if name == "" {
			name = "tests_" + today() + "_" + pg.MigrationsHash() + "_" + suffix()
			if err := createDatabase(ctx, server, name); err != nil {
				return err
			}
		}
		lease, err := pgx.Connect(ctx, server.AdminDSN(name))
		leases = append(leases, lease)
		return err
	})
	return name, err
}

// takeOrDrop says whether an idle database is one to work in, and drops it when
// nobody is going to.
func takeOrDrop(ctx context.Context, server *cluster.Cluster, name string) (bool, error) {
	kind, rest, _ := strings.Cut(name, "_")
	day, state, _ := strings.Cut(rest, "_")
	old := day < time.Now().UTC().AddDate(0, 0, -1).Format("20060102")
	if kind == "once" && !old {
		return false, nil // its test is only about to connect
	}
	roles, err := rolesOf(ctx, server, name)
	if err != nil {
		return false, err
	}
	if old || len(roles) > 3*fullAt {
		return false, dropDatabase(ctx, server, name)
	}
	return kind == "tests" && strings.HasPrefix(state, pg.MigrationsHash()+"_"), nil
}

// today is the day that names of databases carry, "20261128".
func today() string { return time.Now().UTC().Format("20060102") }

func suffix() string {
	var random [6]byte
	_, _ = rand.Read(random[:])
	return hex.EncodeToString(random[:])
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

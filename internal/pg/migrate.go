package pg

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/tern/v2/migrate"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the advisory lock under which servers that start together
// bring the schema up to date one after another.
const migrationLock = 7_248_301_001

// MinVersion is the oldest PostgreSQL that will do, as server_version_num.
const MinVersion = 150000

// Check says whether the server and the role will do: PostgreSQL 15 or newer,
// the right to create schemas in the database, and CREATEROLE. A superuser is
// not needed. All that is missing is told at once.
func Check(ctx context.Context, conn *pgx.Conn) error {
	var version int
	var user, database, printable string
	var create, createRole, super, inherit bool
	err := conn.QueryRow(ctx, `
		select current_setting('server_version_num')::int, current_setting('server_version'),
		       current_user, current_database(),
		       has_database_privilege(current_database(), 'CREATE'),
		       rolcreaterole, rolsuper, rolinherit
		from pg_roles where rolname = current_user`).
		Scan(&version, &printable, &user, &database, &create, &createRole, &super, &inherit)
	if err != nil {
		return fmt.Errorf("ask the database for its version and rights: %w", err)
	}
	var all []error
	if version < MinVersion {
		all = append(all, fmt.Errorf("the database is PostgreSQL %s, 15 or newer is needed", printable))
	}
	if !create {
		all = append(all, fmt.Errorf("role %q may not create schemas: GRANT CREATE ON DATABASE %q TO %q", user, database, user))
	}
	if !createRole && !super {
		all = append(all, fmt.Errorf("role %q may not create roles: ALTER ROLE %q CREATEROLE", user, user))
	}
	if err := errors.Join(all...); err != nil {
		return err
	}
	if version < 160000 && inherit && !super {
		// Before 16 inheriting is an attribute of the member: an inheriting
		// login role would hold the rights of every module at once.
		if _, err := conn.Exec(ctx, `alter role current_user noinherit`); err != nil {
			return fmt.Errorf("role %q must not inherit: ALTER ROLE %q NOINHERIT: %w", user, user, err)
		}
	}
	return nil
}

// Migrate brings the platform's schema up to date, one server at a time, and
// refuses a schema newer than this program.
func Migrate(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, `select pg_advisory_lock($1)`, migrationLock); err != nil {
		return fmt.Errorf("wait for other servers that migrate: %w", err)
	}
	defer func() {
		_, _ = conn.Exec(context.WithoutCancel(ctx), `select pg_advisory_unlock($1)`, migrationLock)
	}()
	if _, err := conn.Exec(ctx, `create schema if not exists platform`); err != nil {
		return fmt.Errorf("create the schema platform: %w", err)
	}
	migrator, err := migrate.NewMigrator(ctx, conn, "platform.schema_version")
	if err != nil {
		return fmt.Errorf("prepare migrations: %w", err)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	if err := migrator.LoadMigrations(files); err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	current, err := migrator.GetCurrentVersion(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if newest := int32(len(migrator.Migrations)); current > newest {
		return fmt.Errorf("the database has schema version %d, this program knows %d: start a newer release", current, newest)
	}
	if err := migrator.Migrate(ctx); err != nil {
		var failed migrate.MigrationPgError
		if errors.As(err, &failed) {
			return fmt.Errorf("migration %s: %w", failed.MigrationName, failed.PgError)
		}
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// MigrationsHash names the state of the platform's schema: twelve hex
// characters over the migrations, for databases that tests share.
func MigrationsHash() string {
	sum := sha256.New()
	names, _ := fs.Glob(migrations, "migrations/*.sql")
	for _, name := range names {
		text, _ := migrations.ReadFile(name)
		sum.Write(text)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}

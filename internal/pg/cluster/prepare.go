package cluster

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// roleSQL makes the login role what it must be. It is neither a superuser nor
// may it bypass row security, and it uses no right of the roles it is a member
// of unless it switches to them.
const roleSQL = `
do $$ begin
  if not exists (select from pg_roles where rolname = 'dramac') then
    create role dramac;
  end if;
end $$;
alter role dramac login noinherit createrole nosuperuser nocreatedb nobypassrls noreplication;`

// hardenSQL takes from every role what only the login role needs: set_config,
// with which a role could name another site, and plpgsql, in which it could run
// SET. The login role's own right on the schema public is spelled out: a role
// that does not inherit has nothing from pg_database_owner. It runs in each
// database.
const hardenSQL = `
revoke execute on function pg_catalog.set_config(text, text, boolean) from public;
grant execute on function pg_catalog.set_config(text, text, boolean) to dramac;
revoke usage on language plpgsql from public;
grant usage on language plpgsql to dramac;
revoke create on schema public from public;
grant create, usage on schema public to dramac;
do $$ begin
  if current_setting('shared_preload_libraries') like '%pg_stat_statements%'
     and exists (select from pg_available_extensions where name = 'pg_stat_statements') then
    create extension if not exists pg_stat_statements;
  end if;
end $$;`

// prepare makes the login role and its database. It changes nothing that is
// there already.
func (c *Cluster) prepare(ctx context.Context) error {
	if err := c.asAdmin(ctx, "postgres", roleSQL); err != nil {
		return fmt.Errorf("prepare the login role: %w", err)
	}
	return c.EnsureDatabase(ctx, Database)
}

// EnsureDatabase makes a database of the name unless there is one, owned by the
// login role and hardened like the server's own.
func (c *Cluster) EnsureDatabase(ctx context.Context, name string) error {
	admin, err := pgx.Connect(ctx, c.AdminDSN("postgres"))
	if err != nil {
		return fmt.Errorf("connect as %s: %w", AdminRole, err)
	}
	defer func() { _ = admin.Close(context.WithoutCancel(ctx)) }()
	var exists bool
	if err := admin.QueryRow(ctx, `select exists (select from pg_database where datname = $1)`, name).Scan(&exists); err != nil {
		return fmt.Errorf("look for database %s: %w", name, err)
	}
	quoted := pgx.Identifier{name}.Sanitize()
	if !exists {
		if _, err := admin.Exec(ctx, `create database `+quoted+` owner dramac template template0`); err != nil {
			return fmt.Errorf("create database %s: %w", name, err)
		}
	}
	if _, err := admin.Exec(ctx, `revoke all on database `+quoted+` from public`); err != nil {
		return fmt.Errorf("close database %s: %w", name, err)
	}
	if err := c.asAdmin(ctx, name, hardenSQL); err != nil {
		return fmt.Errorf("harden database %s: %w", name, err)
	}
	return nil
}

// asAdmin runs statements in one transaction as the superuser.
func (c *Cluster) asAdmin(ctx context.Context, database, sql string) error {
	conn, err := pgx.Connect(ctx, c.AdminDSN(database))
	if err != nil {
		return fmt.Errorf("connect as %s: %w", AdminRole, err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	// The simple protocol takes several statements and is one transaction.
	_, err = conn.PgConn().Exec(ctx, sql).ReadAll()
	return err
}

package module

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// provision makes the schema, the roles and the tables of a version, unless
// they are there as this server makes them. It only ever adds: sites on other versions of the module go
// on working. It runs in the caller's transaction, so a failure leaves
// nothing, and under an advisory lock that the transaction holds to its end,
// so that sites which install one module at once do it one after another.
func (c *Catalogue) provision(ctx context.Context, tx pgx.Tx, v Version, r *Release) error {
	if v.ProvisionedAt != nil && v.Layout >= collection.Layout {
		return nil
	}
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, lockKey(v.Module)); err != nil {
		return err
	}
	var done bool
	err := tx.QueryRow(ctx, `select provisioned_at is not null and layout >= $3 from platform.module_version where module_id = $1 and version = $2`,
		v.Module, v.Version, collection.Layout).Scan(&done)
	if err != nil || done {
		return err
	}
	if err := c.build(ctx, tx, r); err != nil {
		return fmt.Errorf("make the tables of %s %s: %w", v.Name, v.Version, err)
	}
	_, err = tx.Exec(ctx, `update platform.module_version set provisioned_at = $3, contracted_at = null, layout = $4 where module_id = $1 and version = $2`,
		v.Module, v.Version, c.now(), collection.Layout)
	return err
}

// build runs the statements of a release: what the login role does, then what
// the owner does, each in one round trip.
func (c *Catalogue) build(ctx context.Context, tx pgx.Tx, r *Release) error {
	have, err := c.survey(ctx, tx, r)
	if err != nil {
		return err
	}
	logs, err := logged(ctx, tx, r.Schema())
	if err != nil {
		return err
	}
	// A table that is in use is waited for only so long, because whoever comes
	// after would wait behind us; an index over many records takes its time.
	if _, err := tx.Exec(ctx, "set local lock_timeout = '5s'; set local statement_timeout = 0;\n"+have.prepare(r, c.db.Login())); err != nil {
		return err
	}
	before, functions, after := r.Module.FinderDDL(r.Finder, r.Runtime)
	tables := slices.Concat(
		[]string{fmt.Sprintf("grant usage on schema %s to %s, %s", quote(r.Schema()), quote(c.db.Login()), quote(r.Runtime))},
		r.Module.DDL(r.Owner, r.Runtime), before)
	for _, t := range r.Module.Tables() {
		if log, ok := logs[t.Name]; ok {
			tables = append(tables, collection.LogStatements(quote(r.Schema(), t.Name), t.Log.Join(log))...)
		}
	}
	err = define(ctx, tx, definitions{r.Owner, tables}, definitions{r.Finder, functions}, definitions{r.Owner, after})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `set local lock_timeout to default; set local statement_timeout to default`)
	return err
}

// definitions are statements that define or drop things of a schema, and the
// role that owns these.
type definitions struct {
	role       string
	statements []string
}

// define runs definitions in their order, each as their role.
func define(ctx context.Context, tx pgx.Tx, all ...definitions) error {
	for _, one := range all {
		if len(one.statements) == 0 {
			continue
		}
		err := pg.As(ctx, tx, one.role, uuid.Nil, func() error {
			_, err := tx.Exec(ctx, strings.Join(one.statements, ";\n"))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// logged returns what the triggers of the schema's tables hide and pair so far.
// What an earlier version keeps secret stays out of the change log when a later
// one, with which it shares the table, does not know of it.
func logged(ctx context.Context, tx pgx.Tx, schema string) (map[string]collection.Log, error) {
	tables := map[string]*actualTable{}
	names, err := pg.All[struct{ Name string }](ctx, tx, `
		select c.relname::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = $1 and c.relkind = 'r'`, schema)
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		tables[n.Name] = &actualTable{}
	}
	if err := fillTriggers(ctx, tx, schema, tables); err != nil {
		return nil, err
	}
	logs := map[string]collection.Log{}
	for name, t := range tables {
		for _, trigger := range t.Triggers {
			if !strings.HasPrefix(trigger.Function, "platform.log_") {
				continue
			}
			logs[name] = collection.LogOf(strings.Split(trigger.arguments(), ";"))
		}
	}
	return logs, nil
}

// found is what of a module's surroundings exists.
type found struct {
	serverVersion int
	owner         foundRole
	runtime       foundRole
	finder        foundRole
	schemaOwner   *string // nil: there is no such schema
}

// foundRole says whether a role exists and whether the login role may become it.
type foundRole struct{ there, reachable bool }

// survey looks for the roles and the schema. A schema of that name that is
// somebody else's is refused.
func (c *Catalogue) survey(ctx context.Context, tx pgx.Tx, r *Release) (found, error) {
	f := found{}
	err := tx.QueryRow(ctx, `
		with wanted as (
			-- Memberships have set_option since PostgreSQL 16; before, each could be switched to.
			select r.rolname, exists (
				select from pg_auth_members m
				where m.roleid = r.oid and m.member = (select oid from pg_roles where rolname = current_user)
					and coalesce((to_jsonb(m) ->> 'set_option')::boolean, true)) as reachable
			from pg_roles r where r.rolname in ($1, $2, $4))
		select current_setting('server_version_num')::int,
		       exists (select from wanted where rolname = $1), coalesce((select reachable from wanted where rolname = $1), false),
		       exists (select from wanted where rolname = $2), coalesce((select reachable from wanted where rolname = $2), false),
		       exists (select from wanted where rolname = $4), coalesce((select reachable from wanted where rolname = $4), false),
		       (select pg_get_userbyid(nspowner)::text from pg_namespace where nspname = $3)`,
		r.Owner, r.Runtime, r.Schema(), r.Finder).
		Scan(&f.serverVersion, &f.owner.there, &f.owner.reachable, &f.runtime.there, &f.runtime.reachable,
			&f.finder.there, &f.finder.reachable, &f.schemaOwner)
	if err != nil {
		return found{}, err
	}
	if f.schemaOwner != nil && *f.schemaOwner != r.Owner {
		return found{}, fmt.Errorf("there is a schema %s that belongs to %s", r.Schema(), *f.schemaOwner)
	}
	return f, nil
}

// prepare returns the statements that make what is missing of roles and
// schema; it may be none.
func (f found) prepare(r *Release, login string) string {
	var lines []string
	type needed struct {
		name string
		foundRole
	}
	roles := []needed{{r.Owner, f.owner}, {r.Runtime, f.runtime}}
	if len(r.Module.Finders()) > 0 {
		roles = append(roles, needed{r.Finder, f.finder})
	}
	for _, role := range roles {
		if !role.there {
			lines = append(lines, "create role "+quote(role.name)+" nologin noinherit")
		}
		if !role.reachable {
			lines = append(lines, f.member(role.name, login))
		}
	}
	if f.schemaOwner == nil {
		lines = append(lines, "create schema "+quote(r.Schema())+" authorization "+quote(r.Owner))
	}
	return strings.Join(lines, ";\n")
}

// member returns the statement that lets the login role become another role
// without having its rights until it does. Before PostgreSQL 16 that hangs on
// the login role's NOINHERIT, which pg.Check sees to.
func (f found) member(role, login string) string {
	grant := "grant " + quote(role) + " to " + quote(login)
	if f.serverVersion >= 160000 {
		grant += " with inherit false, set true"
	}
	return grant
}

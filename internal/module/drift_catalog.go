package module

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// actual is what the database has of one module.
type actual struct {
	SchemaOwner  string // empty: there is no schema
	SchemaRights []right
	Roles        []actualRole
	Tables       []actualTable
	Functions    []actualFunction
}

// actualFunction is a function of the schema.
type actualFunction struct {
	Name, Owner string
	Definer     bool   // it runs with its owner's rights
	Path        string // its setting of search_path
	Callers     []string
}

// right is one privilege of one role on one thing.
type right struct {
	Thing     string // the table; empty for the schema
	Grantee   string // "PUBLIC" for everybody
	Privilege string
	Grantable bool
}

type actualRole struct {
	Name                                       string
	Super, Bypass, Login, CreateRole, CreateDB bool
	Reachable                                  bool // the login role may become it
	Inherited                                  bool // the login role has its rights without becoming it
	Members                                    []string
	MemberOf                                   []string
}

type actualTable struct {
	Name            string
	Kind            string // "table", "view", "sequence", ...
	Owner           string
	Secured, Forced bool
	Columns         map[string]string // name to type
	ColumnRights    []string          // columns with rights of their own
	Rights          []right
	Policies        []actualPolicy
	Indexes         []actualIndex
	LooseReferences []string // foreign keys that do not start with site_id
	Triggers        []actualTrigger
	Constraints     []string // names of foreign keys and exclusions
}

type actualTrigger struct {
	Thing    string
	Name     string
	Function string
	Args     []byte // each ends with a zero byte
	Enabled  bool
}

// arguments prints the arguments with a semicolon between.
func (t actualTrigger) arguments() string {
	return strings.ReplaceAll(strings.TrimSuffix(string(t.Args), "\x00"), "\x00", ";")
}

type actualPolicy struct {
	Thing      string
	Name       string
	Permissive bool
	Command    string // "*" is every command
	Everybody  bool   // it is for all roles
	Role       string // the one role it is for; empty: several, or all
	Using      string
	Check      string
}

type actualIndex struct {
	Thing   string
	Name    string
	Unique  bool
	Primary bool
	Valid   bool
	Columns []string // with " desc" where it is so; expressions as they print
	Where   string
}

// inspect reads what the schema holds. The catalogues are open to every role.
func inspect(ctx context.Context, q pg.Querier, schema string, roles []string, login string) (actual, error) {
	var a actual
	var err error
	if a.SchemaOwner, a.SchemaRights, err = inspectSchema(ctx, q, schema); err != nil {
		return actual{}, err
	}
	if a.Roles, err = inspectRoles(ctx, q, roles, login); err != nil {
		return actual{}, err
	}
	if a.Tables, err = inspectTables(ctx, q, schema); err != nil {
		return actual{}, err
	}
	a.Functions, err = pg.All[actualFunction](ctx, q, `
		select p.proname::text as name, pg_get_userbyid(p.proowner)::text as owner, p.prosecdef as definer,
		       coalesce(array_to_string(p.proconfig, ' '), '') as path,
		       array(select case when x.grantee = 0 then 'PUBLIC' else pg_get_userbyid(x.grantee)::text end
		             from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x order by 1) as callers
		from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = $1 order by 1`, schema)
	return a, err
}

func inspectSchema(ctx context.Context, q pg.Querier, schema string) (string, []right, error) {
	var owner *string
	err := q.QueryRow(ctx, `select (select pg_get_userbyid(nspowner)::text from pg_namespace where nspname = $1)`, schema).Scan(&owner)
	if err != nil || owner == nil {
		return "", nil, err
	}
	rights, err := pg.All[right](ctx, q, `
		select '' as thing, case when a.grantee = 0 then 'PUBLIC' else pg_get_userbyid(a.grantee)::text end as grantee,
		       a.privilege_type as privilege, a.is_grantable as grantable
		from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
		where n.nspname = $1 order by 2, 3`, schema)
	return *owner, rights, err
}

// inspectRoles tells of roles and memberships. Being created by the login role
// makes it an administrator of the role from PostgreSQL 16 on, which is a
// membership without any right, so the grants are taken together.
func inspectRoles(ctx context.Context, q pg.Querier, names []string, login string) ([]actualRole, error) {
	return pg.All[actualRole](ctx, q, `
		select r.rolname::text as name, r.rolsuper as super, r.rolbypassrls as bypass, r.rolcanlogin as login,
		       r.rolcreaterole as create_role, r.rolcreatedb as create_db,
		       coalesce((select bool_or(coalesce((to_jsonb(m) ->> 'set_option')::boolean, true))
		         from pg_auth_members m join pg_roles l on l.oid = m.member
		         where m.roleid = r.oid and l.rolname = $2), false)
		         or (select rolsuper from pg_roles where rolname = $2) as reachable,
		       coalesce((select bool_or(coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, l.rolinherit))
		         from pg_auth_members m join pg_roles l on l.oid = m.member
		         where m.roleid = r.oid and l.rolname = $2), false) as inherited,
		       array(select distinct pg_get_userbyid(m.member)::text from pg_auth_members m where m.roleid = r.oid order by 1) as members,
		       array(select distinct pg_get_userbyid(m.roleid)::text from pg_auth_members m where m.member = r.oid order by 1) as member_of
		from pg_roles r where r.rolname = any ($1) order by 1`, names, login)
}

func inspectTables(ctx context.Context, q pg.Querier, schema string) ([]actualTable, error) {
	type relation struct {
		Name, Kind, Owner string
		Secured, Forced   bool
	}
	relations, err := pg.All[relation](ctx, q, `
		select c.relname::text as name,
		       case c.relkind when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view'
		         when 'm' then 'materialized view' when 'S' then 'sequence' when 'f' then 'foreign table' else c.relkind::text end as kind,
		       pg_get_userbyid(c.relowner)::text as owner, c.relrowsecurity as secured, c.relforcerowsecurity as forced
		from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = $1 and c.relkind not in ('i', 'I', 't', 'c') order by 1`, schema)
	if err != nil {
		return nil, err
	}
	tables := make([]actualTable, len(relations))
	byName := map[string]*actualTable{}
	for n, r := range relations {
		tables[n] = actualTable{
			Name: r.Name, Kind: r.Kind, Owner: r.Owner, Secured: r.Secured, Forced: r.Forced,
			Columns: map[string]string{},
		}
		byName[r.Name] = &tables[n]
	}
	for _, fill := range []func(context.Context, pg.Querier, string, map[string]*actualTable) error{
		fillRights, fillColumns, fillPolicies, fillIndexes, fillReferences, fillTriggers, fillConstraints,
	} {
		if err := fill(ctx, q, schema, byName); err != nil {
			return nil, err
		}
	}
	return tables, nil
}

func fillRights(ctx context.Context, q pg.Querier, schema string, tables map[string]*actualTable) error {
	rights, err := pg.All[right](ctx, q, `
		select c.relname::text as thing, case when a.grantee = 0 then 'PUBLIC' else pg_get_userbyid(a.grantee)::text end as grantee,
		       a.privilege_type as privilege, a.is_grantable as grantable
		from pg_class c join pg_namespace n on n.oid = c.relnamespace,
		     aclexplode(coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's'::"char" else 'r' end, c.relowner))) a
		where n.nspname = $1 and c.relkind not in ('i', 'I', 't', 'c') order by 1, 2, 3`, schema)
	for _, r := range rights {
		if t := tables[r.Thing]; t != nil {
			t.Rights = append(t.Rights, r)
		}
	}
	return err
}

func fillColumns(ctx context.Context, q pg.Querier, schema string, tables map[string]*actualTable) error {
	type column struct {
		Thing, Name, Type string
		Granted           bool
	}
	columns, err := pg.All[column](ctx, q, `
		select c.relname::text as thing, a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type, a.attacl is not null as granted
		from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = $1 and a.attnum > 0 and not a.attisdropped and c.relkind not in ('i', 'I', 't', 'c') order by 1, a.attnum`, schema)
	for _, col := range columns {
		if t := tables[col.Thing]; t != nil {
			t.Columns[col.Name] = col.Type
			if col.Granted {
				t.ColumnRights = append(t.ColumnRights, col.Name)
			}
		}
	}
	return err
}

func fillPolicies(ctx context.Context, q pg.Querier, schema string, tables map[string]*actualTable) error {
	policies, err := pg.All[actualPolicy](ctx, q, `
		select c.relname::text as thing, p.polname::text as name, p.polpermissive as permissive, p.polcmd::text as command,
		       p.polroles = '{0}'::oid[] as everybody,
		       case when cardinality(p.polroles) = 1 and p.polroles <> '{0}'::oid[] then pg_get_userbyid(p.polroles[1])::text else '' end as role,
		       coalesce(pg_get_expr(p.polqual, p.polrelid), '') as using,
		       coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') as check
		from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = $1 order by 1, 2`, schema)
	for _, p := range policies {
		if t := tables[p.Thing]; t != nil {
			t.Policies = append(t.Policies, p)
		}
	}
	return err
}

func fillIndexes(ctx context.Context, q pg.Querier, schema string, tables map[string]*actualTable) error {
	indexes, err := pg.All[actualIndex](ctx, q, `
		select c.relname::text as thing, i.relname::text as name, x.indisunique as unique, x.indisprimary as primary, x.indisvalid as valid,
		       array(select replace(pg_get_indexdef(x.indexrelid, k, true), '"', '') || case when x.indoption[k - 1] & 1 = 1 then ' desc' else '' end
		             from generate_series(1, x.indnkeyatts::int) k order by k) as columns,
		       coalesce(pg_get_expr(x.indpred, x.indrelid), '') as where
		from pg_index x join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
		     join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = $1 and c.relkind = 'r' order by 1, 2`, schema)
	for _, i := range indexes {
		if t := tables[i.Thing]; t != nil {
			t.Indexes = append(t.Indexes, i)
		}
	}
	return err
}

func fillReferences(ctx context.Context, q pg.Querier, schema string, tables map[string]*actualTable) error {
	type reference struct{ Thing, Name string }
	loose, err := pg.All[reference](ctx, q, `
		select c.relname::text as thing, k.conname::text as name
		from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
		     join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
		where n.nspname = $1 and k.contype = 'f' and a.attname <> 'site_id' order by 1, 2`, schema)
	for _, r := range loose {
		if t := tables[r.Thing]; t != nil {
			t.LooseReferences = append(t.LooseReferences, r.Name)
		}
	}
	return err
}

func fillTriggers(ctx context.Context, q pg.Querier, schema string, tables map[string]*actualTable) error {
	triggers, err := pg.All[actualTrigger](ctx, q, `
		select c.relname::text as thing, t.tgname::text as name, f.nspname || '.' || p.proname as function, t.tgargs as args,
		       t.tgenabled in ('O', 'A') as enabled
		from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
		     join pg_proc p on p.oid = t.tgfoid join pg_namespace f on f.oid = p.pronamespace
		where n.nspname = $1 and not t.tgisinternal order by 1, 2`, schema)
	for _, t := range triggers {
		if x := tables[t.Thing]; x != nil {
			x.Triggers = append(x.Triggers, t)
		}
	}
	return err
}

func fillConstraints(ctx context.Context, q pg.Querier, schema string, tables map[string]*actualTable) error {
	type constraint struct{ Thing, Name string }
	constraints, err := pg.All[constraint](ctx, q, `
		select c.relname::text as thing, k.conname::text as name
		from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = $1 and k.contype in ('f', 'x') order by 1, 2`, schema)
	for _, k := range constraints {
		if t := tables[k.Thing]; t != nil {
			t.Constraints = append(t.Constraints, k.Name)
		}
	}
	return err
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// platformDrift tells of what concerns the whole deployment.
func (c *Catalogue) platformDrift(ctx context.Context) ([]Finding, error) {
	var version int
	var super, bypass, inherit, configOpen, languageOpen bool
	err := c.db.Pool().QueryRow(ctx, `
		select current_setting('server_version_num')::int, rolsuper, rolbypassrls, rolinherit,
		       exists (select from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
		         where p.oid = 'pg_catalog.set_config(text, text, boolean)'::regprocedure and a.grantee = 0),
		       exists (select from pg_language l, aclexplode(coalesce(l.lanacl, acldefault('l', l.lanowner))) a
		         where l.lanname = 'plpgsql' and a.grantee = 0)
		from pg_roles where rolname = current_user`).Scan(&version, &super, &bypass, &inherit, &configOpen, &languageOpen)
	if err != nil {
		return nil, pg.Translate(err)
	}
	var d drift
	login := c.db.Login()
	if super {
		d.add(Danger, "The login role %s is a superuser, to whom row security does not apply: ALTER ROLE %s NOSUPERUSER.", login, quote(login))
	}
	if bypass {
		d.add(Danger, "The login role %s may bypass row security: ALTER ROLE %s NOBYPASSRLS.", login, quote(login))
	}
	if version < 160000 && inherit {
		d.add(Danger, "The login role %s inherits the rights of every module's roles: ALTER ROLE %s NOINHERIT.", login, quote(login))
	}
	if err := c.platformRights(ctx, &d); err != nil {
		return nil, err
	}
	if configOpen {
		d.add(Note, "Every role may call set_config. A superuser can close it: REVOKE EXECUTE ON FUNCTION set_config(text, text, boolean) FROM PUBLIC, and grant it to %s.", quote(login))
	}
	if languageOpen {
		d.add(Note, "Every role may use PL/pgSQL. A superuser can close it: REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC, and grant it to %s.", quote(login))
	}
	return d.findings, nil
}

// platformRights looks at who reaches the platform's own schema: modules' roles
// look up what the scope asserts there, by functions, and have no right on its
// tables, no more than everybody has.
func (c *Catalogue) platformRights(ctx context.Context, d *drift) error {
	var usable bool
	err := c.db.Pool().QueryRow(ctx, `select has_schema_privilege('public', 'platform', 'usage')`).Scan(&usable)
	if err != nil {
		return pg.Translate(err)
	}
	if !usable {
		d.add(Fault, "Modules' roles cannot call the functions of the schema platform: GRANT USAGE ON SCHEMA platform TO PUBLIC.")
	}
	type right struct {
		Name, Grantee, Privilege string
	}
	all, err := pg.All[right](ctx, c.db.Pool(), `
		select distinct held.name, case held.grantee when 0 then 'PUBLIC' else quote_ident(r.rolname) end as grantee, held.privilege
		from (
			select c.relname as name, a.grantee, a.privilege_type as privilege
			from pg_class c, aclexplode(c.relacl) a where c.relnamespace = 'platform'::regnamespace
			union all
			select c.relname, a.grantee, a.privilege_type
			from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a where c.relnamespace = 'platform'::regnamespace
		) held left join pg_roles r on r.oid = held.grantee
		where held.grantee = 0 or r.rolname ~ '^mod_'
		order by 1, 2, 3`)
	if err != nil {
		return err
	}
	for _, r := range all {
		d.add(Danger, "%s has the right %s on the platform's %s: REVOKE %[2]s ON platform.%[3]s FROM %[1]s.", r.Grantee, r.Privilege, r.Name)
	}
	return nil
}

package testkit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// The codes of PostgreSQL that the line is held with.
const (
	codeDenied    = "42501"
	codeMalformed = "22P02"
)

// policy is the one policy of every module table, as the catalogue prints it.
const policy = "(site_id = ( SELECT (NULLIF(current_setting('app.site_id'::text, true), ''::text))::uuid AS \"nullif\"))"

// Leaks attacks a module's tables with SQL, without the data engine, and tells
// what got through; nothing when the database holds the line. Both sites must
// have records in every table. Everything it writes is rolled back.
func Leaks(ctx context.Context, db *pg.DB, r *module.Release, mine, theirs uuid.UUID) ([]string, error) {
	a := &attack{ctx: ctx, db: db, release: r, mine: mine, theirs: theirs}
	for _, t := range r.Module.Tables() {
		a.table = pgx.Identifier{r.Schema(), t.Name}.Sanitize()
		a.deletes = slices.Contains(t.Rights, "DELETE")
		a.declared(t.Name, t.Found)
		a.reads()
		a.writes()
	}
	for _, f := range r.Module.Finders() {
		a.finds(f)
	}
	return a.found, a.err
}

// attack collects what got through; an error is one of the attack itself.
type attack struct {
	ctx          context.Context
	db           *pg.DB
	release      *module.Release
	mine, theirs uuid.UUID
	table        string
	deletes      bool // its rows are deleted with their record's, as lines are
	found        []string
	err          error
}

func (a *attack) tell(format string, args ...any) {
	a.found = append(a.found, a.table+": "+fmt.Sprintf(format, args...))
}

// finds asks a finder function, which sees the rows of all sites, for more than
// those of the transaction's site.
func (a *attack) finds(f collection.Finder) {
	a.table = pgx.Identifier{a.release.Schema(), f.Table}.Sanitize()
	for n, field := range f.Fields {
		found := "select count(*)::int from " + pgx.Identifier{a.release.Schema(), f.Name}.Sanitize() + "('" + field + "', 'ilike', '%')"
		own := "select count(*)::int from " + a.table + " where deleted_at is null and " + pgx.Identifier{f.Columns[n]}.Sanitize() + " is not null"
		run, mine := a.release.Runtime, a.mine.String()
		all, err := a.count(run, mine, own)
		a.err = errors.Join(a.err, err)
		a.counts("finding with the site set", run, mine, found, all)
		a.counts("finding without a site", run, "", found, 0)
		a.counts("finding on no such site", run, uuid.NewString(), found, 0)
		a.refuses("finding as the owner", a.release.Owner, mine, found, codeDenied)
		a.refuses("finding as nobody", "", mine, found, codeDenied)
	}
	a.refuses("writing as the finder", a.release.Finder, a.mine.String(), "update "+a.table+" set version = version + 1", codeDenied)
}

// declared compares what the catalogue holds with what every table must have,
// and one that a finder looks into besides.
func (a *attack) declared(name string, found bool) {
	var enabled, forced bool
	var owner, rights string
	var policies []string
	err := a.db.Pool().QueryRow(a.ctx, `
		select c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner)::text,
			coalesce((select array_agg(p.permissive || ' ' || p.cmd || ' to ' || array_to_string(p.roles, ',') || ': ' ||
				coalesce(p.qual, 'no using') || ' | ' || coalesce(p.with_check, 'no check')) from pg_policies p
				where p.schemaname = $1 and p.tablename = $2), '{}'),
			coalesce((select string_agg(pg_get_userbyid(x.grantee)::text || ' ' || x.privilege_type, ', ' order by x.privilege_type)
				from aclexplode(c.relacl) x where x.grantee <> c.relowner), '')
		from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = $2`,
		a.release.Schema(), name).Scan(&enabled, &forced, &owner, &policies, &rights)
	if err != nil {
		a.err = errors.Join(a.err, err)
		return
	}
	if !enabled || !forced {
		a.tell("row security is enabled: %v, forced: %v", enabled, forced)
	}
	if owner != a.release.Owner {
		a.tell("belongs to %s", owner)
	}
	run, finder := a.release.Runtime, a.release.Finder
	want, may := []string{"PERMISSIVE ALL to public: " + policy + " | " + policy}, []string{run + " INSERT", run + " SELECT", run + " UPDATE"}
	if found {
		want, may = append(want, "PERMISSIVE SELECT to "+finder+": true | no check"), append(may, finder+" SELECT")
	}
	slices.Sort(want)
	slices.Sort(policies)
	if !slices.Equal(policies, want) {
		a.tell("has the policies %q", policies)
	}
	if a.deletes {
		may = append(may, run+" DELETE")
	}
	held := strings.Split(rights, ", ")
	slices.Sort(may)
	slices.Sort(held)
	if !slices.Equal(held, may) {
		a.tell("the rights are %q", rights)
	}
}

func (a *attack) reads() {
	count := "select count(*)::int from " + a.table
	run, owner := a.release.Runtime, a.release.Owner
	a.counts("no site set", run, "", count, 0)
	a.counts("the owner without a site", owner, "", count, 0)
	a.counts("no such site", run, uuid.NewString(), count, 0)
	a.counts("the other site by name", run, a.mine.String(), count+" where site_id = '"+a.theirs.String()+"'", 0)
	a.counts("the owner asks for the other site", owner, a.mine.String(), count+" where site_id = '"+a.theirs.String()+"'", 0)
	a.counts("whatever is not mine", run, a.mine.String(), count+" where site_id <> '"+a.mine.String()+"'", 0)
	a.refuses("a malformed site", run, "x' or '1'='1", count, codeMalformed)
	a.refuses("no role at all", "", a.mine.String(), count, codeDenied)
	a.sees("own rows", count)
}

func (a *attack) writes() {
	run, mine, theirs := a.release.Runtime, a.mine.String(), a.theirs.String()
	insert := "insert into " + a.table + " (site_id, id) values ('" + theirs + "', gen_random_uuid())"
	a.refuses("an insert for another site", run, mine, insert, codeDenied)
	a.refuses("an insert without a site", run, "", insert, codeDenied)
	a.refuses("moving a row to another site", run, mine, "update "+a.table+" set site_id = '"+theirs+"'", codeDenied)
	a.changes("an update of another site", run, mine, "update "+a.table+" set id = id where site_id = '"+theirs+"'")
	a.changes("an update without a site", run, "", "update "+a.table+" set id = id")
	a.changes("a deletion by the owner without a site", a.release.Owner, "", "delete from "+a.table)
	a.changes("a deletion by the owner on another site", a.release.Owner, mine, "delete from "+a.table+" where site_id = '"+theirs+"'")
	if a.deletes {
		a.changes("a deletion on another site", run, mine, "delete from "+a.table+" where site_id <> '"+mine+"'")
		a.changes("a deletion without a site", run, "", "delete from "+a.table)
	} else {
		a.refuses("a deletion", run, mine, "delete from "+a.table, codeDenied)
	}
	a.refuses("truncation", run, mine, "truncate "+a.table, codeDenied)
	a.refuses("switching row security off", run, mine, "alter table "+a.table+" disable row level security", codeDenied)
	a.refuses("another policy", run, mine, "create policy open on "+a.table+" using (true)", codeDenied)
}

// as runs fn as the role with the site set, as text, and rolls back. An empty
// role is the login role's own rights.
func (a *attack) as(role, site string, fn func(tx pgx.Tx) error) error {
	tx, err := a.db.Pool().Begin(a.ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(a.ctx) }()
	if _, err := tx.Exec(a.ctx, `select set_config('app.site_id', $1, true)`, site); err != nil {
		return err
	}
	if role != "" {
		if _, err := tx.Exec(a.ctx, `set local role `+pgx.Identifier{role}.Sanitize()); err != nil {
			return err
		}
	}
	return fn(tx)
}

func (a *attack) count(role, site, sql string) (n int, err error) {
	err = a.as(role, site, func(tx pgx.Tx) error { return tx.QueryRow(a.ctx, sql).Scan(&n) })
	return n, err
}

func (a *attack) counts(says, role, site, sql string, want int) {
	if n, err := a.count(role, site, sql); err != nil {
		a.tell("%s: %v", says, err)
	} else if n != want {
		a.tell("%s: %d rows are seen", says, n)
	}
}

// sees makes sure that the attack was one on a table with rows of both sites.
func (a *attack) sees(says, sql string) {
	for _, site := range []uuid.UUID{a.mine, a.theirs} {
		n, err := a.count(a.release.Runtime, site.String(), sql)
		if err != nil || n == 0 {
			a.err = errors.Join(a.err, fmt.Errorf("%s: %s of site %s: %d rows (%v), so nothing is proven", a.table, says, site, n, err))
		}
	}
}

func (a *attack) refuses(says, role, site, sql, code string) {
	err := a.as(role, site, func(tx pgx.Tx) error {
		_, err := tx.Exec(a.ctx, sql)
		return err
	})
	var broken *pgconn.PgError
	switch {
	case err == nil:
		a.tell("%s is not refused", says)
	case !errors.As(err, &broken) || broken.Code != code:
		a.tell("%s is refused with %v, not with %s", says, err, code)
	}
}

func (a *attack) changes(says, role, site, sql string) {
	err := a.as(role, site, func(tx pgx.Tx) error {
		tag, err := tx.Exec(a.ctx, sql)
		if n := tag.RowsAffected(); err == nil && n > 0 {
			a.tell("%s reaches %d rows", says, n)
		}
		return err
	})
	if err != nil {
		a.tell("%s: %v", says, err)
	}
}

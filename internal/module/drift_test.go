package module_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/testkit"
)

// driftOf returns the findings about one module.
func (w world) driftOf(v module.Version) []module.Finding {
	w.Helper()
	all, err := w.Drift(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	var list []module.Finding
	for _, f := range all {
		if f.Module == "" || strings.Contains(f.Module, module.SchemaName(v.Short)) {
			list = append(list, f)
		}
	}
	return list
}

// asSuperuser breaks something that only a superuser can break.
func (w world) asSuperuser(sql string) {
	w.Helper()
	var database string
	if err := w.db.Pool().QueryRow(w.Context(), `select current_database()`).Scan(&database); err != nil {
		w.Fatal(err)
	}
	conn, err := pgx.Connect(w.Context(), testkit.AdminDSN(w, database))
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = conn.Close(w.Context()) }()
	if _, err := conn.Exec(w.Context(), sql); err != nil {
		w.Fatalf("%s: %v", sql, err)
	}
}

func TestDriftIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.NewDatabase(t))
	agency, sites := w.agency(1)
	v := w.publish(agency, rental("1.0.0").with(files{
		"collections/item.yaml": "fields:\n  name: {type: text, required: true, max: 80, unique: true, search: true}\n  price: {type: money}\n",
	}))
	w.install(sites[0], "rental")
	schema := module.SchemaName(v.Short)
	owner, runtime := module.RoleNames(v.Short, w.db.Deployment())
	if findings := w.driftOf(v); len(findings) > 0 {
		t.Fatalf("a fresh module drifts: %v", findings)
	}
	tests := []struct {
		name, breaks, mends string
		severity            module.Severity
		says                string
	}{
		{
			"the policy lets everybody in", `alter policy site on {s}.item using (true)`,
			`alter policy site on {s}.item using (site_id = (select nullif(current_setting('app.site_id', true), '')::uuid))`,
			module.Danger, "policy site of the table item is changed",
		},
		{
			"a second policy", `create policy more on {s}.item using (true)`, `drop policy more on {s}.item`,
			module.Danger, "has a policy more",
		},
		{
			"the policy is gone", `drop policy site on {s}.place`,
			`create policy site on {s}.place using (site_id = (select nullif(current_setting('app.site_id', true), '')::uuid))
				with check (site_id = (select nullif(current_setting('app.site_id', true), '')::uuid))`,
			module.Fault, "has no policy site",
		},
		{"row security is off", `alter table {s}.item disable row level security`, `alter table {s}.item enable row level security`, module.Danger, "not enabled"},
		{"row security is not forced", `alter table {s}.item no force row level security`, `alter table {s}.item force row level security`, module.Danger, "not forced"},
		{"a column too many", `alter table {s}.item add column extra text`, `alter table {s}.item drop column extra`, module.Warning, "column extra that no version declares"},
		{"a column too few", `alter table {s}.booking drop column guest`, `alter table {s}.booking add column guest text`, module.Fault, "column guest of the table booking is missing"},
		{"a column of another type", `alter table {s}.booking alter column starts_on type text`, `alter table {s}.booking alter column starts_on type date using starts_on::date`, module.Fault, "starts_on of the table booking is text, not date"},
		{"a table too many", `create table {s}.stray (id int)`, `drop table {s}.stray`, module.Warning, "table stray that no version declares"},
		{"a table too few", `alter table {s}.place rename to elsewhere`, `alter table {s}.elsewhere rename to place`, module.Fault, "table place is missing"},
		{"an index that spans sites", `create unique index peek on {s}.item (name)`, `drop index {s}.peek`, module.Danger, "peek of the table item does not start with site_id"},
		{"the unique rule is gone", `alter index {s}.item_unique_name rename to item_other`, `alter index {s}.item_other rename to item_unique_name`, module.Fault, "item_unique_name of the table item is missing"},
		{"the runtime role may delete", `grant delete on {s}.item to {run}`, `revoke delete on {s}.item from {run}`, module.Danger, "right DELETE"},
		{"the runtime role may not update", `revoke update on {s}.item from {run}`, `grant update on {s}.item to {run}`, module.Fault, "lacks the right UPDATE"},
		{"everybody may read", `grant select on {s}.item to public`, `revoke select on {s}.item from public`, module.Danger, "PUBLIC has the right SELECT"},
		{"the login role may read", `grant select on {s}.item to dramac`, `revoke select on {s}.item from dramac`, module.Danger, "dramac has the right SELECT"},
		{"a right on a column", `grant update (name) on {s}.item to {run}`, `revoke update (name) on {s}.item from {run}`, module.Danger, "single column name"},
		{"the runtime role owns a table", `alter table {s}.item owner to {run}`, `alter table {s}.item owner to {own}; grant select, insert, update on {s}.item to {run}`, module.Danger, "belongs to " + runtime},
		{"the runtime role may make tables", `grant create on schema {s} to {run}`, `revoke create on schema {s} from {run}`, module.Danger, "right CREATE on the schema"},
		{"the runtime role is mighty", `alter role {run} bypassrls`, `alter role {run} nobypassrls`, module.Danger, "may bypass row security"},
		{"the finder sees for everybody", `grant execute on function {s}.{find}(text, text, text) to public`, `revoke execute on function {s}.{find}(text, text, text) from public`, module.Danger, "may be called by PUBLIC"},
		{"the finder has its caller's path", `alter function {s}.{find} reset search_path`, `alter function {s}.{find} set search_path = pg_catalog`, module.Danger, "is changed"},
		{"the finder belongs to another", `alter function {s}.{find} owner to {own}`, `alter function {s}.{find} owner to {finder}`, module.Danger, "belongs to " + owner},
		{"the finder is gone", `alter function {s}.{find} rename to elsewhere`, `alter function {s}.elsewhere rename to {find}`, module.Warning, "{find} is missing"},
		{"a function too many", `create function {s}.peek() returns int language sql as 'select 1'`, `drop function {s}.peek`, module.Danger, "function peek"},
		{"the finder's policy is for all", `alter policy find on {s}.item to public`, `alter policy find on {s}.item to {finder}`, module.Danger, "policy find of the table item is changed"},
		{"the finder's policy is gone", `drop policy find on {s}.item`, `create policy find on {s}.item for select to {finder} using (true)`, module.Fault, "has no policy find"},
		{"the finder may write", `grant update on {s}.item to {finder}`, `revoke update on {s}.item from {finder}`, module.Danger, "right UPDATE"},
		{"the tables of an older server", `update platform.module_version set layout = 0`, `update platform.module_version set layout = ` + fmt.Sprint(collection.Layout), module.Warning, "made by an older server"},
		{"a module reads the platform's tables", `grant select on platform.session to {run}`, `revoke select on platform.session from {run}`, module.Danger, "{run} has the right SELECT on the platform's session"},
		{"a module reads a column of the platform", `grant select (email) on platform.account to {run}`, `revoke select (email) on platform.account from {run}`, module.Danger, "SELECT on the platform's account"},
		{"everybody reads the platform's tables", `grant select on platform.member to public`, `revoke select on platform.member from public`, module.Danger, "PUBLIC has the right SELECT"},
		{"the platform is closed to modules", `revoke usage on schema platform from public`, `grant usage on schema platform to public`, module.Fault, "GRANT USAGE ON SCHEMA platform"},
		{"set_config is open", `grant execute on function set_config(text, text, boolean) to public`, `revoke execute on function set_config(text, text, boolean) from public`, module.Note, "set_config"},
		{"PL/pgSQL is open", `grant usage on language plpgsql to public`, `revoke usage on language plpgsql from public`, module.Note, "PL/pgSQL"},
	}
	release, err := w.Release(t.Context(), v.Module, v.Version)
	if err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("{s}", schema, "{run}", runtime, "{own}", owner, "{finder}", release.Finder, "{find}", release.Module.Finders()[0].Name)
	for _, tt := range tests {
		w.asSuperuser(fill.Replace(tt.breaks))
		findings := w.driftOf(v)
		found := false
		for _, f := range findings {
			found = found || f.Severity == tt.severity && strings.Contains(f.Text, fill.Replace(tt.says))
		}
		if !found {
			t.Errorf("%s: found %v, want %s %q", tt.name, findings, tt.severity, tt.says)
		}
		w.asSuperuser(fill.Replace(tt.mends))
	}
	if findings := w.driftOf(v); len(findings) > 0 {
		t.Errorf("after mending everything: %v", findings)
	}
}

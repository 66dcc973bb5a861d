package module

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Severity says how bad a finding is.
type Severity string

// The severities, worst first.
const (
	Danger  Severity = "danger"  // tenants may not be kept apart
	Fault   Severity = "fault"   // the module does not work as declared
	Warning Severity = "warning" // it works, but not as it was made
	Note    Severity = "note"    // worth knowing
)

// Finding is one difference between what should be and what is.
type Finding struct {
	Severity Severity
	Module   string // manifest id and schema; empty: of the whole deployment
	Text     string // a sentence
}

// String returns the finding as one line.
func (f Finding) String() string {
	if f.Module == "" {
		return fmt.Sprintf("%s: %s", f.Severity, f.Text)
	}
	return fmt.Sprintf("%s: %s: %s", f.Severity, f.Module, f.Text)
}

// Drift compares what every provisioned module should have in the database
// with what is there: schema, roles, tables, columns, row security, indexes
// and rights. It changes nothing. No finding means that all is as it was made.
func (c *Catalogue) Drift(ctx context.Context) ([]Finding, error) {
	findings, err := c.platformDrift(ctx)
	if err != nil {
		return nil, err
	}
	modules, err := pg.All[made](ctx, c.db.Pool(), `
		select distinct m.id, m.name, m.short_id as short
		from platform.module m join platform.module_version v on v.module_id = m.id
		where v.provisioned_at is not null order by m.name, m.short_id`)
	if err != nil {
		return nil, err
	}
	for _, m := range modules {
		part, err := c.moduleDrift(ctx, m)
		if err != nil {
			return nil, fmt.Errorf("compare %s: %w", m.Name, err)
		}
		findings = append(findings, part...)
	}
	return findings, nil
}

// layout is the way in which the tables of a version were made.
type layout struct {
	Version string
	Layout  int
}

// made is a module of which some version was provisioned.
type made struct {
	ID    uuid.UUID
	Name  string
	Short string
}

func (c *Catalogue) moduleDrift(ctx context.Context, m made) ([]Finding, error) {
	d := drift{module: m.Name + " (" + SchemaName(m.Short) + ")", login: c.db.Login()}
	d.owner, d.runtime = RoleNames(m.Short, c.db.Deployment())
	d.finder = FinderName(m.Short, c.db.Deployment())
	releases, err := c.provisioned(ctx, c.db.Pool(), m.ID)
	if err != nil {
		// A package that cannot be read is a finding, not the end of the search.
		d.add(Fault, "The package cannot be read: %v.", err)
		return d.findings, nil
	}
	old, err := pg.All[layout](ctx, c.db.Pool(), `
		select version, layout from platform.module_version where module_id = $1 and provisioned_at is not null and layout < $2`, m.ID, collection.Layout)
	if err != nil {
		return nil, err
	}
	tables := make([][]collection.Table, len(releases))
	for n, r := range releases {
		tables[n] = r.Module.Tables()
		if at := slices.IndexFunc(old, func(o layout) bool { return o.Version == r.Manifest.Version }); at >= 0 {
			d.add(Warning, "The tables of version %s were made by an older server. What they lack is added in the background.", r.Manifest.Version)
			d.older = true
			if old[at].Layout < searchedFrom {
				tables[n] = unsearched(tables[n])
				continue
			}
		}
		for _, f := range r.Module.Finders() {
			d.finders = append(d.finders, f.Name)
		}
	}
	here, err := inspect(ctx, c.db.Pool(), SchemaName(m.Short), d.roles(), d.login)
	if err != nil {
		return nil, err
	}
	d.compareSchema(here)
	d.compareRoles(here)
	d.compareTables(expected(tables), here.Tables)
	d.compareFunctions(here.Functions)
	return d.findings, nil
}

// expected is the union of the tables of all provisioned versions, because
// provisioning only ever adds.
func expected(versions [][]collection.Table) []collection.Table {
	var all []collection.Table
	for _, tables := range versions {
		for _, t := range tables {
			at := slices.IndexFunc(all, func(x collection.Table) bool { return x.Name == t.Name })
			if at < 0 {
				t.Columns, t.Indexes = slices.Clone(t.Columns), slices.Clone(t.Indexes)
				t.Exclusions, t.References = slices.Clone(t.Exclusions), slices.Clone(t.References)
				all = append(all, t)
				continue
			}
			all[at].Rights = union(all[at].Rights, t.Rights)
			for _, x := range t.Exclusions {
				if !slices.ContainsFunc(all[at].Exclusions, func(o collection.Exclusion) bool { return o.Name == x.Name }) {
					all[at].Exclusions = append(all[at].Exclusions, x)
				}
			}
			for _, r := range t.References {
				if !slices.ContainsFunc(all[at].References, func(o collection.Reference) bool { return o.Name == r.Name }) {
					all[at].References = append(all[at].References, r)
				}
			}
			all[at].Found = all[at].Found || t.Found
			for _, column := range t.Columns {
				if !slices.ContainsFunc(all[at].Columns, func(x collection.Column) bool { return x.Name == column.Name }) {
					all[at].Columns = append(all[at].Columns, column)
				}
			}
			all[at].Log = all[at].Log.Join(t.Log)
			all[at].Files = joinTriggers(all[at].Files, t.Files)
			for _, index := range t.Indexes {
				if !slices.ContainsFunc(all[at].Indexes, func(x collection.Index) bool { return x.Name == index.Name }) {
					all[at].Indexes = append(all[at].Indexes, index)
				}
			}
		}
	}
	return all
}

// unsearched are the tables of a version as a server made them that knew no
// finders.
func unsearched(tables []collection.Table) []collection.Table {
	tables = slices.Clone(tables)
	for n := range tables {
		t := &tables[n]
		t.Found = false
		t.Indexes = slices.DeleteFunc(slices.Clone(t.Indexes), func(i collection.Index) bool { return i.Using != "" })
	}
	return tables
}

// union is what either has, in alphabetical order.
func union(a, b []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(a, b))))
}

// drift collects the findings of one module.
type drift struct {
	module                string
	login, owner, runtime string
	finder                string
	finders               []string // the functions that the role of the name has
	older                 bool     // an older server made some of the tables
	findings              []Finding
}

func (d *drift) add(s Severity, format string, args ...any) {
	d.findings = append(d.findings, Finding{Severity: s, Module: d.module, Text: fmt.Sprintf(format, args...)})
}

func (d *drift) compareSchema(here actual) {
	switch here.SchemaOwner {
	case d.owner:
	case "":
		d.add(Fault, "The schema is missing.")
		return
	default:
		d.add(Danger, "The schema belongs to %s, not to %s.", here.SchemaOwner, d.owner)
	}
	rights := map[string][]string{d.owner: {"CREATE", "USAGE"}, d.runtime: {"USAGE"}, d.login: {"USAGE"}}
	if len(d.finders) > 0 {
		rights[d.finder] = []string{"USAGE"}
	}
	d.compareRights("the schema", here.SchemaRights, rights)
}

// roles are those that the module has.
func (d *drift) roles() []string {
	if len(d.finders) == 0 {
		return []string{d.owner, d.runtime}
	}
	return []string{d.owner, d.runtime, d.finder}
}

func (d *drift) compareRoles(here actual) {
	for _, name := range d.roles() {
		at := slices.IndexFunc(here.Roles, func(r actualRole) bool { return r.Name == name })
		if at < 0 {
			d.add(Fault, "The role %s is missing.", name)
			continue
		}
		role := here.Roles[at]
		for _, power := range []struct {
			has  bool
			name string
		}{
			{role.Super, "is a superuser"},
			{role.Bypass, "may bypass row security"},
			{role.Login, "may log in"},
			{role.CreateRole, "may create roles"},
			{role.CreateDB, "may create databases"},
		} {
			if power.has {
				d.add(Danger, "The role %s %s.", name, power.name)
			}
		}
		if !role.Reachable {
			d.add(Fault, "The role %s is not a member of %s, so the server cannot become it.", d.login, name)
		}
		if role.Inherited {
			d.add(Danger, "The role %s inherits the rights of %s without becoming it.", d.login, name)
		}
		for _, group := range role.MemberOf {
			d.add(Danger, "The role %s is a member of %s.", name, group)
		}
		for _, other := range role.Members {
			if other != d.login {
				d.add(Danger, "The role %s is a member of %s.", other, name)
			}
		}
	}
}

func (d *drift) compareTables(want []collection.Table, have []actualTable) {
	for _, w := range want {
		at := slices.IndexFunc(have, func(h actualTable) bool { return h.Name == w.Name })
		if at < 0 {
			d.add(Fault, "The table %s is missing.", w.Name)
			continue
		}
		d.compareTable(w, have[at])
	}
	for _, h := range have {
		if !slices.ContainsFunc(want, func(w collection.Table) bool { return w.Name == h.Name }) {
			d.add(Warning, "There is a %s %s that no version declares.", h.Kind, h.Name)
			d.compareRights(h.Kind+" "+h.Name, h.Rights, map[string][]string{d.owner: nil})
		}
	}
}

func (d *drift) compareTable(w collection.Table, h actualTable) {
	table := "the table " + w.Name
	if h.Kind != "table" {
		d.add(Fault, "%s is a %s, not a table.", w.Name, h.Kind)
		return
	}
	if h.Owner != d.owner {
		d.add(Danger, "%s belongs to %s, not to %s.", upper(table), h.Owner, d.owner)
	}
	if !h.Secured {
		d.add(Danger, "Row security is not enabled on %s.", table)
	}
	if !h.Forced {
		d.add(Danger, "Row security is not forced on %s, so its owner sees every site.", table)
	}
	d.comparePolicies(w, h)
	d.compareColumns(w, h)
	d.compareIndexes(w, h)
	d.compareTriggers(w, h)
	d.compareConstraints(w, h)
	for _, key := range h.LooseReferences {
		d.add(Danger, "The foreign key %s of %s does not start with site_id.", key, table)
	}
	for _, column := range h.ColumnRights {
		d.add(Danger, "There are rights on the single column %s of %s.", column, table)
	}
	rights := map[string][]string{d.owner: nil, d.runtime: w.Rights}
	if w.Found {
		rights[d.finder] = []string{"SELECT"}
	}
	d.compareRights(table, h.Rights, rights)
}

// compareConstraints looks for foreign keys and exclusions.
func (d *drift) compareConstraints(w collection.Table, h actualTable) {
	for _, r := range w.References {
		if !slices.Contains(h.Constraints, r.Name) {
			d.add(Fault, "The foreign key %s of the table %s is missing.", r.Name, w.Name)
		}
	}
	for _, x := range w.Exclusions {
		if !slices.Contains(h.Constraints, x.Name) {
			d.add(Fault, "The exclusion %s of the table %s is missing, so ranges may overlap.", x.Name, w.Name)
		}
	}
}

func (d *drift) comparePolicies(w collection.Table, h actualTable) {
	found, finds := false, false
	for _, p := range h.Policies {
		if w.Found && p.Name == collection.FinderPolicy {
			finds = true
			if p.Command != "r" || p.Role != d.finder || p.Using != "true" {
				d.add(Danger, "The policy %s of the table %s is changed: for %s, using %s.", p.Name, w.Name, p.Role, p.Using)
			}
			continue
		}
		if p.Name != w.Policy {
			d.add(Danger, "The table %s has a policy %s, which is not the platform's.", w.Name, p.Name)
			continue
		}
		found = true
		if !p.Permissive || p.Command != "*" || !p.Everybody ||
			normalized(p.Using) != sitePolicy || normalized(p.Check) != sitePolicy {
			d.add(Danger, "The policy %s of the table %s is changed: using %s with check %s.", p.Name, w.Name, p.Using, p.Check)
		}
	}
	if w.Found && !finds {
		d.add(Fault, "The table %s has no policy %s, so searching finds nothing.", w.Name, collection.FinderPolicy)
	}
	if !found {
		d.add(Fault, "The table %s has no policy %s, so nobody sees its records.", w.Name, w.Policy)
	}
}

// sitePolicy is the one condition of every policy, as normalized returns it.
const sitePolicy = `site_id=selectnullifcurrent_setting'app.site_id',true,''::uuid`

// normalized takes from a condition what versions of PostgreSQL print
// differently: space, brackets, casts of literals and the name of a column.
func normalized(condition string) string {
	return strings.NewReplacer(" ", "", "\n", "", "\t", "", "(", "", ")", "", "::text", "", `as"nullif"`, "").
		Replace(strings.ToLower(strings.ReplaceAll(condition, ` AS "nullif"`, "")))
}

func (d *drift) compareColumns(w collection.Table, h actualTable) {
	for _, column := range w.Columns {
		switch kind, ok := h.Columns[column.Name]; {
		case !ok:
			d.add(Fault, "The column %s of the table %s is missing.", column.Name, w.Name)
		case kind != column.Type:
			d.add(Fault, "The column %s of the table %s is %s, not %s.", column.Name, w.Name, kind, column.Type)
		}
	}
	for _, name := range sortedKeys(h.Columns) {
		if !slices.ContainsFunc(w.Columns, func(c collection.Column) bool { return c.Name == name }) {
			d.add(Warning, "The table %s has a column %s that no version declares.", w.Name, name)
		}
	}
}

func (d *drift) compareIndexes(w collection.Table, h actualTable) {
	for _, index := range w.Indexes {
		at := slices.IndexFunc(h.Indexes, func(x actualIndex) bool { return x.Name == index.Name })
		if at < 0 {
			severity := Warning
			if index.Unique {
				severity = Fault
			}
			d.add(severity, "The index %s of the table %s is missing.", index.Name, w.Name)
			continue
		}
		x := h.Indexes[at]
		if x.Unique != index.Unique || !slices.Equal(x.Columns, index.Columns) || !sameRows(x.Where, index.Where) {
			d.add(Fault, "The index %s of the table %s is on (%s) where %s, not on (%s) where %s.",
				x.Name, w.Name, strings.Join(x.Columns, ", "), cmp.Or(x.Where, "true"), strings.Join(index.Columns, ", "), cmp.Or(index.Where, "true"))
		}
	}
	keyed := false
	for _, x := range h.Indexes {
		keyed = keyed || x.Primary && slices.Equal(x.Columns, []string{"site_id", "id"})
		if !x.Valid {
			d.add(Fault, "The index %s of the table %s is not valid.", x.Name, w.Name)
		}
		if x.Columns[0] != "site_id" {
			severity := Warning
			if x.Unique {
				severity = Danger
			}
			d.add(severity, "The index %s of the table %s does not start with site_id.", x.Name, w.Name)
		}
		if !x.Primary && !declares(w, x.Name) {
			d.add(Warning, "The table %s has an index %s that no version declares.", w.Name, x.Name)
		}
	}
	if !keyed {
		d.add(Fault, "The primary key of the table %s is not (site_id, id).", w.Name)
	}
}

// joinTriggers adds the triggers that another version of the module has.
func joinTriggers(all, more []collection.Trigger) []collection.Trigger {
	for _, t := range more {
		if !slices.ContainsFunc(all, func(x collection.Trigger) bool { return x.Name == t.Name }) {
			all = append(slices.Clip(all), t)
		}
	}
	return all
}

// compareTriggers looks whether the table's changes are noticed, and that
// nothing else runs when it is written. Older servers logged changes by
// functions of the singular.
func (d *drift) compareTriggers(w collection.Table, h actualTable) {
	want := append(w.Log.Triggers(), w.Files...)
	for _, t := range want {
		at := slices.IndexFunc(h.Triggers, func(x actualTrigger) bool { return x.Name == t.Name })
		if at < 0 {
			d.add(Fault, "The table %s has no trigger %s, so some of its changes are not noticed.", w.Name, t.Name)
			continue
		}
		switch x := h.Triggers[at]; {
		case !x.Enabled:
			d.add(Fault, "The trigger %s of the table %s is switched off, so some of its changes are not noticed.", t.Name, w.Name)
		case x.Function != t.Function && !(d.older && x.Function+"s" == t.Function) || x.arguments() != strings.Join(t.Args, ";"):
			d.add(Danger, "The trigger %s of the table %s calls %s(%s), not %s(%s).",
				t.Name, w.Name, x.Function, x.arguments(), t.Function, strings.Join(t.Args, ";"))
		}
	}
	for _, x := range h.Triggers {
		if !slices.ContainsFunc(want, func(t collection.Trigger) bool { return t.Name == x.Name }) {
			d.add(Danger, "The table %s has a trigger %s, which is not the platform's.", w.Name, x.Name)
		}
	}
}

// sameRows compares the condition of an index as the catalogue prints it with
// the one it was made with. A condition that says more than "live" is printed
// in other words; its hash is in the index's name.
func sameRows(have, want string) bool {
	switch want {
	case "":
		return have == ""
	case collection.Live:
		return have == "(deleted_at IS NULL)"
	}
	return strings.Contains(have, "(deleted_at IS NULL)")
}

// declares reports whether an index of the name belongs to the table; every
// exclusion has one.
func declares(w collection.Table, index string) bool {
	return slices.ContainsFunc(w.Indexes, func(i collection.Index) bool { return i.Name == index }) ||
		slices.ContainsFunc(w.Exclusions, func(x collection.Exclusion) bool { return x.Name == index })
}

// compareRights compares who may do what. A role that want maps to nil may do
// everything.
func (d *drift) compareRights(what string, have []right, want map[string][]string) {
	for _, r := range have {
		allowed, known := want[r.Grantee]
		if !known || allowed != nil && !slices.Contains(allowed, r.Privilege) {
			d.add(Danger, "%s has the right %s on %s.", r.Grantee, r.Privilege, what)
		} else if r.Grantable && r.Grantee != d.owner {
			d.add(Danger, "%s may pass on the right %s on %s.", r.Grantee, r.Privilege, what)
		}
	}
	for _, role := range sortedKeys(want) {
		for _, privilege := range want[role] {
			if !slices.ContainsFunc(have, func(r right) bool { return r.Grantee == role && r.Privilege == privilege }) {
				d.add(Fault, "%s lacks the right %s on %s.", role, privilege, what)
			}
		}
	}
}

// upper begins a sentence with the text.
func upper(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

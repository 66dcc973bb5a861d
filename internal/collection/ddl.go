package collection

import (
	"fmt"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// DDL returns the statements that make the module's tables, in order. They run
// as the owner role, in a schema that it owns, in one transaction. They only
// add: run again, also for a newer version of the module, they make what is
// missing and leave every record as it is. They are plain SQL, because the
// roles of modules have no PL/pgSQL; the functions of the triggers are the
// platform's.
//
// The runtime role gets select, insert and update; nobody deletes rows but the
// purge, which works as the owner.
func (m *Module) DDL(owner, runtime string) []string {
	statements := []string{fmt.Sprintf("grant usage on schema %s to %s, %s", quote(m.Schema), quote(owner), quote(runtime))}
	for _, c := range m.collections {
		statements = append(statements, c.createTable())
		statements = append(statements, c.addColumns()...)
		statements = append(statements, c.createIndexes()...)
		statements = append(statements, c.secure(runtime)...)
		statements = append(statements, LogStatements(c.table, c.logOf())...)
	}
	// References come last, when all their targets exist.
	for _, c := range m.collections {
		for _, f := range c.fields {
			if f.target != nil {
				statements = append(statements, c.addReference(f))
			}
		}
	}
	return statements
}

// createTable has no "not null" on declared fields, on purpose: the versions of
// a module share the table, a record belongs to the version that its site
// runs, and what one version requires another may not even have. Required is
// therefore the engine's rule, checked when a record is written.
func (c *Collection) createTable() string {
	var lines []string
	for _, column := range systemColumns() {
		lines = append(lines, quote(column.Name)+" "+column.Type+systemRules(column.Name))
	}
	for _, f := range c.fields {
		lines = append(lines, c.fieldColumns(f)...)
	}
	lines = append(lines, "constraint "+quote(physical(c.Name, "pkey"))+" primary key (site_id, id)")
	return "create table if not exists " + c.table + " (\n\t" + strings.Join(lines, ",\n\t") + "\n)"
}

// fieldColumns defines the columns of a field. That an amount never lacks its
// currency hangs on the second column, so that the rule comes with the column
// and not once more when the column is there.
func (c *Collection) fieldColumns(f *Field) []string {
	lines := make([]string, len(f.columns))
	for i, column := range f.columns {
		lines[i] = quote(column.Name) + " " + column.Type
	}
	if f.Kind == manifest.KindMoney {
		lines[1] += fmt.Sprintf(" constraint %s check ((%s is null) = (%s is null))",
			quote(physical(c.Name, f.Name, "money")), quote(f.columns[0].Name), quote(f.columns[1].Name))
	}
	return lines
}

// addColumns adds the columns of fields that a newer version declares.
func (c *Collection) addColumns() []string {
	var adds []string
	for _, f := range c.fields {
		for _, line := range c.fieldColumns(f) {
			adds = append(adds, "add column if not exists "+line)
		}
	}
	if len(adds) == 0 {
		return nil
	}
	return []string{"alter table " + c.table + " " + strings.Join(adds, ", ")}
}

func (c *Collection) createIndexes() []string {
	statements := make([]string, len(c.indexes))
	for i, index := range c.indexes {
		kind := "index"
		if index.Unique {
			kind = "unique index"
		}
		columns := make([]string, len(index.Columns))
		for j, column := range index.Columns {
			name, order, _ := strings.Cut(column, " ")
			columns[j] = strings.TrimSpace(quote(name) + " " + order)
		}
		statements[i] = fmt.Sprintf("create %s if not exists %s on %s (%s) where deleted_at is null",
			kind, quote(index.Name), c.table, strings.Join(columns, ", "))
	}
	return statements
}

// secure switches row security on, for the owner too, with the one policy that
// every table has. The setting is read in a sub-select so that it is evaluated
// once for a statement and an index on site_id can be used; after a first use
// in a connection it is empty, not null, hence the nullif.
func (c *Collection) secure(runtime string) []string {
	return []string{
		"alter table " + c.table + " enable row level security",
		"alter table " + c.table + " force row level security",
		"drop policy if exists " + quote(policyName) + " on " + c.table,
		fmt.Sprintf(`create policy %s on %s
	using (site_id = (select nullif(current_setting('app.site_id', true), '')::uuid))
	with check (site_id = (select nullif(current_setting('app.site_id', true), '')::uuid))`, quote(policyName), c.table),
		fmt.Sprintf("grant select, insert, update on %s to %s", c.table, quote(runtime)),
	}
}

// addReference makes a reference hold within the site: its key covers site_id,
// so a record of another site cannot be pointed at. When it is made again the
// rows are not read again (not valid), because they obeyed the one before; what
// is written from then on is checked either way.
func (c *Collection) addReference(f *Field) string {
	constraint := quote(c.referenceName(f))
	return fmt.Sprintf("alter table %s drop constraint if exists %s, add constraint %[2]s"+
		" foreign key (site_id, %s) references %s (site_id, id) on delete restrict not valid",
		c.table, constraint, quote(f.key), f.target.table)
}

func (c *Collection) referenceName(f *Field) string { return physical(c.Name, f.Name, "ref") }

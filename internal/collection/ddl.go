package collection

import (
	"fmt"
	"strings"
)

// DDL returns the statements that make the module's tables, in order. They run
// as the owner role, in a schema that it owns, in one transaction. They only
// add: run again, also for a newer version of the module, they make what is
// missing and leave every record as it is. They are plain SQL, because the
// roles of modules have no PL/pgSQL; the functions of the triggers are the
// platform's.
//
// Of records the runtime role gets select, insert and update; it deletes only
// the rows of lines and lists, and records of collections that say so. What is
// in the trash is deleted by the purge, which works as the owner.
func (m *Module) DDL(owner, runtime string) []string {
	statements := []string{fmt.Sprintf("grant usage on schema %s to %s, %s", quote(m.Schema), quote(owner), quote(runtime))}
	tables := m.Tables()
	for _, t := range tables {
		name := m.qualified(t.Name)
		statements = append(statements, t.create(name))
		statements = append(statements, t.addColumns(name)...)
		statements = append(statements, t.createIndexes(name)...)
		statements = append(statements, t.secure(name, runtime)...)
		for _, x := range t.Exclusions {
			statements = append(statements, x.add(name))
		}
		statements = append(statements, LogStatements(name, t.Log)...)
		statements = append(statements, fileStatements(name, t.Files)...)
	}
	// References come last, when all their targets exist.
	for _, t := range tables {
		for _, r := range t.References {
			statements = append(statements, r.add(m.qualified(t.Name)))
		}
	}
	return statements
}

func (m *Module) qualified(table string) string { return quote(m.Schema) + "." + quote(table) }

func (t Table) definition(c Column) string { return quote(c.Name) + " " + c.Type + t.rules[c.Name] }

// create has no "not null" on declared fields, on purpose: the versions of a
// module share the table, a record belongs to the version that its site runs,
// and what one version requires another may not even have. Required is
// therefore the engine's rule, checked when a record is written.
func (t Table) create(name string) string {
	var lines []string
	for _, column := range t.Columns {
		lines = append(lines, t.definition(column))
	}
	lines = append(lines, "constraint "+quote(physical(t.Name, "pkey"))+" primary key (site_id, id)")
	return "create table if not exists " + name + " (\n\t" + strings.Join(lines, ",\n\t") + "\n)"
}

// addColumns adds the columns of fields that a newer version declares. Columns
// that must not be empty are there from the beginning.
func (t Table) addColumns(name string) []string {
	var adds []string
	for _, column := range t.Columns {
		if !strings.HasPrefix(t.rules[column.Name], " not null") && !isSystemColumn(column.Name) {
			adds = append(adds, "add column if not exists "+t.definition(column))
		}
	}
	if len(adds) == 0 {
		return nil
	}
	return []string{"alter table " + name + " " + strings.Join(adds, ", ")}
}

func (t Table) createIndexes(name string) []string {
	statements := make([]string, len(t.Indexes))
	for i, index := range t.Indexes {
		kind := "index"
		if index.Unique {
			kind = "unique index"
		}
		columns := make([]string, len(index.Columns))
		for j, column := range index.Columns {
			columns[j] = indexed(column)
		}
		using := ""
		if index.Using != "" {
			using = "using " + index.Using + " "
		}
		if index.Class != "" {
			columns[len(columns)-1] += " " + index.Class
		}
		statements[i] = fmt.Sprintf("create %s if not exists %s on %s %s(%s)", kind, quote(index.Name), name, using, strings.Join(columns, ", "))
		if index.Where != "" {
			statements[i] += " where " + index.Where
		}
	}
	return statements
}

// indexed writes a column of an index, which may be "x desc" or "lower(x)".
func indexed(column string) string {
	if inner, lower := lowered(column); lower {
		return "lower(" + quote(inner) + ")"
	}
	if strings.Contains(column, "(") { // words of a column
		return column
	}
	name, order, _ := strings.Cut(column, " ")
	return strings.TrimSpace(quote(name) + " " + order)
}

// secure switches row security on, for the owner too, with the one policy that
// every table has. The setting is read in a sub-select so that it is evaluated
// once for a statement and an index on site_id can be used; after a first use
// in a connection it is empty, not null, hence the nullif.
func (t Table) secure(name, runtime string) []string {
	return []string{
		"alter table " + name + " enable row level security",
		"alter table " + name + " force row level security",
		"drop policy if exists " + quote(policyName) + " on " + name,
		fmt.Sprintf(`create policy %s on %s
	using (site_id = (select nullif(current_setting('app.site_id', true), '')::uuid))
	with check (site_id = (select nullif(current_setting('app.site_id', true), '')::uuid))`, quote(policyName), name),
		fmt.Sprintf("grant %s on %s to %s", strings.ToLower(strings.Join(t.Rights, ", ")), name, quote(runtime)),
	}
}

// add makes a reference hold within the site: its key covers site_id, so a
// record of another site cannot be pointed at. When it is made again the rows
// are not read again (not valid), because they obeyed the one before; what is
// written from then on is checked either way.
func (r Reference) add(table string) string {
	action := "restrict"
	if r.Cascade {
		action = "cascade"
	}
	return fmt.Sprintf("alter table %s drop constraint if exists %s, add constraint %[2]s"+
		" foreign key (site_id, %s) references %s (site_id, id) on delete %s not valid",
		table, quote(r.Name), quote(r.Column), r.To, action)
}

// add makes an exclusion. PostgreSQL knows no "if not exists" for one, and
// without PL/pgSQL the question cannot be asked: it is made anew, which reads
// the table once a version, under the lock of the statement.
func (x Exclusion) add(table string) string {
	parts := []string{"site_id with ="}
	for _, column := range x.Columns {
		parts = append(parts, quote(column)+" with =")
	}
	parts = append(parts, x.Range+" with &&")
	return fmt.Sprintf("alter table %s drop constraint if exists %s, add constraint %[2]s exclude using gist (%s) where (%s)",
		table, quote(x.Name), strings.Join(parts, ", "), x.Where)
}

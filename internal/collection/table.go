package collection

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// Table is a table as it should be, for making it and for comparison with the
// catalogue. Its primary key is (site_id, id).
type Table struct {
	Name       string
	Columns    []Column
	Indexes    []Index // without the primary key's
	Exclusions []Exclusion
	References []Reference
	Rights     []string  // of the runtime role, in alphabetical order
	Policy     string    // name of the one row policy for everybody
	Found      bool      // a finder looks into it, so the finder role has a policy of its own
	Log        Log       // what its triggers write to the change log; zero: it has none
	Files      []Trigger // those that tell which files its rows name

	rules map[string]string // what the definition says of a column besides its type
}

// Index is an index as it should be. All start with site_id.
type Index struct {
	Name    string
	Columns []string // with " desc" where it is so; "lower(name)" for an expression
	Unique  bool
	// Where is the condition under which a row is in the index: Live for those
	// of records, empty for those of lines. One that says more has a name that
	// ends with its hash, because the catalogue prints it in other words.
	Where string
	// Using is the access method; empty is a btree. Class is the operator class of
	// the last column; empty is its type's own.
	Using, Class string
}

// Exclusion is a constraint that keeps ranges of records that agree in some
// columns apart. Its name ends with a hash of all it says.
type Exclusion struct {
	Name    string
	Columns []string // without site_id, which comes first
	Range   string   // SQL of the range
	Where   string
}

// Reference is a foreign key as it should be. It starts with site_id.
type Reference struct {
	Name    string
	Column  string
	To      string // qualified and quoted
	Cascade bool   // what refers goes with what it refers to
}

// Live is the condition of all indexes over records: deleted ones are left out.
const Live = "deleted_at is null"

// policyName is the name of the one row policy that each table has.
const policyName = "site"

// Tables returns the module's tables: those of each collection in the
// manifest's order, its own before those of its lines and lists, and last the
// one of its number series if it has any.
func (m *Module) Tables() []Table {
	var tables []Table
	numbered := false
	for _, c := range m.collections {
		tables = append(tables, c.tables()...)
		numbered = numbered || slices.ContainsFunc(c.fields, func(f *Field) bool { return f.Kind == manifest.KindSequence })
	}
	if numbered {
		tables = append(tables, seriesTable())
	}
	return tables
}

// tables are those of one collection.
func (c *Collection) tables() []Table {
	own := Table{
		Name: c.stored, Columns: systemColumns(), Indexes: c.indexes, Exclusions: c.exclusions,
		Rights: c.rights(), Policy: policyName, Found: c.finder != nil, Log: c.logOf(),
		Files: fileTriggers(c.stored, "id", "", c.fields), rules: map[string]string{},
	}
	for _, column := range own.Columns {
		own.rules[column.Name] = systemRules(column.Name)
	}
	if c.Ordered != "" {
		own.Columns = append(own.Columns, Column{Name: positionColumn, Type: "text"})
		own.rules[positionColumn] = ` collate "C"`
	}
	own.addFields(c.stored, c.fields)
	tables := []Table{own}
	for _, f := range c.fields {
		switch {
		case f.lines != nil:
			tables = append(tables, f.lines.tables(c)...)
		case f.list != nil:
			tables = append(tables, f.list.rows(c.stored))
		}
	}
	return tables
}

// rights are what the runtime role may do with the collection's rows.
func (c *Collection) rights() []string {
	switch {
	case c.AppendOnly:
		return []string{"INSERT", "SELECT"}
	case c.Delete.Mode == deleteHard:
		return []string{"DELETE", "INSERT", "SELECT", "UPDATE"}
	}
	return []string{"INSERT", "SELECT", "UPDATE"}
}

// addFields adds the fields' columns and references. That an amount never lacks
// its currency hangs on the second column, so that the rule comes with the
// column and not once more when the column is there.
func (t *Table) addFields(owner string, fields []*Field) {
	for _, f := range fields {
		t.Columns = append(t.Columns, f.columns...)
		if f.Kind == manifest.KindMoney && len(f.columns) == 2 {
			t.rules[f.columns[1].Name] = fmt.Sprintf(" constraint %s check ((%s is null) = (%s is null))",
				quote(physical(owner, f.stored.Name, "money")), quote(f.columns[0].Name), quote(f.columns[1].Name))
		}
		if f.stamp != "" {
			t.Columns = append(t.Columns, Column{Name: f.stamp, Type: "timestamp with time zone"})
		}
		if to := f.targetTable(); to != "" {
			t.References = append(t.References, Reference{Name: referenceName(owner, f), Column: f.columns[0].Name, To: to})
		}
	}
}

func referenceName(owner string, f *Field) string { return physical(owner, f.stored.Name, "ref") }

// rowColumns are the first columns of tables whose rows belong to a record.
func rowColumns() []Column {
	return []Column{{"site_id", "uuid"}, {"id", "uuid"}, {"record_id", "uuid"}, {"position", "bigint"}}
}

// rowTable is a table whose rows belong to a record, or to a line of one.
func rowTable(name, owner string) Table {
	t := Table{
		Name: name, Columns: rowColumns(), Policy: policyName, rules: map[string]string{},
		Rights:     []string{"DELETE", "INSERT", "SELECT", "UPDATE"},
		Indexes:    []Index{{Name: physical(name, "by_record"), Columns: []string{"site_id", "record_id", "position"}}},
		References: []Reference{{Name: physical(name, "record_ref"), Column: "record_id", To: owner, Cascade: true}},
	}
	for _, column := range t.Columns {
		t.rules[column.Name] = " not null"
	}
	return t
}

// planIndexes decides which indexes the table has: newest first, one for each
// reference, state and field or list of fields declared, the unique rules, and
// the order by hand.
func (c *Collection) planIndexes() error {
	c.addIndex(Index{Name: physical(c.stored, "by_created"), Columns: []string{"site_id", "created_at desc", "id"}, Where: Live})
	for _, f := range c.fields {
		switch {
		case f.lines != nil || f.list != nil || f.virtual:
		case f.Unique:
			if err := c.addUnique(manifest.Unique{Fields: []string{f.Name}}); err != nil {
				return err
			}
		case f.Index || f.target != nil || f.Kind == manifest.KindState:
			c.addIndexOver([]*Field{f})
		}
	}
	for _, u := range c.Unique {
		if err := c.addUnique(u); err != nil {
			return fmt.Errorf("unique: %w", err)
		}
	}
	for _, names := range c.Index {
		fields, err := c.fieldsOf(names)
		if err != nil {
			return fmt.Errorf("index: %w", err)
		}
		c.addIndexOver(fields)
	}
	return c.planOrder()
}

// planOrder indexes the order by hand, within the reference if there is one.
func (c *Collection) planOrder() error {
	if c.Ordered == "" {
		return nil
	}
	columns := []string{"site_id"}
	if c.Ordered != wholeSite {
		within, err := c.fieldsOf([]string{c.Ordered})
		if err != nil {
			return fmt.Errorf("ordered: %w", err)
		}
		c.within = within[0]
		columns = append(columns, columnsOf(within)...)
	}
	c.addIndex(Index{Name: physical(c.stored, "by_position"), Columns: append(columns, positionColumn, "id"), Where: Live})
	return nil
}

func (c *Collection) fieldsOf(names []string) ([]*Field, error) {
	if len(names) == 0 {
		return nil, fmt.Errorf("no field is named")
	}
	fields := make([]*Field, len(names))
	for i, n := range names {
		f, ok := c.byName[n]
		switch {
		case !ok:
			return nil, fmt.Errorf("there is no field %q", n)
		case len(f.columns) == 0:
			return nil, fmt.Errorf("the field %q has no column", n)
		}
		fields[i] = f
	}
	return fields, nil
}

// columnsOf lists the fields' columns; an index over money orders by amount
// first.
func columnsOf(fields []*Field) []string {
	var names []string
	for _, f := range fields {
		for _, column := range f.columns {
			names = append(names, column.Name)
		}
	}
	return names
}

func (c *Collection) addIndexOver(fields []*Field) {
	columns := columnsOf(fields)
	c.addIndex(Index{Name: over(c.stored, "by", columns), Columns: append([]string{"site_id"}, columns...), Where: Live})
}

// addUnique adds a rule and its index. "lower(name)" is a text in which upper
// and lower case are the same.
func (c *Collection) addUnique(u manifest.Unique) error {
	var fields []*Field
	var columns []string
	for _, n := range u.Fields {
		inner, lower := lowered(n)
		f, err := c.fieldsOf([]string{inner})
		if err != nil {
			return err
		}
		fields = append(fields, f[0])
		if lower {
			columns = append(columns, "lower("+f[0].columns[0].Name+")")
			continue
		}
		columns = append(columns, columnsOf(f)...)
	}
	if len(fields) == 0 {
		return fmt.Errorf("no field is named")
	}
	where, err := c.liveAnd(u.When)
	if err != nil {
		return err
	}
	when, err := c.condition(u.When)
	if err != nil {
		return err
	}
	rule := strings.Join(u.Fields, ", ")
	if u.When != "" {
		rule += " when " + u.When
	}
	where += c.since(rule)
	index := Index{Name: over(c.stored, "unique", columns), Columns: append([]string{"site_id"}, columns...), Unique: true, Where: where}
	if where != Live || slices.ContainsFunc(columns, func(n string) bool { return strings.HasPrefix(n, "lower(") }) {
		index.Name = physical(c.stored, "unique", strings.Join(columnsOf(fields), "_"), hash(strings.Join(columns, " ")+where))
	}
	if c.addIndex(index) {
		c.uniques = append(c.uniques, unique{rule: rule, index: index.Name, fields: fields, when: when, message: u.Message})
	}
	return nil
}

// lowered takes the name out of "lower(name)".
func lowered(name string) (string, bool) {
	inner, ok := strings.CutPrefix(name, "lower(")
	return strings.TrimSuffix(inner, ")"), ok
}

// liveAnd is Live with a further condition over the record's own columns.
func (c *Collection) liveAnd(when string) (string, error) {
	if when == "" {
		return Live, nil
	}
	sql, err := c.ownCondition(when)
	return Live + " and " + sql, err
}

// addIndex leaves out what is declared twice.
func (c *Collection) addIndex(index Index) bool {
	if slices.ContainsFunc(c.indexes, func(i Index) bool { return i.Name == index.Name }) {
		return false
	}
	c.indexes = append(c.indexes, index)
	return true
}

// indexNamed returns the index of that name; nil when there is none.
func (c *Collection) indexNamed(name string) *Index {
	if n := slices.IndexFunc(c.indexes, func(i Index) bool { return i.Name == name }); n >= 0 {
		return &c.indexes[n]
	}
	return nil
}

// planExclusions makes the constraints that keep ranges apart: half open for
// instants, closed for dates. A range with an empty end is open there; one that
// has neither holds nothing up.
func (c *Collection) planExclusions() error {
	for _, e := range c.Exclude {
		fields, err := c.fieldsOf(append(slices.Clone(e.Fields), e.From, e.To))
		if err != nil {
			return fmt.Errorf("exclude: %w", err)
		}
		from, to := fields[len(fields)-2], fields[len(fields)-1]
		fields = fields[:len(fields)-2]
		span, bounds := "tstzrange", "[)"
		if from.Kind == manifest.KindDate {
			span, bounds = "daterange", "[]"
		}
		where, err := c.liveAnd(e.When)
		if err != nil {
			return fmt.Errorf("exclude: %w", err)
		}
		rule := e.From + " to " + e.To
		x := Exclusion{
			Columns: columnsOf(fields),
			Range:   fmt.Sprintf("%s(%s, %s, '%s')", span, quote(from.columns[0].Name), quote(to.columns[0].Name), bounds),
			Where:   where + fmt.Sprintf(" and (%s is not null or %s is not null)", quote(from.columns[0].Name), quote(to.columns[0].Name)) + c.since(rule),
		}
		x.Name = physical(c.stored, "apart", strings.Join(x.Columns, "_"), hash(strings.Join(x.Columns, " ")+x.Range+x.Where))
		if slices.ContainsFunc(c.exclusions, func(o Exclusion) bool { return o.Name == x.Name }) {
			continue
		}
		c.exclusions = append(c.exclusions, x)
		when, err := c.condition(e.When)
		if err != nil {
			return fmt.Errorf("exclude: %w", err)
		}
		c.apart = append(c.apart, apart{rule: rule, constraint: x.Name, fields: fields, from: from, to: to, when: when, message: e.Message})
	}
	return nil
}

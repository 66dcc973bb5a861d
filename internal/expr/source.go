package expr

// Source says what names are in SQL, for one row of a statement: the columns
// of a table by its alias, and the values of roots. It resolves the same names
// as the Schema that the tree was checked against, or fewer.
type Source interface {
	// Name resolves one step of a path; false when there is no such name.
	Name(step string) (Column, bool)
}

// Column is what one step of a path is in SQL. It is one of:
//   - a column: SQL is set, and Currency too if it is money;
//   - a constant: Constant is set, and Value is what a Row would give; it
//     becomes a parameter, and what consists of constants only is computed in
//     Go and becomes one parameter;
//   - a step on the way: Target for more names of the same row, Related for
//     another one. A reference is both a column and Related.
type Column struct {
	Type Type
	// SQL is trusted text: it goes into the statement as it is. For numbers,
	// percents, durations and money it is the stored bigint (scaled by the Type's
	// Scale, millionths, milliseconds, minor units), unless Exact.
	SQL string
	// Currency is the SQL of the currency of a money value.
	Currency string
	// Exact says that SQL is a numeric in natural units (16 % is 0.16), as
	// CompileValue makes it, which is how computed values are read within others.
	Exact bool

	Constant bool
	Value    any
	Identity bool // as in Meaning

	Target  Source
	Related *Related
	Members *Members
}

// Members are the rows that a list consists of, each item once. What asks for
// items of such a list asks these rows, for which there are indexes; SQL is the
// array of all of them.
type Members struct {
	From string // table and alias
	On   string // ties the rows to the row of the Source
	Item string // SQL of the item
}

// Related leads from a row to others.
type Related struct {
	Many bool
	From string // quoted table
	// On is the condition that joins a row of the table, by its alias, to the row
	// of the Source: keys, site_id on both sides, and that it is not deleted.
	On func(alias string) string
	// Columns are the names of the table's row.
	Columns func(alias string) Source
	// Order is what first() orders by; nil leaves the order open.
	Order func(alias string) string
}

// Columns is a Source made of a table.
type Columns map[string]Column

// Name implements Source.
func (c Columns) Name(step string) (Column, bool) {
	column, ok := c[step]
	return column, ok
}

// sourceSchema is a Source as the Schema that Compile checks against.
type sourceSchema struct{ Source }

func (s sourceSchema) Name(step string) (Meaning, bool) {
	c, ok := s.Source.Name(step)
	if !ok {
		return Meaning{}, false
	}
	m := Meaning{Type: c.Type, Constant: c.Constant, Identity: c.Identity}
	switch {
	case c.Target != nil:
		m.Target = sourceSchema{c.Target}
	case c.Related != nil:
		m.Many = c.Related.Many
		m.Target = sourceSchema{c.Related.Columns("")}
	}
	return m, true
}

func (sourceSchema) Known() []string { return nil }

package expr

import (
	"strings"
	"time"
)

// Compile returns the condition as SQL for a WHERE clause and adds its values
// to args. The SQL consists of the source's columns, placeholders and fixed
// words only, and its text depends on the shape of the tree, not on its
// values. A nil node is "true". The error is an *Error.
func Compile(n Node, src Source, args *Args) (string, error) {
	if n == nil {
		return "true", nil
	}
	n, err := CheckCondition(n, sourceSchema{src})
	if err != nil {
		return "", err
	}
	c := newCompiler(src, args)
	sql := c.condition(n, false)
	return sql, c.fault(sql)
}

// CompileValue returns a value as SQL. The column it returns is Exact and may
// be given by a Source, so that computed values can be read within others;
// Stored makes it fit for a column of a table. Results of money, percent and
// duration are rounded; a decimal is if CheckValue gave it a scale.
func CompileValue(n Node, src Source, args *Args) (Column, error) {
	n, _, err := Check(n, sourceSchema{src})
	if err != nil {
		return Column{}, err
	}
	return newCompiler(src, args).result(n)
}

// CompileMeasure returns a value over the rows of a query, with SQL's own
// aggregate functions.
func CompileMeasure(n Node, src Source, args *Args) (Column, error) {
	n, _, err := CheckMeasure(n, sourceSchema{src})
	if err != nil {
		return Column{}, err
	}
	return newCompiler(src, args).result(n)
}

// Stored returns the SQL of an Exact column as tables store it: numbers as
// bigint, scaled. A number that does not fit is PostgreSQL's error 22003.
func (c Column) Stored() string {
	if !c.Exact || !c.Type.numeric() {
		return c.SQL
	}
	switch c.Type.Kind {
	case Decimal:
		return "round(" + c.SQL + " * " + powerText(c.Type.Scale) + ")::bigint"
	case Percent:
		return "round(" + c.SQL + " * 1000000)::bigint"
	}
	return "round(" + c.SQL + ")::bigint"
}

func powerText(scale int) string { return "1" + strings.Repeat("0", scale) }

type compiler struct {
	sources []Source // the innermost record last
	args    *Args
	size    *int // bytes written so far, of all parts
	err     *error
}

func newCompiler(src Source, args *Args) compiler {
	return compiler{sources: []Source{src}, args: args, size: new(int), err: new(error)}
}

// fault returns the first error of the compilation.
func (c compiler) fault(sql string) error {
	if *c.err == nil && len(sql) > maxSQL {
		*c.err = fail(0, "limit", "The expression is too large.")
	}
	return *c.err
}

func (c compiler) refuse(err error) {
	if *c.err == nil {
		*c.err = err
	}
}

// sized bounds the text of a part, because money and divisions write their
// operands twice.
func (c compiler) sized(sql string) string {
	if len(sql) > maxSQL {
		c.refuse(fail(0, "limit", "The expression is too large."))
		return "null"
	}
	return sql
}

// within is the compiler of the records that a related source gives.
func (c compiler) within(src Source) compiler {
	c.sources = append(c.sources[:len(c.sources):len(c.sources)], src)
	return c
}

func (c compiler) source(up int) Source { return c.sources[len(c.sources)-1-up] }

// condition writes a checked condition. Where it is exact, unknown stays
// unknown and false stays false. Elsewhere false and unknown are the same, and
// plain "=" may be written, which can use an index.
func (c compiler) condition(n Node, exact bool) string {
	switch n := n.(type) {
	case Literal:
		if n.Kind == None {
			return "null::boolean"
		}
		return n.text()
	case And:
		return c.join(n.Nodes, " and ", "true", exact)
	case Or:
		return c.join(n.Nodes, " or ", "false", exact)
	case Not:
		return "(not " + c.condition(n.Node, true) + ")"
	}
	if v, ok := c.constant(n); ok {
		return v.sql
	}
	switch n := n.(type) {
	case Compare:
		return c.compare(n, exact)
	case In:
		return c.in(n, exact)
	case Like:
		return c.like(n)
	case Search:
		return c.search(n)
	case IsNull:
		return c.isNull(n)
	}
	return c.value(n).sql
}

func (c compiler) join(nodes []Node, word, empty string, exact bool) string {
	if len(nodes) == 0 {
		return empty
	}
	parts := make([]string, len(nodes))
	for i, n := range nodes {
		parts[i] = c.condition(n, exact)
	}
	return c.sized("(" + strings.Join(parts, word) + ")")
}

// constant computes in Go what is the same for every row; it becomes one
// parameter. Literals are left to those who know what they meet.
func (c compiler) constant(n Node) (value, bool) {
	switch n := n.(type) {
	case Literal, List:
		return value{}, false
	case Path:
		if n.part == 0 {
			return value{}, false // its type is the column's
		}
	}
	if !isConstant(n) {
		return value{}, false
	}
	e := evaluator{now: c.args.Now}
	for _, s := range c.sources {
		e.rows = append(e.rows, constants{s})
	}
	v := e.eval(n)
	if e.err != nil {
		c.refuse(e.err)
		return value{sql: "null"}, true
	}
	return c.parameter(v, c.typeOf(n)), true
}

// typeOf is the type of a constant, for the cast of its parameter when it is empty.
func (c compiler) typeOf(n Node) Type {
	schemas := checker{}
	for _, s := range c.sources {
		schemas.scope = &scope{schema: sourceSchema{s}, outer: schemas.scope}
	}
	_, t, err := schemas.node(n, 0)
	if err != nil {
		c.refuse(err)
	}
	return t
}

// constants is the row of what a source knows without any table.
type constants struct{ Source }

// Value implements Row.
func (r constants) Value(path []string) any {
	column, ok := r.Name(path[0])
	for _, step := range path[1:] {
		if !ok || column.Target == nil {
			return nil
		}
		column, ok = column.Target.Name(step)
	}
	return column.Value
}

// Rows implements Row.
func (constants) Rows([]string) ([]Row, bool) { return nil, false }

// zone returns the name of the site's zone, for SQL.
func (c compiler) zone(at int) string {
	name := c.args.Now.Location().String()
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		c.refuse(fail(at, "unsupported", "The zone %q has no name that PostgreSQL knows.", name))
	}
	return c.args.Add(name) + "::text"
}

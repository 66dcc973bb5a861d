package expr

import (
	"fmt"
	"strings"
)

// Column is what a resolver knows about a name.
type Column struct {
	SQL  string // quoted column, trusted: it goes into the statement as it is
	Kind Kind
}

// Columns answers which column a name is; false when the name does not exist.
type Columns func(name string) (Column, bool)

// Compile returns the condition as SQL for a WHERE clause and adds its values
// to args. The SQL consists of the resolver's columns, placeholders and fixed
// words only. A nil node is "true". The error is an *Error.
func Compile(n Node, columns Columns, args *Args) (string, error) {
	if n == nil {
		return "true", nil
	}
	n, err := Check(n, func(name string) (Kind, bool) {
		c, ok := columns(name)
		return c.Kind, ok
	})
	if err != nil {
		return "", err
	}
	c := compiler{columns: columns, args: args}
	c.node(n, false)
	return c.sql.String(), nil
}

type compiler struct {
	columns Columns
	args    *Args
	sql     strings.Builder
}

// node writes a checked condition. Under a "not" it is exact: unknown stays
// unknown and false stays false. Elsewhere false and unknown are the same, and
// plain "=" may be written, which can use an index.
func (c *compiler) node(n Node, exact bool) {
	switch n := n.(type) {
	case Literal:
		c.write(n.text())
	case Compare:
		c.compare(n, exact)
	case In:
		c.in(n, exact)
	case Like:
		c.like(n)
	case IsNull:
		c.write("(", c.operand(n.Left, None), " is null)")
	case Not:
		c.write("(not ")
		c.node(n.Node, true)
		c.write(")")
	case And:
		c.join(n.Nodes, " and ", "true", exact)
	case Or:
		c.join(n.Nodes, " or ", "false", exact)
	}
}

func (c *compiler) write(parts ...string) {
	for _, p := range parts {
		c.sql.WriteString(p)
	}
}

func (c *compiler) join(nodes []Node, word, empty string, exact bool) {
	if len(nodes) == 0 {
		c.write(empty)
		return
	}
	c.write("(")
	for i, n := range nodes {
		if i > 0 {
			c.write(word)
		}
		c.node(n, exact)
	}
	c.write(")")
}

// operand returns a column or a placeholder with its type.
func (c *compiler) operand(o Operand, kind Kind) string {
	switch o := o.(type) {
	case Path:
		column, _ := c.columns(o.Name)
		return column.SQL
	case Today:
		return c.args.Add(c.args.Today) + "::date"
	case Literal:
		if o.Kind != None {
			kind = o.Kind
		}
		return c.args.Add(o.Value) + "::" + kind.sqlType()
	}
	panic(fmt.Sprintf("expr: operand %T", o))
}

func (c *compiler) kind(o Operand) Kind {
	switch o := o.(type) {
	case Path:
		column, _ := c.columns(o.Name)
		return column.Kind
	case Today:
		return Date
	}
	return None
}

// kindOf is the kind in which the two sides meet.
func (c *compiler) kindOf(left, right Operand) Kind {
	if kind := c.kind(left); kind != None {
		return kind
	}
	return c.kind(right)
}

func (c *compiler) compare(n Compare, exact bool) {
	kind := c.kindOf(n.Left, n.Right)
	left, right := c.operand(n.Left, kind), c.operand(n.Right, kind)
	// Order is by bytes whatever the database's collation, as it is in Go.
	if kind == Text && n.Op >= Lt {
		left += ` collate "C"`
	}
	c.write("(", left, " ", operator(n, exact), " ", right, ")")
}

// operator returns SQL's word. A plain "=" needs a side that is never empty.
func operator(n Compare, exact bool) string {
	switch n.Op {
	case Eq:
		if !exact && (neverEmpty(n.Left) || neverEmpty(n.Right)) {
			return "="
		}
		return "is not distinct from"
	case Ne:
		return "is distinct from"
	case Lt:
		return "<"
	case Le:
		return "<="
	case Gt:
		return ">"
	}
	return ">="
}

func neverEmpty(o Operand) bool {
	switch o := o.(type) {
	case Literal:
		return o.Kind != None
	case Today:
		return true
	}
	return false
}

// in sends the list as one array, so that its length does not make another
// statement for the database to plan.
func (c *compiler) in(n In, exact bool) {
	kind := c.kind(n.Left)
	var texts []string
	null := false
	for _, v := range n.Values {
		if v.Kind == None {
			null = true
			continue
		}
		if v.Kind == Decimal {
			kind = Decimal
		}
		texts = append(texts, v.text())
	}
	left := c.operand(n.Left, kind)
	list := "(" + left + " = any(" + c.args.Add(arrayText(texts)) + "::" + kind.sqlType() + "[]))"
	if exact {
		list = "(" + list + " is true)"
	}
	if null {
		list = "(" + list + " or (" + left + " is null))"
	}
	c.write(list)
}

// arrayText writes values as PostgreSQL's text form of an array.
func arrayText(values []string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		b.WriteString(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v))
		b.WriteByte('"')
	}
	b.WriteByte('}')
	return b.String()
}

func (c *compiler) like(n Like) {
	word := " like "
	if n.Fold {
		word = " ilike "
	}
	c.write("(", c.operand(n.Left, Text), word, c.args.Add(sqlPattern(n.Pattern)), "::text)")
}

// sqlPattern turns * into %, and completes a trailing backslash, which
// PostgreSQL would refuse.
func sqlPattern(pattern string) string {
	var b strings.Builder
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case r == '*':
			r = '%'
		}
		b.WriteRune(r)
	}
	if escaped {
		b.WriteByte('\\')
	}
	return b.String()
}

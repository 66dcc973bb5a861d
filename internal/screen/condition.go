package screen

import (
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// Conditions are what people narrow a list down by: all of the rows have to
// hold, or one. Groups are rows in brackets that are joined the other way round.
type Conditions struct {
	Any    bool
	Rows   []Condition
	Groups [][]Condition
}

// Condition is one row: a field, how it is compared, and with what.
type Condition struct {
	Field  string   // name; empty: not chosen yet
	Op     string   // one of operators
	Values []string // as URLs have them
	Typed  string   // what was typed and could not be read
	Err    string   // what is wrong with that

	node expr.Node // of a condition that the rows cannot show
}

// MaxConditionRows is how many rows a list is narrowed down by at most.
const MaxConditionRows = 30

// Count is how many rows there are, also of those in groups.
func (c Conditions) Count() int {
	n := len(c.Rows)
	for _, g := range c.Groups {
		n += len(g)
	}
	return n
}

// all are the rows with those of groups.
func (c Conditions) all() []Condition {
	return slices.Concat(append([][]Condition{c.Rows}, c.Groups...)...)
}

// References are the ids by the name of the reference that is compared with them.
func (c Conditions) References(in *manifest.Collection) map[string][]string {
	found := map[string][]string{}
	for _, row := range c.all() {
		if f, ok := fieldOf(in, row.Field); ok && f.Kind == manifest.KindReference {
			found[row.Field] = append(found[row.Field], row.Values...)
		}
	}
	return found
}

// ReadConditions takes a condition apart; nil gives none.
func ReadConditions(c *manifest.Collection, n expr.Node) Conditions {
	all := Conditions{}
	nodes := []expr.Node{n}
	switch n := n.(type) {
	case nil:
		return all
	case expr.And:
		if _, ok := readRow(c, n); !ok {
			nodes = n.Nodes
		}
	case expr.Or:
		all.Any, nodes = true, n.Nodes
	}
	for _, n := range nodes {
		if row, ok := readRow(c, n); ok {
			all.Rows = append(all.Rows, row)
		} else if group, ok := readGroup(c, n, all.Any); ok {
			all.Groups = append(all.Groups, group)
		} else {
			all.Rows = append(all.Rows, Condition{node: n})
		}
	}
	return all
}

func readGroup(c *manifest.Collection, n expr.Node, all bool) ([]Condition, bool) {
	var nodes []expr.Node
	switch n := n.(type) {
	case expr.And:
		if all {
			nodes = n.Nodes
		}
	case expr.Or:
		if !all {
			nodes = n.Nodes
		}
	}
	var rows []Condition
	for _, n := range nodes {
		row, ok := readRow(c, n)
		if !ok {
			return nil, false
		}
		rows = append(rows, row)
	}
	return rows, len(rows) > 0
}

// Node joins the rows again; nil when there are none. Rows without all they need
// are left out.
func (c Conditions) Node(in *manifest.Collection) expr.Node {
	nodes := rowNodes(in, c.Rows)
	for _, g := range c.Groups {
		if n := joined(!c.Any, rowNodes(in, g)); n != nil {
			nodes = append(nodes, n)
		}
	}
	return joined(c.Any, nodes)
}

func rowNodes(in *manifest.Collection, rows []Condition) []expr.Node {
	var nodes []expr.Node
	for _, row := range rows {
		if n := row.make(in); n != nil {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

func joined(some bool, nodes []expr.Node) expr.Node {
	switch {
	case len(nodes) == 0:
		return nil
	case len(nodes) == 1:
		return nodes[0]
	case some:
		return expr.Or{Nodes: nodes}
	}
	return expr.And{Nodes: nodes}
}

// Without is the conditions without the row at that place of all.
func (c Conditions) Without(at int) Conditions {
	left := Conditions{Any: c.Any}
	for i, row := range c.Rows {
		if i != at {
			left.Rows = append(left.Rows, row)
		}
	}
	at -= len(c.Rows)
	for _, g := range c.Groups {
		var rows []Condition
		for i, row := range g {
			if i != at {
				rows = append(rows, row)
			}
		}
		at -= len(g)
		if len(rows) > 0 {
			left.Groups = append(left.Groups, rows)
		}
	}
	return left
}

// ConditionsQuery writes a condition as a parameter of the address: its name,
// "and" or "or", and its value. What cannot be written gives nothing.
func ConditionsQuery(n expr.Node) (name, value string) {
	switch n.(type) {
	case nil:
		return "", ""
	case expr.And, expr.Or:
	default:
		n = expr.And{Nodes: []expr.Node{n}}
	}
	name, value, err := expr.PrintFilter(n)
	if err != nil {
		return "", ""
	}
	return name, value
}

// subject is what of a field conditions speak of.
func subject(f manifest.Field) expr.Path {
	if f.Kind == manifest.KindMoney {
		return expr.Name(f.Name, "amount")
	}
	return expr.Name(key(f))
}

func raw(text string) expr.Literal { return expr.Literal{Kind: expr.Raw, Value: text} }

// make is the row as a condition; nil when something is missing.
func (row Condition) make(in *manifest.Collection) expr.Node {
	if row.node != nil {
		return row.node
	}
	f, ok := fieldOf(in, row.Field)
	o, known := operatorOf(f, row.Op)
	if !ok || !known || row.Err != "" || o.Input != NoInput && len(row.Values) == 0 {
		return nil
	}
	return o.node(subject(f), row.Values)
}

// readRow is a condition as a row, if a row can show it.
func readRow(c *manifest.Collection, n expr.Node) (Condition, bool) {
	path, ok := pathOf(n)
	if !ok {
		return Condition{}, false
	}
	f, ok := fieldAt(c, path)
	if !ok {
		return Condition{}, false
	}
	for _, o := range operators(f) {
		if values, ok := o.values(n); ok && expr.Equal(o.node(path, values), n) {
			return Condition{Field: f.Name, Op: o.Name, Values: values}, true
		}
	}
	return Condition{}, false
}

// pathOf is what a condition speaks of; two that are one row, from when and
// until when, speak of the same.
func pathOf(n expr.Node) (expr.Path, bool) {
	switch n := n.(type) {
	case expr.Not:
		return pathOf(n.Node)
	case expr.And:
		return pathOf(n.Nodes[0])
	case expr.Compare:
		path, ok := n.Left.(expr.Path)
		return path, ok
	case expr.In:
		path, ok := n.Left.(expr.Path)
		return path, ok
	case expr.IsNull:
		path, ok := n.Left.(expr.Path)
		return path, ok
	case expr.Like:
		path, ok := n.Left.(expr.Path)
		return path, ok
	}
	return expr.Path{}, false
}

// fieldAt is the field that a path speaks of as rows do.
func fieldAt(c *manifest.Collection, path expr.Path) (manifest.Field, bool) {
	for _, f := range c.Fields {
		if slices.Equal(subject(f).Steps, path.Steps) {
			return f, true
		}
	}
	return manifest.Field{}, false
}

// unescaped takes the stars and backslashes of a pattern away.
func unescaped(pattern string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '*', '%', '_':
			return "", false
		case '\\':
			if i++; i == len(pattern) {
				return "", false
			}
		}
		b.WriteByte(pattern[i])
	}
	return b.String(), true
}

func escaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `%`, `\%`, `_`, `\_`).Replace(text)
}

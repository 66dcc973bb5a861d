package expr

import "slices"

// members are the rows of a list that a node names, where it is kept as such;
// nil for every other node.
func (c compiler) members(n Node) *Members {
	p, ok := bare(n).(Path)
	if !ok || len(p.Steps) != p.skip+1 {
		return nil
	}
	column, _ := c.source(p.up).Name(p.Steps[p.skip])
	return column.Members
}

// has is true when there is a row that meets the condition.
func (m *Members) has(condition string) string {
	return "(exists (select 1 from " + m.From + " where " + m.On + " and " + condition + "))"
}

// compareMembers writes cs, cd and ov of a list that is kept as rows. That one
// item is there is asked first, because an index finds it.
func (c compiler) compareMembers(op Op, m *Members, right List) string {
	items, _ := c.items(right, UUID)
	missing := len(items) < len(right.Items) // who acts is nobody, and nobody is in no list
	slices.Sort(items)
	items = slices.Compact(items)
	switch {
	case op == Within && len(items) == 0:
		return "(not " + m.has("true") + ")"
	case op == Contains && missing, op == Overlaps && len(items) == 0:
		return "false"
	case len(items) == 0:
		return "true"
	}
	array := c.args.Add(arrayText(items)) + "::uuid[]"
	among := m.Item + " = any(" + array + ")"
	switch {
	case op == Within:
		return "(not " + m.has("not "+among) + ")"
	case op == Overlaps:
		return m.has(among)
	}
	first := m.has(m.Item + " = (" + array + ")[1]")
	if len(items) == 1 {
		return first
	}
	all := "(select count(*) from " + m.From + " where " + m.On + " and " + among + ") = cardinality(" + array + ")"
	return "(" + first + " and " + all + ")"
}

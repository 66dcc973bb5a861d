package collection

import (
	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// BlockQuery returns the query that a block declares, with the limit that a
// property of the block may give.
func (c *Collection) BlockQuery(q manifest.Query, properties map[string]any) (Query, error) {
	where, known := c.filters[q.Filter]
	if !known {
		var err error
		if where, err = c.condition(q.Filter); err != nil {
			return Query{}, err
		}
	}
	query := Query{Where: where, Order: OrderOf(q.Sort), Limit: q.Limit, declared: true}
	if n, ok := properties[q.LimitFrom].(int64); ok && n > 0 {
		query.Limit = int(min(n, MaxLimit))
	}
	return query, nil
}

// ScreenState is what a list screen's address says.
type ScreenState struct {
	View          string    // name of a further list; empty: the collection's own
	Search        string    // typed into the box above the table; looks into the title
	Order         string    // as the URL parameter order; empty: the manifest's
	Where         expr.Node // what people filter by; nil: every record
	Limit, Offset int
}

// ScreenQuery returns the query of a list screen. What the actor does not see
// is neither searched nor sorted by; an order that cannot be read, as in an old
// bookmark, gives way to the manifest's. What the list groups by comes first.
func (r Records) ScreenQuery(s ScreenState) Query {
	c := r.Collection
	list := c.listView(s.View)
	query := Query{Limit: s.Limit, Offset: s.Offset, Where: s.Where, always: c.filters[list.Filter]}
	if c.ShowsTitle(r.Access, r.reaches) {
		query.Title = c.titled != nil
		query = c.sought(query, s.Search)
	}
	query.Order = r.screenOrder(list, s)
	if list.Group != "" && r.Access.Visible(list.Group) {
		if len(query.Order) == 0 {
			query.Order = []Order{{Name: "created_at", Descending: true}}
		}
		query.Order = append([]Order{{Name: list.Group}}, query.Order...)
	}
	return query
}

// screenOrder is the order that was asked for, if it can be read, else the
// list's own; nil: the newest first.
func (r Records) screenOrder(list manifest.ListView, s ScreenState) []Order {
	if order, p := parseOrder(s.Order); s.Order != "" && p == nil {
		if _, err := r.plan(Query{Order: order, Limit: s.Limit}); err == nil {
			return order
		}
	}
	var own []Order
	for _, o := range OrderOf(list.Sort) {
		if r.Access.Visible(o.Name) {
			own = append(own, o)
		}
	}
	return own
}

// listView is a further list of the collection, or its own.
func (c *Collection) listView(view string) manifest.ListView {
	for _, list := range c.Lists {
		if list.Name == view {
			return list
		}
	}
	return c.List
}

// both joins two conditions, of which the first may be none.
func both(a, b expr.Node) expr.Node {
	if a == nil {
		return b
	}
	return expr.And{Nodes: []expr.Node{a, b}}
}

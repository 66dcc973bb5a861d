package collection

import (
	"strings"

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
	Search        string // typed into the box above the table; looks into the title
	Order         string // as the URL parameter order; empty: the manifest's
	Limit, Offset int
}

// ScreenQuery returns the query of a list screen. What the actor does not see
// is neither searched nor sorted by; an order that cannot be read, as in an old
// bookmark, gives way to the manifest's.
func (r Records) ScreenQuery(s ScreenState) Query {
	c := r.Collection
	query := Query{Limit: s.Limit, Offset: s.Offset}
	if r.Access.Visible(c.Title) {
		query.Where = c.titleContains(s.Search)
	}
	for _, o := range OrderOf(c.List.Sort) {
		if r.Access.Visible(o.Name) {
			query.Order = append(query.Order, o)
		}
	}
	if s.Order == "" {
		return query
	}
	asked := query
	order, p := parseOrder(s.Order)
	if p != nil {
		return query
	}
	asked.Order = order
	if _, err := r.plan(asked); err != nil {
		return query
	}
	return asked
}

// TitleQuery returns the query that offers records to choose from: id and
// title, by title, with those that contain the search. It is false when the
// actor may not see the title.
func (r Records) TitleQuery(search string, limit int) (Query, bool) {
	c := r.Collection
	title, ok := c.byName[c.Title]
	if !ok || !r.Access.Visible(title.Name) {
		return Query{}, false
	}
	return Query{
		Select: Columns("id", title.key), Where: c.titleContains(search), Order: []Order{{Name: title.Name}}, Limit: limit,
	}, true
}

// titleContains is the condition that the title contains the text, whatever
// its case; nil without a text, or when the title is not a text.
func (c *Collection) titleContains(text string) expr.Node {
	title, ok := c.byName[c.Title]
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")
	if text == "" || !ok || title.Kind != manifest.KindText && title.Kind != manifest.KindLongtext {
		return nil
	}
	literally := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `%`, `\%`, `_`, `\_`).Replace(text)
	return expr.Like{Left: expr.Name(title.Name), Pattern: "*" + literally + "*", Fold: true}
}

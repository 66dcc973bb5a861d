package collection

import (
	"fmt"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// TitleKey is the key under which a query that asks for it answers how each
// record is called, where that is an expression. No field can have the name.
const TitleKey = "_title"

// titleOf is the column with the title of the record that a reference points at,
// where that is an expression.
func titleOf(f *Field) string { return TitleKey + "_" + f.Name }

// compileTitle makes of a title that is an expression a field that is computed
// when records are read, and is none of the collection's.
func (m *Module) compileTitle(c *Collection) error {
	if c.TitleExpr == "" {
		return nil
	}
	f, err := newField(&manifest.Field{Name: TitleKey, Kind: manifest.KindText, Computed: c.TitleExpr}, TitleKey)
	if err != nil {
		return err
	}
	n, err := expr.Parse(c.TitleExpr)
	if err == nil {
		n, err = expr.CheckValue(n, recordSchema{c, m.roots()}, expr.Meaning{Type: f.valueType()})
	}
	if err != nil {
		return fmt.Errorf("title: %w", err)
	}
	f.rules, f.virtual, f.columns = &rules{computed: n}, true, nil
	c.titled = f
	return nil
}

// ShowsTitle reports whether somebody who sees so much of the collection, and
// of others what reach says, may know how its records are called.
func (c *Collection) ShowsTitle(a Access, reach func(*Collection) (Access, bool)) bool {
	if c.titled == nil {
		return c.Title != "" && a.Visible(c.Title)
	}
	for _, path := range expr.Paths(c.titled.rules.computed) {
		if !c.shows(path, a, reach) {
			return false
		}
	}
	return true
}

func (c *Collection) shows(path []string, a Access, reach func(*Collection) (Access, bool)) bool {
	f, own := c.byName[path[0]]
	if !own {
		if way, ok := c.inverse(path[0]); ok {
			there, ok := reach(way.from)
			return ok && there.WholeRows() && there.Fields == nil
		}
		_, system := c.platform(path[0])
		return !system || a.sees(item{key: path[0]})
	}
	if !a.Visible(f.Name) || len(path) == 1 || f.target == nil {
		return a.Visible(f.Name)
	}
	there, ok := reach(f.target)
	return ok && there.WholeRows() && f.target.shows(path[1:], there, reach)
}

// planTitles notes what of titles is computed when records are read.
func (p *plan) planTitles(q Query) {
	for _, name := range q.Titles {
		if f := p.in.byName[name]; f != nil && f.target != nil && f.target.titled != nil {
			p.titles = append(p.titles, f)
		}
	}
	if p.in.titled == nil {
		return
	}
	if q.Title || q.byTitle {
		p.needs(p.in.titled)
	}
	if q.byTitle {
		p.order = append(p.order, ordering{sql: column(TitleKey)})
	}
	if q.title != nil {
		p.where = both(p.where, q.title)
	}
}

// withTitles adds to a computed select the titles of the records that references
// point at.
func (s *recordSource) withTitles(references []*Field) ([]string, error) {
	const called = "called"
	var parts []string
	for _, f := range references {
		there := s.reference(f)
		source, ok := there.Columns(called).(*recordSource)
		if !ok {
			return nil, fmt.Errorf("the title of %s leads nowhere", f.Name)
		}
		title, ok := source.computedColumn(f.target.titled)
		if !ok {
			return nil, fmt.Errorf("the title of %s cannot be told", f.Name)
		}
		parts = append(parts, "(select "+title.Stored()+" from "+there.From+" "+called+" where "+there.On(called)+") as "+quote(titleOf(f)))
	}
	return parts, nil
}

// TitleQuery returns the query that offers records to choose from: id and
// title, by title, with those that contain the search. Who may not see the title
// is offered them by the first text that it sees instead; it is false when there
// is none. RowTitle reads it.
func (r Records) TitleQuery(search string, limit int) (Query, bool) {
	c := r.Collection
	if !c.ShowsTitle(r.Access, r.reaches) {
		return r.standIn(search, limit)
	}
	query := c.sought(Query{Select: Columns("id"), Limit: limit}, search)
	if c.titled != nil {
		query.Title, query.byTitle = true, true
		return query, true
	}
	title := c.byName[c.Title]
	query.Select, query.Order = Columns("id", title.key), []Order{{Name: title.Name}}
	return query, true
}

// standIn is TitleQuery by another field than the title.
func (r Records) standIn(search string, limit int) (Query, bool) {
	for _, f := range r.Collection.fields {
		if !manifest.Typed(f.Kind) || f.Many || f.virtual || f.sealed() || !r.Access.Visible(f.Name) {
			continue
		}
		query := Query{
			Select: append(Columns("id"), Selected{Name: f.key, Alias: TitleKey}), Order: []Order{{Name: f.Name}}, Limit: limit,
		}
		if contains := containing(search); contains != nil {
			contains.Left = expr.Name(f.Name)
			query.Where = *contains
		}
		return query, true
	}
	return Query{}, false
}

// sought narrows a query to the records whose title contains the text, if the
// title is a text.
func (c *Collection) sought(q Query, text string) Query {
	contains := containing(text)
	title, ok := c.byName[c.Title]
	switch {
	case contains == nil:
	case c.titled != nil:
		contains.Left = c.titled.rules.computed
		q.title = *contains
	case ok && manifest.Typed(title.Kind):
		contains.Left = expr.Name(title.Name)
		q.Where = both(q.Where, *contains)
	}
	return q
}

// containing is the condition that a value yet to be named contains the text,
// whatever its case; nil without a text.
func containing(text string) *expr.Like {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")
	if text == "" {
		return nil
	}
	literally := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `%`, `\%`, `_`, `\_`).Replace(text)
	return &expr.Like{Pattern: "*" + literally + "*", Fold: true}
}

// reaches is what of other collections the actor may read; nothing where that is
// not known.
func (r Records) reaches(in *Collection) (Access, bool) {
	if r.Reach == nil {
		return Access{}, false
	}
	return r.Reach(in)
}

// RowTitle is how a record of a TitleQuery is called; empty where it has no
// title.
func (c *Collection) RowTitle(row map[string]any) string {
	key := TitleKey
	if f, ok := c.byName[c.Title]; ok && c.titled == nil && row[TitleKey] == nil {
		key = f.key
	}
	if row[key] == nil {
		return ""
	}
	return fmt.Sprint(row[key])
}

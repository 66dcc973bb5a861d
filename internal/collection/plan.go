package collection

import (
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// plan is a query whose names are resolved and whose conditions are checked,
// for what one actor may see. Equal questions are equal plans, whatever order
// they were asked in.
type plan struct {
	in      *Collection
	access  Access
	plain   string   // the select list, where it is nothing but values of the record
	names   []string // of that list
	outputs []output
	grouped bool // it has aggregates
	where   expr.Node
	order   []ordering
	limit   int
	offset  int

	titles   []*Field    // references whose targets' titles are computed when they are read
	computed []*Field    // what it selects and sorts by of what is computed when it is read
	stripped bool        // without empty values
	ids      []uuid.UUID // the only records; nil: all
}

// output is one key of the answer.
type output struct {
	key       string
	sql       string   // over the record t, perhaps with siteZone; empty for relations
	by        []string // what to group by, where the value is no scalar
	aggregate bool
	json      bool    // the SQL makes JSON
	joined    *joined // what a relation leads to
}

// joined are the records that a relation leads to.
type joined struct {
	relation
	*plan
	inner, none, spread bool
}

// ordering is one value to sort by.
type ordering struct {
	sql   string // over the record t
	key   string // or a key of the answer, where it has aggregates
	by    *joined
	words string // " desc nulls last"
	last  bool   // it is the id: nothing after it decides anything
}

// plan checks a query against what the actor may see.
func (r Records) plan(q Query) (*plan, error) {
	p, found, err := r.planned(r.Collection, r.Access, q, "")
	if err != nil {
		return nil, err
	}
	if err := found.err(); err != nil {
		return nil, err
	}
	p.stripped = q.Stripped
	if p.limit = q.limit(); p.grouped && q.Limit == 0 {
		p.limit = MaxLimit
	}
	return p, nil
}

// planned is plan for one level; prefix is the path to it, "items.".
func (r Records) planned(c *Collection, a Access, q Query, prefix string) (*plan, complaints, error) {
	p := &plan{in: c, access: a, offset: q.Offset, ids: q.IDs}
	var found complaints
	asked := a
	if q.declared {
		asked = Access{}
	}
	if err := r.planSelect(p, q, prefix, &found); err != nil {
		return nil, nil, err
	}
	kinds, known := c.visible(asked)
	where, err := expr.CheckCondition(q.Where, schema{kinds, known, c})
	var e *expr.Error
	if errors.As(err, &e) {
		found = append(found, filterProblem(e, prefix))
	} else if err != nil {
		return nil, nil, err
	}
	if q.always != nil {
		kinds, known := c.visible(Access{})
		always, err := expr.CheckCondition(q.always, schema{kinds, known, c})
		if err != nil {
			return nil, nil, err
		}
		where = expr.All(where, always)
	}
	p.where = where
	p.planTitles(q)
	p.planOrder(q.Order, asked, prefix, &found)
	return p, found, nil
}

// filterProblem is a complaint about a condition, in a URL's words.
func filterProblem(e *expr.Error, prefix string) errs.Field {
	path := e.Name
	if path == "" {
		path = "and"
	}
	p := wrong(e.Code, "%s", e.Message)
	switch e.Name {
	case "my.team", "my":
		return wrong(e.Code, "@teams stands for nobody: there are no teams.").at(prefix + "@teams")
	}
	if e.Hint != "" {
		p.message += " " + hintInURL(e.Hint)
	}
	return p.at(prefix + path)
}

// planSelect resolves the selection. What is nothing but values takes the way
// of texts that are remembered.
func (r Records) planSelect(p *plan, q Query, prefix string, found *complaints) error {
	if names, simple := q.Select.columns(); simple {
		titles := q.Titles
		if q.Title && p.in.titled != nil {
			titles = append([]string{TitleKey}, titles...)
		}
		text, err := p.in.projection(names, p.access, titles)
		if err != nil {
			return take(err, prefix, found)
		}
		items, err := p.in.selected(names, p.access)
		p.plain, p.names = text, names
		p.needs(computed(items)...)
		return err
	}
	for _, s := range q.Select {
		p.grouped = p.grouped || s.Aggregate != ""
	}
	taken := map[string]bool{}
	add := func(o output) {
		if taken[o.key] && o.key != "" {
			*found = append(*found, wrong("repeated", "The answer would have the key %q twice. Rename one: other:%[1]s.", o.key).at(prefix+"select"))
			return
		}
		taken[o.key] = true
		p.outputs = append(p.outputs, o)
	}
	for _, s := range q.Select {
		switch {
		case s.Embed != nil:
			if err := r.planEmbed(p, s, prefix, add, found); err != nil {
				return err
			}
		case s.Name == "*":
			for _, i := range p.in.items {
				if p.access.sees(i) && !taken[i.key] {
					p.needs(i.field)
					add(itemOutput(i))
				}
			}
		default:
			o, wrong := p.value(s)
			if wrong != nil {
				*found = append(*found, wrong.at(prefix+"select"))
				continue
			}
			add(o)
		}
	}
	p.canonical()
	return nil
}

// take turns an Invalid error into complaints below the prefix.
func take(err error, prefix string, found *complaints) error {
	e := errs.Of(err)
	if e == nil || len(e.Fields) == 0 {
		return err
	}
	for _, f := range e.Fields {
		f.Path = prefix + f.Path
		*found = append(*found, f)
	}
	return nil
}

// columns returns the names, if the selection is nothing but names.
func (s Selection) columns() ([]string, bool) {
	if s == nil {
		return nil, true
	}
	names := make([]string, len(s))
	for i, one := range s {
		if one.Embed != nil || one.Aggregate != "" || one.Alias != "" && one.Alias != one.Name || one.Cast != "" || len(one.Path) > 0 || one.Name == "*" {
			return nil, false
		}
		names[i] = one.Name
	}
	return names, len(names) > 0
}

// canonical puts the outputs in the order of the collection's values, then of
// their keys.
func (p *plan) canonical() {
	place := map[string]int{}
	for n, i := range p.in.items {
		place[i.key] = n - len(p.in.items)
	}
	slices.SortStableFunc(p.outputs, func(x, y output) int {
		if n := place[x.key] - place[y.key]; n != 0 {
			return n
		}
		return strings.Compare(x.key, y.key)
	})
}

// planEmbed resolves a relation.
func (r Records) planEmbed(p *plan, s Selected, prefix string, add func(output), found *complaints) error {
	way, there, wrongName := p.in.relation(s.Name, s.Embed.Hint, p.access, r.Reach)
	if wrongName != nil {
		*found = append(*found, wrongName.at(prefix+"select"))
		return nil
	}
	inner, complaints, err := r.planned(way.target, there, s.Embed.Query, prefix+s.key()+".")
	if err != nil {
		return err
	}
	*found = append(*found, complaints...)
	if way.list != nil && len(s.Embed.Order) == 0 && !inner.grouped {
		inner.order = []ordering{{sql: column(listedColumn)}}
	}
	switch asked := s.Embed.Limit; {
	case asked == 0:
		inner.limit = MaxEmbedded
	default:
		inner.limit = min(s.Embed.limit(), MaxEmbedded)
	}
	j := &joined{relation: way, plan: inner, inner: s.Embed.Inner, none: s.Embed.None, spread: s.Embed.Spread}
	if !j.spread {
		add(output{key: s.key(), joined: j})
		return nil
	}
	if way.many {
		*found = append(*found, wrong("not_one", "%q leads to several records, and only one can be spread.", s.Name).at(prefix+"select"))
		return nil
	}
	if inner.grouped {
		*found = append(*found, wrong("syntax", "Aggregates cannot be spread.").at(prefix+"select"))
		return nil
	}
	keys, err := inner.keys()
	if err != nil {
		return err
	}
	for _, k := range keys {
		add(output{key: k, joined: j})
	}
	return nil
}

// keys lists what a plan answers.
func (p *plan) keys() ([]string, error) {
	var keys []string
	if p.plain == "" {
		for _, o := range p.outputs {
			keys = append(keys, o.key)
		}
		return keys, nil
	}
	items, err := p.in.selected(p.names, p.access)
	for _, i := range items {
		keys = append(keys, i.key)
	}
	return keys, err
}

// keysAsked lists what a plan answers, first what was asked by name, in that
// order.
func (p *plan) keysAsked(s Selection) ([]string, error) {
	left, err := p.keys()
	if err != nil {
		return nil, err
	}
	left = slices.DeleteFunc(left, func(k string) bool { // only its conditions count
		return slices.ContainsFunc(p.outputs, func(o output) bool { return o.key == k && o.silent() })
	})
	var keys []string
	for _, one := range s {
		key := one.key()
		if f, ok := p.in.byName[key]; ok && one.Alias == "" && one.Embed == nil && one.Aggregate == "" && len(one.Path) == 0 {
			key = f.key
		}
		if at := slices.Index(left, key); at >= 0 {
			keys, left = append(keys, key), slices.Delete(left, at, at+1)
		}
	}
	return append(keys, left...), nil
}

// silent reports whether nothing of the related records is answered.
func (o output) silent() bool {
	return o.joined != nil && !o.joined.spread && len(o.joined.outputs) == 0 && o.joined.plain == ""
}

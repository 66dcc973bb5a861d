package collection

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// Finder is the one function of a collection that looks into its search
// indexes. Patterns, full text and lists are no leakproof operators, so under
// row security PostgreSQL would compare every row of the site. The function runs
// with the rights of a role that sees all rows, names the site of the
// transaction itself and returns ids; the query that asks it is under row
// security and the actor's reach as any other (docs/adr/0010).
type Finder struct {
	Name    string // ends with a hash of all it says, because versions share tables
	Table   string
	Fields  []string // the texts that it looks into, as it calls them
	Columns []string // and as the table does
	Body    string
}

// FinderPolicy is the name of the policy that lets the finder role see rows.
const FinderPolicy = "find"

// Layout counts the ways in which servers have made the tables of one and the
// same version. It is raised when the tables of all versions get something more;
// what was made in an older way is made anew (module.Catalogue.Renew), and until
// then works without it. From 1 on there are finders, from 2 on the changes of
// one statement are logged by one.
const Layout = 2

// searched are the fields whose values the finder looks into.
func (c *Collection) searched() (texts, lists []*Field) {
	for _, f := range c.fields {
		switch {
		case f.virtual || f.Own || f.Secret || f.Sensitive || len(f.columns) != 1:
		case f.columns[0].Type == "text[]" && (f.Search || f.Index || f.Kind == manifest.KindTags):
			lists = append(lists, f)
		case f.columns[0].Type == "text" && f.Search:
			texts = append(texts, f)
		}
	}
	return texts, lists
}

// planSearch adds the indexes that the finder looks into. The site is in each,
// so that one site's words cost another nothing.
func (c *Collection) planSearch() {
	texts, lists := c.searched()
	for _, f := range texts {
		name := f.columns[0].Name
		c.addIndex(Index{
			Name: physical(c.stored, "like", name), Columns: []string{"site_id", name}, Where: Live,
			Using: "gin", Class: "platform.gin_trgm_ops",
		})
		c.addIndex(Index{Name: physical(c.stored, "words", name), Columns: []string{"site_id", wordsOf(name)}, Where: Live, Using: "gin"})
	}
	for _, f := range lists {
		name := f.columns[0].Name
		c.addIndex(Index{Name: physical(c.stored, "in", name), Columns: []string{"site_id", name}, Where: Live, Using: "gin"})
	}
}

// wordsOf is the expression of a full text index, as the catalogue prints it.
func wordsOf(column string) string { return "to_tsvector('simple'::regconfig, " + column + ")" }

// makeFinder makes the collection's finder, if anything is searched.
func (c *Collection) makeFinder() {
	texts, lists := c.searched()
	if len(texts)+len(lists) == 0 {
		return
	}
	c.findable = slices.Concat(texts, lists)
	var branches []string
	branch := func(f *Field, how, condition string) {
		branches = append(branches, fmt.Sprintf("select id from %s where $1 = '%s' and %s and site_id = "+
			"(select nullif(current_setting('app.site_id', true), '')::uuid) and deleted_at is null and %s", c.table, f.key, how, condition))
	}
	for _, f := range texts {
		column := quote(f.columns[0].Name)
		for _, op := range []struct{ name, sql string }{{"like", "like"}, {"ilike", "ilike"}, {"match", "~"}, {"imatch", "~*"}} {
			branch(f, "$2 = '"+op.name+"'", column+" "+op.sql+" $3")
		}
		branch(f, "$2 in ('fts', 'plfts', 'phfts', 'wfts')", "to_tsvector('simple'::regconfig, "+column+") @@ case $2 when 'fts' then to_tsquery('simple', $3)"+
			" when 'plfts' then plainto_tsquery('simple', $3) when 'phfts' then phraseto_tsquery('simple', $3) else websearch_to_tsquery('simple', $3) end")
	}
	for _, f := range lists {
		column := quote(f.columns[0].Name)
		branch(f, "$2 = 'cs'", column+" @> case $2 when 'cs' then $3::text[] end")
		branch(f, "$2 = 'ov'", column+" && case $2 when 'ov' then $3::text[] end")
	}
	body := strings.Join(branches, "\nunion all ")
	c.finder = &Finder{Name: physical(c.stored, "find", hash(body)), Table: c.stored, Body: body}
	for _, f := range texts {
		c.finder.Columns = append(c.finder.Columns, f.columns[0].Name)
		c.finder.Fields = append(c.finder.Fields, f.key)
	}
}

// Finders are the module's finder functions.
func (m *Module) Finders() []Finder {
	var all []Finder
	for _, c := range m.collections {
		if c.finder != nil {
			all = append(all, *c.finder)
		}
	}
	return all
}

// FinderDDL returns the statements that make the finder functions, and may be
// run again: first those of the owner of the schema, then those of the finder
// role, to which the functions belong, and then again those of the owner. None
// when the module searches nothing.
func (m *Module) FinderDDL(finder, runtime string) (before, functions, after []string) {
	finders := m.Finders()
	if len(finders) == 0 {
		return nil, nil, nil
	}
	schema, role := quote(m.Schema), quote(finder)
	before = append(before, "grant usage, create on schema "+schema+" to "+role)
	for _, f := range finders {
		table := m.qualified(f.Table)
		before = append(before,
			"grant select on "+table+" to "+role,
			"drop policy if exists "+quote(FinderPolicy)+" on "+table,
			"create policy "+quote(FinderPolicy)+" on "+table+" for select to "+role+" using (true)")
		function := m.qualified(f.Name) + "(text, text, text)"
		functions = append(functions,
			"create or replace function "+function+" returns setof uuid language sql stable security definer rows 200"+
				" set search_path = pg_catalog as $find$"+f.Body+"$find$",
			"revoke all on function "+function+" from public",
			"grant execute on function "+function+" to "+quote(runtime))
	}
	return before, functions, []string{"revoke create on schema " + schema + " from " + role}
}

// find is a condition as the ids that the finder returns; false when it cannot
// answer it. Parts that it can answer are joined as they stand.
func (r Records) find(c *Collection, n expr.Node, args *expr.Args) (string, bool) {
	switch n := n.(type) {
	case expr.Or:
		return r.findAll(c, n.Nodes, " union ", args)
	case expr.And:
		return r.findAll(c, n.Nodes, " intersect ", args)
	case expr.Like:
		if !hasTrigram(n.Pattern) {
			return "", false
		}
		op := map[[2]bool]string{{false, false}: "like", {true, false}: "ilike", {false, true}: "match", {true, true}: "imatch"}[[2]bool{n.Fold, n.Regex}]
		return r.findOne(c, n.Left, op, n, 0, args)
	case expr.Search:
		if n.Config != "" && n.Config != "simple" {
			return "", false
		}
		return r.findOne(c, n.Left, [...]string{"fts", "plfts", "phfts", "wfts"}[n.Form], n, 1, args)
	case expr.Compare:
		op, ok := map[expr.Op]string{expr.Contains: "cs", expr.Overlaps: "ov"}[n.Op]
		if !ok {
			return "", false
		}
		return r.findOne(c, n.Left, op, n, 0, args)
	}
	return "", false
}

// hasTrigram reports whether a pattern has three letters or digits in a row. The
// index knows words by such; for a pattern without any it would be read whole.
func hasTrigram(pattern string) bool {
	run := 0
	for _, r := range pattern {
		if run++; !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			run = 0
		}
		if run == 3 {
			return true
		}
	}
	return false
}

// findAll joins what the finder answers; all of it or none.
func (r Records) findAll(c *Collection, nodes []expr.Node, word string, args *expr.Args) (string, bool) {
	parts := make([]string, len(nodes))
	mark := len(args.Values)
	for i, n := range nodes {
		sql, ok := r.find(c, n, args)
		if !ok {
			args.Values = args.Values[:mark]
			return "", false
		}
		parts[i] = sql
	}
	return "(" + strings.Join(parts, word) + ")", true
}

// findOne asks the finder for one condition. at says which of the parameters
// that the condition compiles to is the one it compares with.
func (r Records) findOne(c *Collection, left expr.Node, op string, n expr.Node, at int, args *expr.Args) (string, bool) {
	path, ok := left.(expr.Path)
	if !ok || len(path.Steps) != 1 {
		return "", false
	}
	f, ok := c.byName[path.Steps[0]]
	if !ok || !slices.Contains(c.findable, f) || c.language != "" && f.Translatable {
		return "", false // the indexes hold the values in the site's own language
	}
	mark := len(args.Values)
	_, err := r.condition(c, n, args)
	added := args.Values[mark:]
	if err != nil || len(added) != at+1 {
		args.Values = args.Values[:mark]
		return "", false
	}
	value := added[at]
	args.Values = args.Values[:mark]
	return "select " + quote(c.module.Schema) + "." + quote(c.finder.Name) + "('" + f.key + "', '" + op + "', " + args.Add(value) + "::text)", true
}

// searching replaces the parts of a condition that the finder answers by it.
func (r Records) searching(c *Collection, n expr.Node, args *expr.Args) (string, error) {
	if !r.Finds || c.finder == nil {
		return r.condition(c, n, args)
	}
	if sql, ok := r.find(c, n, args); ok {
		return "t.id in (" + sql + ")", nil
	}
	and, ok := n.(expr.And)
	if !ok {
		return r.condition(c, n, args)
	}
	parts := make([]string, len(and.Nodes))
	for i, n := range and.Nodes {
		sql, err := r.searching(c, n, args)
		if err != nil {
			return "", err
		}
		parts[i] = sql
	}
	return "(" + strings.Join(parts, " and ") + ")", nil
}

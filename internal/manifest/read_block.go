package manifest

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// reservedQueries are names that a block's template has besides its queries.
var reservedQueries = []string{"properties", "site", "page", "setting"}

// readBlocks reads blocks/<name>.yaml with blocks/<name>.html.
func (r *reader) readBlocks(contents map[string][]byte) {
	for _, p := range sortedKeys(contents) {
		name, is := strings.CutPrefix(p, "blocks/")
		if !is {
			continue
		}
		base := strings.TrimSuffix(p, path.Ext(p))
		partner := base + ".html"
		if path.Ext(p) == ".html" {
			partner = base + ".yaml"
		}
		if _, has := contents[partner]; !has {
			r.found = append(r.found, Problem{File: p, Line: 1, Column: 1, Message: "a block is two files, and " + partner + " is missing"})
		}
		if path.Ext(p) == ".yaml" && contents[p] != nil {
			r.readBlock(p, strings.TrimSuffix(name, ".yaml"), contents)
		}
	}
}

func (r *reader) readBlock(file, name string, contents map[string][]byte) {
	d := r.open(file, contents[file], blockFormat())
	if d.root == nil {
		return
	}
	v := d.values(d.root)
	b := &Block{
		Name:        name,
		Label:       or(value(v["label"]), labelOf(name)),
		Description: value(v["description"]),
		Icon:        value(v["icon"]),
		Category:    value(v["category"]),
		Keywords:    texts(d, v["keywords"]),
		Properties:  r.fields(d, v["properties"], scope{place: propertyPlace}),
		Template:    string(contents["blocks/"+name+".html"]),
	}
	for _, e := range d.entries(v["queries"]) {
		b.Queries = append(b.Queries, r.readQuery(d, b, e))
	}
	r.m.Blocks = append(r.m.Blocks, b)
}

func (r *reader) readQuery(d *document, b *Block, e entry) Query {
	q := Query{Name: e.key.Value}
	if slices.Contains(reservedQueries, q.Name) {
		d.problem(e.key, "Choose another name.", "%q is reserved (the template has it already)", q.Name)
	}
	if d.bad[e.value] {
		return q
	}
	v := d.values(e.value)
	q.Collection = value(v["from"])
	q.Filter = value(v["filter"])
	r.readQueryLimit(d, b, v["limit"], &q)
	source := r.collection(d, v["from"])
	if source == nil || source.broken {
		return q
	}
	q.Sort = source.readSort(d, v["sort"])
	r.expression(d, v["filter"], `"filter" of query `+q.Name, scope{of: source, properties: append([]Field{}, b.Properties...)}, condition)
	if !r.visitorReads[source.Name] && !r.rolesBroken {
		d.problem(v["from"], `Grant the role visitor "`+source.Name+`.read:<reach>" in module.yaml.`,
			"query %s runs as the visitor, who may not read %s", q.Name, source.Name)
	}
	return q
}

// readQueryLimit reads a number or the property that holds it.
func (r *reader) readQueryLimit(d *document, b *Block, n *yaml.Node, q *Query) {
	if n == nil {
		return
	}
	name, isProperty := strings.CutPrefix(n.Value, "=properties.")
	if !isProperty {
		q.Limit, _ = strconv.Atoi(n.Value)
		return
	}
	var known []string
	for _, p := range b.Properties {
		known = append(known, p.Name)
		if p.Name != name {
			continue
		}
		if p.Kind != "" && p.Kind != KindInteger {
			d.problem(n, "", "property %q is a %s, and \"limit\" takes an integer", name, p.Kind)
		}
		q.LimitFrom = name
		return
	}
	d.problem(n, suggest(name, known), "the block has no property %q", name)
}

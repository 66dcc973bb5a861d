package collection

import (
	"fmt"
	"regexp"
	"sync"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// Module is a compiled manifest: its collections over the tables of one
// schema. It is immutable and safe for concurrent use.
type Module struct {
	Manifest *manifest.Manifest
	Schema   string // "mod_1234abcd"

	collections []*Collection
	byName      map[string]*Collection
	actions     map[string]*Collection // parameters of the module's own actions
	code        Code
}

// Collection is a compiled collection. It embeds what the manifest declares.
type Collection struct {
	*manifest.Collection

	module *Module

	table     string // qualified and quoted
	fields    []*Field
	byName    map[string]*Field // by name and by key
	items     []item
	names     map[string]name // what conditions may speak about
	suggested []string        // the names without their second spellings
	uniques   []unique
	indexes   []Index
	referrers []referrer
	reaches   map[string]Access
	filters   map[string]expr.Node // of block queries, by their text

	insert      string // statement without its "returning"
	projections projections
}

// Field is a declared field with its kind.
type Field struct {
	*manifest.Field

	kind    Kind
	key     string
	columns []Column
	pattern *regexp.Regexp // anchored; nil: none
	target  *Collection    // of a reference
}

// Key returns the field's name in JSON, filters and forms: price, item_id.
func (f *Field) Key() string { return f.key }

// unique is a rule with the index that holds it.
type unique struct {
	index   string
	fields  []*Field
	message string
}

// referrer is a reference that points at a collection.
type referrer struct {
	from  *Collection
	field *Field
}

// Compile checks that the manifest can become tables of the schema and
// prepares everything that does not depend on a request: names, statements and
// every condition. An error means that the manifest or the schema's name is
// not valid; a manifest that was read without errors compiles.
func Compile(m *manifest.Manifest, schema string) (*Module, error) {
	if err := checkIdentifier(schema); err != nil {
		return nil, err
	}
	module := &Module{Manifest: m, Schema: schema, byName: map[string]*Collection{}}
	for _, declared := range m.Collections {
		c, err := newCollection(declared, schema)
		if err != nil {
			return nil, fmt.Errorf("collection %s: %w", declared.Name, err)
		}
		if module.byName[c.Name] != nil {
			return nil, fmt.Errorf("there are two collections %s", c.Name)
		}
		c.module = module
		module.byName[c.Name] = c
		module.collections = append(module.collections, c)
	}
	for _, c := range module.collections {
		if err := module.finish(c); err != nil {
			return nil, fmt.Errorf("collection %s: %w", c.Name, err)
		}
	}
	if err := module.checkRelations(); err != nil {
		return nil, err
	}
	if err := module.compileActions(); err != nil {
		return nil, err
	}
	return module, module.compileQueries()
}

// Collection returns the collection of that name.
func (m *Module) Collection(name string) (*Collection, bool) {
	c, ok := m.byName[name]
	return c, ok
}

// Collections returns all collections in the manifest's order.
func (m *Module) Collections() []*Collection { return m.collections }

// Field returns a field by its name or its key.
func (c *Collection) Field(name string) (*Field, bool) {
	f, ok := c.byName[name]
	return f, ok
}

// Reach returns what a declared reach lets its holder see. The empty name is
// every row and field.
func (c *Collection) Reach(name string) (Access, bool) {
	if name == "" {
		return Access{}, true
	}
	a, ok := c.reaches[name]
	return a, ok
}

func newCollection(declared *manifest.Collection, schema string) (*Collection, error) {
	if err := checkIdentifier(declared.Name); err != nil {
		return nil, err
	}
	c := &Collection{
		Collection: declared,
		table:      quote(schema) + "." + quote(declared.Name),
		byName:     map[string]*Field{},
		names:      map[string]name{},
		reaches:    map[string]Access{},
		filters:    map[string]expr.Node{},
	}
	c.addSystem()
	taken := map[string]bool{}
	for _, column := range systemColumns() {
		taken[column.Name] = true
	}
	for i := range declared.Fields {
		f, err := newField(&declared.Fields[i])
		if err != nil {
			return nil, err
		}
		for _, column := range f.columns {
			if err := checkIdentifier(column.Name); err != nil {
				return nil, err
			}
			if taken[column.Name] {
				return nil, fmt.Errorf("field %s: the column %q is taken", f.Name, column.Name)
			}
			taken[column.Name] = true
		}
		c.addField(f)
	}
	return c, nil
}

func newField(declared *manifest.Field) (*Field, error) {
	kind, err := declaredKind(declared)
	if err != nil {
		return nil, fmt.Errorf("field %s: %w", declared.Name, err)
	}
	f := &Field{Field: declared, kind: kind}
	f.key, f.columns = kind.key(f), kind.columns(f)
	if declared.Pattern != "" {
		if f.pattern, err = regexp.Compile("^(?:" + declared.Pattern + ")$"); err != nil {
			return nil, fmt.Errorf("field %s: %w", declared.Name, err)
		}
	}
	return f, nil
}

func (c *Collection) addField(f *Field) {
	c.fields = append(c.fields, f)
	c.byName[f.Name], c.byName[f.key] = f, f
	c.items = append(c.items, item{key: f.key, sql: f.kind.selection(f), field: f})
	for _, n := range f.kind.names(f) {
		c.addName(n)
		if f.key != f.Name { // manifests say "item", URLs "item_id"
			c.names[f.Name] = n
		}
	}
}

func (c *Collection) addName(n name) {
	c.names[n.name] = n
	c.suggested = append(c.suggested, n.name)
}

// finish does what needs the other collections.
func (m *Module) finish(c *Collection) error {
	for _, f := range c.fields {
		if f.Kind != manifest.KindReference {
			continue
		}
		f.target = m.byName[f.To]
		if f.target == nil {
			return fmt.Errorf("field %s: there is no collection %q", f.Name, f.To)
		}
		f.target.referrers = append(f.target.referrers, referrer{from: c, field: f})
	}
	if err := c.planIndexes(); err != nil {
		return err
	}
	for _, r := range c.Access {
		when, err := c.condition(r.When)
		if err != nil {
			return fmt.Errorf("access %s: %w", r.Name, err)
		}
		for _, f := range r.Fields {
			if _, ok := c.byName[f]; !ok && !c.isSystem(f) {
				return fmt.Errorf("access %s: there is no field %q", r.Name, f)
			}
		}
		c.reaches[r.Name] = Access{Fields: r.Fields, When: when}
	}
	c.insert = c.insertStatement()
	return nil
}

// checkRelations refuses two tables or indexes of one name in the schema, of
// which "if not exists" would silently make only the first.
func (m *Module) checkRelations() error {
	taken := map[string]bool{}
	for _, t := range m.Tables() {
		names := []string{t.Name}
		for _, i := range t.Indexes {
			names = append(names, i.Name)
		}
		for _, n := range names {
			if taken[n] {
				return fmt.Errorf("the schema would have two relations %q", n)
			}
			taken[n] = true
		}
	}
	return nil
}

// compileQueries parses the filters of all blocks.
func (m *Module) compileQueries() error {
	for _, b := range m.Manifest.Blocks {
		for _, q := range b.Queries {
			c := m.byName[q.Collection]
			if c == nil {
				return fmt.Errorf("block %s: there is no collection %q", b.Name, q.Collection)
			}
			where, err := c.condition(q.Filter)
			if err != nil {
				return fmt.Errorf("block %s: query %s: %w", b.Name, q.Name, err)
			}
			c.filters[q.Filter] = where
		}
	}
	return nil
}

// condition parses and checks an expression of the manifest; empty is nil.
func (c *Collection) condition(text string) (expr.Node, error) {
	if text == "" {
		return nil, nil
	}
	n, err := expr.ParseCondition(text)
	if err != nil {
		return nil, err
	}
	return expr.Check(n, c.kindOf, c.suggested...)
}

// kindOf resolves every name, hidden ones included.
func (c *Collection) kindOf(name string) (expr.Kind, bool) {
	n, ok := c.names[name]
	return n.kind, ok
}

// columnOf resolves every name to its column of the table t.
func (c *Collection) columnOf(name string) (expr.Column, bool) {
	n, ok := c.names[name]
	return expr.Column{SQL: column(n.column), Kind: n.kind}, ok
}

// projections remembers the texts that select lists became.
type projections struct {
	mu    sync.Mutex
	texts map[string]string
}

// maxProjections bounds what strangers' select lists can make us remember.
const maxProjections = 256

func (p *projections) remember(key string, make func() (string, error)) (string, error) {
	p.mu.Lock()
	text, ok := p.texts[key]
	p.mu.Unlock()
	if ok {
		return text, nil
	}
	text, err := make()
	if err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.texts == nil || len(p.texts) >= maxProjections {
		p.texts = map[string]string{}
	}
	p.texts[key] = text
	return text, nil
}

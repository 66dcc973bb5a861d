package collection

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// Module is a compiled manifest: its collections over the tables of one
// schema. It is immutable and safe for concurrent use.
type Module struct {
	Manifest *manifest.Manifest
	Schema   string // "mod_1234abcd"
	Physical Physical

	collections []*Collection
	byName      map[string]*Collection
	actions     map[string]*Collection // parameters of the module's own actions
	code        Code
}

// Collection is a compiled collection. It embeds what the manifest declares.
type Collection struct {
	*manifest.Collection

	module *Module

	physical   Physical
	stored     string // the name of the table
	table      string // qualified and quoted
	titled     *Field // its title where that is an expression; nil: a field is
	view       string // what records are read from: the table with the site's own fields, in the language
	language   string // of translatable values as they are read; empty: the site's own
	fields     []*Field
	byName     map[string]*Field // by name and by key
	items      []item
	names      map[string]name // what conditions may speak about
	suggested  []string        // the names without their second spellings
	uniques    []unique
	indexes    []Index
	exclusions []Exclusion
	apart      []apart  // what the exclusions say
	within     *Field   // the reference within which records are ordered by hand
	finder     *Finder  // nil: nothing is searched
	findable   []*Field // whose values it looks into
	guarded    []*Field // those that guards open
	referrers  []referrer
	holders    []holder // lines and lists that point here

	scheme  *scheme // how a plain write works values out
	runs    map[string]*runnable
	builtIn map[string]rule // what create, update and delete ask of a record
	closed  rule            // the lock
	leaves  rule            // whether a record may be deleted
	checks  []check
	timers  []timer
	watches []watch // checks of others that a write here may break
	reaches map[string]Access
	// sections are those of the form that have a condition.
	sections []section
	filters  map[string]expr.Node // of block queries and lists, by their text

	insert      string // statement without its "returning"
	projections projections
}

// Field is a declared field with its kind.
type Field struct {
	*manifest.Field

	kind    Kind
	stored  *Field // the field under the name that its columns are made from
	key     string
	columns []Column
	pattern *regexp.Regexp // anchored; nil: none
	target  *Collection    // of a reference
	aim     *Lines         // of a reference to lines
	filters *Collection    // whose records a stored filter is about; nil if that is not known
	lines   *Lines         // of kind lines
	list    *List          // of a reference to many
	stamp   string         // the column that keeps when the value last changed; empty: none
	rules   *rules         // nil until the whole module is there
	virtual bool           // computed when it is read: it has no column
	guards  []guardOf      // all of them together open it
}

// Key returns the field's name in JSON, filters and forms: price, item_id.
func (f *Field) Key() string { return f.key }

// unique is a rule with the index that holds it.
type unique struct {
	rule    string // as differences between manifests call it
	index   string
	fields  []*Field
	when    expr.Node // of which records it speaks; nil: of all
	message string
}

// apart is an exclusion in the words of the collection.
type apart struct {
	rule       string // as differences between manifests call it
	constraint string
	fields     []*Field
	from, to   *Field
	when       expr.Node
	message    string
}

// referrer is a reference that points at a collection.
type referrer struct {
	from  *Collection
	field *Field
}

// holder is a reference in lines, or a list of references, that points at a
// collection.
type holder struct {
	from  *Collection
	field *Field // the lines or the list
	line  *Field // the reference in the lines; nil: the field is the list
}

// Compile checks that the manifest can become tables of the schema and
// prepares everything that does not depend on a request: names, statements and
// every condition. An error means that the manifest or the schema's name is
// not valid; a manifest that was read without errors compiles.
func Compile(m *manifest.Manifest, schema string) (*Module, error) {
	return CompileAs(m, schema, Physical{})
}

// CompileAs compiles a version whose names in the database are not all its own.
func CompileAs(m *manifest.Manifest, schema string, as Physical) (*Module, error) {
	return compile(m, schema, as, "")
}

// compile is CompileAs for records read in a language; empty is the site's own.
func compile(m *manifest.Manifest, schema string, as Physical, language string) (*Module, error) {
	if err := checkIdentifier(schema); err != nil {
		return nil, err
	}
	if err := checkLanguage(language); err != nil {
		return nil, err
	}
	module := &Module{Manifest: m, Schema: schema, Physical: as, byName: map[string]*Collection{}}
	for _, declared := range m.Collections {
		c, err := newCollection(declared, schema, as, language)
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
		if err := module.aimAll(c); err != nil {
			return nil, fmt.Errorf("collection %s: %w", c.Name, err)
		}
	}
	for _, prepare := range []func(*Collection) error{module.compileRules, (*Collection).placeComputed, module.compileWrites, module.compileTimers} {
		for _, c := range module.collections {
			if err := prepare(c); err != nil {
				return nil, fmt.Errorf("collection %s: %w", c.Name, err)
			}
		}
	}
	module.findGuards()
	for _, c := range module.collections {
		if err := module.compileTitle(c); err != nil {
			return nil, fmt.Errorf("collection %s: %w", c.Name, err)
		}
		c.view = c.readTable()
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

// Logged returns the collection whose changes the change log has under the name:
// what is renamed in a later version keeps its name there.
func (m *Module) Logged(name string) (*Collection, bool) {
	for _, c := range m.collections {
		if c.stored == name {
			return c, true
		}
	}
	return nil, false
}

// Stored is what the change log, timers and files call the collection: the name
// of its table, which stays when a later version calls the collection otherwise.
func (c *Collection) Stored() string { return c.stored }

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

func newCollection(declared *manifest.Collection, schema string, as Physical, language string) (*Collection, error) {
	table := as.table(declared.Name)
	for _, name := range []string{declared.Name, table} {
		if err := checkIdentifier(name); err != nil {
			return nil, err
		}
	}
	c := &Collection{
		Collection: declared,
		physical:   as,
		stored:     table,
		table:      quote(schema) + "." + quote(table),
		language:   language,
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
	if c.Ordered != "" {
		taken[positionColumn] = true
		c.addName(name{name: positionColumn, column: positionColumn, kind: expr.Text})
	}
	for i := range declared.Fields {
		f, err := newField(&declared.Fields[i], as.column(c.Name, declared.Fields[i].Name))
		if err != nil {
			return nil, err
		}
		if err := takeColumns(f, taken); err != nil {
			return nil, err
		}
		if err := f.openRows(schema, table, as, c.Name); err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		c.addField(f)
	}
	return c, nil
}

// takeColumns refuses names that cannot be columns, and columns that two fields
// would share.
func takeColumns(f *Field, taken map[string]bool) error {
	names := make([]string, 0, len(f.columns)+1)
	for _, column := range f.columns {
		names = append(names, column.Name)
	}
	if f.stamp != "" {
		names = append(names, f.stamp)
	}
	for _, n := range names {
		if err := checkIdentifier(n); err != nil {
			return err
		}
		if taken[n] {
			return fmt.Errorf("field %s: the column %q is taken", f.Name, n)
		}
		taken[n] = true
	}
	return nil
}

// newField opens a field whose columns are named after stored.
func newField(declared *manifest.Field, stored string) (*Field, error) {
	kind, err := fieldKind(declared)
	if err != nil {
		return nil, fmt.Errorf("field %s: %w", declared.Name, err)
	}
	f := &Field{Field: declared, kind: kind}
	f.stored = f
	if stored != declared.Name {
		as := *declared
		as.Name = stored
		f.stored = &Field{Field: &as, kind: kind}
	}
	f.key, f.columns = kind.key(f), kind.columns(f.stored)
	if declared.Kind == manifest.KindState || declared.Track {
		f.stamp = stored + "_at"
	}
	if declared.Pattern != "" {
		if f.pattern, err = regexp.Compile("^(?:" + declared.Pattern + ")$"); err != nil {
			return nil, fmt.Errorf("field %s: %w", declared.Name, err)
		}
	}
	return f, nil
}

// fieldKind is the kind of a field. Lines and lists of references are rows of
// their own, not values.
func fieldKind(declared *manifest.Field) (Kind, error) {
	switch {
	case declared.Kind == manifest.KindLines:
		return linesKind{}, nil
	case declared.Many && slices.Contains([]string{manifest.KindReference, manifest.KindMember, manifest.KindPerson}, declared.Kind):
		return listKind{}, nil
	}
	return declaredKind(declared)
}

func (c *Collection) addField(f *Field) {
	c.fields = append(c.fields, f)
	c.byName[f.Name], c.byName[f.key] = f, f
	if f.isFile() {
		c.items = append(c.items, item{key: f.Name, sql: f.fileSQL(), field: f})
	}
	c.items = append(c.items, item{key: f.key, sql: f.selection(), field: f})
	for _, n := range f.names() {
		c.addName(n)
		if f.key != f.Name { // manifests say "item", URLs "item_id"
			c.names[f.Name] = n
		}
	}
	if f.stamp != "" {
		c.addName(name{name: f.Name + "_at", column: f.stamp, kind: expr.Instant})
		c.items = append(c.items, item{key: f.Name + "_at", sql: column(f.stamp)})
	}
}

// names are what conditions may call of the field, with its columns.
func (f *Field) names() []name {
	all := f.kind.names(f)
	for i, n := range f.kind.names(f.stored) {
		all[i].column = n.column
	}
	return all
}

func (c *Collection) addName(n name) {
	c.names[n.name] = n
	c.suggested = append(c.suggested, n.name)
}

// aimAll finds what the collection's references point at.
func (m *Module) aimAll(c *Collection) error {
	for _, f := range c.fields {
		if err := m.aim(c, f); err != nil {
			return fmt.Errorf("field %s: %w", f.Name, err)
		}
		if f.lines != nil {
			f.lines.of = c
		}
	}
	return nil
}

// finish does what needs the other collections.
func (m *Module) finish(c *Collection) error {
	if err := c.planIndexes(); err != nil {
		return err
	}
	c.planSearch()
	c.makeFinder()
	if err := c.planExclusions(); err != nil {
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
		c.reaches[r.Name] = Access{Fields: c.Spelled(r.Fields), When: when}
	}
	c.insert = c.insertStatement(nil)
	return nil
}

// aim finds what a reference points at, and the references in lines.
func (m *Module) aim(c *Collection, f *Field) error {
	if f.lines != nil {
		for _, line := range f.lines.fields {
			if err := m.aim(nil, line); err != nil {
				return fmt.Errorf("%s: %w", line.Name, err)
			}
			if t := cmp.Or(line.target, line.listed()); t != nil {
				t.holders = append(t.holders, holder{from: c, field: f, line: line})
			}
		}
		return nil
	}
	if f.Kind == manifest.KindFilter {
		f.filters = m.byName[f.Of]
	}
	if f.Kind != manifest.KindReference {
		return nil
	}
	target, rest, deeper := strings.Cut(f.To, ".")
	to := m.byName[target]
	switch {
	case to == nil && deeper: // a contract's records
		return nil
	case to == nil:
		return fmt.Errorf("there is no collection %q", f.To)
	case deeper:
		lines, ok := to.byName[rest]
		if !ok || lines.lines == nil || f.list != nil {
			return fmt.Errorf("there are no lines %q", f.To)
		}
		f.aim = lines.lines
		return nil
	case f.list != nil:
		f.list.target = to
		if c != nil {
			to.holders = append(to.holders, holder{from: c, field: f})
		}
		return nil
	}
	f.target = to
	if c != nil {
		to.referrers = append(to.referrers, referrer{from: c, field: f})
	}
	return nil
}

// targetTable is the table that a reference points into; empty: into none of
// this module.
func (f *Field) targetTable() string {
	switch {
	case f.target != nil:
		return f.target.table
	case f.aim != nil:
		return f.aim.table
	}
	return ""
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
		for _, x := range t.Exclusions {
			names = append(names, x.Name)
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

// compileQueries parses the filters of all blocks and lists.
func (m *Module) compileQueries() error {
	for _, c := range m.collections {
		for _, list := range append([]manifest.ListView{c.List}, c.Lists...) {
			where, err := c.condition(list.Filter)
			if err != nil {
				return fmt.Errorf("collection %s: view %s: %w", c.Name, list.Name, err)
			}
			c.filters[list.Filter] = where
		}
	}
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
	n, err := expr.Parse(text)
	if err != nil {
		return nil, err
	}
	return expr.CheckCondition(n, recordSchema{c, c.module.roots()})
}

// kindOf resolves every name, hidden ones included.
func (c *Collection) kindOf(name string) (expr.Kind, bool) {
	n, ok := c.names[name]
	return n.kind, ok
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

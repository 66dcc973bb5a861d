package collection

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// rules are a field's expressions, checked.
type rules struct {
	when     expr.Node // nil: always
	required expr.Node // nil: Required holds alone
	initial  expr.Node // the default; nil: none, or a literal
	set      expr.Node
	computed expr.Node
	filter   expr.Node // of a reference: whether its target, "candidate", fits
}

// step is one value that a write works out: a field of the record, or of each
// of its lines.
type step struct {
	field *Field
	of    *Lines // nil: of the record
	rules

	forced  bool // an action sets it: to what "set" gives, or to the literal
	literal any

	reads   []string // names of the steps it depends on
	related bool     // it reads other records, so the database works it out
	level   int      // statements that come before it can be worked out
}

// name tells the step apart: "total", "lines.net".
func (s *step) name() string { return stepName(s.of, s.field) }

func stepName(of *Lines, f *Field) string {
	if of == nil {
		return f.Name
	}
	return of.field.Name + "." + f.Name
}

// compileRules parses what the fields say of themselves. It comes before
// indexes are planned, because a computed value may turn out to have no column.
func (m *Module) compileRules(c *Collection) error {
	roots := m.roots()
	roots["old"] = expr.Meaning{Target: c.schema()}
	for _, f := range c.fields {
		if err := f.compile(recordSchema{c, roots}); err != nil {
			return fmt.Errorf("field %s: %w", f.Name, err)
		}
		if f.lines == nil {
			continue
		}
		for _, line := range f.lines.fields {
			if err := line.compile(lineSchema{f.lines, m.roots()}); err != nil {
				return fmt.Errorf("field %s.%s: %w", f.Name, line.Name, err)
			}
		}
		if err := f.lines.compileChecks(c, m.roots()); err != nil {
			return fmt.Errorf("field %s: %w", f.Name, err)
		}
	}
	return nil
}

// compileChecks parses the rules of each line, which read its own values and
// its record's.
func (l *Lines) compileChecks(c *Collection, roots expr.Names) error {
	for _, declared := range l.field.Checks {
		n, err := expr.Parse(declared.Rule)
		if err == nil {
			n, err = expr.CheckCondition(n, lineSchema{l, roots})
		}
		if err != nil {
			return fmt.Errorf("check %q: %w", declared.Rule, err)
		}
		for _, path := range expr.Paths(n) {
			if c.reading(l, path).related {
				return fmt.Errorf("check %q: it reads other records", declared.Rule)
			}
		}
		l.checks = append(l.checks, rule{node: n, message: declared.Message})
	}
	return nil
}

func (f *Field) compile(s expr.Schema) error {
	f.rules = &rules{}
	for _, one := range []struct {
		key, text string
		value     bool
		into      *expr.Node
	}{
		{"when", f.When, false, &f.rules.when},
		{"required", f.RequiredWhen, false, &f.rules.required},
		{"set", f.Set, true, &f.rules.set},
		{"computed", f.Computed, true, &f.rules.computed},
	} {
		if one.text == "" {
			continue
		}
		n, err := expr.Parse(one.text)
		if err == nil && one.value {
			n, err = expr.CheckValue(n, s, expr.Meaning{Type: f.valueType()})
		} else if err == nil {
			n, err = expr.CheckCondition(n, s)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", one.key, err)
		}
		*one.into = n
	}
	var err error
	if f.rules.initial, err = f.expression(f.Default, s); err != nil {
		return fmt.Errorf("default: %w", err)
	}
	if f.Filter != "" && f.target != nil {
		if f.rules.filter, err = f.fits(s); err != nil {
			return fmt.Errorf("filter: %w", err)
		}
	}
	return nil
}

// expression parses a declared value; nil when it is a literal.
func (f *Field) expression(declared any, s expr.Schema) (expr.Node, error) {
	text, ok := expressionOf(declared)
	if !ok {
		return nil, nil
	}
	n, err := expr.Parse(text)
	if err != nil {
		return nil, err
	}
	return expr.CheckValue(n, s, expr.Meaning{Type: f.valueType()})
}

// candidate is how the filter of a reference calls the records that the
// reference may point at. No field can have the name.
const candidate = "_candidate"

// fits makes of a filter over the target a condition over the record: there is
// one, and it fits. In the filter bare names are the target's and "this" is the
// record.
func (f *Field) fits(s expr.Schema) (expr.Node, error) {
	where, err := expr.Parse(f.Filter)
	if err != nil {
		return nil, err
	}
	of := expr.Name(candidate)
	n := expr.Or{Nodes: []expr.Node{
		expr.IsNull{Left: expr.Name(f.Name)},
		expr.Compare{Op: expr.Gt, Left: expr.Aggregate{Func: "count", Of: &of, Where: where}, Right: expr.Literal{Kind: expr.Integer, Value: int64(0)}},
	}}
	return expr.CheckCondition(n, candidates{s, f.target})
}

// candidates adds the records that a reference may point at.
type candidates struct {
	expr.Schema
	target *Collection
}

// Name implements expr.Schema.
func (s candidates) Name(step string) (expr.Meaning, bool) {
	if step == candidate {
		return expr.Meaning{Type: expr.Type{Kind: expr.UUID}, Many: true, Target: s.target.schema()}, true
	}
	return s.Schema.Name(step)
}

// candidateSource is candidates in SQL: the one that the reference points at.
type candidateSource struct {
	expr.Source
	to *expr.Related
}

// Name implements expr.Source.
func (s candidateSource) Name(step string) (expr.Column, bool) {
	if step == candidate {
		return expr.Column{Type: expr.Type{Kind: expr.UUID}, Related: s.to}, true
	}
	return s.Source.Name(step)
}

// placeComputed decides where computed values stand. What reads the record's
// own values, its lines and settings only is kept with the record; what reads
// other records, the clock or who asks is computed when it is read, and has no
// column.
func (c *Collection) placeComputed() error {
	placing := map[*Field]bool{}
	var place func(f *Field) error
	place = func(f *Field) error {
		if f.rules.computed == nil || f.virtual {
			return nil
		}
		if placing[f] {
			return fmt.Errorf("field %s: it is computed of itself", f.Name)
		}
		placing[f] = true
		defer delete(placing, f)
		f.virtual = expr.ReadsClock(f.rules.computed)
		for _, path := range expr.Paths(f.rules.computed) {
			if own, ok := c.byName[path[0]]; ok {
				if err := place(own); err != nil {
					return err
				}
			}
			r := c.reading(nil, path)
			f.virtual = f.virtual || r.related || r.virtual || r.actor
		}
		if f.virtual {
			f.columns = nil // readers add them, see withComputed
			if f.Unique || f.Index {
				return fmt.Errorf("field %s: what is computed when it is read has no index", f.Name)
			}
			if f.target != nil || f.aim != nil || f.list != nil {
				return fmt.Errorf("field %s: a reference is computed of the record's own values; use default or set", f.Name)
			}
		}
		return nil
	}
	for _, f := range c.fields {
		if err := place(f); err != nil {
			return err
		}
		if f.lines == nil {
			continue
		}
		for _, line := range f.lines.fields {
			if line.rules.computed == nil {
				continue
			}
			for _, path := range expr.Paths(line.rules.computed) {
				if r := c.reading(f.lines, path); r.related || r.virtual || r.actor {
					return fmt.Errorf("field %s.%s: a line is computed of its own values and its record's; use default or set", f.Name, line.Name)
				}
			}
			if expr.ReadsClock(line.rules.computed) {
				return fmt.Errorf("field %s.%s: a line is computed of its own values", f.Name, line.Name)
			}
		}
	}
	return nil
}

// reading is what a path reads.
type reading struct {
	steps   []string // of the write
	related bool     // other records
	virtual bool     // a value that is computed when it is read
	actor   bool     // who acts, or the parameters of an action
	old     bool     // the record before the write
}

func (r *reading) add(o reading) {
	r.steps = append(r.steps, o.steps...)
	r.related, r.virtual, r.actor, r.old = r.related || o.related, r.virtual || o.virtual, r.actor || o.actor, r.old || o.old
}

// reading follows a path of an expression of the record, or of a line.
func (c *Collection) reading(of *Lines, path []string) reading {
	if of != nil {
		if f, ok := of.byName[path[0]]; ok {
			return reading{steps: []string{stepName(of, f)}, related: len(path) > 1 && f.valueType().Kind == expr.UUID}
		}
		switch path[0] {
		case "id", positionColumn:
			return reading{}
		case "parent":
			if len(path) > 1 {
				return c.reading(nil, path[1:])
			}
			return reading{}
		}
	}
	if f, ok := c.byName[path[0]]; ok {
		return c.readingField(f, path[1:])
	}
	if f := c.stamped(path[0]); f != nil {
		return reading{steps: []string{f.Name}}
	}
	if _, ok := c.platform(path[0]); ok {
		return reading{}
	}
	if _, ok := c.inverse(path[0]); ok {
		return reading{related: true}
	}
	switch path[0] {
	case "me", "actor", "params":
		return reading{actor: true, related: len(path) > 2}
	case "my":
		return reading{actor: true, related: true}
	case "old":
		r := c.reading(nil, path[1:])
		return reading{old: true, related: r.related || r.virtual}
	}
	return reading{}
}

func (c *Collection) readingField(f *Field, rest []string) reading {
	switch {
	case f.virtual:
		r := reading{virtual: true}
		for _, path := range expr.Paths(f.rules.computed) {
			r.add(c.reading(nil, path))
		}
		return r
	case f.lines != nil:
		r := reading{steps: []string{f.Name}}
		if len(rest) > 0 {
			if line, ok := f.lines.byName[rest[0]]; ok {
				r.steps = append(r.steps, stepName(f.lines, line))
				r.related = len(rest) > 1
			}
		}
		return r
	}
	return reading{steps: []string{f.Name}, related: len(rest) > 0 && (f.target != nil || f.aim != nil || f.list != nil)}
}

// scheme is the order in which a write works out the values of a collection,
// as it is or with what an action sets in the place of the fields' own rules.
type scheme struct {
	steps  []*step
	byName map[string]*step
	levels int // statements at most
}

// override is what an action sets a field to: an expression, or a literal.
type override struct {
	node    expr.Node
	literal any
}

func (c *Collection) newScheme(set map[string]override) (*scheme, error) {
	s := &scheme{byName: map[string]*step{}}
	add := func(f *Field, of *Lines) {
		one := &step{field: f, of: of, rules: *f.rules}
		if o, ok := set[f.Name]; ok && of == nil {
			one.forced, one.set, one.literal = true, o.node, o.literal
		}
		for _, n := range []expr.Node{one.when, one.initial, one.set, one.computed} {
			if n == nil || f.virtual {
				continue
			}
			for _, path := range expr.Paths(n) {
				r := c.reading(of, path)
				one.reads = append(one.reads, r.steps...)
				one.related = one.related || r.related
			}
		}
		if f.Kind == manifest.KindSlug && f.From != "" {
			one.reads = append(one.reads, f.From)
		}
		s.byName[one.name()] = one
		s.steps = append(s.steps, one)
	}
	for _, f := range c.fields {
		if f.virtual {
			continue
		}
		add(f, nil)
		if f.lines != nil {
			for _, line := range f.lines.fields {
				add(line, f.lines)
			}
		}
	}
	return s, s.sort()
}

// sort puts every step behind those it reads, and counts statements: what the
// database works out waits for one more than what it reads.
func (s *scheme) sort() error {
	var sorted []*step
	state := map[*step]int{}
	var visit func(one *step) error
	visit = func(one *step) error {
		switch state[one] {
		case 1:
			return fmt.Errorf("field %s: it depends on itself", one.name())
		case 2:
			return nil
		}
		state[one] = 1
		for _, name := range one.reads {
			before := s.byName[name]
			if before == nil || before == one {
				continue
			}
			if err := visit(before); err != nil {
				return err
			}
			one.level = max(one.level, before.level)
		}
		if one.related {
			one.level++
		}
		s.levels = max(s.levels, one.level)
		state[one] = 2
		sorted = append(sorted, one)
		return nil
	}
	for _, one := range s.steps {
		if err := visit(one); err != nil {
			return err
		}
	}
	s.steps = sorted
	return nil
}

// touched are the steps that may change when the named ones do.
func (s *scheme) touched(given func(name string) bool) map[string]bool {
	hit := map[string]bool{}
	for _, one := range s.steps {
		if given(one.name()) {
			hit[one.name()] = true
			continue
		}
		if one.when == nil && one.initial == nil && one.set == nil && one.computed == nil {
			continue
		}
		if slices.ContainsFunc(one.reads, func(name string) bool { return hit[name] }) {
			hit[one.name()] = true
		}
	}
	return hit
}

// fieldIn is the field that a step name is about: "lines" of "lines.net".
func fieldIn(stepName string) string {
	name, _, _ := strings.Cut(stepName, ".")
	return name
}

package collection

import (
	"maps"
	"slices"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// valueKinds are the kinds of field whose values are more than text in
// expressions.
var valueKinds = map[string]expr.Kind{
	manifest.KindInteger: expr.Integer, manifest.KindDecimal: expr.Decimal, manifest.KindPercent: expr.Percent,
	manifest.KindMoney: expr.Money, manifest.KindBoolean: expr.Boolean, manifest.KindDate: expr.Date,
	manifest.KindDatetime: expr.Instant, manifest.KindTime: expr.Clock, manifest.KindDuration: expr.Duration,
	manifest.KindReference: expr.UUID, manifest.KindPerson: expr.UUID, manifest.KindMember: expr.UUID,
	manifest.KindFile: expr.UUID, manifest.KindImage: expr.UUID, manifest.KindConnection: expr.UUID,
	manifest.KindJSON: expr.JSON, manifest.KindLocation: expr.JSON, manifest.KindRecord: expr.JSON,
}

// valueType is the type of the field's value in expressions.
func (f *Field) valueType() expr.Type {
	t := expr.Type{Kind: expr.Text, List: f.Many || f.Kind == manifest.KindTags}
	if kind, ok := valueKinds[f.Kind]; ok {
		t.Kind = kind
	}
	if t.Kind == expr.Decimal {
		t.Scale = f.Scale
	}
	return t
}

// meaning is what the field is in expressions.
func (f *Field) meaning() expr.Meaning {
	m := expr.Meaning{Type: f.valueType()}
	switch {
	case f.lines != nil:
		return expr.Meaning{Type: expr.Type{Kind: expr.UUID}, Many: true, Target: f.lines.schema()}
	case f.list != nil:
		m = expr.Meaning{Type: expr.Type{Kind: expr.UUID, List: true}, Many: true}
		if f.list.target != nil {
			m.Target = f.list.target.schema()
		}
	case f.target != nil:
		m.Target = f.target.schema()
	case f.aim != nil:
		m.Target = f.aim.schema()
	case f.Kind == manifest.KindChoice || f.Kind == manifest.KindState:
		m.Options = optionValues(f)
	}
	return m
}

// recordSchema is what names mean in expressions of a collection. Fields come
// before roots, so that adding a root breaks no module.
type recordSchema struct {
	*Collection
	roots expr.Names
}

// schema is what names mean for a record that an expression comes by: its own
// values and the ways on from it, without the roots.
func (c *Collection) schema() expr.Schema { return recordSchema{c, nil} }

// Name implements expr.Schema.
func (s recordSchema) Name(step string) (expr.Meaning, bool) {
	c := s.Collection
	if f, ok := c.byName[step]; ok {
		if f.sealed() {
			return expr.Meaning{}, false
		}
		return f.meaning(), true
	}
	if t, ok := c.platform(step); ok {
		return expr.Meaning{Type: t}, true
	}
	if way, ok := c.inverse(step); ok {
		m := expr.Meaning{Type: expr.Type{Kind: expr.UUID}, Many: true, Target: way.from.schema()}
		if way.line != nil {
			m.Target = way.field.lines.schema()
		}
		return m, true
	}
	m, ok := s.roots[step]
	return m, ok
}

// Known implements expr.Schema.
func (s recordSchema) Known() []string {
	known := slices.Collect(maps.Keys(s.roots))
	for _, f := range s.fields {
		known = append(known, f.Name)
		if f.stamp != "" {
			known = append(known, f.Name+"_at")
		}
	}
	for _, n := range systemNames() {
		known = append(known, n.name)
	}
	for _, by := range s.referrers {
		known = append(known, by.inverse())
	}
	for _, by := range s.holders {
		known = append(known, by.inverse())
	}
	slices.Sort(known)
	return slices.Compact(known)
}

// platform is the type of a value that the platform keeps with the record.
func (c *Collection) platform(name string) (expr.Type, bool) {
	for _, n := range systemNames() {
		if n.name == name {
			return expr.Type{Kind: n.kind}, true
		}
	}
	if c.stamped(name) != nil {
		return expr.Type{Kind: expr.Instant}, true
	}
	if name == positionColumn && c.Ordered != "" {
		return expr.Type{Kind: expr.Text}, true
	}
	return expr.Type{}, false
}

// stamped is the field whose last change the name keeps; nil if none does.
func (c *Collection) stamped(name string) *Field {
	at := slices.IndexFunc(c.fields, func(f *Field) bool { return f.stamp != "" && f.Name+"_at" == name })
	if at < 0 {
		return nil
	}
	return c.fields[at]
}

// inverse finds the records that point here under that name.
func (c *Collection) inverse(name string) (holder, bool) {
	for _, by := range c.referrers {
		if by.inverse() == name {
			return holder{from: by.from, field: by.field}, true
		}
	}
	for _, by := range c.holders {
		if by.inverse() == name {
			return by, true
		}
	}
	return holder{}, false
}

// inverse is what the target calls the records that point at it.
func (by referrer) inverse() string {
	if by.field.Inverse != "" {
		return by.field.Inverse
	}
	return by.from.Name
}

func (by holder) inverse() string {
	reference := by.field
	if by.line != nil {
		reference = by.line
	}
	if reference.Inverse != "" {
		return reference.Inverse
	}
	return by.from.Name
}

// lineSchema is what names mean in expressions of lines: their own fields,
// and the record as "parent".
type lineSchema struct {
	*Lines
	roots expr.Names
}

func (l *Lines) schema() expr.Schema { return lineSchema{l, nil} }

// Name implements expr.Schema.
func (s lineSchema) Name(step string) (expr.Meaning, bool) {
	if f, ok := s.byName[step]; ok {
		if f.sealed() {
			return expr.Meaning{}, false
		}
		return f.meaning(), true
	}
	switch step {
	case "id":
		return expr.Meaning{Type: expr.Type{Kind: expr.UUID}}, true
	case positionColumn:
		return expr.Meaning{Type: expr.Type{Kind: expr.Integer}}, true
	case "parent":
		return expr.Meaning{Target: s.of.schema()}, true
	}
	m, ok := s.roots[step]
	return m, ok
}

// Known implements expr.Schema.
func (s lineSchema) Known() []string {
	known := slices.Collect(maps.Keys(s.roots))
	for _, f := range s.fields {
		known = append(known, f.Name)
	}
	known = append(known, "id", positionColumn, "parent")
	slices.Sort(known)
	return known
}

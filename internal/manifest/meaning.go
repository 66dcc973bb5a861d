package manifest

import (
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// Type is the type of the field's values in expressions. It has the kind None
// for fields of lines, which are records of their own.
func (f *Field) Type() expr.Type {
	return expr.Type{Kind: expressionKind(f.Kind), List: f.Kind == KindTags || f.Many && f.Kind != KindReference, Scale: f.Scale}
}

// expressionKind is what values of the kind of field are in expressions.
func expressionKind(kind string) expr.Kind {
	switch kind {
	case KindInteger:
		return expr.Integer
	case KindDecimal:
		return expr.Decimal
	case KindPercent:
		return expr.Percent
	case KindMoney:
		return expr.Money
	case KindBoolean:
		return expr.Boolean
	case KindDate:
		return expr.Date
	case KindDatetime:
		return expr.Instant
	case KindTime:
		return expr.Clock
	case KindDuration:
		return expr.Duration
	case KindReference, KindMember, KindFile, KindImage:
		return expr.UUID
	case KindLocation, KindJSON, KindRecord:
		return expr.JSON
	case KindLines, KindPerson, KindConnection, "":
		return expr.None
	}
	return expr.Text
}

// Place says where an expression stands, as far as that gives names a meaning
// beyond the record's own fields, the settings, the site and who acts.
type Place struct {
	Lines      string  // a field of lines: bare names are a line's, parent.x the record's
	This       string  // the collection whose record is this.x, where bare names are another's
	Old        bool    // old.x is the record before the write
	Params     []Field // params.x, of an action
	Properties []Field // properties.x, of a block
}

// Schema says what names mean in expressions of the collection, which may be
// nil where there is no record.
func (m *Manifest) Schema(c *Collection, at Place) expr.Schema {
	s := &schema{m: m, c: c, roots: m.roots(at)}
	if c == nil {
		return s
	}
	if at.Old {
		s.roots["old"] = expr.Meaning{Target: &schema{m: m, c: c}}
	}
	if at.This != "" {
		s.roots["this"] = expr.Meaning{Target: &schema{m: m, c: m.collection(at.This)}}
	}
	if lines := c.field(at.Lines); lines != nil {
		parent := &schema{m: m, c: c}
		return &schema{m: m, fields: lines.Fields, line: true, parent: parent, roots: s.roots}
	}
	return s
}

// rootNames are the names that begin paths to what no record holds. No field
// has one of them.
var rootNames = []string{"setting", "site", "me", "actor", "my", "old", "this", "params", "properties"}

// roots are the meanings of the names that do not depend on a record.
func (m *Manifest) roots(at Place) expr.Names {
	text := expr.Meaning{Type: expr.Type{Kind: expr.Text}, Constant: true}
	who := expr.Meaning{Type: expr.Type{Kind: expr.UUID}, Constant: true, Identity: true}
	mine := expr.Names{}
	for _, c := range m.Collections {
		if c.actorField() != nil {
			mine[c.Name] = who
		}
	}
	roots := expr.Names{
		"setting": {Target: constants(m.Settings)},
		"site":    {Target: expr.Names{"currency": text, "zone": text, "country": text, "locale": text}},
		"me":      who,
		"actor":   who,
		"my":      {Target: mine},
	}
	if at.Params != nil {
		roots["params"] = expr.Meaning{Target: constants(at.Params)}
	}
	if at.Properties != nil {
		roots["properties"] = expr.Meaning{Target: constants(at.Properties)}
	}
	return roots
}

// actorField is the field by which the record of the collection that is the
// actor's own is found: the only member who is unique in it. Nil: there is none.
func (c *Collection) actorField() *Field {
	i := slices.IndexFunc(c.Fields, func(f Field) bool { return f.Kind == KindMember && f.Unique })
	if i < 0 {
		return nil
	}
	return &c.Fields[i]
}

// constants are fields that are the same for every record.
func constants(fields []Field) expr.Names {
	names := expr.Names{}
	for i := range fields {
		if f := &fields[i]; !f.Secret && f.Type().Kind != expr.None {
			names[f.Name] = expr.Meaning{Type: f.Type(), Options: f.optionsOrNil(), Constant: true}
		}
	}
	return names
}

func (f *Field) optionsOrNil() []string {
	if len(f.Options) == 0 {
		return nil
	}
	return f.optionValues()
}

// schema is the names of a record or a line.
type schema struct {
	m      *Manifest
	c      *Collection // nil for a line
	fields []Field     // of a line
	line   bool
	parent *schema
	roots  expr.Names // nil beyond the record at which the expression stands
}

// Name implements expr.Schema.
func (s *schema) Name(step string) (expr.Meaning, bool) {
	if m, ok := s.roots[step]; ok {
		return m, true
	}
	if s.line && step == "parent" {
		return expr.Meaning{Target: s.parent}, true
	}
	if m, ok := s.system(step); ok {
		return m, true
	}
	if f := s.field(step); f != nil {
		if f.Secret || f.Sensitive || f.Kind == "" {
			return expr.Meaning{}, false
		}
		return s.m.meaning(s.c, f), true
	}
	if s.c == nil {
		return expr.Meaning{}, false
	}
	if from := s.m.referrer(s.c.Name, step); from != nil {
		return expr.Meaning{Type: expr.Type{Kind: expr.UUID}, Target: &schema{m: s.m, c: from}, Many: true}, true
	}
	return s.beside(step)
}

func (s *schema) all() []Field {
	if s.c != nil {
		return s.c.Fields
	}
	return s.fields
}

func (s *schema) field(name string) *Field { return fieldNamed(s.all(), name) }

// systemTypes are the columns of every record.
var systemTypes = map[string]expr.Kind{
	"id": expr.UUID, "version": expr.Integer,
	"created_at": expr.Instant, "updated_at": expr.Instant, "created_by": expr.UUID, "updated_by": expr.UUID,
}

func (s *schema) system(step string) (expr.Meaning, bool) {
	if s.line {
		return expr.Meaning{Type: expr.Type{Kind: expr.Integer}}, step == "position"
	}
	kind, ok := systemTypes[step]
	return expr.Meaning{Type: expr.Type{Kind: kind}}, ok && s.c != nil
}

// beside resolves the names that a field has besides its own: <f>_id of what is
// kept by an id, <f>_at of a state and of what is tracked.
func (s *schema) beside(step string) (expr.Meaning, bool) {
	if base, is := strings.CutSuffix(step, "_id"); is {
		if f := s.field(base); f != nil && f.Type().Kind == expr.UUID && !f.Many {
			return expr.Meaning{Type: expr.Type{Kind: expr.UUID}}, true
		}
	}
	if base, is := strings.CutSuffix(step, "_at"); is {
		if f := s.field(base); f != nil && (f.Kind == KindState || f.Track) {
			return expr.Meaning{Type: expr.Type{Kind: expr.Instant}}, true
		}
	}
	return expr.Meaning{}, false
}

// Known implements expr.Schema.
func (s *schema) Known() []string {
	var names []string
	for _, f := range s.all() {
		if !f.Secret && !f.Sensitive {
			names = append(names, f.Name)
		}
	}
	if s.c != nil {
		names = append(append(names, sortedKeys(systemTypes)...), s.m.inverses(s.c.Name)...)
	}
	if s.line {
		names = append(names, "parent", "position")
	}
	return append(names, s.roots.Known()...)
}

// meaning is what the name of a field of the collection means; c is nil for a
// field of lines.
func (m *Manifest) meaning(c *Collection, f *Field) expr.Meaning {
	meant := expr.Meaning{Type: f.Type(), Options: f.optionsOrNil()}
	switch f.Kind {
	case KindReference:
		if target := m.collection(f.To); target != nil {
			meant.Target = &schema{m: m, c: target}
		}
		meant.Many = f.Many
	case KindLines:
		meant.Target = &schema{m: m, fields: f.Fields, line: true, parent: &schema{m: m, c: c}}
		meant.Many = true
	}
	return meant
}

// referrer is the collection whose records the target calls by that name; nil
// when there is none.
func (m *Manifest) referrer(target, inverse string) *Collection {
	for _, c := range m.Collections {
		for _, f := range c.Fields {
			if f.Kind == KindReference && f.To == target && f.inverse(c) == inverse {
				return c
			}
		}
	}
	return nil
}

// inverse is what the target calls the records of the collection that refer to it.
func (f *Field) inverse(c *Collection) string { return or(f.Inverse, c.Name) }

// inverses lists the names of the records that refer to the target.
func (m *Manifest) inverses(target string) []string {
	var names []string
	for _, c := range m.Collections {
		for _, f := range c.Fields {
			if f.Kind == KindReference && f.To == target {
				names = append(names, f.inverse(c))
			}
		}
	}
	return names
}

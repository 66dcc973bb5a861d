package manifest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// scope is where an expression stands, which decides what its names mean.
type scope struct {
	place  place   // of fields that are read in it
	of     *draft  // the collection whose fields are meant; nil: none
	lines  string  // the field of lines whose lines are meant instead
	to     string  // the collection to which a reference leads, whose fields are meant; of's record is "this"
	params []Field // of the action
	old    bool    // the record before the write has a name

	properties []Field // of the block
}

// line is the scope within lines of the scope's collection.
func (s scope) line(field string) scope {
	return scope{place: linePlace, of: s.of, lines: field, params: s.params}
}

// target is the scope of a condition on what the reference field leads to.
func (s scope) target(f *Field) scope { return scope{of: s.of, to: f.To} }

// want is what an expression has to be.
type want struct {
	kind  wanted
	field *Field // valueKind: the field that takes the value
}

type wanted int

const (
	conditionKind wanted = iota // true or false
	storedKind                  // true or false, over what the record itself stores
	textKind                    // a text
	momentKind                  // an instant or day
	valueKind                   // a value of a field
	wordingKind                 // anything: its names are another version's, and only its words are checked
)

var (
	condition = want{kind: conditionKind}
	stored    = want{kind: storedKind}
	textual   = want{kind: textKind}
	moment    = want{kind: momentKind}
	wording   = want{kind: wordingKind}
)

func valueOf(f *Field) want { return want{kind: valueKind, field: f} }

// pending is an expression that is checked when all that it may name is known.
type pending struct {
	doc  *document
	at   *yaml.Node
	what string // whose expression it is: `"when" of timer rotting`
	in   scope
	want want
}

// expression notes an expression to be checked later; n may be nil.
func (r *reader) expression(d *document, n *yaml.Node, what string, in scope, want want) {
	if n == nil || d.bad[n] {
		return
	}
	if utf8.RuneCountInString(n.Value) > MaxExpression+1 {
		d.refuse(n, "", "%s has more than %d characters", what, MaxExpression)
		return
	}
	r.expressions = append(r.expressions, pending{d, n, what, in, want})
}

// checkExpressions checks the words, names and types of all expressions, and
// that no value depends on itself.
func (r *reader) checkExpressions() {
	for i := range r.expressions {
		r.checkExpression(&r.expressions[i])
	}
}

func (r *reader) checkExpression(p *pending) {
	text, offset := p.text()
	node, err := expr.Parse(text)
	if err == nil && r.guesses(p, node) {
		return
	}
	if err == nil {
		err = r.checkTypes(p, node)
	}
	if err != nil {
		at, message, hint := p.problem(err, offset)
		p.doc.problem(at, hint, "%s: %s", p.what, message)
	}
}

// text is the expression without the "=" that marks it among values, and at
// which byte of the scalar it begins.
func (p *pending) text() (string, int) {
	if rest, is := strings.CutPrefix(p.at.Value, "="); is {
		return rest, 1
	}
	return p.at.Value, 0
}

// schema says what names mean where the expression stands; nil if that is not known.
func (r *reader) schema(p *pending) expr.Schema {
	at := Place{Lines: p.in.lines, Old: p.in.old, Params: p.in.params, Properties: p.in.properties}
	if p.in.of == nil {
		return r.m.Schema(nil, at)
	}
	c := p.in.of
	if p.in.to != "" {
		at.This, at.Lines = c.Name, ""
		target, has := r.collections[p.in.to]
		if !has || c.broken {
			return nil
		}
		c = target
	}
	if c.broken {
		return nil
	}
	return r.m.Schema(c.Collection, at)
}

func (r *reader) checkTypes(p *pending, node expr.Node) error {
	s := r.schema(p)
	if s == nil || p.want.kind == wordingKind {
		return nil
	}
	switch p.want.kind {
	case conditionKind, storedKind:
		checked, err := expr.CheckCondition(node, s)
		if err == nil && p.want.kind == storedKind {
			err = r.checkStored(p, checked)
		}
		return err
	case textKind:
		_, err := expr.CheckValue(node, s, expr.Meaning{Type: expr.Type{Kind: expr.Text}})
		return err
	case momentKind:
		_, t, err := expr.Check(node, s)
		if err == nil && t != (expr.Type{Kind: expr.Instant}) && t != (expr.Type{Kind: expr.Date}) {
			err = &expr.Error{Message: "this is " + t.String() + ", and an instant or a date is needed"}
		}
		return err
	}
	if p.want.field.Kind == "" {
		return nil
	}
	_, err := expr.CheckValue(node, s, expr.Meaning{Type: p.want.field.Type(), Options: p.want.field.optionsOrNil()})
	return err
}

// checkStored refuses what the database cannot hold an index to: values of other
// records, and of the clock.
func (r *reader) checkStored(p *pending, node expr.Node) error {
	if expr.ReadsClock(node) {
		return &expr.Error{Message: "an index does not follow the clock: now() and today() do not stand here"}
	}
	for _, path := range expr.Paths(node) {
		if why := r.m.beyond(p.in.of.Collection, path); why != "" {
			return &expr.Error{Message: "the index holds what the record itself stores, and " + why}
		}
	}
	return nil
}

// guesses says whether the expression names something that is wrong itself, or
// not known, so that nothing can be said about it.
func (r *reader) guesses(p *pending, node expr.Node) bool {
	return slices.ContainsFunc(expr.Paths(node), func(path []string) bool { return r.guess(p, path) })
}

func (r *reader) guess(p *pending, path []string) bool {
	of, fields := p.in.of, []Field(nil)
	if of != nil {
		fields = of.Fields
	}
	if p.in.to != "" {
		of = r.collections[p.in.to]
		if of != nil {
			fields = of.Fields
		}
	}
	switch path[0] {
	case "setting":
		if r.settingsBroken {
			return true
		}
		of, fields, path = nil, r.m.Settings, path[1:]
	case "params":
		of, fields, path = nil, p.in.params, path[1:]
	case "properties":
		of, fields, path = nil, p.in.properties, path[1:]
	case "this":
		of, path = p.in.of, path[1:]
		if of != nil {
			fields = of.Fields
		}
	case "old", "parent":
		path = path[1:]
	default:
		if of != nil && p.in.to == "" {
			if lines := of.field(p.in.lines); lines != nil && fieldNamed(lines.Fields, path[0]) != nil {
				of, fields = nil, lines.Fields
			}
		}
	}
	return r.leadsAstray(of, fields, path)
}

// leadsAstray says whether the path from the fields, which are those of the
// collection if there is one, meets a field that is wrong itself.
func (r *reader) leadsAstray(of *draft, fields []Field, path []string) bool {
	for _, step := range path {
		if of != nil && of.broken {
			return true
		}
		f := fieldNamed(fields, step)
		var next *draft
		switch {
		case f != nil && f.Kind == "":
			return true
		case f != nil && f.Kind == KindLines:
			of, fields = nil, f.Fields
			continue
		case f != nil && f.Kind == KindReference:
			next = r.collections[f.To]
		case f == nil && of != nil:
			if from := r.m.referrer(of.Name, step); from != nil {
				next = r.collections[from.Name]
			}
		}
		if next == nil {
			return f != nil && f.Kind == KindReference // its target is wrong
		}
		of, fields = next, next.Fields
	}
	return false
}

// fields are the fields that bare names of the expression mean.
func (p *pending) fields() []Field {
	if p.in.of == nil {
		return nil
	}
	if f := p.in.of.field(p.in.lines); f != nil {
		return f.Fields
	}
	return p.in.of.Fields
}

// problem places an error of the expression: within the text where that stands
// in one line as it is written, else at its beginning.
func (p *pending) problem(err error, offset int) (at *yaml.Node, message, hint string) {
	var e *expr.Error
	if !errors.As(err, &e) {
		return p.at, err.Error(), ""
	}
	place := *p.at
	if index := e.At + offset; index <= len(p.at.Value) && p.asWritten(index) {
		place.Column += utf8.RuneCountInString(p.at.Value[:index])
		if p.at.Style != 0 {
			place.Column++ // the quote
		}
	}
	message, hint = strings.TrimSuffix(e.Message, "."), e.Hint
	if e.Code == "syntax" && brackets(p.at.Value) > 0 && p.at.Style == 0 {
		return p.at, "the bracket is not closed", "Inside { } a comma ends a value: put the expression in quotes."
	}
	if e.Code == "unknown_field" && e.Name == "my.team" {
		message, hint = later(e.Name), ""
	}
	if p.sealed(e) {
		message, hint = "\""+e.Name+"\" is encrypted, and no expression reads it", ""
	}
	if noun, name, is := below(e); is {
		message, hint = fmt.Sprintf("there is no %s %q", noun, name), strings.Replace(hint, e.Name[:len(e.Name)-len(name)], "", 1)
	}
	return &place, lowerFirst(message), hint
}

// below says what is missing below a root: a setting, parameter or property.
func below(e *expr.Error) (noun, name string, is bool) {
	root, name, is := strings.Cut(e.Name, ".")
	noun = map[string]string{"setting": "setting", "params": "parameter", "properties": "property"}[root]
	return noun, name, is && noun != "" && e.Code == "unknown_field"
}

// asWritten says whether the scalar stands in the file up to the index as its
// value has it: in one line, without escapes.
func (p *pending) asWritten(index int) bool {
	before := p.at.Value[:index]
	if strings.Contains(p.at.Value, "\n") {
		return false
	}
	switch p.at.Style {
	case 0:
		return true
	case yaml.SingleQuotedStyle:
		return !strings.Contains(before, "'")
	case yaml.DoubleQuotedStyle:
		return !strings.ContainsAny(before, "\"\\")
	}
	return false
}

// sealed says whether the complaint is about a field that is kept encrypted.
func (p *pending) sealed(e *expr.Error) bool {
	if e.Code != "unknown_field" || p.in.to != "" {
		return false
	}
	f := fieldNamed(p.fields(), e.Name)
	return f != nil && (f.Secret || f.Sensitive)
}

// lowerFirst begins the message as a part of a sentence.
func lowerFirst(message string) string {
	if len(message) > 1 && message[0] >= 'A' && message[0] <= 'Z' && message[1] >= 'a' && message[1] <= 'z' {
		return strings.ToLower(message[:1]) + message[1:]
	}
	return message
}

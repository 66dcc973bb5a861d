package manifest

import (
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// scope is where an expression stands, which decides what its names mean.
type scope struct {
	place  place    // of fields that are read in it
	of     *draft   // the collection whose fields are meant; nil: none
	lines  string   // the field of lines whose lines are meant instead; parent is the record
	this   *draft   // the collection whose record is "this", where of is another
	params *[]Field // parameters of the action
	old    bool     // the record before the write has a name

	properties []Field // of the block
}

// line is the scope within lines of the scope's collection.
func (s scope) line(field string) scope {
	return scope{place: linePlace, of: s.of, lines: field, params: s.params}
}

// target is the scope of a condition on what the reference field leads to.
func (s scope) target(f *Field) scope {
	return scope{of: &draft{Collection: &Collection{Name: f.To}}, this: s.of}
}

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
)

var (
	condition = want{kind: conditionKind}
	stored    = want{kind: storedKind}
	textual   = want{kind: textKind}
	moment    = want{kind: momentKind}
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

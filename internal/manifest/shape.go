package manifest

import (
	"maps"
	"slices"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// form is the YAML that a shape is written as.
type form int

const (
	textForm form = iota
	integerForm
	booleanForm
	listForm
	mapForm     // names of the author's choice to values of one shape
	objectForm  // the keys of a table
	fieldForm   // a field: the name of its kind, or an object with the kind's keys
	eitherForm  // one of several shapes that differ in form
	decimalForm // a number with or without decimals
	variantForm // an object whose keys depend on its "type"
	anyForm     // anything; who knows the field's kind looks again
	noForm      // nothing but a computed value
)

// shape is what a value of the format may look like. The tables of the format
// are made of shapes; both the reader and the JSON Schema come from them.
type shape struct {
	form     form
	noun     string   // what a value is: "a category"; used when it is not one
	takes    string   // completes `"label" takes …`
	enum     []string // text: the only values, when given
	pattern  string   // text: RE2 that is also ECMA 262
	hint     string   // what to write when enum or pattern refuse the value
	min      *int64   // text: characters; integer: value; list: entries
	max      *int64
	unique   bool // list: no two equal entries
	item     *shape
	object   *object
	place    place              // fieldForm: where the field stands
	choices  []shape            // eitherForm
	fixed    map[string]*shape  // mapForm: names whose values have another shape
	variants map[string]*object // variantForm: keys by the value of "type"

	minor       bool     // an amount in minor units …
	currency    string   // … of this currency; empty: not known
	condition   bool     // text: an expression, which a number alone is not
	yesNo       bool     // takes true or false besides something else
	literal     bool     // a text that begins with "=" is a computed value, which this version does not run …
	computed    string   // … but for texts that this pattern describes (RE2 that is also ECMA 262)
	later       []string // words of the format that this version does not run
	laterText   string   // what a text would be here in the full format; empty: a mistake
	laterObject string   // what a mapping would be here in the full format; empty: a mistake
}

// object is a mapping whose keys the format knows.
type object struct {
	noun  string // "a collection"
	keys  []key
	later []string // keys of the format that this version does not run
}

// key is one key of an object.
type key struct {
	name     string
	value    shape
	required bool
	about    string // one sentence for completion and the schema
}

// find returns the key of that name.
func (o *object) find(name string) (key, bool) {
	i := slices.IndexFunc(o.keys, func(k key) bool { return k.name == name })
	if i < 0 {
		return key{}, false
	}
	return o.keys[i], true
}

// names lists the keys that may be written.
func (o *object) names() []string {
	names := make([]string, len(o.keys))
	for i, k := range o.keys {
		names[i] = k.name
	}
	return names
}

// accepts says whether the node has the shape's form.
func (s *shape) accepts(n *yaml.Node) bool {
	switch s.form {
	case textForm:
		return n.Kind == yaml.ScalarNode && (n.Tag == "!!str" || n.Tag == "!!timestamp")
	case integerForm:
		return n.Kind == yaml.ScalarNode && n.Tag == "!!int"
	case booleanForm:
		return n.Kind == yaml.ScalarNode && n.Tag == "!!bool"
	case listForm:
		return n.Kind == yaml.SequenceNode
	case decimalForm:
		return n.Kind == yaml.ScalarNode && (n.Tag == "!!int" || n.Tag == "!!float")
	case anyForm:
		return true
	case noForm:
		return false
	case mapForm, objectForm, variantForm:
		return n.Kind == yaml.MappingNode
	case fieldForm:
		return n.Kind == yaml.MappingNode || (n.Kind == yaml.ScalarNode && n.Tag == "!!str")
	default:
		return slices.ContainsFunc(s.choices, func(c shape) bool { return c.accepts(n) })
	}
}

// takesText says whether the text, in quotes, would have the shape.
func (s *shape) takesText(text string) bool {
	if s.form == eitherForm {
		return slices.ContainsFunc(s.choices, func(c shape) bool { return c.takesText(text) })
	}
	length := int64(utf8.RuneCountInString(text))
	switch {
	case s.form != textForm, s.condition && text != "true" && text != "false":
		return false
	case s.min != nil && length < *s.min, s.max != nil && length > *s.max:
		return false
	}
	return (s.enum == nil || slices.Contains(s.enum, text)) && (s.pattern == "" || matches(s.pattern, text))
}

func number(n int64) *int64 { return &n }

// text is a text of one to most characters.
func text(most int64) shape {
	return shape{form: textForm, takes: "text", min: number(1), max: number(most)}
}

// pattern is a text that the pattern describes.
func pattern(noun, re, hint string) shape {
	return shape{form: textForm, takes: "text", noun: noun, pattern: re, hint: hint}
}

// enum is one of the words.
func enum(noun string, words ...string) shape {
	return shape{form: textForm, takes: "one of its words", noun: noun, enum: words}
}

// expression is a condition in the expression language.
func expression() shape {
	s := formula()
	s.hint = `Write a condition, like status == "open".`
	return s
}

// formula is a value in the expression language.
func formula() shape {
	return shape{
		form: textForm, takes: "an expression", min: number(1), max: number(MaxExpression), condition: true,
		hint: "Write an expression, like quantity * price.",
	}
}

func boolean() shape { return shape{form: booleanForm, takes: "true or false"} }

// minorUnits is an amount of money without its currency.
func minorUnits() shape {
	s := integer()
	s.minor = true
	return s
}

func integer() shape { return shape{form: integerForm, takes: "a whole number"} }

// between is a whole number within bounds, which are allowed themselves.
func between(low, high int64) shape {
	s := integer()
	s.min, s.max = &low, &high
	return s
}

// list has least to most entries, no two alike.
func list(item shape, least, most int64) shape {
	return shape{form: listForm, takes: "a list", item: &item, min: &least, max: &most, unique: true}
}

// named maps names to values. The names are called noun in messages.
func named(noun string, item shape) shape {
	return shape{form: mapForm, takes: "a mapping of names", noun: noun, item: &item}
}

// keys is an object as a value.
func keys(o *object) shape { return shape{form: objectForm, takes: "a mapping", object: o} }

// variant is an object that says in "type" which keys it has.
func variant(takes string, variants map[string]*object, later ...string) shape {
	return shape{form: variantForm, takes: takes, variants: variants, later: later}
}

// either takes any of the shapes; takes completes the message when none fits.
func either(takes string, choices ...shape) shape {
	return shape{form: eitherForm, takes: takes, choices: choices}
}

// sortedKeys lists the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

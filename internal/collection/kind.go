package collection

import (
	"encoding/json"
	"fmt"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Kind is all that differs between the kinds of fields. A kind is stateless.
// Values are never nil here: empty values are handled once, outside.
type Kind interface {
	// key is the field's name in JSON, filters and bodies.
	key(f *Field) string
	// columns are the physical columns, in order.
	columns(f *Field) []Column
	// names are what filters, conditions and order may speak about.
	names(f *Field) []name
	// decode reads a JSON value.
	decode(f *Field, raw json.RawMessage, currency string) (any, *problem)
	// parse reads what a person typed; the text is trimmed and not empty.
	parse(f *Field, text string, loc Locale) (any, *problem)
	// literal reads a value that a manifest gives, as a default for example, or
	// that a setting of the kind has.
	literal(f *Field, value any, at moment) (any, *problem)
	// check applies the field's rules.
	check(f *Field, value any) *problem
	// args are the columns' parameters.
	args(value any) []any
	// selection is the SQL of the JSON value, over the table t.
	selection(f *Field) string
	// schema is the JSON Schema of the value.
	schema(f *Field) map[string]any
}

// kinds is the table of the kinds; a new kind is one file and one line.
func kinds(name string) (Kind, error) {
	switch name {
	case manifest.KindText:
		return textKind{most: 10_000}, nil
	case manifest.KindLongtext:
		return textKind{most: 100_000, lines: true}, nil
	case manifest.KindInteger:
		return integerKind{}, nil
	case manifest.KindMoney:
		return moneyKind{}, nil
	case manifest.KindDate:
		return dateKind{}, nil
	case manifest.KindReference:
		return referenceKind{}, nil
	}
	return nil, fmt.Errorf("there is no field kind %q", name)
}

// Column is a physical column.
type Column struct {
	Name string
	Type string // as PostgreSQL's format_type spells it
}

// name is what a condition may speak about.
type name struct {
	name   string // in the tree: "price.amount"
	column string // physical
	kind   expr.Kind
}

// moment is what a computed default depends on.
type moment struct {
	today    string // YYYY-MM-DD in the site's zone
	currency string // of the site
	settings map[string]any
}

// setting returns what the declared value reads from a setting, and whether it
// reads one.
func (at moment) setting(declared any) (value any, reads bool) {
	e, _ := declared.(manifest.Expression)
	name, reads := e.Setting()
	if !reads {
		return nil, false
	}
	return at.settings[name], true
}

func (at moment) emptySetting(declared any) bool {
	value, reads := at.setting(declared)
	return reads && value == nil
}

// computed returns the value that a default or an action's "set" stands for,
// nil if it reads an empty setting.
func (f *Field) computed(declared any, at moment) (any, *problem) {
	value, reads := at.setting(declared)
	switch {
	case !reads:
		value = declared
	case value == nil:
		return nil, nil
	}
	return f.kind.literal(f, value, at)
}

// problem is a complaint about one value before its path is known.
type problem struct {
	part    string // "amount" of a money value; usually empty
	code    string
	message string
	args    map[string]any
}

func wrong(code, format string, args ...any) *problem {
	return &problem{code: code, message: fmt.Sprintf(format, args...)}
}

func (p *problem) with(key string, value any) *problem {
	if p.args == nil {
		p.args = map[string]any{}
	}
	p.args[key] = value
	return p
}

// at gives the complaint its path.
func (p *problem) at(path string) errs.Field {
	if p.part != "" {
		path += "." + p.part
	}
	return errs.Field{Path: path, Code: p.code, Message: p.message, Args: p.args}
}

// checkRange is the min and max of whole numbers.
func checkRange(f *Field, value int64) *problem {
	switch {
	case f.Min != nil && value < *f.Min:
		return wrong("too_small", "Must be at least %d.", *f.Min).with("min", *f.Min)
	case f.Max != nil && value > *f.Max:
		return wrong("too_large", "Must be at most %d.", *f.Max).with("max", *f.Max)
	}
	return nil
}

// column returns a field's column for a statement over the table t.
func column(name string) string { return "t." + quote(name) }

package collection

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

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

// textual is a kind whose values also stand in files of one text a value, such
// as CSV. What text writes, parseText reads as the same value, in any locale.
type textual interface {
	text(f *Field, value any) string
	parseText(f *Field, text, currency string) (any, *problem)
}

// formReader is a kind that takes several inputs of a form. The value is nil
// when all of them are empty.
type formReader interface {
	readForm(f *Field, inputs formInputs, loc Locale) (any, *problem)
}

// beginner is a kind whose fields are never empty: initial is what a new record
// has when neither its writer nor the manifest gives a value.
type beginner interface {
	initial(f *Field) any
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
	case manifest.KindRichtext:
		return newRichtext(), nil
	case manifest.KindEmail:
		return wordKind{emailWord{}}, nil
	case manifest.KindPhone:
		return wordKind{phoneWord{}}, nil
	case manifest.KindURL:
		return wordKind{urlWord{}}, nil
	case manifest.KindSlug:
		return wordKind{slugWord{}}, nil
	case manifest.KindColor:
		return wordKind{colorWord{}}, nil
	case manifest.KindDecimal:
		return decimalKind{}, nil
	case manifest.KindPercent:
		return percentKind{}, nil
	case manifest.KindCurrency:
		return currencyKind{wordKind{currencyWord{}}}, nil
	case manifest.KindBoolean:
		return booleanKind{}, nil
	case manifest.KindDatetime:
		return datetimeKind{}, nil
	case manifest.KindTime:
		return timeKind{}, nil
	case manifest.KindDuration:
		return durationKind{}, nil
	case manifest.KindRecurrence:
		return wordKind{recurrenceWord{}}, nil
	case manifest.KindChoice:
		return wordKind{choiceWord{}}, nil
	case manifest.KindState:
		return stateKind{wordKind{choiceWord{}}}, nil
	case manifest.KindTags:
		return manyKind{wordKind{tagWord{}}}, nil
	case manifest.KindCountry:
		return wordKind{countryWord{}}, nil
	case manifest.KindLanguage:
		return wordKind{languageWord{}}, nil
	case manifest.KindTimezone:
		return wordKind{timezoneWord{}}, nil
	case manifest.KindMember:
		return identityKind{noun: "member"}, nil
	case manifest.KindPerson:
		return personKind{}, nil
	case manifest.KindFile:
		return identityKind{noun: "file"}, nil
	case manifest.KindImage:
		return identityKind{noun: "image"}, nil
	case manifest.KindLocation:
		return locationKind{}, nil
	case manifest.KindJSON:
		return jsonKind{}, nil
	case manifest.KindSequence:
		return wordKind{sequenceWord{}}, nil
	case manifest.KindRecord:
		return recordKind{}, nil
	case manifest.KindFilter:
		return wordKind{filterWord{}}, nil
	case manifest.KindConnection:
		return identityKind{noun: "connected account"}, nil
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
	scale  int // of a decimal
}

// natural is the value as people count it: 1.5 rather than 15000.
func (n name) natural() string {
	switch n.kind {
	case expr.Decimal:
		return fixedSQL(column(n.column), n.scale)
	case expr.Percent:
		return fixedSQL(column(n.column), PercentScale)
	}
	return column(n.column)
}

// moment is what a computed default depends on.
type moment struct {
	now      time.Time
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
	others  []*problem // of the same value, as of the lines of a record
}

// and joins complaints about one value; either may be nil.
func (p *problem) and(other *problem) *problem {
	switch {
	case p == nil:
		return other
	case other != nil:
		p.others = append(p.others, other)
	}
	return p
}

// within moves the complaint into a part of the value: "amount", or "[2]" of a
// list; nil stays nil.
func (p *problem) within(part string) *problem {
	if p == nil {
		return nil
	}
	p.part = joinPath(part, p.part)
	for _, other := range p.others {
		other.within(part)
	}
	return p
}

// joinPath puts a part behind a path: "tags" and "[2]", "price" and "amount".
func joinPath(path, part string) string {
	switch {
	case part == "":
		return path
	case path == "" || strings.HasPrefix(part, "["):
		return path + part
	}
	return path + "." + part
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
	return errs.Field{Path: joinPath(path, p.part), Code: p.code, Message: p.message, Args: p.args}
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

// declaredKind is the kind of a declared field: of one value or of many, open or
// sealed.
func declaredKind(declared *manifest.Field) (Kind, error) {
	kind, err := kinds(declared.Kind)
	if err != nil {
		return nil, err
	}
	if declared.Many && declared.Kind != manifest.KindTags {
		if _, word := kind.(interface {
			clean(*Field, string) (string, *problem)
		}); !word && declared.Kind != manifest.KindText {
			return nil, fmt.Errorf("a field of kind %s has one value", declared.Kind)
		}
		kind = manyKind{kind}
	}
	if declared.Secret || declared.Sensitive {
		kind = sealedKind{kind}
	}
	return kind, nil
}

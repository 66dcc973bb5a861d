package manifest

import "strings"

// Manifest is one module version as its author declared it: module.yaml and
// the folders beside it, checked. A value of this type is immutable.
type Manifest struct {
	Format      int               // version of the format, always 1
	ID          string            // kebab case, fixed at the first publish
	Name        string            // how people call the module
	Version     string            // SemVer 2
	Type        Type              // decides what else may be declared
	Category    string            // one of Categories
	Description string            // at most 200 characters
	Icon        string            // a Lucide icon's name; empty: the type's default
	Tags        []string          // at most ten
	License     string            // SPDX identifier, free text otherwise
	Links       map[string]string // homepage, docs, source, support, changelog

	Roles    []Role   // in file order; the defaults when none is declared
	Menu     []string // collections in menu order; all full-screen ones when not declared
	Settings []Field  // in file order
	Blocks   []*Block // by name

	Collections []*Collection // by name
}

// Type is what a module is, which decides what it may declare.
type Type string

// The module types of the format.
const (
	Widget      Type = "widget"      // blocks and settings only
	App         Type = "app"         // collections, actions, roles too
	Integration Type = "integration" // as app, without pages of its own on sites
	System      Type = "system"      // everything
	Custom      Type = "custom"      // as system, private to its agency
)

// Collection is a declared table with one API and one set of screens. It has
// one name, singular, everywhere.
type Collection struct {
	Name        string
	Label       string // one of them: "Rental item"
	Plural      string // many of them: "Rental items"
	Description string
	Icon        string
	Title       string // the field that names a record in lists and pickers; empty: it has only money and references
	Screens     string // "full", "simple" or "none"
	Fields      []Field
	Unique      []Unique
	Index       [][]string // further indexes, each a list of fields
	Actions     []Action
	Access      []Reach
	List        ListView
	Form        FormView
}

// Field is one declared value: of a record, a setting, a parameter or a
// block's property. Which members matter depends on Kind.
type Field struct {
	Name        string
	Kind        string // one of Kinds
	Label       string
	Help        string
	Placeholder string
	Section     string // groups settings and properties

	Required  bool
	Default   any // nil, or a value of the kind: string, int64, Money, or Expression
	Unique    bool
	Index     bool
	Search    bool // reserved for the site's text search; accepted, shown in OpenAPI
	Readonly  bool // written by the platform only
	Immutable bool // written at creation only
	Personal  bool // about a person: exported and erased with them

	Min, Max *int64 // length of text in characters; value of integer and money (minor units); nil: none
	MinDate  string // date kind only, YYYY-MM-DD; empty: none
	MaxDate  string
	Pattern  string // RE2; text kinds only
	Message  string // shown when Pattern does not match

	Currency string // money: fixed ISO 4217 code; empty: the site's currency
	To       string // reference: the target collection
	Inverse  string // reference: what the target calls the records that point at it
	OnDelete string // reference: "restrict" or "clear"
}

// Money is a literal amount in a manifest, in the currency's minor unit.
type Money struct {
	Amount   int64
	Currency string // empty: the field's or the site's currency
}

// Expression is a default that is computed when the record is created. The
// first cut of the language knows today() and setting.<name> only.
type Expression string

// Setting returns the name of the setting that the expression reads, and
// whether it reads one.
func (e Expression) Setting() (name string, ok bool) {
	return strings.CutPrefix(string(e), "setting.")
}

// Unique says that no two live records of a site agree in all the fields.
type Unique struct {
	Fields  []string
	Message string // shown when the rule is broken
}

// Action is a named change with one permission. The first cut has actions of
// collection scope without code: they create a record from their parameters.
// It is the only way in which visitors write.
type Action struct {
	Name        string
	Label       string
	Description string         // what agents and the API documentation show
	Confirm     string         // question to answer before it runs; empty: none
	Params      []Field        // each names a field of the collection and is that field
	Set         map[string]any // values it writes itself, as Field.Default has them
	Limit       Limit
	Emits       string // event's name in the past tense; empty: none
	Message     string // shown when "when" refuses; empty until this version runs "when"
}

// Limit is how often one actor or address may do something.
type Limit struct {
	Count  int    // zero: unlimited
	Period string // "minute", "hour" or "day"
}

// Reach is a named subset of a collection's rows and fields. A grant
// "entry.read:shown" is the permission within the reach "shown".
type Reach struct {
	Name   string
	When   string   // condition in the expression language; empty: all rows
	Fields []string // nil: all fields
}

// Role maps a name to grants, and says which members hold it by default.
type Role struct {
	Name   string
	Label  string
	Grants []Grant
	For    []string // agency_admin agency_member agency_viewer client_owner client_staff
}

// Grant is one permission of a role, relative to the module. Everything, the
// settings included, is {"*", "*"}; changing the settings is {"", "settings"}.
type Grant struct {
	Collection string // a collection's name, or "*"; empty for "settings"
	Verb       string // read create update delete export import, an action's name, or "*"
	Reach      string // empty: all rows and fields
}

// ListView says what the list screen shows.
type ListView struct {
	Columns []string // fields in order; the first six fields when not declared
	Sort    []Sort
}

// Sort is one field to order by.
type Sort struct {
	Field      string
	Descending bool
}

// FormView says how the form is laid out.
type FormView struct {
	Sections []Section
}

// Section is a titled group of fields of a form.
type Section struct {
	Label  string
	Fields []string
}

// Block is a component that the module offers for web pages.
type Block struct {
	Name        string
	Label       string
	Description string
	Icon        string
	Category    string
	Keywords    []string
	Properties  []Field
	Queries     []Query
	Template    string // text of blocks/<name>.html
}

// Query is what a block reads, as the visitor.
type Query struct {
	Name       string
	Collection string
	Filter     string // condition in the expression language
	Sort       []Sort
	Limit      int    // zero: LimitFrom, or the platform's
	LimitFrom  string // name of an integer property that gives the limit
}

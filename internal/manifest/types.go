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

	Actions      []Action // without a record
	Jobs         []Job
	Subscribe    []string // "contract.record.event", in file order
	Uses         []Use
	Offers       []Offer
	Endpoints    []Endpoint
	Capabilities []string                     // what code may call
	Egress       []string                     // hosts code may reach
	Removed      []string                     // collections and collection.field that this version drops
	Locales      map[string]map[string]string // texts by language and by path within the manifest
	Seeds        []Seed

	Collections []*Collection // by name

	words map[string]string // of a manifest that In returned
}

// Job is code that runs on a schedule in the site's time zone.
type Job struct {
	Name     string
	Label    string
	Schedule string // cron, five fields
	Missed   string // "once", "skip" or "all": what happens to runs that were missed
	Timeout  int    // seconds; zero: the platform's
}

// Use names a contract of another module that this one calls.
type Use struct {
	Contract string
	Version  int
	Optional bool
}

// Offer is a contract that this module keeps for others.
type Offer struct {
	Contract    string
	Version     int
	Description string
	Records     map[string][]string // fields by collection
	Actions     []string
	Events      []string
}

// Endpoint is raw HTTP for what is not an action, below /api/modules/{module}/x/.
type Endpoint struct {
	Name   string
	Method string
	Path   string  // with {wildcards}
	Auth   string  // "none", "key" or "member"
	Verify *Verify // nil: nothing is verified
	Limit  Limit
}

// Verify says how a sender without an account proves who it is: the header is
// the HMAC of the body, or a secret itself.
type Verify struct {
	HMAC    string // "sha256" or "sha512"; empty: the header equals the secret
	Header  string
	Setting string // the setting that holds the secret
}

// Seed is the records of one collection that an installation begins with.
type Seed struct {
	Collection string
	Country    string // ISO 3166; empty: everywhere else
	Demo       bool   // only on request, and removable
	Records    []SeedRecord
}

// SeedRecord is one record of a seed; other seeds refer to it by its key.
type SeedRecord struct {
	Key    string
	Values map[string]any // scalars as YAML has them; references by key
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
	TitleExpr   string // the expression that names a record instead of a field; empty: Title holds
	Screens     string // "full", "simple" or "none"
	Fields      []Field
	Unique      []Unique
	Index       [][]string // further indexes, each a list of fields
	Exclude     []Exclude
	Checks      []Check
	Ordered     string   // "": not sorted by hand; "*": within the site; else the reference within which it is
	Lock        *Lock    // nil: records stay open
	AppendOnly  bool     // records are neither changed nor deleted
	Delete      Deletion // how records go
	Custom      bool     // sites may add fields of their own
	Actions     []Action
	BuiltIn     map[string]BuiltIn // what is said of create, update and delete
	Hooks       []string           // before_save after_save before_delete after_delete
	Timers      []Timer
	Events      []Event
	Access      []Reach
	Guards      []Guard
	List        ListView
	Form        FormView
	Lists       []ListView // further lists, in file order
	Forms       []FormView // further forms, in file order
	Was         []string   // names the collection had in earlier versions
}

// Exclude says that no two live records that agree in all the fields have
// overlapping ranges: half open for instants, closed for dates.
type Exclude struct {
	Fields   []string
	From, To string // the two fields of the range
	When     string // condition over the record's own fields; empty: always
	Message  string // may name fields: "{staff} is not free."
}

// Check is a rule that every record keeps. One that is unknown counts as kept.
type Check struct {
	Rule    string // expression of kind boolean
	Each    string // "lines.field": the rule holds once for each value of a line's field
	Message string
}

// Lock closes a record while the condition was true before the write: nothing
// but states and the excepted fields changes, lines included.
type Lock struct {
	When   string
	Except []string
}

// Deletion is how records of a collection go.
type Deletion struct {
	Mode string // "trash": restorable for 30 days; "hard": at once; "never"
	When string // condition under which a record may be deleted; empty: always
}

// BuiltIn is what a collection says of one of its built-in actions.
type BuiltIn struct {
	Label, Confirm, Message string
	When                    string // condition; empty: always
	Limit                   Limit
}

// Timer runs an action or emits an event once for each record and instant.
type Timer struct {
	Name  string
	At    string // expression of kind instant or date
	When  string // condition; empty: always
	Run   string // action; empty: none
	Emits string // event; empty: none
}

// Event describes what comes besides the events of changes and actions.
type Event struct {
	Name    string
	Changed []string // fields whose change is the event
	Data    []Field  // what code emits with it
	Version int      // of the payload; 1 when not declared
}

// Guard is a permission that opens the fields that name it, and what expressions
// work out of these.
type Guard struct{ Name, Label string }

// NoGuard opens what an expression works out of guarded fields.
const NoGuard = "none"

// Field is one declared value: of a record, a setting, a parameter or a
// block's property. Which members matter depends on Kind.
type Field struct {
	Name        string
	Kind        string // one of Kinds
	Label       string
	Help        string
	Placeholder string
	Section     string // groups settings and properties

	Required     bool
	RequiredWhen string // condition; empty: Required holds alone
	Default      any    // nil, a Literal, or an Expression
	Set          string // expression; like a default, but callers never write it
	Computed     string // expression; always true, never written
	When         string // condition under which the field is shown and accepted; empty: always
	Many         bool   // a list of values
	Secret       bool   // write-only, encrypted at rest
	Guard        string // guard of the collection that opens the field, in the place of those that its expressions read; NoGuard: none does
	Sensitive    bool   // personal, encrypted and out of search and ordinary exports
	Translatable bool   // has a value in each language
	Track        bool   // its changes are a collection of their own, <coll>.history
	Own          bool   // a site added it (WithOwn); its name begins with x_
	Unique       bool
	Index        bool
	Search       bool // reserved for the site's text search; accepted, shown in OpenAPI
	Readonly     bool // written by the platform only
	Immutable    bool // written at creation only
	Personal     bool // about a person: exported and erased with them

	// Min and Max bound what the kind counts, in the unit in which it is stored;
	// nil: none. Characters of a text; the number of an integer; a decimal times
	// 10^Scale; millionths of a percent value (16 % is 160000); minor units of
	// money; milliseconds of a duration; lines; bytes of a file or image.
	Min, Max *int64
	// MinDate and MaxDate bound dates (2026-12-31), instants (RFC 3339 in UTC)
	// and times of day (15:04:05); empty: none.
	MinDate, MaxDate string
	Pattern          string // RE2; text kinds only
	Message          string // shown when Pattern does not match

	Currency string // money: fixed ISO 4217 code; empty: see CurrencyOf
	// CurrencyOf is where amounts have their currency from: a currency field of
	// the record (for a line also of its own), or "setting.x". Empty: the
	// record's field named currency if there is one, else the site's currency.
	CurrencyOf string
	To         string // reference: the target collection
	Inverse    string // reference: what the target calls the records that point at it
	OnDelete   string // reference: "restrict", "clear", "cascade" or "replace"
	Filter     string // reference: condition over the target that values keep; "this.x" is the record's own
	Tree       bool   // reference to the own collection: no record is its own ancestor

	Scale     int      // decimal: digits after the point, 1 to 12, 4 when not declared
	Options   []Option // choice and state
	From      string   // slug: the field it is made from
	Accept    []string // file and image: media types, "image/*" for all of a kind
	Of        string   // filter: the collection it filters
	Fields    []Field  // lines: what a line holds
	LineRules []Unique // lines: unique within one record
	Checks    []Check  // lines: rules of each line
	Sequence  Sequence // sequence only

	Was           []string // names the field had in earlier versions
	Convert, Back string   // expressions over old.x: to this version, and back
	Fill          any      // value, as Default has it, of records from before the field was required
}

// Option is one value of a choice or state.
type Option struct {
	Value, Label, Color string
	Was                 []string // options of earlier versions whose records it takes
	Requires            []string // state: fields that are filled in records of this state
}

// Sequence is how numbers that people see are drawn.
type Sequence struct {
	Format  string // "INV-{yyyy}-{####}"; {setting.x} is allowed
	Per     string // field for each value of which numbers run on their own; empty: the site
	Reset   string // "yearly", "monthly", "daily" or "never"
	Draw    string // the action that draws it; "create" when not declared
	Gapless bool
}

// Literal is a value that a manifest writes down, by the field's kind: bool for
// boolean; int64 for integer, decimal, percent and duration, in the unit of
// Field.Min; Money; string for every other kind, dates and times as in
// Field.MinDate. Lists are []string. In an action's "set" nil empties
// the field.
type Literal = any

// Money is a literal amount in a manifest, in the currency's minor unit.
type Money struct {
	Amount   int64
	Currency string // empty: the field's or the site's currency
}

// Expression is a value that is computed when it is needed, without the "="
// with which a manifest marks it.
type Expression string

// Setting returns the name of the setting that the expression reads, and
// whether it reads one.
func (e Expression) Setting() (name string, ok bool) {
	return strings.CutPrefix(string(e), "setting.")
}

// Foreseen reports whether the value is known before anything else of a record
// is, so that a new form can show it: that of a setting, or today.
func (e Expression) Foreseen() bool {
	name, reads := e.Setting()
	return reads && nameRE.MatchString(name) || strings.TrimPrefix(string(e), "=") == "today()"
}

// Unique says that no two live records of a site agree in all the fields.
type Unique struct {
	Fields  []string // a field's name, or "lower(name)" for a text
	When    string   // condition over the record's own fields; empty: always
	Message string   // shown when the rule is broken
}

// Action is a named change with one permission, one transaction and one event.
// A change of state is an action with From and To. An action of collection
// scope without code makes a record from its parameters; it is the only way in
// which visitors write.
type Action struct {
	Name        string
	Scope       string // "record", "collection", or "module" for those of module.yaml
	Label       string
	Icon        string
	Description string         // what agents and the API documentation show
	Confirm     string         // question to answer before it runs; empty: none
	Field       string         // the state field that moves; empty: no state moves
	From        []string       // states it starts from; nil: any
	To          string         // state it leads to; empty: it moves none
	Params      []Field        // one named like a field of the collection is that field
	Set         map[string]any // values it writes itself: Literal, Expression, or nil to empty the field
	When        string         // condition; empty: always
	Message     string         // shown when When refuses
	Limit       Limit
	Emits       string // event's name in the past tense; empty: none
	Bulk        bool
	Code        bool // a handler of the action's name runs
	Returns     []Field
	Reads       bool     // changes nothing; GET is allowed
	AsModule    bool     // the handler has the module's own rights on its collections
	Internal    bool     // run by timers and code only
	Was         []string // names the action had in earlier versions
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
	Collection string // a collection's name, or "*"; empty for "settings" and actions of the module
	Verb       string // read create update delete export import, the name of an action or guard, or "*"
	Reach      string // empty: all rows and fields
}

// ListView says what a list screen shows.
type ListView struct {
	Name    string // "list" for the collection's own
	Label   string
	Columns []string // fields or paths (company.name) in order; the first six fields when not declared
	Filter  string   // condition; empty: all records
	Sort    []Sort
	Group   string   // field by whose value records stand together; empty: none
	Totals  []string // fields whose sum stands below
}

// Sort is one field to order by.
type Sort struct {
	Field      string
	Descending bool
}

// FormView says how a form is laid out.
type FormView struct {
	Name     string // "form" for the collection's own
	Label    string
	Sections []Section
}

// Section is a titled group of fields of a form.
type Section struct {
	Label  string
	Fields []string
	When   string // condition under which the section is shown; empty: always
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

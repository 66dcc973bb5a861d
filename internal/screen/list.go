package screen

import (
	"encoding/json"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// List is the generated table of one collection.
type List struct {
	Collection *manifest.Collection
	Module     string // how people call the module
	Base       string // URL of the list; "/new" and "/{id}" lie below it
	Columns    []Column
	Rows       []Row
	Filter     Filter
	New        string // URL of the empty form; empty: not allowed
	Total      int64  // records that match; -1: unknown
	Capped     bool   // Total is a lower limit: "more than"
	First      int64  // number of the first row shown, from 1
	Previous   string // URL; empty at the start
	Next       string // URL; empty at the end
	Failed     string // request id; not empty: the records could not be read
	Chips      []Chip
	Narrow     string      // address of the panel in which people narrow the list down; empty: there is nothing to compare
	All        string      // address of the list with nothing narrowed down
	Refused    string      // why it cannot be narrowed down like that
	Choose     []ui.Choice // columns, to be chosen from
	State      []ui.Hidden // of the list besides its columns
	Views      []ui.Tab
	View       string // the further list that is shown; empty: the collection's own

	Totals []ListTotal

	chosen string // columns that were asked for, as the address has them
	titled bool   // a first column tells how the records are called, where that is no field
}

// Column is one column with the link that sorts by it.
type Column struct {
	Field  string
	Label  string
	Number bool   // figures, which stand at the right
	Sort   string // URL that sorts by it, or turns the order round; empty: not sortable
	Order  Order
}

// Order is how a column is sorted at present.
type Order string

// The orders of a column.
const (
	Unsorted   Order = "none"
	Ascending  Order = "ascending"
	Descending Order = "descending"
)

// Row is one record.
type Row struct {
	ID    string
	URL   string // its form
	Title string // how the record is called
	Cells []Cell // one per column
	// Group is what the rows from here on have in common; empty: the same as
	// those before, or nothing.
	Group string
}

// ListTotal is a sum over all records of the list: of money one for each
// currency.
type ListTotal struct {
	Label string
	Sums  []string
}

// Filter is the box above the table.
type Filter struct {
	Field string // label of the title field, which is searched
	Value string // what was typed
	Order string // kept when filtering
}

// ListOptions is what NewList needs besides the collection and its rows.
type ListOptions struct {
	Module     string // how people call the module
	Base       string // URL of the list: "/app/{site}/rental/item"
	ModuleBase string // URL of the module: "/app/{site}/rental"; references link below it
	View       string // name of one of the collection's further lists; empty: its own
	Filter     string // what was typed
	Order      string // "name.desc,price.asc"; empty: the manifest's order
	// WhereName and Where are the parameter that narrows the list down: "and" or
	// "or", and its value; Conditions are the same taken apart.
	WhereName, Where string
	Conditions       Conditions
	Narrowed         expr.Node
	// Refused says why the records cannot be narrowed down like that.
	Refused string
	// Chosen are the columns that were asked for; nil: those of the manifest.
	Chosen []string
	// Called are the titles of the records that the conditions name, by id.
	Called    map[string]string
	Currency  string // in which amounts are typed
	Limit     int    // rows a page
	Offset    int
	Total     int64 // -1: unknown, then Next shows while pages are full
	Capped    bool  // Total is where counting stopped
	CanCreate bool
	// People are the names of the site's members by id.
	People map[string]string
	// Totals are the sums that the list declares.
	Totals []collection.Total
	// Reached are the fields at the ends of columns over references, by path, and
	// Values what they hold, by the record's id and path.
	Reached map[string]manifest.Field
	Values  map[string]map[string]json.RawMessage
	// Titled says that the person may know how the records are called.
	Titled bool
	// Visible says which fields the person may see; nil: all.
	Visible func(field string) bool
}

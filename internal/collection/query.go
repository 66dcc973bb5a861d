package collection

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Limits of one query.
const (
	DefaultLimit = 50    // rows, when none is asked for
	MaxLimit     = 1000  // rows; more is cut to it
	MaxColumns   = 100   // names in a select
	MaxNames     = 200   // parameters in a URL
	MaxKeys      = 500   // keys in a body
	MaxCount     = 10000 // up to here a total is exact
)

// Query says which records, in which order, with which of their values. The
// zero Query is the newest fifty with all visible fields.
type Query struct {
	Select Selection // nil: every visible value
	Where  expr.Node // nil: every record
	Order  []Order   // nil: newest first; id is always appended
	Limit  int       // 0: DefaultLimit; below 0: no rows, for the count alone
	Offset int
	Count  Count // whether and how the records are counted, see Page.Total

	Stripped bool // empty values are left out of the JSON

	// IDs are the only records that are looked at, in this order unless another is
	// asked for; nil: all.
	IDs []uuid.UUID

	// Titles are the reference fields for which "<reference>_title" is added,
	// the title of the record it points at. Whether the actor may read that
	// record is the caller's question.
	Titles []string

	// Title adds how each record is called, as TitleKey, where that is an
	// expression. Whether the actor may know it is the caller's question, see
	// ShowsTitle.
	Title bool

	byTitle bool      // in the order of such titles
	title   expr.Node // that such a title has to meet; nil: none

	// always holds besides Where. It is the manifest's, so it may speak of what
	// the actor does not see.
	always expr.Node

	// declared marks a query that the manifest declares: it may filter and sort
	// by fields that the actor does not see. What it answers is unchanged.
	declared bool
}

// Count says whether and how the records that match are counted.
type Count int

// The ways of counting, from none to dear.
const (
	CountNone      Count = iota
	CountCapped          // exact up to MaxCount, then Page.Capped
	CountPlanned         // what the database's planner expects
	CountEstimated       // exact up to MaxCount, then what the planner expects
	CountExact           // every record is counted, within the time a statement may take
)

// ParseQuery reads a URL's parameters in PostgREST's notation. It checks the
// notation and the limits; whether the names exist is checked when the query
// runs, because that depends on what the actor may see.
func (c *Collection) ParseQuery(q url.Values) (Query, error) {
	if len(q) > MaxNames {
		return Query{}, errs.New(errs.Invalid, "limit", "At most %d parameters are allowed.", MaxNames)
	}
	var query Query
	var found complaints
	names := slices.Sorted(maps.Keys(q)) // the order of a map is random, answers are not
	// What is embedded must be known before what is said of it.
	names = append([]string{"select"}, slices.DeleteFunc(names, func(n string) bool { return n == "select" })...)
	var where []expr.Node
	for _, name := range names {
		for i, value := range q[name] {
			if _, last := splitName(name); i > 0 && isParameter(last) {
				found.add(name, wrong("repeated", "Is given more than once."))
				break
			}
			n, p := query.parameter(name, value)
			found.add(name, p)
			if n != nil {
				where = append(where, n)
			}
		}
	}
	query.Where = expr.Canonical(expr.All(where...))
	if query.conditions() > expr.MaxConditions {
		found.add("and", wrong("limit", "At most %d conditions are allowed.", expr.MaxConditions))
	}
	return query, found.err()
}

// conditions counts those of all levels.
func (q Query) conditions() int {
	n := expr.Count(q.Where)
	for _, e := range q.Select.embeds() {
		n += e.conditions()
	}
	return n
}

// parameters are the names that are not filters on a field.
var parameters = []string{"select", "order", "limit", "offset"}

// logic are the names whose value is a list of conditions.
var logic = []string{"and", "or", "not.and", "not.or"}

func isParameter(name string) bool { return slices.Contains(parameters, name) }

// splitName takes the path of embedded relations off a parameter's name:
// "items.order" is order of items, "items.not.or" is not.or.
func splitName(name string) (path []string, last string) {
	before, _, _ := strings.Cut(name, "->")
	arrow := name[len(before):]
	parts := strings.Split(before, ".")
	for i := range parts[:len(parts)-1] {
		parts[i] = strings.Trim(parts[i], `"`)
	}
	from := len(parts) - 1
	if from > 0 && parts[from-1] == "not" && (parts[from] == "and" || parts[from] == "or") {
		from--
	}
	return parts[:from], strings.Join(parts[from:], ".") + arrow
}

// parameter reads one parameter; what filters the records comes back as a
// condition, what is about embedded ones goes to them.
func (q *Query) parameter(name, value string) (n expr.Node, p *problem) {
	path, last := splitName(name)
	at := q
	for _, step := range path {
		e := at.Select.find(step)
		if e == nil {
			return nil, nearRelation(step, at.Select)
		}
		at = &e.Query
	}
	if len(path) > 0 && last == "select" {
		return nil, wrong("unknown_parameter", "Write what is wanted of %s in the select.", path[0])
	}
	n, p = at.ownParameter(last, value)
	if n != nil && len(path) > 0 {
		at.Where = expr.Canonical(expr.All(at.Where, n))
		n = nil
	}
	return n, p
}

func (q *Query) ownParameter(name, value string) (n expr.Node, p *problem) {
	switch name {
	case "select":
		q.Select, p = parseSelect(value)
	case "order":
		q.Order, p = parseOrder(value)
	case "limit":
		q.Limit, p = parseCount(value)
		if p == nil && q.Limit == 0 {
			q.Limit = -1
		}
		q.Limit = min(q.Limit, MaxLimit)
	case "offset":
		q.Offset, p = parseCount(value)
	default:
		if e := q.Select.find(name); e != nil && (value == "is.null" || value == "not.is.null") {
			// PostgREST: records that have none, or one, of the related records.
			e.None, e.Inner = value == "is.null", e.Inner || value != "is.null"
			return nil, nil
		}
		return parseCondition(name, value)
	}
	return nil, p
}

func parseCondition(name, value string) (n expr.Node, p *problem) {
	var err error
	if slices.Contains(logic, name) {
		n, err = expr.ParseLogic(name, value)
	} else {
		n, err = expr.ParseFilter(name, value)
	}
	if err == nil {
		return n, nil
	}
	var e *expr.Error
	if !errors.As(err, &e) {
		return nil, wrong("syntax", "%s", err)
	}
	p = wrong(e.Code, "%s", e.Error()).with("position", e.At)
	// "limitt=5" is a parameter mistyped rather than a field without operator.
	if near := expr.Nearest(name, append(logic, parameters...)); e.Code != "limit" && near != "" && near != name {
		p = wrong("unknown_parameter", "There is no parameter %q. Did you mean %q?", name, near)
	}
	return nil, p
}

func parseCount(value string) (int, *problem) {
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || n < 0 {
		return 0, wrong("not_integer", "Must be a whole number from 0 to %d.", math.MaxInt32)
	}
	return int(n), nil
}

// hintInURL writes a name of the tree as URLs do.
func hintInURL(hint string) string {
	before, quoted, ok := strings.Cut(hint, `"`)
	name, after, closed := strings.Cut(quoted, `"`)
	if !ok || !closed {
		return hint
	}
	return before + `"` + expr.PrintName(name) + `"` + after
}

func unknownIn(parameter, name string, known []string) errs.Field {
	return nearest("unknown_field", "There is no field %q.", name, known).at(parameter)
}

// nearest complains about a name that is not known, with the one that may have
// been meant.
func nearest(code, format, name string, known []string) *problem {
	p := wrong(code, format, expr.PrintName(name))
	if near := expr.Nearest(name, known); near != "" {
		p.message += fmt.Sprintf(" Did you mean %q?", expr.PrintName(near))
	}
	return p
}

// limit returns how many rows the query may have.
func (q Query) limit() int {
	switch {
	case q.Limit < 0:
		return 0
	case q.Limit == 0:
		return DefaultLimit
	}
	return min(q.Limit, MaxLimit)
}

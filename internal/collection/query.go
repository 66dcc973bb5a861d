package collection

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
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
	Select []string  // keys; nil: every visible one
	Where  expr.Node // nil: every record
	Order  []Order   // nil: newest first; id is always appended
	Limit  int       // 0: DefaultLimit; below 0: no rows, for the count alone
	Offset int
	Count  bool // also count, see Page.Total

	// Titles are the reference fields for which "<reference>_title" is added,
	// the title of the record it points at. Whether the actor may read that
	// record is the caller's question.
	Titles []string

	// declared marks a query that the manifest declares: it may filter and sort
	// by fields that the actor does not see. What it answers is unchanged.
	declared bool
}

// Order is one value to sort by. Money sorts by amount.
type Order struct {
	Name       string // a field, a key, a system value, or "price.amount"
	Descending bool
	Nulls      string // "first", "last" or empty: last ascending, first descending
}

// OrderOf returns a manifest's sort as a query has it.
func OrderOf(sort []manifest.Sort) []Order {
	var order []Order
	for _, s := range sort {
		order = append(order, Order{Name: s.Field, Descending: s.Descending})
	}
	return order
}

// ParseQuery reads a URL's parameters in PostgREST's notation. It checks the
// notation and the limits; whether the names exist is checked when the query
// runs, because that depends on what the actor may see.
func (c *Collection) ParseQuery(q url.Values) (Query, error) {
	if len(q) > MaxNames {
		return Query{}, errs.New(errs.Invalid, "limit", "At most %d parameters are allowed.", MaxNames)
	}
	var query Query
	var found complaints
	var where []expr.Node
	names := make([]string, 0, len(q))
	for name := range q {
		names = append(names, name)
	}
	slices.Sort(names) // the order of a map is random, answers are not
	for _, name := range names {
		for i, value := range q[name] {
			if i > 0 && isParameter(name) {
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
	if expr.Count(query.Where) > expr.MaxConditions {
		found.add("and", wrong("limit", "At most %d conditions are allowed.", expr.MaxConditions))
	}
	return query, found.err()
}

// parameters are the names that are not filters on a field.
var parameters = []string{"select", "order", "limit", "offset"}

// logic are the names whose value is a list of conditions.
var logic = []string{"and", "or", "not.and", "not.or"}

func isParameter(name string) bool { return slices.Contains(parameters, name) }

// parameter reads one parameter; what filters comes back as a condition.
func (q *Query) parameter(name, value string) (n expr.Node, p *problem) {
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

func parseSelect(value string) ([]string, *problem) {
	if value == "" || value == "*" {
		return nil, nil
	}
	names := strings.Split(value, ",")
	if len(names) > MaxColumns {
		return nil, wrong("limit", "At most %d names are allowed.", MaxColumns)
	}
	everything := false
	for _, n := range names {
		if n == "*" { // the rest is part of it
			everything = true
			continue
		}
		if !identifierPattern.MatchString(n) {
			return nil, wrong("syntax", "%q is not a field's name. Separate names with commas.", n)
		}
	}
	if everything {
		return nil, nil
	}
	return names, nil
}

func parseOrder(value string) ([]Order, *problem) {
	var order []Order
	for _, part := range strings.Split(value, ",") {
		words := strings.Split(part, ".")
		name, err := expr.ParseName(words[0])
		if err != nil {
			return nil, wrong("syntax", "%q is not a field's name.", words[0])
		}
		o := Order{Name: name}
		for _, w := range words[1:] {
			switch w {
			case "asc":
			case "desc":
				o.Descending = true
			case "nullsfirst", "nullslast":
				o.Nulls = strings.TrimPrefix(w, "nulls")
			default:
				return nil, wrong("syntax", "%q is not asc, desc, nullsfirst or nullslast.", w)
			}
		}
		order = append(order, o)
	}
	if len(order) > 10 {
		return nil, wrong("limit", "At most 10 names are allowed.")
	}
	return order, nil
}

func parseCount(value string) (int, *problem) {
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || n < 0 {
		return 0, wrong("not_integer", "Must be a whole number from 0 on.")
	}
	return int(n), nil
}

// check gives the query's values their kinds and refuses names that do not
// exist for the actor.
func (c *Collection) checkQuery(q Query, a Access) (Query, error) {
	if q.declared {
		a = Access{}
	}
	kinds, known := c.visible(a)
	var found complaints
	for _, o := range q.Order {
		_, ok := kinds(c.sortName(o.Name))
		if !ok {
			found = append(found, unknownIn("order", o.Name, known))
		}
	}
	where, err := expr.Check(q.Where, kinds, known...)
	var e *expr.Error
	if errors.As(err, &e) {
		path := e.Name
		if path == "" {
			path = "and"
		}
		p := wrong(e.Code, "%s", e.Message)
		if e.Hint != "" {
			p.message += " " + hintInURL(e.Hint)
		}
		found = append(found, p.at(expr.PrintName(path)))
	} else if err != nil {
		return Query{}, err
	}
	q.Where = where
	return q, found.err()
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
	p := wrong("unknown_field", "There is no field %q.", expr.PrintName(name))
	if near := expr.Nearest(name, known); near != "" {
		p.message += fmt.Sprintf(" Did you mean %q?", expr.PrintName(near))
	}
	return p.at(parameter)
}

// sortName is the name to sort by: money means its amount.
func (c *Collection) sortName(name string) string {
	if f, ok := c.byName[name]; ok && f.Kind == manifest.KindMoney {
		return f.Name + ".amount"
	}
	return name
}

// orderBy returns a checked order as SQL, with the id at its end, so that
// pages neither repeat nor skip records.
func (c *Collection) orderBy(order []Order) string {
	if len(order) == 0 {
		order = []Order{{Name: "created_at", Descending: true}}
	}
	var parts []string
	byID := false
	for _, o := range order {
		n := c.names[c.sortName(o.Name)]
		part := column(n.column)
		if o.Descending {
			part += " desc"
		}
		switch o.Nulls {
		case "first":
			part += " nulls first"
		case "last":
			part += " nulls last"
		}
		parts = append(parts, part)
		byID = byID || n.column == "id"
	}
	if !byID {
		parts = append(parts, column("id"))
	}
	return strings.Join(parts, ", ")
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

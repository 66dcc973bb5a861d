package expr

import "slices"

// functions are the functions of values, with how many arguments each takes;
// -1 is any number.
var functions = map[string]struct{ least, most int }{
	"if": {3, 3}, "coalesce": {1, -1}, "min": {1, -1}, "max": {1, -1}, "round": {1, 2},
	"len": {1, 1}, "lower": {1, 1}, "trim": {1, 1}, "now": {0, 0}, "today": {0, 0},
	"day": {1, 1}, "week": {1, 1}, "month": {1, 1}, "year": {1, 1},
}

// aggregates are the functions of related records. min and max are both; Check
// tells them apart by what the first argument is.
var aggregates = []string{"sum", "count", "avg", "first"}

// functionNames are all of them, for suggestions.
var functionNames = []string{
	"avg", "coalesce", "count", "day", "first", "if", "len", "lower", "max", "min", "month", "now", "round", "sum", "today", "trim", "week", "year",
}

func isAggregate(name string) bool { return slices.Contains(aggregates, name) }

// makeCall makes the node of a function and its arguments; no names are looked up.
func makeCall(name token, args []Node) (Node, *Error) {
	if isAggregate(name.value) {
		return makeAggregate(name, args)
	}
	f, ok := functions[name.value]
	if !ok {
		e := fail(name.at, "syntax", "There is no function %q.", name.value)
		if near := Nearest(name.value, functionNames); near != "" {
			e.hint("Did you mean %q?", near)
		}
		return nil, e
	}
	if len(args) < f.least || f.most >= 0 && len(args) > f.most {
		return nil, arguments(name, f.least, f.most, len(args))
	}
	return Call{Func: name.value, Args: args, At: name.at}, nil
}

func arguments(name token, least, most, got int) *Error {
	e := fail(name.at, "syntax", "%s() takes %s; here it has %d.", name.value, howMany(least, most), got)
	if name.value == "if" {
		e.hint("Write if(condition, then, else).")
	}
	return e
}

func howMany(least, most int) string {
	words := []string{"nothing", "one value", "two values", "three values"}
	switch {
	case most < 0:
		return "at least " + words[least]
	case least != most:
		return words[least] + " or " + words[most]
	}
	return words[least]
}

// makeAggregate makes sum(path, condition). count() may have a condition alone.
func makeAggregate(name token, args []Node) (Node, *Error) {
	a := Aggregate{Func: name.value, At: name.at}
	if len(args) > 2 {
		return nil, fail(name.at, "syntax", "%s() takes a path and a condition; here it has %d values.", name.value, len(args))
	}
	if len(args) > 0 {
		if p, ok := args[0].(Path); ok {
			a.Of = &p
			args = args[1:]
		}
	}
	switch {
	case len(args) == 0 && (a.Of != nil || a.Func == "count"):
		return a, nil
	case len(args) == 1 && (a.Of != nil || a.Func == "count"):
		a.Where = args[0]
		return a, nil
	}
	return nil, fail(name.at, "syntax", "%s() begins with the name of what it reads.", name.value).
		hint(`For example: sum(lines.net), count(stages, kind == "open").`)
}

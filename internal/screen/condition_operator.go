package screen

import (
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// Input is what an operator is compared with.
type Input int

// The inputs of conditions.
const (
	NoInput      Input = iota
	TextInput          // what the field's kind is typed as
	DayInput           // a date
	DaysInput          // a number of days
	ChoicesInput       // some of the field's options
	RecordInput        // a record, or a member
)

// Operator is one way to compare a field; its words are condition.<Name>.
type Operator struct {
	Name  string
	Input Input

	node   func(expr.Path, []string) expr.Node
	values func(expr.Node) ([]string, bool)
}

// operators are the ways to compare a field; none: the list cannot be narrowed
// down by it.
func operators(f manifest.Field) []Operator {
	if secret(f) || f.Kind == manifest.KindLines {
		return nil
	}
	empty := []Operator{emptiness("empty", false), emptiness("filled", true)}
	switch {
	case f.Many && f.Kind == manifest.KindReference:
		return empty
	case f.Kind == manifest.KindTags:
		return append([]Operator{listed("has", expr.Overlaps, TextInput, false), listed("hasnot", expr.Overlaps, TextInput, true)}, empty...)
	case f.Many && len(f.Options) > 0:
		return append([]Operator{
			listed("has", expr.Overlaps, ChoicesInput, false), listed("hasall", expr.Contains, ChoicesInput, false),
			listed("hasnot", expr.Overlaps, ChoicesInput, true),
		}, empty...)
	case f.Many:
		return empty
	}
	switch f.Kind {
	case manifest.KindState:
		return []Operator{among("oneof", false), among("noneof", true)}
	case manifest.KindChoice:
		return append([]Operator{among("oneof", false), among("noneof", true)}, empty...)
	case manifest.KindBoolean:
		return []Operator{fixed("yes", "true"), fixed("no", "false")}
	case manifest.KindMember:
		return append([]Operator{fixed("me", "@me"), single("is", expr.Eq, RecordInput), single("isnot", expr.Ne, RecordInput)}, empty...)
	case manifest.KindReference:
		return append([]Operator{single("is", expr.Eq, RecordInput), single("isnot", expr.Ne, RecordInput)}, empty...)
	case manifest.KindDate:
		return append([]Operator{
			single("on", expr.Eq, DayInput), single("before", expr.Lt, DayInput), single("until", expr.Le, DayInput),
			single("from", expr.Ge, DayInput), single("after", expr.Gt, DayInput), fixed("today", "@today"),
			days("last", "@today-", "", "@today"), days("next", "", "@today+", "@today"),
		}, empty...)
	case manifest.KindDatetime:
		return append([]Operator{
			single("before", expr.Lt, DayInput), single("from", expr.Ge, DayInput), wholeToday(),
			days("last", "@now-", "", "@now"), days("next", "", "@now+", "@now"),
		}, empty...)
	case manifest.KindInteger, manifest.KindDecimal, manifest.KindPercent, manifest.KindMoney:
		return append([]Operator{
			single("eq", expr.Eq, TextInput), single("ne", expr.Ne, TextInput), single("gt", expr.Gt, TextInput), single("ge", expr.Ge, TextInput),
			single("lt", expr.Lt, TextInput), single("le", expr.Le, TextInput),
		}, empty...)
	case manifest.KindText, manifest.KindLongtext, manifest.KindEmail, manifest.KindURL, manifest.KindSlug, manifest.KindSequence, manifest.KindPhone:
		return append([]Operator{
			pattern("contains", "*", "*"), pattern("starts", "", "*"), single("is", expr.Eq, TextInput), single("isnot", expr.Ne, TextInput),
		}, empty...)
	case manifest.KindCountry, manifest.KindLanguage, manifest.KindTimezone, manifest.KindCurrency, manifest.KindColor:
		return append([]Operator{single("is", expr.Eq, TextInput), single("isnot", expr.Ne, TextInput)}, empty...)
	case manifest.KindFile, manifest.KindImage, manifest.KindPerson, manifest.KindRichtext, manifest.KindTime, manifest.KindDuration:
		return empty
	}
	return nil
}

func operatorOf(f manifest.Field, name string) (Operator, bool) {
	for _, o := range operators(f) {
		if o.Name == name {
			return o, true
		}
	}
	return Operator{}, false
}

func text(n expr.Node) (string, bool) {
	l, ok := n.(expr.Literal)
	if !ok {
		return "", false
	}
	value, ok := l.Value.(string)
	return value, ok
}

// single compares with one value.
func single(name string, op expr.Op, input Input) Operator {
	return Operator{
		name, input,
		func(path expr.Path, v []string) expr.Node { return expr.Compare{Op: op, Left: path, Right: raw(v[0])} },
		func(n expr.Node) ([]string, bool) {
			c, ok := n.(expr.Compare)
			if !ok || c.Op != op {
				return nil, false
			}
			value, ok := text(c.Right)
			return []string{value}, ok && !strings.HasPrefix(value, "@")
		},
	}
}

// fixed compares with a value that the operator names.
func fixed(name, value string) Operator {
	return Operator{
		name, NoInput,
		func(path expr.Path, _ []string) expr.Node {
			return expr.Compare{Op: expr.Eq, Left: path, Right: raw(value)}
		},
		func(n expr.Node) ([]string, bool) {
			c, ok := n.(expr.Compare)
			if !ok {
				return nil, false
			}
			found, ok := text(c.Right)
			return nil, ok && c.Op == expr.Eq && found == value
		},
	}
}

// negated is the node, or its contrary.
func negated(not bool, n expr.Node) expr.Node {
	if not {
		return expr.Not{Node: n}
	}
	return n
}

// affirmed takes the contrary away; false when it is not as asked.
func affirmed(not bool, n expr.Node) (expr.Node, bool) {
	inner, is := n.(expr.Not)
	if is {
		return inner.Node, not
	}
	return n, !not
}

func emptiness(name string, not bool) Operator {
	return Operator{
		name, NoInput,
		func(path expr.Path, _ []string) expr.Node { return negated(not, expr.IsNull{Left: path}) },
		func(n expr.Node) ([]string, bool) {
			n, ok := affirmed(not, n)
			_, is := n.(expr.IsNull)
			return nil, ok && is
		},
	}
}

// among compares with some of the options.
func among(name string, not bool) Operator {
	return Operator{
		name, ChoicesInput,
		func(path expr.Path, v []string) expr.Node {
			list := expr.List{}
			for _, value := range v {
				list.Items = append(list.Items, raw(value))
			}
			return negated(not, expr.In{Left: path, Right: list})
		},
		func(n expr.Node) ([]string, bool) {
			n, ok := affirmed(not, n)
			in, is := n.(expr.In)
			list, _ := in.Right.(expr.List)
			var values []string
			for _, item := range list.Items {
				value, plain := text(item)
				values, ok = append(values, value), ok && plain
			}
			return values, ok && is && len(values) > 0
		},
	}
}

// listed compares a list with a list, which URLs write {a,b}.
func listed(name string, op expr.Op, input Input, not bool) Operator {
	return Operator{
		name, input,
		func(path expr.Path, v []string) expr.Node {
			return negated(not, expr.Compare{Op: op, Left: path, Right: raw("{" + strings.Join(quoted(v), ",") + "}")})
		},
		func(n expr.Node) ([]string, bool) {
			n, ok := affirmed(not, n)
			c, is := n.(expr.Compare)
			value, plain := text(c.Right)
			inner, braced := strings.CutPrefix(value, "{")
			inner, closed := strings.CutSuffix(inner, "}")
			if !ok || !is || c.Op != op || !plain || !braced || !closed || inner == "" {
				return nil, false
			}
			return unquoted(inner), true
		},
	}
}

func quoted(values []string) []string {
	var all []string
	for _, v := range values {
		all = append(all, `"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v)+`"`)
	}
	return all
}

// unquoted reads "a","b" or a,b.
func unquoted(list string) []string {
	var all []string
	var b strings.Builder
	inside := false
	for i := 0; i < len(list); i++ {
		switch {
		case list[i] == '\\' && i+1 < len(list):
			i++
			b.WriteByte(list[i])
		case list[i] == '"':
			inside = !inside
		case list[i] == ',' && !inside:
			all = append(all, b.String())
			b.Reset()
		default:
			b.WriteByte(list[i])
		}
	}
	return append(all, b.String())
}

// pattern compares with what a text begins with, or contains, whatever its case.
func pattern(name, before, after string) Operator {
	return Operator{
		name, TextInput,
		func(path expr.Path, v []string) expr.Node {
			return expr.Like{Left: path, Pattern: before + escaped(v[0]) + after, Fold: true}
		},
		func(n expr.Node) ([]string, bool) {
			like, ok := n.(expr.Like)
			if !ok || !like.Fold || like.Regex || len(like.Pattern) < len(before)+len(after) {
				return nil, false
			}
			inner, begun := strings.CutPrefix(like.Pattern, before)
			inner, ended := strings.CutSuffix(inner, after)
			value, ok := unescaped(inner)
			return []string{value}, ok && begun && ended
		},
	}
}

// days is a stretch of days before or after now: past is "@today-" for what
// lies before, future "@today+" for what lies ahead.
func days(name, past, future, now string) Operator {
	return Operator{
		name, DaysInput,
		func(path expr.Path, v []string) expr.Node {
			from, until := now, now
			if past != "" {
				from = past + v[0] + "d"
			} else {
				until = future + v[0] + "d"
			}
			return between(path, from, expr.Le, until)
		},
		func(n expr.Node) ([]string, bool) {
			from, until, ok := ends(n)
			edge, word := from, past
			if past == "" {
				edge, word = until, future
			}
			rest, begins := strings.CutPrefix(edge, word)
			count, days := strings.CutSuffix(rest, "d")
			return []string{count}, ok && begins && days && count != "" && strings.Trim(count, "0123456789") == ""
		},
	}
}

// wholeToday is all instants of the site's present day.
func wholeToday() Operator {
	return Operator{
		"today", NoInput,
		func(path expr.Path, _ []string) expr.Node { return between(path, "@today", expr.Lt, "@today+1d") },
		func(n expr.Node) ([]string, bool) {
			_, until, ok := ends(n)
			return nil, ok && until == "@today+1d"
		},
	}
}

func between(path expr.Path, from string, op expr.Op, until string) expr.Node {
	return expr.And{Nodes: []expr.Node{
		expr.Compare{Op: expr.Ge, Left: path, Right: raw(from)}, expr.Compare{Op: op, Left: path, Right: raw(until)},
	}}
}

// ends are the two values of a stretch.
func ends(n expr.Node) (from, until string, ok bool) {
	and, is := n.(expr.And)
	if !is || len(and.Nodes) != 2 {
		return "", "", false
	}
	a, first := and.Nodes[0].(expr.Compare)
	b, second := and.Nodes[1].(expr.Compare)
	if !first || !second {
		return "", "", false
	}
	from, first = text(a.Right)
	until, second = text(b.Right)
	return from, until, first && second
}

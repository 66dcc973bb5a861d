package collection

import (
	"maps"
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Values are typed field values by field name, nil for empty. A name that is
// absent is not written; at creation it gets its default.
//
//   - string: texts, codes, choices and states; dates (2026-12-31) and times of
//     day (18:30:00)
//   - int64: integers; decimals times ten to their scale; percentages in
//     millionths; durations in milliseconds
//   - bool, money.Money, time.Time (UTC, microseconds), uuid.UUID (references,
//     members, files)
//   - []string: tags and whatever is a list of texts
//   - Person, Location, RecordRef, json.RawMessage, and Sealed for what is secret
type Values map[string]any

// versionKey holds what Version returns; no field can have the name.
const versionKey = "version"

// Version returns the version of the record that the writer has seen, and
// whether it said so.
func (v Values) Version() (int64, bool) {
	n, ok := v[versionKey].(int64)
	return n, ok
}

// Seen returns the values of a writer who has seen the version; nil is none.
func (v Values) Seen(version *int64) Values {
	if version == nil {
		return v
	}
	v = maps.Clone(v)
	if v == nil {
		v = Values{}
	}
	v[versionKey] = *version
	return v
}

// seen is Version as a pointer; nil if the writer did not say.
func seen(v Values) *int64 {
	if n, ok := v.Version(); ok {
		return &n
	}
	return nil
}

// empty reports whether no field is given; a version alone changes nothing.
func (v Values) empty() bool {
	for name := range v {
		if name != versionKey {
			return false
		}
	}
	return true
}

// complaints collects what is wrong with which value.
type complaints []errs.Field

func (c *complaints) add(path string, p *problem) {
	if p == nil {
		return
	}
	*c = append(*c, p.at(path))
	for _, other := range p.others {
		c.add(path, other)
	}
}

// err returns one Invalid error, nil if nothing is wrong.
func (c complaints) err() error {
	if len(c) == 0 {
		return nil
	}
	return errs.BadFields(c...)
}

func required() *problem { return wrong("required", "Must be filled in.") }

// checkValue applies the rules of a field to a value that is given, empty or not.
func checkValue(f *Field, value any) *problem {
	if value == nil {
		if _, never := f.kind.(beginner); f.Required || never {
			return required()
		}
		return nil
	}
	return f.kind.check(f, value)
}

// check applies the rules to all given values, and refuses names that are not
// fields or are hidden. It reports everything at once.
func (c *Collection) check(v Values, a Access) complaints {
	var found complaints
	for name := range v {
		if _, ok := c.byName[name]; !ok && name != versionKey {
			found = append(found, unknownField(name, nil))
		}
	}
	for _, i := range c.items {
		f := i.field
		if f == nil {
			continue
		}
		value, given := v[f.Name]
		switch {
		case !given:
		case !a.sees(i):
			found = append(found, unknownField(f.key, nil))
		default:
			found.add(f.key, checkValue(f, value))
		}
	}
	slices.SortStableFunc(found, func(x, y errs.Field) int { return strings.Compare(x.Path, y.Path) })
	return found
}

// fill adds defaults and complains about required fields that have none.
func fill(fields []*Field, v Values, at moment) complaints {
	var found complaints
	for _, f := range fields {
		if _, given := v[f.Name]; given {
			continue
		}
		if b, ok := f.kind.(beginner); ok && f.Default == nil {
			v[f.Name] = b.initial(f)
			continue
		}
		if f.Default == nil {
			if f.Required {
				found.add(f.key, required())
			}
			continue
		}
		value, p := f.computed(f.Default, at)
		if p == nil {
			p = checkValue(f, value)
		}
		found.add(f.key, p)
		v[f.Name] = value
	}
	return found
}

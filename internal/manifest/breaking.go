package manifest

import (
	"fmt"
	"slices"
	"strings"
)

// Breaking lists, as sentences, the differences between two versions of a
// module with which the records of the old one would not fit the new one as
// they are. Additions and looser rules are not among them, but for unique rules:
// the index of an older version holds for the newer one too.
func Breaking(old, next *Manifest) []string {
	if old.ID != next.ID {
		return []string{fmt.Sprintf("The id changes from %q to %q.", old.ID, next.ID)}
	}
	var found []string
	for _, was := range old.Collections {
		is := next.collection(was.Name)
		if is == nil {
			found = append(found, fmt.Sprintf("Collection %q is gone.", was.Name))
			continue
		}
		found = append(found, breakingCollection(was, is)...)
	}
	return found
}

func (m *Manifest) collection(name string) *Collection {
	i := slices.IndexFunc(m.Collections, func(c *Collection) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return m.Collections[i]
}

func breakingCollection(old, next *Collection) []string {
	var found []string
	say := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	for i := range old.Fields {
		was := &old.Fields[i]
		is := next.field(was.Name)
		if is == nil {
			say("Field %q of %q is gone.", was.Name, old.Name)
			continue
		}
		for _, difference := range breakingField(was, is) {
			say("Field %q of %q %s.", was.Name, old.Name, difference)
		}
	}
	for _, is := range next.Fields {
		if old.field(is.Name) == nil && is.Required && is.Default == nil {
			say("The new field %q of %q is required and has no default.", is.Name, old.Name)
		}
		if old.field(is.Name) == nil && is.Unique && is.Default != nil {
			say("The new field %q of %q is unique and has the same default for all records.", is.Name, old.Name)
		}
	}
	for _, rule := range next.Unique {
		if !hasRule(old, rule) && !onEmptyField(old, next, rule.Fields) {
			say("Records of %q have to be unique in %s now.", old.Name, strings.Join(rule.Fields, ", "))
		}
	}
	for _, rule := range old.uniqueRules() {
		if !hasRule(next, rule) && next.hasFields(rule.Fields) {
			say("Records of %q need not be unique in %s any more, but all versions share the table, which goes on refusing them.",
				old.Name, strings.Join(rule.Fields, ", "))
		}
	}
	return found
}

// uniqueRules returns the rules of the collection and of its fields alike.
func (c *Collection) uniqueRules() []Unique {
	var rules []Unique
	for _, f := range c.Fields {
		if f.Unique {
			rules = append(rules, Unique{Fields: []string{f.Name}})
		}
	}
	return append(rules, c.Unique...)
}

func (c *Collection) hasFields(names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return c.field(name) == nil })
}

// hasRule says whether the collection has a unique rule that is at least as
// strict: over the same fields or some of them.
func hasRule(c *Collection, rule Unique) bool {
	within := func(fields []string) bool {
		for _, f := range fields {
			if !slices.Contains(rule.Fields, f) {
				return false
			}
		}
		return true
	}
	return slices.ContainsFunc(c.uniqueRules(), func(u Unique) bool { return within(u.Fields) })
}

// onEmptyField says whether one of the fields is new and has no default: it is
// empty in all records then, which no unique rule minds.
func onEmptyField(old, next *Collection, fields []string) bool {
	return slices.ContainsFunc(fields, func(name string) bool {
		is := next.field(name)
		return old.field(name) == nil && is != nil && is.Default == nil
	})
}

// breakingField says how the field's old values break its new rules.
func breakingField(old, next *Field) []string {
	var found []string
	say := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	if old.Kind != next.Kind && (old.Kind != KindText || next.Kind != KindLongtext) {
		say("changes from %s to %s", old.Kind, next.Kind)
		return found
	}
	if !old.Required && next.Required && next.Default == nil {
		say("is required now and has no default")
	}
	if !old.Unique && next.Unique {
		say("has to be unique now")
	}
	if old.To != next.To {
		say("refers to %q instead of %q", next.To, old.To)
	}
	if next.Currency != "" && old.Currency != next.Currency {
		say("is always in %s now", next.Currency)
	}
	if next.Min != nil && (old.Min == nil || *next.Min > *old.Min) {
		say("has a higher minimum")
	}
	if next.Max != nil && (old.Max == nil || *next.Max < *old.Max) {
		say("has a lower maximum")
	}
	if next.MinDate > old.MinDate {
		say("has a later first day")
	}
	if next.MaxDate != "" && (old.MaxDate == "" || next.MaxDate < old.MaxDate) {
		say("has an earlier last day")
	}
	if next.Pattern != "" && next.Pattern != old.Pattern {
		say("has another pattern")
	}
	return found
}

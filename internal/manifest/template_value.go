package manifest

import (
	"slices"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// valueSort is what is known of a value of a template.
type valueSort int

const (
	unknownSort    valueSort = iota // anything; nothing is checked
	rootSort                        // what a template starts with
	propertiesSort                  // the block's properties
	settingsSort                    // the module's settings
	rowsSort                        // the records of a query
	rowSort                         // one record
	plainSort                       // a text or number
	dateSort                        // a date or instant, as text
	moneySort                       // {"amount", "currency"}
)

// templateValue is what a template holds at some place.
type templateValue struct {
	sort       valueSort
	collection string // of rows and row
}

var (
	unknownValue = templateValue{}
	rootValue    = templateValue{sort: rootSort}
	plainValue   = templateValue{sort: plainSort}
)

// element is what range and index take out of the value.
func (v templateValue) element() templateValue {
	if v.sort == rowsSort {
		return templateValue{sort: rowSort, collection: v.collection}
	}
	return unknownValue
}

// fieldValue is a value of the field.
func fieldValue(f *Field) templateValue {
	switch {
	case f.Many:
		return unknownValue
	case f.Kind == KindMoney:
		return templateValue{sort: moneySort}
	case f.Kind == KindDate || f.Kind == KindDatetime:
		return templateValue{sort: dateSort}
	case f.Kind == KindLines, expressionKind(f.Kind) == expr.JSON, f.Kind == KindFile, f.Kind == KindImage:
		return unknownValue
	}
	return plainValue
}

// systemValues are what every record shows to everybody besides its fields.
var systemValues = map[string]templateValue{
	"id":         plainValue,
	"version":    plainValue,
	"created_at": {sort: dateSort},
}

// path follows the names from the one at start. The offset is that of the
// second name if there are several, as the parser has it, else of the only one.
func (c *templateCheck) path(names []string, start, offset int, from templateValue) templateValue {
	at := offset
	if len(names) > 1 && start == 0 {
		at -= len(names[0]) + 1
	}
	for _, name := range names[start:] {
		from = c.member(from, name, at)
		at += len(name) + 1
	}
	return from
}

// member returns the value of that name inside from, and notes when there is
// certainly none.
func (c *templateCheck) member(from templateValue, name string, at int) templateValue {
	switch from.sort {
	case rootSort:
		return c.rootMember(name, at)
	case propertiesSort:
		if c.block == nil {
			return unknownValue
		}
		return c.choose(at, "the block has no property", name, fieldValues(c.block.Properties))
	case settingsSort:
		if c.manifest == nil {
			return unknownValue
		}
		return c.choose(at, "the module has no setting", name, fieldValues(c.manifest.Settings))
	case rowSort:
		collection := c.collection(from.collection)
		if collection == nil {
			return unknownValue
		}
		v := c.choose(at, collection.Name+" has no field", name, collection.rowValues())
		if v != unknownValue {
			c.visible(at, collection, name)
		}
		return v
	case moneySort:
		return c.choose(at, "an amount has no", name, map[string]templateValue{"amount": plainValue, "currency": plainValue})
	case rowsSort:
		c.refuse(at, "Write {{ range … }} … {{ end }} around it.", ".%s is asked of several records", name)
	case plainSort, dateSort:
		c.refuse(at, "", "a text or number has no .%s", name)
	}
	return unknownValue
}

// rootMember looks among the block's properties and queries and the settings.
func (c *templateCheck) rootMember(name string, at int) templateValue {
	known := map[string]templateValue{"properties": {sort: propertiesSort}, "setting": {sort: settingsSort}}
	if c.block == nil {
		return unknownValue
	}
	for _, q := range c.block.Queries {
		known[q.Name] = templateValue{sort: rowsSort, collection: q.Collection}
	}
	return c.choose(at, "the block has no query", name, known)
}

// choose returns the known value of that name, or notes that what it is has none.
func (c *templateCheck) choose(at int, what, name string, known map[string]templateValue) templateValue {
	if v, ok := known[name]; ok {
		return v
	}
	hint := suggest(name, sortedKeys(known))
	if _, ok := known[name+"_title"]; ok {
		hint = "Write ." + name + "_title for its title, or ." + name + "_id."
	}
	if hint == "" && what == "the block has no query" {
		hint = "The block's properties are .properties.<name>, its queries .<name>, the module's settings .setting.<name>."
	}
	c.refuse(at, hint, "%s %q", what, name)
	return unknownValue
}

// visible notes a field that visitors, as whom the queries run, never see.
func (c *templateCheck) visible(at int, collection *Collection, name string) {
	fields := c.manifest.visitorsSee(collection)
	if _, system := systemValues[name]; system || len(fields) == 0 {
		return
	}
	for _, field := range fields {
		if name == field || name == field+"_id" || name == field+"_title" {
			return
		}
	}
	c.refuse(at, "Add it to the reach that the role visitor is granted.", "visitors may not see %q of %s", name, collection.Name)
}

// visitorsSee lists the fields of the collection that visitors are granted to
// read; none when it is not known.
func (m *Manifest) visitorsSee(collection *Collection) []string {
	var fields []string
	for _, role := range m.Roles {
		for _, g := range role.Grants {
			if role.Name != VisitorRole || g.Collection != collection.Name || g.Verb != "read" {
				continue
			}
			for _, reach := range collection.Access {
				if reach.Name == g.Reach {
					fields = append(fields, reach.Fields...)
				}
			}
		}
	}
	return fields
}

// collection returns the declared collection, nil if the manifest has none.
func (c *templateCheck) collection(name string) *Collection {
	if c.manifest == nil {
		return nil
	}
	i := slices.IndexFunc(c.manifest.Collections, func(one *Collection) bool { return one.Name == name })
	if i < 0 {
		return nil
	}
	return c.manifest.Collections[i]
}

// rowValues is what a record of the collection shows to templates.
func (c *Collection) rowValues() map[string]templateValue {
	known := fieldValues(c.Fields)
	for name, v := range systemValues {
		known[name] = v
	}
	for _, f := range c.Fields {
		if f.Kind == KindReference && !f.Many {
			delete(known, f.Name)
			known[f.Name+"_id"] = plainValue
			known[f.Name+"_title"] = plainValue
		}
	}
	return known
}

func fieldValues(fields []Field) map[string]templateValue {
	known := make(map[string]templateValue, len(fields))
	for i := range fields {
		if f := &fields[i]; !f.Secret && !f.Sensitive {
			known[f.Name] = fieldValue(f)
		}
	}
	return known
}

// actionNames lists "collection.action" of every action.
func (m *Manifest) actionNames() []string {
	var names []string
	for _, c := range m.Collections {
		for _, a := range c.Actions {
			names = append(names, c.Name+"."+a.Name)
		}
	}
	return names
}

// visitorsMay says whether the role of visitors is granted the action.
func (m *Manifest) visitorsMay(collection, action string) bool {
	for _, role := range m.Roles {
		if role.Name != VisitorRole {
			continue
		}
		for _, g := range role.Grants {
			if (g.Collection == collection || g.Collection == "*") && (g.Verb == action || g.Verb == "*") {
				return true
			}
		}
	}
	return false
}

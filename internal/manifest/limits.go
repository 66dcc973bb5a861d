package manifest

import "fmt"

// MaxExpression is how many characters an expression may have.
const MaxExpression = 500

// MaxFile is how many bytes one file of a manifest may have.
const MaxFile = 256 << 10

// maxIndexed is how many characters the text fields of one index or unique
// rule may have together, so that the entry fits a page of the database.
const maxIndexed = 600

// defaultIndexed is the maximum of an indexed or unique text field without one.
const defaultIndexed = 500

// Limits is how large a module may be.
type Limits struct {
	Collections int // of the module
	Fields      int // of one collection, settings or block
	Indexes     int // of one collection, unique rules, exclusions and what has one by itself included; zero: not limited
}

// Standard returns the limits that hold for every module; Read applies them.
func Standard() Limits { return Limits{Collections: 60, Fields: 150} }

// Strangers returns the limits for packages that are not the platform's own.
func Strangers() Limits { return Limits{Collections: 40, Fields: 100, Indexes: 8} }

// Check says whether the module keeps within the limits; the error is Problems.
func (m *Manifest) Check(l Limits) error {
	var found Problems
	exceeds := func(file, what string, have, most int) {
		if most > 0 && have > most {
			found = append(found, Problem{
				File: file, Line: 1, Column: 1,
				Message: fmt.Sprintf("there are %d %s, at most %d are allowed", have, what, most),
			})
		}
	}
	exceeds("module.yaml", "collections", len(m.Collections), l.Collections)
	exceeds("module.yaml", "settings", len(m.Settings), l.Fields)
	for _, c := range m.Collections {
		file := "collections/" + c.Name + ".yaml"
		exceeds(file, "fields", len(c.Fields), l.Fields)
		exceeds(file, "indexes", c.indexes(), l.Indexes)
	}
	for _, b := range m.Blocks {
		exceeds("blocks/"+b.Name+".yaml", "properties", len(b.Properties), l.Fields)
	}
	return found.orNil()
}

// indexes counts the indexes of the collection's table besides its key.
func (c *Collection) indexes() int {
	count := len(c.Unique) + len(c.Index) + len(c.Exclude)
	for i := range c.Fields {
		if f := &c.Fields[i]; f.Unique || f.Index || f.indexes() {
			count++
		}
	}
	if c.Ordered != "" {
		count++
	}
	return count
}

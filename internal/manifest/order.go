package manifest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// Live says whether a computed field is evaluated when it is read, since its
// value depends on other records, on the clock or on who asks. Other computed
// fields are stored with their record. Fields of lines are named "lines.net".
func (m *Manifest) Live(c *Collection, name string) bool {
	return m.live(c, name, map[string]bool{})
}

func (m *Manifest) live(c *Collection, name string, asked map[string]bool) bool {
	f := c.fieldAt(name)
	if f == nil || f.Computed == "" || asked[name] {
		return false
	}
	asked[name] = true
	node, err := m.checked(c, name, f.Computed)
	if err != nil || expr.ReadsClock(node) {
		return err == nil
	}
	for _, path := range expr.Paths(node) {
		if read, own := c.own(name, path); !own && !slices.Contains([]string{"setting", "site"}, path[0]) || own && m.live(c, read, asked) {
			return true
		}
	}
	return false
}

// checked parses an expression of the field and checks its names.
func (m *Manifest) checked(c *Collection, name, text string) (expr.Node, error) {
	node, err := expr.Parse(text)
	if err != nil {
		return nil, err
	}
	lines, _, inLine := strings.Cut(name, ".")
	at := Place{Old: true}
	if inLine {
		at.Lines = lines
	}
	node, _, err = expr.Check(node, m.Schema(c, at))
	return node, err
}

// fieldAt returns the field of that name, or that of lines for "lines.net"; nil
// when there is none.
func (c *Collection) fieldAt(name string) *Field {
	first, rest, inLine := strings.Cut(name, ".")
	f := c.field(first)
	if f == nil || !inLine {
		return f
	}
	return fieldNamed(f.Fields, rest)
}

// own says which field of the record or its lines the path reads that stands in
// an expression of the named field; false when it leads to other records or to
// what no record holds.
func (c *Collection) own(name string, path []string) (string, bool) {
	lines, _, inLine := strings.Cut(name, ".")
	if inLine {
		if path[0] != "parent" {
			read := lines + "." + path[0]
			return read, len(path) == 1 && c.fieldAt(read) != nil
		}
		path = path[1:]
	}
	f := c.field(path[0])
	switch {
	case f == nil:
		return c.ownSystem(path)
	case f.Kind == KindLines && len(path) == 2:
		read := strings.Join(path, ".")
		return read, c.fieldAt(read) != nil
	}
	return f.Name, len(path) == 1 && (f.Kind != KindReference || !f.Many)
}

// ownSystem says which column of the record a path reads that names no field.
func (c *Collection) ownSystem(path []string) (string, bool) {
	if len(path) != 1 {
		return "", false
	}
	if _, system := systemTypes[path[0]]; system {
		return path[0], true
	}
	for _, suffix := range []string{"_id", "_at"} {
		if base, is := strings.CutSuffix(path[0], suffix); is && c.field(base) != nil {
			return path[0], true
		}
	}
	return "", false
}

// beyond says why the path leads beyond what the record itself stores, "" if it
// does not.
func (m *Manifest) beyond(c *Collection, path []string) string {
	text := strings.Join(path, ".")
	read, own := c.own("", path)
	switch {
	case !own:
		return fmt.Sprintf("%q is not of it", text)
	case m.Live(c, read):
		return fmt.Sprintf("%q is computed when it is read", text)
	}
	return ""
}

// Order lists the fields of the collection that are set or computed, or have a
// computed default, so that each comes after those that it reads. Fields of
// lines are named "lines.net". A manifest that was read has no circle.
func (m *Manifest) Order(c *Collection) []string {
	order, _ := m.order(c)
	return order
}

// order also returns the first circle of fields that depend on themselves.
func (m *Manifest) order(c *Collection) (order, circle []string) {
	const (
		open = 1
		done = 2
	)
	reads := m.dependencies(c)
	state := map[string]int{}
	var path []string
	var visit func(name string) bool
	visit = func(name string) bool {
		switch state[name] {
		case done:
			return true
		case open:
			circle = append(slices.Clone(path[slices.Index(path, name):]), name)
			return false
		}
		state[name] = open
		path = append(path, name)
		for _, read := range reads[name] {
			if _, derived := reads[read]; derived && !visit(read) {
				return false
			}
		}
		path = path[:len(path)-1]
		state[name] = done
		order = append(order, name)
		return true
	}
	for _, name := range c.derivedNames() {
		if !visit(name) {
			return order, circle
		}
	}
	return order, nil
}

// derivedNames lists the fields that have an expression for their value.
func (c *Collection) derivedNames() []string {
	var names []string
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.formula() != "" {
			names = append(names, f.Name)
		}
		for j := range f.Fields {
			if f.Fields[j].formula() != "" {
				names = append(names, f.Name+"."+f.Fields[j].Name)
			}
		}
	}
	return names
}

// formula is the expression of the field's value, "" for none.
func (f *Field) formula() string {
	if e, is := f.Default.(Expression); is {
		return string(e)
	}
	return or(f.Set, f.Computed)
}

// dependencies are the own fields that each derived field reads.
func (m *Manifest) dependencies(c *Collection) map[string][]string {
	all := map[string][]string{}
	for _, name := range c.derivedNames() {
		all[name] = nil
		node, err := m.checked(c, name, c.fieldAt(name).formula())
		if err != nil {
			continue // said where it was checked
		}
		for _, path := range expr.Paths(node) {
			if read, own := c.own(name, path); own {
				all[name] = append(all[name], read)
			} else if first := path[0]; path[0] != "parent" && c.field(first) != nil && !strings.Contains(name, ".") {
				all[name] = append(all[name], first) // a reference that it follows
			}
		}
	}
	return all
}

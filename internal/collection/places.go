package collection

import (
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// Places are where the change log and the events keep the values of some fields
// of a collection.
type Places struct {
	Collections []string            // what the collection is called there
	Columns     []string            // of records, also within translations
	Own         []string            // of the site's own fields
	Parts       map[string][]string // columns of lines and lists, by part
	Keys        []string            // of what events carry
}

// Add joins places of another version of the module.
func (p *Places) Add(more Places) {
	join := func(a, b []string) []string {
		all := slices.Concat(a, b)
		slices.Sort(all)
		return slices.Compact(all)
	}
	p.Collections, p.Columns, p.Own, p.Keys = join(p.Collections, more.Collections), join(p.Columns, more.Columns), join(p.Own, more.Own), join(p.Keys, more.Keys)
	for part, columns := range more.Parts {
		if p.Parts == nil {
			p.Parts = map[string][]string{}
		}
		p.Parts[part] = join(p.Parts[part], columns)
	}
}

// Places returns where the values of fields are kept, called as in the data
// API, "items.note" for a field of lines, and the names that the collection does
// not have.
func (c *Collection) Places(names ...string) (p Places, unknown []string) {
	p.Add(Places{Collections: append([]string{c.stored, c.Name}, c.Was...)})
	for _, name := range names {
		head, rest, inside := strings.Cut(name, ".")
		f, ok := c.byName[head]
		var line *Field
		if ok && inside && f.lines != nil {
			line, ok = f.lines.byName[rest]
		}
		switch {
		case !ok || inside && line == nil:
			unknown = append(unknown, name)
		case line != nil:
			p.Add(line.places(f.stored.Name + "."))
			p.Add(Places{Keys: []string{f.key}, Parts: map[string][]string{f.stored.Name: columnNames(line)}})
		case f.lines != nil:
			for _, one := range f.lines.fields {
				inside, _ := c.Places(f.Name + "." + one.Name)
				p.Add(inside)
			}
		case f.Own:
			p.Add(Places{Keys: []string{f.key}})
			for _, column := range f.columns {
				p.Own = append(p.Own, ownKey(column))
			}
		default:
			p.Add(f.places(""))
			p.Add(Places{Columns: columnNames(f), Keys: []string{f.key}})
		}
	}
	return p, unknown
}

// places are those of the rows of a list.
func (f *Field) places(within string) Places {
	if f.list == nil {
		return Places{}
	}
	return Places{Parts: map[string][]string{within + f.stored.Name: {"target_id"}}}
}

func columnNames(f *Field) []string {
	var names []string
	for _, column := range f.columns {
		names = append(names, column.Name)
	}
	return names
}

// Shares reports whether the collection of another version of the module is the
// same one, with the same records.
func (c *Collection) Shares(other *Collection) bool { return c.table == other.table }

// Formerly are the names that a field of the collection had, or has, in versions
// of the module, "items.note" for a field of lines.
func (c *Collection) Formerly(name string) []string {
	head, rest, inside := strings.Cut(name, ".")
	f, ok := c.byName[head]
	if !ok {
		return nil
	}
	heads := called(f.Field)
	if !inside {
		return heads
	}
	var all []string
	if f.lines == nil || f.lines.byName[rest] == nil {
		return nil
	}
	for _, h := range heads {
		for _, r := range called(f.lines.byName[rest].Field) {
			all = append(all, h+"."+r)
		}
	}
	return all
}

func called(f *manifest.Field) []string { return append([]string{f.Name}, f.Was...) }

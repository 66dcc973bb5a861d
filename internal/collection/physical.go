package collection

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// Physical says how a version of a module calls what the database keeps. Names
// in the database never change: a version that renames a field goes on with the
// column, one that converts a field gets a new one, so that all versions of a
// module share the tables and a rename moves no data. The zero Physical is that
// of a first version, whose names are the manifest's own.
type Physical struct {
	// Epoch counts the versions of the module, from 1. Records carry the epoch
	// of the version that made them or to which they were last brought.
	Epoch int `json:"epoch,omitempty"`
	// Tables are the tables of collections that are called otherwise.
	Tables map[string]string `json:"tables,omitempty"`
	// Columns are the names from which the columns of fields are made, where they
	// are not the field's own: by "deal.amount", or "deal.lines.net" in lines.
	Columns map[string]string `json:"columns,omitempty"`
	// Since are the rules that came with a later version, by "deal.unique.name":
	// they hold for records of that epoch and later ones.
	Since map[string]int `json:"since,omitempty"`
}

// table is the table of a collection.
func (p Physical) table(collection string) string {
	if name, ok := p.Tables[collection]; ok {
		return name
	}
	return collection
}

// column is the name from which the columns of a field are made.
func (p Physical) column(path ...string) string {
	if name, ok := p.Columns[strings.Join(path, ".")]; ok {
		return name
	}
	return path[len(path)-1]
}

// Next returns the names of the next version: old ones where the manifests say
// that the field or collection is the same, new ones where values are stored
// otherwise. The difference is the one between the version of p and the next.
func (p Physical) Next(next *manifest.Manifest, epoch int, diff manifest.Diff) Physical {
	n := Physical{Epoch: epoch, Tables: map[string]string{}, Columns: map[string]string{}, Since: maps.Clone(p.Since)}
	if n.Since == nil {
		n.Since = map[string]int{}
	}
	before := map[string]string{} // names of collections that were called otherwise
	for _, c := range diff {
		if c.Treatment == manifest.Renamed && c.Part == "collection" {
			before[c.Collection] = c.Old
		}
		if c.Treatment == manifest.Tested && c.Part == "rule" {
			n.Since[ruleKey(c.Collection, c.Name)] = epoch
		}
	}
	for _, c := range next.Collections {
		was := c.Name
		if old, ok := before[c.Name]; ok {
			was = old
		}
		if table := p.table(was); table != c.Name {
			n.Tables[c.Name] = table
		}
		n.name(p, was, c.Name, nil, c.Fields, epoch, diff)
	}
	return n
}

// name settles the columns of the fields of a collection, or of lines of it.
func (n Physical) name(p Physical, was, is string, lines []string, fields []manifest.Field, epoch int, diff manifest.Diff) {
	for _, f := range fields {
		path := slices.Concat([]string{is}, lines, []string{f.Name})
		column := p.column(slices.Concat([]string{was}, lines, []string{f.Name})...)
		for _, c := range diff {
			if c.Part != "field" || c.Collection != is || c.Field != strings.Join(path[1:], ".") {
				continue
			}
			switch c.Treatment {
			case manifest.Renamed:
				column = p.column(slices.Concat([]string{was}, lines, []string{c.Old})...)
			case manifest.Converted:
				column = f.Name + "_v" + strconv.Itoa(epoch)
			}
		}
		if column != f.Name {
			n.Columns[strings.Join(path, ".")] = column
		}
		if f.Kind == manifest.KindLines {
			n.name(p, was, is, []string{f.Name}, f.Fields, epoch, diff)
		}
	}
}

// ruleKey is the key of a rule in Since; rules are called as the differences
// between manifests call them.
func ruleKey(collection, rule string) string { return collection + "." + rule }

// since is the condition that keeps a rule from records of versions that did
// not have it; empty when all had it.
func (c *Collection) since(rule string) string {
	if epoch := c.physical.Since[ruleKey(c.Name, rule)]; epoch > 0 {
		return " and " + quote(epochColumn) + " >= " + strconv.Itoa(epoch)
	}
	return ""
}

// epochColumn tells which version a record was made for or last brought to.
const epochColumn = "_epoch"

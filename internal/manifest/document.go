package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// document is one YAML file that is being read. Nodes that have been
// complained about are marked, so that nothing else is said about them.
type document struct {
	file  string
	root  *yaml.Node // nil when the file holds no YAML
	bad   map[*yaml.Node]bool
	found *Problems
}

// problem notes a mistake at the node.
func (d *document) problem(at *yaml.Node, hint, format string, args ...any) {
	line, column := 1, 1
	if at != nil {
		line, column = max(at.Line, 1), max(at.Column, 1)
	}
	*d.found = append(*d.found, Problem{d.file, line, column, fmt.Sprintf(format, args...), hint})
}

// refuse notes a mistake at the node and marks it.
func (d *document) refuse(n *yaml.Node, hint, format string, args ...any) {
	d.problem(n, hint, format, args...)
	d.bad[n] = true
}

// parse reads one file into a document; what is not strict YAML is noted.
func parse(file string, content []byte, found *Problems) *document {
	d := &document{file: file, bad: map[*yaml.Node]bool{}, found: found}
	if !utf8.Valid(content) { // YAML may be UTF-16 too; editors, diffs and we are not
		d.problem(nil, "Save it as UTF-8.", "the file is not UTF-8")
		return d
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var first, second yaml.Node
	switch err := decoder.Decode(&first); {
	case errors.Is(err, io.EOF):
		d.problem(nil, "", "the file is empty")
		return d
	case err != nil:
		d.syntax(err, content)
		return d
	}
	if err := decoder.Decode(&second); err == nil {
		d.problem(&second, "", "a file holds one document")
		return d
	} else if !errors.Is(err, io.EOF) {
		d.syntax(err, content)
		return d
	}
	if len(first.Content) != 1 || isNull(first.Content[0]) {
		d.problem(nil, "", "the file is empty")
		return d
	}
	d.root = first.Content[0]
	d.strict(d.root)
	return d
}

// strict refuses what YAML has and the format does not: anchors, aliases,
// tags, and keys that are not plain words or that are repeated.
func (d *document) strict(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode:
		d.bad[n] = true // the anchor has been complained about
		return
	case n.Anchor != "":
		d.refuse(n, "Write the value out each time.", "anchors and aliases (%q) are not part of the format", "&"+n.Anchor)
		return
	case n.Style&yaml.TaggedStyle != 0:
		d.refuse(n, "", "tags (%q) are not part of the format", n.Tag)
		return
	}
	if n.Kind == yaml.SequenceNode {
		for _, entry := range n.Content {
			d.strict(entry)
		}
	}
	if n.Kind == yaml.MappingNode {
		d.strictMapping(n)
	}
}

func (d *document) strictMapping(n *yaml.Node) {
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if d.openBracket(n, i) {
			i = d.skipToBracket(n, i)
			continue
		}
		d.strict(k)
		if d.bad[k] || k.Kind == yaml.AliasNode {
			continue
		}
		if k.Kind != yaml.ScalarNode || k.Tag != "!!str" {
			hint := nameHint
			if nameRE.MatchString(k.Value) {
				hint = inQuotes(k)
			}
			d.refuse(k, hint, "a key is a plain word")
			continue
		}
		if earlier, twice := seen[k.Value]; twice {
			d.refuse(k, fmt.Sprintf("The first is in line %d.", earlier.Line), "%q is given twice", k.Value)
			continue
		}
		seen[k.Value] = k
		d.strict(v)
	}
}

// openBracket says whether the pair's value is an expression that a comma has
// cut in two, which YAML does inside { }: what follows looks like a key without
// a value. It notes the mistake.
func (d *document) openBracket(n *yaml.Node, i int) bool {
	v := n.Content[i+1]
	if n.Style&yaml.FlowStyle == 0 || v.Kind != yaml.ScalarNode || v.Style != 0 || brackets(v.Value) <= 0 {
		return false
	}
	if i+3 >= len(n.Content) || !isNull(n.Content[i+3]) {
		return false
	}
	d.refuse(v, "Inside { } a comma ends a value: put the expression in quotes.", "%q: the bracket is not closed", n.Content[i].Value)
	return true
}

// skipToBracket marks the pairs that are the rest of the expression and
// returns the index of the last of them.
func (d *document) skipToBracket(n *yaml.Node, i int) int {
	open := brackets(n.Content[i+1].Value)
	for i += 2; i+1 < len(n.Content) && open > 0; i += 2 {
		d.bad[n.Content[i]] = true
		open += brackets(n.Content[i].Value) + brackets(n.Content[i+1].Value)
	}
	return i - 2
}

// brackets counts the round brackets that stay open in the text.
func brackets(text string) int { return strings.Count(text, "(") - strings.Count(text, ")") }

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// inQuotes says how to write a scalar so that YAML takes it as text.
func inQuotes(n *yaml.Node) string { return fmt.Sprintf("Write %q in quotes.", n.Value) }

// entry is one pair of a mapping.
type entry struct{ key, value *yaml.Node }

// entries lists the pairs of a mapping whose keys stand. The values may be marked.
func (d *document) entries(n *yaml.Node) []entry {
	if n == nil || n.Kind != yaml.MappingNode || d.bad[n] {
		return nil
	}
	var all []entry
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i]; !d.bad[k] && k.Kind == yaml.ScalarNode {
			all = append(all, entry{k, n.Content[i+1]})
		}
	}
	return all
}

// items lists the entries of a list that stand; a single value that stands is
// a list of itself.
func (d *document) items(n *yaml.Node) []*yaml.Node {
	if n == nil || d.bad[n] {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		return []*yaml.Node{n}
	}
	var all []*yaml.Node
	for _, item := range n.Content {
		if !d.bad[item] {
			all = append(all, item)
		}
	}
	return all
}

// values returns the values that stand, by key.
func (d *document) values(n *yaml.Node) map[string]*yaml.Node {
	all := map[string]*yaml.Node{}
	for _, e := range d.entries(n) {
		if !d.bad[e.value] {
			all[e.key.Value] = e.value
		}
	}
	return all
}

// holdsBad says whether something at or below the node was complained about.
func (d *document) holdsBad(n *yaml.Node) bool {
	return d.bad[n] || slices.ContainsFunc(n.Content, d.holdsBad)
}

// has says whether the mapping has the key, even with a wrong value.
func (d *document) has(n *yaml.Node, key string) bool {
	for _, e := range d.entries(n) {
		if e.key.Value == key {
			return true
		}
	}
	return false
}

// value returns the text of a scalar, "" for nil.
func value(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// whole returns the number of a node that was checked to be one, nil for nil.
func whole(n *yaml.Node) *int64 {
	if n == nil {
		return nil
	}
	i, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil {
		return nil
	}
	return &i
}

// isTrue says whether a node that was checked to be a boolean is true.
func isTrue(n *yaml.Node) bool { return n != nil && n.Tag == "!!bool" && n.Value == "true" }

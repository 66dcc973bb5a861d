package expr

import "slices"

// Paths returns the paths that a checked tree reads of its own row, each once,
// in order of first use, without the parts of values: the engine orders fields
// by them and sees which stand on other records. Related records come as the
// path that leads to them with what is read of them: lines.net, and lines.id
// where they are only counted. Constants are among them.
func Paths(n Node) [][]string {
	var r reader
	r.node(n, nil)
	return r.paths
}

// ReadsClock reports whether the tree depends on when it is evaluated.
func ReadsClock(n Node) bool {
	if c, ok := n.(Call); ok && (c.Func == "now" || c.Func == "today") {
		return true
	}
	if a, ok := n.(Aggregate); ok && a.Where != nil && ReadsClock(a.Where) {
		return true
	}
	return slices.ContainsFunc(children(n), ReadsClock)
}

type reader struct{ paths [][]string }

// node collects the paths below a node; ways are the steps to the records of
// the aggregates around it, outermost first.
func (r *reader) node(n Node, ways [][]string) {
	switch n := n.(type) {
	case nil:
		return
	case Path:
		way := []string(nil)
		if left := len(ways) - n.up; left > 0 {
			way = ways[left-1]
		}
		r.add(append(slices.Clip(slices.Clone(way)), n.Steps[n.skip:len(n.Steps)-n.part]...))
		return
	case Aggregate:
		if n.Of != nil {
			of := *n.Of
			if n.many == len(of.Steps) {
				of.Steps = append(slices.Clone(of.Steps), "id")
			}
			r.node(of, ways)
		}
		if n.Where == nil {
			return
		}
		if n.many > 0 {
			way := []string(nil)
			if left := len(ways) - n.Of.up; left > 0 {
				way = ways[left-1]
			}
			ways = append(slices.Clip(slices.Clone(ways)), append(slices.Clip(slices.Clone(way)), n.Of.Steps[n.Of.skip:n.many]...))
		}
		r.node(n.Where, ways)
		return
	}
	for _, child := range children(n) {
		r.node(child, ways)
	}
}

func (r *reader) add(path []string) {
	if !slices.ContainsFunc(r.paths, func(p []string) bool { return slices.Equal(p, path) }) {
		r.paths = append(r.paths, path)
	}
}

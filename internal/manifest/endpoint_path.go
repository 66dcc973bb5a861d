package manifest

import "strings"

// Match reports whether the endpoint answers a path, which begins with a slash,
// and what stands in the place of its wildcards. A wildcard stands for one step
// of the path or a part of one, and never for nothing: "/calendar/{feed}.ics"
// takes "/calendar/f1.ics".
func (e Endpoint) Match(path string) (map[string]string, bool) {
	want, got := strings.Split(e.Path, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	values := map[string]string{}
	for i, step := range want {
		open, end := strings.IndexByte(step, '{'), strings.IndexByte(step, '}')
		if open < 0 || end < open {
			if step != got[i] {
				return nil, false
			}
			continue
		}
		value, begins := strings.CutPrefix(got[i], step[:open])
		value, ends := strings.CutSuffix(value, step[end+1:])
		if !begins || !ends || value == "" {
			return nil, false
		}
		values[step[open+1:end]] = value
	}
	return values, true
}

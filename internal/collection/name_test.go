package collection

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// TestFieldsMayBeCalledLikeWordsOfOurStatements writes, reads and remembers
// records whose fields have the names that our own statements give to tables,
// rows, variables and results.
func TestFieldsMayBeCalledLikeWordsOfOurStatements(t *testing.T) {
	names := strings.Fields("short omitted pairs acting who who_kind through of_request what w b before after part part_id op module collection record " +
		"depth cause batch request actor old_values new_values newrows oldrows tg_op tg_argv keeper row rows value entry item lines site parent result")
	for letter := 'a'; letter <= 'z'; letter++ {
		names = append(names, string(letter))
	}
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	var fields, inner []manifest.Field
	one, two := map[string]any{}, map[string]any{}
	for _, name := range names {
		fields = append(fields, manifest.Field{Name: name, Kind: "text"})
		inner = append(inner, manifest.Field{Name: name, Kind: "text"})
		one[name], two[name] = "first "+name, "second "+name
	}
	m := &manifest.Manifest{
		Format: 1, ID: "names", Name: "Names", Version: "1.0.0", Type: manifest.App, Description: "Names.",
		Collections: []*manifest.Collection{{
			Name: "thing", Label: "Thing", Plural: "Things", Title: "name",
			Fields: append(fields, manifest.Field{Name: "name", Kind: "text", Required: true}, manifest.Field{Name: "inner_lines", Kind: "lines", Fields: inner}),
		}},
	}
	w := worldOf(t, m)
	things := w.records(w.a, "thing")
	body := func(values map[string]any, more string) string {
		raw, err := json.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSuffix(string(raw), "}") + more
	}
	created := w.create(things, body(one, `,"name":"A","inner_lines":[`+body(one, "}")+`]}`))
	id := idOf(t, created)
	updated, err := w.tryUpdate(things, id, body(two, `,"inner_lines":[`+body(two, "}")+`]}`))
	if err != nil {
		t.Fatal(err)
	}
	holds := func(got, want map[string]any) {
		t.Helper()
		lines, ok := got["inner_lines"].([]any)
		if !ok || len(lines) != 1 {
			t.Fatalf("the lines are %v", got["inner_lines"])
		}
		line, _ := lines[0].(map[string]any)
		for _, name := range names {
			if got[name] != want[name] || line[name] != want[name] {
				t.Errorf("%s is %v, in the line %v", name, got[name], line[name])
			}
		}
	}
	holds(created, one)
	holds(updated, two)

	list := w.history(things, id, 0, 10)
	told := map[string]bool{}
	for _, c := range list {
		for name, value := range c.After {
			if string(value) == fmt.Sprintf("%q", two[name]) {
				told[name] = true
			}
		}
	}
	for _, name := range names {
		if !told[name] {
			t.Errorf("the history does not tell that %s was changed", name)
		}
	}
	if len(told) != len(names) {
		t.Errorf("it tells of %v", slices.Sorted(maps.Keys(told)))
	}
}

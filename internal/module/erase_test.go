package module

import (
	"slices"
	"testing"
)

func TestEraseOrder(t *testing.T) {
	t.Parallel()
	set := func(names ...string) map[string]bool {
		all := map[string]bool{}
		for _, n := range names {
			all[n] = true
		}
		return all
	}
	tests := []struct {
		name             string
		refers           map[string]map[string]bool
		single, together []string
	}{
		{"nothing", map[string]map[string]bool{}, nil, nil},
		{"a chain", map[string]map[string]bool{"a": set("b"), "b": set("c"), "c": set()}, []string{"a", "b", "c"}, nil},
		{"two parents", map[string]map[string]bool{"line": set("item", "bill"), "item": set(), "bill": set()}, []string{"line", "bill", "item"}, nil},
		{"itself", map[string]map[string]bool{"place": set("place")}, nil, []string{"place"}},
		{
			"a ring with a child and a parent",
			map[string]map[string]bool{"child": set("a"), "a": set("b"), "b": set("a", "top"), "top": set()},
			[]string{"child"},
			[]string{"a", "b", "top"},
		},
	}
	for _, tt := range tests {
		single, together := eraseOrder(tt.refers)
		if !slices.Equal(single, tt.single) || !slices.Equal(together, tt.together) {
			t.Errorf("%s: one by one %v, together %v; want %v, %v", tt.name, single, together, tt.single, tt.together)
		}
	}
}

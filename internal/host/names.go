package host

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk"
)

// life are the names of the steps in the life of an installation, for which a
// module may have handlers.
var life = []string{"install", "enable", "configure", "upgrade", "disable", "uninstall"}

// checkNames holds the handlers against the manifest, in both directions, and
// tells everything that is wrong at once.
func checkNames(m *manifest.Manifest, handlers map[string]sdk.Handler) error {
	want := map[string]sdk.Sort{}
	for _, h := range m.Handlers() {
		want[h.Name] = sdk.Sort(h.Sort)
	}
	var wrong []error
	tell := func(format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("module "+m.ID+": "+format, args...))
	}
	missing := func(name string) bool { _, ok := handlers[name]; return !ok }
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if missing(name) {
			tell("the manifest declares %q, and no handler has that name.%s", name, unbound(name, want, handlers))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(handlers)) {
		sort, ok := want[name]
		if !ok && slices.Contains(life, name) {
			sort, ok = sdk.SortLife, true
		}
		switch got := handlers[name].Sort(); {
		case !ok:
			known := slices.Concat(slices.DeleteFunc(slices.Sorted(maps.Keys(want)), func(n string) bool { return !missing(n) }), life)
			tell("there is a handler %q, and the manifest declares nothing of that name.%s", name, suggestion(name, known))
		case got == "":
			tell("the handler %q is no function", name)
		case got != sort:
			tell("the handler %q is made for a %s; this name is that of a %s", name, got, sort)
		}
	}
	return errors.Join(wrong...)
}

// unbound suggests a handler that has no place for a name that has no handler.
func unbound(name string, want map[string]sdk.Sort, handlers map[string]sdk.Handler) string {
	var spare []string
	for other := range handlers {
		if _, ok := want[other]; !ok && !slices.Contains(life, other) {
			spare = append(spare, other)
		}
	}
	slices.Sort(spare)
	if near := expr.Nearest(name, spare); near != "" {
		return fmt.Sprintf(" Did you mean it with %q?", near)
	}
	return ""
}

// suggestion is the question after a name that does not exist.
func suggestion(name string, known []string) string {
	if near := expr.Nearest(name, known); near != "" {
		return fmt.Sprintf(" Did you mean %q?", near)
	}
	if part, _, dotted := strings.Cut(name, "."); dotted {
		if near := expr.Nearest(part, []string{"job", "on", "endpoint"}); near != "" && near != part {
			return fmt.Sprintf(" Did you mean %q?", near+strings.TrimPrefix(name, part))
		}
	}
	return ""
}

package manifest_test

import (
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// capabilities is the table of what a type of module may declare.
var capabilities = []struct {
	part                                     string
	widget, app, integration, system, custom bool
}{
	{"blocks", true, true, true, true, true},
	{"settings", true, true, true, true, true},
	{"ui", true, true, true, true, true},
	{"collections", false, true, true, true, true},
	{"roles", false, true, true, true, true},
	{"menu", false, true, true, true, true},
	{"actions", false, true, true, true, true},
	{"jobs", false, true, true, true, true},
	{"uses", false, true, true, true, true},
	{"pages", false, true, false, true, true},
	{"connections", false, false, true, true, true},
	{"endpoints", false, false, true, true, true},
	{"offers", false, false, false, true, true},
}

func TestTypeDecidesWhatMayBeDeclared(t *testing.T) {
	t.Parallel()
	for _, row := range capabilities {
		allowed := map[manifest.Type]bool{
			manifest.Widget: row.widget, manifest.App: row.app, manifest.Integration: row.integration,
			manifest.System: row.system, manifest.Custom: row.custom,
		}
		for _, typ := range manifest.Types() {
			if got := typ.Allows(row.part); got != allowed[typ] {
				t.Errorf("%s may declare %s: %v, want %v", typ, row.part, got, allowed[typ])
			}
		}
	}
}

// TestReaderHoldsTheTypes reads a module of each type with each part that this
// version runs.
func TestReaderHoldsTheTypes(t *testing.T) {
	t.Parallel()
	heads := map[string]string{"settings": "settings: {a: text}\n", "roles": "roles: {clerk: {grants: [\"*\"]}}\n", "menu": "menu: []\n"}
	files := map[string][]string{
		"collections": {"collections/item.yaml", "fields: {a: text}\n"},
		"blocks":      {"blocks/hello.yaml", "label: Hello\n", "blocks/hello.html", "Hello"},
	}
	for _, typ := range manifest.Types() {
		for _, row := range capabilities {
			if heads[row.part] == "" && files[row.part] == nil {
				continue
			}
			_, err := manifest.Read(module("type: "+string(typ)+"\n"+heads[row.part], files[row.part]...))
			if typ.Allows(row.part) != (err == nil) {
				t.Errorf("%s with %s: %v", typ, row.part, err)
			}
			if err != nil && strings.Count(err.Error(), "\n") > 0 {
				t.Errorf("%s with %s gives more than one message:\n%v", typ, row.part, err)
			}
		}
	}
}

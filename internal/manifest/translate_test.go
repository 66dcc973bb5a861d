package manifest_test

import (
	"maps"
	"os"
	"reflect"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// TestEveryTextIsTranslated gives every text of real manifests a translation
// and finds each of them in the translated manifest, and nothing else changed.
func TestEveryTextIsTranslated(t *testing.T) {
	t.Parallel()
	for _, folder := range workedFolders(t) {
		m, err := manifest.ReadLinked(os.DirFS(folder))
		if err != nil {
			t.Fatal(err)
		}
		before := m.Texts()
		want := map[string]string{}
		for path, text := range before {
			want[path] = "«" + text + "»"
		}
		m.Locales = map[string]map[string]string{"de": want}
		translated := m.In("de")
		if got := translated.Texts(); !maps.Equal(got, want) {
			for path := range want {
				if got[path] != want[path] {
					t.Errorf("%s: %s = %q, want %q", folder, path, got[path], want[path])
				}
			}
		}
		if !maps.Equal(m.Texts(), before) {
			t.Errorf("%s: translating changed the manifest itself", folder)
		}
		m.Locales["back"] = before
		if back := reverse(translated, before); !reflect.DeepEqual(back.Collections, m.Collections) || !reflect.DeepEqual(back.Blocks, m.Blocks) {
			t.Errorf("%s: more than texts differs", folder)
		}
	}
}

// reverse translates into the texts that the manifest had.
func reverse(translated *manifest.Manifest, texts map[string]string) *manifest.Manifest {
	translated.Locales = map[string]map[string]string{"back": texts}
	return translated.In("back")
}

func TestTextsWithoutAPath(t *testing.T) {
	t.Parallel()
	m := &manifest.Manifest{
		Name: "Shop",
		Collections: []*manifest.Collection{{
			Name: "item", Label: "Item", Plural: "Items",
			Fields:  []manifest.Field{{Name: "name", Label: "Name", Help: "As people say it."}},
			Unique:  []manifest.Unique{{Fields: []string{"name"}, Message: "Taken."}},
			Checks:  []manifest.Check{{Rule: "true", Message: "Never."}},
			Form:    manifest.FormView{Sections: []manifest.Section{{Label: "Basics"}}},
			Actions: []manifest.Action{{Name: "add", Params: []manifest.Field{{Name: "name", Label: "Name", Help: "As people say it."}}}},
		}},
		Locales: map[string]map[string]string{"de": {
			"collections.item.label": "Artikel", "collections.item.fields.name.label": "Bezeichnung",
			"texts.Taken.": "Vergeben.", "texts.Basics": "Grunddaten", "texts.Hello": "Hallo",
		}},
	}
	de := m.In("de")
	c := de.Collections[0]
	for _, row := range []struct{ got, want string }{
		{c.Plural, "Artikel"},
		{c.Unique[0].Message, "Vergeben."},
		{c.Checks[0].Message, "Never."},
		{c.Form.Sections[0].Label, "Grunddaten"},
		{c.Actions[0].Params[0].Label, "Bezeichnung"},
		{de.Translate("Hello"), "Hallo"},
		{de.Translate("Other"), "Other"},
		{m.Translate("Hello"), "Hello"},
		{m.Speaks("de-AT"), "de"},
		{m.Speaks("fr"), ""},
		{m.In("fr").Name, "Shop"},
	} {
		if row.got != row.want {
			t.Errorf("got %q, want %q", row.got, row.want)
		}
	}
}

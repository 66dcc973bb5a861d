package manifest_test

import (
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// TestDefaultsFromSettings holds settings against the fields that take
// their default from them: what a site may write has to fit.
func TestDefaultsFromSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, setting, field, want string }{
		{"the same kind", "{type: integer}", "{type: integer}", ""},
		{"longer text", "{type: text}", "{type: longtext}", ""},
		{"long text that fits", "{type: longtext, max: 80}", "{type: longtext, max: 80}", ""},
		{"long text that does not", "longtext", "{type: longtext, max: 80}", `Give the setting "max: 80".`},
		{"several lines for one", "{type: longtext, max: 80}", "{type: text, max: 80}", `setting "x" may have several lines, and y has one. Give both the same kind.`},
		{"bounded by its index", "{type: text}", "{type: text, index: true}", `Give the setting "max: 500".`},
		{"a text of one character", "text", "{type: text, min: 1}", ""},
		{"a short text", "text", "{type: text, min: 3}", `setting "x" may be below the "min" of y. Give the setting "min: 3".`},
		{"a number within", "{type: integer, min: 2, max: 5}", "{type: integer, min: 1, max: 5}", ""},
		{"a low number", "{type: integer, max: 5}", "{type: integer, min: 1, max: 5}", `Give the setting "min: 1".`},
		{"a late day", "{type: date, min: 2026-01-01}", "{type: date, min: 2026-01-01, max: 2026-12-31}", `Give the setting "max: 2026-12-31".`},
		{"an early day", "date", "{type: date, min: 2026-01-01}", `Give the setting "min: 2026-01-01".`},
		{"an amount", "{type: money, currency: EUR}", "{type: money}", ""},
		{"an amount of another currency", "{type: money}", "{type: money, currency: EUR}", `setting "x" may be in another currency than y. Give the setting "currency: EUR".`},
		{"the same pattern", `{type: text, pattern: "[A-Z]+"}`, `{type: text, pattern: "[A-Z]+"}`, ""},
		{"another pattern", "text", `{type: text, pattern: "[A-Z]+"}`, `Give the setting the same "pattern".`},
		{"required, and perhaps empty", "text", "{type: text, required: true}", `setting "x" may be empty, and y is required. Give the setting a "default", or make it required.`},
		{"required, and required", "{type: text, required: true}", "{type: text, required: true}", ""},
		{"required, with a default", "{type: text, default: Hello}", "{type: text, required: true}", ""},
		{"a setting that is wrong itself", "{type: txet}", "{type: text}", `"txet" is not a kind of field`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			files := folder(t, "collections/topic.yaml", "{title: text}", "{y: "+strings.TrimSuffix(c.field, "}")+", default: =setting.x}}")
			files["module.yaml"].Data = append(files["module.yaml"].Data, "  x: "+c.setting+"\n"...)
			_, err := manifest.Read(files)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n")):
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestWhatActionsSetFromSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, fields, action, want string }{
		{"a setting", "{y: text}", "set: {y: =setting.x}", ""},
		{"a rule", "{y: {type: text, max: 5}}", "set: {y: =setting.x}", `the value that action make sets for y: setting "x" may be above the "max" of y`},
		{"required", "{y: {type: text, required: true}}", "set: {y: =setting.x}", `setting "x" may be empty, and y is required`},
		{"required, with a default", "{y: {type: text, required: true, default: A}}", "set: {y: =setting.x}", ""},
		{"required of the caller", "{y: {type: text, required: true}}", "params: {y: {}}, set: {y: =setting.x}", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			files := folder(t, "collections/topic.yaml", "", "fields: "+c.fields+"\nactions: {make: {scope: collection, "+c.action+"}}\n")
			files["module.yaml"].Data = append(files["module.yaml"].Data, "  x: text\n"...)
			m, err := manifest.Read(files)
			switch {
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %s", err, c.want)
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want == "" && m.Collections[1].Actions[0].Set["y"] != manifest.Expression("setting.x"):
				t.Errorf("set: %v", m.Collections[1].Actions[0].Set)
			}
		})
	}
}

// TestUnknownSettingsAreNotReportedTwice breaks the settings themselves.
func TestUnknownSettingsAreNotReportedTwice(t *testing.T) {
	t.Parallel()
	for was, is := range map[string]string{"settings:": "setings:", "settings:\n": "settings: no\nmenu:\n", "manifest: 1": "manifest: 1: 2"} {
		files := folder(t, "module.yaml", was, is)
		files["collections/topic.yaml"].Data = []byte("fields: {title: {type: longtext, default: =setting.greeting}}\n")
		if _, err := manifest.Read(files); err == nil || strings.Contains(err.Error(), "there is no setting") {
			t.Errorf("%s: %v", is, err)
		}
	}
}

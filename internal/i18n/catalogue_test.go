package i18n

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
	"text/template"

	"go.yaml.in/yaml/v3"
)

// usedKey finds the keys that code asks for: .T("list.empty.title"
var usedKey = regexp.MustCompile(`\.T(?:Or)?\("([a-z0-9_.]+)"`)

// dynamicKeys are the prefixes of keys that are put together from data.
var dynamicKeys = []string{"activity.action.", "jobs.", "problem.", "error.", "role.", "flash.", "moduletype.", "fields.kind.", "version.", "mail.", "outbox.state.", "permission.", "reason.", "invitations.state.", "audit.kind.", "org.failed.", "keys.state.", "limit.", "plan.", "flag.", "notify.", "notices.kind.", "start.", "level.", "condition."}

func TestEveryKeyInUseHasWordsAndEveryWordIsUsed(t *testing.T) {
	c := catalogue(t)
	known := map[string]bool{}
	for _, key := range c.Keys() {
		known[key] = true
	}
	used := map[string]string{}
	for _, root := range []string{"../../internal", "../../sdk", "../../cmd", "../../modules"} {
		for key, file := range keysBelow(t, root) {
			used[key] = file
		}
	}
	if len(used) < 50 {
		t.Fatalf("only %d keys were found in the code: the search is broken", len(used))
	}
	for key, file := range used {
		if !known[key] && !strings.HasSuffix(key, ".") {
			t.Errorf("%s asks for %q, which locales/en.yaml does not have", file, key)
		}
	}
	for key := range known {
		if used[key] == "" && !dynamic(key) && !titleKey(key) {
			t.Errorf("nothing asks for %q", key)
		}
	}
}

// titleKey says that the key is a page title, which the gateway puts into the
// frame; it may name them in a table.
func titleKey(key string) bool { return strings.Contains(key, ".title") }

func dynamic(key string) bool {
	for _, prefix := range dynamicKeys {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// keysBelow returns each key in use with a file that uses it.
func keysBelow(t *testing.T, root string) map[string]string {
	t.Helper()
	keys := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			if os.IsNotExist(err) {
				return nil
			}
			return err
		}
		name := d.Name()
		if d.IsDir() || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_templ.go") {
			return nil
		}
		if ext := filepath.Ext(name); ext != ".go" && ext != ".templ" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, match := range usedKey.FindAllSubmatch(text, -1) {
			keys[string(match[1])] = path
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestOtherLanguagesHaveNoKeysOfTheirOwn(t *testing.T) {
	english := messages(t, "locales/en.yaml")
	files, err := filepath.Glob("locales/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for key, text := range messages(t, file) {
			if _, ok := english[key]; !ok {
				t.Errorf("%s: %q is not in English", file, key)
			}
			if want, got := placeholders(english[key]), placeholders(text); want != got {
				t.Errorf("%s: %q has the placeholders %q, English has %q", file, key, got, want)
			}
		}
	}
}

// messages reads a file into key → all its forms.
func messages(t *testing.T, file string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	decoded := map[string]any{}
	if err := yaml.Unmarshal(raw, &decoded); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	all := map[string]string{}
	for key, value := range decoded {
		switch v := value.(type) {
		case string:
			all[key] = v
		case map[string]any:
			for _, form := range v {
				all[key] += form.(string) + "\n"
			}
		default:
			t.Errorf("%s: %q is neither text nor plural forms", file, key)
		}
		if _, err := template.New(key).Parse(all[key]); err != nil {
			t.Errorf("%s: %q: %v", file, key, err)
		}
		if bytes.ContainsAny([]byte(all[key]), "!") {
			t.Errorf("%s: %q has an exclamation mark", file, key)
		}
	}
	return all
}

var placeholder = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)

// placeholders returns the sorted set of names in a text; count is left out,
// since a plural form may spell the number.
func placeholders(text string) string {
	set := map[string]bool{}
	for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
		set[match[1]] = match[1] != "count"
	}
	names := []string{}
	for name, counts := range set {
		if counts {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return strings.Join(names, " ")
}

func catalogue(t *testing.T) *Catalogue {
	t.Helper()
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

package manifest_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// definitions compiles the schema's part for each kind of file.
func definitions(t testing.TB) map[string]*jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(manifest.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("manifest.json", document); err != nil {
		t.Fatal(err)
	}
	parts := map[string]*jsonschema.Schema{}
	for _, name := range []string{"module", "collection", "block", "locale", "seed"} {
		parts[name], err = compiler.Compile("manifest.json#/$defs/" + name)
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := compiler.Compile("manifest.json"); err != nil {
		t.Fatal(err)
	}
	return parts
}

// definitionOf names the definition for a file of a module, "" for none.
func definitionOf(file string) string {
	switch {
	case file == "module.yaml":
		return "module"
	case strings.HasPrefix(file, "collections/") && strings.HasSuffix(file, ".yaml"):
		return "collection"
	case strings.HasPrefix(file, "blocks/") && strings.HasSuffix(file, ".yaml"):
		return "block"
	case strings.HasPrefix(file, "locales/"):
		return "locale"
	case strings.HasPrefix(file, "seed/") || strings.HasPrefix(file, "demo/"):
		return "seed"
	}
	return ""
}

// asJSON turns YAML into the values that a schema speaks of, as editors do.
func asJSON(t *testing.T, n *yaml.Node) any {
	t.Helper()
	switch n.Kind {
	case yaml.DocumentNode:
		return asJSON(t, n.Content[0])
	case yaml.AliasNode:
		return asJSON(t, n.Alias)
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			list = append(list, asJSON(t, item))
		}
		return list
	case yaml.MappingNode:
		object := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			object[n.Content[i].Value] = asJSON(t, n.Content[i+1])
		}
		return object
	}
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return n.Value == "true"
	case "!!int", "!!float":
		number, err := strconv.ParseFloat(n.Value, 64)
		if err != nil {
			return n.Value
		}
		return number
	}
	return n.Value
}

func validate(t *testing.T, parts map[string]*jsonschema.Schema, file string, content []byte) error {
	t.Helper()
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return parts[definitionOf(file)].Validate(asJSON(t, &document))
}

func TestSchemaAcceptsTheExamples(t *testing.T) {
	t.Parallel()
	parts := definitions(t)
	for _, folder := range append(exampleFolders(t), workedFolders(t)...) {
		files, err := filepath.Glob(filepath.Join(folder, "*", "*.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		deeper, err := filepath.Glob(filepath.Join(folder, "*", "*", "*.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, deeper...)
		for _, file := range append(files, filepath.Join(folder, "module.yaml")) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name, _ := filepath.Rel(folder, file)
			if err := validate(t, parts, filepath.ToSlash(name), content); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

// TestSchemaAgreesWithReader takes the table of mistakes: what stands in one
// place is refused by both, what needs two places by the reader alone.
func TestSchemaAgreesWithReader(t *testing.T) {
	t.Parallel()
	parts := definitions(t)
	for name, content := range sound {
		if definitionOf(name) != "" {
			if err := validate(t, parts, name, []byte(content)); err != nil {
				t.Errorf("the schema refuses the sound %s: %v", name, err)
			}
		}
	}
	for _, c := range mistakes {
		if !c.schemaAgrees {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			content := folder(t, c.file, c.was, c.is)[c.file].Data
			if validate(t, parts, c.file, content) == nil {
				t.Errorf("the reader refuses it and the schema accepts\n%s", content)
			}
		})
	}
}

// goodPieces are ways to write a field that both accept.
var goodPieces = []string{
	"text", "{type: text}", "{type: text, default: Hello, min: 1, max: 20, pattern: '[A-Z].*', message: Begin with a capital.}",
	"{type: longtext, search: true, personal: true}", "{type: integer, default: -3, min: -5}", "{type: integer, unique: true}",
	"{type: money, default: 1999, currency: EUR}", "{type: money, default: {amount: 1999, currency: EUR}, index: true}",
	"{type: date, default: =today()}", "{type: longtext, default: =setting.greeting}", "{type: text, max: 10000, default: =setting.greeting}", "{type: date, default: 2026-01-31, min: 2026-01-01, max: 2026-12-31}",
	"{type: reference, to: topic, inverse: others, on_delete: restrict, required: true}",
	"{type: text, label: Name, help: A help., placeholder: x, section: One, readonly: true, immutable: true, index: true}",
}

func TestSchemaAndReaderAcceptEveryWayToWriteAField(t *testing.T) {
	t.Parallel()
	parts := definitions(t)
	for _, piece := range goodPieces {
		t.Run(piece, func(t *testing.T) {
			t.Parallel()
			files := folder(t, "collections/other.yaml", "", "fields:\n  value: "+piece+"\n")
			if _, err := manifest.Read(files); err != nil {
				t.Errorf("the reader: %v", err)
			}
			if err := validate(t, parts, "collections/other.yaml", files["collections/other.yaml"].Data); err != nil {
				t.Errorf("the schema: %v", err)
			}
		})
	}
}

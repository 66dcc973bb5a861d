package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pack"
)

// tool is the built command. The tests run it as authors do: as a process.
var tool string

func TestMain(m *testing.M) {
	os.Exit(buildAndTest(m))
}

func buildAndTest(m *testing.M) int {
	folder, err := os.MkdirTemp("", "dramac-cli-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	tool = filepath.Join(folder, "dramac-cli")
	if out, err := exec.Command("go", "build", "-o", tool, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the command: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// answer is what one run of the command gave.
type answer struct {
	code         int
	out, remarks string
}

// dramac runs the command in the folder.
func dramac(t *testing.T, folder string, args ...string) answer {
	t.Helper()
	var out, remarks bytes.Buffer
	command := exec.Command(tool, args...)
	command.Dir, command.Stdout, command.Stderr = folder, &out, &remarks
	if err := command.Run(); err != nil && command.ProcessState == nil {
		t.Fatal(err)
	}
	return answer{command.ProcessState.ExitCode(), out.String(), remarks.String()}
}

// guestbook writes a small module and returns its folder.
func guestbook(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	write(t, folder, "module.yaml", `manifest: 1
id: guestbook
name: Guestbook
version: 1.0.0
type: app
category: content
description: Visitors leave a message.
roles:
  visitor: {grants: [entry.sign, "entry.read:shown"]}
`)
	write(t, folder, "collections/entry.yaml", `fields:
  name:    {type: text, required: true, max: 80}
  message: {type: longtext, required: true, max: 1000}
actions:
  sign: {scope: collection, params: {name: {}, message: {}}, limit: 5/hour}
access:
  shown: {when: message != null, fields: [name, message]}
`)
	write(t, folder, "blocks/guestbook.yaml", "queries: {entries: {from: entry, sort: [-created_at], limit: 20}}\n")
	write(t, folder, "blocks/guestbook.html", "{{ range .entries }}<p>{{ .name }}: {{ .message }}</p>{{ end }}\n{{ form \"entry.sign\" }}\n")
	return folder
}

func write(t *testing.T, folder, name, content string) {
	t.Helper()
	file := filepath.Join(folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestValidModules(t *testing.T) {
	t.Parallel()
	folder := guestbook(t)
	got := dramac(t, folder, "validate")
	if want := "guestbook 1.0.0 is valid: 1 collection, 2 fields, 1 action, 1 block\n"; got != (answer{0, want, ""}) {
		t.Fatalf("got %+v", got)
	}
	examples, err := filepath.Glob("../../examples/*/module.yaml")
	if err != nil || len(examples) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, example := range examples {
		if got := dramac(t, ".", "validate", filepath.Dir(example)); got.code != 0 {
			t.Errorf("%s: %+v", example, got)
		}
	}
}

func TestMistakesArePrinted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(t *testing.T, folder string)
		want   []string
	}{
		{"no module", func(t *testing.T, folder string) {
			if err := os.Remove(filepath.Join(folder, "module.yaml")); err != nil {
				t.Fatal(err)
			}
		}, []string{"module.yaml:1:1: "}},
		{"several mistakes at once", func(t *testing.T, folder string) {
			write(t, folder, "collections/entry.yaml", "fields:\n  name: {type: text, requird: true}\n  message: {type: monye}\n")
		}, []string{
			`collections/entry.yaml:2:22: a text field has no "requird". Did you mean "required"?`,
			`collections/entry.yaml:3:19: "monye" is not a kind of field. Did you mean "money"?`,
		}},
		{"a template's function", func(t *testing.T, folder string) {
			write(t, folder, "blocks/guestbook.html", "<p>\n  {{ printf \"%9d\" 1 }}\n")
		}, []string{`blocks/guestbook.html:2:6: there is no function "printf" in block templates`}},
		{"a template's field", func(t *testing.T, folder string) {
			write(t, folder, "blocks/guestbook.html", "{{ range .entries }}{{ .nam }}{{ end }}")
		}, []string{`blocks/guestbook.html:1:24: entry has no field "nam". Did you mean "name"?`}},
		{"a template's form", func(t *testing.T, folder string) {
			write(t, folder, "blocks/guestbook.html", `{{ form "entry.sing" }}`)
		}, []string{`blocks/guestbook.html:1:9: there is no action "entry.sing". Did you mean "entry.sign"?`}},
		{"an unknown file", func(t *testing.T, folder string) { write(t, folder, "server/main.js", "") }, []string{"server/main.js:1:1: "}},
		{"names that differ by case", func(t *testing.T, folder string) { write(t, folder, "Module.yaml", "") }, []string{"Module.yaml:1:1: "}},
		{"a link to a file", func(t *testing.T, folder string) {
			link(t, "/etc/hostname", filepath.Join(folder, "blocks/guestbook.html"))
		}, []string{"blocks/guestbook.html:1:1: this is a link, and a package has none. Put the file itself here."}},
		{"a link to a folder", func(t *testing.T, folder string) {
			link(t, "/etc", filepath.Join(folder, "locales"))
		}, []string{"locales:1:1: this is a link"}},
		{"more than a package holds", func(t *testing.T, folder string) {
			write(t, folder, "README.md", strings.Repeat("a", 300<<10))
		}, []string{`module.yaml:1:1: "README.md" is larger than 256 KB.`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			folder := guestbook(t)
			test.change(t, folder)
			for _, command := range []string{"validate", "build"} {
				got := dramac(t, folder, command)
				if got.code != exitInvalid || !strings.Contains(got.remarks, "mistake") {
					t.Fatalf("%s: %+v", command, got)
				}
				for _, want := range test.want {
					if !strings.Contains("\n"+got.out, "\n"+want) {
						t.Fatalf("%s: got  %s\nwant %s", command, got.out, want)
					}
				}
			}
			if left, _ := filepath.Glob(filepath.Join(folder, "*.dramac")); len(left) > 0 {
				t.Fatal("a module with mistakes was packed")
			}
		})
	}
}

func link(t *testing.T, target, name string) {
	t.Helper()
	_ = os.Remove(name)
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

func TestMistakesAsJSON(t *testing.T) {
	t.Parallel()
	folder := guestbook(t)
	write(t, folder, "blocks/guestbook.html", "{{ print 1 }}")
	got := dramac(t, folder, "validate", "--json")
	var v verdict
	if err := json.Unmarshal([]byte(got.out), &v); err != nil || got.code != exitInvalid {
		t.Fatalf("%v in %+v", err, got)
	}
	if v.OK || len(v.Problems) != 1 || v.Problems[0].File != "blocks/guestbook.html" || v.Problems[0].Column != 4 || v.Problems[0].Hint == "" {
		t.Fatalf("got %+v", v)
	}
	got = dramac(t, guestbook(t), "validate", "--json")
	if err := json.Unmarshal([]byte(got.out), &v); err != nil || got.code != exitOK || !v.OK || v.Module != "guestbook" || v.Collections != 1 {
		t.Fatalf("%v: %+v", err, got)
	}
}

func TestLeftoversAreNotPacked(t *testing.T) {
	t.Parallel()
	folder := guestbook(t)
	clean := filepath.Join(t.TempDir(), "clean.dramac")
	if got := dramac(t, folder, "build", "--out", clean); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	for _, name := range []string{
		".git/config", ".env", ".DS_Store", "module.yaml~", "module.yaml.orig", "#module.yaml#", "blocks/.guestbook.html.swp",
		"collections/entry.yaml.bak", "Thumbs.db", "old-1.0.0.dramac",
	} {
		write(t, folder, name, "leftover")
	}
	link(t, "/etc", filepath.Join(folder, ".link"))
	again := filepath.Join(t.TempDir(), "again.dramac")
	if got := dramac(t, folder, "build", "--out", again); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	if !bytes.Equal(read(t, clean), read(t, again)) {
		t.Fatal("leftovers changed the package")
	}
}

func TestBuildGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	folder, there := guestbook(t), t.TempDir()
	first, second := filepath.Join(there, "first.dramac"), filepath.Join(there, "guestbook-1.0.0.dramac")
	got := dramac(t, folder, "build", ".", "--out", first)
	if got.code != 0 || !strings.Contains(got.out, "module   guestbook\nversion  1.0.0\nhash     ") {
		t.Fatalf("%+v", got)
	}
	if got := dramac(t, there, "build", folder); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	data := read(t, first)
	if !bytes.Equal(data, read(t, second)) {
		t.Fatal("two builds differ")
	}
	opened, err := pack.Open(data, pack.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got.out, opened.Hash()) || !strings.Contains(got.out, fmt.Sprintf("%d bytes, 4 files", len(data))) {
		t.Fatalf("the output is not about the package: %s", got.out)
	}
	if _, err := manifest.Read(opened.FS()); err != nil {
		t.Fatal(err)
	}
}

func TestBuildReplacesAtOnce(t *testing.T) {
	t.Parallel()
	folder, there := guestbook(t), t.TempDir()
	out := filepath.Join(there, "module.dramac")
	write(t, there, "module.dramac", "an older package")
	got := dramac(t, folder, "build", "--json", "-o", out)
	var b built
	if err := json.Unmarshal([]byte(got.out), &b); err != nil || got.code != 0 {
		t.Fatalf("%v: %+v", err, got)
	}
	if b.Size != int64(len(read(t, out))) || b.File != out || len(b.Hash) != 64 {
		t.Fatalf("got %+v", b)
	}
	if list, err := os.ReadDir(there); err != nil || len(list) != 1 {
		t.Fatalf("left behind: %v, %v", list, err)
	}
	for _, bad := range []string{there, filepath.Join(there, "absent", "module.dramac")} {
		if got := dramac(t, folder, "build", "--out", bad); got.code != exitFailed || got.remarks == "" {
			t.Fatalf("%s: %+v", bad, got)
		}
	}
	if list, err := os.ReadDir(there); err != nil || len(list) != 1 {
		t.Fatalf("left behind: %v, %v", list, err)
	}
}

func TestSchemaIsJSON(t *testing.T) {
	t.Parallel()
	got := dramac(t, ".", "schema")
	var schema map[string]any
	if err := json.Unmarshal([]byte(got.out), &schema); err != nil || got.code != 0 || schema["$schema"] == nil {
		t.Fatalf("%v, code %d, %s", err, got.code, got.remarks)
	}
}

func TestUse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args string
		code int
		want string
	}{
		{"", exitOK, "validate "},
		{"--help", exitOK, "Usage: dramac-cli <command>"},
		{"validate --help", exitOK, "Links are refused."},
		{"build --help", exitOK, "--out=FILE"},
		{"version", exitOK, "manifest format 1"},
		{"validat", exitFailed, `did you mean "validate"?`},
		{"validate --jsn", exitFailed, "unknown flag"},
		{"validate absent", exitFailed, "absent"},
		{"validate main.go", exitFailed, "main.go"},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			t.Parallel()
			got := dramac(t, ".", strings.Fields(test.args)...)
			if got.code != test.code || !strings.Contains(got.out+got.remarks, test.want) {
				t.Fatalf("%+v", got)
			}
		})
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	got := dramac(t, ".", "names", filepath.Join("..", "..", "examples", "guestbook"))
	if got.code != exitOK {
		t.Fatalf("%+v", got)
	}
	for _, name := range []string{"Permissions\n", "  guestbook.entry.sign\n", "  guestbook.entry.created\n", "  POST /api/modules/guestbook/entry/sign\n", "  guestbook_entry_list\n"} {
		if !strings.Contains(got.out, name) {
			t.Errorf("%q is missing in\n%s", name, got.out)
		}
	}
}

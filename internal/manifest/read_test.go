package manifest_test

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// module makes a file system of a module.yaml and other files, given in pairs
// of path and content.
func module(head string, pairs ...string) fstest.MapFS {
	files := fstest.MapFS{"module.yaml": {Data: []byte(
		"manifest: 1\nid: sample\nname: Sample\nversion: 1.0.0\ncategory: other\ndescription: A sample.\n" + head)}}
	for i := 0; i < len(pairs); i += 2 {
		files[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return files
}

func read(t *testing.T, files fstest.MapFS) *manifest.Manifest {
	t.Helper()
	m, err := manifest.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s is %#v, want %#v", what, got, want)
	}
}

func TestReadDerivesWhatIsNotDeclared(t *testing.T) {
	t.Parallel()
	m := read(t, module("",
		"collections/rental_category.yaml", "fields: {rank: integer, a: text, b: money, c: date, d: text, e: text, f: text}\n",
		"collections/box.yaml", "screens: simple\nfields: {owner: {type: reference, to: rental_category, required: true}}\n"))
	c := m.Collections[1]
	equal(t, "type", m.Type, manifest.App)
	equal(t, "label", c.Label, "Rental category")
	equal(t, "plural", c.Plural, "Rental categories")
	equal(t, "title", c.Title, "a")
	equal(t, "screens", c.Screens, "full")
	equal(t, "columns", c.List.Columns, []string{"rank", "a", "b", "c", "d", "e"})
	equal(t, "form", c.Form.Sections, []manifest.Section{{Fields: []string{"rank", "a", "b", "c", "d", "e", "f"}}})
	equal(t, "menu", m.Menu, []string{"rental_category"})
	box := m.Collections[0]
	equal(t, "plural", box.Plural, "Boxes")
	equal(t, "title", box.Title, "")
	equal(t, "on_delete", box.Fields[0].OnDelete, "restrict")
	equal(t, "inverse", box.Fields[0].Inverse, "box")
}

func TestReadFields(t *testing.T) {
	t.Parallel()
	m := read(t, module("settings: {terms: {type: longtext, section: Rentals, default: Pay}}\n",
		"collections/item.yaml", `fields:
  code: {type: text, unique: true, label: Code, immutable: true}
  price: {type: money, default: {amount: 1999, currency: EUR}, max: 5000}
  fee: {type: money, default: 5, currency: USD}
  made_on: {type: date, default: =today(), min: 2020-01-01}
  count: {type: integer, default: 3}
unique: [[code, count], {fields: [made_on], message: One a day.}]
index: [[made_on, count]]
`))
	fields := m.Collections[0].Fields
	five := int64(500)
	equal(t, "maximum of a unique text", fields[0].Max, &five)
	equal(t, "default of price", fields[1].Default, manifest.Money{Amount: 1999, Currency: "EUR"})
	equal(t, "default of fee", fields[2].Default, manifest.Money{Amount: 5, Currency: "USD"})
	equal(t, "default of made_on", fields[3].Default, manifest.Expression("today()"))
	equal(t, "first day", fields[3].MinDate, "2020-01-01")
	equal(t, "default of count", fields[4].Default, int64(3))
	equal(t, "unique", m.Collections[0].Unique, []manifest.Unique{
		{Fields: []string{"code", "count"}},
		{Fields: []string{"made_on"}, Message: "One a day."},
	})
	equal(t, "index", m.Collections[0].Index, [][]string{{"made_on", "count"}})
	equal(t, "setting", m.Settings, []manifest.Field{
		{Name: "terms", Kind: "longtext", Label: "Terms", Section: "Rentals", Default: "Pay"},
	})
}

func TestReadActionReachAndBlock(t *testing.T) {
	t.Parallel()
	m := read(t, folder(t, "collections/entry.yaml", "params: {name: {}", "confirm: 'Sure?', set: {rank: 2}, emits: signed, params: {name: {label: You}"))
	c := m.Collections[0]
	a := c.Actions[0]
	equal(t, "limit", a.Limit, manifest.Limit{Count: 5, Period: "hour"})
	equal(t, "set", a.Set, map[string]any{"rank": int64(2)})
	equal(t, "confirm", a.Confirm, "Sure?")
	equal(t, "emits", a.Emits, "signed")
	equal(t, "parameter's label", a.Params[0].Label, "You")
	equal(t, "parameter is required", a.Params[0].Required, true)
	equal(t, "reach", c.Access, []manifest.Reach{{Name: "shown", When: "rank > 3", Fields: []string{"name", "message"}}})
	equal(t, "sort", c.List.Sort, []manifest.Sort{{Field: "created_at", Descending: true}})
	b := m.Blocks[0]
	equal(t, "queries", b.Queries, []manifest.Query{
		{Name: "entries", Collection: "entry", Sort: []manifest.Sort{{Field: "name"}}, LimitFrom: "limit"},
	})
	equal(t, "template", b.Template, sound["blocks/wall.html"])
}

// whole returns the files of the sound module as they are.
func whole(t *testing.T) fstest.MapFS {
	t.Helper()
	return folder(t, "blocks/wall.html", "", sound["blocks/wall.html"])
}

func TestRoles(t *testing.T) {
	t.Parallel()
	names := func(m *manifest.Manifest) (all []string) {
		for _, r := range m.Roles {
			all = append(all, r.Name)
		}
		return all
	}
	item := []string{"collections/item.yaml", "fields: {name: text}\n"}
	equal(t, "roles of none declared", names(read(t, module("", item...))), []string{"manager", "editor", "reader"})
	equal(t, "roles beside visitor", names(read(t, whole(t))), []string{"manager", "editor", "reader", "visitor"})
	own := read(t, module("roles: {clerk: {grants: [item.*, settings], for: [client_staff]}}\n", item...))
	equal(t, "own roles", own.Roles, []manifest.Role{{
		Name: "clerk", Label: "Clerk", For: []string{"client_staff"},
		Grants: []manifest.Grant{{Collection: "item", Verb: "*"}, {Verb: "settings"}},
	}})
	equal(t, "roles of a widget", len(read(t, module("type: widget\n")).Roles), 0)

	m := read(t, whole(t))
	equal(t, "manager", m.Roles[0].Grants, []manifest.Grant{{Collection: "*", Verb: "*"}})
	for _, g := range m.Roles[1].Grants {
		if g.Verb == "delete" || g.Verb == "*" || g.Verb == "settings" {
			t.Errorf("the editor is granted %+v", g)
		}
	}
	equal(t, "editor's last grant", m.Roles[1].Grants[5], manifest.Grant{Collection: "entry", Verb: "sign"})
}

func TestAllMistakesAreReportedAtOnceInOrder(t *testing.T) {
	t.Parallel()
	_, err := manifest.Read(module("roles: {clerk: {grants: [item.raed]}}\n",
		"collections/item.yaml", "title: nam\nfields:\n  name: texts\n  price: {type: money, mim: 1}\n",
		"blocks/list.yaml", "labels: x\n"))
	want := strings.Join([]string{
		`blocks/list.yaml:1:1: a block has no "labels". Did you mean "label"?`,
		`blocks/list.yaml:1:1: a block is two files, and blocks/list.html is missing`,
		`collections/item.yaml:1:8: item has no field "nam". Did you mean "name"?`,
		`collections/item.yaml:3:9: "texts" is not a kind of field. Did you mean "text"?`,
		`collections/item.yaml:4:24: a money field has no "mim". Did you mean "min"?`,
		`module.yaml:7:26: role "clerk" is granted "item.raed", which does not exist. Did you mean "item.read"?`,
	}, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestFilesAroundAModule(t *testing.T) {
	t.Parallel()
	read(t, module("", "README.md", "", "LICENSE", "", "CHANGELOG.md", "", "icon.svg", "", ".git/config", "", ".editorconfig", ""))
	_, err := manifest.Read(fstest.MapFS{})
	if want := "module.yaml:1:1: the file is missing. Every module has a module.yaml."; err == nil || err.Error() != want {
		t.Errorf("an empty folder gives %v", err)
	}
	_, err = manifest.Read(module("# " + strings.Repeat("x", manifest.MaxFile)))
	if want := "module.yaml:1:1: the file has more than 262144 bytes"; err == nil || err.Error() != want {
		t.Errorf("a large file gives %v", err)
	}
	for path, known := range map[string]bool{
		"module.yaml": true, "collections/item.yaml": true, "blocks/list.html": true, "README.md": true,
		"Module.yaml": false, "collections/item.yml": false, "collections/a/item.yaml": false, "blocks/../module.yaml": false,
		"collections/item.html": false, "server/main.go": false, "collections/Item.yaml": false, "": false,
	} {
		equal(t, "Known of "+path, manifest.Known(path), known)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	fields := "fields:\n"
	for i := range 101 {
		fields += "  f" + strings.Repeat("x", i%40) + string(rune('a'+i/40)) + ": {type: integer, index: true}\n"
	}
	m := read(t, module("", "collections/wide.yaml", fields))
	err := m.Check(manifest.Strangers())
	want := "collections/wide.yaml:1:1: there are 101 fields, at most 100 are allowed\n" +
		"collections/wide.yaml:1:1: there are 101 indexes, at most 8 are allowed"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	files := module("")
	for i := range 61 {
		files["collections/c"+strings.Repeat("x", i%30)+string(rune('a'+i/30))+".yaml"] = &fstest.MapFile{Data: []byte("fields: {a: text}\n")}
	}
	_, err = manifest.Read(files)
	if want := "module.yaml:1:1: there are 61 collections, at most 60 are allowed"; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

package manifest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// versionOne is what the cases of differences start from.
const versionOne = `fields:
  name: {type: text, max: 80}
  price: money
  count: {type: integer, min: 0}
  size: {type: decimal, scale: 2}
  kind: {type: choice, options: [a, b]}
  status: {type: state, options: [open, won, lost]}
  number: {type: sequence, format: "N-{####}"}
  lines: {type: lines, fields: {net: money, text: text}}
unique: [name]
checks: [{rule: count >= 0}]
lock: {when: status == "won", except: [kind]}
actions: {win: {from: open, to: won}, lose: {from: open, to: lost}}
events: {logged: {data: {text: text}}}
`

// differences change one place of versionOne; want lists treatment and reason,
// with the hint of what is refused.
var differences = []struct {
	name, was, is, head string
	want                []string
}{
	{"nothing", "name:", "name:", "", nil},
	{"a new field", "fields:\n", "fields:\n  more: text\n", "", []string{`automatic: Field "more" of "item" is new.`}},
	{"a new required field", "fields:\n", "fields:\n  more: {type: text, required: true}\n", "", []string{
		`refused: Field "more" of "item" is new and required, and records have no value for it. Give it a "default" or "fill".`,
	}},
	{"a new field that is converted", "fields:\n", "fields:\n  more: {type: integer, convert: len(old.name)}\n", "", []string{
		`refused: Field "more" of "item" is new, and there is nothing to convert. Name the field that it is made of in "was", or begin with a value by "fill".`,
	}},
	{"a name that both had", "{type: integer, min: 0}", "{type: integer, min: 0, was: [name]}", "", []string{
		`refused: Field "count" of "item" was "name" before, and 1.0.0 has both. Give the field that takes the values over a name that is new.`,
	}},
	{"a new required field with fill", "fields:\n", "fields:\n  more: {type: text, required: true, fill: =name}\n", "", []string{
		`filled: Field "more" of "item" is new, and records get a value.`,
	}},
	{"a new computed field", "fields:\n", "fields:\n  twice: {type: integer, computed: count * 2}\n", "", []string{
		`filled: Field "twice" of "item" is new, and records get its value.`,
	}},
	{"required added", "{type: integer, min: 0}", "{type: integer, min: 0, required: true, default: 1}", "", []string{
		`filled: Field "count" of "item" is required now.`,
	}},
	{"required added without a value", "{type: integer, min: 0}", "{type: integer, min: 0, required: true}", "", []string{
		`refused: Field "count" of "item" is required now. Give it a "default" or "fill".`,
	}},
	{"a field renamed", "  price: money", "  cost: {type: money, was: [price]}", "", []string{`renamed: Field "price" of "item" is called "cost" now.`}},
	{"a field gone", "  price: money\n", "", "", []string{`refused: Field "price" of 1.0.0 is gone. To drop its data add "item.price" to "removed".`}},
	{"a field renamed without saying so", "  price: money", "  cost: money", "", []string{
		`automatic: Field "cost" of "item" is new.`,
		`refused: Field "price" of 1.0.0 is gone. If "cost" is its new name, add "was: [price]" to it; to drop its data add "item.price" to "removed".`,
	}},
	{"a field removed", "  price: money\n", "", "removed: [item.price]\n", []string{`removed: Field "price" of "item" is removed.`}},
	{"text widened", "{type: text, max: 80}", "{type: text, max: 500}", "", []string{`automatic: Field "name" of "item" takes more than before.`}},
	{"integer widened", "{type: integer, min: 0}", "{type: decimal}", "", []string{
		`converted: Field "count" of "item" changes from integer to decimal with 4 digits, which holds all its values.`,
		`automatic: Field "count" of "item" takes more than before.`,
	}},
	{"scale narrowed", "scale: 2", "scale: 1", "", []string{
		`refused: Field "size" of "item" changes from decimal with 2 digits to decimal with 1 digits. Say in "convert" how its values come to be.`,
	}},
	{"kind changed", "  price: money", "  price: text", "", []string{
		`refused: Field "price" of "item" changes from money to text. Say in "convert" how its values come to be.`,
	}},
	{"kind converted", "  price: money", "  price: {type: integer, convert: old.price.amount}", "", []string{`converted: Field "price" of "item" is converted.`}},
	{"lines to another kind", "{type: lines, fields: {net: money, text: text}}", "text", "", []string{
		`refused: Field "lines" of "item" changes from lines to text. Give the new field another name.`,
	}},
	{"a field of lines gone", "net: money, ", "", "", []string{
		`refused: Field "lines.net" of 1.0.0 is gone. To drop its data add "item.lines.net" to "removed".`,
	}},
	{"numbers drawn otherwise", "N-{####}", "M-{####}", "", []string{
		`refused: The numbers of "number" of "item" are drawn by other rules. Numbers that were drawn keep their rules: add a new sequence.`,
	}},
	{"option taken over", "[a, b]", "[a, {value: c, was: [b]}]", "", []string{`renamed: Records of "item" with "b" in "kind" get "c".`}},
	{"option gone", "[a, b]", "[a, c]", "", []string{`tested: Option "b" of "kind" is gone from "item".`, `automatic: Option "c" of "kind" is new in "item".`}},
	{"bound tightened", "max: 80", "max: 40", "", []string{`tested: Field "name" of "item" has a lower maximum.`}},
	{"unique added", "unique: [name]", "unique: [name, count]", "", []string{`tested: Records of "item" have to be unique in count.`}},
	{"unique loosened", "unique: [name]", "unique: []", "", []string{`automatic: Records of "item" need not be unique any more in name.`}},
	{"check added", "[{rule: count >= 0}]", "[{rule: count >= 0}, {rule: count < 9}]", "", []string{`tested: Records of "item" have to keep the check count < 9.`}},
	{"lock loosened on amounts", "except: [kind]", "except: [kind, price]", "", []string{
		`refused: The lock of "item" holds less than before. Records with amounts keep the protection under which they were made.`,
	}},
	{"action renamed", "win: {from: open, to: won}", "conclude: {from: open, to: won, was: [win]}", "", []string{`renamed: Action "win" is called "conclude" now.`}},
	{"action gone", "lose: {from: open, to: lost}", "fail: {from: open, to: lost}", "", []string{
		`automatic: Action "fail" is new.`, `removed: Action "lose" is gone, with its permission and address.`,
	}},
	{"event tells less", "{data: {text: text}}", "{data: {other: text}}", "", []string{
		`refused: Event "sample.item.logged" tells less than before under the same version. Describe it under "events" with "version: 2".`,
	}},
	{"event with a new version", "{data: {text: text}}", "{data: {other: text}, version: 2}", "", []string{`versioned: Event "sample.item.logged" has version 2.`}},
}

func TestDifference(t *testing.T) {
	t.Parallel()
	old := read(t, module("", "collections/item.yaml", versionOne))
	for _, c := range differences {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(versionOne, c.was) {
				t.Fatalf("versionOne does not contain %q", c.was)
			}
			next := read(t, module(c.head, "collections/item.yaml", strings.Replace(versionOne, c.was, c.is, 1)))
			var got []string
			for _, change := range manifest.Difference(old, next) {
				got = append(got, fmt.Sprintf("%s: %s", change.Treatment, change))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// returns are what becomes of differences when a site goes back.
var returns = []struct {
	was, is, head string
	want          []string
}{
	{"fields:\n", "fields:\n  more: text\n", "", []string{`hidden: Field "more" of "item" is not shown.`}},
	{"  price: money", "  cost: {type: money, was: [price]}", "", []string{`called: Field "cost" of "item" is called "price" again.`}},
	{"  price: money\n", "", "removed: [item.price]\n", []string{`shown: Field "price" of "item" is there again, with what it held.`}},
	{"{type: integer, min: 0}", "decimal", "", []string{
		`turned: Field "count" of "item" changes back to integer; what it cannot hold is rounded.`, `tested: Field "count" of "item" has a higher minimum.`,
	}},
	{"  price: money", "  price: {type: integer, convert: old.price.amount}", "", []string{
		`unturned: Field "price" of "item" shows what it held before the upgrade, and nothing in newer records.`,
	}},
	{"{type: integer, min: 0}", "{type: integer, computed: 2 + 3}", "", []string{
		`turned: Field "count" of "item" comes to its values as before.`, `tested: Field "count" of "item" has a higher minimum.`,
	}},
	{"{type: integer, min: 0}", "{type: integer, min: 0, required: true, default: 1}", "", []string{`loose: Field "count" of "item" may be empty again.`}},
	{"max: 80", "max: 40", "", []string{`loose: Field "name" of "item" takes what it took before.`}},
	{"max: 80", "max: 90", "", []string{`tested: Field "name" of "item" has a lower maximum.`}},
	{"[a, b]", "[{value: c, was: [a, b]}]", "", []string{
		`turned: Records of "item" with "c" in "kind" get "a".`, `lost: Which records of "item" had "b" in "kind" is not known any more.`,
	}},
	{"[a, b]", "[a, b, c]", "", []string{`tested: Option "c" of "kind" is not there: no record of "item" may have it.`}},
	{"unique: [name]", "unique: [name, count]", "", []string{`loose: Records of "item" need not keep count any more.`}},
	{"win: {from: open, to: won}", "conclude: {from: open, to: won, was: [win]}", "", []string{`called: Action "conclude" is called "win" again.`}},
}

func TestDifferencesTellWhatGoingBackMakesOfThem(t *testing.T) {
	t.Parallel()
	old := read(t, module("", "collections/item.yaml", versionOne))
	for _, c := range returns {
		var got []string
		for _, change := range manifest.Difference(old, read(t, module(c.head, "collections/item.yaml", strings.Replace(versionOne, c.was, c.is, 1)))) {
			got = append(got, fmt.Sprintf("%s: %s", change.Return, change.Undone))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s\ngot\n%s\nwant\n%s", c.is, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

func TestDifferenceOfCollections(t *testing.T) {
	t.Parallel()
	old := read(t, module("", "collections/item.yaml", "fields: {a: text}\n", "collections/box.yaml", "fields: {a: text}\n"))
	cases := []struct {
		head, file, content string
		want                []string
	}{
		{"", "collections/item.yaml", "fields: {a: text}\n", []string{
			`refused: Collection "box" of 1.0.0 is gone. If it has a new name, add "was: [box]" to it; to drop its data add "box" to "removed".`,
		}},
		{"removed: [box]\n", "collections/item.yaml", "fields: {a: text}\n", []string{`removed: Collection "box" is removed.`}},
		{"removed: [box]\n", "collections/thing.yaml", "was: [item]\nfields: {a: text}\n", []string{
			`renamed: Collection "item" is called "thing" now.`, `removed: Collection "box" is removed.`,
		}},
	}
	for _, c := range cases {
		var got []string
		for _, change := range manifest.Difference(old, read(t, module(c.head, c.file, c.content))) {
			if change.Part == "collection" {
				got = append(got, fmt.Sprintf("%s: %s", change.Treatment, change))
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// TestReferencesFollowARenamedCollection points at a collection from itself,
// from one that is read before it, and as a list.
func TestReferencesFollowARenamedCollection(t *testing.T) {
	t.Parallel()
	version := func(name, was string) *manifest.Manifest {
		return read(t, module("", "collections/"+name+".yaml", was+"fields:\n  parent: {type: reference, to: "+name+"}\n",
			"collections/box.yaml", fmt.Sprintf("fields:\n  one: {type: reference, to: %[1]s}\n  more: {type: reference, to: %[1]s, many: true, inverse: boxed}\n", name)))
	}
	diff := manifest.Difference(version("entry", ""), version("part", "was: [entry]\n"))
	if refused := diff.Of(manifest.Refused); len(refused) > 0 || len(diff.Of(manifest.Renamed)) != 1 {
		t.Errorf("refused are %v of %v", refused, diff)
	}
}

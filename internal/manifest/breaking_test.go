package manifest_test

import (
	"slices"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

const itemFile = "collections/item.yaml"

func TestBreaking(t *testing.T) {
	t.Parallel()
	old := read(t, module("", "collections/place.yaml", "fields: {name: text}\n", itemFile, `fields:
  name: {type: text, max: 80}
  price: money
  count: {type: integer, min: 0}
  place: {type: reference, to: place}
`))
	cases := []struct {
		name, item string
		want       []string
	}{
		{"nothing", "name: {type: text, max: 80}, price: money, count: {type: integer, min: 0}, place: {type: reference, to: place}", nil},
		{
			"additions and looser rules",
			"name: {type: longtext, max: 800}, price: {type: money, index: true, label: Rate}, count: integer, place: {type: reference, to: place}, more: text, sure: {type: integer, required: true, default: 1}", nil,
		},
		{
			"required with default",
			"name: {type: text, max: 80, required: true, default: x}, price: money, count: {type: integer, min: 0}, place: {type: reference, to: place}", nil,
		},
		{
			"field gone",
			"name: {type: text, max: 80}, count: {type: integer, min: 0}, place: {type: reference, to: place}",
			[]string{`Field "price" of "item" is gone.`},
		},
		{
			"kind and target",
			"name: {type: text, max: 80}, price: integer, count: {type: integer, min: 0}, place: {type: reference, to: item, inverse: parts}",
			[]string{`Field "price" of "item" changes from money to integer.`, `Field "place" of "item" refers to "item" instead of "place".`},
		},
		{
			"tighter rules",
			"name: {type: text, max: 40, required: true, unique: true, pattern: x}, price: {type: money, currency: EUR}, count: {type: integer, min: 1, max: 9}, place: {type: reference, to: place}, must: {type: text, required: true}",
			[]string{
				`Field "name" of "item" is required now and has no default.`,
				`Field "name" of "item" has to be unique now.`,
				`Field "name" of "item" has a lower maximum.`,
				`Field "name" of "item" has another pattern.`,
				`Field "price" of "item" is always in EUR now.`,
				`Field "count" of "item" has a higher minimum.`,
				`Field "count" of "item" has a lower maximum.`,
				`The new field "must" of "item" is required and has no default.`,
			},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			next := read(t, module("", "collections/place.yaml", "fields: {name: text}\n", itemFile, "fields: {"+c.item+"}\n"))
			if got := manifest.Breaking(old, next); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestBreakingCollectionsAndRules(t *testing.T) {
	t.Parallel()
	one := read(t, module("", itemFile, "fields: {a: integer, b: integer}\nunique: [[a]]\n"))
	rule := read(t, module("", itemFile, "fields: {a: integer, b: integer, c: integer}\nunique: [[a], [b], [a, b], [b, c]]\n"))
	want := []string{`Records of "item" have to be unique in b now.`}
	if got := manifest.Breaking(one, rule); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	want = []string{`Collection "item" is gone.`}
	if got := manifest.Breaking(one, read(t, module(""))); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAUniqueRuleStays(t *testing.T) {
	t.Parallel()
	old := read(t, module("", itemFile, "fields: {a: {type: integer, unique: true}, b: integer, c: integer}\nunique: [[b, c]]\n"))
	shares := " any more, but all versions share the table, which goes on refusing them."
	cases := []struct {
		name, item string
		want       []string
	}{
		{"of a field", "fields: {a: integer, b: integer, c: integer}\nunique: [[b, c]]\n", []string{`Records of "item" need not be unique in a` + shares}},
		{"of the collection", "fields: {a: {type: integer, unique: true}, b: integer, c: integer}\n", []string{`Records of "item" need not be unique in b, c` + shares}},
		{"said elsewhere", "fields: {a: integer, b: integer, c: integer}\nunique: [[b, c], [a]]\n", nil},
		{"gone with its field", "fields: {a: {type: integer, unique: true}, b: integer}\n", []string{`Field "c" of "item" is gone.`}},
	}
	for _, c := range cases {
		if got := manifest.Breaking(old, read(t, module("", itemFile, c.item))); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

package screen

import (
	"reflect"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// TestConditionsGoRound writes each operator of each kind into an address and
// reads it from there.
func TestConditionsGoRound(t *testing.T) {
	t.Parallel()
	options := []manifest.Option{{Value: "draft", Label: "Draft"}, {Value: "it's, odd", Label: "Odd"}}
	samples := map[Input][]string{
		TextInput: {`50% _off, "now" (or\never) *`}, DayInput: {"2026-11-28"}, DaysInput: {"30"},
		ChoicesInput: {"draft", "it's, odd"}, RecordInput: {"0197a1d2-0000-7000-8000-000000000001"},
	}
	seen := 0
	for _, kind := range manifest.Kinds() {
		for _, many := range []bool{false, true} {
			f := manifest.Field{Name: "f", Kind: kind, Label: "F", Many: many, To: "thing", Options: options}
			in := &manifest.Collection{Name: "c", Fields: []manifest.Field{f}}
			for _, o := range operators(f) {
				values := samples[o.Input]
				if number(f) && o.Input == TextInput {
					values = []string{"-1250"}
				}
				if o.Input == NoInput {
					values = nil
				}
				row := Condition{Field: "f", Op: o.Name, Values: values}
				for _, want := range []Conditions{
					{Rows: []Condition{row}},
					{Rows: []Condition{row, {Field: "f", Op: "empty"}}},
					{Any: true, Rows: []Condition{row, row}},
					{Rows: []Condition{row}, Groups: [][]Condition{{row, row}}},
					{Any: true, Rows: []Condition{row}, Groups: [][]Condition{{row, row}}},
				} {
					if _, ok := operatorOf(f, "empty"); !ok && len(want.Rows) == 2 && want.Rows[1].Op == "empty" {
						continue
					}
					name, value := ConditionsQuery(want.Node(in))
					n, err := expr.ParseLogic(name, value)
					if err != nil {
						t.Errorf("%s %s: %s=%s: %v", kind, o.Name, name, value, err)
						continue
					}
					if have := ReadConditions(in, n); !reflect.DeepEqual(have, want) {
						t.Errorf("%s, many %v, %s: %s=%s is read as\n%+v, not\n%+v", kind, many, o.Name, name, value, have, want)
					}
					seen++
				}
			}
		}
	}
	if seen < 300 {
		t.Errorf("only %d conditions were tried", seen)
	}
}

// TestWhatRowsCannotShowIsKept holds conditions of programs together.
func TestWhatRowsCannotShowIsKept(t *testing.T) {
	t.Parallel()
	in := &manifest.Collection{Name: "c", Fields: []manifest.Field{{Name: "name", Kind: manifest.KindText}, {Name: "n", Kind: manifest.KindInteger}}}
	for _, text := range []string{
		"(company.name.eq.Acme,n.gt.1)", "(name.match.^a,n.not.gt.1)", "(n.gt.1,or(name.eq.a,and(n.eq.2,n.eq.3)))", "(not.and(name.eq.a,n.eq.1),n.eq.2)",
	} {
		n, err := expr.ParseLogic("and", text)
		if err != nil {
			t.Fatal(err)
		}
		if name, value := ConditionsQuery(ReadConditions(in, n).Node(in)); name != "and" || value != text {
			t.Errorf("%s became %s=%s", text, name, value)
		}
	}
}

func TestConditionsWithoutOne(t *testing.T) {
	t.Parallel()
	a, b, c := Condition{Field: "a"}, Condition{Field: "b"}, Condition{Field: "c"}
	all := Conditions{Rows: []Condition{a}, Groups: [][]Condition{{b}, {b, c}}}
	for at, want := range []Conditions{
		{Groups: [][]Condition{{b}, {b, c}}},
		{Rows: []Condition{a}, Groups: [][]Condition{{b, c}}},
		{Rows: []Condition{a}, Groups: [][]Condition{{b}, {c}}},
		{Rows: []Condition{a}, Groups: [][]Condition{{b}, {b}}},
	} {
		if have := all.Without(at); !reflect.DeepEqual(have, want) {
			t.Errorf("without %d: %+v", at, have)
		}
	}
}

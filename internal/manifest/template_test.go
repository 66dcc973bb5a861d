package manifest

import (
	"fmt"
	"strings"
	"testing"
)

// rental is a module with a block whose queries reach two collections.
func rental() (*Block, *Manifest) {
	block := &Block{
		Name: "items",
		Properties: []Field{
			{Name: "limit", Kind: KindInteger},
			{Name: "heading", Kind: KindText},
			{Name: "deposit", Kind: KindMoney},
		},
		Queries: []Query{{Name: "entries", Collection: "item"}, {Name: "others", Collection: "item"}, {Name: "lost", Collection: "gone"}},
	}
	m := &Manifest{
		Settings: []Field{{Name: "greeting", Kind: KindText}, {Name: "fee", Kind: KindMoney}, {Name: "opened", Kind: KindDate}},
		Blocks:   []*Block{block},
		Roles: []Role{
			{Name: "manager", Grants: []Grant{{Collection: "*", Verb: "*"}}},
			{Name: VisitorRole, Grants: []Grant{{Collection: "item", Verb: "ask"}, {Collection: "item", Verb: "read", Reach: "shown"}}},
		},
		Collections: []*Collection{{
			Name: "item",
			Fields: []Field{
				{Name: "name", Kind: KindText},
				{Name: "price", Kind: KindMoney},
				{Name: "bought", Kind: KindDate},
				{Name: "depot", Kind: KindReference, To: "depot"},
				{Name: "cost", Kind: KindMoney},
			},
			Access:  []Reach{{Name: "shown", Fields: []string{"name", "price", "bought", "depot"}}},
			Actions: []Action{{Name: "ask"}, {Name: "close"}},
		}},
	}
	return block, m
}

func TestTemplatesThatAreFine(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"",
		"<p>plain</p>",
		`{{/* a comment */}}<h2>{{ .properties.heading }}</h2>`,
		`{{ range .entries }}<p>{{ .name }} {{ money .price }} {{ .price.currency }} {{ date .bought }} {{ .depot_title }} {{ .depot_id }}</p>{{ else }}<p>{{ t "none" }}</p>{{ end }}`,
		`{{ range $i, $e := .entries }}{{ if $i }}, {{ end }}{{ $e.name }}{{ $.properties.heading }}{{ end }}`,
		`{{ with .properties.heading }}<h2>{{ . }}</h2>{{ else }}{{ len .entries }}{{ end }}`,
		`{{ with index .entries 0 }}{{ .name }}{{ .price | money }}{{ end }}`,
		`{{ (index .entries 0).name }}`,
		`{{ $last := "" }}{{ range .entries }}{{ if ne $last .bought }}{{ $last = .bought }}{{ date $last }}{{ end }}{{ end }}`,
		`{{ range .entries }}{{ range $.others }}{{ range $.entries }}{{ .name }}{{ end }}{{ end }}{{ end }}`,
		`{{ range .entries }}{{ .id }}{{ .version }}{{ date .created_at }}{{ break }}{{ end }}`,
		`{{ range or .entries .others }}{{ .name }}{{ end }}`,
		`{{ if and (gt (len .entries) 3) (not .properties.heading) }}many{{ else if eq .properties.limit 1 2 }}few{{ end }}`,
		`{{ form "item.ask" }}`,
		`{{ link "https://example.org" "text" }}{{ image "/logo.png" }}`,
		`{{ range .lost }}{{ .anything.at.all }}{{ end }}`,
		`{{ money .properties.deposit }}`,
		`{{ with .setting.greeting }}<p>{{ . }}</p>{{ end }}{{ range .entries }}{{ money $.setting.fee }}{{ date $.setting.opened }}{{ end }}`,
	} {
		block, m := rental()
		for _, p := range CheckTemplate("blocks/items.html", text, block, m) {
			t.Errorf("%s\n\t%s", text, p)
		}
	}
}

func TestTemplatesThatAreNot(t *testing.T) {
	t.Parallel()
	nested := strings.Repeat("{{ if .entries }}", 60) + strings.Repeat("{{ end }}", 60)
	tests := []struct{ name, text, want string }{
		{"syntax", "<p>\n  {{ if .entries }}", `2:3: the "if" of line 2 is not closed. Write {{ end }} where it ends.`},
		{"one end for two", "{{ range .entries }}\n{{ if .name }}\n{{ else if .id }}{{ end }}", `1:1: the "range" of line 1 is not closed`},
		{"open between what is closed", "{{ if .entries }}{{ end }}\n{{- with .properties.heading }}\n{{ range .entries }}{{ end }}", `2:1: the "with" of line 2 is not closed`},
		{"an end that is no action", "{{ range .entries }}{{/* {{ end }} */}}{{ t \"}}{{ end }}\" }}{{ t `{{ end }}` }}", `1:1: the "range" of line 1 is not closed`},
		{"syntax within", "<p>\n  {{ .name", "2:3: unclosed action"},
		{"undeclared variable", "{{ $x }}", `1:1: undefined variable "$x"`},
		{"printf", `{{ printf "%999999d" 1 }}`, `1:4: there is no function "printf"`},
		{"print", `{{ print 1 }}`, `there is no function "print"`},
		{"println", `{{ println 1 }}`, `there is no function "println"`},
		{"html", `{{ .properties.heading | html }}`, `there is no function "html"`},
		{"js", `{{ js 1 }}`, `there is no function "js"`},
		{"urlquery", `{{ urlquery 1 }}`, `there is no function "urlquery"`},
		{"call", `{{ call .entries }}`, `there is no function "call"`},
		{"slice", `{{ slice .properties.heading 1 }}`, `there is no function "slice"`},
		{"a slip", `{{ monay .properties.deposit }}`, `Did you mean "money"?`},
		{"the platform's own step", `{{ _step }}`, `there is no function "_step"`},
		{"function deep inside", `{{ if (eq 1 (len (printf "x"))) }}{{ end }}`, `there is no function "printf"`},

		{"define", "\n{{ define \"x\" }}a{{ end }}", "cannot define another template"},
		{"define over itself", `{{ define "items" }}a{{ end }}`, "cannot define another template"},
		{"template", `{{ template "x" . }}`, "1:13: a block's template cannot call a template"},
		{"block", `{{ block "x" . }}a{{ end }}`, "cannot call a template"},
		{"recursion", `{{ define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }}`, "cannot define another template"},

		{"range over a number", `{{ range 30000000 }}{{ end }}`, "1:10: range runs over the records of a query only. Write {{ range .entries }}."},
		{"range over an integer property", `{{ range .properties.limit }}{{ end }}`, "range runs over the records"},
		{"range over a length", `{{ range len .entries }}{{ end }}`, "range runs over the records"},
		{"range over a text", `{{ range "abc" }}{{ end }}`, "range runs over the records"},
		{"range over a variable's number", `{{ $n := 30000000 }}{{ range $n }}{{ end }}`, "range runs over the records"},
		{"range over a variable changed later", `{{ $n := .entries }}{{ if .properties.limit }}{{ $n = 30000000 }}{{ end }}{{ range $n }}{{ end }}`, "range runs over the records"},
		{"range over a variable changed in a range", `{{ $n := .entries }}{{ range $n = .others }}{{ end }}{{ range $n }}{{ end }}`, "range runs over the records"},
		{"range over a dot that with changed", `{{ with 9000000 }}{{ range . }}{{ end }}{{ end }}`, "range runs over the records"},
		{"range over one of two", `{{ range or .properties.limit .entries }}{{ end }}`, "range runs over the records"},
		{"range over an unknown part", `{{ range index .properties "limit" }}{{ end }}`, "range runs over the records"},
		{"range over everything", `{{ range . }}{{ end }}`, "range runs over the records"},
		{"four ranges", strings.Repeat("{{ range $.entries }}", 4) + strings.Repeat("{{ end }}", 4), "1:73: more than 3 ranges stand inside one another"},
		{"deep nesting", nested, "nested more than 50 deep"},
		{"deep parentheses", "{{ if " + strings.Repeat("(", 60) + "1" + strings.Repeat(")", 60) + " }}{{ end }}", "parentheses are nested more than 50 deep"},

		{"form with a name that is computed", `{{ form .properties.heading }}`, "1:4: the action of a form is written out"},
		{"form through a pipe", `{{ "item.ask" | form }}`, "the action of a form is written out"},
		{"form without a name", `{{ form }}`, `"form" has 0 arguments`},
		{"form of an unknown action", `{{ form "item.asc" }}`, `1:9: there is no action "item.asc". Did you mean "item.ask"?`},
		{"form that visitors may not send", `{{ form "item.close" }}`, `1:9: visitors are not granted "item.close"`},

		{"unknown query", `{{ range .entrys }}{{ end }}`, `1:10: the block has no query "entrys". Did you mean "entries"?`},
		{"unknown setting", `<b>{{ .setting.greting }}</b>`, `1:15: the module has no setting "greting". Did you mean "greeting"?`},
		{"amount of a setting", `{{ .setting.fee }}`, "an amount is written with its currency"},
		{"all settings", `{{ .setting }}`, "this is not one value"},
		{"range over the settings", `{{ range .setting }}{{ end }}`, "range runs over the records"},
		{"unknown property", `<b>{{ .properties.headin }}</b>`, `1:18: the block has no property "headin". Did you mean "heading"?`},
		{"unknown property from the root", "\n\n é{{ if $.properties.headin }}{{ end }}", `3:21: the block has no property "headin"`},
		{"unknown field", "{{ range .entries }}\n  {{ .nam }}\n{{ end }}", `2:6: item has no field "nam". Did you mean "name"?`},
		{"unknown field of a variable", `{{ range $e := .entries }}{{ $e.nam }}{{ end }}`, `item has no field "nam"`},
		{"unknown field of an element", `{{ (index .entries 0).nam }}`, `item has no field "nam"`},
		{"reference by its bare name", `{{ range .entries }}{{ .depot }}{{ end }}`, "Write .depot_title for its title, or .depot_id."},
		{"field of several records", `{{ .entries.name }}`, "1:12: .name is asked of several records"},
		{"field that visitors do not see", `{{ range .entries }}{{ money .cost }}{{ end }}`, `1:30: visitors may not see "cost" of item`},
		{"part of a text", `{{ range .entries }}{{ .name.first }}{{ end }}`, "a text or number has no .first"},
		{"part of an amount", `{{ .properties.deposit.cents }}`, `an amount has no "cents"`},
		{"amount without money", `{{ .properties.deposit }}`, "an amount is written with its currency"},
		{"whole record", `{{ range .entries }}{{ . }}{{ end }}`, "this is not one value"},
		{"whole query", `{{ .entries }}`, "these are several records"},
		{"money of a text", `{{ money .properties.heading }}`, "money writes an amount"},
		{"date of a number", `{{ date 5 }}`, "date writes a date"},
		{"calling a value", `{{ .properties.heading 5 }}`, "is not a function"},
		{"calling through a pipe", `{{ 5 | .properties.heading }}`, "is not a function"},
		{"too many arguments", `{{ t "a" "b" }}`, `"t" has 2 arguments. Write {{ t "text" }}.`},
		{"branches that end in different places", `<h2 {{ if .properties.heading }}title="{{ end }}x">`, "1:11: the branches of this action end in different places of the markup"},
		{"a range that does not close its quote", "{{ range .entries }}<a title=\"{{ end }}", "Close every tag and quote"},
		{"an end within a tag", "<p>\n<a title='{{ .properties.heading }}", "the template ends within a tag"},
		{"a value of which it is not clear what it is", "\né<a href=\"{{ if .properties.limit }}/a{{ else }}/b?x={{ end }}{{ .properties.heading }}\">", "2:66: {{.properties.heading}} appears in an ambiguous context within a URL"},
		{"too long", strings.Repeat("a", MaxTemplate+1), "the template is larger than 64 KB"},
		{"not UTF-8", "ab\xffc", "1:3: the template is not UTF-8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			block, m := rental()
			found := CheckTemplate("blocks/items.html", test.text, block, m)
			if len(found) == 0 {
				t.Fatal("it was accepted")
			}
			all := Problems(found).Error()
			if !strings.Contains(all, test.want) || !strings.HasPrefix(all, "blocks/items.html:") {
				t.Fatalf("got  %s\nwant %s", all, test.want)
			}
		})
	}
}

func TestEveryProblemIsFoundAtOnce(t *testing.T) {
	t.Parallel()
	block, m := rental()
	found := CheckTemplate("blocks/items.html", "{{ print 1 }}\n{{ range 5 }}{{ .x }}{{ end }}\n{{ .properties.headin }}{{ form \"a.b\" }}", block, m)
	lines := make([]string, len(found))
	for i, p := range found {
		lines[i] = fmt.Sprintf("%d:%d", p.Line, p.Column)
	}
	if got := strings.Join(lines, " "); got != "1:4 2:10 3:15 3:33" {
		t.Fatalf("problems at %s", got)
	}
}

func TestWithoutDeclarationsNamesAreNotLookedUp(t *testing.T) {
	t.Parallel()
	const text = `{{ range .entrys }}{{ .x.y }}{{ print 1 }}{{ end }}{{ range 5 }}{{ end }}{{ form "a.b" }}`
	found := CheckTemplate("blocks/items.html", text, nil, nil)
	if len(found) != 2 || !strings.Contains(found[0].Message, "print") || found[1].Column != 61 {
		t.Fatalf("got %v", found)
	}
}

// FuzzCheckTemplate checks that no text makes the check fail, and that the
// position of every problem lies in the text.
func FuzzCheckTemplate(f *testing.F) {
	for _, text := range []string{
		"", "{{ range $i, $e := .entries }}{{ $e.name }}{{ end }}", "{{ with $x := .properties.limit }}{{ $x = 5 }}{{ range $x }}{{ end }}{{ end }}",
		`{{ define "x" }}{{ end }}`, "{{ (index .entries 0).name | money }}", "{{- /* */ -}}", "{{ if .a }}{{/* {{ end }} */}}{{ t \"}}\" }}", "{{ if", "{{ break }}", "<h2 {{ if .entries }}title=\"{{ end }}x\">", "<script>var a = {{ .properties.heading }}</script>", "é{{ .a.b.c $x.y }}", `{{ form "item.ask" }}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		block, m := rental()
		lines := strings.Split(text, "\n")
		for _, p := range CheckTemplate("blocks/items.html", text, block, m) {
			if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len([]rune(lines[p.Line-1]))+1 || p.Message == "" {
				t.Fatalf("%d:%d %q is not in %q", p.Line, p.Column, p.Message, text)
			}
		}
	})
}

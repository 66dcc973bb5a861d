package manifest

import (
	"maps"
	"slices"
	"strings"
)

// Speaks returns which of the module's translations a BCP 47 tag gets: for
// "de-AT" that of de-AT, else that of de. Empty: none, so the manifest's own
// texts.
func (m *Manifest) Speaks(tag string) string {
	for tag != "" {
		if _, ok := m.Locales[tag]; ok {
			return tag
		}
		tag = tag[:max(0, strings.LastIndexByte(tag, '-'))]
	}
	return ""
}

// In returns the manifest with its texts in one of its translations; what has
// no translation stays as it is. Nothing but texts differs: names, rules and
// order are the same. The manifest itself is returned when it does not speak
// the language.
func (m *Manifest) In(language string) *Manifest {
	texts, ok := m.Locales[language]
	if !ok {
		return m
	}
	t := translation(texts)
	out := *m
	out.words = texts
	t.put(&out.Name, "name")
	t.put(&out.Description, "description")
	out.Roles = slices.Clone(m.Roles)
	for i := range out.Roles {
		t.put(&out.Roles[i].Label, "roles."+out.Roles[i].Name+".label")
	}
	out.Settings = t.defaults(t.fields("settings", m.Settings))
	out.Actions = t.actions("actions", m.Actions, "", nil)
	out.Jobs = slices.Clone(m.Jobs)
	for i := range out.Jobs {
		t.put(&out.Jobs[i].Label, "jobs."+out.Jobs[i].Name+".label")
	}
	out.Collections = slices.Clone(m.Collections)
	for i, c := range m.Collections {
		out.Collections[i] = t.collection("collections."+c.Name, c)
	}
	out.Blocks = slices.Clone(m.Blocks)
	for i, b := range m.Blocks {
		block := *b
		t.put(&block.Label, "blocks."+b.Name+".label")
		t.put(&block.Description, "blocks."+b.Name+".description")
		block.Properties = t.defaults(t.fields("blocks."+b.Name+".properties", b.Properties))
		out.Blocks[i] = &block
	}
	return &out
}

// Translate returns a text of a template in the language of the manifest, the
// text itself when there is no translation.
func (m *Manifest) Translate(text string) string {
	if found, ok := m.words["texts."+text]; ok {
		return found
	}
	return text
}

// translation is the texts of one language by their paths.
type translation map[string]string

// put replaces a text by the translation of its path.
func (t translation) put(text *string, path string) {
	if found := t[path]; found != "" {
		*text = found
	}
}

// itself replaces a text that has no path by its translation.
func (t translation) itself(text *string) {
	if *text != "" {
		t.put(text, "texts."+*text)
	}
}

func (t translation) collection(at string, c *Collection) *Collection {
	out := *c
	t.put(&out.Label, at+".label")
	t.put(&out.Plural, at+".plural")
	if out.Label != c.Label && out.Plural == c.Plural {
		out.Plural = out.Label // better one of them in the language than all of them in another
	}
	t.put(&out.Description, at+".description")
	out.Fields = t.fields(at+".fields", c.Fields)
	out.Actions = t.actions(at+".actions", c.Actions, at+".fields", c.Fields)
	out.BuiltIn = maps.Clone(c.BuiltIn)
	for verb, b := range out.BuiltIn {
		path := at + ".actions." + verb
		t.put(&b.Label, path+".label")
		t.put(&b.Confirm, path+".confirm")
		t.put(&b.Message, path+".message")
		out.BuiltIn[verb] = b
	}
	out.Guards = slices.Clone(c.Guards)
	for i := range out.Guards {
		t.put(&out.Guards[i].Label, at+".guards."+out.Guards[i].Name)
	}
	out.Unique = t.uniques(c.Unique)
	out.Exclude = slices.Clone(c.Exclude)
	for i := range out.Exclude {
		t.itself(&out.Exclude[i].Message)
	}
	out.Checks = t.checks(c.Checks)
	t.put(&out.List.Label, at+".views."+c.List.Name+".label")
	out.Lists = slices.Clone(c.Lists)
	for i := range out.Lists {
		t.put(&out.Lists[i].Label, at+".views."+out.Lists[i].Name+".label")
	}
	out.Form = t.form(at, c.Form)
	out.Forms = slices.Clone(c.Forms)
	for i := range out.Forms {
		out.Forms[i] = t.form(at, out.Forms[i])
	}
	return &out
}

func (t translation) form(at string, form FormView) FormView {
	t.put(&form.Label, at+".views."+form.Name+".label")
	form.Sections = slices.Clone(form.Sections)
	for i := range form.Sections {
		t.itself(&form.Sections[i].Label)
	}
	return form
}

func (t translation) uniques(rules []Unique) []Unique {
	out := slices.Clone(rules)
	for i := range out {
		t.itself(&out[i].Message)
	}
	return out
}

func (t translation) checks(rules []Check) []Check {
	out := slices.Clone(rules)
	for i := range out {
		t.itself(&out[i].Message)
	}
	return out
}

func (t translation) fields(at string, fields []Field) []Field {
	out := slices.Clone(fields)
	for i := range out {
		t.field(at+"."+out[i].Name, &out[i])
	}
	return out
}

// defaults translates the words that settings and properties have until somebody
// gives others.
func (t translation) defaults(fields []Field) []Field {
	for i := range fields {
		if words, ok := fields[i].Default.(string); ok && (fields[i].Kind == KindText || fields[i].Kind == KindLongtext) {
			t.itself(&words)
			fields[i].Default = words
		}
	}
	return fields
}

func (t translation) field(path string, f *Field) {
	t.put(&f.Label, path+".label")
	t.put(&f.Help, path+".help")
	t.put(&f.Placeholder, path+".placeholder")
	t.itself(&f.Section)
	t.put(&f.Section, path+".section")
	t.itself(&f.Message)
	t.put(&f.Message, path+".message")
	f.Options = slices.Clone(f.Options)
	for n := range f.Options {
		t.put(&f.Options[n].Label, path+".options."+f.Options[n].Value)
	}
	f.Fields = t.fields(path+".fields", f.Fields)
	f.LineRules, f.Checks = t.uniques(f.LineRules), t.checks(f.Checks)
}

// actions translates actions of a collection that has its fields below a path:
// a parameter that is such a field has its texts too, unless it has others.
func (t translation) actions(at string, actions []Action, ownAt string, own []Field) []Action {
	out := slices.Clone(actions)
	for i := range out {
		a := &out[i]
		path := at + "." + a.Name
		t.put(&a.Label, path+".label")
		t.put(&a.Description, path+".description")
		t.put(&a.Confirm, path+".confirm")
		t.put(&a.Message, path+".message")
		a.Params = slices.Clone(a.Params)
		for n := range a.Params {
			p := &a.Params[n]
			if f := fieldNamed(own, p.Name); f != nil && f.Label == p.Label && f.Help == p.Help {
				t.field(ownAt+"."+p.Name, p)
			}
			t.field(path+".params."+p.Name, p)
		}
	}
	return out
}

package manifest

// Texts returns the texts of the manifest that can be translated, by the paths
// under which locales/<language>.yaml has their translations:
// "collections.deal.actions.win.label". What has no path of its own, as messages
// of rules, headings of sections and the texts of templates, is translated
// under "texts" by the text itself.
func (m *Manifest) Texts() map[string]string {
	t := pathTexts{}
	t.add("name", m.Name)
	t.add("description", m.Description)
	for _, r := range m.Roles {
		t.add("roles."+r.Name+".label", r.Label)
	}
	t.fields("settings", m.Settings)
	t.actions("actions", m.Actions)
	for _, j := range m.Jobs {
		t.add("jobs."+j.Name+".label", j.Label)
	}
	for _, c := range m.Collections {
		t.collection("collections."+c.Name, c)
	}
	for _, b := range m.Blocks {
		t.add("blocks."+b.Name+".label", b.Label)
		t.add("blocks."+b.Name+".description", b.Description)
		t.fields("blocks."+b.Name+".properties", b.Properties)
	}
	return t
}

// pathTexts are texts by path; empty ones are left out.
type pathTexts map[string]string

func (t pathTexts) add(path, text string) {
	if text != "" {
		t[path] = text
	}
}

func (t pathTexts) collection(at string, c *Collection) {
	t.add(at+".label", c.Label)
	t.add(at+".plural", c.Plural)
	t.add(at+".description", c.Description)
	t.fields(at+".fields", c.Fields)
	t.actions(at+".actions", c.Actions)
	for verb, b := range c.BuiltIn {
		t.add(at+".actions."+verb+".label", b.Label)
		t.add(at+".actions."+verb+".confirm", b.Confirm)
		t.add(at+".actions."+verb+".message", b.Message)
	}
	for _, g := range c.Guards {
		t.add(at+".guards."+g.Name, g.Label)
	}
	for _, list := range append([]ListView{c.List}, c.Lists...) {
		t.add(at+".views."+list.Name+".label", list.Label)
	}
	for _, form := range append([]FormView{c.Form}, c.Forms...) {
		t.add(at+".views."+form.Name+".label", form.Label)
	}
}

func (t pathTexts) fields(at string, fields []Field) {
	for _, f := range fields {
		path := at + "." + f.Name
		t.add(path+".label", f.Label)
		t.add(path+".help", f.Help)
		t.add(path+".placeholder", f.Placeholder)
		t.add(path+".section", f.Section)
		t.add(path+".message", f.Message)
		for _, o := range f.Options {
			t.add(path+".options."+o.Value, o.Label)
		}
		t.fields(path+".fields", f.Fields)
	}
}

func (t pathTexts) actions(at string, actions []Action) {
	for _, a := range actions {
		path := at + "." + a.Name
		t.add(path+".label", a.Label)
		t.add(path+".description", a.Description)
		t.add(path+".confirm", a.Confirm)
		t.add(path+".message", a.Message)
		t.fields(path+".params", a.Params)
	}
}

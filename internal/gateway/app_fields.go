package gateway

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

func takesOwnFields(in *manifest.Collection) bool { return in.Custom }

// fieldsPage is GET /app/{site}/modules/{module}/fields: what the site added to
// the module's collections.
func fieldsPage(c *call) (answer, error) { return c.showFields(http.StatusOK, nil) }

// refusedField is the form of a field that was refused, and why.
type refusedField struct {
	field string // "collection.key" of a change; "collection." of a new one
	form  url.Values
	err   *errs.Error
}

func (c *call) showFields(status int, refused *refusedField) (answer, error) {
	in, err := c.liveInstallation()
	if err != nil {
		return answer{}, err
	}
	release, err := c.releaseOf(c.ctx, in)
	if err != nil {
		return answer{}, err
	}
	all, err := c.Modules.Fields(c.ctx, c.site.ID, in.Name)
	if err != nil {
		return answer{}, err
	}
	base := c.siteBase() + "/modules/" + in.Name
	view := screen.OwnFields{Kinds: manifest.OwnKinds()}
	for _, declared := range release.Manifest.Collections {
		if takesOwnFields(declared) {
			view.Collections = append(view.Collections, c.ownCollection(declared, all, base+"/fields", refused))
		}
	}
	if refused != nil && len(refused.err.Fields) == 0 {
		view.Error, view.Hint = c.words.TOr("error."+refused.err.Code, refused.err.Message), refused.err.Hint
	}
	if refused != nil {
		for _, f := range refused.err.Fields {
			view.Errors = append(view.Errors, screen.FormError{
				Label: c.words.TOr("fields."+f.Path, f.Path), ID: fieldID(refused.field) + "-" + f.Path, Text: f.Message,
			})
		}
	}
	title := c.words.T("fields.title")
	f, err := c.frame(title, c.siteCrumb(), screen.Crumb{Label: c.words.T("modules.title"), URL: c.siteBase() + "/modules"},
		screen.Crumb{Label: release.Manifest.Name, URL: base})
	if err != nil {
		return answer{}, err
	}
	return answer{status: status, page: screen.OwnFieldsPage(f, view)}, nil
}

// fieldID is the id of a field's form in the page.
func fieldID(field string) string { return "field-" + strings.ReplaceAll(field, ".", "-") }

func (c *call) ownCollection(declared *manifest.Collection, all []module.OwnField, base string, refused *refusedField) screen.OwnCollection {
	view := screen.OwnCollection{Name: declared.Name, Plural: declared.Plural, Add: base}
	view.Adding = screen.OwnField{ID: fieldID(declared.Name + ".")}
	if refused != nil && refused.field == declared.Name+"." {
		view.Open = true
		view.Adding.Key, view.Adding.Kind = refused.form.Get("key"), refused.form.Get("kind")
		retype(&view.Adding, refused)
	}
	var used []int
	for _, f := range all {
		if f.Collection != declared.Name {
			continue
		}
		name := f.Collection + "." + f.Key
		shown := screen.OwnField{
			ID: fieldID(name), Key: f.Key, Name: f.Name(), Kind: f.Kind, Label: f.Label, Help: f.Help, Options: optionLines(f.Options),
			Required: f.Required, Retired: f.RetiredAt != nil, First: true, Last: true, Address: name, Save: base,
		}
		if refused != nil && refused.field == name {
			retype(&shown, refused)
		}
		if !shown.Retired {
			used = append(used, len(view.Fields))
		}
		view.Fields = append(view.Fields, shown)
	}
	for n, at := range used {
		view.Fields[at].First, view.Fields[at].Last = n == 0, n == len(used)-1
	}
	return view
}

// retype puts what was typed back into a form, with what is wrong with it.
func retype(f *screen.OwnField, refused *refusedField) {
	f.Open, f.Errors = true, map[string][]string{}
	f.Label, f.Help, f.Options = refused.form.Get("label"), refused.form.Get("help"), refused.form.Get("options")
	f.Required = refused.form.Get("required") != ""
	for _, wrong := range refused.err.Fields {
		f.Errors[wrong.Path] = append(f.Errors[wrong.Path], wrong.Message)
	}
}

// optionLines writes options as people type them: "value: label" in each line.
func optionLines(options []module.Option) string {
	var lines []string
	for _, o := range options {
		line := o.Value
		if o.Label != "" && o.Label != o.Value {
			line += ": " + o.Label
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// typedOptions reads optionLines back; never nil.
func typedOptions(text string) []module.Option {
	options := []module.Option{}
	for line := range strings.Lines(text) {
		value, label, _ := strings.Cut(strings.TrimSpace(line), ":")
		if value = strings.TrimSpace(value); value != "" {
			options = append(options, module.Option{Value: value, Label: cmp.Or(strings.TrimSpace(label), value)})
		}
	}
	return options
}

// submitField is POST /app/{site}/modules/{module}/fields: a new field, or a
// change of the one that the form names.
func submitField(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	if name := form.Get("field"); name != "" {
		return c.submitFieldChange(name, form)
	}
	f, err := c.Modules.AddField(c.ctx, c.auditor(), c.siteRef(), c.path("module"), module.OwnField{
		Collection: form.Get("collection"), Key: strings.TrimSpace(form.Get("key")), Kind: form.Get("kind"),
		Label: strings.TrimSpace(form.Get("label")), Help: strings.TrimSpace(form.Get("help")),
		Options: typedOptions(form.Get("options")), Required: form.Get("required") != "",
	})
	return c.fieldSaved(err, refusedField{field: form.Get("collection") + ".", form: form}, "flash.field.added", f.Label)
}

func (c *call) submitFieldChange(name string, form url.Values) (answer, error) {
	in, key, _ := strings.Cut(name, ".")
	change, err := c.fieldChange(in, key, form)
	if err != nil {
		return answer{}, err
	}
	f, err := c.Modules.ChangeField(c.ctx, c.auditor(), c.siteRef(), c.path("module"), in, key, change)
	return c.fieldSaved(err, refusedField{field: name, form: form}, "flash.field.saved", f.Label)
}

// fieldChange reads what is to be done with a field.
func (c *call) fieldChange(in, key string, form url.Values) (module.FieldChange, error) {
	retired := form.Get("do") == "retire"
	switch form.Get("do") {
	case "retire", "restore":
		return module.FieldChange{Retired: &retired}, nil
	case "up":
		return c.fieldMove(in, key, -1)
	case "down":
		return c.fieldMove(in, key, 1)
	case "save":
		label, help := strings.TrimSpace(form.Get("label")), strings.TrimSpace(form.Get("help"))
		required := form.Get("required") != ""
		return module.FieldChange{Label: &label, Help: &help, Required: &required, Options: typedOptions(form.Get("options"))}, nil
	}
	return module.FieldChange{}, refuse(http.StatusUnprocessableEntity, "invalid", "The form does not say what to do.", "")
}

// fieldMove puts the field on the place of its neighbour among those in use.
func (c *call) fieldMove(in, key string, by int) (module.FieldChange, error) {
	all, err := c.Modules.Fields(c.ctx, c.site.ID, c.path("module"))
	if err != nil {
		return module.FieldChange{}, err
	}
	all = slices.DeleteFunc(all, func(f module.OwnField) bool { return f.Collection != in || f.RetiredAt != nil })
	at := slices.IndexFunc(all, func(f module.OwnField) bool { return f.Key == key })
	if at < 0 {
		return module.FieldChange{}, errs.Missing()
	}
	to := all[min(max(at+by, 0), len(all)-1)].Position
	return module.FieldChange{Position: &to}, nil
}

// fieldSaved goes back to the page, or shows it again with what is wrong.
func (c *call) fieldSaved(err error, refused refusedField, said, label string) (answer, error) {
	if e, ok := formError(err); err != nil && ok {
		refused.err = e
		return c.showFields(statuses[e.Kind], &refused)
	}
	if err != nil {
		return answer{}, err
	}
	c.flash(said, label)
	return redirect(c.siteBase() + "/modules/" + c.path("module") + "/fields")
}

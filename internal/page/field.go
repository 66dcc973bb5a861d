package page

import (
	"github.com/a-h/templ"

	"github.com/dramac-main/dramac-cms/internal/collection"
)

// attributes returns what the input, select or textarea of a field says besides
// its type and value, in a fixed order.
func (f field) attributes() templ.OrderedAttributes {
	var all templ.OrderedAttributes
	set := func(name, value string) {
		if value != "" {
			all = append(all, templ.KV[string, any](name, value))
		}
	}
	set("id", f.id)
	if f.takesFile() {
		set("name", f.name+collection.FileSuffix)
		set("accept", f.accept)
	} else {
		set("name", f.name)
	}
	if f.required && f.kept == "" {
		all = append(all, templ.KV[string, any]("required", true))
	}
	set("placeholder", f.hint)
	set("minlength", f.minLength)
	set("maxlength", f.maxLength)
	set("pattern", f.pattern)
	if f.pattern != "" {
		set("title", f.help)
	}
	set("min", f.min)
	set("max", f.max)
	set("autocomplete", f.fill)
	set("inputmode", f.keyboard)
	if len(f.errors) > 0 {
		set("aria-invalid", "true")
	}
	set("aria-describedby", f.described())
	return all
}

package screen

import (
	"strings"
	"unicode/utf8"

	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// home is where the brand leads.
func (f Frame) home() string {
	if f.Brand.Home != "" {
		return f.Brand.Home
	}
	return "/app"
}

// steps is the way to the page, the page included.
func (f Frame) steps() []ui.BreadcrumbStep {
	steps := make([]ui.BreadcrumbStep, 0, len(f.Crumbs)+1)
	for _, c := range f.Crumbs {
		steps = append(steps, ui.BreadcrumbStep{Label: c.Label, URL: c.URL})
	}
	return append(steps, ui.BreadcrumbStep{Label: f.Title})
}

// called is what stands for the person.
func (u User) called() string {
	if u.Name != "" {
		return u.Name
	}
	return u.Email
}

// first returns the first letter of a name, in capitals.
func first(name string) string {
	r, size := utf8.DecodeRuneInString(name)
	if size == 0 {
		return ""
	}
	return strings.ToUpper(string(r))
}

// pressed writes a boolean for aria-pressed.
func pressed(on bool) string {
	if on {
		return "true"
	}
	return "false"
}

// orElse returns a when yes, b otherwise.
func orElse(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// tone of a flash message.
func tone(kind string) ui.Tone {
	if kind == "success" {
		return ui.Success
	}
	return ui.Info
}

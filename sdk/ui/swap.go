package ui

import "github.com/a-h/templ"

// Swap returns the attributes by which a link loads only one part of its page
// when there is a script: the element of the selector is replaced by the same
// element of the answer, and the address changes. Without a script the link is
// a link. The element must have an id.
func Swap(selector string) templ.Attributes {
	return templ.Attributes{
		"hx-boost":    "true",
		"hx-target":   selector,
		"hx-select":   selector,
		"hx-swap":     "outerHTML",
		"hx-push-url": "true",
	}
}

// SwapTyping is Swap for a search form: it loads while people type.
func SwapTyping(url, selector string) templ.Attributes {
	return templ.Attributes{
		"hx-get":         url,
		"hx-trigger":     "input delay:250ms, submit",
		"hx-sync":        "this:replace",
		"hx-target":      selector,
		"hx-select":      selector,
		"hx-swap":        "outerHTML",
		"hx-replace-url": "true",
	}
}

package collection

import (
	"net/url"
	"strings"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// filterWord is a stored filter over the records of a collection, in the
// notation of the data API's URLs: status=eq.open&amount=gt.500.
type filterWord struct{ asTyped }

const longestFilter = 4000

func (filterWord) clean(_ *Field, text string) (string, *problem) {
	text = strings.TrimPrefix(text, "?")
	q, err := url.ParseQuery(text)
	if err != nil || len(text) > longestFilter {
		return "", notFilter("")
	}
	for _, name := range parameters {
		if q.Has(name) {
			return "", notFilter(name + " does not belong here.")
		}
	}
	// Whether the names exist is checked when the filter is used: by then the
	// collection may have others.
	if _, err := (&Collection{}).ParseQuery(q); err != nil {
		return "", notFilter(firstMessage(errs.Of(err)))
	}
	return q.Encode(), nil
}

func firstMessage(e *errs.Error) string {
	if e == nil || len(e.Fields) == 0 {
		return ""
	}
	return e.Fields[0].Path + ": " + e.Fields[0].Message
}

func notFilter(detail string) *problem {
	message := "Must be a filter as addresses have it, like status=eq.open."
	if detail != "" {
		message += " " + detail
	}
	return wrong("not_filter", "%s", message)
}

func (filterWord) describe(f *Field) map[string]any {
	return map[string]any{"type": "string", "maxLength": longestFilter, "description": "A filter over " + f.Of + " as addresses have it, like status=eq.open."}
}

package collection

import (
	"encoding/json"
	"net/url"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// FormSettings reads what people typed as the settings of a module into the
// JSON object that an installation keeps. All complaints come at once; required
// settings may be left empty, because a module may be installed without them.
func FormSettings(settings []manifest.Field, form url.Values, loc Locale) (json.RawMessage, error) {
	var found complaints
	values := Values{}
	for i := range settings {
		declared := settings[i]
		declared.Required = false
		f, err := newField(&declared)
		if err != nil {
			return nil, err
		}
		if form.Has(f.key) {
			found.add(f.key, readForm(values, f, form.Get(f.key), loc))
		}
	}
	if err := found.err(); err != nil {
		return nil, err
	}
	return json.Marshal(values)
}

package collection

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// ClearSuffix follows the name of a secret setting in the name of the box that
// clears it.
const ClearSuffix = ".clear"

// FormSettings reads what people typed as the settings of a module into the
// JSON object that an installation keeps. All complaints come at once; required
// settings may be left empty, because a module may be installed without them. A
// secret setting that is left empty is not mentioned, and so stays as it is,
// unless the box to clear it was ticked.
func FormSettings(settings []manifest.Field, form url.Values, loc Locale) (json.RawMessage, error) {
	var found complaints
	values := Values{}
	for i := range settings {
		declared := settings[i]
		declared.Required, declared.Secret = false, false
		f, err := newField(&declared, declared.Name)
		if err != nil {
			return nil, err
		}
		if settings[i].Secret && strings.TrimSpace(form.Get(f.key)) == "" {
			if form.Get(f.key+ClearSuffix) != "" {
				values[f.Name] = map[string]bool{"set": false}
			}
			continue
		}
		if in := (formInputs{form, f.key}); in.given() {
			found.add(f.key, readForm(values, f, in, loc))
		}
	}
	if err := found.err(); err != nil {
		return nil, err
	}
	return json.Marshal(values)
}

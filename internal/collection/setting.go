package collection

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// FormSettings reads what people typed as the settings of a module into the
// JSON object that an installation keeps. All complaints come at once; required
// settings may be left empty, because a module may be installed without them. A
// secret setting that is left empty is not mentioned, and so stays as it is,
// unless the box to clear it was ticked.
func FormSettings(settings []manifest.Field, form url.Values, loc Locale) (json.RawMessage, error) {
	var found complaints
	written := map[string]json.RawMessage{}
	for i := range settings {
		declared := settings[i]
		declared.Required, declared.Secret = false, false
		f, err := newField(&declared, declared.Name)
		if err != nil {
			return nil, err
		}
		if settings[i].Secret && strings.TrimSpace(form.Get(f.key)) == "" {
			if form.Get(f.key+ClearSuffix) != "" {
				written[f.Name] = json.RawMessage(`{"set":false}`)
			}
			continue
		}
		in := formInputs{form, f.key}
		if !in.given() {
			continue
		}
		values := Values{}
		if p := readForm(values, f, in, loc); p != nil {
			found.add(f.key, p)
			continue
		}
		if written[f.Name], err = encodeValue(f, values[f.Name]); err != nil {
			return nil, fmt.Errorf("setting %s: %w", f.Name, err)
		}
	}
	if err := found.err(); err != nil {
		return nil, err
	}
	return json.Marshal(written)
}

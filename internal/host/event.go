package host

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// announced is an event that the manifest declares for code to emit.
type announced struct {
	manifest.Event
	collection string
}

// event finds a declared event by "collection.name".
func (s *session) event(name string) (announced, error) {
	collection, of, _ := strings.Cut(name, ".")
	var known []string
	for _, c := range s.module.Collections() {
		for _, e := range c.Events {
			if c.Name == collection && e.Name == of {
				if len(e.Changed) > 0 {
					return announced{}, fmt.Errorf("the event %q comes by itself when its fields change", name)
				}
				return announced{e, collection}, nil
			}
			known = append(known, c.Name+"."+e.Name)
		}
	}
	return announced{}, fmt.Errorf("the manifest declares no event %q.%s", name, suggestion(name, known))
}

// takes refuses a payload with other names than the declared ones.
func (e announced) takes(data json.RawMessage) error {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(data, &values); err != nil || values == nil {
		return fmt.Errorf("the data of the event %q is no JSON object", e.Name)
	}
	for key := range values {
		if !slices.ContainsFunc(e.Data, func(f manifest.Field) bool { return f.Name == key || f.Name+"_id" == key }) {
			return fmt.Errorf("the event %q declares no data %q", e.Name, key)
		}
	}
	return nil
}

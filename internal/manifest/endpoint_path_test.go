package manifest

import (
	"maps"
	"testing"
)

func TestEndpointsTakeWhatTheirPathsSay(t *testing.T) {
	t.Parallel()
	for _, want := range []struct {
		path, asked string
		values      map[string]string
	}{
		{"/inbound", "/inbound", map[string]string{}},
		{"/inbound", "/inbound/", nil},
		{"/inbound", "/Inbound", nil},
		{"/calendar/{feed}.ics", "/calendar/f1.ics", map[string]string{"feed": "f1"}},
		{"/calendar/{feed}.ics", "/calendar/.ics", nil},
		{"/calendar/{feed}.ics", "/calendar/f1", nil},
		{"/calendar/{feed}.ics", "/calendar/a/b.ics", nil},
		{"/v-{major}/{name}", "/v-2/x", map[string]string{"major": "2", "name": "x"}},
		{"/v-{major}/{name}", "/2/x", nil},
	} {
		values, ok := Endpoint{Path: want.path}.Match(want.asked)
		if ok != (want.values != nil) || !maps.Equal(values, want.values) {
			t.Errorf("%s with %s: %v %v", want.path, want.asked, values, ok)
		}
	}
}

package collection

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzObjectPairs holds objectPairs against the decoder of the standard library.
func FuzzObjectPairs(f *testing.F) {
	for _, body := range []string{
		"{}", ` { "a" : 1 , "b":[1,{"c":"]}\\""}],"a":null}`, `{"\u0061\n":"x","":-1.5e3}`, `{"a":true}}`, `[1]`, "", `{"a"`, "{\"\xff\":1}",
		`{"a":{},"b":[],"c":"","d":"\\"}`, `{"a":1,}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		pairs, err := objectPairs(body)
		d := json.NewDecoder(bytes.NewReader(body))
		start, _ := d.Token()
		if valid := json.Valid(body) && start == json.Delim('{'); valid != (err == nil) {
			t.Fatalf("%q: %v", body, err)
		}
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for n := 0; d.More(); n++ {
			key, _ := d.Token()
			var value json.RawMessage
			if err := d.Decode(&value); err != nil {
				t.Fatal(err)
			}
			if n >= len(pairs) || pairs[n].key != key || string(pairs[n].value) != string(value) || pairs[n].again != seen[pairs[n].key] {
				t.Fatalf("%q: %d: got %+v, want %q %s", body, n, pairs, key, value)
			}
			seen[pairs[n].key] = true
			if !d.More() && n != len(pairs)-1 {
				t.Fatalf("%q: more than there are: %+v", body, pairs)
			}
		}
	})
}

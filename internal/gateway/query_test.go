package gateway

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestParseQuery(t *testing.T) {
	for _, row := range []struct {
		raw  string
		want url.Values
		ok   bool
	}{
		{"", url.Values{}, true},
		{"a=eq.1&b=&c&&a=eq.2", url.Values{"a": {"eq.1", "eq.2"}, "b": {""}, "c": {""}}, true},
		{"a=x%3By+%2B;z&b=1;", url.Values{"a": {"x;y +;z"}, "b": {"1;"}}, true},
		{"daily_rate-%3E%3Ecurrency=eq.EUR", url.Values{"daily_rate->>currency": {"eq.EUR"}}, true},
		{"a=like.w1%", url.Values{"a": {"like.w1%"}}, false},
		{"a=like.w1%25", url.Values{"a": {"like.w1%"}}, true},
		{"a%zz=1&b=2", url.Values{"a%zz": {"1"}, "b": {"2"}}, false},
		{"a=%ff&b=\xff", url.Values{"a": {"\ufffd"}, "b": {"\ufffd"}}, false},
	} {
		got, ok := parseQuery(row.raw)
		if ok != row.ok || !maps.EqualFunc(got, row.want, slices.Equal) {
			t.Errorf("%q: %v %v", row.raw, got, ok)
		}
	}
}

// FuzzQuery holds that nothing of an address is lost on the way.
func FuzzQuery(f *testing.F) {
	f.Add("select=name&quantity=eq.7&name=like.w1%25;")
	f.Add("a=%zz&&=&b;c=\xff")
	f.Fuzz(func(t *testing.T, raw string) {
		values, ok := parseQuery(raw)
		parts, read := 0, 0
		for part := range strings.SplitSeq(raw, "&") {
			if part != "" {
				parts++
			}
		}
		for _, list := range values {
			read += len(list)
		}
		if read != parts {
			t.Fatalf("%q has %d parts, and %d were read", raw, parts, read)
		}
		again, err := url.ParseQuery(values.Encode())
		if err != nil || ok && !maps.EqualFunc(again, values, slices.Equal) {
			t.Fatalf("%q became %v, then %v (%v)", raw, values, again, err)
		}
	})
}

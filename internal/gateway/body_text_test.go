package gateway

import (
	"testing"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

func TestLoneSurrogates(t *testing.T) {
	for text, want := range map[string]bool{
		`{"a":"\ud83d\ude00 \u00e9"}`: false, `"\\ud800"`: false, `"\uD83D\uDE00"`: false, ``: false, `"\u12"`: false,
		`"\ud800"`: true, `"\udc00"`: true, `"\ud800\u0041"`: true, `"\ud800\\udc00"`: true, `"\ude00\ud83d"`: true, `"\\\ud800x"`: true,
	} {
		if loneSurrogate([]byte(text)) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
}

func TestCheckObject(t *testing.T) {
	for body, want := range map[string]string{
		`{}`: "", ` {"a":{"b":1},"c":[{"b":1},{"b":2}],"b":3}`: "",
		``: "invalid_json", `[]`: "invalid_json", `{`: "invalid_json", `{} {}`: "invalid_json", `null`: "invalid_json",
		`{"a":1,"a":2}`: "a", `{"s":{"x":[{"k":1,"k":2}]}}`: "s.x.k",
	} {
		err := checkObject([]byte(body))
		got := ""
		if e := errs.Of(err); e != nil {
			if got = e.Code; len(e.Fields) > 0 {
				got = e.Fields[0].Path
			}
		}
		if got != want {
			t.Errorf("%s: %v", body, err)
		}
	}
}

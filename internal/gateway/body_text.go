package gateway

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// readText returns a body that is JSON or a table. What is no text in UTF-8 is
// refused, since Go's reader of JSON would put U+FFFD in its place.
func (c *call) readText() ([]byte, error) {
	body, err := readAll(c.request)
	if err != nil {
		return nil, err
	}
	kind, params := mediaType(c.request)
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "Send UTF-8.", "Content-Type: application/json")
	}
	if !utf8.Valid(body) || kind != mediaCSV && loneSurrogate(body) {
		return nil, errs.New(errs.Invalid, "not_text", "The body holds something that is not a character.").WithHint("Send UTF-8.")
	}
	return body, nil
}

// loneSurrogate reports whether a string of the JSON escapes half of a pair.
func loneSurrogate(body []byte) bool {
	for {
		at := bytes.IndexByte(body, '\\')
		if at < 0 || at+1 >= len(body) {
			return false
		}
		body = body[at:]
		unit, ok := escaped(body)
		switch {
		case !ok:
			body = body[2:]
		case !utf16.IsSurrogate(unit):
			body = body[6:]
		default:
			low, ok := escaped(body[6:])
			if !ok || utf16.DecodeRune(unit, low) == utf8.RuneError {
				return true
			}
			body = body[12:]
		}
	}
}

// escaped reads \uXXXX at the beginning.
func escaped(text []byte) (rune, bool) {
	var unit [2]byte
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	if _, err := hex.Decode(unit[:], text[2:6]); err != nil {
		return 0, false
	}
	return rune(unit[0])<<8 | rune(unit[1]), true
}

// checkObject holds that a body is one JSON object in which no key stands
// twice, at any depth.
func checkObject(body []byte) error {
	if !json.Valid(body) { // which also bounds the depth
		return errs.New(errs.Invalid, "invalid_json", "The body is not valid JSON.")
	}
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); trimmed[0] != '{' {
		return errs.New(errs.Invalid, "invalid_json", "Send one JSON object.")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var found []errs.Field
	repeatedKeys(d, "", &found)
	if len(found) > 0 {
		return errs.BadFields(found...)
	}
	return nil
}

// repeatedKeys reads one value of valid JSON and notes the keys that stand twice.
func repeatedKeys(d *json.Decoder, path string, found *[]errs.Field) {
	token, _ := d.Token()
	opened, _ := token.(json.Delim)
	seen := map[string]bool{}
	for opened != 0 && d.More() {
		inner := path
		if opened == '{' {
			key, _ := d.Token()
			inner = strings.TrimPrefix(path+"."+key.(string), ".")
			if seen[inner] {
				*found = append(*found, errs.Field{Path: inner, Code: "repeated", Message: "Is given more than once."})
			}
			seen[inner] = true
		}
		repeatedKeys(d, inner, found)
	}
	if opened != 0 {
		_, _ = d.Token()
	}
}

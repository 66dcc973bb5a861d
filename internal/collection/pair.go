package collection

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// pair is a key of a JSON object with its value as it stands there.
type pair struct {
	key   string
	value json.RawMessage
	again bool
}

// objectPairs reads a JSON object with its keys in order, repeated ones marked.
// The values are parts of the body. Bodies hold a thousand objects: what is
// known to be valid is cut at its commas and not decoded a second time.
func objectPairs(body []byte) ([]pair, error) {
	body = skipBlanks(body)
	if len(body) == 0 || body[0] != '{' {
		return nil, errs.New(errs.Invalid, "invalid_json", "Send one record as a JSON object.")
	}
	if !json.Valid(body) {
		var nothing json.RawMessage
		return nil, badJSON(json.Unmarshal(body, &nothing))
	}
	seen := map[string]bool{}
	var pairs []pair
	for {
		body = skipBlanks(body[1:]) // the bracket, or a comma
		if body[0] == '}' {
			return pairs, nil
		}
		n := valueLength(body)
		key, err := textOf(body[:n])
		if err != nil {
			return nil, badJSON(err)
		}
		body = skipBlanks(skipBlanks(body[n:])[1:]) // the colon
		n = valueLength(body)
		pairs = append(pairs, pair{key: key, value: json.RawMessage(body[:n:n]), again: seen[key]})
		seen[key] = true
		if body = skipBlanks(body[n:]); body[0] == '}' {
			return pairs, nil
		}
	}
}

func skipBlanks(text []byte) []byte { return bytes.TrimLeft(text, " \t\r\n") }

// textOf is the text of a valid JSON string.
func textOf(quoted []byte) (text string, err error) {
	if plain := quoted[1 : len(quoted)-1]; bytes.IndexByte(plain, '\\') < 0 && utf8.Valid(plain) {
		return string(plain), nil
	}
	err = json.Unmarshal(quoted, &text)
	return text, err
}

// valueLength is how long the value is that a valid text begins with.
func valueLength(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			for i++; text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			} else if depth < 0 { // the end of what the value is in
				return i
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
		}
	}
	return len(text)
}

// sameJSON reports whether two texts say the same, whatever the order of their
// keys and the spelling of their numbers. What is no JSON is the same as nothing.
func sameJSON(a, b []byte) bool {
	x, first := readJSONTree(a)
	y, second := readJSONTree(b)
	return first && second && sameTree(x, y)
}

func readJSONTree(text []byte) (tree any, ok bool) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err := d.Decode(&tree)
	return tree, err == nil && !d.More()
}

func sameTree(a, b any) bool {
	switch x := a.(type) {
	case json.Number:
		y, ok := b.(json.Number)
		return ok && (x == y || sameNumber(string(x), string(y)))
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, sameTree)
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && maps.EqualFunc(x, y, sameTree)
	}
	return a == b
}

// sameNumber compares numbers of a size that values have.
func sameNumber(a, b string) bool {
	if len(a) > 60 || len(b) > 60 || strings.ContainsAny(a+b, "eE") {
		return false
	}
	x, first := new(big.Rat).SetString(a)
	y, second := new(big.Rat).SetString(b)
	return first && second && x.Cmp(y) == 0
}

// joinPairs is the object of the pairs.
func joinPairs(pairs []pair) json.RawMessage {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, p := range pairs {
		key, _ := json.Marshal(p.key) // a text cannot fail
		out.WriteString(cutComma(i))
		out.Write(key)
		out.WriteByte(':')
		out.Write(p.value)
	}
	out.WriteByte('}')
	return out.Bytes()
}

func cutComma(length int) string {
	if length == 0 {
		return ""
	}
	return ","
}

package collection

import "unicode/utf8"

// tagWord is one of the words that a record is found by. A list of them is the
// kind tags.
type tagWord struct{ asTyped }

const longestTag = 60

func (tagWord) clean(_ *Field, text string) (string, *problem) {
	if utf8.RuneCountInString(text) > longestTag {
		return "", wrong("too_long", "May have at most %d characters.", longestTag).with("max", int64(longestTag))
	}
	return text, nil
}

func (tagWord) describe(*Field) map[string]any {
	return map[string]any{"type": "string", "minLength": 1, "maxLength": longestTag}
}

package collection

import "unicode/utf8"

// sequenceWord is a number that people see, such as INV-2026-0001. The engine
// draws it; nobody writes it.
type sequenceWord struct{ asTyped }

const longestSequence = 200

func (sequenceWord) clean(_ *Field, text string) (string, *problem) {
	if utf8.RuneCountInString(text) > longestSequence {
		return "", wrong("too_long", "May have at most %d characters.", longestSequence).with("max", int64(longestSequence))
	}
	return text, nil
}

func (sequenceWord) describe(*Field) map[string]any {
	return map[string]any{"type": "string", "readOnly": true}
}

package manifest

import "strings"

// openAction is an action that needs an {{ end }}.
type openAction struct {
	word string // "range"
	at   int    // byte offset of its {{
}

// openActions lists the actions that the text opens and does not close,
// outermost first. Each {{ end }} closes the last one that is open, so that of
// two where one end is missing the outer is named.
func openActions(text string) []openAction {
	var open []openAction
	for at := 0; ; {
		start := strings.Index(text[at:], "{{")
		if start < 0 {
			return open
		}
		start += at
		end := actionEnd(text, start+2)
		body := strings.TrimLeft(strings.TrimPrefix(text[start+2:end], "-"), " \t\r\n")
		switch word := leadingWord(body); word {
		case "if", "range", "with", "define", "block":
			open = append(open, openAction{word, start})
		case "end":
			open = open[:max(len(open)-1, 0)]
		}
		at = end
	}
}

// actionEnd returns the offset at which the action that begins before at ends.
func actionEnd(text string, at int) int {
	if body := strings.TrimLeft(strings.TrimPrefix(text[at:], "-"), " \t\r\n"); strings.HasPrefix(body, "/*") {
		if end := strings.Index(body, "*/"); end >= 0 {
			return len(text) - len(body) + end + 2
		}
		return len(text)
	}
	for at < len(text) && !strings.HasPrefix(text[at:], "}}") {
		if quote := text[at]; quote == '"' || quote == '\'' || quote == '`' {
			at = quoteEnd(text, at+1, quote)
			continue
		}
		at++
	}
	return at
}

// quoteEnd returns the offset behind the quote that closes the constant.
func quoteEnd(text string, at int, quote byte) int {
	for ; at < len(text); at++ {
		switch {
		case text[at] == quote:
			return at + 1
		case text[at] == '\\' && quote != '`':
			at++
		}
	}
	return len(text)
}

func leadingWord(text string) string {
	end := strings.IndexFunc(text, func(r rune) bool { return r < 'a' || r > 'z' })
	if end < 0 {
		return text
	}
	return text[:end]
}

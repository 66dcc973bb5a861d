package manifest

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

var syntaxError = regexp.MustCompile(`(?s)^yaml: (?:line (\d+): )?(.*)$`)

// syntax notes an error of the YAML parser, which knows lines only.
func (d *document) syntax(err error, content []byte) {
	at := &yaml.Node{Line: 1, Column: 1}
	reason := err.Error()
	if m := syntaxError.FindStringSubmatch(reason); m != nil {
		at.Line, _ = strconv.Atoi(m[1])
		reason = m[2]
	}
	// The parser counts these lines from 0, and all others from 1.
	if strings.HasPrefix(reason, "did not find expected") {
		at.Line = min(at.Line+1, bytes.Count(bytes.TrimRight(content, " \n"), []byte("\n"))+1)
	}
	hint := ""
	switch {
	case strings.Contains(reason, "mapping values are not allowed"):
		hint = `A text that holds ": " is put in quotes.`
	case strings.Contains(reason, "',' or"):
		hint = "Inside { } and [ ] a text that holds one of , ? : { } [ ] is put in quotes, and every bracket is closed."
	case strings.Contains(reason, "could not find expected ':'"):
		hint = `A colon and a space stand between a key and its value, as in "title: name".`
	case strings.Contains(reason, "unexpected end of stream"):
		hint = "Close the quote."
	case strings.Contains(reason, "cannot start any token") || strings.Contains(reason, "tab character"):
		at.Column, reason, hint = badStart(lineOf(content, at.Line), reason)
	}
	d.problem(at, hint, "this is not YAML: %s", reason)
}

// badStart explains a line with a character that begins no value: a tab in the
// indentation, or one of the characters that YAML keeps for itself.
func badStart(line, reason string) (column int, why, hint string) {
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	if tab := strings.IndexByte(indent, '\t'); tab >= 0 {
		return tab + 1, "a tab; YAML indents with spaces", "Write two spaces for it."
	}
	if at := strings.IndexAny(line, "@`%"); at >= 0 {
		return utf8.RuneCountInString(line[:at]) + 1, reason, "A text that begins with @, ` or % is put in quotes."
	}
	return 1, reason, ""
}

// lineOf returns the line of that number, from 1; "" when there is none.
func lineOf(content []byte, number int) string {
	lines := strings.SplitN(string(content), "\n", number+1)
	if number < 1 || number > len(lines) {
		return ""
	}
	return lines[number-1]
}

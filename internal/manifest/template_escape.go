package manifest

import (
	"errors"
	"html/template"
	"io"
)

// escape finds markup in which html/template can make no value safe, which it
// says only when a template first runs. So the template runs once, with nothing
// in it; what goes wrong in that run itself says nothing about the template.
// Only the first such place is known.
func (c *templateCheck) escape() {
	functions := template.FuncMap{}
	for name := range platformFunctions {
		functions[name] = func(...any) template.HTML { return "" }
	}
	root, err := template.New(templateSelf).Funcs(functions).Parse(c.text)
	if err != nil {
		c.syntax(err)
		return
	}
	var unsafe *template.Error
	if errors.As(root.Execute(io.Discard, map[string]any{}), &unsafe) {
		c.refuse(c.placeOf(unsafe), escapeHints[unsafe.ErrorCode], "%s", escapeMessage(unsafe))
	}
}

// placeOf returns the offset of what could not be escaped: of the action or
// text, else of the line. What is wrong at the end stands at the beginning.
func (c *templateCheck) placeOf(e *template.Error) int {
	if e.Node != nil {
		return int(e.Node.Position())
	}
	return c.actionIn(e.Line)
}

// escapeMessage says in a sentence what escaping found. Its own words for some
// errors list the states of its automaton.
func escapeMessage(e *template.Error) string {
	switch e.ErrorCode {
	case template.ErrBranchEnd:
		return "the branches of this action end in different places of the markup, so that what follows cannot be made safe"
	case template.ErrRangeLoopReentry:
		return "a round of this range ends in another place of the markup than it begins in"
	case template.ErrEndContext:
		return "the template ends within a tag, an attribute, a comment, a script or a style"
	}
	return e.Description
}

var escapeHints = map[template.ErrorCode]string{
	template.ErrBranchEnd:        "Close every tag and quote in the branch that opens it.",
	template.ErrRangeLoopReentry: "Close every tag and quote within the round that opens it.",
	template.ErrEndContext:       "Close what is open.",
}

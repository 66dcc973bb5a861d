package manifest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	ast "text/template/parse"
	"unicode/utf8"
)

const (
	// MaxTemplate is how many bytes a block's template may have.
	MaxTemplate = 64 << 10
	// maxRanges is how many ranges may stand inside one another. Each runs over
	// one query, so the rounds of a template are bounded by its queries' limits.
	maxRanges = 3
	// maxDepth is how deep if, with, range and parentheses may nest.
	maxDepth = 50
)

// templateSelf names the template that is checked. The name cannot be written in
// a template, so none can be defined over it.
const templateSelf = "\x00"

// templateFunction says how a function of templates is called.
type templateFunction struct {
	least, most int    // number of arguments
	usage       string // how it is written
}

// manyArguments is the greatest number of arguments of functions that take any number.
const manyArguments = 100

// platformFunctions are the functions that the platform brings to templates.
var platformFunctions = map[string]templateFunction{
	"form":  {1, 1, `{{ form "collection.action" }}`},
	"link":  {1, 2, `{{ link .address "text" }}`},
	"image": {1, 2, `{{ image .address "description" }}`},
	"money": {1, 1, `{{ money .price }}`},
	"date":  {1, 1, `{{ date .day }}`},
	"t":     {1, 1, `{{ t "text" }}`},
}

// builtInFunctions are the functions of Go's templates that may be used. The
// others make text of any length (printf), run code (call), or switch the
// escaping off (html, js, urlquery), or have no use here (print, println, slice).
var builtInFunctions = map[string]templateFunction{
	"and":   {1, manyArguments, `{{ if and .a .b }}`},
	"or":    {1, manyArguments, `{{ if or .a .b }}`},
	"not":   {1, 1, `{{ if not .a }}`},
	"eq":    {2, manyArguments, `{{ if eq .a .b }}`},
	"ne":    {2, 2, `{{ if ne .a .b }}`},
	"lt":    {2, 2, `{{ if lt .a .b }}`},
	"le":    {2, 2, `{{ if le .a .b }}`},
	"gt":    {2, 2, `{{ if gt .a .b }}`},
	"ge":    {2, 2, `{{ if ge .a .b }}`},
	"len":   {1, 1, `{{ len .entries }}`},
	"index": {2, manyArguments, `{{ index .entries 0 }}`},
}

// TemplateFunctions lists, sorted, the functions that the platform brings to
// templates. Whoever runs templates must bring exactly these.
func TemplateFunctions() []string {
	return slices.Sorted(maps.Keys(platformFunctions))
}

// CheckTemplate says what is wrong with the text of a block's template. The
// problems stand in the file of that name. It checks the parse tree and finds
// everything at once but for syntax errors, of which only the first is known.
// When all else is fine it lets html/template look for markup in which no value
// is safe. Without a block and a manifest, names of queries, properties, fields
// and actions are not looked up.
func CheckTemplate(name, text string, b *Block, m *Manifest) []Problem {
	c := &templateCheck{file: name, text: text, block: b, manifest: m}
	switch {
	case len(text) > MaxTemplate:
		c.refuse(0, "", "the template is larger than %d KB", MaxTemplate>>10)
		return c.found
	case !utf8.ValidString(text):
		c.refuse(firstInvalid(text), "Save the file as UTF-8.", "the template is not UTF-8")
		return c.found
	}
	root, err := c.parseTree()
	if err != nil {
		c.syntax(err)
		return c.found
	}
	c.assigned = assignedVariables(root, map[string]bool{})
	c.list(root, templateState{dot: rootValue})
	if len(c.found) == 0 {
		c.escape()
	}
	return c.found
}

// templateCheck walks one template.
type templateCheck struct {
	file     string
	text     string
	block    *Block
	manifest *Manifest
	assigned map[string]bool // variables that get another value somewhere
	found    []Problem
}

// parseTree returns the tree of the template and refuses further templates in it.
func (c *templateCheck) parseTree() (*ast.ListNode, error) {
	tree := ast.New(templateSelf)
	tree.Mode = ast.SkipFuncCheck
	trees := map[string]*ast.Tree{}
	if _, err := tree.Parse(c.text, "", "", trees); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(trees)) {
		if name != templateSelf {
			c.refuse(int(trees[name].Root.Pos), "Write its content where it is used.",
				"a block's template cannot define another template (%q)", name)
		}
	}
	return tree.Root, nil
}

// syntax notes an error of the parser, which reads "template: name:line: text".
func (c *templateCheck) syntax(err error) {
	message := err.Error()
	var line int
	_, rest, _ := strings.Cut(message, "template: \x00:")
	if _, scanErr := fmt.Sscanf(rest, "%d:", &line); scanErr == nil {
		_, message, _ = strings.Cut(rest, ": ")
	}
	if strings.TrimSpace(message) == "unexpected EOF" {
		if open := openActions(c.text); len(open) > 0 {
			last := open[len(open)-1]
			c.refuse(last.at, "Write {{ end }} where it ends.", "the %q of line %d is not closed", last.word, strings.Count(c.text[:last.at], "\n")+1)
			return
		}
	}
	c.refuse(c.actionIn(line), "", "%s", strings.TrimSpace(message))
}

// actionIn returns the offset of the line's first action, or of its beginning.
func (c *templateCheck) actionIn(line int) int {
	start := 0
	for range line - 1 {
		next := strings.IndexByte(c.text[start:], '\n')
		if next < 0 {
			break
		}
		start += next + 1
	}
	content, _, _ := strings.Cut(c.text[start:], "\n")
	return start + max(strings.Index(content, "{{"), 0)
}

// refuse notes a problem at the byte offset.
func (c *templateCheck) refuse(offset int, hint, format string, args ...any) {
	before := c.text[:min(max(offset, 0), len(c.text))]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	c.found = append(c.found, Problem{
		File: c.file, Line: line, Column: column,
		Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// firstInvalid returns the offset of the first byte that is not UTF-8.
func firstInvalid(text string) int {
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return len(text)
}

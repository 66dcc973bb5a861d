package manifest

import (
	"maps"
	"slices"
	"strings"
	ast "text/template/parse"
)

// templateState is what holds at one place of a template.
type templateState struct {
	dot    templateValue
	vars   map[string]templateValue
	ranges int // how many ranges are around this place
	depth  int // how many actions and parentheses are around this place
}

// inside returns the state within a branch. Variables declared there end there,
// as those of Go's templates do.
func (s templateState) inside() templateState {
	s.vars = maps.Clone(s.vars)
	s.depth++
	return s
}

// list checks the nodes in order.
func (c *templateCheck) list(list *ast.ListNode, s templateState) {
	if list == nil {
		return
	}
	if s.depth > maxDepth {
		c.refuse(int(list.Pos), "", "if, with and range are nested more than %d deep", maxDepth)
		return
	}
	for _, node := range list.Nodes {
		c.node(node, &s)
	}
}

func (c *templateCheck) node(node ast.Node, s *templateState) {
	switch n := node.(type) {
	case *ast.TextNode, *ast.CommentNode, *ast.BreakNode, *ast.ContinueNode:
	case *ast.ActionNode:
		result := c.pipe(n.Pipe, s)
		c.declare(n.Pipe, result, s)
		if len(n.Pipe.Decl) == 0 {
			c.written(n, result)
		}
	case *ast.IfNode:
		c.branch(&n.BranchNode, *s, func(templateValue) templateValue { return s.dot })
	case *ast.WithNode:
		c.branch(&n.BranchNode, *s, func(v templateValue) templateValue { return v })
	case *ast.RangeNode:
		c.rangeOver(&n.BranchNode, *s)
	case *ast.TemplateNode:
		c.refuse(int(n.Pos), "Write its content here.", "a block's template cannot call a template")
	default:
		c.refuse(int(node.Position()), "", "this action is not part of block templates")
	}
}

// written notes values that cannot be written to a page as they are.
func (c *templateCheck) written(n *ast.ActionNode, v templateValue) {
	switch v.sort {
	case moneySort:
		c.refuse(int(n.Pos), "Write {{ money … }}.", "an amount is written with its currency")
	case rowsSort:
		c.refuse(int(n.Pos), "Write {{ range … }} … {{ end }}.", "these are several records")
	case rowSort, propertiesSort, settingsSort, rootSort:
		c.refuse(int(n.Pos), "Name one of its values.", "this is not one value")
	}
}

// declare gives the pipeline's variables their value. Nothing is known of a
// variable that is assigned again anywhere, in whichever branch or round.
func (c *templateCheck) declare(pipe *ast.PipeNode, v templateValue, s *templateState) {
	for _, variable := range pipe.Decl {
		c.set(s, variable, v)
	}
}

func (c *templateCheck) set(s *templateState, variable *ast.VariableNode, v templateValue) {
	if c.assigned[variable.Ident[0]] {
		v = unknownValue
	}
	if s.vars == nil {
		s.vars = map[string]templateValue{}
	}
	s.vars[variable.Ident[0]] = v
}

// assignedVariables adds the names of all variables that the node assigns a
// new value with "=".
func assignedVariables(node ast.Node, found map[string]bool) map[string]bool {
	branch := func(n *ast.BranchNode) {
		assignedVariables(n.Pipe, found)
		assignedVariables(n.List, found)
		assignedVariables(n.ElseList, found)
	}
	switch n := node.(type) {
	case *ast.ListNode:
		if n != nil {
			for _, child := range n.Nodes {
				assignedVariables(child, found)
			}
		}
	case *ast.ActionNode:
		assignedVariables(n.Pipe, found)
	case *ast.PipeNode:
		if n != nil && n.IsAssign {
			for _, variable := range n.Decl {
				found[variable.Ident[0]] = true
			}
		}
	case *ast.IfNode:
		branch(&n.BranchNode)
	case *ast.WithNode:
		branch(&n.BranchNode)
	case *ast.RangeNode:
		branch(&n.BranchNode)
	}
	return found
}

// branch checks if and with; dot gives what the dot is inside.
func (c *templateCheck) branch(n *ast.BranchNode, s templateState, dot func(templateValue) templateValue) {
	inner := s.inside()
	result := c.pipe(n.Pipe, &inner)
	c.declare(n.Pipe, result, &inner)
	other := inner.inside()
	inner.dot = dot(result)
	c.list(n.List, inner)
	c.list(n.ElseList, other)
}

// rangeOver checks range, which runs over the records of a query and nothing
// else: not over a number, whose rounds no limit bounds, and not over a text.
func (c *templateCheck) rangeOver(n *ast.BranchNode, s templateState) {
	inner := s.inside()
	over := c.pipe(n.Pipe, &inner)
	if over.sort != rowsSort && (over.sort != unknownSort || c.block != nil) {
		c.refuse(int(n.Pipe.Pos), c.queryHint(), "range runs over the records of a query only")
	}
	inner.ranges++
	if inner.ranges == maxRanges+1 {
		c.refuse(int(n.Pos), "", "more than %d ranges stand inside one another", maxRanges)
	}
	other := inner.inside()
	other.ranges--
	inner.dot = over.element()
	switch decl := n.Pipe.Decl; len(decl) {
	case 1:
		c.set(&inner, decl[0], inner.dot)
	case 2:
		c.set(&inner, decl[0], plainValue)
		c.set(&inner, decl[1], inner.dot)
	}
	c.list(n.List, inner)
	c.list(n.ElseList, other)
}

func (c *templateCheck) queryHint() string {
	if c.block == nil || len(c.block.Queries) == 0 {
		return "Declare a query in the block's YAML file."
	}
	return "Write {{ range ." + c.block.Queries[0].Name + " }}."
}

// pipe checks the commands of a pipeline and returns the value of the last.
func (c *templateCheck) pipe(pipe *ast.PipeNode, s *templateState) templateValue {
	if pipe == nil {
		return unknownValue
	}
	var result templateValue
	for i, command := range pipe.Cmds {
		var piped *templateValue
		if i > 0 {
			before := result
			piped = &before
		}
		result = c.command(command, piped, s)
	}
	return result
}

// command checks one command; piped is the value handed to it, nil if none.
func (c *templateCheck) command(command *ast.CommandNode, piped *templateValue, s *templateState) templateValue {
	first := command.Args[0]
	if called, ok := first.(*ast.IdentifierNode); ok {
		return c.call(called, command.Args[1:], piped, s)
	}
	if len(command.Args) > 1 || piped != nil {
		c.refuse(int(first.Position()), "Functions stand first: {{ date .day }}.", "%s is not a function", first)
	}
	for _, arg := range command.Args[1:] {
		c.value(arg, s)
	}
	return c.value(first, s)
}

// call checks a function and its arguments.
func (c *templateCheck) call(called *ast.IdentifierNode, args []ast.Node, piped *templateValue, s *templateState) templateValue {
	at := int(called.Pos)
	values := make([]templateValue, 0, len(args)+1)
	for _, arg := range args {
		values = append(values, c.value(arg, s))
	}
	if piped != nil {
		values = append(values, *piped)
	}
	f, ok := platformFunctions[called.Ident]
	if !ok {
		f, ok = builtInFunctions[called.Ident]
	}
	switch {
	case !ok:
		c.refuse(at, unknownFunctionHint(called.Ident), "there is no function %q in block templates", called.Ident)
		return unknownValue
	case len(values) < f.least || len(values) > f.most:
		c.refuse(at, "Write "+f.usage+".", "%q has %d arguments", called.Ident, len(values))
		return unknownValue
	case called.Ident == "form":
		c.form(at, args)
	}
	return c.result(called.Ident, at, values)
}

func unknownFunctionHint(name string) string {
	names := append(TemplateFunctions(), sortedKeys(builtInFunctions)...)
	if hint := suggest(name, names); hint != "" {
		return hint
	}
	return "There are " + strings.Join(names, ", ") + "."
}

// form checks that the action is written out and that visitors may do it.
func (c *templateCheck) form(at int, args []ast.Node) {
	if len(args) != 1 || args[0].Type() != ast.NodeString {
		c.refuse(at, `Write {{ form "collection.action" }}.`, "the action of a form is written out")
		return
	}
	name := args[0].(*ast.StringNode)
	if c.manifest == nil {
		return
	}
	collection, action, _ := strings.Cut(name.Text, ".")
	actions := c.manifest.actionNames()
	hint := suggest(name.Text, actions)
	switch {
	case !slices.Contains(actions, name.Text) && len(actions) == 0:
		c.refuse(int(name.Pos), "Declare one with \"scope: collection\" under \"actions\" of a collection.",
			"there is no action %q", name.Text)
	case !slices.Contains(actions, name.Text):
		c.refuse(int(name.Pos), hint, "there is no action %q", name.Text)
	case !c.manifest.visitorsMay(collection, action):
		c.refuse(int(name.Pos), `Write roles: {visitor: {grants: [`+name.Text+`]}} in module.yaml.`,
			"visitors are not granted %q", name.Text)
	}
}

// result returns the value of a call and checks the arguments' sorts.
func (c *templateCheck) result(name string, at int, args []templateValue) templateValue {
	switch name {
	case "money":
		if args[0].sort != moneySort && args[0].sort != unknownSort {
			c.refuse(at, "", "money writes an amount, and this is none")
		}
	case "date":
		if args[0].sort != dateSort && args[0].sort != unknownSort {
			c.refuse(at, "", "date writes a date, and this is none")
		}
	case "and", "or":
		for _, arg := range args {
			if arg != args[0] {
				return unknownValue
			}
		}
		return args[0]
	case "index":
		return args[0].element()
	}
	return plainValue
}

// value checks one operand and returns what it is.
func (c *templateCheck) value(node ast.Node, s *templateState) templateValue {
	switch n := node.(type) {
	case *ast.DotNode:
		return s.dot
	case *ast.FieldNode:
		return c.path(n.Ident, 0, int(n.Pos), s.dot)
	case *ast.VariableNode:
		from, ok := s.vars[n.Ident[0]]
		if n.Ident[0] == "$" {
			from, ok = rootValue, true
		}
		if !ok {
			from = unknownValue
		}
		return c.path(n.Ident, 1, int(n.Pos), from)
	case *ast.ChainNode:
		return c.path(n.Field, 0, int(n.Pos), c.value(n.Node, s))
	case *ast.PipeNode:
		return c.parentheses(n, s)
	case *ast.IdentifierNode:
		return c.call(n, nil, nil, s)
	case *ast.StringNode, *ast.NumberNode, *ast.BoolNode, *ast.NilNode:
		return plainValue
	}
	c.refuse(int(node.Position()), "", "this is not a value")
	return unknownValue
}

func (c *templateCheck) parentheses(n *ast.PipeNode, s *templateState) templateValue {
	if s.depth > maxDepth {
		c.refuse(int(n.Pos), "", "parentheses are nested more than %d deep", maxDepth)
		return unknownValue
	}
	s.depth++
	result := c.pipe(n, s)
	s.depth--
	return result
}

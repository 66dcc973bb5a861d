package expr

import "strings"

// PrintFilter writes a tree as a URL parameter in PostgREST's notation;
// ParseFilter or ParseLogic and Check give an equal tree back. What only
// manifests can say (two fields compared, today(), true) is an error.
func PrintFilter(n Node) (name, value string, err error) {
	not := ""
	if inner, ok := n.(Not); ok {
		switch inner.Node.(type) {
		case And, Or:
			not, n = "not.", inner.Node
		case Not:
			value, err = printList([]Node{inner.Node})
			return "not.and", value, err
		}
	}
	switch n := n.(type) {
	case And:
		value, err = printList(n.Nodes)
		return not + "and", value, err
	case Or:
		value, err = printList(n.Nodes)
		return not + "or", value, err
	}
	return printOperation(n, false)
}

// PrintName writes a name of the tree as URLs do: price.amount is price->amount.
func PrintName(name string) string {
	whole, part, dotted := strings.Cut(name, ".")
	switch {
	case !dotted:
		return whole
	case part == "currency": // text has the second arrow in PostgREST
		return whole + "->>" + part
	}
	return whole + "->" + part
}

func printList(nodes []Node) (string, error) {
	items := make([]string, len(nodes))
	for i, n := range nodes {
		item, err := printItem(n)
		if err != nil {
			return "", err
		}
		items[i] = item
	}
	return "(" + strings.Join(items, ",") + ")", nil
}

func printItem(n Node) (string, error) {
	not, inner := "", n
	if negated, ok := n.(Not); ok {
		switch negated.Node.(type) {
		case And, Or:
			not, inner = "not.", negated.Node
		case Not:
			list, err := printList([]Node{negated.Node})
			return "not.and" + list, err
		}
	}
	switch inner := inner.(type) {
	case And:
		list, err := printList(inner.Nodes)
		return not + "and" + list, err
	case Or:
		list, err := printList(inner.Nodes)
		return not + "or" + list, err
	}
	name, value, err := printOperation(n, true)
	return name + "." + value, err
}

// printOperation writes a single condition, quoting its value within a list.
func printOperation(n Node, list bool) (name, value string, err error) {
	switch n := n.(type) {
	case Not:
		name, value, err = printOperation(n.Node, list)
		return name, "not." + value, err
	case Compare:
		word := [...]string{"eq.", "neq.", "lt.", "lte.", "gt.", "gte."}[n.Op]
		path, left := n.Left.(Path)
		l, right := n.Right.(Literal)
		if left && right && l.Kind != None {
			return PrintName(path.Name), word + printValue(l, list), nil
		}
	case Like:
		if path, ok := n.Left.(Path); ok {
			word := "like."
			if n.Fold {
				word = "ilike."
			}
			return PrintName(path.Name), word + printValue(Literal{Kind: Raw, Value: n.Pattern}, list), nil
		}
	case IsNull:
		if path, ok := n.Left.(Path); ok {
			return PrintName(path.Name), "is.null", nil
		}
	case In:
		if path, ok := n.Left.(Path); ok {
			values := make([]string, len(n.Values))
			for i, v := range n.Values {
				if v.Kind == None {
					return "", "", fail(v.At, "operator", "A list in a URL holds no null.")
				}
				values[i] = printValue(v, true)
			}
			return PrintName(path.Name), "in.(" + strings.Join(values, ",") + ")", nil
		}
	}
	return "", "", fail(0, "operator", "This condition cannot be written in a URL.")
}

func printValue(l Literal, list bool) string {
	text := l.text()
	if list && (text == "" || strings.ContainsAny(text, `,()"\:. `)) && l.Kind != Decimal {
		return quote(text)
	}
	return text
}

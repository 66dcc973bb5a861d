package expr

import "strings"

// PrintFilter writes a tree as a URL parameter in PostgREST's notation;
// ParseFilter or ParseLogic and Check give an equal tree back. It is how
// filters are stored: me, actor, my.team, now() and today() become @me,
// @person, @teams, @now and @today. What only manifests can say (two fields
// compared, arithmetic, functions) is an error.
func PrintFilter(n Node) (name, value string, err error) {
	if word, nodes, ok := logic(n); ok {
		value, err = printList(nodes)
		return word, value, err
	}
	return printOperation(n, false)
}

// logic splits and, or and their negations; a double negation is an "and" of
// one, negated.
func logic(n Node) (word string, nodes []Node, ok bool) {
	switch n := n.(type) {
	case And:
		return "and", n.Nodes, true
	case Or:
		return "or", n.Nodes, true
	case Not:
		switch inner := n.Node.(type) {
		case And:
			return "not.and", inner.Nodes, true
		case Or:
			return "not.or", inner.Nodes, true
		case Not:
			return "not.and", []Node{inner}, true
		}
	}
	return "", nil, false
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
	if word, nodes, ok := logic(n); ok {
		list, err := printList(nodes)
		return word + list, err
	}
	name, value, err := printOperation(n, true)
	return name + "." + value, err
}

// printOperation writes a single condition, quoting its value within a list.
func printOperation(n Node, list bool) (name, value string, err error) {
	if not, ok := n.(Not); ok {
		name, value, err = printOperation(not.Node, list)
		return name, "not." + value, err
	}
	left := children(n)
	if len(left) == 0 {
		return "", "", unprintable()
	}
	path, ok := bare(left[0]).(Path)
	if !ok {
		return "", "", unprintable()
	}
	value, ok = printCondition(n, list)
	if !ok {
		return "", "", unprintable()
	}
	return path.urlName(), value, nil
}

func unprintable() error {
	return fail(0, "operator", "This condition cannot be written in a URL.")
}

func printCondition(n Node, list bool) (string, bool) {
	switch n := n.(type) {
	case Compare:
		word := [...]string{"eq.", "neq.", "lt.", "lte.", "gt.", "gte.", "cs.", "cd.", "ov."}[n.Op]
		text, ok := filterText(n.Right)
		return word + quoteIn(list, text), ok
	case Like:
		word := [...]string{"like.", "ilike.", "match.", "imatch."}[patternWord(n)]
		return word + quoteIn(list, n.Pattern), true
	case Search:
		word := [...]string{"fts", "plfts", "phfts", "wfts"}[n.Form]
		if n.Config != "" {
			word += "(" + n.Config + ")"
		}
		return word + "." + quoteIn(list, n.Query), true
	case IsNull:
		return "is.null", true
	case In:
		if items, ok := n.Right.(List); ok {
			texts, ok := filterTexts(items.Items)
			return "in.(" + strings.Join(texts, ",") + ")", ok
		}
		text, ok := filterText(n.Right)
		return "in." + text, ok && strings.HasPrefix(text, "@")
	}
	return "", false
}

func patternWord(l Like) (word int) {
	if l.Fold {
		word++
	}
	if l.Regex {
		word += 2
	}
	return word
}

// filterText writes what stands after an operator.
func filterText(n Node) (string, bool) {
	switch n := bare(n).(type) {
	case Literal:
		return n.text(), n.Kind != None
	case List:
		var items []string
		for _, i := range n.Items {
			text, ok := filterText(i)
			if !ok {
				return "", false
			}
			items = append(items, text)
		}
		return arrayText(items), true
	}
	return relativeText(bare(n))
}

func filterTexts(nodes []Node) ([]string, bool) {
	texts := make([]string, len(nodes))
	for i, n := range nodes {
		text, ok := filterText(n)
		if !ok {
			return nil, false
		}
		texts[i] = quoteIn(true, text)
	}
	return texts, true
}

// quoteIn quotes a value within a list where it would not come back as it is.
func quoteIn(list bool, text string) string {
	if list && (text == "" || strings.ContainsAny(text, `,()"\:{} `)) {
		return quote(text)
	}
	return text
}

// bare takes the conversions off that Check puts around a node.
func bare(n Node) Node {
	for {
		conversion, ok := n.(as)
		if !ok {
			return n
		}
		n = conversion.Node
	}
}

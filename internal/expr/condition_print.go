package expr

import "strings"

// PrintCondition writes a tree in the manifest's notation; ParseCondition and
// Check give an equal tree back. Patterns have no words there: error.
func PrintCondition(n Node) (string, error) {
	var b strings.Builder
	err := printCondition(&b, n, 0)
	return b.String(), err
}

// The binding strength of the words, loosest first.
const (
	looseOr = iota
	looseAnd
	tight
)

func printCondition(b *strings.Builder, n Node, strength int) error {
	switch n := n.(type) {
	case Literal:
		b.WriteString(conditionOperand(n))
	case Compare:
		b.WriteString(conditionOperand(n.Left) + [...]string{" == ", " != ", " < ", " <= ", " > ", " >= "}[n.Op] + conditionOperand(n.Right))
	case IsNull:
		b.WriteString(conditionOperand(n.Left) + " == null")
	case In:
		values := make([]string, len(n.Values))
		for i, v := range n.Values {
			values[i] = conditionOperand(v)
		}
		b.WriteString(conditionOperand(n.Left) + " in [" + strings.Join(values, ", ") + "]")
	case Not:
		b.WriteString("not ")
		return printCondition(b, n.Node, tight)
	case And:
		return printChain(b, n.Nodes, " and ", strength > looseOr, tight)
	case Or:
		return printChain(b, n.Nodes, " or ", strength > looseOr, looseAnd)
	default:
		return fail(0, "operator", "This condition has no words in a manifest.")
	}
	return nil
}

// printChain writes the parts; a chain within another one gets parentheses, so
// that it comes back as it was nested.
func printChain(b *strings.Builder, nodes []Node, word string, parentheses bool, strength int) error {
	if parentheses {
		b.WriteByte('(')
	}
	for i, n := range nodes {
		if i > 0 {
			b.WriteString(word)
		}
		if err := printCondition(b, n, strength); err != nil {
			return err
		}
	}
	if parentheses {
		b.WriteByte(')')
	}
	return nil
}

func conditionOperand(o Operand) string {
	switch o := o.(type) {
	case Path:
		return o.Name
	case Today:
		return "today()"
	case Literal:
		switch o.Kind {
		case None, Integer, Decimal, Boolean:
			return o.text()
		}
		return quote(o.text())
	}
	return ""
}

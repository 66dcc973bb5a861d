package expr

import "strings"

// Print writes a tree in the manifest's notation; Parse gives an equal tree
// back. What only URLs can say (patterns, lists compared, searches) is an error.
func Print(n Node) (string, error) {
	var p expressionPrinter
	p.node(n, looseOr)
	return p.b.String(), p.err
}

// The binding strength of the words, loosest first.
const (
	looseOr = iota
	looseAnd
	looseNot
	looseCompare
	looseSum
	looseProduct
	tight
)

type expressionPrinter struct {
	b   strings.Builder
	err error
}

// node writes a node; one that binds looser than its place asks for gets
// brackets.
func (p *expressionPrinter) node(n Node, place int) {
	strength := strengthOf(n)
	if strength < place {
		p.write("(")
		defer p.write(")")
	}
	switch n := n.(type) {
	case as:
		p.node(n.Node, place)
	case Literal:
		p.literal(n)
	case List:
		p.list("[", n.Items, "]")
	case Path:
		p.write(dotted(n.Steps))
	case Compare:
		p.compare(n)
	case In:
		p.node(n.Left, looseSum)
		p.write(" in ")
		p.node(n.Right, looseSum)
	case IsNull:
		p.node(n.Left, looseSum)
		p.write(" == null")
	case Not:
		p.write("not ")
		p.node(n.Node, looseNot)
	case And:
		p.chain(n.Nodes, " and ", looseNot)
	case Or:
		p.chain(n.Nodes, " or ", looseAnd)
	case Binary:
		p.node(n.Left, strength)
		p.write(" ", string(n.Op), " ")
		p.node(n.Right, strength+1)
	case Negate:
		p.write("-")
		p.negated(n.Node)
	case Call:
		p.write(n.Func)
		p.list("(", n.Args, ")")
	case Aggregate:
		p.aggregate(n)
	default:
		p.err = fail(0, "operator", "This condition has no words in a manifest.")
	}
}

func (p *expressionPrinter) write(parts ...string) {
	for _, s := range parts {
		p.b.WriteString(s)
	}
}

func strengthOf(n Node) int {
	switch n := n.(type) {
	case Or:
		return looseOr
	case And:
		return looseAnd
	case Not:
		return looseNot
	case Compare, In, IsNull:
		return looseCompare
	case Binary:
		if n.Op == Plus || n.Op == Minus {
			return looseSum
		}
		return looseProduct
	}
	return tight
}

func (p *expressionPrinter) literal(l Literal) {
	switch l.Kind {
	case Raw, Text, Date, Instant, UUID, Clock, JSON:
		p.write(quote(l.text()))
	default:
		p.write(l.text())
	}
}

// negated writes what follows a minus. A positive number would take the minus in.
func (p *expressionPrinter) negated(n Node) {
	if l, ok := n.(Literal); ok && !strings.HasPrefix(l.text(), "-") {
		p.write("(")
		p.literal(l)
		p.write(")")
		return
	}
	p.node(n, tight)
}

func (p *expressionPrinter) compare(n Compare) {
	if n.Op > Ge {
		p.err = fail(n.At, "operator", "This condition has no words in a manifest.")
		return
	}
	p.node(n.Left, looseSum)
	p.write([...]string{" == ", " != ", " < ", " <= ", " > ", " >= "}[n.Op])
	p.node(n.Right, looseSum)
}

// chain writes the parts; one within another gets brackets, so that it comes
// back as it was nested.
func (p *expressionPrinter) chain(nodes []Node, word string, place int) {
	for i, n := range nodes {
		if i > 0 {
			p.write(word)
		}
		p.node(n, place)
	}
}

func (p *expressionPrinter) list(open string, nodes []Node, closing string) {
	p.write(open)
	p.chain(nodes, ", ", looseOr)
	p.write(closing)
}

func (p *expressionPrinter) aggregate(a Aggregate) {
	var args []Node
	if a.Of != nil {
		args = append(args, *a.Of)
	}
	if a.Where != nil {
		args = append(args, a.Where)
	}
	p.write(a.Func)
	p.list("(", args, ")")
}

func dotted(steps []string) string {
	if len(steps) == 1 {
		return steps[0]
	}
	return strings.Join(steps, ".")
}

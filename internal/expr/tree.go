package expr

import "slices"

// Node is a condition or a value. Nodes are immutable once made. Those that
// are conditions have the kind Boolean, and so may paths and functions.
type Node interface{ node() }

// Literal is a value that somebody wrote. Value is nil for None, and else as
// the comment of its Kind says.
type Literal struct {
	Kind  Kind
	Value any
	At    int // byte position in the text
}

// List is a list that somebody wrote: literals, and in filters also @me and
// its like.
type List struct {
	Items []Node
	At    int
}

// Path names a value step by step: status, company.name, setting.prefix,
// price.amount. What the steps mean, the Schema says.
type Path struct {
	Steps []string
	At    int

	url   bool // written in PostgREST's notation
	arrow int  // index of the first step written with an arrow; 0: none
	json  bool // written with arrows of which the last is a single one: JSON stays JSON

	// What Check found.
	checked  bool
	up       int  // how many enclosing aggregates the path leaves
	skip     int  // leading steps that only say so: "this"
	part     int  // trailing steps that are parts of a value: amount, currency, JSON keys
	whole    Type // of the value without its parts
	options  []string
	constant bool
	identity bool
}

// Name returns the path of the steps.
func Name(steps ...string) Path { return Path{Steps: steps} }

// Op is a comparison.
type Op int

// The comparisons, each in SQL's meaning save that Eq and Ne are never
// unknown. Those from Contains on compare lists (Contains and Within also
// JSON) and are unknown when a side is empty.
const (
	Eq Op = iota
	Ne
	Lt
	Le
	Gt
	Ge
	Contains // every item of Right is in Left
	Within   // every item of Left is in Right
	Overlaps // an item is in both
)

// Compare holds when Left stands in the relation to Right.
type Compare struct {
	Op          Op
	Left, Right Node
	At          int
}

// In holds when Left equals one of the items of Right, a List or a path to a
// list; never with an empty list.
type In struct {
	Left, Right Node
	At          int
}

// Like matches text against a pattern in which * and % stand for any run of
// characters, _ for one, and a backslash takes the next character literally.
// With Regex the pattern is a regular expression of those that Go and
// PostgreSQL read alike, and matches anywhere in the text.
type Like struct {
	Left    Node
	Pattern string
	Fold    bool // upper and lower case are the same
	Regex   bool
	At      int
}

// SearchForm is how the query of a Search is written.
type SearchForm int

// The forms, by PostgreSQL's functions.
const (
	SearchQuery  SearchForm = iota // fts: words with & | ! and <->
	SearchPlain                    // plfts: all the words
	SearchPhrase                   // phfts: the words in this order
	SearchWeb                      // wfts: as search engines take it
)

// Search holds when the text contains the words. Config is one of PostgreSQL's
// text search configurations; empty is "simple". Only SQL can answer it.
type Search struct {
	Left   Node
	Query  string
	Form   SearchForm
	Config string
	At     int
}

// IsNull holds when Left is empty; a list without items is.
type IsNull struct {
	Left Node
	At   int
}

// And holds when all its conditions hold; it has at least two when parsed.
type And struct{ Nodes []Node }

// Or holds when one of its conditions holds; it has at least two when parsed.
type Or struct{ Nodes []Node }

// Not holds when its condition is false; not when that is unknown.
type Not struct{ Node Node }

// Arithmetic is an operator between two values.
type Arithmetic byte

// The operators, as they are written.
const (
	Plus   Arithmetic = '+'
	Minus  Arithmetic = '-'
	Times  Arithmetic = '*'
	Divide Arithmetic = '/'
)

// Binary is the result of an operator.
type Binary struct {
	Op          Arithmetic
	Left, Right Node
	At          int
}

// Negate is a value with the other sign.
type Negate struct {
	Node Node
	At   int
}

// Call is a function of values: if coalesce min max round len lower trim now
// today day week month year.
type Call struct {
	Func string
	Args []Node
	At   int
}

// Aggregate is sum, count, min, max, avg or first over related records: of the
// values at the path, for those records that Where admits. In Where bare names
// are the related record's, and this.x is a value of the record that asks. In
// a measure the records are those of the query, and Of may be missing.
type Aggregate struct {
	Func  string
	Of    *Path
	Where Node // nil: all
	At    int

	many int // how many steps of Of lead to the records; 0: those of the query
}

// as is a conversion that Check puts in: a whole number as a decimal, a date
// as the instant of its midnight, a result rounded to what it is stored as.
type as struct {
	Node Node
	To   Type
}

func (Literal) node()   {}
func (List) node()      {}
func (Path) node()      {}
func (Compare) node()   {}
func (In) node()        {}
func (Like) node()      {}
func (Search) node()    {}
func (IsNull) node()    {}
func (And) node()       {}
func (Or) node()        {}
func (Not) node()       {}
func (Binary) node()    {}
func (Negate) node()    {}
func (Call) node()      {}
func (Aggregate) node() {}
func (as) node()        {}

// All joins conditions with "and"; nil ones are left out. It returns nil when
// nothing is left, which every user of a condition takes as "every row".
func All(nodes ...Node) Node {
	var kept []Node
	for _, n := range nodes {
		if n != nil {
			kept = append(kept, n)
		}
	}
	switch len(kept) {
	case 0:
		return nil
	case 1:
		return kept[0]
	}
	return And{Nodes: kept}
}

// Count returns the number of single conditions in the tree.
func Count(n Node) int {
	switch n := n.(type) {
	case nil:
		return 0
	case And:
		return countAll(n.Nodes)
	case Or:
		return countAll(n.Nodes)
	case Not:
		return Count(n.Node)
	}
	return 1
}

func countAll(nodes []Node) (sum int) {
	for _, n := range nodes {
		sum += Count(n)
	}
	return sum
}

// children returns the parts of a node, from left to right; of an Aggregate
// without its Where, which speaks about other records.
func children(n Node) []Node {
	switch n := n.(type) {
	case List:
		return n.Items
	case Compare:
		return []Node{n.Left, n.Right}
	case In:
		return []Node{n.Left, n.Right}
	case Like:
		return []Node{n.Left}
	case Search:
		return []Node{n.Left}
	case IsNull:
		return []Node{n.Left}
	case And:
		return n.Nodes
	case Or:
		return n.Nodes
	case Not:
		return []Node{n.Node}
	case Binary:
		return []Node{n.Left, n.Right}
	case Negate:
		return []Node{n.Node}
	case Call:
		return n.Args
	case Aggregate:
		if n.Of != nil {
			return []Node{*n.Of}
		}
	case as:
		return []Node{n.Node}
	}
	return nil
}

// Equal reports whether two trees say the same in the same order. Positions do
// not matter, nor does what Check found out or which notation was used.
func Equal(a, b Node) bool {
	if c, ok := a.(as); ok {
		return Equal(c.Node, b)
	}
	if c, ok := b.(as); ok {
		return Equal(a, c.Node)
	}
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if !sameHead(a, b) {
		return false
	}
	return slices.EqualFunc(children(a), children(b), Equal)
}

// partOfJSON reports whether the checked path is a part of JSON, as JSON.
func (p Path) partOfJSON() bool { return p.checked && p.json && p.part > 0 && p.whole.Kind == JSON }

// sameHead compares all of two nodes but their children.
func sameHead(a, b Node) bool {
	switch a := a.(type) {
	case Literal:
		c, ok := b.(Literal)
		return ok && a.Kind == c.Kind && a.Value == c.Value
	case List:
		_, ok := b.(List)
		return ok
	case Path:
		c, ok := b.(Path)
		return ok && slices.Equal(a.Steps, c.Steps) && a.partOfJSON() == c.partOfJSON()
	case Compare:
		c, ok := b.(Compare)
		return ok && a.Op == c.Op
	case In:
		_, ok := b.(In)
		return ok
	case Like:
		c, ok := b.(Like)
		return ok && a.Pattern == c.Pattern && a.Fold == c.Fold && a.Regex == c.Regex
	case Search:
		c, ok := b.(Search)
		return ok && a.Query == c.Query && a.Form == c.Form && a.Config == c.Config
	case IsNull:
		_, ok := b.(IsNull)
		return ok
	case And:
		_, ok := b.(And)
		return ok
	case Or:
		_, ok := b.(Or)
		return ok
	case Not:
		_, ok := b.(Not)
		return ok
	case Binary:
		c, ok := b.(Binary)
		return ok && a.Op == c.Op
	case Negate:
		_, ok := b.(Negate)
		return ok
	case Call:
		c, ok := b.(Call)
		return ok && a.Func == c.Func
	case Aggregate:
		c, ok := b.(Aggregate)
		return ok && a.Func == c.Func && Equal(a.Where, c.Where)
	}
	return false
}

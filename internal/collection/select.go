package collection

import (
	"slices"
	"strings"
	"unicode"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// Limits of what one select may embed.
const (
	MaxDepth    = 3   // levels of embedding
	MaxEmbedded = 100 // records in one embedded list
)

// Selection is what a query wants of each record, in the caller's order. Nil
// is every value that the caller may see.
type Selection []Selected

// Selected is one entry of a selection: a value, an aggregate over values, or
// the records that a relation leads to.
type Selected struct {
	Name      string   // a field, a key, a system value or a relation; "*" is every visible value; empty for count()
	Path      []string // steps into a JSON value: "amount" of price->amount
	AsText    bool     // the last step was ->>
	Alias     string   // the key in the answer; empty: the last name
	Cast      string   // "text" of price::text; empty: as it is
	Aggregate string   // "sum", "avg", "min", "max" or "count"; empty: none
	As        string   // cast of the aggregate
	Embed     *Embed   // not nil: Name is a relation
}

// Embed says which of the related records are wanted, and how they come.
type Embed struct {
	Query         // of the related records
	Hint   string // which relation is meant, where there are several
	Inner  bool   // only records that have such a related one
	None   bool   // only records that have none
	Spread bool   // the values become the record's own
}

// Columns selects values by name.
func Columns(names ...string) Selection {
	var s Selection
	for _, n := range names {
		s = append(s, Selected{Name: n})
	}
	return s
}

// key is the entry's key in the answer.
func (s Selected) key() string {
	switch {
	case s.Alias != "":
		return s.Alias
	case s.Aggregate != "":
		return s.Aggregate
	case len(s.Path) > 0:
		return s.Path[len(s.Path)-1]
	}
	return s.Name
}

// embeds returns the entries that are relations.
func (s Selection) embeds() []*Embed {
	var all []*Embed
	for _, i := range s {
		if i.Embed != nil {
			all = append(all, i.Embed)
		}
	}
	return all
}

// find returns the embedded relation of that alias or name.
func (s Selection) find(name string) *Embed {
	for _, i := range s {
		if i.Embed != nil && (i.Alias == name || i.Alias == "" && i.Name == name) {
			return i.Embed
		}
	}
	for _, i := range s {
		if i.Embed != nil && i.Name == name {
			return i.Embed
		}
	}
	return nil
}

// aggregates are the functions over many values.
var aggregates = []string{"avg", "count", "max", "min", "sum"}

// parseSelect reads a select in PostgREST's notation.
func parseSelect(value string) (Selection, *problem) {
	if value == "" || value == "*" {
		return nil, nil
	}
	p := selectParser{text: value}
	s, wrong := p.list(0)
	if wrong == nil && p.at < len(p.text) {
		wrong = p.unexpected()
	}
	if wrong != nil {
		return nil, wrong
	}
	if len(s) == 1 && s[0].Name == "*" {
		return nil, nil
	}
	return s, nil
}

type selectParser struct {
	text  string
	at    int
	names int
}

func (p *selectParser) unexpected() *problem {
	if p.at >= len(p.text) {
		return wrong("syntax", "The select ends too early.").with("position", p.at)
	}
	return wrong("syntax", "%q is not expected here. Separate names with commas.", p.text[p.at:]).with("position", p.at)
}

func (p *selectParser) take(prefix string) bool {
	if !strings.HasPrefix(p.text[p.at:], prefix) {
		return false
	}
	p.at += len(prefix)
	return true
}

// word reads a name, which may be quoted.
func (p *selectParser) word() (string, bool) {
	w, rest, ok := expr.CutName(p.text[p.at:])
	if !ok || w == "" || w == "*" || len(w) > maxIdentifier || w[0] >= '0' && w[0] <= '9' && p.text[p.at] != '"' || strings.ContainsFunc(w, unicode.IsControl) {
		return "", false
	}
	p.at = len(p.text) - len(rest)
	return w, true
}

// list reads entries up to the end or a closing parenthesis.
func (p *selectParser) list(depth int) (Selection, *problem) {
	var s Selection
	for {
		item, err := p.item(depth)
		if err != nil {
			return nil, err
		}
		if p.names++; p.names > MaxColumns {
			return nil, wrong("limit", "At most %d names are allowed.", MaxColumns)
		}
		s = append(s, item)
		if !p.take(",") {
			return s, nil
		}
	}
}

func (p *selectParser) item(depth int) (Selected, *problem) {
	if p.take("*") {
		return Selected{Name: "*"}, nil
	}
	spread := p.take("...")
	name, ok := p.word()
	if !ok {
		return Selected{}, p.unexpected()
	}
	s := Selected{Name: name}
	if !strings.HasPrefix(p.text[p.at:], "::") && p.take(":") {
		if s.Alias = name; spread {
			return Selected{}, p.unexpected()
		}
		if s.Name, ok = p.word(); !ok {
			return Selected{}, p.unexpected()
		}
	}
	if rest := p.text[p.at:]; spread || strings.HasPrefix(rest, "!") || strings.HasPrefix(rest, "(") && s.Name != "count" || strings.HasPrefix(rest, "(") && !strings.HasPrefix(rest, "()") {
		return p.embed(s, spread, depth)
	}
	if s.Name == "count" && p.take("()") {
		s.Name, s.Aggregate = "", "count"
		return s, p.cast(&s.As)
	}
	if err := p.steps(&s); err != nil {
		return Selected{}, err
	}
	if err := p.cast(&s.Cast); err != nil {
		return Selected{}, err
	}
	if !p.take(".") {
		return s, nil
	}
	if s.Aggregate, ok = p.word(); !ok || !p.take("()") {
		return Selected{}, p.unexpected()
	}
	if !slices.Contains(aggregates, s.Aggregate) {
		return Selected{}, wrong("syntax", "There is no aggregate %q; there are %s.", s.Aggregate, strings.Join(aggregates, ", "))
	}
	return s, p.cast(&s.As)
}

// steps reads the path into a JSON value.
func (p *selectParser) steps(s *Selected) *problem {
	for p.take("->") {
		if s.AsText {
			return p.unexpected()
		}
		s.AsText = p.take(">")
		step, rest, ok := expr.CutKey(p.text[p.at:])
		if !ok || len(s.Path) == 10 || strings.ContainsFunc(step, unicode.IsControl) {
			return p.unexpected()
		}
		p.at = len(p.text) - len(rest)
		s.Path = append(s.Path, step)
	}
	if s.Alias == "" && s.Aggregate == "" && len(s.key()) > maxIdentifier {
		return wrong("limit", "The key %q would be too long. Rename it: short:%s->….", s.key(), s.Name)
	}
	return nil
}

func (p *selectParser) cast(into *string) *problem {
	if !p.take("::") {
		return nil
	}
	name, ok := p.word()
	if !ok {
		return p.unexpected()
	}
	*into = name
	return nil
}

// embed reads what follows a relation's name: hints and the inner select.
func (p *selectParser) embed(s Selected, spread bool, depth int) (Selected, *problem) {
	if depth >= MaxDepth {
		return Selected{}, wrong("limit", "Relations are embedded at most %d levels deep.", MaxDepth)
	}
	e := &Embed{Spread: spread}
	for p.take("!") {
		hint, ok := p.word()
		switch {
		case !ok:
			return Selected{}, p.unexpected()
		case hint == "inner":
			e.Inner = true
		case hint == "left":
		case e.Hint != "":
			return Selected{}, wrong("syntax", "%s has more than one hint.", s.Name)
		default:
			e.Hint = hint
		}
	}
	if !p.take("(") {
		return Selected{}, p.unexpected()
	}
	s.Embed = e
	if p.take(")") { // PostgREST: nothing of it, only its filters count
		e.Select = Selection{}
		return s, nil
	}
	var err *problem
	if e.Select, err = p.list(depth + 1); err != nil {
		return Selected{}, err
	}
	if len(e.Select) == 1 && e.Select[0].Name == "*" {
		e.Select = nil
	}
	if !p.take(")") {
		return Selected{}, p.unexpected()
	}
	return s, nil
}

// nearRelation is the complaint about a parameter of what is not embedded.
func nearRelation(name string, s Selection) *problem {
	var known []string
	for _, i := range s {
		if i.Embed != nil {
			known = append(known, i.key())
		}
	}
	p := wrong("not_embedded", "%q is not embedded in this request. Add %s(...) to the select.", name, name)
	if near := expr.Nearest(name, known); near != "" {
		p = wrong("not_embedded", "%q is not embedded in this request. Did you mean %q?", name, near)
	}
	return p
}

package collection

import "github.com/dramac-main/dramac-cms/internal/expr"

// kindsOf answers which kind a name has; false when it does not exist.
type kindsOf func(name string) (expr.Kind, bool)

// schema is what names mean in conditions on a collection.
type schema struct {
	kinds kindsOf
	known []string // to suggest
}

// Name implements expr.Schema.
func (s schema) Name(step string) (expr.Meaning, bool) {
	if kind, ok := s.kinds(step); ok {
		return expr.Meaning{Type: expr.Type{Kind: kind}}, true
	}
	_, ok := s.kinds(step + ".amount")
	return expr.Meaning{Type: expr.Type{Kind: expr.Money}}, ok
}

// Known implements expr.Schema.
func (s schema) Known() []string { return s.known }

// schema resolves every name, hidden ones included.
func (c *Collection) schema() expr.Schema { return schema{c.kindOf, c.suggested} }

// source resolves every name to its column; prefix is the table's alias with a
// point, empty where the statement has none.
type source struct {
	*Collection
	prefix string
}

// Name implements expr.Source.
func (s source) Name(step string) (expr.Column, bool) {
	if n, ok := s.names[step]; ok {
		return expr.Column{SQL: s.prefix + quote(n.column), Type: expr.Type{Kind: n.kind}}, true
	}
	amount, ok := s.names[step+".amount"]
	currency := s.names[step+".currency"]
	return expr.Column{
		SQL: s.prefix + quote(amount.column), Currency: s.prefix + quote(currency.column), Type: expr.Type{Kind: expr.Money},
	}, ok
}

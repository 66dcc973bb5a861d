package manifest

import (
	"errors"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// conditionNames are the names that a condition on the collection may use: its
// fields as the API filters by them, and the columns of every record.
func (c *Collection) conditionNames() expr.Names {
	of := func(kind expr.Kind) expr.Meaning { return expr.Meaning{Type: expr.Type{Kind: kind}} }
	names := expr.Names{
		"id": of(expr.UUID), "version": of(expr.Integer), "created_at": of(expr.Instant), "updated_at": of(expr.Instant),
		"created_by": of(expr.UUID), "updated_by": of(expr.UUID),
	}
	for _, f := range c.Fields {
		switch f.Kind {
		case KindInteger, KindPercent, KindDuration:
			names[f.Name] = of(expr.Integer)
		case KindDecimal:
			names[f.Name] = of(expr.Decimal)
		case KindBoolean:
			names[f.Name] = of(expr.Boolean)
		case KindDate:
			names[f.Name] = of(expr.Date)
		case KindDatetime:
			names[f.Name] = of(expr.Instant)
		case KindMoney:
			names[f.Name] = of(expr.Money)
		case KindReference, KindMember, KindFile, KindImage:
			names[f.Name+"_id"] = of(expr.UUID)
		case KindLines, KindLocation, KindJSON, KindRecord, "":
		default:
			names[f.Name] = of(expr.Text)
		}
	}
	return names
}

// checkCondition checks the words, names and kinds of a condition on records of
// the collection; owner names whose condition it is.
func (d *draft) checkCondition(doc *document, n *yaml.Node, owner string) {
	if d.broken {
		return
	}
	node, err := expr.Parse(n.Value)
	if err == nil {
		for _, path := range expr.Paths(node) {
			if f := d.field(path[0]); f != nil && f.Kind == "" {
				return // the field itself is wrong
			}
			if len(path) > 1 && (path[0] == "properties" || path[0] == "setting") {
				doc.problem(n, "", "%s", laterPhrase(`"`+strings.Join(path, ".")+`" in a condition`))
				return
			}
		}
		_, err = expr.CheckCondition(node, d.conditionNames())
	}
	if err != nil {
		at, message, hint := conditionProblem(n, err)
		doc.problem(at, hint, "condition of %s: %s", owner, message)
	}
}

// conditionProblem places an error of a condition: within the text where that
// stands in one line as it is, else at its beginning.
func conditionProblem(n *yaml.Node, err error) (at *yaml.Node, message, hint string) {
	var e *expr.Error
	if !errors.As(err, &e) {
		return n, err.Error(), ""
	}
	place := *n
	if n.Style == 0 && e.At <= len(n.Value) && !strings.Contains(n.Value, "\n") {
		place.Column += utf8.RuneCountInString(n.Value[:e.At])
	}
	return &place, strings.TrimSuffix(e.Message, "."), e.Hint
}

package manifest

import (
	"errors"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// conditionKinds are the kinds of the names that a condition on the collection
// may use: its fields as the API filters by them, and the columns of every record.
func (c *Collection) conditionKinds() map[string]expr.Kind {
	kinds := map[string]expr.Kind{
		"id": expr.UUID, "version": expr.Integer, "created_at": expr.Instant, "updated_at": expr.Instant, "created_by": expr.UUID, "updated_by": expr.UUID,
	}
	for _, f := range c.Fields {
		switch f.Kind {
		case KindInteger, KindPercent, KindDuration:
			kinds[f.Name] = expr.Integer
		case KindDecimal:
			kinds[f.Name] = expr.Decimal
		case KindBoolean:
			kinds[f.Name] = expr.Boolean
		case KindDate:
			kinds[f.Name] = expr.Date
		case KindDatetime:
			kinds[f.Name] = expr.Instant
		case KindMoney:
			kinds[f.Name+".amount"] = expr.Integer
			kinds[f.Name+".currency"] = expr.Text
		case KindReference, KindMember, KindFile, KindImage:
			kinds[f.Name+"_id"] = expr.UUID
		case KindLines, KindLocation, KindJSON, KindRecord, "":
		default:
			kinds[f.Name] = expr.Text
		}
	}
	return kinds
}

// checkCondition checks the words, names and kinds of a condition on records of
// the collection; owner names whose condition it is.
func (d *draft) checkCondition(doc *document, n *yaml.Node, owner string) {
	if d.broken {
		return
	}
	kinds := d.conditionKinds()
	node, err := expr.ParseCondition(n.Value)
	if err == nil {
		for _, name := range expr.Names(node) {
			if d.namesUnknown(name) {
				return // the field itself is wrong
			}
			if strings.HasPrefix(name, "properties.") || strings.HasPrefix(name, "setting.") {
				doc.problem(n, "", "%s", laterPhrase(`"`+name+`" in a condition`))
				return
			}
		}
		_, err = expr.Check(node, func(name string) (expr.Kind, bool) {
			kind, ok := kinds[name]
			return kind, ok
		}, sortedKeys(kinds)...)
	}
	if err != nil {
		at, message, hint := conditionProblem(n, err)
		doc.problem(at, hint, "condition of %s: %s", owner, message)
	}
}

// namesUnknown says whether the name is that of a field whose kind is not known.
func (d *draft) namesUnknown(name string) bool {
	base, _, _ := strings.Cut(name, ".")
	f := d.field(base)
	return f != nil && f.Kind == ""
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

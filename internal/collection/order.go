package collection

import (
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// Order is one value to sort by. Money sorts by amount.
type Order struct {
	Name       string   // a field, a key, a system value, "price.amount", or with aggregates a key of the answer
	Of         string   // not empty: the embedded reference whose value Name is
	Path       []string // steps into the value, as of price->amount and data->a
	AsText     bool     // the last step was ->>
	Descending bool
	Nulls      string // "first", "last" or empty: last ascending, first descending
}

// OrderOf returns a manifest's sort as a query has it.
func OrderOf(sort []manifest.Sort) []Order {
	var order []Order
	for _, s := range sort {
		order = append(order, Order{Name: s.Field, Descending: s.Descending})
	}
	return order
}

func parseOrder(value string) ([]Order, *problem) {
	var order []Order
	for rest, more := value, true; more; {
		var part string
		part, rest, more = cutUnquoted(rest, ',')
		o, p := parseOrderPart(part)
		if p != nil {
			return nil, p
		}
		order = append(order, o)
	}
	if len(order) > 10 {
		return nil, wrong("limit", "At most 10 names are allowed.")
	}
	return order, nil
}

// cutUnquoted is strings.Cut at the first such byte that no double quotes are
// around.
func cutUnquoted(text string, at byte) (before, after string, found bool) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quoted:
			i++
		case text[i] == '"':
			quoted = !quoted
		case text[i] == at && !quoted:
			return text[:i], text[i+1:], true
		}
	}
	return text, "", false
}

// parseOrderPart reads name.desc.nullslast, or company(name).desc of what an
// embedded reference points at.
func parseOrderPart(part string) (Order, *problem) {
	var o Order
	text := part
	if of, inner, ok := expr.CutName(text); ok && strings.HasPrefix(inner, "(") {
		if within, after, ok := cutUnquoted(inner[1:], ')'); ok {
			o.Of, text = of, within+after
		}
	}
	called, words, directed := cutUnquoted(text, '.')
	name, err := expr.ParseName(called)
	if err != nil {
		return o, wrong("syntax", "%q is not a field's name.", called)
	}
	o.Name = name.Dotted()
	o.Path, o.AsText = name.Keys()
	if !directed {
		return o, nil
	}
	directed = false
	for _, w := range strings.Split(words, ".") {
		switch {
		case !directed && o.Nulls == "" && (w == "asc" || w == "desc"):
			directed, o.Descending = true, w == "desc"
		case o.Nulls == "" && (w == "nullsfirst" || w == "nullslast"):
			o.Nulls = strings.TrimPrefix(w, "nulls")
		case slices.Contains([]string{"asc", "desc", "nullsfirst", "nullslast"}, w):
			return o, wrong("syntax", "%q says more than one direction, or asc and desc behind nullsfirst and nullslast.", part)
		default:
			return o, wrong("syntax", "%q is not asc, desc, nullsfirst or nullslast.", w)
		}
	}
	return o, nil
}

// planOrder resolves what to sort by.
func (p *plan) planOrder(order []Order, a Access, prefix string, found *complaints) {
	if len(order) == 0 && !p.grouped && p.ids == nil && len(p.order) == 0 {
		order = []Order{{Name: "created_at", Descending: true}}
	}
	for _, o := range order {
		by := ordering{words: o.words()}
		switch {
		case o.Of != "":
			at := slices.IndexFunc(p.outputs, func(x output) bool { return x.joined != nil && x.key == o.Of })
			if at < 0 || p.outputs[at].joined.many {
				*found = append(*found, wrong("not_embedded", "Only a reference that is embedded can be ordered by; %q is not.", o.Of).at(prefix+"order"))
				continue
			}
			by.by = p.outputs[at].joined
			sql, of, wrong := by.by.in.sortBy(o, by.by.access)
			if wrong != nil {
				*found = append(*found, wrong.at(prefix+"order"))
				continue
			}
			by.sql = sql
			by.by.needs(of)
		case p.grouped:
			if !slices.ContainsFunc(p.outputs, func(x output) bool { return x.key == o.Name }) {
				*found = append(*found, wrong("not_selected", "With aggregates, only what is selected can be ordered by; %q is not.", o.Name).at(prefix+"order"))
				continue
			}
			by.key = o.Name
		default:
			sql, of, wrong := p.in.sortBy(o, a)
			if wrong != nil {
				*found = append(*found, wrong.at(prefix+"order"))
				continue
			}
			by.sql = sql
			p.needs(of)
			by.last = sql == column("id")
		}
		p.order = append(p.order, by)
	}
}

// sortBy is what to sort by, as SQL over the record t, and the field whose value
// it is; nil for what is no field.
func (c *Collection) sortBy(o Order, a Access) (sql string, f *Field, p *problem) {
	kinds, known := c.visible(a)
	base, _, _ := strings.Cut(o.Name, ".")
	f = c.byName[base]
	if kind, ok := kinds(base); ok && kind == expr.JSON && len(o.Path) > 0 {
		return partSQL(column(c.names[base].column), o.Path, o.AsText), f, nil
	}
	name := c.sortName(o.Name)
	if _, ok := kinds(name); !ok {
		return "", nil, nearest("unknown_field", "There is no field %q.", o.Name, known)
	}
	if c.names[name].column == "" {
		return "", nil, wrong("type", "%q is a list and has no order.", o.Name)
	}
	return column(c.names[name].column), f, nil
}

// sortName is the name to sort by: money means its amount.
func (c *Collection) sortName(name string) string {
	if f, ok := c.byName[name]; ok && f.Kind == manifest.KindMoney {
		return f.Name + ".amount"
	}
	return name
}

// partSQL is the part of a JSON value that the keys lead to.
func partSQL(sql string, keys []string, text bool) string {
	operator := " #> "
	if text {
		operator = " #>> "
	}
	quoted := make([]string, len(keys))
	for i, key := range keys {
		quoted[i] = "'" + strings.ReplaceAll(key, "'", "''") + "'"
	}
	return "(" + sql + operator + "array[" + strings.Join(quoted, ", ") + "]::text[])"
}

// words are direction and place of empty values.
func (o Order) words() string {
	text := ""
	if o.Descending {
		text = " desc"
	}
	if o.Nulls != "" {
		text += " nulls " + o.Nulls
	}
	return text
}

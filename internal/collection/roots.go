package collection

import (
	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// constant is a root's value that is the same for every record.
func constant(kind expr.Kind) expr.Meaning {
	return expr.Meaning{Type: expr.Type{Kind: kind}, Constant: true}
}

// settingNames are the module's settings in expressions.
func (m *Module) settingNames() expr.Names {
	names := expr.Names{}
	for i := range m.Manifest.Settings {
		declared := &m.Manifest.Settings[i]
		if declared.Secret {
			continue
		}
		f := &Field{Field: declared}
		names[declared.Name] = expr.Meaning{Type: f.valueType(), Constant: true}
	}
	return names
}

// roots are the names that every expression of the module may read besides a
// record's own: settings, the site, and who acts.
func (m *Module) roots() expr.Names {
	identity := constant(expr.UUID)
	identity.Identity = true
	mine := expr.Names{"team": {Type: expr.Type{Kind: expr.UUID, List: true}, Constant: true, Identity: true}}
	for _, c := range m.collections {
		mine[c.Name] = identity
	}
	return expr.Names{
		"setting": {Target: m.settingNames()},
		"site": {Target: expr.Names{
			"currency": constant(expr.Text), "zone": constant(expr.Text), "country": constant(expr.Text), "locale": constant(expr.Text),
		}},
		"me": identity, "actor": identity,
		"my": {Target: mine},
	}
}

// rootValue reads a root, as a Row holds values; false when there is no such.
func (r Records) rootValue(path []string) (any, bool) {
	switch path[0] {
	case "setting":
		return r.Settings[path[1]], true
	case "site":
		switch path[1] {
		case "currency":
			return textValue(r.Currency), true
		case "zone":
			return textValue(r.Now().Location().String()), true
		}
		return nil, true
	case "me":
		if r.Scope.ActorKind() == actorKey {
			return nil, true
		}
		return r.actor(), true
	case "actor", "my":
		return nil, true
	}
	return nil, false
}

// actorKey is the kind of actor that is a program: it has an id and is no member.
const actorKey = "key"

func textValue(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// rootColumns are the roots in SQL: constants with the values of the request.
func (r Records) rootColumns() expr.Columns {
	return rootColumns(r.Collection.module.roots(), nil, func(path []string) any {
		value, _ := r.rootValue(path)
		return value
	})
}

func rootColumns(names expr.Names, way []string, value func(path []string) any) expr.Columns {
	columns := expr.Columns{}
	for name, m := range names {
		path := append(way[:len(way):len(way)], name)
		if below, ok := m.Target.(expr.Names); ok {
			columns[name] = expr.Column{Target: rootColumns(below, path, value)}
			continue
		}
		columns[name] = expr.Column{Type: m.Type, Constant: true, Identity: m.Identity, Value: value(path)}
	}
	return columns
}

// expressionOf is the text of a default or of what an action sets; false when
// it is a literal.
func expressionOf(declared any) (string, bool) {
	e, ok := declared.(manifest.Expression)
	if !ok {
		return "", false
	}
	text := string(e)
	if len(text) > 0 && text[0] == '=' {
		text = text[1:]
	}
	return text, true
}

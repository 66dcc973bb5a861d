package collection

import (
	"slices"

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
	mine := expr.Names{}
	for _, c := range m.collections {
		if c.actorField() != nil {
			mine[c.Name] = expr.Meaning{Type: expr.Type{Kind: expr.UUID}, Identity: true}
		}
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

// actorField is the field by which the collection's record of the actor is
// found, as manifests define it; nil when there is none.
func (c *Collection) actorField() *Field {
	at := slices.IndexFunc(c.fields, func(f *Field) bool { return f.Kind == manifest.KindMember && f.Unique && !f.Many })
	if at < 0 {
		return nil
	}
	return c.fields[at]
}

// mine is the root "my": the actor's own record of a collection, looked up
// within the statement that asks for it.
type mine struct {
	records Records
	args    *expr.Args
	found   map[string]expr.Column
}

// Name implements expr.Source.
func (s *mine) Name(step string) (expr.Column, bool) {
	c, ok := s.records.Collection.module.byName[step]
	if !ok || c.actorField() == nil {
		return expr.Column{}, false
	}
	if column, known := s.found[step]; known { // a parameter more each time would be one too many
		return column, true
	}
	column := expr.Column{Type: expr.Type{Kind: expr.UUID}, Identity: true, SQL: "null::uuid"}
	if me := s.records.actor(); me != nil && s.args != nil {
		column.SQL = "(select m.id from " + c.table + " m where m.site_id = $1::uuid and m." + quote(c.actorField().columns[0].Name) +
			" = " + s.args.Add(me) + "::uuid and m.deleted_at is null)"
	}
	s.found[step] = column
	return column, true
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
		case "country":
			return textValue(r.Country), true
		case "locale":
			return textValue(r.Language), true
		}
		return nil, true
	case "me":
		if kind := r.Scope.ActorKind(); kind == actorKey || kind == actorPerson {
			return nil, true
		}
		return r.actor(), true
	case "actor":
		if r.Scope.ActorKind() != actorPerson {
			return nil, true
		}
		return r.actor(), true
	}
	return nil, false
}

// actorKey is the kind of actor that is a program, actorPerson is somebody who
// is signed in on the site: they have an id and are no members.
const (
	actorKey    = "key"
	actorPerson = "person"
)

func textValue(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// rootColumns are the roots in SQL, for a statement whose first parameter is the
// site: constants with the values of the request, and the actor's own records.
// Most conditions name none of them, so what stands below one is looked up when
// it is named.
func (r Records) rootColumns(args *expr.Args) expr.Columns {
	me := constant(expr.UUID)
	me.Identity = true
	return expr.Columns{
		"setting": {Target: below{r, "setting"}},
		"site":    {Target: below{r, "site"}},
		"me":      r.constantColumn(me, "me"),
		"actor":   r.constantColumn(me, "actor"),
		"my":      {Target: &mine{r, args, map[string]expr.Column{}}},
	}
}

// below is what stands below a root that holds constants.
type below struct {
	records Records
	root    string
}

// Name implements expr.Source.
func (b below) Name(step string) (expr.Column, bool) {
	names, _ := b.records.Collection.module.roots()[b.root].Target.(expr.Names)
	m, ok := names[step]
	if !ok {
		return expr.Column{}, false
	}
	return b.records.constantColumn(m, b.root, step), true
}

func (r Records) constantColumn(m expr.Meaning, path ...string) expr.Column {
	value, _ := r.rootValue(path)
	return expr.Column{Type: m.Type, Constant: true, Identity: m.Identity, Value: value}
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

package collection

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// casts are the types that a value may be answered as, by the kind it has. A
// cast never fails, whatever the value.
var casts = map[string]struct {
	from []expr.Kind // nil: any
	sql  string
}{
	"text":        {nil, "text"},
	"int":         {[]expr.Kind{expr.Integer}, "bigint"},
	"integer":     {[]expr.Kind{expr.Integer}, "bigint"},
	"bigint":      {[]expr.Kind{expr.Integer}, "bigint"},
	"int8":        {[]expr.Kind{expr.Integer}, "bigint"},
	"numeric":     {[]expr.Kind{expr.Integer}, "numeric"},
	"float":       {[]expr.Kind{expr.Integer}, "double precision"},
	"float8":      {[]expr.Kind{expr.Integer}, "double precision"},
	"date":        {[]expr.Kind{expr.Date, expr.Instant}, "date"},
	"timestamptz": {[]expr.Kind{expr.Date, expr.Instant}, "timestamptz"},
	"json":        {nil, "json"},
	"jsonb":       {nil, "jsonb"},
}

// itemOutput answers one value of the record.
func itemOutput(i item) output {
	o := output{key: i.key, sql: i.sql}
	o.json = i.field != nil && (i.field.list != nil || i.field.lines != nil || i.field.isFile() && i.key == i.field.Name || i.field.sealed())
	if i.field != nil && len(i.field.values()) > 1 {
		for _, c := range i.field.values() {
			o.by = append(o.by, column(c.Name))
		}
	}
	return o
}

// value resolves an entry that is no relation.
func (p *plan) value(s Selected) (output, *problem) {
	if s.Name == "" {
		sql, wrong := castSQL("count(*)", expr.Integer, s.As)
		return output{key: s.key(), sql: sql, aggregate: true}, wrong
	}
	_, known := p.in.visible(p.access)
	at := slices.IndexFunc(p.in.items, func(i item) bool {
		return i.key == s.Name || i.field != nil && i.field.Name == s.Name
	})
	if at < 0 || !p.access.sees(p.in.items[at]) {
		return output{}, nearest("unknown_field", "There is no field %q.", s.Name, known)
	}
	i := p.in.items[at]
	p.needs(i.field)
	if s.Alias == "" && len(s.Path) == 0 && s.Aggregate == "" {
		s.Alias = i.key // "item" is asked, "item_id" is answered
	}
	if len(s.Path) == 0 && s.Cast == "" && s.Aggregate == "" {
		o := itemOutput(i)
		o.key = s.key()
		return o, nil
	}
	if i.field != nil && i.field.Kind == manifest.KindMoney && len(s.Path) == 0 {
		return p.money(s, i)
	}
	if i.field != nil && i.field.list != nil && len(s.Path) == 0 {
		if s.Aggregate != "" {
			return output{}, wrong("type", "%s is a list: %s cannot be made of it.", s.Name, s.Aggregate)
		}
		sql, wrong := castSQL(i.sql, expr.JSON, s.Cast)
		return output{key: s.key(), sql: sql, json: true}, wrong
	}
	name := s.Name
	if n, ok := p.in.names[s.Name]; ok && n.kind == expr.JSON && len(s.Path) > 0 {
		return p.part(s, column(n.column))
	}
	if len(s.Path) > 0 {
		name += "." + strings.Join(s.Path, ".")
	}
	n, ok := p.in.names[name]
	if !ok {
		return output{}, nearest("unknown_field", "There is no value %q.", name, known)
	}
	sql, wrong := castSQL(n.natural(), n.kind, s.Cast)
	if wrong != nil {
		return output{}, wrong
	}
	if s.AsText {
		sql += "::text"
	}
	if s.Aggregate == "" {
		return output{key: s.key(), sql: sql}, nil
	}
	return aggregated(s, sql, n.kind)
}

// part answers a part of a JSON value, as JSON or as text.
func (p *plan) part(s Selected, of string) (output, *problem) {
	kind := expr.JSON
	if s.AsText {
		kind = expr.Text
	}
	sql, wrong := castSQL(partSQL(of, s.Path, s.AsText), kind, s.Cast)
	if wrong != nil {
		return output{}, wrong
	}
	if s.Aggregate == "" {
		return output{key: s.key(), sql: sql}, nil
	}
	return aggregated(s, sql, kind)
}

// summed are the kinds that are numbers underneath.
var summed = []expr.Kind{expr.Integer, expr.Decimal, expr.Percent, expr.Duration}

// aggregated answers an aggregate over a value.
func aggregated(s Selected, sql string, kind expr.Kind) (output, *problem) {
	switch {
	case s.Aggregate == "count":
		kind = expr.Integer
	case (s.Aggregate == "sum" || s.Aggregate == "avg") && !slices.Contains(summed, kind):
		return output{}, wrong("type", "%s is no number: %s cannot be made of it.", s.Name, s.Aggregate)
	case kind == expr.UUID || kind == expr.Boolean || kind == expr.JSON:
		return output{}, wrong("type", "%s has no order: %s cannot be made of it.", s.Name, s.Aggregate)
	}
	sql = s.Aggregate + "(" + sql + ")"
	if kind == expr.Duration && s.Cast == "" && s.As == "" {
		sql = durationSQL("round(" + sql + ")::bigint")
	}
	sql, wrong := castSQL(sql, kind, s.As)
	return output{key: s.key(), sql: sql, aggregate: true}, wrong
}

// money answers an aggregate over amounts, which are only ever taken together
// within one currency. An average is rounded half away from zero.
func (p *plan) money(s Selected, i item) (output, *problem) {
	columns := i.field.values()
	amount, currency := column(columns[0].Name), column(columns[1].Name)
	switch {
	case s.Cast == "text" || s.Cast == "json" || s.Cast == "jsonb":
		if s.Aggregate != "" {
			return output{}, wrong("type", "%s cannot be made of a cast.", s.Aggregate)
		}
		return output{key: s.key(), sql: "(" + i.sql + ")::" + s.Cast, by: []string{amount, currency}}, nil
	case s.Cast != "" || s.As != "":
		return output{}, wrong("cast", "Money cannot be cast. Cast %s->amount.", s.Name)
	case s.Aggregate == "count":
		return output{key: s.key(), sql: "count(" + amount + ")", aggregate: true}, nil
	}
	of := s.Aggregate + "(" + amount + ")"
	if s.Aggregate == "avg" {
		of = "round(" + of + ")"
	}
	return output{
		key: s.key(), aggregate: true, by: []string{currency},
		sql: "case when " + of + " is not null then json_build_object('amount', " + of + ", 'currency', " + currency + ") end",
	}, nil
}

// siteZone stands in the SQL of an output for the site's time zone, which is a
// parameter. No key of JSON has these characters.
const siteZone = "\x00zone\x00"

// sql is the SQL of an output's value, with its parameters.
func (b builder) sql(o output) string {
	if !strings.Contains(o.sql, siteZone) {
		return o.sql
	}
	zone, _ := b.records.rootValue([]string{"site", "zone"})
	return strings.ReplaceAll(o.sql, siteZone, b.args.Add(zone)+"::text")
}

// castSQL casts a value of the kind; no name leaves it. An instant is of the day
// that it is on the site, and a day begins there.
func castSQL(sql string, kind expr.Kind, name string) (string, *problem) {
	if name == "" {
		return sql, nil
	}
	c, ok := casts[name]
	if !ok {
		known := make([]string, 0, len(casts))
		for n := range casts {
			known = append(known, n)
		}
		slices.Sort(known)
		return "", wrong("cast", "There is no type %q to cast to; there are %s.", name, strings.Join(known, ", "))
	}
	if c.from != nil && !slices.Contains(c.from, kind) {
		return "", wrong("cast", "A value of this kind cannot be cast to %s.", name)
	}
	if name == "json" || name == "jsonb" {
		return "to_" + name + "(" + sql + ")", nil
	}
	switch {
	case kind == expr.Instant && name == "date":
		return "((" + sql + ") at time zone " + siteZone + ")::date", nil
	case kind == expr.Date && name == "timestamptz":
		return "((" + sql + ")::timestamp at time zone " + siteZone + ")", nil
	}
	return "(" + sql + ")::" + c.sql, nil
}

// groups is the select of a plan with aggregates: one row for each combination
// of the other values. Related records are compared as a whole.
func (b builder) groups(p *plan, from, where string) (string, error) {
	var parts, by []string
	joins := ""
	spread := map[*joined]string{}
	for n, o := range p.outputs {
		sql := b.sql(o)
		if o.silent() {
			continue
		}
		switch {
		case o.joined == nil:
			by = append(by, o.by...)
			if o.json {
				sql = "(" + sql + ")::jsonb" // JSON alone has no equality
			}
			if len(o.by) == 0 && !o.aggregate {
				by = append(by, sql)
			}
		case o.joined.spread:
			if spread[o.joined] == "" {
				spread[o.joined] = fmt.Sprintf("s%d", len(spread)+1)
				inner, err := b.one(o.joined)
				if err != nil {
					return "", err
				}
				joins += " left join lateral (" + inner + ") " + spread[o.joined] + " on true"
			}
			sql = "to_jsonb(" + spread[o.joined] + "." + quote(o.key) + ")"
			by = append(by, sql)
		default:
			value, err := b.embedded(o.joined)
			if err != nil {
				return "", err
			}
			alias := fmt.Sprintf("e%d", n+1)
			joins += " left join lateral (select (" + value + ")::jsonb as v) " + alias + " on true"
			sql = alias + ".v"
			by = append(by, sql)
		}
		parts = append(parts, sql+" as "+quote(o.key))
	}
	group := ""
	if len(by) > 0 {
		slices.Sort(by)
		group = " group by " + strings.Join(slices.Compact(by), ", ")
	}
	from, err := b.from(p, from)
	return "select " + strings.Join(parts, ", ") + " from (select * from " + from + " where " + where + ") t" + joins + group, err
}

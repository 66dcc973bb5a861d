package collection

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// builder writes the SQL of a plan. $1 is the site.
type builder struct {
	records Records
	args    *expr.Args
}

// list is the array of a plan's records and their number, as two columns.
func (b builder) list(p *plan, from, where string) (string, error) {
	rows, err := b.rows(p, from, where)
	if err != nil {
		return "", err
	}
	all := "coalesce(json_agg(r.*), '[]')"
	if p.stripped {
		all = "json_strip_nulls(" + all + ")"
	}
	return "select " + all + ", count(*)::text from (" + rows + ") r", nil
}

// rows is the select of a plan's records, one row each. The records are picked
// first: otherwise PostgreSQL makes the JSON of money and the embedded records
// for every record that matches, also for those that the limit cuts off.
func (b builder) rows(p *plan, from, where string) (string, error) {
	page, err := b.page(p)
	if err != nil {
		return "", err
	}
	if p.grouped {
		rows, err := b.groups(p, from, where)
		return rows + page, err
	}
	projection, joins, err := b.projection(p)
	if err != nil {
		return "", err
	}
	from, err = b.from(p, from)
	return "select " + projection + " from (select * from " + from + " where " + where + page + ") t" + joins, err
}

// page is order, limit and offset.
func (b builder) page(p *plan) (string, error) {
	var parts []string
	last := p.grouped
	for _, o := range p.order {
		sql := o.sql
		switch {
		case o.key != "":
			sql = quote(o.key)
		case o.by != nil:
			where, err := b.where(o.by.plan)
			if err != nil {
				return "", err
			}
			from, err := b.from(o.by.plan, o.by.from())
			if err != nil {
				return "", err
			}
			sql = "(select " + sql + " from " + from + " where " + where + ")"
		}
		parts = append(parts, sql+o.words)
		last = last || o.last
	}
	if len(parts) == 0 && p.ids != nil && !p.grouped {
		parts = append(parts, "array_position("+b.args.Add(texts(p.ids))+"::uuid[], t.id)")
	}
	if !last {
		parts = append(parts, column("id"))
	}
	sql := ""
	if len(parts) > 0 {
		sql = " order by " + strings.Join(parts, ", ")
	}
	sql += " limit " + b.args.Add(p.limit) + "::bigint"
	if p.offset > 0 || p.in == b.records.Collection {
		sql += " offset " + b.args.Add(p.offset) + "::bigint"
	}
	return sql, nil
}

// texts are ids as a parameter.
func texts(ids []uuid.UUID) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = id.String()
	}
	return all
}

// projection is the select list of a plan, with the joins that spread values
// come from.
func (b builder) projection(p *plan) (list, joins string, err error) {
	if p.plain != "" {
		return p.plain, "", nil
	}
	var parts []string
	spread := map[*joined]string{}
	for _, o := range p.outputs {
		switch {
		case o.joined == nil:
			parts = append(parts, b.sql(o)+" as "+quote(o.key))
		case o.joined.spread:
			if spread[o.joined] == "" {
				spread[o.joined] = fmt.Sprintf("s%d", len(spread)+1)
				inner, err := b.one(o.joined)
				if err != nil {
					return "", "", err
				}
				joins += " left join lateral (" + inner + ") " + spread[o.joined] + " on true"
			}
			parts = append(parts, spread[o.joined]+"."+quote(o.key))
		default:
			if o.silent() {
				continue
			}
			value, err := b.embedded(o.joined)
			if err != nil {
				return "", "", err
			}
			parts = append(parts, value+" as "+quote(o.key))
		}
	}
	return strings.Join(parts, ", "), joins, nil
}

// embedded is the JSON of related records: one object, or an array.
func (b builder) embedded(j *joined) (string, error) {
	if j.many {
		where, err := b.where(j.plan)
		if err != nil {
			return "", err
		}
		rows, err := b.rows(j.plan, j.from(), where)
		return "(select coalesce(json_agg(r.*), '[]') from (" + rows + ") r)", err
	}
	inner, err := b.one(j)
	return "(select row_to_json(r.*) from (" + inner + ") r)", err
}

// one is the select of the one related record.
func (b builder) one(j *joined) (string, error) {
	where, err := b.where(j.plan)
	if err != nil {
		return "", err
	}
	if j.grouped {
		return b.groups(j.plan, j.from(), where)
	}
	projection, joins, err := b.projection(j.plan)
	if err != nil {
		return "", err
	}
	from, err := b.from(j.plan, j.from())
	return "select " + projection + " from (select * from " + from + " where " + where + ") t" + joins, err
}

// where joins what the actor's reach admits, what is asked, and what related
// records must or must not be there.
func (b builder) where(p *plan) (string, error) {
	var parts []string
	add := func(n expr.Node, compile func(*Collection, expr.Node, *expr.Args) (string, error)) error {
		if n == nil {
			return nil
		}
		sql, err := compile(p.in, n, b.args)
		parts = append(parts, sql)
		return err
	}
	if err := add(p.access.When, b.records.condition); err != nil {
		return "", err
	}
	if err := add(p.where, b.records.searching); err != nil {
		return "", err
	}
	seen := map[*joined]bool{}
	for _, o := range p.outputs {
		j := o.joined
		if j == nil || seen[j] || !j.inner && !j.none {
			continue
		}
		seen[j] = true
		where, err := b.where(j.plan)
		if err != nil {
			return "", err
		}
		exists := "exists (select 1 from " + j.from() + " where " + where + ")"
		if j.inner {
			parts = append(parts, exists)
		}
		if j.none {
			parts = append(parts, "not "+exists)
		}
	}
	if p.ids != nil {
		parts = append(parts, "t.id = any("+b.args.Add(texts(p.ids))+"::uuid[])")
	}
	if len(parts) == 0 {
		return "true", nil
	}
	return strings.Join(parts, " and "), nil
}

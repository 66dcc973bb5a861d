package collection

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// offending collects the records that break a rule of a version.
type offending []errs.Field

func (o *offending) add(collection, id, field, reason string) {
	if len(*o) > maxOffending {
		return
	}
	path := collection + "/" + id
	if field != "" {
		path += "/" + field
	}
	*o = append(*o, errs.Field{Path: path, Code: "does_not_fit", Message: reason})
}

func (o offending) err(code, message string) error {
	if len(o) == 0 {
		return nil
	}
	e := errs.New(errs.Conflict, code, "%s", message).WithHint("Change these records, or delete them, then try again.")
	e.Fields = o[:min(len(o), maxOffending)]
	return e
}

// test holds the records against what one difference tightens.
func (w passage) test(ctx context.Context, tx pgx.Tx, change manifest.Change, found *offending) error {
	c, f, l := w.to.field(change)
	if c == nil || change.Treatment != manifest.Tested && change.Treatment != manifest.Filled && change.Treatment != manifest.Converted {
		return nil
	}
	switch {
	case change.Part == "rule" && change.Treatment == manifest.Tested:
		return w.testRule(ctx, tx, c, change, found)
	case change.Part == "field" && f != nil, change.Part == "option" && f != nil && change.Treatment == manifest.Tested:
		return w.testField(ctx, tx, seat{c, l, f}, change.Reason, found)
	}
	return nil
}

// testRule holds the records against a rule that is new: a check, a unique rule
// or ranges that may not overlap.
func (w passage) testRule(ctx context.Context, tx pgx.Tx, c *Collection, change manifest.Change, found *offending) error {
	for _, check := range c.Checks {
		if check.Rule == change.Name {
			return w.testCheck(ctx, tx, c, check, change.Reason, found)
		}
	}
	for _, u := range c.uniques {
		if u.rule == change.Name {
			return w.testUnique(ctx, tx, c, u, change.Reason, found)
		}
	}
	for _, a := range c.apart {
		if a.rule == change.Name {
			return w.testApart(ctx, tx, c, a, change.Reason, found)
		}
	}
	return nil
}

// testCheck finds records for which the rule is false; unknown is kept.
func (w passage) testCheck(ctx context.Context, tx pgx.Tx, c *Collection, check manifest.Check, reason string, found *offending) error {
	n, err := expr.Parse(check.Rule)
	if err != nil {
		return err
	}
	if n, err = expr.CheckCondition(n, w.to.Manifest.Schema(c.Collection, manifest.Place{})); err != nil {
		return err
	}
	args := w.args()
	src, from := w.rows(c, nil, args), c.table+" t"
	if check.Each != "" {
		src, from = forEachValue(c, check.Each, src)
	}
	sql, err := expr.Compile(expr.Not{Node: n}, src, args)
	if err != nil {
		return err
	}
	if check.Message != "" {
		reason = check.Message
	}
	return w.find(ctx, tx, seat{of: c}, "select distinct t.id::text from "+from+" where t.site_id = $1::uuid and t.deleted_at is null and "+sql, args.Values, reason, found)
}

// forEachValue has a check hold once for each value of a line's field: of the lines it
// sees those that agree.
func forEachValue(c *Collection, path string, src expr.Source) (expr.Source, string) {
	outer, inner, _ := strings.Cut(path, ".")
	lines := c.byName[outer].lines
	name := quote(lines.byName[inner].columns[0].Name)
	return eachSource{src, outer, name}, c.table + " t, lateral (select distinct l." + name + " as value from " + lines.table +
		" l where l.site_id = t.site_id and l.record_id = t.id) each_value"
}

type eachSource struct {
	expr.Source
	lines, column string
}

// Name implements expr.Source.
func (s eachSource) Name(step string) (expr.Column, bool) {
	c, ok := s.Source.Name(step)
	if step != s.lines || c.Related == nil {
		return c, ok
	}
	some, on := *c.Related, c.Related.On
	some.On = func(alias string) string {
		return on(alias) + " and " + alias + "." + s.column + " is not distinct from each_value.value"
	}
	c.Related = &some
	return c, ok
}

// testUnique finds records that agree in all the rule's columns.
func (w passage) testUnique(ctx context.Context, tx pgx.Tx, c *Collection, u unique, reason string, found *offending) error {
	index := c.indexNamed(u.index)
	if index == nil {
		return nil
	}
	columns := make([]string, 0, len(index.Columns))
	filled := ""
	for _, name := range index.Columns[1:] {
		columns = append(columns, indexed(name))
		filled += " and " + indexed(name) + " is not null"
	}
	over := strings.Join(columns, ", ")
	where := "site_id = $1::uuid and " + strings.TrimSuffix(index.Where, c.since(u.rule)) + filled
	return w.find(ctx, tx, seat{of: c}, "select id::text from (select id, count(*) over (partition by "+over+") as n from "+c.table+
		" where "+where+") t where n > 1 order by id", []any{w.Site.String()}, reason, found)
}

// testApart finds records whose ranges overlap.
func (w passage) testApart(ctx context.Context, tx pgx.Tx, c *Collection, a apart, reason string, found *offending) error {
	for _, x := range c.exclusions {
		if x.Name != a.constraint {
			continue
		}
		where := strings.TrimSuffix(x.Where, c.since(a.rule))
		same := ""
		for _, column := range x.Columns {
			same += " and a." + quote(column) + " = b." + quote(column)
		}
		rows := "(select *, " + x.Range + " as span from " + c.table + " where site_id = $1::uuid and " + where + ")"
		return w.find(ctx, tx, seat{of: c}, "select distinct a.id::text from "+rows+" a join "+rows+" b on a.id <> b.id and a.span && b.span"+same,
			[]any{w.Site.String()}, reason, found)
	}
	return nil
}

// find notes the records that a statement returns.
func (w passage) find(ctx context.Context, tx pgx.Tx, at seat, sql string, args []any, reason string, found *offending) error {
	rows, err := tx.Query(ctx, sql+" limit "+strconv.Itoa(maxOffending), args...)
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	field := ""
	if at.field != nil {
		field = at.field.key
	}
	for _, id := range ids {
		found.add(at.of.Name, id, field, reason)
	}
	return err
}

// testField reads the field's values as the version sees them, and holds each
// against the field's rules. What is not shown may be empty.
func (w passage) testField(ctx context.Context, tx pgx.Tx, at seat, reason string, found *offending) error {
	f := at.field
	if f.virtual || len(f.columns) == 0 || f.sealed() {
		return nil
	}
	args := w.args()
	needed, err := w.needed(at, args)
	if err != nil {
		return err
	}
	sql := "select t.id::text, " + needed + ", to_json(" + f.selection() + ")::text from " + at.table() + " t where t.site_id = $1::uuid and t.deleted_at is null"
	if at.lines != nil {
		sql = "select t.record_id::text, " + needed + ", to_json(" + f.selection() + ")::text from " + at.table() + " t join " + at.of.table +
			" r on r.site_id = t.site_id and r.id = t.record_id and r.deleted_at is null where t.site_id = $1::uuid"
	}
	rows, err := tx.Query(ctx, sql, args.Values...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() && len(*found) < maxOffending {
		var id string
		var needed bool
		var raw *string
		if err := rows.Scan(&id, &needed, &raw); err != nil {
			return err
		}
		if p := f.stands(raw, needed, w.Currency); p != nil {
			found.add(at.of.Name, id, f.key, p.message)
		}
	}
	rows.Close()
	return rows.Err()
}

// needed is the condition under which the field may not be empty.
func (w passage) needed(at seat, args *expr.Args) (string, error) {
	f := at.field
	sql := strconv.FormatBool(f.Required)
	src := w.rows(at.of, at.lines, args)
	if f.rules.required != nil {
		condition, err := expr.Compile(f.rules.required, src, args)
		if err != nil {
			return "", err
		}
		sql = "coalesce(" + condition + ", false)"
	}
	if f.rules.when == nil || sql == "false" {
		return sql, nil
	}
	shown, err := expr.Compile(f.rules.when, src, args)
	return "(" + sql + " and coalesce(" + shown + ", false))", err
}

// stands complains about a stored value that breaks the field's rules.
func (f *Field) stands(raw *string, needed bool, currency string) *problem {
	var value any
	if raw != nil && *raw != "null" {
		var p *problem
		if value, p = f.kind.decode(f, json.RawMessage(*raw), currency); p != nil {
			return p
		}
	}
	switch {
	case value != nil:
		return f.kind.check(f, value)
	case needed:
		return required()
	}
	return nil
}

// testOld holds the records against the rules of the older version that the
// newer one does not have: of fields, and checks.
func (w passage) testOld(ctx context.Context, tx pgx.Tx, found *offending) error {
	for _, c := range w.to.collections {
		other := w.from.sharing(c)
		if other == nil {
			continue
		}
		for _, f := range c.fields {
			if err := w.testLooser(ctx, tx, seat{c, nil, f}, found); err != nil {
				return err
			}
			if f.lines == nil {
				continue
			}
			for _, line := range f.lines.fields {
				if err := w.testLooser(ctx, tx, seat{c, f.lines, line}, found); err != nil {
					return err
				}
			}
		}
		for _, check := range c.Checks {
			if slices.ContainsFunc(other.Checks, func(o manifest.Check) bool { return o.Rule == check.Rule && o.Each == check.Each }) {
				continue
			}
			if err := w.testCheck(ctx, tx, c, check, "The check "+check.Rule+" does not hold.", found); err != nil {
				return err
			}
		}
	}
	return nil
}

// testLooser tests a field that the version which the site leaves does not have,
// or has with other rules.
func (w passage) testLooser(ctx context.Context, tx pgx.Tx, at seat, found *offending) error {
	if twin := w.from.twin(at).field; twin != nil && sameRules(twin, at.field) {
		return nil
	}
	return w.testField(ctx, tx, at, "", found)
}

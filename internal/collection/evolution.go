package collection

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// maxOffending is how many records an answer names that stand in the way.
const maxOffending = 20

// Evolution brings one site's records from one version of a module to the
// next, or back. It works as the module's owner with the site set, in the
// caller's transaction: what fails has changed nothing. Both versions share the
// tables, which are there already.
type Evolution struct {
	Old, New *Module       // Old is the earlier version
	Diff     manifest.Diff // from Old to New
	Site     uuid.UUID
	Settings map[string]any // of the site, for expressions, in the version that it comes to
	Now      time.Time      // in the site's zone
	Currency string         // of the site
	Country  string         // as Records has it
	Language string         // as Records has it
}

// Up brings the records to the newer version: it fills and converts, then holds
// them against the rules that are new. Records that break one are errs.Conflict
// "upgrade_blocked", with their ids.
func (e Evolution) Up(ctx context.Context, tx pgx.Tx) error {
	for _, change := range e.Diff {
		if err := e.apply(ctx, tx, change); err != nil {
			return fmt.Errorf("%s: %w", change.Reason, err)
		}
	}
	var found offending
	for _, change := range e.Diff {
		if err := e.test(ctx, tx, change, &found); err != nil {
			return fmt.Errorf("%s: %w", change.Reason, err)
		}
	}
	if err := found.err("upgrade_blocked", "Some records do not fit version "+e.New.Manifest.Version+"."); err != nil {
		return err
	}
	return e.stamp(ctx, tx, e.New)
}

// Down brings the records back to the older version. A converted value is
// computed with the way back, or keeps what it was before the upgrade. Records
// that the older version could not hold are errs.Conflict "rollback_blocked".
func (e Evolution) Down(ctx context.Context, tx pgx.Tx) error {
	var found offending
	for n := len(e.Diff) - 1; n >= 0; n-- {
		if e.again(n) {
			continue
		}
		if err := e.revert(ctx, tx, e.Diff[n]); err != nil {
			return fmt.Errorf("%s: %w", e.Diff[n].Reason, err)
		}
	}
	if err := e.testOld(ctx, tx, &found); err != nil {
		return err
	}
	if err := found.err("rollback_blocked", "Some records do not fit version "+e.Old.Manifest.Version+"."); err != nil {
		return err
	}
	return e.stamp(ctx, tx, e.Old)
}

// again says whether a difference before the n-th one turned another option
// into the same one. On the way back all its records get the first of them.
func (e Evolution) again(n int) bool {
	change := e.Diff[n]
	return change.Part == "option" && change.Treatment == manifest.Renamed && slices.ContainsFunc(e.Diff[:n], func(other manifest.Change) bool {
		return other.Part == "option" && other.Treatment == manifest.Renamed && other.Name == change.Name &&
			other.Collection == change.Collection && other.Field == change.Field
	})
}

// apply makes what one difference says of the records.
func (e Evolution) apply(ctx context.Context, tx pgx.Tx, change manifest.Change) error {
	c, f, l := e.New.field(change)
	switch {
	case change.Part == "option" && change.Treatment == manifest.Renamed:
		return e.swap(ctx, tx, f, tableOf(c, l), change.Old, change.Name)
	case change.Part != "field" || f == nil || f.virtual || len(f.columns) == 0:
		return nil
	case change.Treatment == manifest.Converted:
		return e.set(ctx, tx, c, l, f, change.Convert, "")
	case change.Treatment != manifest.Filled:
		return nil
	}
	switch fill := change.Fill.(type) {
	case nil:
		return e.set(ctx, tx, c, l, f, f.Computed, "")
	case manifest.Expression:
		return e.set(ctx, tx, c, l, f, string(fill), " and "+column(f.columns[0].Name)+" is null")
	default:
		value, p := f.kind.literal(f, fill, moment{now: e.Now, today: e.Now.Format(time.DateOnly), currency: e.Currency, settings: e.Settings})
		if p != nil {
			return errs.BadFields(p.at(change.Field))
		}
		args := &expr.Args{Now: e.Now}
		args.Add(e.Site.String())
		sets := make([]string, len(f.columns))
		for i, arg := range f.kind.args(value) {
			sets[i] = quote(f.columns[i].Name) + " = " + args.Add(arg) + "::" + f.columns[i].Type
		}
		return e.update(ctx, tx, tableOf(c, l), l == nil, sets, args, " and "+column(f.columns[0].Name)+" is null")
	}
}

// revert takes back what apply did, as far as the older version needs it.
func (e Evolution) revert(ctx context.Context, tx pgx.Tx, change manifest.Change) error {
	c, f, l := e.New.field(change)
	switch {
	case f == nil:
		return nil
	case change.Part == "option" && change.Treatment == manifest.Renamed:
		return e.swap(ctx, tx, f, tableOf(c, l), change.Name, change.Old)
	case change.Part == "field" && change.Treatment == manifest.Converted && change.Back != "":
		// On the way back the newer version's values are the old ones.
		oc, was, ol := e.Old.before(c, f, l)
		if was == nil {
			return nil
		}
		back := e
		back.Old, back.New = e.New, e.Old
		return back.set(ctx, tx, oc, ol, was, change.Back, "")
	}
	return nil
}

// set writes an expression into a field of all records or lines of the site.
func (e Evolution) set(ctx context.Context, tx pgx.Tx, c *Collection, l *Lines, f *Field, text, where string) error {
	if text == "" {
		return nil
	}
	args := &expr.Args{Now: e.Now}
	args.Add(e.Site.String())
	sql, currency, err := e.value(c, l, f, text, args)
	if err != nil {
		return err
	}
	sets := []string{quote(f.columns[0].Name) + " = (" + sql + ")::" + f.columns[0].Type}
	if len(f.columns) == 2 {
		sets = append(sets, quote(f.columns[1].Name)+" = ("+currency+")::"+f.columns[1].Type)
	}
	return e.update(ctx, tx, tableOf(c, l), l == nil, sets, args, where)
}

// value compiles an expression for a column of the field. old.x is the record
// as the other version reads it.
func (e Evolution) value(c *Collection, l *Lines, f *Field, text string, args *expr.Args) (sql, currency string, err error) {
	n, err := expr.Parse(text)
	if err != nil {
		return "", "", err
	}
	place := manifest.Place{}
	if l != nil {
		place.Lines = l.field.Name
	}
	names := evolving{Schema: e.New.Manifest.Schema(c.Collection, place), old: e.oldSchema(c, l)}
	if n, err = expr.CheckValue(n, names, expr.Meaning{Type: f.Type()}); err != nil {
		return "", "", err
	}
	column, err := expr.CompileValue(n, e.source(c, l, args), args)
	if err != nil {
		return "", "", err
	}
	return column.Stored(), column.Currency, nil
}

// sharing returns the collection of the other version that has the same table.
func (m *Module) sharing(c *Collection) *Collection {
	for _, other := range m.collections {
		if other.stored == c.stored {
			return other
		}
	}
	return nil
}

// sharing returns the lines of the other version's collection that have the
// same table; nil when l is.
func (c *Collection) sharing(l *Lines) *Lines {
	for _, f := range c.fields {
		if l != nil && f.lines != nil && f.lines.name == l.name {
			return f.lines
		}
	}
	return nil
}

// before finds the field of this older version that a newer version's field
// was.
func (m *Module) before(c *Collection, f *Field, l *Lines) (*Collection, *Field, *Lines) {
	was := m.sharing(c)
	if was == nil {
		return nil, nil, nil
	}
	lines := was.sharing(l)
	for _, name := range append([]string{f.Name}, f.Was...) {
		if l == nil && was.byName[name] != nil {
			return was, was.byName[name], nil
		}
		if lines != nil && lines.byName[name] != nil {
			return was, lines.byName[name], lines
		}
	}
	return was, nil, lines
}

// oldSchema is what old.x means.
func (e Evolution) oldSchema(c *Collection, l *Lines) expr.Schema {
	was := e.Old.sharing(c)
	if was == nil {
		return nil
	}
	place := manifest.Place{}
	if lines := was.sharing(l); lines != nil {
		place.Lines = lines.field.Name
	}
	return e.Old.Manifest.Schema(was.Collection, place)
}

// source is what names are in SQL, over the row t that both versions share.
func (e Evolution) source(c *Collection, l *Lines, args *expr.Args) expr.Source {
	own := e.rows(c, l, args)
	was := e.Old.sharing(c)
	if was == nil {
		return own
	}
	return oldSource{Source: own, old: e.rows(was, was.sharing(l), args)}
}

// rows are the names of a record or line t in one of the versions.
func (e Evolution) rows(c *Collection, l *Lines, args *expr.Args) expr.Source {
	records := Records{Collection: c, Currency: e.Currency, Country: e.Country, Language: e.Language, Settings: e.Settings, Now: func() time.Time { return e.Now }}
	roots := records.rootColumns(args)
	s := c.source("t", args, roots)
	if l != nil {
		return &lineSource{l, "t", s, roots}
	}
	return s
}

// oldSource adds old.x to a source.
type oldSource struct {
	expr.Source
	old expr.Source
}

// Name implements expr.Source.
func (s oldSource) Name(step string) (expr.Column, bool) {
	if step == "old" {
		return expr.Column{Target: s.old}, true
	}
	return s.Source.Name(step)
}

// evolving adds old.x to the names of a record.
type evolving struct {
	expr.Schema
	old expr.Schema
}

// Name implements expr.Schema.
func (v evolving) Name(step string) (expr.Meaning, bool) {
	if step == "old" && v.old != nil {
		return expr.Meaning{Target: v.old}, true
	}
	return v.Schema.Name(step)
}

// swap turns one option into another.
func (e Evolution) swap(ctx context.Context, tx pgx.Tx, f *Field, table, from, to string) error {
	if f == nil || len(f.columns) == 0 {
		return nil
	}
	name := quote(f.columns[0].Name)
	set, where := name+" = $2", "t."+name+" = $3"
	if f.columns[0].Type == "text[]" {
		set, where = name+" = array_replace("+name+", $3, $2)", "$3 = any(t."+name+")"
	}
	_, err := tx.Exec(ctx, "update "+table+" as t set "+set+" where t.site_id = $1 and "+where, e.Site.String(), to, from)
	return err
}

// update changes all rows of the site in the table, deleted records too: they
// can be taken back.
func (e Evolution) update(ctx context.Context, tx pgx.Tx, table string, records bool, sets []string, args *expr.Args, where string) error {
	if records {
		sets = append(sets, "version = t.version + 1")
	}
	_, err := tx.Exec(ctx, "update "+table+" as t set "+strings.Join(sets, ", ")+" where t.site_id = $1::uuid"+where, args.Values...)
	return err
}

// stamp gives the records of collections whose rules depend on it the epoch of
// the version that they are in now.
func (e Evolution) stamp(ctx context.Context, tx pgx.Tx, to *Module) error {
	for _, c := range e.New.collections {
		bound := false
		for key := range e.New.Physical.Since {
			bound = bound || strings.HasPrefix(key, c.Name+".")
		}
		if !bound {
			continue
		}
		_, err := tx.Exec(ctx, "update "+c.table+" as t set "+quote(epochColumn)+" = $2 where t.site_id = $1 and t."+quote(epochColumn)+" <> $2",
			e.Site.String(), max(to.Physical.Epoch, 1))
		if err != nil {
			return c.explain(err)
		}
	}
	return nil
}

func tableOf(c *Collection, l *Lines) string {
	switch {
	case l != nil:
		return l.table
	case c != nil:
		return c.table
	}
	return ""
}

// field returns the field that a difference is about, and the lines it is in.
func (m *Module) field(change manifest.Change) (*Collection, *Field, *Lines) {
	c, ok := m.byName[change.Collection]
	if !ok || change.Field == "" {
		return c, nil, nil
	}
	outer, inner, deep := strings.Cut(change.Field, ".")
	f := c.byName[outer]
	if !deep || f == nil || f.lines == nil {
		return c, f, nil
	}
	return c, f.lines.byName[inner], f.lines
}

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
func (e Evolution) test(ctx context.Context, tx pgx.Tx, change manifest.Change, found *offending) error {
	c, f, l := e.New.field(change)
	switch {
	case c == nil:
		return nil
	case change.Part == "rule" && change.Treatment == manifest.Tested:
		return e.testRule(ctx, tx, c, change, found)
	case change.Part == "field" && f != nil && (change.Treatment == manifest.Tested || change.Treatment == manifest.Filled || change.Treatment == manifest.Converted):
		return e.testField(ctx, tx, c, l, f, change.Reason, found)
	case change.Part == "option" && f != nil && change.Treatment == manifest.Tested:
		return e.testField(ctx, tx, c, l, f, change.Reason, found)
	}
	return nil
}

// testRule holds the records against a rule that is new: a check, a unique rule
// or ranges that may not overlap.
func (e Evolution) testRule(ctx context.Context, tx pgx.Tx, c *Collection, change manifest.Change, found *offending) error {
	for _, check := range c.Checks {
		if check.Rule == change.Name {
			return e.testCheck(ctx, tx, c, check, change.Reason, found)
		}
	}
	for _, u := range c.uniques {
		if u.rule == change.Name {
			return e.testUnique(ctx, tx, c, u, change.Reason, found)
		}
	}
	for _, a := range c.apart {
		if a.rule == change.Name {
			return e.testApart(ctx, tx, c, a, change.Reason, found)
		}
	}
	return nil
}

// testCheck finds records for which the rule is false; unknown is kept.
func (e Evolution) testCheck(ctx context.Context, tx pgx.Tx, c *Collection, check manifest.Check, reason string, found *offending) error {
	n, err := expr.Parse(check.Rule)
	if err != nil {
		return err
	}
	if n, err = expr.CheckCondition(n, e.New.Manifest.Schema(c.Collection, manifest.Place{})); err != nil {
		return err
	}
	args := &expr.Args{Now: e.Now}
	args.Add(e.Site.String())
	sql, err := expr.Compile(expr.Not{Node: n}, e.rows(c, nil, args), args)
	if err != nil {
		return err
	}
	if check.Message != "" {
		reason = check.Message
	}
	return e.find(ctx, tx, c, "select t.id::text from "+c.table+" t where t.site_id = $1::uuid and t.deleted_at is null and "+sql, args.Values, reason, found)
}

// testUnique finds records that agree in all the rule's columns.
func (e Evolution) testUnique(ctx context.Context, tx pgx.Tx, c *Collection, u unique, reason string, found *offending) error {
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
	return e.find(ctx, tx, c, "select id::text from (select id, count(*) over (partition by "+over+") as n from "+c.table+
		" where "+where+") t where n > 1 order by id", []any{e.Site.String()}, reason, found)
}

// testApart finds records whose ranges overlap.
func (e Evolution) testApart(ctx context.Context, tx pgx.Tx, c *Collection, a apart, reason string, found *offending) error {
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
		return e.find(ctx, tx, c, "select distinct a.id::text from "+rows+" a join "+rows+" b on a.id <> b.id and a.span && b.span"+same,
			[]any{e.Site.String()}, reason, found)
	}
	return nil
}

// find notes the records that a statement returns.
func (e Evolution) find(ctx context.Context, tx pgx.Tx, c *Collection, sql string, args []any, reason string, found *offending) error {
	rows, err := tx.Query(ctx, sql+" limit "+strconv.Itoa(maxOffending), args...)
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, id := range ids {
		found.add(c.Name, id, "", reason)
	}
	return err
}

// testField reads the field's values as the version sees them, and holds each
// against the field's rules.
func (e Evolution) testField(ctx context.Context, tx pgx.Tx, c *Collection, l *Lines, f *Field, reason string, found *offending) error {
	if f.virtual || len(f.columns) == 0 || f.sealed() {
		return nil
	}
	sql := "select t.id::text, to_json(" + f.selection() + ")::text from " + c.table + " t where t.site_id = $1 and t.deleted_at is null"
	if l != nil {
		sql = "select t.record_id::text, to_json(" + f.selection() + ")::text from " + l.table + " t join " + c.table +
			" r on r.site_id = t.site_id and r.id = t.record_id and r.deleted_at is null where t.site_id = $1"
	}
	rows, err := tx.Query(ctx, sql, e.Site.String())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() && len(*found) < maxOffending {
		var id string
		var raw *string
		if err := rows.Scan(&id, &raw); err != nil {
			return err
		}
		if p := f.stands(raw, e.Currency); p != nil {
			found.add(c.Name, id, f.key, p.message)
		}
	}
	rows.Close()
	return rows.Err()
}

// stands complains about a stored value that breaks the field's rules.
func (f *Field) stands(raw *string, currency string) *problem {
	if raw == nil || *raw == "null" {
		return checkValue(f, nil)
	}
	value, p := f.kind.decode(f, json.RawMessage(*raw), currency)
	if p != nil {
		return p
	}
	return checkValue(f, value)
}

// testOld holds the records against the required fields and options of the
// older version, which the newer one may have left open.
func (e Evolution) testOld(ctx context.Context, tx pgx.Tx, found *offending) error {
	for _, c := range e.Old.collections {
		for _, f := range c.fields {
			if f.Required || len(f.Options) > 0 || f.Min != nil || f.Max != nil || f.pattern != nil {
				if err := e.testField(ctx, tx, c, nil, f, "", found); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

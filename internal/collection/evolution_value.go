package collection

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// args begin the parameters of a statement with the site as $1.
func (w passage) args() *expr.Args {
	args := &expr.Args{Now: w.Now}
	args.Add(w.Site.String())
	return args
}

// convert makes the values of a field of what the version that the site leaves
// has, except where the field kept one from an earlier stay that still says the
// same. was is the field in the version that it leaves.
func (w passage) convert(ctx context.Context, tx pgx.Tx, at, was seat, text, back string, found *offending) error {
	w.moved[at.place()] = true
	if at.field.sealed() || was.field != nil && was.field.sealed() {
		return w.reseal(ctx, tx, at, was, text)
	}
	args := w.args()
	m, err := w.value(at, text, args)
	if err != nil {
		return err
	}
	keeps, err := w.keeps(at, was, back, args)
	if err != nil {
		return err
	}
	where := " and (" + m.differs(at.field) + ") and not coalesce(" + keeps + ", false)"
	sets := m.sets(at.field)
	if was.field != nil && at.field.stamp != "" && was.field.stamp != "" && at.field.stamp != was.field.stamp {
		sets = append(sets, quote(at.field.stamp)+" = "+column(was.field.stamp))
	}
	again := valued{at, func(args *expr.Args) (made, error) { return w.value(at, text, args) }}
	return w.bounded(ctx, tx, found, []valued{again}, func(tx pgx.Tx) error { return w.update(ctx, tx, at, sets, args, where) })
}

// keeps is the condition under which a value that the field has from an earlier
// stay on the version is kept: turning it the other way gives exactly what the
// version that the site leaves holds. Comparing values says it of each field
// by itself and needs no clock. That a record was changed since the
// site left says less: somebody may have changed another of its fields, and
// would lose here what the other version cannot hold, such as digits after the
// point. Where there is no other way, the change log says whether the field was
// changed since; and where that does not know, in lines and where the other
// version computes the field, the time has to do: a record that nobody has
// touched since keeps its value.
//
// An empty value was kept only in records that are older than the stay.
func (w passage) keeps(at, was seat, back string, args *expr.Args) (string, error) {
	had := column(at.field.columns[0].Name) + " is not null"
	touched := "t.updated_at"
	left := func() string { return args.Add(w.Left) + "::timestamptz" }
	if at.lines == nil {
		had = "(" + had + " or t.created_at <= " + left() + ")"
	} else {
		touched = "(select r.updated_at from " + at.of.table + " r where r.site_id = t.site_id and r.id = t.record_id)"
	}
	if back == "" || was.field == nil || was.field.Computed != "" {
		kept := touched + " <= " + left()
		if same := w.unchanged(at, was, args); same != "" {
			kept = "(" + kept + " or " + same + ")"
		}
		return had + " and " + kept, nil
	}
	again, err := w.back().value(was, back, args)
	if err != nil {
		return "", err
	}
	return had + " and not (" + again.differs(was.field) + ")", nil
}

// unchanged is the condition under which nobody has written the field of the
// version that the site leaves since it came to that; empty where the change log
// does not say so.
func (w passage) unchanged(at, was seat, args *expr.Args) string {
	if w.LeftAt == 0 || at.lines != nil || was.field == nil || was.field.rules.computed != nil || len(was.field.columns) == 0 {
		return ""
	}
	var differ []string
	for _, c := range was.field.columns {
		name := args.Add(c.Name) + "::text"
		differ = append(differ, "h.before -> "+name+" is distinct from h.after -> "+name)
	}
	return "not exists (select 1 from platform.history(" + args.Add(at.of.stored) + "::text, t.id, " + args.Add(int64(math.MaxInt64)) + "::bigint, " +
		args.Add(math.MaxInt32) + "::integer) h where h.seq > " + args.Add(w.LeftAt) + "::bigint and h.part is null and (" + strings.Join(differ, " or ") + "))"
}

// fill gives a value to the records that have none.
func (w passage) fill(ctx context.Context, tx pgx.Tx, at seat, fill any) error {
	w.moved[at.place()] = true
	args := w.args()
	empty := " and " + column(at.field.columns[0].Name) + " is null"
	if text, ok := expressionOf(fill); ok {
		if at.field.sealed() {
			return w.sealFill(ctx, tx, at, text)
		}
		m, err := w.value(at, text, args)
		if err != nil {
			return err
		}
		return w.update(ctx, tx, at, m.sets(at.field), args, empty)
	}
	value, p := at.field.kind.literal(at.field, fill, moment{now: w.Now, today: w.Now.Format(time.DateOnly), currency: w.Currency, settings: w.Settings})
	if p != nil {
		return errs.BadFields(p.at(at.path()))
	}
	if value == nil {
		return nil
	}
	if at.field.sealed() {
		return w.sealEach(ctx, tx, at, nil, args, empty, func([]any) (any, error) { return value, nil })
	}
	sets := make([]string, len(at.field.columns))
	for i, arg := range at.field.kind.args(value) {
		sets[i] = quote(at.field.columns[i].Name) + " = " + args.Add(arg) + "::" + at.field.columns[i].Type
	}
	return w.update(ctx, tx, at, sets, args, empty)
}

// made is the SQL of a value, a part for each column of its field.
type made struct {
	parts []string
	exact string // of a number: before it is fitted into its column
}

// sets are the assignments of the value.
func (m made) sets(f *Field) []string {
	sets := make([]string, len(m.parts))
	for i, sql := range m.parts {
		sets[i] = quote(f.columns[i].Name) + " = (" + sql + ")::" + f.columns[i].Type
	}
	return sets
}

// differs is the condition that the record has another value.
func (m made) differs(f *Field) string {
	parts := make([]string, len(m.parts))
	for i, sql := range m.parts {
		parts[i] = column(f.columns[i].Name) + " is distinct from (" + sql + ")::" + f.columns[i].Type
	}
	return strings.Join(parts, " or ")
}

// value compiles an expression for the columns of a field of the version that
// the site comes to. old.x is the record as the other version reads it.
func (w passage) value(at seat, text string, args *expr.Args) (made, error) {
	n, err := expr.Parse(text)
	if err != nil {
		return made{}, err
	}
	place := manifest.Place{}
	if at.lines != nil {
		place.Lines = at.lines.field.Name
	}
	names := evolving{Schema: w.to.Manifest.Schema(at.of.Collection, place), old: w.oldSchema(at.of, at.lines)}
	if n, err = expr.CheckValue(n, names, expr.Meaning{Type: at.field.Type()}); err != nil {
		return made{}, err
	}
	return w.compile(at, n, w.source(at.of, at.lines, args), args)
}

// compile writes a checked expression as the field's columns hold it.
func (w passage) compile(at seat, n expr.Node, src expr.Source, args *expr.Args) (made, error) {
	c, err := expr.CompileValue(n, src, args)
	if err != nil {
		return made{}, err
	}
	parts := storedColumns(c)
	if len(parts) > len(at.field.columns) {
		return made{}, fmt.Errorf("a value of %d parts does not fit %d columns", len(parts), len(at.field.columns))
	}
	m := made{parts: parts}
	switch t := at.field.valueType(); {
	case len(parts) == 2:
		// Nothing, summed up, is nothing of any currency.
		parts[1] = "case when (" + parts[0] + ") is not null then coalesce(" + parts[1] + ", " + w.currency(at, args) + ") end"
		m.exact = c.SQL
	case t.List:
		parts[0] = "nullif((" + parts[0] + ")::" + at.field.columns[0].Type + ", '{}')"
	case t.Kind == expr.Text && at.field.columns[0].Type == "text":
		parts[0] = "case when (" + parts[0] + ") ~ '[^[:space:]]' then (" + parts[0] + ") end"
	case at.field.columns[0].Type == "bigint" && c.Exact:
		m.exact = c.SQL + " * 1" + strings.Repeat("0", scaleOf(t))
	}
	return m, nil
}

// scaleOf is how many digits after the point a column of whole numbers keeps.
func scaleOf(t expr.Type) int {
	switch t.Kind {
	case expr.Decimal:
		return t.Scale
	case expr.Percent:
		return PercentScale + 2
	}
	return 0
}

// currency is the currency of an amount that has none, as a write gives it.
func (w passage) currency(at seat, args *expr.Args) string {
	if at.field.Currency != "" {
		return args.Add(at.field.Currency) + "::text"
	}
	site := args.Add(w.Currency) + "::text"
	own, ok := at.of.byName[currencyField]
	if !ok || own.virtual || len(own.columns) == 0 || own.Kind != manifest.KindCurrency {
		return site
	}
	sql := column(own.columns[0].Name)
	if at.lines != nil {
		sql = "(select r." + quote(own.columns[0].Name) + " from " + at.of.table + " r where r.site_id = t.site_id and r.id = t.record_id)"
	}
	return "coalesce((" + sql + ")::text, " + site + ")"
}

// oldSchema is what old.x means.
func (w passage) oldSchema(c *Collection, l *Lines) expr.Schema {
	was := w.from.sharing(c)
	if was == nil {
		return nil
	}
	place := manifest.Place{}
	if lines := was.sharing(l); lines != nil {
		place.Lines = lines.field.Name
	}
	return w.from.Manifest.Schema(was.Collection, place)
}

// source is what names are in SQL, over the row t that both versions share.
func (w passage) source(c *Collection, l *Lines, args *expr.Args) expr.Source {
	own := w.rows(c, l, args)
	was := w.from.sharing(c)
	if was == nil {
		return own
	}
	return oldSource{Source: own, old: w.back().rows(was, was.sharing(l), args)}
}

// rows are the names of a record or line t of the version that the site comes
// to.
func (w passage) rows(c *Collection, l *Lines, args *expr.Args) expr.Source {
	records := Records{Collection: c, Currency: w.Currency, Country: w.Country, Language: w.Language, Settings: w.Settings, Now: func() time.Time { return w.Now }}
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
func (w passage) swap(ctx context.Context, tx pgx.Tx, at seat, from, to string) error {
	w.moved[at.place()] = true
	args := w.args()
	name, is, was := quote(at.field.columns[0].Name), args.Add(to), args.Add(from)
	set, where := name+" = "+is, "t."+name+" = "+was
	if at.field.columns[0].Type == "text[]" {
		set, where = name+" = array_replace(t."+name+", "+was+", "+is+")", was+" = any(t."+name+")"
	}
	return w.update(ctx, tx, at, []string{set}, args, " and "+where)
}

// update changes rows of the site in the field's table, those of deleted records
// too: they can be taken back. A record whose lines change has a new version as
// well.
func (w passage) update(ctx context.Context, tx pgx.Tx, at seat, sets []string, args *expr.Args, where string) error {
	if at.lines == nil {
		sets = append(sets, "version = t.version + 1")
	}
	sql := "update " + at.table() + " as t set " + strings.Join(sets, ", ") + " where t.site_id = $1::uuid" + where
	_, err := tx.Exec(ctx, w.counted(at, sql), args.Values...)
	return at.of.explain(err)
}

// counted makes of a change of lines t one of their records' versions too.
func (w passage) counted(at seat, sql string) string {
	if at.lines == nil {
		return sql
	}
	return "with changed as (" + sql + " returning t.record_id) update " + at.of.table +
		" as r set version = r.version + 1 where r.site_id = $1::uuid and r.id in (select record_id from changed)"
}

// valued is a field and the SQL of what it is to hold.
type valued struct {
	at   seat
	made func(*expr.Args) (made, error)
}

// codeTooLarge is PostgreSQL's code for a number that does not fit its column.
const codeTooLarge = "22003"

// bounded does what writes values, and names the records for which one is too
// large for its column; then it has done nothing.
func (w passage) bounded(ctx context.Context, tx pgx.Tx, found *offending, values []valued, do func(pgx.Tx) error) error {
	inner, err := tx.Begin(ctx)
	if err != nil {
		return err
	}
	if err = do(inner); err == nil {
		return inner.Commit(ctx)
	}
	if back := inner.Rollback(ctx); back != nil || !violates(err, codeTooLarge) {
		return errors.Join(err, back)
	}
	before := len(*found)
	for _, v := range values {
		args := w.args()
		m, wrong := v.made(args)
		if wrong != nil {
			return wrong
		}
		if m.exact == "" {
			continue
		}
		id := "t.id"
		if v.at.lines != nil {
			id = "t.record_id"
		}
		sql := "select " + id + "::text from " + v.at.table() + " t where t.site_id = $1::uuid and abs(" + m.exact + ") > 9223372036854775807"
		if wrong := w.find(ctx, tx, v.at, sql, args.Values, "Becomes too large.", found); wrong != nil {
			return wrong
		}
	}
	if len(*found) == before {
		return err
	}
	return nil
}

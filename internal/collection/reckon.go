package collection

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

// reckoning works out the values of a draft, step by step.
type reckoning struct {
	*draft
	*scheme
	found complaints
}

// reckon works out every value that follows from what the writer gave, and
// returns what is wrong with it. What reads other records is asked of the
// database, in one round trip for all that can be asked at once.
func (d *draft) reckon(ctx context.Context, s *scheme) (complaints, error) {
	k := &reckoning{draft: d, scheme: s}
	for level := range s.levels + 1 {
		if err := k.ask(ctx, level); err != nil {
			return nil, err
		}
		for _, one := range s.steps {
			if one.level != level || one.related {
				continue
			}
			if err := k.work(one); err != nil {
				return nil, err
			}
		}
	}
	return k.found, nil
}

// place is one value to work out: of the record, or of a line.
type place struct {
	*step
	line *draftLine // nil: of the record
}

// places are the values of a step.
func (k *reckoning) places(one *step) []place {
	if one.of == nil {
		return []place{{one, nil}}
	}
	places := make([]place, len(k.lines[one.of.field.Name]))
	for i, l := range k.lines[one.of.field.Name] {
		places[i] = place{one, l}
	}
	return places
}

func (k *reckoning) row(p place) expr.Row {
	if p.line != nil {
		return p.line
	}
	return k.draft
}

func (k *reckoning) get(p place) any {
	if p.line != nil {
		return p.line.values[p.field.Name]
	}
	return k.values[p.field.Name]
}

func (k *reckoning) put(p place, value any) {
	if p.line != nil {
		p.line.values[p.field.Name] = value
		return
	}
	k.keep(p.field, value)
}

// hide empties a field that is not shown now.
func (k *reckoning) hide(p place) {
	k.put(p, nil)
	k.absent[k.path(p)] = true
}

// path is where complaints about the value go.
func (k *reckoning) path(p place) string {
	if p.line == nil {
		return p.field.key
	}
	return fmt.Sprintf("%s[%d].%s", p.of.field.key, p.line.place-1, p.field.key)
}

// fresh reports whether the value is one of something new.
func (k *reckoning) fresh(p place) bool {
	if p.line != nil {
		return p.line.old == nil
	}
	return k.old == nil
}

func (k *reckoning) gave(p place) bool {
	if p.line != nil {
		return p.line.given[p.field.Name]
	}
	return k.given[p.field.Name]
}

// moved reports whether something that the value is made of has changed: of a
// line, its own values and its record's.
func (k *reckoning) moved(p place) bool {
	return slices.ContainsFunc(p.reads, func(name string) bool {
		field, own := strings.CutPrefix(name, fieldIn(name)+".")
		if p.line != nil && own && fieldIn(name) == p.of.field.Name {
			return !equalValues(p.line.old[field], p.line.values[field])
		}
		return k.changed(name)
	})
}

// due says what decides the value now: an expression, or nothing new.
func (k *reckoning) due(p place) expr.Node {
	switch {
	case p.forced:
		if k.gave(p) && k.get(p) != nil {
			return nil // what the caller wrote itself wins
		}
		return p.set
	case p.computed != nil:
		if k.fresh(p) || k.moved(p) {
			return p.computed
		}
	case p.set != nil:
		if k.fresh(p) || k.moved(p) {
			return p.set
		}
	case p.initial != nil && !k.gave(p):
		if k.fresh(p) || !p.field.Immutable && len(p.reads) > 0 && k.moved(p) {
			return p.initial
		}
	}
	return nil
}

// work decides a step's values in memory.
func (k *reckoning) work(one *step) error {
	for _, p := range k.places(one) {
		if one.when != nil {
			shown, err := expr.Admits(one.when, k.row(p), k.records.Now())
			if err != nil {
				return fmt.Errorf("field %s: when: %w", one.name(), err)
			}
			if !shown {
				k.hide(p)
				continue
			}
		}
		n := k.due(p)
		if n == nil {
			k.begin(p)
			continue
		}
		value, err := expr.Eval(n, k.row(p), k.records.Now())
		if k.overflows(p, err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("field %s: %w", one.name(), err)
		}
		k.take(p, p.field.fromExpression(value))
	}
	return nil
}

// take keeps a result. An action that sets nothing, as from a setting that is
// empty, leaves a new record its default.
func (k *reckoning) take(p place, value any) {
	if p.forced && value == nil && k.fresh(p) {
		rest := *p.step
		rest.forced, rest.set = false, p.field.rules.set
		k.begin(place{&rest, p.line})
		return
	}
	if m, ok := value.(money.Money); ok && m.Currency == "" { // nothing, of any currency
		m.Currency = currencyOf(p.field, k.moment().currency)
		value = m
	}
	k.put(p, value)
}

// overflows takes a result that does not fit as a complaint about the value.
func (k *reckoning) overflows(p place, err error) bool {
	var e *expr.Error
	if !errors.As(err, &e) || e.Code != "overflow" {
		return false
	}
	k.found.add(k.path(p), wrong("too_large", "Becomes too large."))
	return true
}

// begin gives a new value its literal default, or what its kind begins with.
func (k *reckoning) begin(p place) {
	f := p.field
	switch {
	case p.forced && k.gave(p) && k.get(p) != nil, p.computed != nil, !p.forced && (k.gave(p) || p.set != nil):
		return
	case p.forced && p.set == nil:
		k.literal(p, p.literal)
		return
	}
	appears := p.when != nil && k.get(p) == nil && k.moved(p)
	if !k.fresh(p) && !appears {
		return
	}
	if f.Kind == manifest.KindSlug && f.From != "" && f.Default == nil {
		if text, ok := k.values[f.From].(string); ok {
			k.put(p, textValue(Slug(text)))
		}
		return
	}
	if _, computed := expressionOf(f.Default); !computed && f.Default != nil {
		k.literal(p, f.Default)
		return
	}
	if kind, ok := f.kind.(beginner); ok && k.get(p) == nil {
		k.put(p, kind.initial(f))
	}
}

// literal keeps what the manifest writes down.
func (k *reckoning) literal(p place, declared any) {
	if declared == nil {
		k.put(p, nil)
		return
	}
	value, problem := p.field.kind.literal(p.field, declared, k.moment())
	k.found.add(k.path(p), problem)
	k.put(p, value)
}

// moment is what literal defaults depend on.
func (d *draft) moment() moment {
	at := d.records.moment()
	if own, ok := d.values["currency"].(string); ok {
		at.currency = own
	}
	return at
}

// ask has the database work out the steps of a level that read other records.
func (k *reckoning) ask(ctx context.Context, level int) error {
	var statements []pg.Statement
	var failed error
	q := &question{k: k}
	for _, one := range k.steps {
		if one.level != level || !one.related || one.of != nil {
			continue
		}
		failed = errors.Join(failed, q.add(place{one, nil}))
	}
	if len(q.asked) > 0 {
		statements = append(statements, q.statement())
	}
	var of []*Lines
	for _, one := range k.steps {
		if one.of != nil && one.level == level && one.related && !slices.Contains(of, one.of) {
			of = append(of, one.of)
		}
	}
	for _, l := range of {
		for _, line := range k.lines[l.field.Name] {
			q := &question{k: k, line: line}
			for _, one := range k.steps {
				if one.of == l && one.level == level && one.related {
					failed = errors.Join(failed, q.add(place{one, line}))
				}
			}
			if len(q.asked) > 0 {
				statements = append(statements, q.statement())
			}
		}
	}
	if failed != nil {
		return failed
	}
	if len(statements) == 0 {
		return nil
	}
	return k.records.Scope.Batch(ctx, statements...)
}

// question asks for the values of a record, or of one of its lines, in one
// statement over the draft.
type question struct {
	k     *reckoning
	line  *draftLine
	args  *expr.Args
	src   expr.Source
	from  string
	parts []string
	asked []answerTo
}

// answerTo is one value of the answer.
type answerTo struct {
	place
	shown bool // the first column says whether the field is shown
	value bool // the rest are the value
}

// add asks for a place if something is due there.
func (q *question) add(p place) error {
	a := answerTo{place: p, shown: p.when != nil}
	n := q.k.due(p)
	if a.value = n != nil; n == nil && p.when == nil {
		q.k.begin(p)
		return nil
	}
	if q.args == nil {
		q.open()
	}
	if a.shown {
		sql, err := expr.Compile(p.when, q.src, q.args)
		if err != nil {
			return fmt.Errorf("field %s: when: %w", p.name(), err)
		}
		q.parts = append(q.parts, "coalesce("+sql+", false)")
	}
	if a.value {
		column, err := expr.CompileValue(n, q.src, q.args)
		if err != nil {
			return fmt.Errorf("field %s: %w", p.name(), err)
		}
		for i, sql := range storedColumns(column) {
			if i < len(p.field.columns) {
				q.parts = append(q.parts, readable(sql, p.field.columns[i]))
			}
		}
	}
	q.asked = append(q.asked, a)
	return nil
}

func storedColumns(c expr.Column) []string {
	if c.Type.Kind == expr.Money {
		return []string{c.Stored(), c.Currency}
	}
	return []string{c.Stored()}
}

func (q *question) open() {
	q.args = q.k.records.newArgs()
	record, from := q.k.source(q.args)
	q.src, q.from = record, from
	if q.line != nil {
		var lines string
		q.src, lines = q.line.source(record, q.args)
		q.from += ", " + lines
	}
}

func (q *question) statement() pg.Statement {
	return pg.Statement{
		SQL:  "select " + strings.Join(q.parts, ", ") + " from " + q.from,
		Args: q.args.Values,
		Read: q.read,
	}
}

func (q *question) read(rows pgx.Rows) error {
	if !rows.Next() {
		return rows.Err()
	}
	values, err := rows.Values()
	if err != nil {
		return err
	}
	for _, a := range q.asked {
		shown := true
		if a.shown {
			shown = values[0] == true
			values = values[1:]
		}
		if a.value {
			n := len(a.field.columns)
			if shown {
				q.k.take(a.place, a.field.fromColumns(values[:n]))
			}
			values = values[n:]
		}
		switch {
		case !shown:
			q.k.hide(a.place)
		case !a.value:
			q.k.begin(a.place)
		}
	}
	return nil
}

// source reads the draft in SQL: the record as t, as it was as o.
func (d *draft) source(args *expr.Args) (*recordSource, string) {
	roots := d.records.rootColumns(args)
	record := d.records.Collection.source("t", args, roots)
	from := d.derived("t", args)
	if d.old != nil {
		roots["old"] = expr.Column{Target: d.records.Collection.source("o", args, roots)}
		from += ", " + d.old.derived("o", args)
	} else {
		roots["old"] = expr.Column{Target: d.records.Collection.source("o", args, roots)}
		from += " left join " + d.records.Collection.table + " o on false"
	}
	params := expr.Columns{}
	for name, value := range d.params {
		if f, ok := d.records.Collection.byName[name]; ok {
			params[name] = expr.Column{Type: f.valueType(), Constant: true, Value: value}
		}
	}
	roots["params"] = expr.Column{Target: params}
	return record, from
}

// derived is the draft as a table of one row.
func (d *draft) derived(alias string, args *expr.Args) string {
	parts := []string{"$1::uuid as site_id"}
	add := func(value any, kind, name string) {
		parts = append(parts, args.Add(value)+"::"+kind+" as "+quote(name))
	}
	add(d.id.String(), "uuid", "id")
	add(d.version, "bigint", "version")
	add(d.created, "timestamptz", "created_at")
	add(d.creator, "uuid", "created_by")
	add(d.records.stamp(), "timestamptz", "updated_at")
	add(d.records.actor(), "uuid", "updated_by")
	for _, f := range d.records.Collection.fields {
		for i, arg := range fieldArgs(f, d.values[f.Name]) {
			add(arg, f.columns[i].Type, f.columns[i].Name)
		}
		if f.stamp != "" {
			add(d.stamps[f.Name], "timestamptz", f.stamp)
		}
	}
	return "(select " + strings.Join(parts, ", ") + ") " + alias
}

// source reads the line in SQL, with the draft as its parent.
func (l *draftLine) source(record *recordSource, args *expr.Args) (expr.Source, string) {
	parts := []string{
		"$1::uuid as site_id", args.Add(l.id.String()) + "::uuid as id",
		args.Add(l.record.id.String()) + "::uuid as record_id", args.Add(l.place) + "::bigint as position",
	}
	for _, f := range l.of.fields {
		for i, arg := range fieldArgs(f, l.values[f.Name]) {
			parts = append(parts, args.Add(arg)+"::"+f.columns[i].Type+" as "+quote(f.columns[i].Name))
		}
	}
	return parentSource{&lineSource{l.of, "l", record, record.roots}, record}, "(select " + strings.Join(parts, ", ") + ") l"
}

// parentSource is a line whose record is a draft.
type parentSource struct {
	*lineSource
	parent *recordSource
}

// Name implements expr.Source.
func (s parentSource) Name(step string) (expr.Column, bool) {
	if step == "parent" {
		return expr.Column{Target: s.parent}, true
	}
	return s.lineSource.Name(step)
}

// evaluate works out a value in memory.
func (d *draft) evaluate(f *Field, n expr.Node) (any, error) {
	value, err := expr.Eval(n, d, d.records.Now())
	if err != nil {
		return nil, fmt.Errorf("field %s: %w", f.Name, err)
	}
	return f.fromExpression(value), nil
}

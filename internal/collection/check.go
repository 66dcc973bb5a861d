package collection

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// check is a rule that every record keeps.
type check struct {
	rule
	lines, line *Field // it holds once for each value of a line's field; nil: once
}

// watch is a check of another collection that a write here may break, since it
// reads the records that point there.
type watch struct {
	target *Collection
	way    holder
	rule   rule
}

// addCheck compiles a check, and has every collection that it reads backwards
// watch it.
func (c *Collection) addCheck(declared manifest.Check, roots expr.Names) error {
	on, err := c.newRule(declared.Rule, declared.Message, roots)
	if err != nil {
		return err
	}
	made := check{rule: on}
	if declared.Each != "" {
		field, line, _ := strings.Cut(declared.Each, ".")
		f, ok := c.byName[field]
		if !ok || f.lines == nil || f.lines.byName[line] == nil || on.related {
			return fmt.Errorf("each: %q is no field of own lines", declared.Each)
		}
		made.lines, made.line = f, f.lines.byName[line]
	}
	c.checks = append(c.checks, made)
	for _, way := range on.inverse {
		way.from.watches = append(way.from.watches, watch{target: c, way: way, rule: on})
	}
	return nil
}

// keeps tests the checks that need no other records.
func (d *draft) keeps() error {
	for _, on := range d.records.Collection.checks {
		if on.related || d.old != nil && !d.back && !slices.ContainsFunc(on.reads, d.changed) || d.aged(on) {
			continue
		}
		broken, err := d.breaksEach(on)
		if err != nil {
			return err
		}
		if broken {
			return d.broken(on.rule)
		}
	}
	return nil
}

// renewed reports whether a value, or any of a line's, has to be looked at: it
// has changed, or the record comes back.
func (d *draft) renewed(stepName string) bool { return d.back || d.changed(stepName) }

// aged reports whether the clock may have broken the check of a record that
// comes back, as it may while the record is there.
func (d *draft) aged(on check) bool {
	return d.back && len(on.inverse) == 0 && expr.ReadsClock(on.node)
}

func (d *draft) breaksEach(on check) (bool, error) {
	if on.lines == nil {
		return d.breaks(on.rule)
	}
	tested := map[any]bool{}
	for _, l := range d.lines[on.lines.Name] {
		value := l.values[on.line.Name]
		key := fmt.Sprint(value)
		if tested[key] {
			continue
		}
		tested[key] = true
		result, err := expr.Eval(on.node, eachValue{d, on, value}, d.records.Now())
		if err != nil {
			return false, fmt.Errorf("check: %w", err)
		}
		if result == false {
			return true, nil
		}
	}
	return false, nil
}

// eachValue is a record of which only those lines are there that agree.
type eachValue struct {
	*draft
	check check
	value any
}

// Rows implements expr.Row.
func (e eachValue) Rows(path []string) ([]expr.Row, bool) {
	rows, ok := e.draft.Rows(path)
	if path[0] != e.check.lines.Name {
		return rows, ok
	}
	return slices.DeleteFunc(rows, func(r expr.Row) bool {
		return !equalValues(r.Value([]string{e.check.line.Name}), e.value)
	}), ok
}

// broken is the answer to a write that breaks a check; it names the first value
// that the check reads.
func (d *draft) broken(on rule) error {
	e := errs.New(errs.Invalid, "rule_broken", "%s", on.says())
	for _, name := range on.reads {
		if f, ok := d.records.Collection.byName[fieldIn(name)]; ok && d.records.Access.Visible(f.Name) {
			e.Fields = []errs.Field{{Path: f.key, Code: "rule_broken", Message: on.says()}}
			break
		}
	}
	return e
}

// locked refuses changes of a record that is closed.
func (d *draft) locked(ctx context.Context) error {
	c := d.records.Collection
	if d.old == nil || c.closed.node == nil {
		return nil
	}
	var touched []*Field
	for _, f := range c.fields {
		if f.Kind == manifest.KindState || f.Computed != "" || f.virtual || f.Kind == manifest.KindSequence ||
			!d.changed(f.Name) {
			continue
		}
		touched = append(touched, f)
	}
	if d.position != "" {
		closed, err := d.old.admits(ctx, c.closed)
		if err != nil {
			return err
		}
		if closed {
			return isClosed()
		}
	}
	return d.old.closedFor(ctx, touched)
}

// closedFor is the error for a change of the fields while the record, as it is
// stored, is closed.
func (d *draft) closedFor(ctx context.Context, fields []*Field) error {
	c := d.records.Collection
	if c.closed.node == nil {
		return nil
	}
	fields = slices.DeleteFunc(slices.Clone(fields), func(f *Field) bool { return slices.Contains(c.Lock.Except, f.Name) })
	if len(fields) == 0 {
		return nil
	}
	closed, err := d.admits(ctx, c.closed)
	if err != nil || !closed {
		return err
	}
	e := isClosed()
	for _, f := range fields {
		e.Fields = append(e.Fields, errs.Field{Path: f.key, Code: "locked", Message: "Cannot be changed any more."})
	}
	return e
}

func isClosed() *errs.Error {
	return errs.New(errs.Conflict, "locked", "This record is closed and cannot be changed any more.")
}

// holds are the locks that a write takes before it writes anything, in one
// order, so that two writes wait for each other in a row and not in a ring: the
// records whose checks it may break, and the ranges and trees it joins.
func (d *draft) holds() []pg.Statement {
	r := d.records
	var statements []pg.Statement
	targets := d.watched()
	for _, c := range slices.SortedFunc(maps.Keys(targets), func(a, b *Collection) int { return cmp.Compare(a.Name, b.Name) }) {
		args := r.newArgs()
		statements = append(statements, pg.Statement{
			SQL: "select 1 from " + c.table + " t where t.site_id = $1::uuid and t.id = any (" + args.Add(idTexts(targets[c])) +
				"::uuid[]) order by t.id for no key update",
			Args: args.Values,
		})
	}
	var keys []string
	for _, x := range r.Collection.apart {
		if d.joins(x) {
			key := x.constraint
			for _, f := range x.fields {
				key += fmt.Sprintf(" %v", d.values[f.Name])
			}
			keys = append(keys, key)
		}
	}
	for _, f := range r.Collection.fields {
		if f.Tree && d.values[f.Name] != nil && d.renewed(f.Name) {
			keys = append(keys, "tree "+f.Name)
		}
	}
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		args := r.newArgs()
		statements = append(statements, pg.Statement{
			SQL:  "select pg_advisory_xact_lock(hashtextextended($1::text || " + args.Add(" "+r.Collection.table+" "+key) + "::text, 0))",
			Args: args.Values,
		})
	}
	return statements
}

// joins reports whether a write puts the record's range where others might be.
func (d *draft) joins(x apart) bool {
	for _, f := range x.fields {
		if d.values[f.Name] == nil {
			return false // what is empty agrees with nothing
		}
	}
	there, err := expr.Admits(x.when, d, d.records.Now())
	return there || err != nil
}

// watched are the records whose checks this write may break.
func (d *draft) watched() map[*Collection][]uuid.UUID {
	found := map[*Collection][]uuid.UUID{}
	for _, w := range d.records.Collection.watches {
		for _, id := range d.pointsAt(w.way) {
			if !slices.Contains(found[w.target], id) {
				found[w.target] = append(found[w.target], id)
			}
		}
	}
	return found
}

// pointsAt are the records that the draft points at that way, now or before.
func (d *draft) pointsAt(way holder) []uuid.UUID {
	var ids []uuid.UUID
	add := func(value any) {
		switch v := value.(type) {
		case uuid.UUID:
			ids = append(ids, v)
		case []uuid.UUID:
			ids = append(ids, v...)
		}
	}
	for _, one := range []*draft{d, d.old} {
		switch {
		case one == nil:
		case way.line == nil:
			add(one.values[way.field.Name])
		default:
			for _, l := range one.lines[way.field.Name] {
				add(l.values[way.line.Name])
			}
		}
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(ids)
}

func idTexts(ids []uuid.UUID) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = id.String()
	}
	return list
}

// verify returns the statements that test, after the write and within its
// transaction, what only the database can answer.
func (d *draft) verify() ([]pg.Statement, error) {
	r, c := d.records, d.records.Collection
	var statements []pg.Statement
	v := verification{draft: d, of: c, ids: []uuid.UUID{d.id}}
	for _, on := range c.checks {
		if on.related && !d.aged(on) && (d.old == nil || d.back || len(on.inverse) > 0 || slices.ContainsFunc(on.reads, d.changed)) {
			v.rules = append(v.rules, tested{node: expr.Not{Node: on.node}, fails: func() error { return d.broken(on.rule) }})
		}
	}
	for _, f := range c.fields {
		if f.rules.filter != nil && !d.back && d.values[f.Name] != nil && (d.changed(f.Name) || d.filterMoved(f)) {
			v.rules = append(v.rules, tested{
				node: expr.Not{Node: f.rules.filter}, candidate: f,
				fails: func() error { return errs.BadFields(wrong("reference_filtered", "Does not fit here.").at(f.key)) },
			})
		}
		if f.Tree && d.values[f.Name] != nil && d.renewed(f.Name) {
			statements = append(statements, d.treeStatement(f))
		}
	}
	if len(v.rules) > 0 {
		statement, err := v.statement(r)
		if err != nil {
			return nil, err
		}
		statements = append(statements, statement)
	}
	more, err := d.verifyWatched()
	return append(statements, more...), err
}

// filterMoved reports whether something that the filter of a reference reads
// of the record has changed.
func (d *draft) filterMoved(f *Field) bool {
	for _, path := range expr.Paths(f.rules.filter) {
		if path[0] != candidate && slices.ContainsFunc(d.records.Collection.reading(nil, path).steps, d.changed) {
			return true
		}
	}
	return false
}

// verifyWatched tests the checks of the records that the draft points at.
func (d *draft) verifyWatched() ([]pg.Statement, error) {
	var statements []pg.Statement
	for _, w := range d.records.Collection.watches {
		ids := d.pointsAt(w.way)
		if len(ids) == 0 {
			continue
		}
		v := verification{draft: d, of: w.target, ids: ids, rules: []tested{{
			node: expr.Not{Node: w.rule.node},
			fails: func() error {
				e := errs.New(errs.Invalid, "rule_broken", "%s", w.rule.says())
				if w.way.line == nil {
					e.Fields = []errs.Field{{Path: w.way.field.key, Code: "rule_broken", Message: w.rule.says()}}
				}
				return e
			},
		}}}
		statement, err := v.statement(d.records)
		if err != nil {
			return nil, err
		}
		statements = append(statements, statement)
	}
	return statements, nil
}

// verification tests live records of a collection; a rule that is true is
// broken.
type verification struct {
	draft *draft
	of    *Collection
	ids   []uuid.UUID
	rules []tested
}

type tested struct {
	node      expr.Node
	candidate *Field // the reference whose filter it is
	fails     func() error
}

func (v verification) statement(r Records) (pg.Statement, error) {
	args := r.newArgs()
	src := v.of.source("t", args, r.rootColumns(args))
	parts := make([]string, len(v.rules))
	for i, on := range v.rules {
		var from expr.Source = src
		if on.candidate != nil {
			to := src.reference(on.candidate)
			to.Many = true
			from = candidateSource{src, to}
		}
		sql, err := expr.Compile(on.node, from, args)
		if err != nil {
			return pg.Statement{}, err
		}
		parts[i] = "coalesce(" + sql + ", false)"
	}
	return pg.Statement{
		SQL: "select " + strings.Join(parts, ", ") + " from " + v.of.table + " t where t.site_id = $1::uuid and t.id = any (" +
			args.Add(idTexts(v.ids)) + "::uuid[]) and t.deleted_at is null",
		Args: args.Values,
		Read: func(rows pgx.Rows) error {
			for rows.Next() {
				values, err := rows.Values()
				if err != nil {
					return err
				}
				for i, broken := range values {
					if broken == true {
						return v.rules[i].fails()
					}
				}
			}
			return rows.Err()
		},
	}, nil
}

// treeStatement refuses a record that would be its own ancestor.
func (d *draft) treeStatement(f *Field) pg.Statement {
	args := d.records.newArgs()
	id, key := args.Add(d.id.String())+"::uuid", quote(f.columns[0].Name)
	return pg.Statement{
		SQL: "with recursive up (id) as (select x." + key + " from " + d.records.Collection.table + " x where x.site_id = $1::uuid and x.id = " + id +
			" union select x." + key + " from " + d.records.Collection.table + " x join up on x.id = up.id where x.site_id = $1::uuid)" +
			" select 1 from up where up.id = " + id,
		Args: args.Values,
		Read: func(rows pgx.Rows) error {
			if rows.Next() {
				return errs.BadFields(wrong("circular", "Would be its own ancestor.").at(f.key))
			}
			return rows.Err()
		},
	}
}

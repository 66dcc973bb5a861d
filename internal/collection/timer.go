package collection

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// timer is a declared timer with its expressions.
type timer struct {
	manifest.Timer
	at, when expr.Node
	date     bool // at is a date: the beginning of that day in the site's zone
	touches  map[string]bool
}

// compileTimers parses the timers of a collection. It comes last, because a
// timer may read computed values.
func (m *Module) compileTimers(c *Collection) error {
	names := recordSchema{c, m.roots()}
	for _, declared := range c.Timers {
		t := timer{Timer: declared, touches: map[string]bool{c.Name: true}}
		n, err := expr.Parse(declared.At)
		var kind expr.Type
		if err == nil {
			t.at, kind, err = expr.Check(n, names)
		}
		if err != nil {
			return fmt.Errorf("timer %s: at: %w", declared.Name, err)
		}
		if kind.List || kind.Kind != expr.Instant && kind.Kind != expr.Date {
			return fmt.Errorf("timer %s: at: it is no instant", declared.Name)
		}
		t.date = kind.Kind == expr.Date
		if declared.When != "" {
			if n, err = expr.Parse(declared.When); err == nil {
				t.when, err = expr.CheckCondition(n, names)
			}
			if err != nil {
				return fmt.Errorf("timer %s: when: %w", declared.Name, err)
			}
		}
		c.touched(t.at, t.touches)
		c.timers = append(c.timers, t)
	}
	return nil
}

// touched adds the collections whose records an expression reads.
func (c *Collection) touched(n expr.Node, into map[string]bool) {
	for _, path := range expr.Paths(n) {
		at := c
		for _, step := range path {
			f, ok := at.byName[step]
			if !ok {
				way, inverse := at.inverse(step)
				if !inverse {
					break
				}
				into[way.from.Name] = true
				at = way.from
				continue
			}
			if f.virtual && f.rules.computed != nil {
				at.touched(f.rules.computed, into)
				break
			}
			if f.target == nil {
				break
			}
			into[f.target.Name] = true
			at = f.target
		}
	}
}

// HasTimers reports whether a change of a record of the other collection may
// move a timer of this one.
func (c *Collection) HasTimers(of string) bool {
	return slices.ContainsFunc(c.timers, func(t timer) bool { return t.touches[of] })
}

// Due is the instant of a timer for a record, as the record is now.
type Due struct {
	Record uuid.UUID
	Timer  string
	At     *time.Time // nil: none
	When   bool       // the timer's condition holds now
}

// Dues returns the instants of all timers for the records of these ids, or,
// with none, for the next thousand records after the id, in the order of ids.
// Records that are deleted have none. Whoever acts sees everything here: timers
// are the module's own.
func (r Records) Dues(ctx context.Context, ids []uuid.UUID, after uuid.UUID) ([]Due, error) {
	c := r.Collection
	if len(c.timers) == 0 {
		return nil, nil
	}
	args := r.newArgs()
	src := c.source("t", args, r.rootColumns(args))
	columns := ""
	for _, t := range c.timers {
		at, err := expr.CompileValue(t.at, src, args)
		if err != nil {
			return nil, fmt.Errorf("timer %s: %w", t.Name, err)
		}
		when := "true"
		if t.when != nil {
			if when, err = expr.Compile(t.when, src, args); err != nil {
				return nil, fmt.Errorf("timer %s: %w", t.Name, err)
			}
		}
		if t.date {
			columns += ", (" + at.SQL + ")::date::text"
		} else {
			columns += ", (" + at.SQL + ")::timestamptz"
		}
		columns += ", coalesce(" + when + ", false)"
	}
	var where string
	if len(ids) > 0 {
		texts := make([]string, len(ids))
		for i, id := range ids {
			texts[i] = id.String()
		}
		where = "t.id = any (" + args.Add(texts) + "::uuid[])"
	} else {
		where = "t.id > " + args.Add(after.String()) + "::uuid order by t.id limit 1000"
	}
	var list []Due
	err := r.Scope.Batch(ctx, pg.Statement{
		SQL:  "select t.id" + columns + " from " + c.table + " t where t.site_id = $1::uuid and t.deleted_at is null and " + where,
		Args: args.Values,
		Read: func(rows pgx.Rows) error {
			for rows.Next() {
				dues, err := c.readDues(rows, r.Now().Location())
				if err != nil {
					return err
				}
				list = append(list, dues...)
			}
			return rows.Err()
		},
	})
	if err != nil {
		return nil, fmt.Errorf("timers of %s: %w", c.Name, err)
	}
	return list, nil
}

// readDues reads one record's row. Timers have minute precision.
func (c *Collection) readDues(rows pgx.Rows, zone *time.Location) ([]Due, error) {
	dues := make([]Due, len(c.timers))
	days, instants := make([]*string, len(c.timers)), make([]*time.Time, len(c.timers))
	var id uuid.UUID
	into := []any{&id}
	for i, t := range c.timers {
		if t.date {
			into = append(into, &days[i], &dues[i].When)
		} else {
			into = append(into, &instants[i], &dues[i].When)
		}
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	for i, t := range c.timers {
		dues[i].Record, dues[i].Timer, dues[i].At = id, t.Name, instants[i]
		if days[i] != nil {
			day, err := time.ParseInLocation(time.DateOnly, *days[i], zone)
			if err != nil {
				return nil, fmt.Errorf("timer %s: %w", t.Name, err)
			}
			dues[i].At = &day
		}
	}
	return dues, nil
}

// Ring does what a timer declares for a record: its action, or its event. The
// scope works in an open transaction.
func (r Records) Ring(ctx context.Context, name string, id uuid.UUID) error {
	c := r.Collection
	at := slices.IndexFunc(c.timers, func(t timer) bool { return t.Name == name })
	if at < 0 {
		return errs.Missing()
	}
	t := c.timers[at]
	if t.Run != "" {
		action := slices.IndexFunc(c.Actions, func(a manifest.Action) bool { return a.Name == t.Run })
		if action < 0 {
			return fmt.Errorf("timer %s runs %q, which is no action", name, t.Run)
		}
		_, err := r.Run(ctx, &c.Actions[action], id, Values{})
		return err
	}
	return r.Scope.Batch(ctx, pg.Statement{
		SQL:  "select platform.emit($1::text, $2::uuid, $3::text)",
		Args: []any{c.Name, id.String(), t.Emits},
	})
}

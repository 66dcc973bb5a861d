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
	date     bool             // at is a date: the beginning of that day in the site's zone
	reads    map[string][]way // the other records that at reads, by collection
}

// compileTimers parses the timers of a collection. It comes last, because a
// timer may read computed values.
func (m *Module) compileTimers(c *Collection) error {
	names := recordSchema{c, m.roots()}
	for _, declared := range c.Timers {
		t := timer{Timer: declared, reads: map[string][]way{}}
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
		walk{in: c, way: here()}.follow(t.at, t.reads)
		c.timers = append(c.timers, t)
	}
	return nil
}

// HasTimers reports whether a change of a record of the other collection may
// move a timer of this one.
func (c *Collection) HasTimers(of string) bool {
	return c.Name == of && len(c.timers) > 0 || len(c.timerWays(of)) > 0
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
	list, err := r.dues(ctx, func(args *expr.Args) string {
		if len(ids) > 0 {
			return "t.id = any (" + args.Add(idTexts(ids)) + "::uuid[]) order by t.id"
		}
		return "t.id > " + args.Add(after.String()) + "::uuid order by t.id limit 1000"
	})
	if err != nil {
		return nil, fmt.Errorf("timers of %s: %w", c.Name, err)
	}
	return list, nil
}

// dueColumns are, for each timer, its instant and whether its condition holds,
// over the record t.
func (r Records) dueColumns(args *expr.Args) (string, error) {
	src := r.Collection.source("t", args, r.rootColumns(args))
	columns := ""
	for _, t := range r.Collection.timers {
		at, err := expr.CompileValue(t.at, src, args)
		if err != nil {
			return "", fmt.Errorf("timer %s: %w", t.Name, err)
		}
		when := "true"
		if t.when != nil {
			if when, err = expr.Compile(t.when, src, args); err != nil {
				return "", fmt.Errorf("timer %s: %w", t.Name, err)
			}
		}
		if t.date {
			columns += ", (" + at.SQL + ")::date::text"
		} else {
			columns += ", (" + at.SQL + ")::timestamptz"
		}
		columns += ", coalesce(" + when + ", false)"
	}
	return columns, nil
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

package collection

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// rule is a condition on a record, with where it can be answered.
type rule struct {
	node    expr.Node // nil: it always holds
	reads   []string  // names of the steps it depends on
	related bool      // only the database can answer it
	inverse []holder  // records whose writing may break it
	message string
}

// newRule parses a condition on records of the collection; the roots are what
// it may read besides.
func (c *Collection) newRule(text, message string, roots expr.Names) (rule, error) {
	made := rule{message: message}
	if text == "" {
		return made, nil
	}
	n, err := expr.Parse(text)
	if err != nil {
		return rule{}, err
	}
	if n, err = expr.CheckCondition(n, recordSchema{c, roots}); err != nil {
		return rule{}, err
	}
	made.node = n
	c.follow(n, &made)
	return made, nil
}

// follow notes what a condition reads, through values that are computed when
// they are read.
func (c *Collection) follow(n expr.Node, into *rule) {
	for _, path := range expr.Paths(n) {
		r := c.reading(nil, path)
		into.reads = append(into.reads, r.steps...)
		into.related = into.related || r.related
		if f, ok := c.byName[path[0]]; ok && f.virtual {
			c.follow(f.rules.computed, into)
			continue
		}
		if _, own := c.byName[path[0]]; own {
			continue
		}
		if way, ok := c.inverse(path[0]); ok && !slices.ContainsFunc(into.inverse, func(h holder) bool { return h == way }) {
			into.inverse = append(into.inverse, way)
		}
	}
}

// admits reports whether the rule is true for the draft.
func (d *draft) admits(ctx context.Context, on rule) (bool, error) {
	if !on.related {
		return expr.Admits(on.node, d, d.records.Now())
	}
	args := d.records.newArgs()
	src, from := d.source(args)
	sql, err := expr.Compile(on.node, src, args)
	if err != nil {
		return false, err
	}
	holds := false
	err = d.records.Scope.Batch(ctx, pg.Statement{
		SQL: "select coalesce(" + sql + ", false) from " + from, Args: args.Values,
		Read: func(rows pgx.Rows) error {
			if !rows.Next() {
				return rows.Err()
			}
			return rows.Scan(&holds)
		},
	})
	return holds, err
}

// breaks reports whether a check that needs no other records is false; one that
// is unknown counts as kept.
func (d *draft) breaks(check rule) (bool, error) {
	value, err := expr.Eval(check.node, d, d.records.Now())
	if err != nil {
		return false, fmt.Errorf("check: %w", err)
	}
	return value == false, nil
}

package host

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	sdksql "github.com/dramac-main/dramac-cms/sdk/sql"
)

var _ sdksql.Reader = (*session)(nil)

// tableName is a table as a text names it.
var tableName = regexp.MustCompile(`\{([a-z][a-z0-9_]*)\}`)

// ReadSQL implements sdk/sql's Reader. The text stands inside a select, where
// PostgreSQL takes nothing that writes.
func (s *session) ReadSQL(ctx context.Context, text string, args []any) (out json.RawMessage, err error) {
	qualified, err := s.qualify(text)
	if err != nil {
		return nil, err
	}
	err = s.watch.during(ctx, func() error {
		var rows []byte
		err := s.acting.Scope.Batch(ctx, pg.Statement{
			SQL:  "select coalesce(json_agg(r.*), '[]') from (\n" + qualified + "\n) r",
			Args: args, Read: pg.JSON(&rows),
		})
		out = rows
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read by SQL: %w", err)
	}
	return out, nil
}

// qualify puts the tables' names into a text, once for each text.
func (c *code) qualify(text string) (string, error) {
	if done, ok := c.texts.Load(text); ok {
		return done.(string), nil
	}
	var known []string
	for _, t := range c.module.Tables() {
		known = append(known, t.Name)
	}
	var wrong error
	done := tableName.ReplaceAllStringFunc(text, func(braced string) string {
		name := braced[1 : len(braced)-1]
		for _, table := range known {
			if table == name {
				return pgx.Identifier{c.module.Schema, name}.Sanitize()
			}
		}
		wrong = fmt.Errorf("the module has no table %s.%s", braced, suggestion(name, known))
		return braced
	})
	if wrong != nil {
		return "", wrong
	}
	c.texts.Store(text, done)
	return done, nil
}

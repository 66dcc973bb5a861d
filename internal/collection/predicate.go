package collection

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// ownCondition compiles a condition over the record's own columns to SQL
// without parameters, as an index or a constraint keeps it. What is not the
// same at all times, or of other records, is refused.
func (c *Collection) ownCondition(text string) (string, error) {
	n, err := c.condition(text)
	if err != nil {
		return "", err
	}
	for _, path := range expr.Paths(n) {
		if r := c.reading(nil, path); r.related || r.virtual || r.actor || r.old || len(r.steps) == 0 {
			return "", fmt.Errorf("%q is not kept with the record", strings.Join(path, "."))
		}
	}
	if expr.ReadsClock(n) {
		return "", fmt.Errorf("it changes by itself: %s", text)
	}
	args := &expr.Args{}
	sql, err := expr.Compile(n, ownColumns{c}, args)
	if err != nil {
		return "", err
	}
	return inline(sql, args.Values)
}

// ownColumns are the record's own columns, without an alias.
type ownColumns struct{ *Collection }

// Name implements expr.Source.
func (s ownColumns) Name(step string) (expr.Column, bool) {
	if f, ok := s.byName[step]; ok && len(f.columns) > 0 && !f.sealed() {
		return plainColumn(f, "", nil), true
	}
	t, ok := s.platform(step)
	return expr.Column{SQL: quote(step), Type: t}, ok
}

var placeholder = regexp.MustCompile(`\$([0-9]+)`)

// inline puts the parameters into a statement that the compiler made, of which
// every other part is a quoted name or a fixed word.
func inline(sql string, args []any) (string, error) {
	var failed error
	text := placeholder.ReplaceAllStringFunc(sql, func(found string) string {
		n, err := strconv.Atoi(found[1:])
		if err != nil || n < 1 || n > len(args) {
			failed = fmt.Errorf("there is no parameter %s", found)
			return found
		}
		switch v := args[n-1].(type) {
		case nil:
			return "null"
		case string:
			return "'" + strings.ReplaceAll(v, "'", "''") + "'"
		case bool, int64, int:
			return fmt.Sprintf("'%v'", v)
		}
		failed = fmt.Errorf("a constraint cannot hold %T", args[n-1])
		return found
	})
	return text, failed
}

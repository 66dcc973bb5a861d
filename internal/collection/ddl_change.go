package collection

import (
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// Log says what the triggers of a table write to the change log.
type Log struct {
	Collection string
	// Part is the field whose lines or references the table holds; their
	// changes are changes of the record. Empty: the records themselves.
	Part string
	// Key is the column that tells the parts of one record apart.
	Key string
	// Hidden are the columns that are never logged.
	Hidden []string
	// Pairs are columns that are one value and are logged together, as
	// "price_amount+price_currency".
	Pairs []string
}

// Trigger is a trigger as it should be, for comparison with the catalogue.
type Trigger struct {
	Name     string
	Function string // qualified, without brackets
	Args     []string

	event, transition string
}

// logOf is the log of the collection's own table.
func (c *Collection) logOf() Log { return newLog(c.stored, "", "", c.fields) }

// newLog leaves out what is secret or sensitive, and keeps amounts with their
// currencies.
func newLog(collection, part, key string, fields []*Field) Log {
	l := Log{Collection: collection, Part: part, Key: key}
	for _, f := range fields {
		if f.Secret || f.Sensitive {
			for _, column := range f.columns {
				l.Hidden = append(l.Hidden, column.Name)
			}
		} else if f.Kind == manifest.KindMoney && len(f.columns) == 2 {
			l.Pairs = append(l.Pairs, f.columns[0].Name+"+"+f.columns[1].Name)
		}
	}
	return l
}

// LogOf reads a log from the arguments of a trigger.
func LogOf(args []string) Log {
	list := func(text string) []string {
		if text == "" {
			return nil
		}
		return strings.Split(text, ",")
	}
	switch len(args) {
	case 3:
		return Log{Collection: args[0], Hidden: list(args[1]), Pairs: list(args[2])}
	case 5:
		return Log{Collection: args[0], Part: args[1], Key: args[2], Hidden: list(args[3]), Pairs: list(args[4])}
	}
	return Log{}
}

// Join adds what another version of the module hides: the versions share the
// table, and what one of them keeps secret is logged for none.
func (l Log) Join(other Log) Log {
	for _, column := range other.Hidden {
		if !slices.Contains(l.Hidden, column) {
			l.Hidden = append(slices.Clip(l.Hidden), column)
		}
	}
	for _, pair := range other.Pairs {
		if !slices.Contains(l.Pairs, pair) {
			l.Pairs = append(slices.Clip(l.Pairs), pair)
		}
	}
	return l
}

// Triggers are the triggers of the table: one for each event, because only
// then do they see the rows before and after.
func (l Log) Triggers() []Trigger {
	if l.Collection == "" {
		return nil
	}
	hidden := slices.Sorted(slices.Values(l.Hidden))
	pairs := slices.Sorted(slices.Values(l.Pairs))
	function := "platform.log_changed_records"
	args := []string{l.Collection, strings.Join(hidden, ","), strings.Join(pairs, ",")}
	if l.Part != "" {
		function = "platform.log_changed_parts"
		args = []string{l.Collection, l.Part, l.Key, args[1], args[2]}
	}
	list := []Trigger{
		{Name: "log_insert", event: "insert", transition: "new table as newrows"},
		{Name: "log_update", event: "update", transition: "old table as oldrows new table as newrows"},
		{Name: "log_delete", event: "delete", transition: "old table as oldrows"},
	}
	for i := range list {
		list[i].Function, list[i].Args = function, args
	}
	return list
}

// LogStatements make the triggers that write the changes of a table, named
// with its schema and quoted. Run again, they replace what is there.
func LogStatements(table string, l Log) []string {
	var statements []string
	for _, t := range l.Triggers() {
		args := make([]string, len(t.Args))
		for i, a := range t.Args {
			args[i] = "'" + strings.ReplaceAll(a, "'", "''") + "'"
		}
		statements = append(statements, "create or replace trigger "+t.Name+" after "+t.event+" on "+table+
			" referencing "+t.transition+" for each statement execute function "+t.Function+"("+strings.Join(args, ", ")+")")
	}
	return statements
}

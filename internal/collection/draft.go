package collection

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

// draft is a record while it is written: as it was, what the writer gave, and
// what follows from both. Expressions read it as a Row.
type draft struct {
	records Records
	id      uuid.UUID
	old     *draft // nil at creation
	version int64
	created time.Time
	creator any

	values      Values          // by field, lines and lists included
	given       map[string]bool // fields that the writer gave
	stamps      map[string]any  // when values last changed, by field
	lines       map[string][]*draftLine
	params      Values          // of the action
	denominated []denominated   // amounts that came without a currency
	absent      map[string]bool // complaints' paths of fields that are not shown now
	back        bool            // it was deleted and comes back
	position    string          // where it is put in the order by hand; empty: it stays
}

// draftLine is a line while its record is written.
type draftLine struct {
	of     *Lines
	record *draft
	id     uuid.UUID
	old    Values // nil: a new line
	values Values
	given  map[string]bool
	place  int
}

// newDraft begins a record that does not exist.
func (r Records) newDraft(id uuid.UUID) *draft {
	return &draft{
		records: r, id: id, version: 1, created: r.stamp(), creator: r.actor(),
		values: Values{}, given: map[string]bool{}, stamps: map[string]any{}, lines: map[string][]*draftLine{}, absent: map[string]bool{},
	}
}

// next is the draft of a change of the record.
func (d *draft) next() *draft {
	n := *d
	n.old = d
	n.values, n.given, n.stamps, n.lines = Values{}, map[string]bool{}, map[string]any{}, map[string][]*draftLine{}
	n.absent, n.denominated, n.position = map[string]bool{}, nil, ""
	for name, value := range d.values {
		n.values[name] = value
	}
	for name, at := range d.stamps {
		n.stamps[name] = at
	}
	for name, lines := range d.lines {
		for _, l := range lines {
			n.lines[name] = append(n.lines[name], &draftLine{
				of: l.of, record: &n, id: l.id, old: l.values, values: cloneValues(l.values), given: map[string]bool{}, place: l.place,
			})
		}
	}
	return &n
}

func cloneValues(v Values) Values {
	clone := make(Values, len(v))
	for name, value := range v {
		clone[name] = value
	}
	return clone
}

// give takes what the writer gave.
func (d *draft) give(v Values) error {
	for _, f := range d.records.Collection.fields {
		value, ok := v[f.Name]
		if !ok {
			continue
		}
		d.given[f.Name] = true
		if f.lines == nil {
			d.keep(f, value)
			continue
		}
		lines, _ := value.([]Line)
		if err := d.giveLines(f, lines); err != nil {
			return err
		}
	}
	return nil
}

// keep sets a value of the record, and the moment of its change if that is kept.
func (d *draft) keep(f *Field, value any) {
	d.values[f.Name] = value
	if f.stamp == "" {
		return
	}
	switch {
	case d.old != nil && equalValues(d.old.values[f.Name], value):
		d.stamps[f.Name] = d.old.stamps[f.Name]
	case d.old == nil && value == nil:
		delete(d.stamps, f.Name)
	default:
		d.stamps[f.Name] = d.records.stamp()
	}
}

// giveLines replaces the lines of a field. One with the id of a line that is
// there changes it; an id of no line of this record is refused.
func (d *draft) giveLines(f *Field, lines []Line) error {
	before := map[uuid.UUID]*draftLine{}
	for _, l := range d.lines[f.Name] {
		before[l.id] = l
	}
	var found complaints
	var after []*draftLine
	for i, given := range lines {
		l := &draftLine{of: f.lines, record: d, id: given.ID, values: Values{}, given: map[string]bool{}, place: i + 1}
		if have := before[given.ID]; have != nil {
			l = have
			l.place = i + 1
			delete(before, given.ID)
		} else if given.ID != uuid.Nil && d.old != nil {
			found.add(f.key, lineMissing(i))
		} else if given.ID == uuid.Nil {
			id, err := uuid.NewV7()
			if err != nil {
				return fmt.Errorf("make an id: %w", err)
			}
			l.id = id
		}
		for name, value := range given.Values {
			l.values[name], l.given[name] = value, true
		}
		after = append(after, l)
	}
	d.lines[f.Name] = after
	return found.err()
}

func lineMissing(place int) *problem {
	return wrong("line_missing", "The record has no such line. Leave the id out to add one.").within("id").within(fmt.Sprintf("[%d]", place))
}

// newLines are complaints about lines that have ids in a record that gets one
// itself. Who brings the record's id, as a copy of all does, brings theirs too.
func (c *Collection) newLines(v Values) complaints {
	var found complaints
	for _, f := range c.fields {
		lines, _ := v[f.Name].([]Line)
		for i, line := range lines {
			if line.ID != uuid.Nil {
				found.add(f.key, lineMissing(i))
			}
		}
	}
	return found
}

// Value implements expr.Row.
func (d *draft) Value(path []string) any {
	c := d.records.Collection
	if f, ok := c.byName[path[0]]; ok {
		if f.virtual {
			value, err := expr.Eval(f.rules.computed, d, d.records.Now())
			if err != nil {
				return nil
			}
			return value
		}
		return d.values[f.Name]
	}
	if f := c.stamped(path[0]); f != nil {
		return d.stamps[f.Name]
	}
	switch path[0] {
	case "id":
		return d.id
	case "version":
		return d.version
	case "created_at":
		return d.created
	case "created_by":
		return d.creator
	case "old":
		if d.old == nil || len(path) == 1 {
			return nil
		}
		return d.old.Value(path[1:])
	case "params":
		return d.params[path[1]]
	}
	value, _ := d.records.rootValue(path)
	return value
}

// Rows implements expr.Row.
func (d *draft) Rows(path []string) ([]expr.Row, bool) {
	f, ok := d.records.Collection.byName[path[0]]
	if !ok || f.lines == nil || len(path) > 1 {
		return nil, false
	}
	rows := make([]expr.Row, len(d.lines[f.Name]))
	for i, l := range d.lines[f.Name] {
		rows[i] = l
	}
	return rows, true
}

// Value implements expr.Row.
func (l *draftLine) Value(path []string) any {
	if f, ok := l.of.byName[path[0]]; ok {
		return l.values[f.Name]
	}
	switch path[0] {
	case "id":
		return l.id
	case positionColumn:
		return int64(l.place)
	case "parent":
		if len(path) > 1 {
			return l.record.Value(path[1:])
		}
		return l.record.id
	}
	value, _ := l.record.records.rootValue(path)
	return value
}

// Rows implements expr.Row.
func (l *draftLine) Rows(path []string) ([]expr.Row, bool) {
	if path[0] == "parent" && len(path) > 1 {
		return l.record.Rows(path[1:])
	}
	return nil, false
}

// changed reports whether a value, or any of a line's, is not what it was.
func (d *draft) changed(stepName string) bool {
	name, line, inLines := strings.Cut(stepName, ".")
	if d.old == nil {
		return true
	}
	if lines, ok := d.lines[name]; ok || d.old.lines[name] != nil {
		return linesChanged(d.old.lines[name], lines, line, inLines)
	}
	return !equalValues(d.old.values[name], d.values[name])
}

func linesChanged(before, after []*draftLine, field string, one bool) bool {
	if len(before) != len(after) {
		return true
	}
	for i, l := range after {
		if l.old == nil || l.id != before[i].id {
			return true
		}
		if one && !equalValues(l.old[field], l.values[field]) || !one && l.differs() {
			return true
		}
	}
	return false
}

// differs reports whether the line must be written.
func (l *draftLine) differs() bool {
	for _, f := range l.of.fields {
		if !equalValues(l.old[f.Name], l.values[f.Name]) {
			return true
		}
	}
	return l.old == nil
}

// equalValues compares two values of a field.
func equalValues(a, b any) bool {
	if at, ok := a.(time.Time); ok {
		other, ok := b.(time.Time)
		return ok && at.Equal(other)
	}
	if raw, ok := a.(json.RawMessage); ok {
		other, ok := b.(json.RawMessage)
		return ok && (bytes.Equal(raw, other) || sameJSON(raw, other))
	}
	return reflect.DeepEqual(a, b)
}

// fromExpression turns what an expression gave into a value of the field.
func (f *Field) fromExpression(v any) any {
	switch value := v.(type) {
	case nil:
		return nil
	case string:
		if f.valueType().Kind == expr.UUID {
			if id, err := uuid.Parse(value); err == nil {
				return id
			}
			return nil
		}
		if f.Kind == manifest.KindText || f.Kind == manifest.KindLongtext {
			kept, _ := storable(value)
			return kept
		}
	case time.Time:
		return value.UTC().Truncate(time.Microsecond)
	case []string:
		if len(value) == 0 {
			return nil
		}
		if f.list != nil {
			ids, _ := recordIDs(value)
			return ids
		}
	case int64, bool, money.Money, uuid.UUID, json.RawMessage:
	default:
		if f.valueType().Kind == expr.JSON {
			if raw, err := json.Marshal(value); err == nil {
				return json.RawMessage(raw)
			}
		}
	}
	return v
}

package collection

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// Lines are the rows that a field of kind lines holds: a table of their own,
// written, locked and deleted with their record, in order.
type Lines struct {
	field  *Field
	of     *Collection
	checks []rule // of each line
	name   string // of the table
	table  string // qualified and quoted
	owner  string // the table of the records
	fields []*Field
	byName map[string]*Field // by name and by key
}

// Line is one row as it is written.
type Line struct {
	ID     uuid.UUID // Nil: a new one
	Values Values
}

// maxLines bounds the lines of one record, where the field says nothing.
const maxLines = 1000

// openRows makes what fields have whose values are rows of their own.
// What the columns of lines are called stands under the path in as.
func (f *Field) openRows(schema, owner string, as Physical, path ...string) error {
	name := physical(owner, f.stored.Name)
	switch f.kind.(type) {
	case listKind:
		f.list = &List{field: f, name: name, table: quote(schema) + "." + quote(name), owner: quote(schema) + "." + quote(owner)}
	case linesKind:
		f.lines = &Lines{field: f, name: name, table: quote(schema) + "." + quote(name), owner: quote(schema) + "." + quote(owner), byName: map[string]*Field{}}
		return f.lines.open(schema, f.Fields, as, append(path, f.Name))
	}
	return nil
}

func (l *Lines) open(schema string, declared []manifest.Field, as Physical, path []string) error {
	taken := map[string]bool{}
	for _, column := range rowColumns() {
		taken[column.Name] = true
	}
	for i := range declared {
		f, err := newField(&declared[i], as.column(append(path[:len(path):len(path)], declared[i].Name)...))
		if err != nil {
			return err
		}
		if _, nested := f.kind.(linesKind); nested {
			return fmt.Errorf("field %s: lines have no lines", f.Name)
		}
		if err := takeColumns(f, taken); err != nil {
			return err
		}
		if err := f.openRows(schema, l.name, as, path...); err != nil {
			return err
		}
		if f.list != nil {
			f.list.of = l
		}
		l.fields = append(l.fields, f)
		l.byName[f.Name], l.byName[f.key] = f, f
	}
	return nil
}

// tables are the lines' own and those of their lists.
func (l *Lines) tables(c *Collection) []Table {
	own := rowTable(l.name, c.table)
	own.addFields(l.name, l.fields)
	own.Log = newLog(c.stored, l.field.stored.Name, "id", l.fields)
	own.Files = fileTriggers(c.stored, "record_id", l.field.stored.Name+".", l.fields)
	tables := []Table{own}
	for _, f := range l.fields {
		switch {
		case f.list != nil:
			tables = append(tables, f.list.rows(c.stored))
		case f.Index || f.targetTable() != "":
			columns := columnsOf([]*Field{f})
			tables[0].Indexes = append(tables[0].Indexes, Index{Name: over(l.name, "by", columns), Columns: append([]string{"site_id"}, columns...)})
		}
	}
	return tables
}

// linesKind is a list of lines. The value is a []Line.
type linesKind struct{}

func (linesKind) key(f *Field) string     { return f.Name }
func (linesKind) columns(*Field) []Column { return nil }
func (linesKind) names(*Field) []name     { return nil }
func (linesKind) args(any) []any          { return nil }

func notLines() *problem { return wrong("not_lines", "Must be a list of objects.") }

// decode takes an array of objects. A line that keeps its place in the database
// has its id.
func (linesKind) decode(f *Field, raw json.RawMessage, currency string) (any, *problem) {
	return f.lines.decodeAll(raw, currency, (*Field).settable)
}

// decodeAll reads lines whose writer may give these fields.
func (l *Lines) decodeAll(raw json.RawMessage, currency string, may func(*Field) bool) (any, *problem) {
	var rows []json.RawMessage
	if err := json.Unmarshal(raw, &rows); err != nil {
		return nil, notLines()
	}
	lines := make([]Line, len(rows))
	var found *problem
	for i, row := range rows {
		line, p := l.decode(row, currency, may)
		lines[i] = line
		found = found.and(p.within(fmt.Sprintf("[%d]", i)))
	}
	if found != nil {
		return nil, found
	}
	return lines, nil
}

func (l *Lines) decode(raw json.RawMessage, currency string, may func(*Field) bool) (Line, *problem) {
	pairs, err := objectPairs(raw)
	if err != nil {
		return Line{}, notLines()
	}
	line := Line{Values: Values{}}
	var found *problem
	for _, pair := range pairs {
		f := l.byName[pair.key]
		var p *problem
		switch {
		case pair.again:
			p = wrong("repeated", "Is given more than once.")
		case pair.key == "id":
			line.ID, p = lineID(pair.value)
		case f == nil || f.key != pair.key:
			p = wrong("unknown_field", "There is no field %q.", pair.key)
		case !may(f):
			p = wrong("readonly", "Cannot be written.")
		default:
			p = readJSON(line.Values, f, pair.value, l.of.assumed(f, currency))
		}
		found = found.and(p.within(pair.key))
	}
	return line, found
}

func lineID(raw json.RawMessage) (uuid.UUID, *problem) {
	if string(raw) == "null" {
		return uuid.Nil, nil
	}
	value, p := referenceKind{}.decode(nil, raw, "")
	id, _ := value.(uuid.UUID)
	return id, p
}

// parse takes the same as a text, as a form without rows would send it.
func (k linesKind) parse(f *Field, text string, loc Locale) (any, *problem) {
	return k.decode(f, json.RawMessage(text), loc.Currency)
}

func (linesKind) literal(_ *Field, value any, _ moment) (any, *problem) {
	if lines, ok := value.([]Line); ok {
		return lines, nil
	}
	return nil, notLines()
}

// check counts; the values of each line were checked when they were read, and
// what is missing is the engine's to find, after defaults.
func (linesKind) check(f *Field, value any) *problem {
	lines, ok := value.([]Line)
	if !ok {
		return notLines()
	}
	count, most := int64(len(lines)), int64(maxLines)
	if f.Max != nil {
		most = *f.Max
	}
	switch {
	case f.Min != nil && count < *f.Min:
		return wrong("too_few", "Needs at least %d lines.", *f.Min).with("min", *f.Min)
	case count > most:
		return wrong("too_many", "May have at most %d lines.", most).with("max", most)
	}
	return nil
}

// selection makes the array of lines, in order.
func (linesKind) selection(f *Field) string {
	parts := []string{"t.id"}
	for _, line := range f.lines.fields {
		if line.isFile() {
			parts = append(parts, line.fileSQL()+" as "+quote(line.Name))
		}
		if !line.sealed() {
			parts = append(parts, line.selection()+" as "+quote(line.key))
		}
	}
	return "(select coalesce(json_agg(row_to_json(r.*)), '[]') from (select " + strings.Join(parts, ", ") + " from (select x.* from " +
		f.lines.table + " x where x.site_id = t.site_id and x.record_id = t.id order by x.position) t) r)"
}

// encode writes the lines as they are read, each with its id if it has one.
func (linesKind) encode(f *Field, value any) (json.RawMessage, error) {
	fields := openFields(f.lines.fields)
	rows := []json.RawMessage{}
	for _, line := range value.([]Line) {
		row, err := encodeFields(fields, line.Values)
		if err != nil {
			return nil, err
		}
		if line.ID != uuid.Nil {
			row = withID(line.ID, row)
		}
		rows = append(rows, row)
	}
	return json.Marshal(rows)
}

func (linesKind) schema(f *Field) map[string]any {
	properties := map[string]any{"id": map[string]any{"type": "string", "format": "uuid", "description": "Keep it to change the line; leave it out to add one."}}
	for _, line := range f.lines.fields {
		if line.isFile() {
			properties[line.Name] = fileSchema(line)
		}
		if !line.sealed() {
			properties[line.key] = line.schema(false)
		}
	}
	s := map[string]any{"type": "array", "items": map[string]any{"type": "object", "properties": properties, "additionalProperties": false}}
	if f.Min != nil {
		s["minItems"] = *f.Min
	}
	if f.Max != nil {
		s["maxItems"] = *f.Max
	}
	return s
}

// List is a list of references: a table with a row for each.
type List struct {
	field       *Field
	of          *Lines // the list is of each line, not of the record
	name, table string // of the table, and qualified and quoted
	owner       string // the table of what has the list
	target      *Collection
}

// lineColumn ties a list's row to the line that has the list.
const lineColumn = "line_id"

// rows is the table of the list. Lists of lines also name the record, so that
// their changes are known for changes of it.
func (l *List) rows(collection string) Table {
	owner, part, tied, key := l.owner, l.field.stored.Name, "record_id", "target_id"
	if l.of != nil {
		owner, part, tied, key = l.of.owner, l.of.field.stored.Name+"."+part, lineColumn, "id"
	}
	t := rowTable(l.name, owner)
	if l.of != nil {
		t.Columns = append(t.Columns, Column{Name: lineColumn, Type: "uuid"})
		t.References = append(t.References, Reference{Name: physical(l.name, "line_ref"), Column: lineColumn, To: l.owner, Cascade: true})
		t.Indexes = append(t.Indexes, Index{Name: physical(l.name, "by_line"), Columns: []string{"site_id", lineColumn, "position"}})
		t.rules[lineColumn] = " not null"
	}
	t.Columns = append(t.Columns, Column{Name: "target_id", Type: "uuid"})
	t.rules["target_id"] = " not null"
	t.Indexes = append(t.Indexes,
		Index{Name: physical(l.name, "by_target"), Columns: []string{"site_id", "target_id"}},
		Index{Name: physical(l.name, "unique"), Columns: []string{"site_id", tied, "target_id"}, Unique: true})
	if l.target != nil {
		t.References = append(t.References, Reference{Name: physical(l.name, "target_ref"), Column: "target_id", To: l.target.table})
	}
	t.Log = Log{Collection: collection, Part: part, Key: key}
	if l.field.isFile() {
		t.Files = []Trigger{fileTrigger(collection, "record_id", part, "target_id")}
	}
	return t
}

// listed is what a list of references points at; nil for other fields.
func (f *Field) listed() *Collection {
	if f.list == nil {
		return nil
	}
	return f.list.target
}

// listKind is a list of references to records. The value is a []uuid.UUID
// without repetitions; an empty list is nil.
type listKind struct{}

func (listKind) key(f *Field) string     { return f.Name + "_ids" }
func (listKind) columns(*Field) []Column { return nil }
func (listKind) args(any) []any          { return nil }

// names has the one that conditions ask for ids. There is no column to sort by.
func (k listKind) names(f *Field) []name {
	return []name{{name: k.key(f), kind: expr.UUID}}
}

func notIDs() *problem { return wrong("not_ids", "Must be a list of ids of records.") }

func (listKind) decode(_ *Field, raw json.RawMessage, _ string) (any, *problem) {
	var texts []string
	if err := json.Unmarshal(raw, &texts); err != nil {
		return nil, notIDs()
	}
	return recordIDs(texts)
}

func recordIDs(texts []string) (any, *problem) {
	var ids []uuid.UUID
	for _, text := range texts {
		value, p := recordID(text)
		if p != nil {
			return nil, notIDs()
		}
		if id := value.(uuid.UUID); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if ids == nil {
		return nil, nil
	}
	return ids, nil
}

func (listKind) parse(_ *Field, text string, _ Locale) (any, *problem) {
	return recordIDs(strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }))
}

func (listKind) literal(_ *Field, value any, _ moment) (any, *problem) {
	switch v := value.(type) {
	case []uuid.UUID:
		return v, nil
	case []string:
		return recordIDs(v)
	}
	return nil, notIDs()
}

func (listKind) check(f *Field, value any) *problem {
	ids, ok := value.([]uuid.UUID)
	switch {
	case !ok:
		return notIDs()
	case f.Min != nil && int64(len(ids)) < *f.Min:
		return wrong("too_few", "Needs at least %d.", *f.Min).with("min", *f.Min)
	case f.Max != nil && int64(len(ids)) > *f.Max, len(ids) > maxLines:
		return wrong("too_many", "Are too many.")
	}
	return nil
}

func (listKind) selection(f *Field) string {
	tied := "record_id"
	if f.list.of != nil {
		tied = lineColumn
	}
	return "(select coalesce(json_agg(x.target_id order by x.position), '[]') from " + f.list.table +
		" x where x.site_id = t.site_id and x." + tied + " = t.id)"
}

func (listKind) schema(f *Field) map[string]any {
	return map[string]any{
		"type": "array", "items": map[string]any{"type": "string", "format": "uuid"}, "uniqueItems": true,
		"description": "The ids of records of " + f.To + ".",
	}
}

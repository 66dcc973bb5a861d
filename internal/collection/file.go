package collection

import (
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// isFile reports whether the field names a file of the platform.
func (f *Field) isFile() bool {
	return f.Kind == manifest.KindFile || f.Kind == manifest.KindImage
}

// fileConstraint begins the name that the trigger gives to its refusal.
const fileConstraint = "file_of_"

// fileSQL is what an answer tells of the field's file or files, beside ids.
func (f *Field) fileSQL() string {
	if f.list == nil {
		return "platform.file_json(" + column(f.key) + ")"
	}
	return "(select coalesce(json_agg(platform.file_json(x.target_id) order by x.position), '[]') from " + f.list.table +
		" x where x.site_id = t.site_id and x.record_id = t.id)"
}

// fileSchema describes what fileSQL answers.
func fileSchema(f *Field) map[string]any {
	text := map[string]any{"type": "string"}
	properties := map[string]any{
		"id": map[string]any{"type": "string", "format": "uuid"}, "name": text, "type": text,
		"size": map[string]any{"type": "integer", "description": "Bytes."},
		"url":  map[string]any{"type": "string", "format": "uri-reference", "description": "Answers the same caller."},
	}
	if f.Kind == manifest.KindImage {
		properties["width"], properties["height"] = map[string]any{"type": "integer"}, map[string]any{"type": "integer"}
	}
	one := map[string]any{"type": []string{"object", "null"}, "readOnly": true, "properties": properties}
	if f.list != nil {
		return map[string]any{"type": "array", "readOnly": true, "items": one}
	}
	return one
}

// fileTriggers tell the platform which files the rows of a table name, one for
// each field, so that versions that share the table keep each their own. record
// is the column of the record's id; within is "lines." for the fields of lines.
func fileTriggers(collection, record, within string, fields []*Field) []Trigger {
	var list []Trigger
	for _, f := range fields {
		if f.isFile() && f.list == nil {
			list = append(list, fileTrigger(collection, record, within+f.Name, f.key))
		}
	}
	return list
}

func fileTrigger(collection, record, field, column string) Trigger {
	return Trigger{
		Name: "file_" + column, Function: "platform.keep_files", Args: []string{collection, record, field, column},
		event: "insert or delete or update of " + quote(column),
	}
}

// fileStatements make the triggers. Run again, they replace what is there.
func fileStatements(table string, triggers []Trigger) []string {
	var statements []string
	for _, t := range triggers {
		statements = append(statements, "create or replace trigger "+quote(t.Name)+" after "+t.event+" on "+table+
			" for each row execute function "+t.Function+"('"+strings.Join(t.Args, "', '")+"')")
	}
	return statements
}

// explainFile says which value names a file that is not the writer's to give.
func (c *Collection) explainFile(constraint string) (path string, ok bool) {
	name, ok := strings.CutPrefix(constraint, fileConstraint)
	if f := c.byName[name]; ok && f != nil {
		return f.key, true
	}
	return name, ok
}

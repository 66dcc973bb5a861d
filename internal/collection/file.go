package collection

import (
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// isFile reports whether the field names a file of the platform.
func (f *Field) isFile() bool {
	return f.Kind == manifest.KindFile || f.Kind == manifest.KindImage
}

// FileField finds what takes files by its path: a field, "picture", one of
// lines, "pages.scan", or a parameter that is an action's own, "send.proof". Its
// name is the path then. Settable says that callers write it as a part of the
// record; else only actions do. False: nothing there takes files.
func (c *Collection) FileField(path string) (field manifest.Field, settable, ok bool) {
	steps := strings.Split(path, ".")
	f := named(c.fields, steps[0])
	if f == nil && len(steps) > 1 {
		f, steps = c.ownParameter(steps[0], steps[1]), steps[1:]
	} else {
		settable = f != nil && f.settable()
	}
	for _, step := range steps[1:] {
		if f == nil || f.lines == nil {
			return manifest.Field{}, false, false
		}
		f = named(f.lines.fields, step)
		settable = settable && f != nil && f.settable()
	}
	if f == nil || !f.isFile() {
		return manifest.Field{}, false, false
	}
	field = *f.Field
	field.Name = path
	return field, settable, true
}

// FilePlace is where files of a path are kept: the names under which the tables
// have the collection and the field, which stay when a later version calls them
// otherwise.
func (c *Collection) FilePlace(path string) (collection, field string) {
	head, rest, inside := strings.Cut(path, ".")
	f := named(c.fields, head)
	switch {
	case f == nil: // a parameter that is an action's own
		return c.stored, path
	case inside && f.lines != nil:
		if line := named(f.lines.fields, rest); line != nil {
			return c.stored, f.stored.Name + "." + line.stored.Name
		}
	}
	return c.stored, f.stored.Name
}

// FileHolder is the name of the field that has the files of a place, as
// FilePlace tells it: for those in lines, the lines. False: none has any more.
func (c *Collection) FileHolder(place string) (string, bool) {
	head, _, _ := strings.Cut(place, ".")
	f := storedAs(c.fields, head)
	if f == nil {
		return "", false
	}
	return f.Name, true
}

func storedAs(fields []*Field, name string) *Field {
	if at := slices.IndexFunc(fields, func(f *Field) bool { return f.stored.Name == name }); at >= 0 {
		return fields[at]
	}
	return nil
}

// ownParameter finds a parameter of an action that is no field.
func (c *Collection) ownParameter(action, name string) *Field {
	for i := range c.Actions {
		if a := &c.Actions[i]; a.Name == action && c.byName[name] == nil {
			return named(c.parameters(a), name)
		}
	}
	return nil
}

func named(fields []*Field, name string) *Field {
	if at := slices.IndexFunc(fields, func(f *Field) bool { return f.Name == name }); at >= 0 {
		return fields[at]
	}
	return nil
}

// files are the paths of a field that take files: its own or those in its lines.
func (f *Field) files() []string {
	var paths []string
	if f.isFile() {
		paths = append(paths, f.Name)
	}
	if f.lines != nil {
		for _, in := range f.lines.fields {
			if in.isFile() {
				paths = append(paths, f.Name+"."+in.Name)
			}
		}
	}
	return paths
}

// FileSuffix follows a file field's key in the name of the input that takes a
// new file: the key alone holds the id of the one that is kept.
const FileSuffix = ".file"

// fileConstraint begins the name that the trigger gives to its refusal.
const fileConstraint = "file_of_"

// fileSQL is what an answer tells of the field's file or files, beside ids.
func (f *Field) fileSQL() string {
	if f.list == nil {
		return "platform.file_json(" + column(f.columns[0].Name) + ")"
	}
	return "(select coalesce(json_agg(platform.file_json(x.target_id) order by x.position), '[]') from " + f.list.table +
		" x where x.site_id = t.site_id and x.record_id = t.id)"
}

// fileSchema describes what fileSQL answers.
func fileSchema(f *Field) map[string]any {
	one := oneFile(f.Kind)
	one["type"], one["readOnly"] = []string{"object", "null"}, true
	if f.list != nil {
		return map[string]any{"type": "array", "readOnly": true, "items": one}
	}
	return one
}

// oneFile describes what is told of a file, or of an image.
func oneFile(kind string) map[string]any {
	text := map[string]any{"type": "string"}
	properties := map[string]any{
		"id": map[string]any{"type": "string", "format": "uuid"}, "name": text, "type": text,
		"size": map[string]any{"type": "integer", "description": "Bytes."},
		"url":  map[string]any{"type": "string", "format": "uri-reference", "description": "Answers the same caller."},
	}
	if kind == manifest.KindImage {
		properties["width"], properties["height"] = map[string]any{"type": "integer"}, map[string]any{"type": "integer"}
	}
	return map[string]any{"type": "object", "properties": properties}
}

// fileTriggers tell the platform which files the rows of a table name, one for
// each field, by the names that all versions share. record is the column of the
// record's id; within is "lines." for the fields of lines.
func fileTriggers(collection, record, within string, fields []*Field) []Trigger {
	var list []Trigger
	for _, f := range fields {
		if f.isFile() && f.list == nil {
			list = append(list, fileTrigger(collection, record, within+f.stored.Name, f.columns[0].Name))
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
	head, rest, inside := strings.Cut(name, ".")
	f := storedAs(c.fields, head)
	switch {
	case !ok || f == nil:
		return name, ok
	case inside && f.lines != nil:
		if in := storedAs(f.lines.fields, rest); in != nil {
			return f.key + "." + in.key, true
		}
	}
	return f.key, true
}

package collection

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

type object = map[string]any

// OpenAPI returns the OpenAPI 3.1 document of the module's data API: what the
// caller is allowed to do and see, and only that. allowed is asked for each
// collection with the verbs read, create, update and delete and the names of
// its actions, and with no collection for the module's own actions; admitted is
// asked for each endpoint. serverURL is the address under which /api/modules/... is reached.
func OpenAPI(m *Module, serverURL string, allowed func(collection, verb string) (Access, bool), admitted func(*manifest.Endpoint) bool) ([]byte, error) {
	paths, schemas := object{}, object{"problem": ProblemSchema(), "selected": selectedSchema()}
	tags := []object{}
	for _, c := range m.collections {
		d := describer{c: c, base: "/api/modules/" + m.Manifest.ID + "/" + c.Name, allowed: allowed, paths: paths, schemas: schemas}
		before := len(paths)
		if d.describe(); len(paths) > before {
			about := c.Description
			if about == "" {
				about = c.plural()
			}
			tags = append(tags, object{"name": c.Name, "description": about})
		}
	}
	before := len(paths)
	m.describeActions(paths, schemas, allowed)
	if len(paths) > before {
		tags = append(tags, object{"name": moduleTag, "description": "Actions of the module itself."})
	}
	before = len(paths)
	m.describeEndpoints(paths, admitted)
	if len(paths) > before {
		tags = append(tags, object{"name": endpointTag, "description": "What the module answers itself."})
	}
	info := object{"title": m.Manifest.Name, "version": m.Manifest.Version, "description": m.Manifest.Description}
	if m.Manifest.License != "" {
		info["license"] = object{"name": m.Manifest.License, "identifier": m.Manifest.License}
	}
	return json.Marshal(object{
		"openapi": "3.1.0", "info": info, "servers": []object{{"url": serverURL}}, "tags": tags, "paths": paths,
		"components": object{
			"schemas":         schemas,
			"parameters":      sharedParameters(),
			"securitySchemes": object{"bearer": object{"type": "http", "scheme": "bearer", "description": "An API key."}},
			"responses":       refusals(),
		},
		"security": []object{{"bearer": []string{}}, {}},
	})
}

// describer writes one collection into the document.
type describer struct {
	c              *Collection
	base           string
	allowed        func(collection, verb string) (Access, bool)
	paths, schemas object
}

func (d describer) may(verb string) bool {
	_, ok := d.allowed(d.c.Name, verb)
	return ok
}

// seen is what the caller may see of a record: what it may read, or else what
// it gets back from a write.
func (d describer) seen() Access {
	for _, verb := range []string{"read", "update", "create"} {
		if a, ok := d.allowed(d.c.Name, verb); ok {
			return a
		}
	}
	return Access{Fields: []string{}}
}

// inputs are the fields that the caller may write with the verb.
func (d describer) inputs(verb string) []*Field {
	may, _ := d.allowed(d.c.Name, verb)
	return slices.DeleteFunc(slices.Clone(d.c.inputs()), func(f *Field) bool { return !may.Visible(f.Name) })
}

func (d describer) describe() {
	many, one := object{}, object{}
	if d.may("read") {
		many["get"], one["get"] = d.list(), d.get()
		if a, _ := d.allowed(d.c.Name, "read"); a.WholeRows() {
			d.add("/{id}/history", "get", d.history(), idParameter())
		}
		d.add("/{id}/translations", "get", d.translations(), idParameter())
		if d.c.Translatable() != nil {
			speak(many["get"], "Accept-Language")
			speak(one["get"], "Accept-Language")
		}
	}
	if d.may("create") {
		many["post"], many["put"] = d.create(), d.put()
	}
	if d.may("update") {
		one["patch"], many["patch"] = d.update(), d.updateMany()
		if d.c.Translatable() != nil {
			speak(one["patch"], "Content-Language")
		}
		if d.c.Ordered != "" {
			d.add("/{id}/place", "post", d.place(), idParameter())
		}
	}
	if d.may("delete") {
		one["delete"], many["delete"] = d.remove(), d.removeMany()
		d.add("/{id}/restore", "post", d.restore(), idParameter())
	}
	if len(many)+len(one) > 0 {
		d.schemas[d.c.Name] = d.recordSchema()
	}
	if len(many) > 0 {
		d.paths[d.base] = many
	}
	if len(one) > 0 {
		one["parameters"] = []object{idParameter()}
		d.paths[d.base+"/{id}"] = one
	}
	for i := range d.c.Actions {
		if a := &d.c.Actions[i]; d.may(a.Name) && !a.Internal {
			d.describeAction(a)
		}
	}
	for _, f := range d.c.fields {
		for _, path := range f.files() {
			if d.uploads(path) {
				d.upload(path)
			}
		}
	}
	for i := range d.c.Actions {
		a := &d.c.Actions[i]
		for _, f := range d.c.parameters(a) {
			if d.may(a.Name) && !a.Internal && f.isFile() && d.c.byName[f.Name] == nil {
				d.upload(a.Name + "." + f.Name)
			}
		}
	}
}

// add writes an address below the collection's own.
func (d describer) add(below, method string, operation object, parameters ...object) {
	path := object{method: operation}
	if len(parameters) > 0 {
		path["parameters"] = parameters
	}
	d.paths[d.base+below] = path
}

// operation is one request. Each may be refused, in ways that the statuses tell.
func (d describer) operation(verb, summary string, responses object, refusals ...string) object {
	return operation(d.c.Name, d.c.Name+"_"+verb, summary, responses, refusals...)
}

func operation(tag, id, summary string, responses object, refusals ...string) object {
	for _, status := range slices.Concat(always, refusals) {
		responses[status] = object{"$ref": "#/components/responses/refused_" + status}
	}
	responses["default"] = object{"$ref": "#/components/responses/problem"}
	return object{"operationId": id, "summary": summary, "tags": []string{tag}, "responses": responses}
}

func ref(name string) object { return object{"$ref": "#/components/schemas/" + name} }

func jsonContent(schema object) object {
	return object{"application/json": object{"schema": schema}}
}

// record is the record itself, or what a select asks of it.
func (d describer) record() object {
	return object{
		"description": "The record.",
		"content": object{
			"application/json": object{"schema": object{"anyOf": []object{ref(d.c.Name), ref("selected")}}},
			"text/csv":         object{"schema": object{"type": "string"}},
		},
		"headers": object{"ETag": header("The record's version.")},
	}
}

// records are many of them, in each form that they come in.
func (d describer) records(description string) object {
	one := object{"anyOf": []object{ref(d.c.Name), ref("selected")}}
	list := object{"type": "array", "items": one}
	return object{
		"description": description,
		"content": object{
			"application/json":                  object{"schema": list},
			"application/vnd.pgrst.array+json":  object{"schema": list},
			"application/vnd.pgrst.object+json": object{"schema": one},
			"text/csv":                          object{"schema": object{"type": "string"}},
		},
		"headers": object{
			"Content-Range":      header("Which records of how many, as 0-49/120, or 0-49/* when they were not counted."),
			"Preference-Applied": header("Which preferences were followed."),
		},
	}
}

func header(description string) object {
	return object{"description": description, "schema": object{"type": "string"}}
}

// written is what a write of one or many records answers.
func (d describer) written(description string) object {
	r := d.records(description)
	one := object{"anyOf": []object{ref(d.c.Name), ref("selected")}}
	r["content"].(object)["application/json"] = object{"schema": object{"anyOf": []object{one, {"type": "array", "items": one}}}}
	headers := r["headers"].(object)
	headers["Location"] = header("The address of the record, with Prefer: return=headers-only.")
	headers["Dramac-Left-Out"] = header("How many records matched that the caller may see and not write.")
	headers["Dramac-Passed-Over"] = header("The columns of a table of comma-separated values that records show and nobody writes.")
	return r
}

func nothing(description string) object { return object{"description": description} }

func (d describer) create() object {
	name := d.c.Name + "_create"
	o := d.operation("create", "Create one of "+d.c.plural()+", or many", object{
		"200": d.written("What was changed, when records that exist are merged."), "201": d.written("What was created."),
	}, "409", "413", "415", "422")
	d.schemas[name] = inputSchema(d.inputs("create"), true)
	d.schemas[d.c.Name+"_row"] = identified(inputSchema(d.inputs("create"), false))
	o["parameters"] = shared("select", "columns", "on_conflict", "Prefer", "Idempotency-Key", "Dramac-Site")
	o["requestBody"] = object{"required": true, "content": object{
		"application/json": object{"schema": object{"anyOf": []object{ref(name), {"type": "array", "maxItems": MaxWritten, "items": ref(d.c.Name + "_row")}}}},
		"text/csv":         object{"schema": object{"type": "string", "description": "Keys in the first line."}},
	}}
	return o
}

// identified lets a row name its record.
func identified(schema object) object {
	schema["properties"].(object)["id"] = object{"type": "string", "format": "uuid"}
	return schema
}

func (d describer) put() object {
	o := d.operation("put", "Create one of "+d.c.plural()+" under an id, or replace it", object{
		"200": d.written("The record was replaced."), "201": d.written("The record was created."), "204": nothing("The record was replaced."),
	}, "403", "409", "412", "413", "415", "422")
	o["parameters"] = append(shared("select", "Prefer", "If-Match", "Idempotency-Key", "Dramac-Site"), object{
		"name": "id", "in": "query", "required": true, "description": "The record: eq.<id>.", "schema": object{"type": "string"},
	})
	o["requestBody"] = object{"required": true, "content": jsonContent(ref(d.c.Name + "_row"))}
	return o
}

// changes is the body of an update.
func (d describer) changes() object {
	name := d.c.Name + "_update"
	var fields []*Field
	for _, f := range d.inputs("update") {
		if !f.Immutable {
			fields = append(fields, f)
		}
	}
	schema := inputSchema(fields, false)
	schema["properties"].(object)[versionKey] = object{
		"type": "integer", "description": "The version that was seen; another one is answered 409 with the current record.",
	}
	d.schemas[name] = schema
	return object{"required": true, "content": jsonContent(ref(name))}
}

func (d describer) update() object {
	o := d.operation("update", "Change one of "+d.c.plural(), object{"200": d.written("The record."), "204": nothing("Changed.")}, "404", "409", "412", "413", "415", "422")
	o["parameters"] = shared("select", "Prefer", "If-Match", "Idempotency-Key", "Dramac-Site")
	o["requestBody"] = d.changes()
	return o
}

func (d describer) updateMany() object {
	o := d.operation("update_many", "Change all "+d.c.plural()+" that match", object{"200": d.written("The records."), "204": nothing("Changed.")}, "409", "412", "413", "415", "422")
	o["parameters"] = append(shared("select", "order", "limit", "and", "or", "not.and", "not.or", "Prefer", "If-Match", "Idempotency-Key", "Dramac-Site"), d.filters()...)
	o["requestBody"] = d.changes()
	return o
}

func (d describer) remove() object {
	o := d.operation("delete", "Delete one of "+d.c.plural(), object{"204": nothing("Deleted; it can be restored for 30 days.")}, "404", "409", "412", "422")
	o["parameters"] = append(shared("If-Match", "Idempotency-Key", "Dramac-Site"), d.substitute()...)
	return o
}

func (d describer) removeMany() object {
	o := d.operation("delete_many", "Delete all "+d.c.plural()+" that match", object{"200": d.written("The records as they were."), "204": nothing("Deleted.")}, "409", "412", "422")
	o["parameters"] = slices.Concat(shared("select", "order", "limit", "and", "or", "not.and", "not.or", "Prefer", "If-Match", "Idempotency-Key", "Dramac-Site"), d.substitute(), d.filters())
	return o
}

// substitute is the parameter of deletions that may ask for one.
func (d describer) substitute() []object {
	if !d.c.AsksSubstitute() {
		return nil
	}
	return []object{queryParameter("substitute", "The record that takes its place where others refer to it.", object{"type": "string", "format": "uuid"})}
}

func (d describer) restore() object {
	o := d.operation("restore", "Take back the deletion of one of "+d.c.plural(), object{"200": d.written("The record.")}, "404", "409", "422")
	o["parameters"] = shared("Prefer", "Idempotency-Key", "Dramac-Site")
	return o
}

func (d describer) place() object {
	o := d.operation("place", "Put one of "+d.c.plural()+" next to another", object{"200": d.written("The record.")}, "404", "409", "412", "415", "422")
	o["parameters"] = shared("If-Match", "Idempotency-Key", "Dramac-Site")
	id := object{"type": "string", "format": "uuid"}
	o["requestBody"] = object{"required": true, "content": jsonContent(object{
		"type": "object", "properties": object{"before": id, "after": id}, "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
	})}
	return o
}

// uploads reports whether the caller may give the field of the path a file.
func (d describer) uploads(path string) bool {
	_, settable, _ := d.c.FileField(path)
	head, _, _ := strings.Cut(path, ".")
	for _, verb := range []string{"create", "update"} {
		if may, ok := d.allowed(d.c.Name, verb); ok && settable && may.Visible(head) {
			return true
		}
	}
	return slices.ContainsFunc(d.c.Actions, func(a manifest.Action) bool {
		return d.may(a.Name) && slices.ContainsFunc(a.Params, func(p manifest.Field) bool { return p.Name == head })
	})
}

// upload writes the place that takes files for a path.
func (d describer) upload(path string) {
	field, _, _ := d.c.FileField(path)
	id := d.c.Name + "_" + strings.ReplaceAll(path, ".", "_") + "_upload"
	d.add("/"+path+"/files", "post", uploading(d.c.Name, id, &field))
}

// uploading is the request that brings a file for a field.
func uploading(tag, id string, field *manifest.Field, refusals ...string) object {
	o := operation(tag, id, "Upload a file for "+title(&Field{Field: field}), object{"201": object{
		"description": "The file, which may be named by its id now.", "content": jsonContent(oneFile(field.Kind)),
	}}, append(refusals, "413", "415", "422", "429")...)
	o["parameters"] = append(shared("Dramac-Site"), queryParameter("name", "What the file is called.", object{"type": "string"}))
	o["requestBody"] = object{"required": true, "content": object{
		"application/octet-stream": object{"schema": object{"type": "string", "format": "binary"}},
		"multipart/form-data":      object{"schema": object{"type": "object", "properties": object{"file": object{"type": "string", "format": "binary"}}}},
	}}
	return o
}

// recordSchema is the record as it is answered. No key is required, because a
// reach may hide fields.
func (d describer) recordSchema() object {
	all := object{
		"id":         object{"type": "string", "format": "uuid", "readOnly": true},
		"version":    object{"type": "integer", "format": "int64", "readOnly": true, "description": "Grows with every change."},
		"created_at": object{"type": "string", "format": "date-time", "readOnly": true},
		"created_by": object{"type": []string{"string", "null"}, "format": "uuid", "readOnly": true},
		"updated_at": object{"type": "string", "format": "date-time", "readOnly": true},
		"updated_by": object{"type": []string{"string", "null"}, "format": "uuid", "readOnly": true},
	}
	for _, f := range d.c.fields {
		all[f.key] = f.schema(false)
		if f.isFile() {
			all[f.Name] = fileSchema(f)
		}
	}
	properties, seen := object{}, d.seen()
	for _, i := range d.c.items {
		if described, ok := all[i.key]; ok && seen.sees(i) {
			properties[i.key] = described
		} else if !ok && i.field == nil && seen.sees(i) { // when a value last changed
			properties[i.key] = object{"type": []string{"string", "null"}, "format": "date-time", "readOnly": true}
		}
	}
	s := object{"type": "object", "title": d.c.Label, "properties": properties}
	if d.c.Description != "" {
		s["description"] = d.c.Description
	}
	return s
}

// inputSchema is what may be written.
func inputSchema(fields []*Field, creating bool) object {
	properties := object{}
	required := []string{}
	for _, f := range fields {
		properties[f.key] = f.schema(true)
		if creating && f.Required && f.Default == nil {
			required = append(required, f.key)
		}
	}
	s := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

// schema is the field's value with its words. Empty is null, and stays possible
// in answers even if the field is required: older records may lack it.
func (f *Field) schema(input bool) object {
	s := maps.Clone(f.kind.schema(f))
	if f.sealed() && !input {
		s = object{
			"type": "object", "properties": object{"set": object{"const": true}}, "required": []string{"set"}, "additionalProperties": false,
			"description": "Whether there is a value; nobody is told which.",
		}
	}
	if !input || !f.Required {
		if kind, ok := s["type"].(string); ok {
			s["type"] = []string{kind, "null"}
			if values, ok := s["enum"].([]string); ok { // which has the last word on what is a value
				all := make([]any, 0, len(values)+1)
				for _, value := range values {
					all = append(all, value)
				}
				s["enum"] = append(all, nil)
			}
		}
	}
	if f.Label != "" {
		s["title"] = f.Label
	}
	if _, described := s["description"]; !described && f.Help != "" {
		s["description"] = f.Help
	}
	if f.Readonly {
		s["readOnly"] = true
	}
	return s
}

// ProblemSchema describes the one shape of an error on the wire: an RFC 9457
// problem document with the members that PostgREST's clients read.
func ProblemSchema() map[string]any {
	text := object{"type": "string"}
	return object{
		"type": "object",
		"properties": object{
			"type": text, "title": text, "status": object{"type": "integer"}, "detail": text,
			"code":    object{"type": "string", "description": "Stable, for programs: version_conflict."},
			"message": text, "hint": object{"type": []string{"string", "null"}}, "details": object{"type": []string{"string", "null"}},
			"request_id": text,
			"errors": object{"type": "array", "items": object{
				"type": "object", "properties": object{"path": text, "code": text, "message": text},
			}},
			"current": object{"type": "object", "description": "The present record, on a version conflict."},
			"limit": object{
				"type": "object", "description": "What the agency's plan has no room for, with the type urn:dramac:problem:plan-limit.",
				"properties": object{"of": text, "plan": text, "used": object{"type": "integer"}, "max": object{"type": "integer"}},
			},
		},
		"required": []string{"status", "code"},
	}
}

package collection

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

type object = map[string]any

// OpenAPI returns the OpenAPI 3.1 document of the module's data API: what the
// caller is allowed to do and see, and only that. allowed is asked for each
// collection with the verbs read, create, update and delete and the names of
// its actions. serverURL is the address under which /api/modules/... is reached.
func OpenAPI(m *Module, serverURL string, allowed func(collection, verb string) (Access, bool)) ([]byte, error) {
	paths, schemas := object{}, object{"problem": ProblemSchema()}
	for _, c := range m.collections {
		d := describer{c: c, base: "/api/modules/" + m.Manifest.ID + "/" + c.Name, allowed: allowed, paths: paths, schemas: schemas}
		d.describe()
	}
	return json.Marshal(object{
		"openapi": "3.1.0",
		"info": object{
			"title": m.Manifest.Name, "version": m.Manifest.Version, "description": m.Manifest.Description,
		},
		"servers": []object{{"url": serverURL}},
		"paths":   paths,
		"components": object{
			"schemas":         schemas,
			"securitySchemes": object{"bearer": object{"type": "http", "scheme": "bearer", "description": "An API key."}},
			"responses":       object{"problem": problemResponse()},
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
	list, one := object{}, object{}
	if d.may("read") {
		list["get"], one["get"] = d.list(), d.get()
	}
	if d.may("create") {
		list["post"] = d.create()
	}
	if d.may("update") {
		one["patch"] = d.update()
	}
	if d.may("delete") {
		one["delete"] = d.remove()
	}
	if len(list)+len(one) > 0 {
		d.schemas[d.c.Name] = d.recordSchema()
	}
	if len(list) > 0 {
		d.paths[d.base] = list
	}
	if len(one) > 0 {
		one["parameters"] = []object{{
			"name": "id", "in": "path", "required": true, "schema": object{"type": "string", "format": "uuid"},
		}}
		d.paths[d.base+"/{id}"] = one
	}
	if d.may("delete") {
		d.paths[d.base+"/{id}/restore"] = object{"parameters": one["parameters"], "post": d.restore()}
	}
	for i := range d.c.Actions {
		if a := &d.c.Actions[i]; d.may(a.Name) {
			d.paths[d.base+"/"+a.Name] = object{"post": d.action(a)}
		}
	}
}

func (d describer) operation(verb, summary string, responses object) object {
	responses["default"] = object{"$ref": "#/components/responses/problem"}
	return object{
		"operationId": d.c.Name + "_" + verb, "summary": summary, "tags": []string{d.c.Name}, "responses": responses,
	}
}

func ref(name string) object { return object{"$ref": "#/components/schemas/" + name} }

func jsonContent(schema object) object {
	return object{"application/json": object{"schema": schema}}
}

func (d describer) record() object {
	return object{"description": "The record.", "content": jsonContent(ref(d.c.Name))}
}

func (d describer) list() object {
	o := d.operation("list", "List "+d.c.plural(), object{"200": object{
		"description": "The records.", "content": jsonContent(object{"type": "array", "items": ref(d.c.Name)}),
		"headers": object{"Content-Range": object{
			"description": "Which records of how many, as 0-49/120.", "schema": object{"type": "string"},
		}},
	}})
	parameters := []object{
		queryParameter("select", "Keys to answer, with commas between; all when left out.", object{"type": "string"}),
		queryParameter("order", "Names to sort by, as name.asc,price->amount.desc.nullslast.", object{"type": "string"}),
		queryParameter("limit", "How many records at most.", object{"type": "integer", "minimum": 0, "maximum": MaxLimit, "default": DefaultLimit}),
		queryParameter("offset", "How many records to skip.", object{"type": "integer", "minimum": 0, "default": 0}),
		queryParameter("and", "Conditions that all hold: (a.eq.1,or(b.gt.2,c.is.null)).", object{"type": "string"}),
		queryParameter("or", "Conditions of which one holds.", object{"type": "string"}),
	}
	_, names := d.c.visible(d.seen())
	for _, n := range names {
		parameters = append(parameters, queryParameter(expr.PrintName(n), "Operator and value, as eq.x, not.in.(a,b), gte.x, is.null.", object{"type": "string"}))
	}
	o["parameters"] = parameters
	return o
}

func queryParameter(name, description string, schema object) object {
	return object{"name": name, "in": "query", "description": description, "schema": schema}
}

func (d describer) get() object {
	return d.operation("get", "Get one of "+d.c.plural(), object{"200": d.record()})
}

func (d describer) create() object {
	o := d.operation("create", "Create one of "+d.c.plural(), object{"201": d.record()})
	d.schemas[d.c.Name+"_create"] = inputSchema(d.inputs("create"), true)
	o["requestBody"] = object{"required": true, "content": jsonContent(ref(d.c.Name + "_create"))}
	return o
}

func (d describer) update() object {
	o := d.operation("update", "Change one of "+d.c.plural(), object{"200": d.record()})
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
	d.schemas[d.c.Name+"_update"] = schema
	o["requestBody"] = object{"required": true, "content": jsonContent(ref(d.c.Name + "_update"))}
	return o
}

func (d describer) remove() object {
	return d.operation("delete", "Delete one of "+d.c.plural(), object{"204": object{"description": "Deleted; it can be restored for 30 days."}})
}

func (d describer) restore() object {
	return d.operation("restore", "Take back the deletion of one of "+d.c.plural(), object{"200": d.record()})
}

func (d describer) action(a *manifest.Action) object {
	label := a.Label
	if label == "" {
		label = a.Name
	}
	o := d.operation(a.Name, label, object{"201": object{
		"description": "Done.",
		"content": jsonContent(object{
			"type": "object", "properties": object{"id": object{"type": "string", "format": "uuid"}}, "required": []string{"id"},
		}),
	}})
	name := d.c.Name + "_" + a.Name + "_action"
	d.schemas[name] = inputSchema(d.c.parameters(a), true)
	o["requestBody"] = object{"required": true, "content": jsonContent(ref(name))}
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
	if !input || !f.Required {
		if kind, ok := s["type"].(string); ok {
			s["type"] = []string{kind, "null"}
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

func problemResponse() object {
	return object{
		"description": "What went wrong, as RFC 9457 says it.",
		"content":     object{"application/problem+json": object{"schema": ref("problem")}},
	}
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
		},
		"required": []string{"status", "code"},
	}
}

package collection

import (
	"slices"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// moduleTag gathers what belongs to no collection.
const moduleTag = "module"

// describeAction writes an action of the collection: one that makes a record,
// or one that is run on a record.
func (d describer) describeAction(a *manifest.Action) {
	name := d.c.Name + "_" + a.Name + "_action"
	d.schemas[name] = inputSchema(d.c.parameters(a), true)
	if a.Scope != "record" {
		done := object{"description": "Done.", "content": jsonContent(answerSchema(a, idSchema()))}
		o := d.operation(a.Name, actionLabel(a), object{"201": done}, "409", "413", "415", "422", "429")
		d.add("/"+a.Name, "post", byForm(acting(o, a, ref(name))))
		return
	}
	done := object{"description": "The record, or what the action answers.", "content": jsonContent(answerSchema(a, ref(d.c.Name), idSchema()))}
	if d.schemas[d.c.Name] == nil {
		d.schemas[d.c.Name] = d.recordSchema()
	}
	o := d.operation(a.Name, actionLabel(a), object{"200": done}, "404", "409", "412", "413", "415", "422", "429")
	o = acting(o, a, ref(name))
	o["parameters"] = append(o["parameters"].([]object), shared("If-Match")...)
	d.add("/{id}/"+a.Name, "post", o, idParameter())
	if !a.Bulk {
		return
	}
	o = d.operation(a.Name+"_many", actionLabel(a)+", on all "+d.c.plural()+" that match", object{
		"200": d.written("The records."), "204": nothing("Done."),
	}, "404", "406", "409", "413", "415", "422")
	o = acting(o, a, ref(name))
	o["parameters"] = slices.Concat(o["parameters"].([]object), shared("select", "order", "limit", "and", "or", "not.and", "not.or", "Prefer"), d.filters())
	d.add("/"+a.Name, "post", o)
}

// byForm adds to an action what browsers send on a site's page, and get: the
// form of a block, and a page.
func byForm(o object) object {
	content := o["requestBody"].(object)["content"].(object)
	for _, media := range []string{"application/x-www-form-urlencoded", "multipart/form-data"} {
		content[media] = object{"schema": object{"type": "object", "description": "The inputs of the form, as the page of the site has drawn it."}}
	}
	responses := o["responses"].(object)
	responses["303"] = object{
		"description": "The form was taken; the page says thanks.",
		"headers":     object{"Location": header("The page.")},
	}
	all := refusals()
	for _, status := range []string{"409", "422", "429"} {
		refused := all["refused_"+status].(object)
		refused["content"].(object)["text/html"] = object{"schema": object{"type": "string", "description": "The page with the form as it was filled in, and what is wrong with it."}}
		responses[status] = refused
	}
	return o
}

// acting completes the request of an action.
func acting(o object, a *manifest.Action, params object) object {
	if a.Description != "" {
		o["description"] = a.Description
	}
	o["parameters"] = shared("Idempotency-Key", "Dramac-Site")
	o["requestBody"] = object{"content": jsonContent(params)}
	return o
}

func actionLabel(a *manifest.Action) string {
	if a.Label != "" {
		return a.Label
	}
	return a.Name
}

// answerSchema is what an action answers: what its code returns, else one of
// the others.
func answerSchema(a *manifest.Action, otherwise ...object) object {
	if len(a.Returns) == 0 {
		if len(otherwise) == 1 {
			return otherwise[0]
		}
		return object{"anyOf": otherwise}
	}
	properties := object{}
	for i := range a.Returns {
		if f, err := newField(&a.Returns[i], a.Returns[i].Name); err == nil && f.openRows("", "", Physical{}) == nil {
			properties[f.key] = f.schema(false)
		}
	}
	return object{"type": "object", "properties": properties}
}

// describeActions writes the actions that belong to no collection, as
// PostgREST has functions.
func (m *Module) describeActions(paths, schemas object, allowed func(collection, verb string) (Access, bool)) {
	for i := range m.Manifest.Actions {
		a := &m.Manifest.Actions[i]
		if _, ok := allowed("", a.Name); !ok || a.Internal {
			continue
		}
		name := "rpc_" + a.Name
		schemas[name] = inputSchema(m.actions[a.Name].fields, true)
		responses := func() object {
			return object{
				"200": object{"description": "What the action answers.", "content": jsonContent(answerSchema(a, object{}))},
				"204": nothing("Done."),
			}
		}
		refused := []string{"404", "409", "413", "415", "422", "429"}
		path := object{"post": acting(operation(moduleTag, "rpc_"+a.Name, actionLabel(a), responses(), refused...), a, ref(name))}
		if a.Reads {
			get := operation(moduleTag, "rpc_"+a.Name+"_get", actionLabel(a), responses(), refused...)
			parameters := shared("Dramac-Site")
			for _, f := range m.actions[a.Name].fields {
				parameters = append(parameters, queryParameter(f.key, "A text as it is, other values as JSON.", object{"type": "string"}))
			}
			get["parameters"] = parameters
			path["get"] = get
		}
		at := "/api/modules/" + m.Manifest.ID + "/rpc/" + a.Name
		paths[at] = path
		for _, f := range m.actions[a.Name].fields {
			if f.isFile() {
				paths[at+"/"+f.Name+"/files"] = object{"post": uploading(moduleTag, "rpc_"+a.Name+"_"+f.Name+"_upload", f.Field, "404")}
			}
		}
	}
}

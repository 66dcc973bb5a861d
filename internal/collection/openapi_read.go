package collection

import "strings"

func (d describer) list() object {
	o := d.operation("list", "List "+d.c.plural(), object{
		"200": d.records("The records."), "206": d.records("Some of the records, when they were counted."),
	}, "406", "416", "422")
	o["parameters"] = append(shared("select", "order", "limit", "offset", "and", "or", "not.and", "not.or", "Prefer", "Range", "Dramac-Site"), d.filters()...)
	d.tellRelations(o)
	return o
}

// tellRelations says in an operation that reads which related records a select
// may embed.
func (d describer) tellRelations(operation object) {
	here, _ := d.allowed(d.c.Name, "read")
	var ways []string
	for _, r := range d.c.relations() {
		_, open := r.open(here, func(c *Collection) (Access, bool) { return d.allowed(c.Name, "read") })
		switch {
		case !open:
		case r.many:
			ways = append(ways, "`"+r.name+"` (many of "+r.target.Name+")")
		default:
			ways = append(ways, "`"+r.name+"` ("+r.target.Name+")")
		}
	}
	if ways != nil {
		operation["description"] = "Related records that select embeds, as `" + strings.Trim(strings.Fields(ways[0])[0], "`") + "(id)`: " + strings.Join(ways, ", ") + "."
	}
}

// filters are a parameter for each name that conditions may speak about.
func (d describer) filters() []object {
	_, names := d.c.visible(d.seen())
	var parameters []object
	for _, n := range names {
		parameters = append(parameters, queryParameter(printName(n), operatorsOf(d.c, n), object{"type": "string"}))
	}
	return parameters
}

// operatorsOf shows how conditions on the name are written.
func operatorsOf(c *Collection, name string) string {
	if f, ok := c.byName[name]; ok && f.valueType().List {
		return "Operator and value of a list, as cs.{a,b} (has all), ov.{a,b} (has one), cd.{a,b} (has no other), is.null (has none)."
	}
	return "Operator and value, as eq.x, not.in.(a,b), gte.x, is.null."
}

func (d describer) get() object {
	o := d.operation("get", "Get one of "+d.c.plural(), object{"200": d.record(), "304": nothing("The record is the one that If-None-Match names.")}, "404", "406", "422")
	o["parameters"] = shared("select", "If-None-Match", "Dramac-Site")
	d.tellRelations(o)
	return o
}

// speak adds a header for the language of translatable values to an operation.
func speak(operation any, header string) {
	o, _ := operation.(object)
	parameters, _ := o["parameters"].([]object)
	o["parameters"] = append(parameters, shared(header)...)
}

func (d describer) translations() object {
	texts := object{"type": "object", "additionalProperties": object{"type": "string"}}
	o := d.operation("translations", "One of "+d.c.plural()+" in other languages", object{"200": object{
		"description": "Values by language and field.", "content": jsonContent(object{"type": "object", "additionalProperties": texts}),
	}}, "404")
	o["parameters"] = shared("Dramac-Site")
	return o
}

func (d describer) history() object {
	d.schemas["change"] = changeSchema()
	o := d.operation("history", "What happened to one of "+d.c.plural(), object{"200": object{
		"description": "The changes, newest first.", "content": jsonContent(object{"type": "array", "items": ref("change")}),
	}}, "404", "422")
	o["parameters"] = append(shared("Dramac-Site"),
		queryParameter("limit", "How many changes at most.", object{"type": "integer", "minimum": 1, "maximum": MaxHistory, "default": MaxHistory}),
		queryParameter("before", "What came before the change of this number.", object{"type": "integer", "minimum": 1}))
	return o
}

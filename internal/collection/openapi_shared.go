package collection

import "github.com/dramac-main/dramac-cms/internal/expr"

// always are the refusals that every request may meet.
var always = []string{"400", "401", "403", "429", "500"}

// refusals are the answers that refuse, by status; all have one shape.
func refusals() object {
	list := object{"problem": refusal("What went wrong, as RFC 9457 says it.")}
	for status, says := range map[string]string{
		"400": "The request cannot be read: a header, a preference or a parameter.",
		"401": "The credential is missing, or no longer good.",
		"403": "Not permitted; also for a record that may be seen and not changed.",
		"404": "There is no such thing for the caller.",
		"406": "None of the media types asked for is there, or there is not exactly one record.",
		"409": "It does not go with what is there: another version, a rule that holds one record only, a state, something that is used.",
		"412": "The record has another version than If-Match names.",
		"413": "The body is too large.",
		"415": "The body has another media type than is taken.",
		"416": "There are fewer records than the range begins after.",
		"422": "Values, names or conditions are not right; errors lists them.",
		"429": "Too often, or too slow.",
		"500": "Something went wrong on this side.",
	} {
		list["refused_"+status] = refusal(says)
	}
	return list
}

func refusal(description string) object {
	return object{
		"description": description,
		"content":     object{"application/problem+json": object{"schema": ref("problem")}},
	}
}

// sharedParameters are those of many requests, by their names.
func sharedParameters() object {
	text := object{"type": "string"}
	headerParameter := func(name, description string, schema object) object {
		return object{"name": name, "in": "header", "description": description, "schema": schema}
	}
	list := object{}
	for _, p := range []object{
		queryParameter("select", "Keys to answer, with commas between: name, alias:name, price->amount, count::text, category(name), ...category(name), price.sum(). All when left out.", text),
		queryParameter("order", "Names to sort by: name.asc,price->amount.desc.nullslast,category(name).", text),
		queryParameter("limit", "How many records at most.", object{"type": "integer", "minimum": 0, "maximum": MaxLimit, "default": DefaultLimit}),
		queryParameter("offset", "How many records to skip.", object{"type": "integer", "minimum": 0, "default": 0}),
		queryParameter("and", "Conditions that all hold: (a.eq.1,or(b.gt.2,c.is.null)).", text),
		queryParameter("or", "Conditions of which one holds.", text),
		queryParameter("not.and", "Conditions of which one does not hold.", text),
		queryParameter("not.or", "Conditions of which none holds.", text),
		queryParameter("columns", "The keys of the body that count, with commas between.", text),
		queryParameter("on_conflict", "The keys of the unique rule by which records are the same.", text),
		headerParameter("Accept-Language", "The languages in which translatable values are wanted.", text),
		headerParameter("Content-Language", "The language in which translatable values are sent; the site's own where it is absent.", text),
		headerParameter("Prefer", "count=exact, planned or estimated; return=minimal, headers-only or representation; resolution=merge-duplicates or ignore-duplicates; missing=default or null; max-affected=<n>; handling=strict or lenient.", text),
		headerParameter("Range", "Which records, as 0-24.", text),
		headerParameter("If-Match", "The version that was seen, in quotes.", text),
		headerParameter("If-None-Match", "The ETag that is there already.", text),
		headerParameter("Idempotency-Key", "One random text for each new request: the same key does the same once.", object{"type": "string", "minLength": 1, "maxLength": 255}),
		headerParameter("Dramac-Site", "The site, for people on the platform's host.", object{"type": "string", "format": "uuid"}),
	} {
		list[p["name"].(string)] = p
	}
	return list
}

// shared refers to some of them.
func shared(names ...string) []object {
	list := make([]object, len(names))
	for i, n := range names {
		list[i] = object{"$ref": "#/components/parameters/" + n}
	}
	return list
}

func queryParameter(name, description string, schema object) object {
	return object{"name": name, "in": "query", "description": description, "schema": schema}
}

func idParameter() object {
	return object{
		"name": "id", "in": "path", "required": true, "description": "The record's id.", "schema": object{"type": "string", "format": "uuid"},
	}
}

// printName writes a name of conditions as URLs have it.
func printName(name string) string { return expr.PrintName(name) }

func idSchema() object {
	return object{"type": "object", "properties": object{"id": object{"type": "string", "format": "uuid"}}, "required": []string{"id"}}
}

// selectedSchema is what a select asks for: other names, embedded records,
// aggregates.
func selectedSchema() object {
	return object{"type": "object", "description": "What the parameter select asks for: its keys are those of the select.", "additionalProperties": true}
}

// changeSchema is one change of a history.
func changeSchema() object {
	id := object{"type": []string{"string", "null"}, "format": "uuid"}
	text := object{"type": []string{"string", "null"}}
	values := object{"type": []string{"object", "null"}, "description": "The values that changed."}
	return object{"type": "object", "properties": object{
		"seq": object{"type": "integer"}, "at": object{"type": "string", "format": "date-time"}, "op": object{"type": "string"},
		"version": object{"type": []string{"integer", "null"}}, "part": text, "part_id": id, "actor": id, "actor_kind": text,
		"impersonator": id, "request": text, "batch": id, "before": values, "after": values,
	}, "required": []string{"seq", "at", "op"}}
}

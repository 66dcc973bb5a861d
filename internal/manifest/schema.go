package manifest

import (
	"encoding/json"
	"slices"
)

// schemaID names the JSON Schema of the format.
const schemaID = "urn:dramac:manifest:1"

// Schema returns the JSON Schema (2020-12) of the format as this version runs
// it, made from the tables that the reader checks against. Its definitions
// "module", "collection", "block", "locale" and "seed" describe module.yaml and
// a file of collections/, blocks/, locales/, and seed/ or demo/. It cannot say what looks at two places at
// once, such as that a title names a field: Read knows that.
func Schema() []byte {
	files := map[string]*object{"module": moduleFormat(), "collection": collectionFormat(), "block": blockFormat()}
	definitions := map[string]any{}
	for name, format := range files {
		definitions[name] = format.schema()
	}
	definitions["locale"] = localeSchema()
	definitions["seed"] = seedSchema()
	for _, where := range allPlaces() {
		definitions[where.definition()] = where.schema()
	}
	anyFile := []any{}
	for _, name := range append(sortedKeys(files), "locale", "seed") {
		anyFile = append(anyFile, reference(name))
	}
	text, err := json.MarshalIndent(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"$id":     schemaID,
		"title":   "A module of DRAMAC",
		"anyOf":   anyFile,
		"$defs":   definitions,
	}, "", "  ")
	if err != nil {
		panic(err) // the tables hold nothing that JSON cannot
	}
	return append(text, '\n')
}

func reference(definition string) map[string]any {
	return map[string]any{"$ref": "#/$defs/" + definition}
}

// definition is the schema's name for fields of the place.
func (p place) definition() string {
	return [...]string{"field", "line", "parameter", "value", "setting", "property"}[p]
}

// schema describes a field of the place: the name of a kind that needs nothing
// more, or an object with the keys of its kind.
func (p place) schema() map[string]any {
	var short []string
	var choices []any
	for _, kind := range p.kinds() {
		if has(kind, isBare) {
			short = append(short, kind)
		}
		o := fieldFormat(kind, p)
		if has(kind, canMany) && !slices.Contains(o.later, "many") {
			choices = append(choices, o.withMany(true).schema())
		}
		choices = append(choices, o.schema())
	}
	if p == paramPlace {
		choices = append(choices, parameterFormat().schema())
	}
	return map[string]any{"anyOf": append([]any{map[string]any{"enum": short}}, choices...)}
}

// localeSchema describes texts, nested by the paths of what they translate.
func localeSchema() map[string]any {
	return map[string]any{
		"type":                 "object",
		"additionalProperties": map[string]any{"anyOf": []any{map[string]any{"type": "string"}, reference("locale")}},
	}
}

// seedSchema describes records by key; the collection says what their values are.
func seedSchema() map[string]any {
	return map[string]any{
		"type":          "object",
		"propertyNames": map[string]any{"pattern": namePattern},
		"additionalProperties": map[string]any{
			"type":                 "object",
			"propertyNames":        map[string]any{"pattern": namePattern},
			"additionalProperties": map[string]any{},
		},
	}
}

func (o *object) schema() map[string]any {
	properties := map[string]any{}
	required := []string{}
	for _, k := range o.keys {
		property := k.value.schema()
		property["description"] = k.about
		properties[k.name] = property
		if k.required {
			required = append(required, k.name)
		}
	}
	return map[string]any{
		"type":                 "object",
		"properties":           properties,
		"required":             required,
		"additionalProperties": false,
	}
}

func (s *shape) schema() map[string]any {
	if s.computed == "" {
		return s.formSchema()
	}
	computed := map[string]any{"type": "string", "pattern": s.computed, "maxLength": MaxExpression + 1}
	if s.form == noForm {
		return computed
	}
	return map[string]any{"anyOf": []any{s.formSchema(), computed}}
}

func (s *shape) formSchema() map[string]any {
	switch s.form {
	case textForm:
		return s.textSchema()
	case integerForm:
		return s.bounded(map[string]any{"type": "integer"}, "minimum", "maximum")
	case booleanForm:
		return map[string]any{"type": "boolean"}
	case listForm:
		return s.bounded(map[string]any{"type": "array", "items": s.item.schema(), "uniqueItems": s.unique}, "minItems", "maxItems")
	case decimalForm:
		return map[string]any{"type": "number"}
	case anyForm:
		return map[string]any{}
	case noForm:
		return map[string]any{"not": map[string]any{}}
	case mapForm:
		return s.mapSchema()
	case variantForm:
		var choices []any
		for _, name := range sortedKeys(s.variants) {
			choices = append(choices, s.variants[name].schema())
		}
		return map[string]any{"anyOf": choices}
	case objectForm:
		return s.object.schema()
	case fieldForm:
		return reference(s.place.definition())
	default:
		choices := make([]any, len(s.choices))
		for i := range s.choices {
			choices[i] = s.choices[i].schema()
		}
		return map[string]any{"anyOf": choices}
	}
}

func (s *shape) mapSchema() map[string]any {
	schema := s.bounded(map[string]any{
		"type":                 "object",
		"propertyNames":        map[string]any{"pattern": namePattern},
		"additionalProperties": s.item.schema(),
	}, "minProperties", "maxProperties")
	if s.fixed != nil {
		properties := map[string]any{}
		for name, shape := range s.fixed {
			properties[name] = shape.schema()
		}
		schema["properties"] = properties
	}
	return schema
}

func (s *shape) textSchema() map[string]any {
	schema := s.bounded(map[string]any{"type": "string"}, "minLength", "maxLength")
	switch {
	case s.enum != nil:
		schema["enum"] = s.enum
	case s.pattern != "":
		schema["pattern"] = s.pattern
	case s.literal:
		schema["pattern"] = "^[^=]"
	}
	return schema
}

// bounded adds the shape's bounds under the keywords of its form.
func (s *shape) bounded(schema map[string]any, low, high string) map[string]any {
	if s.min != nil {
		schema[low] = *s.min
	}
	if s.max != nil {
		schema[high] = *s.max
	}
	return schema
}

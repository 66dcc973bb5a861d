package manifest

import (
	"fmt"
	"slices"
	"strings"
)

// kindsMeant are what other systems call the kinds of field.
var kindsMeant = map[string][]string{
	KindText:      {"string", "str", "varchar", "char", "character", "line"},
	KindLongtext:  {"textarea", "multiline", "memo", "paragraph"},
	KindInteger:   {"int", "number", "num", "bigint", "smallint", "int32", "int64", "long", "count", "whole"},
	KindMoney:     {"price", "amount", "cost", "monetary"},
	KindDate:      {"day", "calendar_date"},
	KindReference: {"foreign_key", "foreignkey", "fk", "relation", "relationship", "ref", "belongs_to", "lookup", "link_to", "collection"},
	"decimal":     {"float", "double", "real", "numeric", "float64"},
	"boolean":     {"bool", "checkbox", "switch", "toggle", "flag", "yesno"},
	"choice":      {"select", "enum", "option", "options", "dropdown", "radio", "picklist", "status"},
	"datetime":    {"timestamp", "date_time", "date-time", "timestamptz", "instant"},
	"richtext":    {"html", "markdown", "wysiwyg", "rich_text"},
	"email":       {"mail", "e-mail", "e_mail"},
	"phone":       {"tel", "telephone", "mobile"},
	"url":         {"uri", "link", "website", "href"},
	"image":       {"picture", "photo", "img"},
	"file":        {"upload", "attachment", "document", "blob"},
	"json":        {"object", "map", "dict", "jsonb"},
	"percent":     {"percentage"},
	"color":       {"colour"},
}

// kindHint says which kind of field the unknown word was probably meant to be,
// and, unless it is one slip away from a kind that may stand here, which there are.
func kindHint(word string, where place) string {
	kind := kindMeant(word)
	near := kind == ""
	if near {
		kind = nearest(word, append(Kinds(), laterKinds()...))
	}
	all := fmt.Sprintf("%s is of kind %s.", capital(where.noun()), words(where.kinds()))
	runs := slices.Contains(where.kinds(), kind)
	switch {
	case kind == "":
		return all
	case near:
		return fmt.Sprintf("Did you mean %q?", kind)
	case runs:
		return fmt.Sprintf("Did you mean %q? %s", kind, all)
	case slices.Contains(Kinds(), kind):
		return fmt.Sprintf("%s. %s", capital(laterPhrase(fmt.Sprintf("%s of kind %q", where.noun(), kind))), all)
	default:
		return fmt.Sprintf("Did you mean %q? It %s. %s", kind, strings.TrimPrefix(later(kind), fmt.Sprintf("%q ", kind)), all)
	}
}

// kindMeant returns the kind that other systems call so, "" for none.
func kindMeant(word string) string {
	word = strings.ToLower(word)
	for _, kind := range append(Kinds(), laterKinds()...) {
		if word == kind || slices.Contains(kindsMeant[kind], word) {
			return kind
		}
	}
	return ""
}

func capital(sentence string) string { return strings.ToUpper(sentence[:1]) + sentence[1:] }

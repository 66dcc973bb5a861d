package manifest

import (
	"fmt"
	"slices"
	"strings"
)

// kindsMeant are what other systems call the kinds of field.
var kindsMeant = map[string][]string{
	KindText:       {"string", "str", "varchar", "char", "character", "line"},
	KindLongtext:   {"textarea", "multiline", "memo", "paragraph"},
	KindInteger:    {"int", "number", "num", "bigint", "smallint", "int32", "int64", "long", "count", "whole"},
	KindMoney:      {"price", "amount", "cost", "monetary"},
	KindDate:       {"day", "calendar_date"},
	KindReference:  {"foreign_key", "foreignkey", "fk", "relation", "relationship", "ref", "belongs_to", "lookup", "link_to", "collection"},
	KindDecimal:    {"float", "double", "real", "numeric", "float64"},
	KindBoolean:    {"bool", "checkbox", "switch", "toggle", "flag", "yesno"},
	KindChoice:     {"select", "enum", "option", "options", "dropdown", "radio", "picklist"},
	KindState:      {"status", "workflow", "stage", "state_machine"},
	KindLines:      {"table", "rows", "children", "items", "line_items", "list"},
	KindSequence:   {"serial", "autonumber", "auto_number", "counter", "autoincrement"},
	KindMember:     {"staff", "assignee"},
	KindPerson:     {"contact_person", "customer"},
	KindDuration:   {"interval", "period", "timespan"},
	KindLocation:   {"address", "geo", "point", "coordinates"},
	KindTags:       {"labels", "keywords"},
	KindRecurrence: {"rrule", "repeat"},
	KindDatetime:   {"timestamp", "date_time", "date-time", "timestamptz", "instant"},
	KindRichtext:   {"html", "markdown", "wysiwyg", "rich_text"},
	KindEmail:      {"mail", "e-mail", "e_mail"},
	KindPhone:      {"tel", "telephone", "mobile"},
	KindURL:        {"uri", "link", "website", "href"},
	KindImage:      {"picture", "photo", "img"},
	KindFile:       {"upload", "attachment", "document", "blob"},
	KindJSON:       {"object", "map", "dict", "jsonb"},
	KindPercent:    {"percentage"},
	KindColor:      {"colour"},
}

// kindHint says which kind of field the unknown word was probably meant to be,
// and, when it is not known, which there are.
func kindHint(word string, where place) string {
	kind := kindMeant(word)
	if kind == "" {
		kind = nearest(word, append(Kinds(), laterKinds()...))
	}
	all := fmt.Sprintf("%s is of kind %s.", capital(where.noun()), words(where.kinds()))
	switch {
	case kind == "":
		return all
	case where.takes(kind):
		return fmt.Sprintf("Did you mean %q?", kind)
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
